"""Scores: Spearman correlation between graded similarity and the cosine of two embeddings. Runs in a child."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuning_trainer.data import Pairs

if TYPE_CHECKING:
    import numpy
    from sentence_transformers import SentenceTransformer

#: Sentences between two signs of life.
_CHUNK = 512
_RESAMPLES = 2000


@dataclass(frozen=True)
class Score:
    """Correlations in −1..1. `seconds` is wall time."""

    spearman: float
    pearson: float
    seconds: float


def cosines(model: "SentenceTransformer", pairs: Pairs, batch_size: int, alive: Callable[[], None]) -> "numpy.ndarray":
    """Return the cosine similarity of every pair, shape (pairs,).

    Each distinct sentence is embedded once. `alive` is called after each chunk, from the working thread.
    """
    import numpy

    distinct = sorted(set(pairs.sentences1) | set(pairs.sentences2), key=lambda sentence: (len(sentence), sentence))
    parts = []
    for start in range(0, len(distinct), _CHUNK):
        chunk = distinct[start : start + _CHUNK]
        parts.append(model.encode(chunk, batch_size=batch_size, show_progress_bar=False, normalize_embeddings=True))
        alive()
    vectors = numpy.concatenate(parts).astype(numpy.float64)
    place = {sentence: index for index, sentence in enumerate(distinct)}
    first = vectors[[place[sentence] for sentence in pairs.sentences1]]
    second = vectors[[place[sentence] for sentence in pairs.sentences2]]
    return (first * second).sum(axis=1)


def score(model: "SentenceTransformer", pairs: Pairs, batch_size: int, alive: Callable[[], None]) -> Score:
    """Score a model on pairs; a model that gives every pair the same cosine scores NaN."""
    return score_with_cosines(model, pairs, batch_size, alive)[1]


def score_with_cosines(
    model: "SentenceTransformer", pairs: Pairs, batch_size: int, alive: Callable[[], None]
) -> "tuple[numpy.ndarray, Score]":
    """Return the cosines, shape (pairs,), and the score that they give."""
    started = time.monotonic()
    similarity = cosines(model, pairs, batch_size, alive)
    return similarity, score_of_cosines(similarity, pairs, since=started)


def score_of_cosines(similarity: "numpy.ndarray", pairs: Pairs, since: float | None = None) -> Score:
    """Return the score of cosines, shape (pairs,); its seconds are those since the work began (monotonic clock)."""
    from scipy.stats import pearsonr

    started = time.monotonic() if since is None else since
    spearman = rank_correlation(similarity, pairs.scores)
    pearson = float(pearsonr(similarity, pairs.scores)[0])
    return Score(spearman, pearson, time.monotonic() - started)


def rank_correlation(left: Any, right: Any) -> float:
    """Return Spearman's rank correlation, with average ranks for ties."""
    from scipy.stats import spearmanr

    return float(spearmanr(left, right)[0])


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
