"""The course of one training of a plug-in: its steps, its scores, its checkpoints. Both kinds of plug-ins go through here.

Nothing here knows who reports: a function's `report`, or a command's lines.
"""

import math
import os
import shutil
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tuning_trainer import checkpoints, prune
from tuning_trainer.failures import TrialError
from tuning_trainer.files import read_json, sync_folder, write_json
from tuning_trainer.lock import Lock
from tuning_trainer.plugins.metric import Metric
from tuning_trainer.reporter import Reporter
from tuning_trainer.schedule import is_worth_saving

#: What a plug-in's checkpoint must have for the trainer to go on from it; the plug-in knows what it needs itself.
NEEDED = ("own_state.json",)
#: Ends the name of a checkpoint while another one of the same step takes its place.
_BEFORE = ".before"
#: Seconds between two `step` events where LOGGING_STEPS asks for fewer.
_STEP_EVERY = 1.0


class Ended(BaseException):
    """Ends a training from within: cancelled, pruned, fenced. No `except Exception` of a plug-in, or of a library, keeps it."""

    def __init__(self, error: TrialError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass
class State:
    """What is known of a training so far; kept in each checkpoint."""

    step: int = 0
    total_steps: int = 0
    epoch: float | None = None
    curve: list[dict[str, Any]] = field(default_factory=list)
    evals: list[dict[str, Any]] = field(default_factory=list)


class Course:
    """One attempt at a training."""

    def __init__(
        self,
        trial: str,
        folder: Path,
        config: dict[str, Any],
        lock: Lock,
        reporter: Reporter,
        pruning: dict[str, Any] | None,
    ) -> None:
        self.trial = trial
        self.config = config
        self.metric = Metric.of(config)
        self.lock = lock
        self.reporter = reporter
        self.pruning = pruning
        self.checkpoints = folder / "checkpoints"
        #: Room for a plug-in's own files while it trains; each attempt begins with it empty.
        self.scratch = self.checkpoints / "scratch"
        self.state = State()
        self.resume: Path | None = None
        self._safe_since = time.monotonic()
        self._save_seconds = 0.0
        self._safe_epoch = 0
        self._told_at = 0.0
        self._rate_from = (self._safe_since, 0)

    def begin(self) -> None:
        """Find the checkpoint to go on from, and make room.

        Raises:
            TrialError: kind `pruned`, when a former attempt has passed a look below its limit.
        """
        self.checkpoints.mkdir(exist_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        self._put_back()
        sync_folder(self.checkpoints.parent)
        self.resume, warnings = checkpoints.newest_valid(self.checkpoints, self.trial, NEEDED)
        for message in warnings:
            self.reporter.send("warning", code="checkpoint", message=message)
        if self.resume:
            kept = read_json(self.resume / "own_state.json")
            assert kept is not None, "the manifest vouched for it"
            self.state = State(**kept)
            self._safe_epoch = int(self.state.epoch or 0)
        self._safe_since = time.monotonic()
        self._rate_from = (self._safe_since, self.state.step)

    def _put_back(self) -> None:
        """Give a checkpoint its name again whose attempt was killed while it replaced it by another one of the same step."""
        for before in self.checkpoints.glob(f"{checkpoints.PREFIX}*{_BEFORE}"):
            path = before.with_name(before.name.removesuffix(_BEFORE))
            if path.exists():
                shutil.rmtree(before, ignore_errors=True)
            else:
                before.rename(path)

    def end_if_hopeless(self) -> None:
        """Raise `pruned` (TrialError) when a score so far is below the limit of its look."""
        looks = self.config.get("EVAL_LOOKS")
        prune.end_if_hopeless(self.pruning, self.state.evals, self.state.total_steps, looks, cpu_seconds())

    def progress(self, step: int, total_steps: int, loss: float | None = None, epoch: float | None = None) -> None:
        """Note that a step (1..total_steps) is done.

        Raises:
            TrialError: `nan` for a loss that is no finite number; `trainer_bug` for steps that go back or pass their end.
        """
        state = self.state
        if not 0 <= step <= total_steps or total_steps < 1:
            raise TrialError(
                "trainer_bug", f"progress: step {step} of {total_steps}; allowed: 0 to total_steps, which is above 0"
            )
        if step < state.step:
            hint = "; a resumed training goes on behind its checkpoint" if self.resume else ""
            raise TrialError("trainer_bug", f"progress: step {step} came after step {state.step}{hint}")
        if state.total_steps not in (0, total_steps):
            message = f"progress: total_steps was {state.total_steps}, now it is {total_steps}; it must stay the same"
            raise TrialError("trainer_bug", message)
        if loss is not None and not math.isfinite(loss):
            raise TrialError("nan", f"the loss is not a finite number at step {step}", step=step)
        state.step, state.total_steps, state.epoch = step, total_steps, epoch
        logged = step % self.config["LOGGING_STEPS"] == 0 or step == total_steps
        if logged and loss is not None:
            state.curve.append({"step": step, "epoch": epoch, "loss": loss, "learning_rate": None})
        now = time.monotonic()
        if logged or now - self._told_at >= _STEP_EVERY:
            self._told_at = now
            since, first = self._rate_from
            eta = (now - since) / (step - first) * (total_steps - step) if step > first else None
            facts = {"step": step, "total_steps": total_steps, "epoch": epoch, "loss": loss, "eta_s": eta}
            self.reporter.send("step", **facts, learning_rate=None, grad_norm=None, pairs_per_s=None)
        self.reporter.alive("train", step)

    @property
    def look_due(self) -> bool:
        """Whether the newest step is one whose score is compared: a share of EVAL_LOOKS of the training."""
        state = self.state
        if state.step < 1 or any(seen["step"] == state.step for seen in state.evals):
            return False
        return len(prune.looks_after(state.step, state.total_steps, self.config.get("EVAL_LOOKS"))) > 0

    def score(self, value: Any, metrics: dict[str, Any] | None = None) -> None:
        """Note a score after the newest step, as the metric counts it.

        Raises:
            TrialError: `pruned` at a look below its limit; `nan`, `trainer_bug` for what is no score.
        """
        state = self.state
        if state.step < 1:
            raise TrialError("trainer_bug", "a score came before any progress: nothing says which step it belongs to")
        outcome = self.metric.read({**(metrics or {}), self.metric.name: value}, f"the score after step {state.step}")
        self._note(outcome.score, outcome.metrics)
        self.end_if_hopeless()

    def finish(self, said: Any, who: str) -> tuple[float, dict[str, float | None]]:
        """Return score and metrics of the finished training; its curve ends with that score.

        Raises:
            TrialError: what the plug-in said is no result.
        """
        outcome = self.metric.read(said, who)
        state = self.state
        # A plug-in that told of no step did all of its work in one.
        state.step = max(1, state.step)
        state.total_steps = max(state.step, state.total_steps)
        if not state.evals or state.evals[-1]["step"] < state.step or state.evals[-1]["score"] != outcome.score:
            self._note(outcome.score, outcome.metrics)
        return outcome.score, outcome.metrics

    def _note(self, score: float, metrics: dict[str, float | None]) -> None:
        state = self.state
        looks = self.config.get("EVAL_LOOKS")
        counts = looks is None or len(prune.looks_after(state.step, state.total_steps, looks)) > 0
        best = counts and all(score > seen["score"] for seen in state.evals if seen["counts"])
        # Said again of the same step: the later one holds.
        state.evals = [seen for seen in state.evals if seen["step"] != state.step]
        state.evals.append({"step": state.step, "epoch": state.epoch, "score": score, "counts": counts})
        facts = {"step": state.step, "epoch": state.epoch, "score": score, "metrics": metrics, "best": best}
        self.reporter.send("eval", **facts, seconds=None)

    @property
    def checkpoint_due(self) -> bool:
        """Whether a checkpoint is worth its while now: by SAVE_STRATEGY and SAVE_STEPS, or since the training is to leave."""
        step, every = self.state.step, self.config["SAVE_STEPS"]
        if self.reporter.cancelled:
            return True
        if step < 1 or step >= self.state.total_steps or self.config["SAVE_STRATEGY"] == "no":
            return False
        if self.config["SAVE_STRATEGY"] == "epoch":
            return int(self.state.epoch or 0) > self._safe_epoch
        if every == "auto":
            return is_worth_saving(time.monotonic() - self._safe_since, self._save_seconds)
        return step % every == 0

    def keep_checkpoint(self, fresh: Path, step: int, since: float) -> None:
        """Make a folder that a plug-in has filled a checkpoint: sealed, and moved to its place.

        Args:
            fresh: the folder; it lies in `scratch`.
            step: the step after which the training goes on from it.
            since: monotonic seconds when its writing began.

        Raises:
            TrialError: `fenced`; `trainer_bug` for a step that is not the newest.
        """
        if step != self.state.step:
            raise TrialError("trainer_bug", f"checkpoint: step {step} is not the newest one told by progress, {self.state.step}")
        self.lock.check()
        write_json(fresh / "own_state.json", asdict(self.state))
        checkpoints.seal(fresh, self.trial, step)
        path = self.checkpoints / f"{checkpoints.PREFIX}{step}"
        # Written again without a step in between: the one before counts until this one has its name (`begin`).
        before = path.with_name(f"{path.name}{_BEFORE}")
        if path.exists():
            shutil.rmtree(before, ignore_errors=True)
            path.rename(before)
        fresh.rename(path)
        sync_folder(self.checkpoints)
        shutil.rmtree(before, ignore_errors=True)
        checkpoints.rotate(self.checkpoints, self.config["SAVE_TOTAL_LIMIT"])
        self._safe_since = time.monotonic()
        self._save_seconds = self._safe_since - since
        self._safe_epoch = int(self.state.epoch or 0)
        self.reporter.send("checkpoint", step=step, path=str(path), seconds=self._save_seconds)


def cpu_seconds() -> float:
    """Return the processor seconds of this process and of those that it started and that have ended."""
    children = os.times()
    return time.process_time() + children.children_user + children.children_system
