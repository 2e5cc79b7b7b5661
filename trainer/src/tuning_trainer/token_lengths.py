"""How many tokens texts have, and how many of them the model cuts. Runs in a child, and in `check-data`: no torch is needed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuning_trainer.files import read_json, sha256_of
from tuning_trainer.tasks.task import Task

if TYPE_CHECKING:
    import numpy

    from tuning_trainer.data import Split

#: Rows of a split that are measured, spread evenly over it.
_ROWS_MEASURED = 10_000
#: Texts between two signs of life.
_AT_ONCE = 1000


@dataclass(frozen=True)
class Tokens:
    """A model's tokenizer.

    Attributes:
        digest: of its file.
        prompts: the model's own, by their names.
        limit: tokens of a text that the model reads, its special ones included; None: unknown.
    """

    tokenizer: Any
    digest: str
    prompts: dict[str, str]
    limit: int | None

    def counts(self, texts: Iterable[str], alive: Callable[[], None] = lambda: None) -> "numpy.ndarray":
        """Return how many tokens each text has, special ones included, shape (texts,)."""
        import numpy

        given, found = list(texts), []
        for start in range(0, len(given), _AT_ONCE):
            found += [len(encoded.ids) for encoded in self.tokenizer.encode_batch(given[start : start + _AT_ONCE])]
            alive()
        return numpy.array(found, dtype=numpy.int64)

    def kept(self, text: str) -> str:
        """Return what the model reads of a text."""
        if self.limit is None:
            return text
        offsets = self.tokenizer.encode(text, add_special_tokens=False).offsets
        special = self.tokenizer.num_special_tokens_to_add(False)
        room = max(0, self.limit - special)
        return text if len(offsets) <= room else text[: offsets[room - 1][1] if room else 0]


def tokens_of(folder: Path, config: dict[str, Any]) -> Tokens | None:
    """Return the tokenizer in a model's folder; None where it has none in the one file that is read here."""
    from tokenizers import Tokenizer

    file = next(
        (path for path in (folder / "tokenizer.json", folder / "0_Transformer" / "tokenizer.json") if path.is_file()), None
    )
    if file is None:
        return None
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    own = (read_json(folder / "config_sentence_transformers.json") or {}).get("prompts") or {}
    return Tokens(tokenizer, sha256_of(file), own, config.get("MAX_SEQ_LENGTH") or _limit(file.parent))


def _limit(folder: Path) -> int | None:
    """Return the model's own limit, as sentence-transformers finds it."""
    own = (read_json(folder / "sentence_bert_config.json") or {}).get("max_seq_length")
    positions = (read_json(folder / "config.json") or {}).get("max_position_embeddings")
    longest = (read_json(folder / "tokenizer_config.json") or {}).get("model_max_length")
    if own:
        return int(own)
    known = [int(limit) for limit in (positions, longest) if limit and limit < 1 << 24]
    return min(known) if known else None


def texts_read(task: Task, split: "Split", config: dict[str, Any], own: dict[str, str]) -> dict[str, Sequence[str]]:
    """Return the texts that the model reads of up to _ROWS_MEASURED rows, with their prompts, by column.

    Args:
        own: prompts of the model itself, by their names.
    """
    rows = len(split)
    measured = split if rows <= _ROWS_MEASURED else split.take([at * rows // _ROWS_MEASURED for at in range(_ROWS_MEASURED)])
    prompts = task.prompts(split.columns, config, own)
    texts: dict[str, Sequence[str]] = {
        name: [f"{prompts.get(name, '')}{text}" for text in values]
        for name, values in measured.columns.items()
        if name in task.text_columns(measured)
    }
    if not task.joined:
        return texts
    return {" + ".join(texts): [" ".join(row) for row in zip(*texts.values(), strict=True)]}


def token_facts(
    tokens: Tokens, task: Task, split: "Split", config: dict[str, Any], alive: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Return how long the texts of a split are in tokens.

    Returns:
        median, p95, longest; `limit` of the model (or None) and `cut`, the share of texts that are longer.
    """
    return summary(
        tokens.counts((text for texts in texts_read(task, split, config, tokens.prompts).values() for text in texts), alive),
        tokens.limit,
    )


def summary(counts: "numpy.ndarray", limit: int | None) -> dict[str, Any]:
    """Return quantiles of lengths, shape (texts,), and the share above a limit."""
    import numpy

    return {
        "median": float(numpy.median(counts)),
        "p95": float(numpy.quantile(counts, 0.95)),
        "longest": int(counts.max()),
        "limit": limit,
        "cut": 0.0 if limit is None else float((counts > limit).mean()),
    }
