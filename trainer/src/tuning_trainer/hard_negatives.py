"""Passages that a model takes for answers and that are none: negatives worth learning from. Runs in a child."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tuning_trainer.failures import TrialError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

#: A negative is at least this much less similar to the query than its positive is, relative to that: what is nearer may well
#: be an answer that nobody marked (Moreira et al. 2024, NV-Retriever).
_MARGIN = 0.05
#: Nearest passages of a query that are looked at.
_NEAREST = 100


def with_hard_negatives(
    rows: dict[str, Any],
    query_column: str,
    count: int,
    model: "SentenceTransformer",
    batch_size: int,
    alive: Callable[[], None],
) -> dict[str, Any]:
    """Return rows with columns of mined negatives after their own, `negative_mined_1` first the hardest.

    They are the passages of these rows, other than the query's own, that the model finds most similar to the query. Those that
    are too similar (see `_MARGIN`) are only taken for queries that have too few others. Nothing in it is random.

    Args:
        rows: columns, `query_column` and `positive` among them.
        count: negatives for each row, at least 1.
        alive: called with each batch, from the working thread.

    Raises:
        TrialError: kind `data`; there are too few passages.
    """
    queries, positives = list(rows[query_column]), list(rows["positive"])
    answers: dict[str, set[str]] = {}
    for query, positive in zip(queries, positives, strict=True):
        answers.setdefault(query, set()).add(positive)
    passages = list(dict.fromkeys(positives))
    fewest = len(passages) - max(map(len, answers.values()))
    if fewest < count:
        raise TrialError(
            "data",
            f"HARD_NEGATIVES = {count}: the training rows have {len(passages)} different passages, which leaves some query with "
            f"{fewest} that are not its own; allowed: up to {fewest}",
        )
    pairs = list(zip(queries, positives, strict=True))
    mined: dict[tuple[str, str], list[str]] = {}
    hook = model.register_forward_hook(lambda *_: alive())
    try:
        for limits in ({"relative_margin": _MARGIN, "range_max": _NEAREST + count}, {}):
            left = [pair for pair in pairs if pair not in mined]
            if left:
                mined |= _mine(left, passages, count, model, batch_size, limits)
    finally:
        hook.remove()
    return rows | {f"negative_mined_{place + 1}": [mined[pair][place] for pair in pairs] for place in range(count)}


def _mine(
    pairs: list[tuple[str, str]],
    passages: list[str],
    count: int,
    model: "SentenceTransformer",
    batch_size: int,
    limits: dict[str, Any],
) -> dict[tuple[str, str], list[str]]:
    """Return the negatives of those pairs of query and positive that have enough of them."""
    from datasets import Dataset
    from sentence_transformers.util import mine_hard_negatives

    queries, positives = zip(*pairs, strict=True)
    found = mine_hard_negatives(
        Dataset.from_dict({"query": queries, "positive": positives}),
        model,
        anchor_column_name="query",
        positive_column_name="positive",
        corpus=passages,
        num_negatives=count,
        sampling_strategy="top",
        output_format="n-tuple",
        batch_size=batch_size,
        verbose=False,
        **limits,
    )
    return {(row["query"], row["positive"]): [row[f"negative_{place + 1}"] for place in range(count)] for row in found}
