"""Held-out evaluation of a plug-in's models, by its own `evaluate`. Runs in a child."""

import time
from pathlib import Path
from typing import Any

from tuning_trainer.failures import TrialError
from tuning_trainer.files import read_json
from tuning_trainer.plugins import frame, plugin_of
from tuning_trainer.plugins.inspection import refuse_changed
from tuning_trainer.plugins.metric import Metric
from tuning_trainer.reporter import Reporter


def evaluate(command: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Do an `evaluate` command: each model's figures on the split, each with the configuration that it was trained with."""
    config, split = command["config"], command["split"]
    plugin = plugin_of(config, Path.cwd(), frame.enter(command))
    refuse_changed(command.get("expects"), config, Path.cwd(), plugin)
    metric = Metric.of(config)
    started = time.monotonic()
    scores: dict[str, Any] = {}
    rows = 0
    for entry in command["models"]:
        reporter.alive("evaluate")
        folder = Path(entry["path"])
        trained_with = read_json(folder / frame.CONFIG_FILE)
        if trained_with is None:
            raise TrialError("data", f"{folder} has no {frame.CONFIG_FILE}: it is no model of a plug-in")
        values = figures(plugin.evaluate({**config, **trained_with}, folder, split, reporter), metric, plugin.evaluates_by)
        rows = len(values)
        value = float(values.mean())
        scores[entry["name"]] = {"score": metric.score_of(value), "metrics": {metric.name: value}}
        reporter.leave_if_cancelled()
    seconds = time.monotonic() - started
    return {"evaluation": {"split": split, "pairs": rows, "scores": scores, "difference": None, "seconds": seconds}}


def figures(said: Any, metric: Metric, who: str) -> Any:
    """Return what a plug-in said of a model as an array of finite figures, shape (rows,); one row where it gave one figure.

    Raises:
        TrialError: kind `trainer_bug`, `nan`.
    """
    import numpy

    if isinstance(said, (dict, int, float)) or said is None:
        said = [metric.score_of(metric.read(said, who).score)]
    try:
        values = numpy.asarray(said, dtype=numpy.float64)
    except (TypeError, ValueError) as error:
        raise TrialError("trainer_bug", f"{who} gave {said!r:.80}; allowed: a number, or one for each row") from error
    if values.ndim == 0:
        values = values[None]
    if values.ndim != 1 or len(values) == 0:
        message = f"{who} gave figures of shape {values.shape}; allowed: a number, or one for each row"
        raise TrialError("trainer_bug", message)
    if not numpy.isfinite(values).all():
        where = int(numpy.flatnonzero(~numpy.isfinite(values))[0])
        raise TrialError("nan", f"{who} gave {values[where]} for row {where}, which is no finite number")
    return values
