"""What a plug-in's `train(config, report)` is given. Its public names are the contract with plug-in authors (docs/plugins.md)."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuning_trainer.failures import TrialError
from tuning_trainer.plugins.course import Course, Ended

#: Kinds of failures that a plug-in can give.
FAILURES = ("oom", "nan", "bad_config", "data", "trainer_bug")


class Failed(TrialError):
    """Raise it as `report.Failed(kind, message, **facts)` to end a training, or a check, with a failure of a known kind.

    Args:
        kind: `oom`, `nan` (this configuration cannot be trained), `bad_config`, `data` (none can) or `trainer_bug`.
        message: one or two sentences for a person.
        facts: small facts for the report.
    """

    def __init__(self, kind: str, message: str, **facts: Any) -> None:
        if kind not in FAILURES:
            raise ValueError(f"Failed: kind {kind!r} is not known; allowed: {', '.join(FAILURES)}")
        super().__init__(kind, message, **facts)


class Report:
    """A training's voice: progress, scores, checkpoints. All of it is called from the thread that trains."""

    Failed = Failed

    def __init__(self, course: Course, model_dir: Path) -> None:
        self._course = course
        self._offered = False
        self.model_dir = model_dir
        """Folder for what is published of the finished model; it begins empty, and may stay so."""
        self.resume = course.resume
        """Folder of the checkpoint to go on from, as it was written; None: train from the beginning."""
        self.scratch_dir = course.scratch
        """Folder for files that are needed while the training runs, and not after it; each attempt begins with it empty."""

    def progress(self, step: int, total_steps: int, loss: float | None = None, epoch: float | None = None) -> None:
        """Tell that a step is done. Silence for HANG_SECONDS counts as a hang; calling it often costs little.

        Where the training is to leave, the call after the first that finds it so does not return: between the two,
        `checkpoint_due` is true.

        Args:
            step: 1 to total_steps, and never back.
            total_steps: the same at every call.
            loss: training loss; NaN or infinity ends the training.
            epoch: passes over the data so far.
        """
        with _ending():
            self._course.progress(int(step), int(total_steps), None if loss is None else float(loss), epoch)
            if not self._course.reporter.cancelled:
                return
            if self._offered:
                raise _cancelled(self._course.state.step, "without a checkpoint")
            self._offered = True

    @property
    def look_due(self) -> bool:
        """Whether `score` is asked for after the newest step: at one of EVAL_LOOKS equal shares of the training."""
        return self._course.look_due

    def score(self, value: float, **metrics: float) -> None:
        """Tell the deciding metric after the newest step, as it is; at a look, a hopeless training ends here."""
        with _ending():
            self._course.score(value, metrics)

    @property
    def checkpoint_due(self) -> bool:
        """Whether a checkpoint should be written now (SAVE_STRATEGY, SAVE_STEPS), or the training is to leave."""
        return self._course.checkpoint_due

    @contextlib.contextmanager
    def checkpoint(self, step: int) -> Iterator[Path]:
        """Give a folder; what is in it at the end of the `with` is what `resume` will be after a kill.

        Where the training is to leave, it ends there.
        """
        started = time.monotonic()
        fresh = self._course.scratch / f"step-{step}"
        with _ending():
            self._course.lock.check()
        fresh.mkdir(exist_ok=True)
        yield fresh
        with _ending():
            self._course.keep_checkpoint(fresh, int(step), started)
            if self._course.reporter.cancelled:
                raise _cancelled(step, "after a checkpoint")

    def warn(self, message: str) -> None:
        """Say something that the report of the run shall tell."""
        self._course.reporter.send("warning", code="plugin", message=str(message))


def _cancelled(step: int, how: str) -> TrialError:
    return TrialError("cancelled", f"the training left at step {step}, {how}", step=step)


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    try:
        yield
    except TrialError as error:
        raise Ended(error) from error
