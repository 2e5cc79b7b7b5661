"""The serving process: forks a child for each command, from libraries that are imported already.

Several commands are served at once, one for each piece of work; who sends them bounds how many. It must never run a tensor
operation: after one, forked children hang at their first. It relays the children's events, keeps each trial's events.jsonl,
and turns the way a child ended into a typed failure. Where fork is to be had, it is itself a child of the keeper, which
replaces it when it is killed.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import sys
import time
import warnings
from typing import Any, BinaryIO

from tuning_trainer import capacity, device, keeper, parent_death
from tuning_trainer.failures import classify_exit, oom_kills
from tuning_trainer.protocol import EventWriter, parse_command
from tuning_trainer.running_child import RunningChild, least_used, spawn

_WORK = ("run", "inspect", "evaluate", "time")
#: Seconds to write a checkpoint, where nobody says how long.
_GRACE = 10.0


class Server:
    """Reads commands, forks children, relays events."""

    def __init__(self, commands: int, stream: BinaryIO) -> None:
        self.commands = commands
        self.events = EventWriter(stream)
        self.children: dict[str, RunningChild] = {}
        self.devices = devices()
        self.leaving = False
        self.terminated = False
        self.buffer = b""
        self.can_fork = can_fork()
        self.selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Serve until stdin ends or `shutdown` is done. Returns the exit code."""
        wake, woken = os.pipe()
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGTERM, lambda *_: self._terminate())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.selector.register(self.commands, selectors.EVENT_READ, "commands")
        self.selector.register(wake, selectors.EVENT_READ, "wake")
        while True:
            for key, _ in self.selector.select(timeout=0.2):
                if key.data == "wake":
                    os.read(wake, 512)
                elif key.data != "commands":
                    self._relay(key.data)
                elif not self._read_commands():
                    self._kill_children()
                    return 0
            for child in self.children.values():
                if child.kill_at is not None and time.monotonic() > child.kill_at:
                    child.kill_at = None
                    child.send(signal.SIGKILL)
            if self.leaving and not self.children:
                return keeper.TERMINATED if self.terminated else 0

    def _read_commands(self) -> bool:
        block = os.read(self.commands, 1 << 16)
        if not block:
            return False
        self.buffer += block
        while b"\n" in self.buffer:
            line, self.buffer = self.buffer.split(b"\n", 1)
            if line.strip():
                self._command(line)
        return True

    def _command(self, line: bytes) -> None:
        try:
            command = parse_command(line)
        except ValueError as error:
            self.events.write("failed", None, kind="protocol", message=str(error), facts={})
            return
        name, trial = command["command"], command.get("trial")
        work = command.get("work", trial)
        if name == "hello":
            self.say_ready()
        elif name == "cancel":
            if work in self.children:
                self._cancel(self.children[work], float(command.get("grace_s", _GRACE)))
        elif name == "shutdown":
            self._leave(float(command.get("grace_s", _GRACE)))
        elif name not in _WORK or not isinstance(trial, str):
            self.events.write("failed", None, kind="protocol", message=f"unknown command {name!r}", facts={})
        elif work in self.children or self.leaving:
            why = "the trainer is leaving" if self.leaving else "a command for this trial is being served"
            self.events.write("failed", trial, kind="busy", message=why, facts={}, work=work)
        else:
            self._start(command)

    def say_ready(self) -> None:
        """Tell what machine this is; unasked, it tells that the process before this one was killed."""
        facts: dict[str, Any] = {"pid": os.getpid(), "versions": device.versions(), "device": device.describe()}
        facts |= {"precisions": device.precisions(), "threads": device.threads(), "slots": capacity.slots()}
        self.events.write("ready", None, **facts, fork=self.can_fork)

    def _start(self, command: dict[str, Any]) -> None:
        reading, writing = os.pipe()
        before = oom_kills()
        command["device"] = least_used(self.devices, self.children.values())
        if self.can_fork and command.get("fork", True):
            assert_cuda_untouched()
            pid, process = self._fork(command, reading, writing), None
        else:
            process = spawn(command, writing)
            pid = process.pid
        os.close(writing)
        child = RunningChild(command, pid, reading, before, process)
        self.children[child.work] = child
        self.selector.register(reading, selectors.EVENT_READ, child)

    def _fork(self, command: dict[str, Any], reading: int, writing: int) -> int:
        parent = os.getpid()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self.selector.close()
            for inherited in (reading, self.commands, *(neighbour.pipe for neighbour in self.children.values())):
                os.close(inherited)
            from tuning_trainer import child

            with os.fdopen(writing, "wb") as stream:
                child.work(command, stream, parent)
            code = 0
        finally:
            # Neither the parent's buffers nor its exit handlers are this process's business.
            os._exit(code)

    def _relay(self, child: RunningChild) -> None:
        block = os.read(child.pipe, 1 << 16)
        if not block:
            self._reap(child)
            return
        child.buffer += block
        *lines, child.buffer = child.buffer.split(b"\n")
        for line in lines:
            self._forward(child, line)

    def _forward(self, child: RunningChild, line: bytes) -> None:
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            name, fields = (
                event["event"],
                {k: v for k, v in event.items() if k not in ("v", "seq", "t", "event", "trial")},
            )
            # The end of a command is told only once the child is gone, so that the next one finds the machine free.
            if name in ("finished", "failed"):
                child.end = (name, fields)
            else:
                self._tell(child, name, fields)

    def _tell(self, child: RunningChild, name: str, fields: dict[str, Any]) -> None:
        # A pruned training did nothing wrong: its log explains nothing.
        if name == "failed" and fields.get("kind") != "pruned":
            fields = {**fields, "log_tail": child.log_tail()}

        # Kept before it is told: whoever is told of an end may give the trial to another attempt at once.
        self.events.write(name, child.trial, child.keep, **fields, work=child.work)

    def _reap(self, child: RunningChild) -> None:
        self.selector.unregister(child.pipe)
        os.close(child.pipe)
        status = child.wait()
        del self.children[child.work]
        if child.end:
            name, fields = child.end
        elif child.cancelled:
            name, fields = (
                "failed",
                {"kind": "cancelled", "message": "the training did not leave in time", "facts": {}},
            )
        else:
            kind, message, facts = classify_exit(status, child.oom_kills)
            if kind == "oom":
                # That kill is explained; a neighbour that is killed by somebody else must not be put down to it.
                for neighbour in self.children.values():
                    neighbour.oom_kills += 1
            name, fields = "failed", {"kind": kind, "message": message, "facts": facts}
        self._tell(child, name, fields)

    def _cancel(self, child: RunningChild, grace: float) -> None:
        """Ask a child to leave. Who asks again with less time means it: a training that hangs is given none."""
        until = time.monotonic() + grace
        if not child.cancelled:
            child.cancelled = True
            child.kill_at = until
            child.send(signal.SIGTERM)
        elif child.kill_at is not None:
            child.kill_at = min(child.kill_at, until)

    def _terminate(self) -> None:
        self.terminated = True
        self._leave(_GRACE)

    def _leave(self, grace: float) -> None:
        self.leaving = True
        for child in self.children.values():
            self._cancel(child, grace)

    def _kill_children(self) -> None:
        for child in self.children.values():
            child.send(signal.SIGKILL)
        for child in self.children.values():
            child.wait()


