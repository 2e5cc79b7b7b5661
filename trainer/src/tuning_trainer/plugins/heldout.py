"""Held-out evaluation of a plug-in's models, by its own `evaluate`. Runs in a child."""

import time
from pathlib import Path
from typing import Any

import numpy

from tuning_trainer import confirm
from tuning_trainer.failures import TrialError
from tuning_trainer.files import read_json
from tuning_trainer.metrics import Array, Measure
from tuning_trainer.plugins import frame, plugin_of
from tuning_trainer.plugins.inspection import refuse_changed
from tuning_trainer.plugins.metric import Metric
from tuning_trainer.plugins.plugin import Plugin
from tuning_trainer.reporter import Reporter


def evaluate(command: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Do an `evaluate` command: each model's figures on the split, each with the configuration that it was trained with."""
    config = command["config"]
    plugin = plugin_of(config, Path.cwd(), frame.enter(command))
    refuse_changed(command.get("expects"), config, Path.cwd(), plugin, reporter)
    metric = Metric.of(config)
    started = time.monotonic()
    scores: dict[str, Any] = {}
    outputs: list[Array] = []
    for entry in command["models"]:
        reporter.alive("evaluate")
        found = _outputs(entry, command, plugin, metric, reporter)
        if outputs and len(found) != len(outputs[0]):
            message = f"{plugin.evaluates_by} gave {len(found)} figures for {entry['name']}, and {len(outputs[0])} before"
            raise TrialError("trainer_bug", f"{message}; allowed: as many for every model")
        outputs.append(found)
        score = float(found.mean())
        scores[entry["name"]] = {"score": score, "metrics": {metric.name: metric.score_of(score)}}
        reporter.leave_if_cancelled()
    facts = {"split": command["split"], "pairs": len(outputs[0]) if outputs else 0, "scores": scores, "difference": None}
    if "dev_noise" in command:
        facts["confirmation"] = _confirmation(command, outputs)
    return {"evaluation": {**facts, "seconds": time.monotonic() - started}}


def _outputs(entry: dict[str, Any], command: dict[str, Any], plugin: Plugin, metric: Metric, reporter: Reporter) -> Array:
    """Return a model's figures, more is better, or those that it gave elsewhere; `cosines_to` gets them."""
    if entry.get("cosines_from"):
        return numpy.fromfile(entry["cosines_from"], dtype="<f8")
    folder = Path(entry["path"])
    trained_with = read_json(folder / frame.CONFIG_FILE)
    if trained_with is None:
        raise TrialError("data", f"{folder} has no {frame.CONFIG_FILE}: it is no model of a plug-in")
    said = plugin.evaluate({**command["config"], **trained_with}, folder, command["split"], reporter)
    outputs = metric.score_of(1.0) * figures(said, metric, plugin.evaluates_by)
    if entry.get("cosines_to"):
        outputs.astype("<f8").tofile(entry["cosines_to"])
    return outputs


def _confirmation(command: dict[str, Any], outputs: list[Array]) -> dict[str, Any]:
    """Compare the models as arms; `dev_noise` is {sd, repeats}, or null."""
    noise = command["dev_noise"]
    arms = zip(command["models"], outputs, strict=True)
    models = [confirm.Scored(entry["arm"], entry["seed"], found) for entry, found in arms]
    return confirm.confirm(models, mean_of_rows(), (noise["sd"], noise["repeats"]) if noise else None)


def mean_of_rows() -> Measure:
    """Return the mean of figures of any scale; a single figure is moved by no row, so the seeds alone decide.

    Where nothing was measured, seeds are believed to differ by 1.5 % of the score, as a share of .7 does (`metrics.py`).
    """

    def with_influence(outputs: Array) -> tuple[float, Array]:
        mean = float(outputs.mean())
        return mean, outputs - mean if len(outputs) > 1 else numpy.zeros(2)

    return Measure(lambda outputs: float(outputs.mean()), with_influence, lambda level: 0.015 * abs(level))


def figures(said: Any, metric: Metric, who: str) -> Array:
    """Return what a plug-in said of a model as an array of finite figures, shape (rows,); one row where it gave one figure.

    Raises:
        TrialError: kind `trainer_bug`, `nan`.
    """
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
