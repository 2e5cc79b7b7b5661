"""Ranking passages for queries, and what a ranking is worth. numpy; runs in a child."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy

DEPTH = 10
#: What `figures_of` gives, in its order; the first one is the score.
FIGURES = ("ndcg_at_10", "mrr_at_10", "recall_at_10", "accuracy_at_1")
#: Similarities held at once: 64-bit floats, 64 MiB.
_MOST_SIMILARITIES = 1 << 23


def figures_of(gains: "numpy.ndarray", ideal: "numpy.ndarray", relevant: int) -> list[float]:
    """Return the figures of one ranking.

    Args:
        gains: relevance (0..1) of the first ten, best first; may be shorter.
        ideal: the ten greatest relevances that there are, greatest first.
        relevant: how many passages are relevant at all; at least one.

    Returns:
        NDCG@10 with linear gains (Järvelin & Kekäläinen 2002), the reciprocal rank of the first relevant one, the share of
        relevant ones found, and whether the first one is relevant.
    """
    import numpy

    discount = 1 / numpy.log2(numpy.arange(2, DEPTH + 2))
    hits = numpy.flatnonzero(gains > 0)
    return [
        float((gains * discount[: len(gains)]).sum() / (ideal * discount[: len(ideal)]).sum()),
        1 / (int(hits[0]) + 1) if len(hits) else 0.0,
        len(hits) / relevant,
        float(len(hits) > 0 and hits[0] == 0),
    ]


def rank_corpus(
    queries: "numpy.ndarray", passages: "numpy.ndarray", relevant: Sequence[Sequence[int]], alive: Callable[[], None]
) -> "numpy.ndarray":
    """Rank all passages for each query by cosine.

    Args:
        queries: unit vectors, shape (queries, dimensions).
        passages: unit vectors, shape (passages, dimensions).
        relevant: for each query the rows of its relevant passages.
        alive: called after each part of the work.

    Returns:
        FIGURES of each query, shape (queries, 4); NaN where a vector holds what is no number.
    """
    import numpy

    if not (numpy.isfinite(queries).all() and numpy.isfinite(passages).all()):
        return numpy.full((len(queries), len(FIGURES)), numpy.nan)

    depth = min(DEPTH, len(passages))
    rows: list[list[float]] = []
    size = max(1, _MOST_SIMILARITIES // max(1, len(passages)))
    for start in range(0, len(queries), size):
        similarity = queries[start : start + size] @ passages.T
        for line, wanted in zip(similarity, relevant[start : start + size], strict=True):
            nearest = numpy.argpartition(-line, depth - 1)[:depth]
            # Equal similarities in the order of the corpus.
            ranked = nearest[numpy.lexsort((nearest, -line[nearest]))]
            gains = numpy.isin(ranked, wanted).astype(float)
            rows.append(figures_of(gains, numpy.ones(min(DEPTH, len(wanted))), len(wanted)))
        alive()
    return numpy.asarray(rows)


def rank_documents(scores: "numpy.ndarray", grades: "numpy.ndarray") -> list[float]:
    """Return FIGURES of one query's documents as their scores rank them.

    Args:
        scores: higher comes first; of equal ones the least relevant, so that equal scores gain nothing from the order of rows.
        grades: relevance (0..1), shape (documents,); above 0 counts as relevant.
    """
    import numpy

    if not numpy.isfinite(scores).all():
        return [numpy.nan] * len(FIGURES)
    ranked = grades[numpy.lexsort((grades, -scores))][:DEPTH]
    return figures_of(ranked, -numpy.sort(-grades)[:DEPTH], int((grades > 0).sum()))
