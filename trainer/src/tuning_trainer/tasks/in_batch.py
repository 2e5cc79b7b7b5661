"""What tasks have in common whose losses take the other rows of a batch for negatives. Runs in a child.

There a batch must not hold one text twice (a positive would be its own negative), and accumulated small batches are not one
large batch: each row sees fewer negatives. Memory is saved by the cached form of the loss (Gao et al. 2021), which keeps the
batch and computes it in parts.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tuning_trainer.embedding import Embedded, embed
from tuning_trainer.hard_negatives import with_hard_negatives
from tuning_trainer.ranking import rank_corpus
from tuning_trainer.tasks.embedding_task import EmbeddingTask, scale_of
from tuning_trainer.tasks.task import Alive

if TYPE_CHECKING:
    import numpy
    from sentence_transformers import SentenceTransformer

    from tuning_trainer.data import Split

#: Rows at once in memory under the cached loss, where MINI_BATCH_SIZE does not say.
_MINI_BATCH = 32


class InBatchTask(EmbeddingTask):
    """A task with queries and passages, trained by ranking each query's passage before the others of the batch."""

    #: The column whose texts are the queries.
    query_column: ClassVar[str]

    def load_model(self, folder: Path, device: str, config: dict[str, Any]) -> "SentenceTransformer":
        """Load it, with QUERY_PROMPT and PASSAGE_PROMPT as its own prompts `query` and `document`; see `Task`.

        Training, evaluation and mining all take the prompts from the model, so that a published one is used as it was scored.
        """
        model = super().load_model(folder, device, config)
        model.prompts.update(_prompts(config, model.prompts))
        return model

    def refuse_model(self, folder: Path, config: dict[str, Any]) -> str | None:
        """Refuse MATRYOSHKA_DIMS that the model has not; see `Task`."""
        asked = config.get("MATRYOSHKA_DIMS")
        if not asked:
            return None
        own = self.load_model(folder, "cpu", config).get_embedding_dimension()
        if max(asked) <= own:
            return None
        return f"MATRYOSHKA_DIMS has {max(asked)}, but BASE_MODEL gives {own} dimensions; allowed: up to {own}"

    def loss(self, model: Any, config: dict[str, Any]) -> Any:
        """Return multiple negatives ranking (Henderson et al. 2017), cached or not, over shorter dimensions if asked."""
        from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss

        loss = self._plain_loss(model, config)
        shorter = _shorter(model, config)
        return MatryoshkaLoss(model, loss, [model.get_embedding_dimension(), *shorter]) if shorter else loss

    def _plain_loss(self, model: Any, config: dict[str, Any]) -> Any:
        from sentence_transformers.sentence_transformer.losses import (
            CachedMultipleNegativesRankingLoss,
            MultipleNegativesRankingLoss,
        )

        if config["LOSS"] == "cached_mnrl":
            size = config.get("MINI_BATCH_SIZE") or _MINI_BATCH
            return CachedMultipleNegativesRankingLoss(model, mini_batch_size=size, **scale_of(config))
        return MultipleNegativesRankingLoss(model, **scale_of(config))

    def arguments(self, model: Any, config: dict[str, Any], rows: dict[str, Any]) -> dict[str, Any]:
        """Return batches without duplicates, and the prompts of each column."""
        from sentence_transformers.sentence_transformer.training_args import BatchSamplers

        prompts = self._by_column(rows, model.prompts)
        return {"batch_sampler": BatchSamplers.NO_DUPLICATES, **({"prompts": prompts} if prompts else {})}

    def prompts(self, columns: Iterable[str], config: dict[str, Any], own: dict[str, str]) -> dict[str, str]:
        """Return those that `load_model` gives the model, by column; see `Task`."""
        return self._by_column(columns, _prompts(config, own))

    def _by_column(self, columns: Iterable[str], prompts: dict[str, str]) -> dict[str, str]:
        named = {column: prompts["query" if column == self.query_column else "document"] for column in columns}
        return {column: prompt for column, prompt in named.items() if prompt}

    def training_rows(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> dict[str, Any]:
        """Return the columns with HARD_NEGATIVES more of negatives."""
        wanted = config.get("HARD_NEGATIVES", 0)
        rows = dict(split.columns)
        if wanted == 0:
            return rows
        return with_hard_negatives(rows, self.query_column, wanted, model, config["EVAL_BATCH_SIZE"], alive)

    def embedded(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> list[tuple[Embedded, Embedded]]:
        """Return queries and passages of a split, in all dimensions and then in each shorter one."""
        size = config["EVAL_BATCH_SIZE"]
        queries = embed(model, split.columns[self.query_column], size, alive, model.prompts["query"])
        passages = embed(model, passages_of(split), size, alive, model.prompts["document"])
        shorter = _shorter(model, config)
        return [(queries, passages), *((queries.shortened(d), passages.shortened(d)) for d in shorter)]

    def ranked(self, queries: Embedded, passages: Embedded, split: "Split", alive: Alive) -> "numpy.ndarray":
        """Rank the corpus of a split for each distinct query, in the order of their first rows: `ranking.FIGURES` of each."""
        relevant = relevant_passages(split, self.query_column)
        corpus = passages_of(split)
        place = {passage: index for index, passage in enumerate(corpus)}
        wanted = [[place[passage] for passage in found] for found in relevant.values()]
        return rank_corpus(queries.of(relevant), passages.of(corpus), wanted, alive)


def _prompts(config: dict[str, Any], own: Mapping[str, str | None]) -> dict[str, str]:
    """Return the prompts `query` and `document`: those of the settings, else the model's own."""
    keys = {"query": "QUERY_PROMPT", "document": "PASSAGE_PROMPT"}
    return {name: config.get(key) or own.get(name) or "" for name, key in keys.items()}


def shorter_name(metric: str, dimensions: int) -> str:
    """Return the name of a figure that is taken in fewer dimensions."""
    return f"{metric}_dim_{dimensions}"


def asked_dimensions(outputs: "numpy.ndarray", figures: int, config: dict[str, Any]) -> list[int]:
    """Return the shorter dimensions that outputs tell of, of MATRYOSHKA_DIMS, in the order of their columns.

    Args:
        figures: columns of the outputs that are there in any case.
    """
    shorter = outputs.shape[1] - figures
    return sorted(set(config.get("MATRYOSHKA_DIMS") or []), reverse=True)[-shorter:] if shorter else []


def _shorter(model: Any, config: dict[str, Any]) -> list[int]:
    """Return MATRYOSHKA_DIMS below the model's own, greatest first."""
    own = model.get_embedding_dimension()
    return sorted({dimensions for dimensions in config.get("MATRYOSHKA_DIMS") or [] if dimensions < own}, reverse=True)


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
