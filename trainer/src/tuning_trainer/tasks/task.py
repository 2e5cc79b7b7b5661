"""What a task decides: its columns, model, losses, evaluation and score. Everything else is the same for all of them.

A new task is a module beside this one with one subclass of `Task`, named in `tasks/__init__.py` (docs/extending.md).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tuning_trainer.metrics import Measure, Score

if TYPE_CHECKING:
    import numpy
    from torch import nn

    from tuning_trainer.data import Split

Alive = Callable[[], None]


@dataclass(frozen=True)
class Column:
    """A column of a task's rows.

    Attributes:
        name: as COLUMNS calls it.
        kind: `text`: a sentence; `grade`: a number, brought to 0..1 by SCORE_RANGE; `label`: 0 or 1.
        aliases: other names under which it is found in a header, in order of preference.
        required: every row has it. One that is not may also come several times: `negative`, `negative_2` …
    """

    name: str
    kind: Literal["text", "grade", "label"] = "text"
    aliases: tuple[str, ...] = ()
    required: bool = True


class Task(ABC):
    """A task. Subclasses hold no state: one object serves all trainings of a process."""

    name: ClassVar[str]
    #: Name of the score that decides.
    metric: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    #: Values of LOSS that it has.
    losses: ClassVar[tuple[str, ...]]
    #: What an evaluation scores one by one: pairs, queries, triplets.
    unit: ClassVar[str]
    #: What its rows are called.
    rows: ClassVar[str] = "pairs"
    #: Folder below data/ with the bundled rows.
    sample: ClassVar[str]
    #: Whether the model reads the texts of a row as one.
    joined: ClassVar[bool] = False

    @abstractmethod
    def load_model(self, folder: Path, device: str, config: dict[str, Any]) -> Any:
        """Load a model from its folder, as it came or as a training of this task saved it.

        Raises:
            TrialError: kind `bad_config`; the files are no model for this task.
        """

    @abstractmethod
    def loss(self, model: Any, config: dict[str, Any]) -> "nn.Module":
        """Return the loss that LOSS names."""

    @abstractmethod
    def trainer_class(self) -> Any:
        """Return the library's trainer for such models."""

    @abstractmethod
    def arguments_class(self) -> Any:
        """Return the class of that trainer's arguments."""

    def refuse_model(self, folder: Path, config: dict[str, Any]) -> str | None:
        """Say why the model in a folder does not go with the settings, before anything is trained; None when it does."""
        return None

    def arguments(self, model: Any, config: dict[str, Any], rows: dict[str, Any]) -> dict[str, Any]:
        """Return arguments of the trainer beyond those that all tasks have; `rows` is what `training_rows` gave."""
        return {}

    def prompts(self, columns: Iterable[str], config: dict[str, Any], own: dict[str, str]) -> dict[str, str]:
        """Return what is put before the texts of columns, where there is something; needs no model.

        Args:
            own: prompts of the model itself, by their names.
        """
        return {}

    def text_columns(self, split: "Split") -> list[str]:
        """Return the columns of a split that hold sentences."""
        kinds = {column.name: column.kind for column in self.columns}
        return [name for name in split.columns if kinds.get(name, "text") == "text"]

    def share(self, split: "Split", share: float | None) -> "Split":
        """Return a share (in 0..1) of the training rows, at least one; all of them without a share."""
        return split if share is None else split.share(share)

    def training_rows(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> dict[str, Any]:
        """Return the columns of a split as the loss takes them, in its order.

        Args:
            model: the untouched one, also where a training is resumed.
            alive: called between parts of the work, from the working thread.

        Raises:
            TrialError: the loss cannot be trained on these rows.
        """
        return dict(split.columns)

    @abstractmethod
    def outputs(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> "numpy.ndarray":
        """Return what the score is made of, a 64-bit float for each unit, shape (units,).

        `alive` is called between parts of the work, from the working thread.
        """

    @abstractmethod
    def measure(self, split: "Split") -> Measure:
        """Return how the outputs of a split are scored."""

    def metrics(self, outputs: "numpy.ndarray", split: "Split", config: dict[str, Any]) -> dict[str, float]:
        """Return figures beside the score, from its outputs."""
        return {}

    def metric_for(self, split: "Split") -> str:
        """Return the name of the score that a split is given: `metric`, unless its rows decide."""
        return self.metric

    def units(self, split: "Split") -> int:
        """Return how many outputs a split has."""
        return len(split)

    def texts(self, split: "Split") -> int:
        """Return how many texts a model encodes to score a split, each distinct one once: what scoring takes goes with it."""
        return len({text for values in split.columns.values() for text in values if isinstance(text, str)})

    def score(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> tuple["numpy.ndarray", Score]:
        """Score a model on a split; also return the outputs, shape (units,). Seconds are wall seconds of both together."""
        import time

        started = time.monotonic()
        outputs = self.outputs(model, split, config, alive)
        return outputs, self.score_of(outputs, split, config, since=started)

    def score_of(self, outputs: "numpy.ndarray", split: "Split", config: dict[str, Any], since: float | None = None) -> Score:
        """Return the score of outputs, shape (units,). `since`: when the work on them began (monotonic clock)."""
        import time

        started = time.monotonic() if since is None else since
        value = self.measure(split).score(outputs)
        return Score(value, self.metrics(outputs, split, config), time.monotonic() - started)

    def facts(self, split: "Split") -> dict[str, Any]:
        """Say what a split is like: rows, lengths of its texts in characters, and where its grades (0..1) lie."""
        import numpy

        texts = [column.name for column in self.columns if column.kind == "text" and column.name in split.columns]
        lengths = numpy.fromiter((len(text) for name in texts for text in split.columns[name]), dtype=numpy.int64)
        found: dict[str, Any] = {
            "rows": len(split),
            "name": split.name,
            "units": self.units(split),
            "texts": {
                "median": float(numpy.median(lengths)),
                "p95": float(numpy.quantile(lengths, 0.95)),
                "longest": int(lengths.max()),
            },
        }
        for column in self.columns:
            if column.kind == "grade":
                quarters = numpy.quantile(numpy.asarray(split.columns[column.name]), [0.25, 0.5, 0.75])
                found["score_quartiles"] = [round(float(value), 4) for value in quarters]
        return found

    def refuse_split(self, split: "Split", key: str) -> str | None:
        """Say why a split cannot give a score; None when it can.

        Args:
            key: the setting that names the split, for the message.
        """
        return None
