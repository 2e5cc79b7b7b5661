"""What tasks have in common that train a sentence-embedding model."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuning_trainer.model import load_model
from tuning_trainer.tasks.task import Task

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class EmbeddingTask(Task):
    """A task whose model is a SentenceTransformer."""

    def load_model(self, folder: Path, device: str, config: dict[str, Any]) -> "SentenceTransformer":
        """Load it; see `Task`."""
        return load_model(folder, device)

    def trainer_class(self) -> Any:
        """Return SentenceTransformerTrainer."""
        from sentence_transformers import SentenceTransformerTrainer

        return SentenceTransformerTrainer

    def arguments_class(self) -> Any:
        """Return SentenceTransformerTrainingArguments."""
        from sentence_transformers import SentenceTransformerTrainingArguments

        return SentenceTransformerTrainingArguments


def scale_of(config: dict[str, Any]) -> dict[str, Any]:
    """Return LOSS_SCALE as the losses take it; nothing where the loss's own holds."""
    scale = config.get("LOSS_SCALE")
    return {} if scale is None else {"scale": float(scale)}
