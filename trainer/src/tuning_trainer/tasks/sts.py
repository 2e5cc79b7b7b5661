"""Graded sentence pairs: how well cosines order the pairs as people do. Runs in a child."""

from typing import TYPE_CHECKING, Any

from tuning_trainer.embedding import embed
from tuning_trainer.metrics import Measure, correlation_with
from tuning_trainer.tasks.embedding_task import EmbeddingTask, scale_of
from tuning_trainer.tasks.task import Alive, Column

if TYPE_CHECKING:
    import numpy

    from tuning_trainer.data import Split


class Sts(EmbeddingTask):
    """Semantic textual similarity; the score is Spearman's correlation of cosines with grades, −1..1."""

    name = "sts"
    metric = "spearman"
    columns = (Column("sentence1"), Column("sentence2"), Column("score", "grade"))
    losses = ("cosent", "angle", "cosine")
    unit = "pairs"
    sample = "sample"

    def loss(self, model: Any, config: dict[str, Any]) -> Any:
        """Return CoSENT (Su 2022), AnglE (Li & Li 2023) or the mean squared error of the cosine (Reimers & Gurevych 2019)."""
        from sentence_transformers.sentence_transformer.losses import AnglELoss, CoSENTLoss, CosineSimilarityLoss

        if config["LOSS"] == "cosine":
            return CosineSimilarityLoss(model)
        return {"cosent": CoSENTLoss, "angle": AnglELoss}[config["LOSS"]](model, **scale_of(config))

    def outputs(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> "numpy.ndarray":
        """Return the cosine of every pair."""
        first, second = split.columns["sentence1"], split.columns["sentence2"]
        embedded = embed(model, [*first, *second], config["EVAL_BATCH_SIZE"], alive)
        return (embedded.of(first) * embedded.of(second)).sum(axis=1)

    def measure(self, split: "Split") -> Measure:
        """Return Spearman's correlation with the grades."""
        return correlation_with(split.columns["score"])

    def metrics(self, outputs: "numpy.ndarray", split: "Split", config: dict[str, Any]) -> dict[str, float]:
        """Return Pearson's correlation."""
        from scipy.stats import pearsonr

        return {"pearson": float(pearsonr(outputs, split.columns["score"])[0])}

    def refuse_split(self, split: "Split", key: str) -> str | None:
        """Equal grades have no correlation."""
        if len(set(split.columns["score"])) < 2:
            return f"{key}: all {len(split)} scores are equal, so no correlation can be computed"
        return None
