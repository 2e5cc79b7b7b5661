"""Runs a plug-in's command and ends all of it, `python guard.py COMMAND…`. A process of its own between a child and the command.

The command is a stranger that may start others. When it ends, when the child dies, or when this process is asked to end, all of
its process group is killed, and on Linux whatever else it started, too: this process is where orphans of its own are given to.
SIGTERM is the wish to leave, and is passed on to the command alone. Standard library only, so that it starts at once.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
#: Seconds between two looks at the parent, where the kernel does not tell of its death.
_LOOK_EVERY = 0.5


def main(argv: list[str], parent: int) -> int:
    """Run the command until it ends, or the parent does. Returns its exit code; where a signal ended it, so is this process."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    adopt_orphans()
    prctl(_PR_SET_PDEATHSIG, signal.SIGHUP)
    me = os.getpid()
    process = subprocess.Popen(argv, start_new_session=True, preexec_fn=lambda: _die_with(me))
    # Its end is what the reader of its lines waits for.
    os.close(0)
    os.close(1)
    try:
        while process.poll() is None and os.getppid() == parent:
            ready, _, _ = select.select([woken], [], [], _LOOK_EVERY)
            told = os.read(woken, 4096) if ready else b""
            if signal.SIGHUP in told:
                break
            if signal.SIGTERM in told:
                process.terminate()
    finally:
        end_all(process)
    code = process.wait()
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(me, -code)
    return code


def end_all(process: "subprocess.Popen[bytes]") -> None:
    """Kill the command's group and all that descends from it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    end_children()


def end_children() -> None:
    """Kill the children of this process, and those that they leave to it, until there is nobody left."""
    while True:
        left = children()
        if left is None:
            return
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def children() -> "list[int] | None":
    """Return the processes whose parent this one is; None where /proc does not tell."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:  # noqa: PTH123
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return None


def adopt_orphans() -> None:
    """Have the orphans among what descends from this process become its children."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def prctl(option: int, value: int) -> None:
    """Ask the kernel for something of this process (Linux alone)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _die_with(parent: int) -> None:
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], int(sys.argv[1])))
