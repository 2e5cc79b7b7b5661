"""What tasks have in common whose losses take the other rows of a batch for negatives. Runs in a child.

There a batch must not hold one text twice (a positive would be its own negative), and accumulated small batches are not one
large batch: each row sees fewer negatives. Memory is saved by the cached form of the loss (Gao et al. 2021), which keeps the
batch and computes it in parts.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from tuning_trainer.tasks.embedding_task import EmbeddingTask, scale_of

if TYPE_CHECKING:
    from tuning_trainer.data import Split

#: Rows at once in memory under the cached loss, where MINI_BATCH_SIZE does not say.
_MINI_BATCH = 32


class InBatchTask(EmbeddingTask):
    """A task with queries and passages, trained by ranking each query's passage before the others of the batch."""

    #: The column whose texts are the queries.
    query_column: ClassVar[str]

    def loss(self, model: Any, config: dict[str, Any]) -> Any:
        """Return multiple negatives ranking (Henderson et al. 2017), cached or not, over shorter dimensions if asked."""
        from sentence_transformers.sentence_transformer.losses import (
            CachedMultipleNegativesRankingLoss,
            MatryoshkaLoss,
            MultipleNegativesRankingLoss,
        )

        if config["LOSS"] == "cached_mnrl":
            size = config.get("MINI_BATCH_SIZE") or _MINI_BATCH
            loss: Any = CachedMultipleNegativesRankingLoss(model, mini_batch_size=size, **scale_of(config))
        else:
            loss = MultipleNegativesRankingLoss(model, **scale_of(config))
        dimensions = config.get("MATRYOSHKA_DIMS")
        return MatryoshkaLoss(model, loss, dimensions) if dimensions else loss

    def arguments(self, config: dict[str, Any]) -> dict[str, Any]:
        """Return batches without duplicates, and the prompts of each column."""
        from sentence_transformers.sentence_transformer.training_args import BatchSamplers

        named = {self.query_column: config.get("QUERY_PROMPT"), "positive": config.get("PASSAGE_PROMPT")}
        named["negative"] = named["positive"]
        prompts = {column: prompt for column, prompt in named.items() if prompt}
        return {"batch_sampler": BatchSamplers.NO_DUPLICATES, **({"prompts": prompts} if prompts else {})}


def relevant_passages(split: "Split", query_column: str) -> dict[str, list[str]]:
    """Return each distinct query with its passages, each once, in the order of the rows."""
    found: dict[str, dict[str, None]] = {}
    for query, passage in zip(split.columns[query_column], split.columns["positive"], strict=True):
        found.setdefault(query, {})[passage] = None
    return {query: list(passages) for query, passages in found.items()}


def passages_of(split: "Split") -> list[str]:
    """Return the corpus of a split: every positive and negative, each once, in the order of the rows."""
    columns = [split.columns["positive"], *(split.columns[name] for name in negatives_of(split))]
    return list(dict.fromkeys(text for row in zip(*columns, strict=True) for text in row))


def negatives_of(split: "Split") -> list[str]:
    """Return the names of the columns of negatives: `negative`, `negative_2` …"""
    return [name for name in split.columns if name.startswith("negative")]
