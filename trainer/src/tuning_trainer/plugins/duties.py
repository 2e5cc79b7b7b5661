"""What a child does for a plug-in: the same commands as for a task. Runs in a child."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tuning_trainer.plugins import frame, heldout
from tuning_trainer.plugins.inspection import inspect
from tuning_trainer.reporter import Reporter


def _inspect(command: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    threads = frame.enter(command)
    return {"inspection": inspect(command["config"], Path.cwd(), threads, reporter)}


DUTIES: dict[str, Callable[[dict[str, Any], Reporter], dict[str, Any]]] = {
    "run": frame.train,
    "inspect": _inspect,
    "evaluate": heldout.evaluate,
}
