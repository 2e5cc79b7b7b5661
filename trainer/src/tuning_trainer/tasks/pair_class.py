"""Pairs that belong together or do not: how well cosines put the ones before the others. Runs in a child."""

from typing import TYPE_CHECKING, Any

from tuning_trainer.embedding import embed
from tuning_trainer.metrics import Measure, average_precision_with
from tuning_trainer.tasks.embedding_task import EmbeddingTask
from tuning_trainer.tasks.task import Alive, Column

if TYPE_CHECKING:
    import numpy

    from tuning_trainer.data import Split


class PairClass(EmbeddingTask):
    """Pair classification; the score is the average precision of cosines as a ranking of the pairs, 0..1.

    No threshold has to be chosen for it, and it is what BinaryClassificationEvaluator calls cosine_ap.
    """

    name = "pair_class"
    metric = "average_precision"
    columns = (
        Column("sentence1", aliases=("text1", "question1")),
        Column("sentence2", aliases=("text2", "question2")),
        Column("label", "label", aliases=("is_duplicate",)),
    )
    losses = ("online_contrastive", "contrastive")
    unit = "pairs"
    sample = "sample-pairs"

    def loss(self, model: Any, config: dict[str, Any]) -> Any:
        """Return the contrastive loss (Hadsell et al. 2006), over all pairs of a batch or over its hard ones (online)."""
        from sentence_transformers.sentence_transformer.losses import ContrastiveLoss, OnlineContrastiveLoss

        return {"contrastive": ContrastiveLoss, "online_contrastive": OnlineContrastiveLoss}[config["LOSS"]](model)

    def outputs(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> "numpy.ndarray":
        """Return the cosine of every pair."""
        first, second = split.columns["sentence1"], split.columns["sentence2"]
        embedded = embed(model, [*first, *second], config["EVAL_BATCH_SIZE"], alive)
        return (embedded.of(first) * embedded.of(second)).sum(axis=1)

    def measure(self, split: "Split") -> Measure:
        """Return the average precision."""
        return average_precision_with(split.columns["label"])

    def refuse_split(self, split: "Split", key: str) -> str | None:
        """A ranking needs both labels; one positive alone would decide everything."""
        positives = sum(label == 1 for label in split.columns["label"])
        if positives < 2 or positives == len(split):
            return f"{key}: {positives} of {len(split)} labels are 1; allowed: at least two, and not all of them"
        return None
