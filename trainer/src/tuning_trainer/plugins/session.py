"""One talk with a plug-in's command: started under a guard, read line by line, ended with all that it started."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from tuning_trainer.failures import TrialError, classify_exit, oom_kills
from tuning_trainer.plugins import guard, lines
from tuning_trainer.reporter import Reporter

#: Seconds between two looks whether the training is to leave.
_LOOK_EVERY = 0.2
#: Seconds that a command has for its first line, and for leaving by itself after its last one.
HELLO_SECONDS = 60.0
_LEAVE_SECONDS = 10.0


class Session:
    """A running command. Use as a context manager: at its end nothing of the command is left."""

    def __init__(
        self, argv: list[str], project: Path, environment: dict[str, str], request: dict[str, Any], reporter: Reporter
    ) -> None:
        self.reporter = reporter
        self._oom_kills = oom_kills()
        self._asked_to_leave = False
        self._hello_until: float | None = time.monotonic() + HELLO_SECONDS
        # For the case that somebody kills the guard.
        guard.adopt_orphans()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, str(os.getpid()), *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=project,
            env=environment,
        )
        # A command that has ended says so by its exit code; that its stdin is closed says less.
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps({"v": lines.VERSION, **request}).encode() + b"\n")
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield the events up to and including `finished`; hello, warnings and failures are dealt with here.

        Raises:
            TrialError: as `failed` says; `trainer_bug` for what is no event, or an end without one; `cancelled` where the
                command left because it was asked to; `oom`, `killed` where a signal ended it.
        """
        for line in self._lines():
            event = lines.parse(line)
            if self._hello_until is not None:
                lines.check_hello(event)
                self._hello_until = None
            if event["event"] == "warning":
                self.reporter.send("warning", code="plugin", message=event["message"])
            elif event["event"] == "failed":
                raise _failure(event)
            else:
                yield event
            if event["event"] == "finished":
                return
        self._explain_end()

    def _lines(self) -> Iterator[bytes]:
        assert self.process.stdout
        descriptor, buffer = self.process.stdout.fileno(), b""
        while True:
            if self.reporter.cancelled and not self._asked_to_leave:
                self._asked_to_leave = True
                self.process.send_signal(signal.SIGTERM)
            if self._hello_until is not None and time.monotonic() > self._hello_until:
                message = f"TRAINER_COMMAND said nothing for {HELLO_SECONDS:.0f} s; its first line must be"
                raise TrialError("trainer_bug", f"{message} {lines.hello_for_people()}, flushed")
            if not select.select([descriptor], [], [], _LOOK_EVERY)[0]:
                # The guard's own end; what it guarded may live on and hold the pipe open.
                if self.process.poll() is not None:
                    break
                continue
            block = os.read(descriptor, 1 << 16)
            if not block:
                break
            *whole, buffer = (buffer + block).split(b"\n")
            yield from (line for line in whole if line.strip())
            if len(buffer) > lines.LONGEST_LINE:
                message = f"TRAINER_COMMAND wrote a line of more than {lines.LONGEST_LINE >> 20} MiB; allowed: shorter ones"
                raise TrialError("trainer_bug", message)
        if buffer.strip():
            yield buffer

    def _explain_end(self) -> None:
        status = self.process.wait()
        if self._asked_to_leave:
            raise TrialError("cancelled", "the command left when it was asked to")
        kind, message, facts = classify_exit(status, self._oom_kills)
        if kind == "trainer_bug":
            message = f"TRAINER_COMMAND ended with exit code {status} and without finished or failed; trainer.log has its stderr"
        raise TrialError(kind, message.replace("the training process", "TRAINER_COMMAND"), **facts)

    def leave(self) -> None:
        """Let a command that has finished leave by itself; one that stays is ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_LEAVE_SECONDS)

    def end(self) -> None:
        """End the command and all that it started."""
        assert self.process.stdout
        self.process.stdout.close()
        if self.process.poll() is None:
            # The guard kills what it guards.
            self.process.send_signal(signal.SIGHUP)
        if self.process.wait() < 0:
            guard.end_children()


def _failure(event: dict[str, Any]) -> TrialError:
    from tuning_trainer.plugins.report import FAILURES

    kind, message = event["kind"], event["message"]
    if kind not in FAILURES:
        message = f"TRAINER_COMMAND failed: {message} (kind {kind} is not known; allowed: {', '.join(FAILURES)})"
        kind = "trainer_bug"
    return TrialError(kind, message, **(event.get("facts") or {}))
