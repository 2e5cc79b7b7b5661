"""Seed-to-seed noise of scores, from whatever was trained with more than one seed. Runs in the advising process."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuning_trainer.search.space import Values

#: Keys that make trainings move more, so that their seeds may differ more.
GROWS_WITH = ("LEARNING_RATE", "NUM_TRAIN_EPOCHS")
#: The prior guess weighs as much as this many repeats: two seeds that agree by luck shall not say that there is no noise.
_GUESS_WEIGHT = 1.0
#: Standard deviation of the prior of a growth exponent of the variance, centred at no growth.
_GROWTH_SPREAD = 0.7
#: Variances are believed to differ by at most this factor from the default's.
_MOST_GROWTH = 100.0


@dataclass(frozen=True)
class SeedNoise:
    """Variance of a score between seeds: `variance` at the default, times a power of each of `GROWS_WITH` over its default."""

    variance: float
    exponents: dict[str, float]
    #: Trainings beyond the first of each configuration; 0: a guess.
    repeats: int
    defaults: Values

    def shape(self, values: Values) -> float:
        """Variance at a configuration, in units of the default's."""
        logarithm = sum(exponent * _ratio(key, values, self.defaults) for key, exponent in self.exponents.items())
        most = math.log(_MOST_GROWTH)
        return math.exp(min(max(logarithm, -most), most))

    def sd(self, values: Values) -> float:
        """Standard deviation at a configuration."""
        return math.sqrt(self.variance * self.shape(values))


def pooled(groups: Sequence[tuple[Values, Sequence[float]]], guess: float, defaults: Values) -> SeedNoise:
    """Pool the spread within every repeated configuration; log-linear in `GROWS_WITH` as far as the data say so.

    The sum of squares within a group of variance v is v times a chi-squared variable; the exponents' priors draw them to zero,
    and one repeated configuration says nothing about growth.

    Args:
        groups: configurations and the scores of their seeds.
        guess: variance that is believed in while nothing is repeated.
        defaults: where the growth begins.

    Returns:
        The most probable noise.
    """
    repeated = [(values, np.asarray(scores, dtype=float)) for values, scores in groups if len(scores) > 1]
    repeats = sum(len(scores) - 1 for _, scores in repeated)
    if not repeated:
        return SeedNoise(guess, {}, 0, defaults)
    keys = [key for key in GROWS_WITH if _varies(key, [values for values, _ in repeated], defaults)]
    squares = np.array([float(((scores - scores.mean()) ** 2).sum()) for _, scores in repeated])
    degrees = np.array([len(scores) - 1.0 for _, scores in repeated])
    ratios = np.array([[_ratio(key, values, defaults) for key in keys] for values, _ in repeated]).reshape(
        len(repeated), len(keys)
    )
    found = _most_probable(squares, degrees, ratios, guess)
    return SeedNoise(math.exp(found[0]), dict(zip(keys, map(float, found[1:]), strict=True)), repeats, defaults)


def _most_probable(
    squares: NDArray[np.float64], degrees: NDArray[np.float64], ratios: NDArray[np.float64], guess: float
) -> NDArray[np.float64]:
    from scipy.optimize import minimize

    def objective(theta: NDArray[np.float64]) -> float:
        logarithms = theta[0] + ratios @ theta[1:]
        likelihood = 0.5 * float((degrees * logarithms + squares * np.exp(-logarithms)).sum())
        prior = 0.5 * _GUESS_WEIGHT * (theta[0] + guess * math.exp(-theta[0]))
        return likelihood + prior + 0.5 * float(((theta[1:] / _GROWTH_SPREAD) ** 2).sum())

    flat = (squares.sum() + _GUESS_WEIGHT * guess) / (degrees.sum() + _GUESS_WEIGHT)
    start = np.array([math.log(flat)] + [0.0] * ratios.shape[1])
    if ratios.shape[1] == 0:
        return start
    bounds = [(start[0] - 10.0, start[0] + 10.0)] + [(-3.0, 3.0)] * ratios.shape[1]
    return np.asarray(minimize(objective, start, method="L-BFGS-B", bounds=bounds).x)


def _ratio(key: str, values: Values, defaults: Values) -> float:
    value, default = _positive(values.get(key)), _positive(defaults.get(key))
    return math.log(value / default) if value is not None and default is not None else 0.0


def _varies(key: str, configurations: Sequence[Values], defaults: Values) -> bool:
    return len({round(_ratio(key, values, defaults), 6) for values in configurations}) > 1


def _positive(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and value > 0 else None
