"""Questions and the passages that answer them: how high the right passage ranks among all. Runs in a child."""

from typing import TYPE_CHECKING, Any

from tuning_trainer.metrics import Measure, mean_of_units
from tuning_trainer.ranking import FIGURES
from tuning_trainer.tasks.in_batch import InBatchTask, asked_dimensions, passages_of, shorter_name
from tuning_trainer.tasks.task import Alive, Column
from tuning_trainer.text_keys import distinct

if TYPE_CHECKING:
    import numpy

    from tuning_trainer.data import Split


class Retrieval(InBatchTask):
    """Retrieval; the score is NDCG@10 of each query's passages in the corpus of its split, 0..1.

    The corpus is every passage and negative of the split, the relevant ones are all positives of the query: the same as
    InformationRetrievalEvaluator computes, here query by query, since an interval needs each of them.
    """

    name = "retrieval"
    metric = "ndcg_at_10"
    columns = (
        Column("query", aliases=("question", "anchor")),
        Column("positive", aliases=("answer", "passage", "document", "context", "response")),
        Column("negative", required=False),
    )
    losses = ("mnrl", "cached_mnrl")
    unit = "queries"
    sample = "sample-retrieval"
    query_column = "query"

    def outputs(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> "numpy.ndarray":
        """Return `ranking.FIGURES` of every distinct query, in the order of their first rows, then NDCG@10 in each of
        MATRYOSHKA_DIMS, shape (queries, 4 + shorter dimensions)."""
        import numpy

        whole, *shorter = self.embedded(model, split, config, alive)
        figures = [self.ranked(*whole, split, alive), *(self.ranked(*each, split, alive)[:, :1] for each in shorter)]
        return numpy.concatenate(figures, axis=1)

    def measure(self, split: "Split") -> Measure:
        """Return the mean NDCG@10 over queries."""
        return mean_of_units()

    def metrics(self, outputs: "numpy.ndarray", split: "Split", config: dict[str, Any]) -> dict[str, float]:
        """Return MRR@10, Recall@10 and Accuracy@1, and NDCG@10 in fewer dimensions."""
        shorter = asked_dimensions(outputs, len(FIGURES), config)
        names = [*FIGURES[1:], *(shorter_name(self.metric, dimensions) for dimensions in shorter)]
        return dict(zip(names, map(float, outputs[:, 1:].mean(axis=0)), strict=True))

    def units(self, split: "Split") -> int:
        """Return the number of distinct queries."""
        return distinct(split.columns[self.query_column])

    def refuse_split(self, split: "Split", key: str) -> str | None:
        """One passage is always found."""
        if len(passages_of(split)) < 2:
            return f"{key}: all {len(split)} rows have the same passage, so nothing can be ranked"
        return None
