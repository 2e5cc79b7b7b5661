"""What the frame asks of either kind of plug-in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from tuning_trainer.plugins.course import Course
from tuning_trainer.reporter import Reporter


class Plugin(Protocol):
    """A training that is not the trainer's own."""

    @property
    def path(self) -> Path:
        """What a person calls the plug-in's file."""

    @property
    def files(self) -> list[Path]:
        """The plug-in's own files, and the program that runs them: their content is part of a trial's identity."""

    @property
    def versions(self) -> dict[str, str]:
        """Of the libraries that it imports itself: part of a trial's identity."""

    @property
    def trains_by(self) -> str:
        """What gives the result, as messages name it."""

    @property
    def evaluates_by(self) -> str:
        """What gives figures of a model, as messages name it."""

    def inspect(self, reporter: Reporter) -> tuple[dict[str, Any], bool]:
        """Check the configuration. Returns the rows of each split as far as they are told, and whether it can evaluate.

        Raises:
            TrialError: the configuration cannot be trained.
        """

    def train(self, course: Course, model_dir: Path) -> Any:
        """Train. Returns what the plug-in says of its result: a number, or a dict of metrics."""

    def evaluate(self, config: dict[str, Any], model_dir: Path, split: str, reporter: Reporter) -> float | Sequence[float]:
        """Evaluate a model on a split: one figure, or one for each row."""
