"""`python -m tuning_trainer.trackers`: reads what is told of a run (JSON) on stdin, answers with a line of JSON on stdout.

`told.trackers` names each tracker with its place; the answer has for each of them null, or what went wrong in a sentence.
`--check NAME …` answers instead which of these trackers' packages are not installed.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from filelock import FileLock, Timeout

from tuning_trainer import parent_death
from tuning_trainer.trackers import to_mlflow, to_trackio, to_wandb
from tuning_trainer.trackers.tracked import Run

_SENDERS: dict[str, Callable[[Run, str], None]] = {
    "mlflow": to_mlflow.send,
    "wandb": to_wandb.send,
    "trackio": to_trackio.send,
}
#: Seconds to wait for another process that tells of the same run, and at the run's end, which is told once.
_PATIENCE, _PATIENCE_AT_END = 20, 70
#: Longest account of what went wrong, in characters.
_LONGEST = 300


def send(told: dict[str, Any]) -> dict[str, str | None]:
    """Tell every tracker; one that fails does not keep the others from it.

    Raises:
        Timeout: another process still tells of this run.
    """
    run = Run(told)
    run.root.mkdir(parents=True, exist_ok=True)
    with FileLock(run.root / ".tracking.lock", timeout=_PATIENCE_AT_END if run.ended else _PATIENCE):
        return {name: _sent(name, run, place) for name, place in told["trackers"].items()}


def _sent(name: str, run: Run, place: str) -> str | None:
    try:
        _SENDERS[name](run, place)
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
    return None


def main() -> int:
    """Run the program."""
    parent_death.die_with(os.getppid())
    # Trainings come first.
    if hasattr(os, "nice"):
        os.nice(10)
    # What libraries print is for the log; the answer has stdout for itself.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if sys.argv[1:2] == ["--check"]:
        said: Any = [name for name in sys.argv[2:] if importlib.util.find_spec(name) is None]
    else:
        try:
            said = send(json.load(sys.stdin))
        except Timeout:
            print("another process still tells of this run", file=sys.stderr)
            return 1
    with answer:
        answer.write(json.dumps(said) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
