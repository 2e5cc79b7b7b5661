"""Embeddings of texts, for scoring. Runs in a child."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from sentence_transformers import SentenceTransformer

#: Texts between two signs of life.
_CHUNK = 512


class Embedded:
    """Unit vectors of distinct texts, shape (texts, dimensions), 64-bit floats; `places` gives the rows of given texts."""

    def __init__(self, texts: list[str], vectors: "numpy.ndarray") -> None:
        self.vectors = vectors
        self._place = {text: index for index, text in enumerate(texts)}

    def shortened(self, dimensions: int) -> "Embedded":
        """Return the first dimensions of the vectors, as unit vectors again."""
        import numpy

        cut = self.vectors[:, :dimensions]
        return Embedded(list(self._place), cut / numpy.linalg.norm(cut, axis=1, keepdims=True))

    def of(self, texts: Iterable[str]) -> "numpy.ndarray":
        """Return the vectors of texts, one row for each, in their order."""
        return self.vectors[[self._place[text] for text in texts]]


def embed(
    model: "SentenceTransformer", texts: Iterable[str], batch_size: int, alive: Callable[[], None], prompt: str | None = None
) -> Embedded:
    """Embed each distinct text once, in an order that does not depend on theirs.

    Args:
        prompt: is put before each text; None: whatever the model puts there by default.
        alive: called after each chunk, from the working thread.
    """
    import numpy

    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    parts = []
    for start in range(0, len(distinct), _CHUNK):
        chunk = distinct[start : start + _CHUNK]
        vectors = model.encode(chunk, prompt=prompt, batch_size=batch_size, show_progress_bar=False, normalize_embeddings=True)
        parts.append(vectors)
        alive()
    return Embedded(distinct, numpy.concatenate(parts).astype(numpy.float64))
