"""The child that does a command, as the serving process sees it: its pid, its pipe, how it is ended, what of it is kept."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuning_trainer import events
from tuning_trainer.event_files import EventFile
from tuning_trainer.files import read_json

_LOG_TAIL = 2000


@dataclass
class RunningChild:
    """One command's process.

    Attributes:
        pipe: where its events come from.
        oom_kills: the kernel's count when it started.
        end: name and fields of its last event, told only once it is gone.
        kill_at: monotonic seconds after which it is killed; None = it may take its time.
    """

    command: dict[str, Any]
    pid: int
    pipe: int
    oom_kills: int
    process: "subprocess.Popen[bytes] | None" = None
    buffer: bytes = b""
    end: tuple[str, dict[str, Any]] | None = None
    kill_at: float | None = None
    cancelled: bool = False
    _event_file: EventFile | None = None

    @property
    def trial(self) -> str:
        """The trial that the command is for."""
        return self.command["trial"]

    @property
    def work(self) -> str:
        """What is served under this name once at a time: two runs may train equal trials, each in its own folder."""
        return self.command.get("work", self.trial)

    def wait(self) -> int:
        """Reap it; the status is as in Popen.returncode."""
        if self.process:
            return self.process.wait()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def send(self, number: signal.Signals) -> None:
        """Signal it, if it is still there."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def may_keep(self, event: str) -> bool:
        """Say whether an event goes into the trial's events.jsonl: the attempt must hold the lock, or have just given it back."""
        if self.command["command"] != "run":
            return False
        lock = read_json(Path(self.command["dir"]) / "lock.json")
        return event == "finished" if lock is None else isinstance(lock, dict) and lock.get("token") == self.command["token"]

    def keep(self, event: dict[str, Any]) -> None:
        """Put an event into the trial's files, where this attempt may."""
        if not self.may_keep(event["event"]):
            return
        folder = Path(self.command["dir"])
        # Whose work it is matters to the worker alone.
        kept = {field: value for field, value in event.items() if field != "work"}
        events.append(folder / "events.jsonl", kept)
        self._event_file = self._event_file or EventFile(folder, self.command["config"])
        self._event_file.tell(kept)

    def log_tail(self) -> str:
        """Return the end of the command's log, or an empty text."""
        path = self.command.get("log") or (Path(self.command["dir"]) / "trainer.log" if "dir" in self.command else None)
        try:
            return Path(path).read_bytes()[-_LOG_TAIL:].decode("utf-8", errors="replace") if path else ""
        except OSError:
            return ""


def least_used(devices: list[str], children: Iterable[RunningChild]) -> str | None:
    """Return the device that the fewest of these children compute on, the first of several; None when there is no choice."""
    taken = [child.command.get("device") for child in children]
    return min(devices, key=taken.count) if devices else None


def spawn(command: dict[str, Any], writing: int) -> "subprocess.Popen[bytes]":
    """Start a fresh process for a command, where fork is not to be had (macOS, Windows)."""
    environment = {**os.environ, "TUNING_EVENT_FD": str(writing)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tuning_trainer.child"], stdin=subprocess.PIPE, pass_fds=(writing,), env=environment
    )
    assert process.stdin
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(command).encode() + b"\n")
        process.stdin.flush()
    return process
