"""Queries, documents and how relevant each is: a cross-encoder that reads both at once. Runs in a child."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuning_trainer.failures import TrialError
from tuning_trainer.metrics import Measure, correlation_with, mean_of_units
from tuning_trainer.model import load_cross_encoder
from tuning_trainer.ranking import FIGURES, rank_documents
from tuning_trainer.slices import spread_evenly
from tuning_trainer.tasks.task import Alive, Column, Task

if TYPE_CHECKING:
    import numpy
    from sentence_transformers import CrossEncoder

    from tuning_trainer.data import Split

#: Pairs between two signs of life.
_CHUNK = 256


class Reranker(Task):
    """Reranking; the score is NDCG@10 of each query's documents, 0..1.

    Queries tell of a ranking whose documents differ in grade; the others are left out. Where fewer than half of the rows
    belong to such queries, the score is Spearman's correlation with the grades instead, −1..1.
    """

    name = "reranker"
    metric = "ndcg_at_10"
    columns = (
        Column("query", aliases=("question", "anchor", "sentence1")),
        Column("document", aliases=("passage", "answer", "text", "response", "sentence2")),
        Column("label", "grade", aliases=("score", "relevance", "grade")),
    )
    losses = ("bce", "mse", "lambda")
    unit = "queries"
    sample = "sample-reranker"
    joined = True

    def load_model(self, folder: Path, device: str, config: dict[str, Any]) -> "CrossEncoder":
        """Load it, with QUERY_PROMPT as the prompt that it puts before each pair by default; see `Task`.

        A model without a head for one score gets one, drawn from torch's generator: seed it before.
        """
        model = load_cross_encoder(folder, device)
        if config.get("QUERY_PROMPT"):
            model.prompts["query"] = config["QUERY_PROMPT"]
            model.default_prompt_name = "query"
        return model

    def trainer_class(self) -> Any:
        """Return CrossEncoderTrainer."""
        from sentence_transformers.cross_encoder import CrossEncoderTrainer

        return CrossEncoderTrainer

    def arguments_class(self) -> Any:
        """Return CrossEncoderTrainingArguments."""
        from sentence_transformers.cross_encoder import CrossEncoderTrainingArguments

        return CrossEncoderTrainingArguments

    def loss(self, model: Any, config: dict[str, Any]) -> Any:
        """Return binary cross-entropy, the mean squared error of what `predict` gives, or LambdaLoss (Wang et al. 2018)."""
        from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss, LambdaLoss, MSELoss, NDCGLoss2PPScheme

        if config["LOSS"] == "lambda":
            return LambdaLoss(model, weighting_scheme=NDCGLoss2PPScheme())
        if config["LOSS"] == "mse":
            return MSELoss(model, activation_fn=model.activation_fn)
        return BinaryCrossEntropyLoss(model)

    def arguments(self, model: Any, config: dict[str, Any], rows: dict[str, Any]) -> dict[str, Any]:
        """Return the model's prompt, which its losses do not put there by themselves."""
        prompt = _prompt_of(model)
        return {"prompts": prompt} if prompt else {}

    def prompts(self, columns: Iterable[str], config: dict[str, Any], own: dict[str, str]) -> dict[str, str]:
        """Return QUERY_PROMPT, which stands before each pair; see `Task`."""
        return {"query": config["QUERY_PROMPT"]} if config.get("QUERY_PROMPT") else {}

    def share(self, split: "Split", share: float | None) -> "Split":
        """Return a share of the queries, each with all of its documents, since a ranking that is cut teaches another one."""
        if share is None:
            return split
        queries = _rows_by_query(split)
        return split.take(sorted(row for index in spread_evenly(len(queries), share) for row in queries[index]))

    def training_rows(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> dict[str, Any]:
        """Return the rows; for LambdaLoss one for each query, with lists of its documents and grades.

        A step's batch then counts queries. Queries whose documents do not differ in grade teach it nothing, and are left out.
        """
        if config["LOSS"] != "lambda":
            return dict(split.columns)
        groups = _rankings(split)
        if not groups:
            raise TrialError(
                "data",
                "LOSS = lambda learns from queries that have several documents of different grades, and the training rows "
                "have none; allowed: bce, mse",
            )
        queries, documents, labels = (list(split.columns[name]) for name in ("query", "document", "label"))
        return {
            "query": [queries[rows[0]] for rows in groups],
            "documents": [[documents[row] for row in rows] for rows in groups],
            "labels": [[labels[row] for row in rows] for rows in groups],
        }

    def outputs(self, model: Any, split: "Split", config: dict[str, Any], alive: Alive) -> "numpy.ndarray":
        """Return `ranking.FIGURES` of every query that counts, shape (queries, 4); or the score of each row, shape (rows,)."""
        import numpy
        from torch import nn

        pairs = list(zip(split.columns["query"], split.columns["document"], strict=True))
        parts = []
        for start in range(0, len(pairs), _CHUNK):
            # Logits: the activation that the model has for its users does not change an order, but may round scores to equals.
            found = model.predict(
                pairs[start : start + _CHUNK],
                prompt=_prompt_of(model),
                batch_size=config["EVAL_BATCH_SIZE"],
                activation_fn=nn.Identity(),
                show_progress_bar=False,
            )
            parts.append(found)
            alive()
        scores = numpy.concatenate(parts).astype(numpy.float64)
        if self.metric_for(split) != self.metric:
            return scores
        labels = numpy.asarray(split.columns["label"], dtype=float)
        return numpy.asarray([rank_documents(scores[rows], labels[rows]) for rows in _rankings(split)])

    def metric_for(self, split: "Split") -> str:
        """Return `ndcg_at_10`, or `spearman` where most rows tell of no ranking."""
        return self.metric if 2 * sum(map(len, _rankings(split))) >= len(split) else "spearman"

    def measure(self, split: "Split") -> Measure:
        """Return the mean NDCG@10 over queries, or Spearman's correlation with the grades."""
        return mean_of_units() if self.metric_for(split) == self.metric else correlation_with(split.columns["label"])

    def metrics(self, outputs: "numpy.ndarray", split: "Split", config: dict[str, Any]) -> dict[str, float]:
        """Return MRR@10, Recall@10 and Accuracy@1 of queries, or Pearson's correlation."""
        from scipy.stats import pearsonr

        if self.metric_for(split) != self.metric:
            return {"pearson": float(pearsonr(outputs, split.columns["label"])[0])}
        return dict(zip(FIGURES[1:], map(float, outputs[:, 1:].mean(axis=0)), strict=True))

    def units(self, split: "Split") -> int:
        """Return the number of queries that count, or of rows."""
        return len(_rankings(split)) if self.metric_for(split) == self.metric else len(split)

    def texts(self, split: "Split") -> int:
        """Return the number of pairs, each of which is read."""
        return len(split)

    def refuse_split(self, split: "Split", key: str) -> str | None:
        """Equal grades have neither an order nor a correlation."""
        if len(set(split.columns["label"])) < 2:
            return f"{key}: all {len(split)} labels are equal, so nothing can be ranked"
        return None


def _rankings(split: "Split") -> list[list[int]]:
    """Return the rows of each query whose documents differ in grade, in the order of their first rows."""
    labels = list(split.columns["label"])
    return [rows for rows in _rows_by_query(split) if len({labels[row] for row in rows}) > 1]


def _rows_by_query(split: "Split") -> list[list[int]]:
    """Return the rows of each query, in the order of their first rows."""
    rows_of: dict[str, list[int]] = {}
    for row, query in enumerate(split.columns["query"]):
        rows_of.setdefault(query, []).append(row)
    return list(rows_of.values())


def _prompt_of(model: Any) -> str:
    """Return what a model puts before each pair by default."""
    return model.prompts[model.default_prompt_name] if model.default_prompt_name else ""
