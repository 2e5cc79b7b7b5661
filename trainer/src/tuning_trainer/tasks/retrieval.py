"""Questions and the passages that answer them: how high the right passage ranks among all. Runs in a child."""

from typing import TYPE_CHECKING, Any

from tuning_trainer.embedding import embed
from tuning_trainer.metrics import Measure, mean_of_units
from tuning_trainer.ranking import FIGURES, rank_corpus
from tuning_trainer.tasks.in_batch import InBatchTask, passages_of, relevant_passages
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
    unit = "queries"
    sample = "sample-retrieval"
    query_column = "query"

    def outputs(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> "numpy.ndarray":
        """Return `ranking.FIGURES` of every distinct query, in the order of their first rows, shape (queries, 4)."""
        relevant = relevant_passages(split, self.query_column)
        corpus = passages_of(split)
        size = config["EVAL_BATCH_SIZE"]
        queries = embed(model, relevant, size, alive, config.get("QUERY_PROMPT", "")).of(relevant)
        passages = embed(model, corpus, size, alive, config.get("PASSAGE_PROMPT", "")).of(corpus)
        place = {passage: index for index, passage in enumerate(corpus)}
        wanted = [[place[passage] for passage in found] for found in relevant.values()]
        return rank_corpus(queries, passages, wanted, alive)

    def measure(self, split: "Split") -> Measure:
        """Return the mean NDCG@10 over queries."""
        return mean_of_units()

    def metrics(self, outputs: "numpy.ndarray", split: "Split") -> dict[str, float]:
        """Return MRR@10, Recall@10 and Accuracy@1."""
        return dict(zip(FIGURES[1:], map(float, outputs[:, 1:].mean(axis=0)), strict=True))

    def units(self, split: "Split") -> int:
        """Return the number of distinct queries."""
        return distinct(split.columns[self.query_column])
