"""Anchors, each with a text that is near and one that is not: which of the two the model puts nearer. Runs in a child."""

from typing import TYPE_CHECKING, Any

from tuning_trainer.metrics import Measure, mean_of_units
from tuning_trainer.ranking import FIGURES
from tuning_trainer.tasks.in_batch import InBatchTask, asked_dimensions, shorter_name
from tuning_trainer.tasks.task import Alive, Column

if TYPE_CHECKING:
    import numpy

    from tuning_trainer.data import Split


class Triplet(InBatchTask):
    """Triplets; the score is the share of them whose anchor is nearer (cosine) to its positive than to its negative, 0..1.

    The same as TripletEvaluator's. Beside it, what InformationRetrievalEvaluator gives with the anchors as queries and all
    positives and negatives of the split as corpus.
    """

    name = "triplet"
    metric = "accuracy"
    columns = (
        Column("anchor", aliases=("query", "question", "sentence")),
        Column("positive", aliases=("answer", "passage", "pos")),
        Column("negative", aliases=("neg",)),
    )
    losses = ("mnrl", "cached_mnrl", "triplet")
    unit = "triplets"
    rows = "triplets"
    sample = "sample-triplet"
    query_column = "anchor"

    def _plain_loss(self, model: Any, config: dict[str, Any]) -> Any:
        from sentence_transformers.sentence_transformer.losses import TripletDistanceMetric, TripletLoss

        if config["LOSS"] != "triplet":
            return super()._plain_loss(model, config)
        # The distance that the score is made of. Its cosine distances lie in 0..2, so the library's margin of 5, which is for
        # Euclidean ones, would never be reached.
        return TripletLoss(model, distance_metric=TripletDistanceMetric.COSINE, triplet_margin=_MARGIN)

    def outputs(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> "numpy.ndarray":
        """Return for each triplet whether it is right (0 or 1), `ranking.FIGURES` of its anchor (NaN from the anchor's second
        triplet on), and whether it is right in each of MATRYOSHKA_DIMS; shape (triplets, 5 + shorter dimensions)."""
        import numpy

        whole, *shorter = self.embedded(model, split, config, alive)
        anchors = list(split.columns[self.query_column])
        first = {anchor: row for row, anchor in reversed(list(enumerate(anchors)))}
        figures = numpy.full((len(split), len(FIGURES)), numpy.nan)
        figures[[first[anchor] for anchor in dict.fromkeys(anchors)]] = self.ranked(*whole, split, alive)

        def right(queries: Any, passages: Any) -> "numpy.ndarray":
            anchor = queries.of(anchors)
            near, far = ((anchor * passages.of(split.columns[name])).sum(axis=1) for name in ("positive", "negative"))
            return numpy.where(numpy.isfinite(near - far), near > far, numpy.nan)

        return numpy.column_stack([right(*whole), figures, *(right(*each) for each in shorter)])

    def measure(self, split: "Split") -> Measure:
        """Return the share of triplets that are right."""
        return mean_of_units()

    def metrics(self, outputs: "numpy.ndarray", split: "Split", config: dict[str, Any]) -> dict[str, float]:
        """Return NDCG@10, MRR@10, Recall@10 and Accuracy@1 over distinct anchors, and the accuracy in fewer dimensions."""
        import numpy

        shorter = asked_dimensions(outputs, 1 + len(FIGURES), config)
        names = [*FIGURES, *(shorter_name(self.metric, dimensions) for dimensions in shorter)]
        return dict(zip(names, map(float, numpy.nanmean(outputs[:, 1:], axis=0)), strict=True))


#: Cosines of positive and negative have to differ by this much before a triplet costs nothing.
_MARGIN = 0.3
