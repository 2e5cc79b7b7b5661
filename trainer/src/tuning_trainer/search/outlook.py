"""What further trainings could still bring. Runs in the advising process."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tuning_trainer.search.belief import Belief
from tuning_trainer.search.gp import Floats
from tuning_trainer.search.policy import Move
from tuning_trainer.search.space import Values

#: Configurations that are imagined together, and how often.
_MOST_IMAGINED = 200
_IMAGINED = 400
#: A key is worth another round while the expected gain of its best value is at least this share of the standard deviation
#: between two seeds of the base: what is left of the pool finds better uses than what noise would hide.
KEY_WORTHWHILE = 1.0
#: A run is worth another training down to this share: the best of several such trainings may still be seen. On this trainer's
#: own table a share of 0.25 takes a third more seconds for nothing on held-out data (docs/benchmarks.md).
RUN_WORTHWHILE = 0.75


@dataclass(frozen=True)
class Gain:
    """What a training is expected to gain over the base, in score."""

    expected: float
    chance: float


def gains(belief: Belief, moves: Sequence[Move], base: Values) -> list[Gain]:
    """Expected improvement of each move's mean score over the base's, and its probability (Jones et al., 1998)."""
    if not moves:
        return []
    mean, sd = belief.difference([move.values for move in moves], base)
    return [Gain(*_improvement(float(one), float(other))) for one, other in zip(mean, sd, strict=True)]


def worthwhile(gain: float, share: float, belief: Belief, base: Values) -> bool:
    """Whether an expected gain is above a share of what noise lets anybody see: `KEY_WORTHWHILE` or `RUN_WORTHWHILE`."""
    return gain > share * belief.noise_sd(base)


def possible(belief: Belief, moves: Sequence[Move], base: Values, seed: int) -> dict[str, float]:
    """What the best of the moves would bring over the base: mean and interval of 90 %, from functions drawn from the process."""
    if not moves:
        return {"mean": 0.0, "low": 0.0, "high": 0.0}
    chosen = list(moves)
    if len(chosen) > _MOST_IMAGINED:
        mean, sd = belief.difference([move.values for move in chosen], base)
        order = np.argsort(-(mean + 2.0 * sd), kind="stable")[:_MOST_IMAGINED]
        chosen = [chosen[index] for index in order]
    mean, covariance = belief.joint([*(move.values for move in chosen), base])
    drawn = _drawn(mean, covariance, seed)
    best = np.maximum((drawn[:, :-1] - drawn[:, -1:]).max(axis=1), 0.0)
    low, high = np.quantile(best, [0.05, 0.95])
    return {"mean": float(best.mean()), "low": float(low), "high": float(high)}


def _drawn(mean: Floats, covariance: Floats, seed: int) -> Floats:
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return mean + np.random.default_rng(seed).standard_normal((_IMAGINED, len(mean))) @ root.T


def _improvement(mean: float, sd: float) -> tuple[float, float]:
    z = mean / sd
    chance = 0.5 * math.erfc(-z / math.sqrt(2.0))
    return max(mean * chance + sd * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi), 0.0), chance
