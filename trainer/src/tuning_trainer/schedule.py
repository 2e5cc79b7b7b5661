"""What happens when during a training: progress lines, evaluations, checkpoints, leaving. Runs in a child."""

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tuning_trainer import checkpoints, prune
from tuning_trainer.best import OwnState
from tuning_trainer.data import Split
from tuning_trainer.failures import TrialError
from tuning_trainer.lock import Lock
from tuning_trainer.reporter import Reporter
from tuning_trainer.tasks import task_of

if TYPE_CHECKING:
    from torch import nn


#: SAVE_STEPS = auto: seconds of training that may be lost before a checkpoint is written at all …
AT_RISK_SECONDS = 30.0
#: … and how many times what a checkpoint takes, so that checkpoints cost at most 5 % of a training.
AT_RISK_SAVES = 20.0


def is_worth_saving(at_risk_seconds: float, save_seconds: float) -> bool:
    """Say whether what would be lost has become more than a checkpoint is worth.

    Args:
        at_risk_seconds: wall seconds since the training began or was last saved.
        save_seconds: what the last checkpoint took; 0 before the first.
    """
    return at_risk_seconds >= max(AT_RISK_SECONDS, AT_RISK_SAVES * save_seconds)


def is_look(step: int, total_steps: int, looks: int | None) -> bool:
    """Say whether the score after `step` (1..total_steps) is one of the `looks` that a training's best score is taken from.

    They lie at equal shares of all steps, so that a longer training has no more draws of the noise to take its maximum from
    than a short one. A training with fewer steps than looks has one after each step. None: there are no looks.
    """
    return len(prune.looks_after(step, total_steps, looks)) > 0


class Schedule(TrainerCallback):
    """Evaluates and saves as the configuration says; an evaluation always comes before a checkpoint of the same step."""

    def __init__(
        self,
        config: dict[str, Any],
        trial: str,
        model: "nn.Module",
        dev: Split,
        folder: Path,
        lock: Lock,
        reporter: Reporter,
        own: OwnState,
        pruning: dict[str, Any] | None = None,
    ) -> None:
        self.config = config
        self.trial = trial
        self.model = model
        self.dev = dev
        self.folder = folder
        self.lock = lock
        self.reporter = reporter
        self.own = own
        self.pruning = pruning
        self._rate_from: tuple[float, int] | None = None
        self._saving_since = 0.0
        self._save_seconds = 0.0
        self._safe_since = 0.0

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Start the clock of the rate; a resumed training may have passed a hopeless look already."""
        self._safe_since = time.monotonic()
        self._rate_from = (self._safe_since, state.global_step)
        self._end_if_hopeless(state)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Report a step; a loss that is no finite number ends the training."""
        if not logs or "loss" not in logs:
            return
        step, loss = state.global_step, float(logs["loss"])
        gradient = logs.get("grad_norm")
        if not math.isfinite(loss) or (gradient is not None and math.isnan(float(gradient))):
            raise TrialError(
                "nan",
                f"the loss is not a finite number at step {step}",
                step=step,
                learning_rate=logs.get("learning_rate"),
            )
        since, first = self._rate_from or (time.monotonic(), step)
        per_step = (time.monotonic() - since) / max(1, step - first)
        pairs = self.config["TRAIN_BATCH_SIZE"] * self.config["GRAD_ACC_STEPS"]
        point = {"step": step, "epoch": state.epoch, "loss": loss, "learning_rate": float(logs["learning_rate"])}
        self.own.curve.append(point)
        self.reporter.send(
            "step",
            **point,
            total_steps=state.max_steps,
            grad_norm=gradient,
            pairs_per_s=pairs / per_step if per_step > 0 else None,
            eta_s=per_step * (state.max_steps - step),
        )

    def on_substep_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Show life between accumulated batches too."""
        self.reporter.alive("train", state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Evaluate and save by steps; the last step is always evaluated and never saved, since the result follows."""
        step = state.global_step
        self.reporter.alive("train", step)
        last = step >= state.max_steps
        by_steps = self.config["EVAL_STRATEGY"] == "steps" and step % self.config["EVAL_STEPS"] == 0
        if last or by_steps or is_look(step, state.max_steps, self.config.get("EVAL_LOOKS")):
            self._evaluate(state)
        if not last and (self.reporter.cancelled or self._is_save_due(step)):
            self._ask_to_save(control)

    def _is_save_due(self, step: int) -> bool:
        every = self.config["SAVE_STEPS"]
        if self.config["SAVE_STRATEGY"] != "steps":
            return False
        if every == "auto":
            return is_worth_saving(time.monotonic() - self._safe_since, self._save_seconds)
        return step % every == 0

    def on_epoch_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Evaluate and save by epochs."""
        last = state.global_step >= state.max_steps
        looked = is_look(state.global_step, state.max_steps, self.config.get("EVAL_LOOKS"))
        if not last and not looked and self.config["EVAL_STRATEGY"] == "epoch":
            self._evaluate(state)
        if not last and self.config["SAVE_STRATEGY"] == "epoch":
            self._ask_to_save(control)

    def _ask_to_save(self, control: TrainerControl) -> None:
        # The library writes before on_save is called; an attempt that lost its trial must not even begin to.
        self.lock.check()
        control.should_save = True
        self._saving_since = time.monotonic()

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Seal the checkpoint that was just written, then leave when that was asked for."""
        step = state.global_step
        self.lock.check()
        path = self.folder / f"{checkpoints.PREFIX}{step}"
        self.own.save(path, step)
        checkpoints.seal(path, self.trial, step)
        checkpoints.rotate(self.folder, self.config["SAVE_TOTAL_LIMIT"])
        self._safe_since = time.monotonic()
        self._save_seconds = self._safe_since - self._saving_since
        self.reporter.send("checkpoint", step=step, path=str(path), seconds=self._save_seconds)
        if self.reporter.cancelled:
            raise TrialError("cancelled", f"the training left at step {step}, after a checkpoint", step=step)

    def _evaluate(self, state: TrainerState) -> None:
        step = state.global_step
        _, result = task_of(self.config).score(self.model, self.dev, self.config, lambda: self.reporter.alive("evaluate", step))
        self.model.train()
        if not math.isfinite(result.value):
            raise TrialError("nan", f"the dev score is not a finite number at step {step}", step=step)
        looks = self.config.get("EVAL_LOOKS")
        counts = looks is None or is_look(step, state.max_steps, looks)
        best = self.own.note_score(result, step, float(state.epoch or 0), self.model, counts=counts)
        self.reporter.send(
            "eval",
            step=step,
            epoch=state.epoch,
            score=result.value,
            metrics=result.metrics,
            best=best,
            seconds=result.seconds,
        )
        self._end_if_hopeless(state)

    def _end_if_hopeless(self, state: TrainerState) -> None:
        looks = self.config.get("EVAL_LOOKS")
        prune.end_if_hopeless(self.pruning, self.own.evals, state.max_steps, looks, time.process_time())
