"""The paired bootstrap of a difference in Spearman's correlation, which runs of releases before 0.4 ask for. Runs in a child."""

from typing import TYPE_CHECKING, Any

from tuning_trainer.metrics import rank_correlation

if TYPE_CHECKING:
    import numpy

_RESAMPLES = 2000


def bootstrap_difference(first: "numpy.ndarray", second: "numpy.ndarray", grades: list[float], seed: int) -> dict[str, Any]:
    """Return the paired bootstrap's 95 % interval of (second's score − first's score).

    Pairs are drawn with replacement, the same for both models; percentile method of Efron & Tibshirani,
    An Introduction to the Bootstrap (1993), chapter 13.
    """
    import numpy

    truth = numpy.asarray(grades)
    drawn = numpy.random.default_rng(seed).integers(0, len(truth), (_RESAMPLES, len(truth)))
    ranked = _standard_ranks(truth[drawn])
    differences = _correlations(second[drawn], ranked) - _correlations(first[drawn], ranked)
    low, high = numpy.nanpercentile(differences, [2.5, 97.5])
    mean = rank_correlation(second, truth) - rank_correlation(first, truth)
    return {"mean": mean, "low": float(low), "high": float(high), "resamples": _RESAMPLES}


def _correlations(values: "numpy.ndarray", ranked: "numpy.ndarray") -> "numpy.ndarray":
    """Return Spearman's correlation of each row of `values` with the same row of standardised ranks."""
    return (_standard_ranks(values) * ranked).mean(axis=1)


def _standard_ranks(values: "numpy.ndarray") -> "numpy.ndarray":
    """Return the ranks within each row (average ranks for ties), with mean 0 and variance 1."""
    from scipy.stats import rankdata

    ranks = rankdata(values, axis=1)
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    return centred / centred.std(axis=1, keepdims=True)