def devices() -> list[str]:
    """Return the CUDA devices where there are several: each training is then given one of them alone."""
    import torch

    several = device.device_type() == "cuda" and torch.cuda.device_count() > 1
    return device.visible_devices() if several else []


def can_fork() -> bool:
    """Say whether children are forked; elsewhere, and after TUNING_TRAINER_START=spawn, each is a fresh process."""
    return sys.platform == "linux" and os.environ.get("TUNING_TRAINER_START") != "spawn"


def assert_cuda_untouched() -> None:
    """Raise when CUDA was initialised in this process, which would break every forked child."""
    import torch

    if torch.cuda.is_initialized():
        raise RuntimeError("CUDA was initialised in the serving process; children cannot be forked from it")


def import_libraries() -> None:
    """Import what children need, so that each of them starts at once. Imports only: no tensor operation."""
    import datasets
    import scipy.stats
    import sentence_transformers
    import sentence_transformers.sentence_transformer.losses
    import tensorboardX.summary
    import transformers
    from transformers.conversion_mapping import get_checkpoint_conversion_mapping

    from tuning_trainer import child, schedule, timing

    # Of all architectures at once, about a thousand patterns: each child would compile them when it loads its model.
    get_checkpoint_conversion_mapping("bert")
    del datasets, scipy, sentence_transformers, tensorboardX, transformers, child, schedule, timing
    # What is here stays for good: a child's garbage collections need not walk it, and so do not copy its memory.
    gc.collect()
    gc.freeze()


def main() -> int:
    """Run `python -m tuning_trainer serve`."""
    parent_death.die_with(os.getppid())
    device.prepare_environment()
    # The protocol keeps descriptors of its own; what libraries print goes to stderr.
    stream = os.fdopen(os.dup(3), "wb")
    commands = os.dup(0)
    os.close(3)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    import_libraries()

    def serve(succeeds: bool) -> int:
        server = Server(commands, stream)
        if succeeds:
            # The one before may have died within a line.
            stream.write(b"\n")
            server.say_ready()
        return server.run()

    return keeper.keep(serve) if can_fork() else serve(False)
