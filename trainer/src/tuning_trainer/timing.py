"""A mini-training, timed: what a training of a configuration takes, found out before any is made. Runs in a child.

A few optimizer steps are timed with the batch as configured and a few with half of it, since a step has a part that does not
depend on its rows (the optimizer's, mostly): with both, a training with another batch can be foreseen. Rows are spread over
the split, as many files are ordered. Weights and optimizer are thrown away.
"""

import os
import shutil
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tuning_trainer import device, trial
from tuning_trainer.attempt import save_whole
from tuning_trainer.data import Split
from tuning_trainer.reporter import Reporter
from tuning_trainer.tasks import task_of

#: Steps that come before the timed ones: they allocate, and on an accelerator choose kernels.
_WARM_UP = 2
#: Timed steps with each batch, where they do not take long; and those that are timed at least.
_STEPS = 10
_LEAST = 2
#: Seconds of timed steps after which no further one is needed.
_ENOUGH = 3.0
#: Rows that an evaluation is timed on, where a split has more than half as many again.
_EVAL_ROWS = 128


def time_training(command: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Do a `time` command.

    Args:
        command: `dir` (an empty folder, which is empty again at the end), `config`, `project_dir`, `expects`.
        reporter: told that work goes on.

    Returns:
        The fields of the `finished` event: `timing`, in seconds (docs/trainer-protocol.md).

    Raises:
        TrialError: typed; anything else is classified by the caller.
    """
    config, project, folder = command["config"], Path(command["project_dir"]), Path(command["dir"])
    kind = device.device_type()
    began = time.monotonic()
    prepared = trial.set_up(config, project, command.get("expects"), reporter)
    model, train, dev, total = prepared.model, prepared.train, prepared.splits.dev, prepared.total_steps
    trained = Split(prepared.rows, train.name)
    startup = time.monotonic() - began
    reporter.send("started", pid=os.getpid(), resumed_from=0, total_steps=total, rows={"train": len(train), "dev": len(dev)})

    def steps_with(batch: int) -> list[float]:
        stopwatch = _Stopwatch(kind, reporter)
        wanted = _WARM_UP + _STEPS
        rows = _spread(trained, wanted * batch * config["GRAD_ACC_STEPS"]).columns
        changed = {**config, "TRAIN_BATCH_SIZE": batch}
        trial.library_trainer(changed, model, rows, folder, stopwatch, max_steps=wanted).train()
        return stopwatch.seconds

    try:
        whole = steps_with(config["TRAIN_BATCH_SIZE"])
        half = config["TRAIN_BATCH_SIZE"] // 2
        fixed = _fixed(whole, steps_with(half), half / config["TRAIN_BATCH_SIZE"]) if half else 0.0
        evaluation = _evaluation(model, dev, config, reporter)
        reporter.alive("save")
        saving = time.monotonic()
        save_whole(model, folder)
        saved = time.monotonic() - saving
    finally:
        for left in folder.iterdir():
            shutil.rmtree(left, ignore_errors=True)
    return {
        "timing": {
            "seconds_per_step": _mean(whole),
            "fixed_seconds_per_step": fixed,
            "seconds_per_evaluation": evaluation,
            "startup_seconds": startup,
            "save_seconds": saved,
            "steps": len(whole),
            "total_steps": total,
            "seconds": time.monotonic() - began,
        }
    }


def _mean(seconds: list[float]) -> float:
    return sum(seconds) / len(seconds)


def _fixed(whole: list[float], part: list[float], share: float) -> float:
    """Return the seconds of a step that do not depend on its rows: those of the line through both batches at none.

    Other work on the machine comes and goes, so the line is drawn through the steps that it disturbed least.
    """
    slope = (_quick(whole) - _quick(part)) / (1 - share)
    return _mean(whole) * min(1.0, max(0.0, 1 - slope / _quick(whole)))


def _quick(seconds: list[float]) -> float:
    return _mean(sorted(seconds)[: (len(seconds) + 1) // 2])


def _spread(split: Split, rows: int) -> Split:
    return split.share(rows / len(split)) if rows < len(split) else split


def _evaluation(model: Any, dev: Split, config: dict[str, Any], reporter: Reporter) -> float:
    """Return the seconds of scoring all dev rows, from some of them where there are many."""

    task = task_of(config)

    def score(split: Split) -> float:
        started = time.monotonic()
        task.outputs(model, split, config, lambda: reporter.alive("evaluate"))
        return time.monotonic() - started

    part = _spread(dev, _EVAL_ROWS) if len(dev) > 1.5 * _EVAL_ROWS else dev
    # The first texts take longer than all later ones.
    score(_spread(part, 8))
    reporter.leave_if_cancelled()
    return score(part) * task.texts(dev) / task.texts(part)


class _Stopwatch(TrainerCallback):
    """Times the steps after the first ones, and ends the training when that is enough."""

    def __init__(self, kind: str, reporter: Reporter) -> None:
        self.seconds: list[float] = []
        self._kind = kind
        self._reporter = reporter
        self._since = 0.0

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Note a step's seconds."""
        if self._kind == "cuda":
            import torch

            # What was only handed to the device has not been done.
            torch.cuda.synchronize()
        now = time.monotonic()
        if state.global_step > _WARM_UP:
            self.seconds.append(now - self._since)
        self._since = now
        self._reporter.alive("train", state.global_step)
        self._reporter.leave_if_cancelled()
        if len(self.seconds) >= _LEAST and sum(self.seconds) >= _ENOUGH:
            control.should_training_stop = True
