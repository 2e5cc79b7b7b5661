"""The line protocol (docs/trainer-protocol.md), this side of it. Used by the serving process and its children."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from tuning_trainer.files import finite

VERSION = 1
#: Texts in events are cut, so that no line comes near the limit of 64 KiB.
LONGEST_TEXT = 4000


class EventWriter:
    """Writes events as lines. Thread-safe; `seq` counts from 1."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._sequence = 0
        self._lock = threading.Lock()

    def write(
        self, event: str, trial: str | None, keep: Callable[[dict[str, Any]], None] = lambda _: None, **fields: Any
    ) -> None:
        """Write one event.

        Args:
            keep: gets the event before anybody can read it.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        with self._lock:
            self._sequence += 1
            head = {"v": VERSION, "seq": self._sequence, "t": time.time(), "event": event, "trial": trial}
            line = {**head, **shortened(fields)}
            keep(line)
            self._stream.write(json.dumps(finite(line), ensure_ascii=False, allow_nan=False).encode() + b"\n")
            self._stream.flush()


def shortened(value: Any) -> Any:
    """Return `value` with every text cut to LONGEST_TEXT characters."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else value[: LONGEST_TEXT - 1] + "…"
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in value]
    return value


def parse_command(line: bytes) -> dict[str, Any]:
    """Return a command.

    Raises:
        ValueError: the line is not a command of this version; says why.
    """
    try:
        command = json.loads(line)
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(command, dict) or not isinstance(command.get("command"), str):
        raise ValueError("not an object with a command")
    if command.get("v") != VERSION:
        raise ValueError(f"protocol version {command.get('v')!r} is not spoken here; allowed: {VERSION}")
    threads = command.get("threads")
    if threads is not None and not (type(threads) is int and threads > 0):
        raise ValueError(f"threads is {threads!r}; allowed: a whole number above 0")
    return command
