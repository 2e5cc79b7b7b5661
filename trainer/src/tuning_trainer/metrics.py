"""Scores of a model's outputs, and how each unit (pair, query, row) moves them. numpy and scipy; runs in a child.

The influence of a unit on a score is the derivative of the score by the unit's weight. Influences have mean 0, and the variance
of a score over the drawing of units is the sum of their squares over units² (infinitesimal jackknife; Efron 1982, The
Jackknife, the Bootstrap and Other Resampling Plans, chapter 6). `confirm.py` makes its intervals of them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy
from numpy.typing import ArrayLike, NDArray

Array = NDArray[numpy.float64]


@dataclass(frozen=True)
class Score:
    """A score, higher is better; figures beside it; and the wall seconds that it took."""

    value: float
    metrics: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Measure:
    """How outputs, shape (units,), are scored.

    Attributes:
        score: the score; NaN where there is none.
        with_influence: the same with the influence of each unit, shape (units,).
        seed_sd: standard deviation between training seeds that is believed in at a score where nothing was measured.
    """

    score: Callable[[Array], float]
    with_influence: Callable[[Array], tuple[float, Array]]
    seed_sd: Callable[[float], float]


def rank_correlation(left: ArrayLike, right: ArrayLike) -> float:
    """Return Spearman's rank correlation, with average ranks for ties; NaN where one side is constant."""
    from scipy.stats import spearmanr

    return float(spearmanr(left, right)[0])


def correlation_with(grades: ArrayLike) -> Measure:
    """Return Spearman's correlation of outputs with grades, shape (units,).

    Between seeds it was measured to vary, as Fisher's z, by .007 (default, bundled data), .016 (five times its rate, three
    epochs), .010 (STS-B, dev rows): .02 is believed in, times (1 − score²), so .0102 at a score of .7.
    """
    truth = _places(numpy.asarray(grades, dtype=float))
    return Measure(
        lambda outputs: rank_correlation(outputs, grades),
        lambda outputs: _correlation(_places(numpy.asarray(outputs, dtype=float)), truth),
        lambda level: 0.02 * (1 - level**2),
    )


def mean_of_units() -> Measure:
    """Return the mean of outputs that lie in 0..1: a figure for each query or row, the first one where there are several."""

    def with_influence(outputs: Array) -> tuple[float, Array]:
        values = outputs.reshape(len(outputs), -1)[:, 0]
        mean = float(values.mean())
        return mean, values - mean

    return Measure(lambda outputs: with_influence(outputs)[0], with_influence, _seed_sd_of_share)


def average_precision_with(labels: ArrayLike) -> Measure:
    """Return the average precision of outputs as a ranking of labels 0 and 1, shape (units,); higher outputs come first.

    Equal outputs count as one step of the ranking. Influences are those of leaving a unit out, times (units − 1).
    """
    truth = numpy.asarray(labels, dtype=float)
    return Measure(
        lambda outputs: _average_precision(outputs, truth)[0],
        lambda outputs: _average_precision(outputs, truth),
        _seed_sd_of_share,
    )


def _seed_sd_of_share(level: float) -> float:
    """As for correlations at .7: .01; nothing is known near 0 and 1, where it must vanish."""
    return 0.05 * max(level * (1 - level), 0.01)


def _average_precision(outputs: Array, labels: Array) -> tuple[float, Array]:
    n, positives = len(labels), float(labels.sum())
    if positives == 0 or not numpy.isfinite(outputs).all():
        return math.nan, numpy.full(n, math.nan)
    _, group = numpy.unique(-outputs, return_inverse=True)
    sizes, hits = numpy.bincount(group), numpy.bincount(group, labels)
    seen, found = numpy.cumsum(sizes), numpy.cumsum(hits)
    precision = found / seen
    score = float((hits * precision).sum() / positives)
    if n < 3 or positives < 2:
        return score, numpy.zeros(n)
    # Without a unit of group g, every group from g on has seen one less, and found one less where the unit was a hit.
    fewer = numpy.maximum(seen - 1, 1)
    kept = numpy.concatenate([[0.0], numpy.cumsum(hits * precision)])[:-1]

    def from_here(values: Array) -> Array:
        return numpy.cumsum(values[::-1])[::-1]

    without_hit = kept + from_here(hits * (found - 1) / fewer) - (found - 1) / fewer
    without_miss = kept + from_here(hits * found / fewer)
    left = numpy.where(labels > 0, without_hit[group] / (positives - 1), without_miss[group] / positives)
    influence = (n - 1) * (score - left)
    return score, influence - influence.mean()


@dataclass(frozen=True)
class _Places:
    """Where values stand among each other: `at` is the mid-distribution function; `group` numbers distinct values upwards."""

    at: Array
    group: NDArray[numpy.intp]
    variance: float

    def above(self, weights: Array) -> Array:
        """Return for each value the mean of the weights of greater ones, those of equal ones by half."""
        sums = numpy.bincount(self.group, weights)
        return ((sums.sum() - numpy.cumsum(sums) + sums / 2) / len(self.group))[self.group]


def _places(values: Array) -> _Places:
    _, group, count = numpy.unique(values, return_inverse=True, return_counts=True)
    at = ((numpy.cumsum(count) - count / 2) / len(values))[group]
    return _Places(at, group, float(at.var()) if numpy.isfinite(values).all() else math.nan)


def _correlation(model: _Places, truth: _Places) -> tuple[float, Array]:
    """Return Spearman's correlation with each pair's influence.

    With F and G the mid-distribution functions of output and grade, the correlation is (E[F·G] − ¼)/√(Var F · Var G); a pair's
    influence is the derivative of that by the pair's weight, its weight in F and G included.
    """
    scale = math.sqrt(model.variance * truth.variance)
    if not scale > 0:
        return math.nan, numpy.full(len(model.at), math.nan)
    product = model.at * truth.at
    score = float((product.mean() - 0.25) / scale)
    derivative = product + model.above(truth.at) + truth.above(model.at)
    own = [(places.at**2 + 2 * places.above(places.at)) / places.variance for places in (model, truth)]
    influence = derivative / scale - score / 2 * (own[0] + own[1])
    return score, influence - influence.mean()
