"""A trial's events.jsonl: appended by the serving process, read back to know what the attempts took."""

import contextlib
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any


def append(path: Path, event: dict[str, Any]) -> None:
    """Append one event; a full disk must not stop the training, which will say so itself."""
    with contextlib.suppress(OSError), path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(event, ensure_ascii=False) + "\n")


def read(path: Path) -> list[dict[str, Any]]:
    """Return every readable event; half a line of a killed attempt is left out."""
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    for line in lines:
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict):
                found.append(event)
    return found


def course(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the `step` and `eval` events of a training as one course, however many attempts it took.

    What an attempt did behind the checkpoint that the next one went on from is left out; of two that tell the same of one
    step the later one holds.

    Args:
        told: as `read` gives them.
    """
    kept: dict[tuple[str, int], dict[str, Any]] = {}
    for event in told:
        name, step = event.get("event"), event.get("step")
        if name == "started":
            resumed = event.get("resumed_from", 0)
            kept = {key: seen for key, seen in kept.items() if key[1] <= resumed}
        elif name in ("step", "eval") and type(step) is int:
            kept[name, step] = event
    return list(kept.values())


def attempts(path: Path) -> list[dict[str, Any]]:
    """Return what each attempt took: `resumed_from` (step), `started_at`, `seconds` up to its last sign of life.

    That holds for the one that still runs, too: who reads it later cannot tell it from one that was killed. `attemptsSoFar`
    of the worker has the same rule; one file of cases holds both to it.
    """
    found: list[dict[str, Any]] = []
    running: dict[str, Any] | None = None
    last = 0.0
    for event in read(path):
        if event.get("event") == "started":
            if running:
                found.append(_closed(running, last))
            running = event
        last = float(event.get("t", last))
        if event.get("event") in ("failed", "finished") and running:
            found.append(_closed(running, last))
            running = None
    if running:
        found.append(_closed(running, last))
    return found


def _closed(started: dict[str, Any], end: float) -> dict[str, Any]:
    begin = float(started["t"])
    return {
        "resumed_from": started.get("resumed_from", 0),
        "started_at": datetime.fromtimestamp(begin, timezone.utc).isoformat(),
        "seconds": max(0.0, end - begin),
    }
