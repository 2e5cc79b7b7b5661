"""Processes that a training started, as /proc tells of them."""

import contextlib
import os
import signal
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started, as far as /proc tells."""
    found = [pid]
    for at in found:
        try:
            found += map(int, Path(f"/proc/{at}/task/{at}/children").read_text(encoding="ascii").split())
        except OSError:
            continue
    return found


def stop_all(pid: int) -> list[int]:
    """Stop a process and all that it started, but for guards, which could not end the rest. Returns what was found."""
    found = descendants(pid)
    for one in found:
        try:
            command = Path(f"/proc/{one}/cmdline").read_bytes()
        except OSError:
            command = b""
        if b"guard.py" not in command:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGSTOP)
    return found


def is_alive(pid: int) -> bool:
    """Say whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
