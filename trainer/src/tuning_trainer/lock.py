"""The fence of a trial's directory: whose token is in lock.json may write. Runs in the training child."""

import os
import socket
from pathlib import Path

from tuning_trainer.failures import TrialError
from tuning_trainer.files import read_json, write_json


class Lock:
    """One attempt's right to write. The worker put the token there before it asked for the training."""

    def __init__(self, folder: Path, token: str) -> None:
        self._path = folder / "lock.json"
        self._token = token

    def take(self) -> None:
        """Sign the lock with this process, so that a later attempt can end it.

        Raises:
            TrialError: kind `fenced`, when a later attempt owns the trial.
        """
        self.check()
        lock = {"v": 1, "token": self._token, "pid": os.getpid(), "start_ticks": _start_ticks(), "boot_id": _boot_id()}
        write_json(self._path, {**lock, "host": socket.gethostname()})

    def check(self) -> None:
        """Raise unless the token is still ours; called before everything that is written for good."""
        lock = read_json(self._path)
        if not isinstance(lock, dict) or lock.get("token") != self._token:
            raise TrialError("fenced", "another attempt has taken this trial over")

    def release(self) -> None:
        """Remove the lock of a finished trial; whoever comes late finds no token and stops."""
        self._path.unlink(missing_ok=True)


def _start_ticks() -> str:
    # proc(5): field 22, counted after the command's closing parenthesis.
    try:
        stat = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace")
        return stat[stat.rindex(")") + 2 :].split(" ")[19]
    except (OSError, ValueError, IndexError):
        return ""


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
