"""What `check-data` tells of a split: lengths, scripts, labels, duplicates, examples. numpy."""

from typing import TYPE_CHECKING, Any

from tuning_trainer.near_duplicates import almost_equal
from tuning_trainer.scripts import script_shares
from tuning_trainer.tasks.task import Task
from tuning_trainer.text_keys import normalised, row_keys, sentence_keys
from tuning_trainer.token_lengths import Tokens, summary, texts_read

if TYPE_CHECKING:
    from tuning_trainer.data import Split

#: Parts of the range of grades that are counted.
_BINS = 10
#: Different values up to which each is counted by itself.
_MOST_VALUES = 12
#: Rows of train in which near-duplicates are looked for, spread evenly.
_ROWS_COMPARED = 200_000
_EXAMPLES = 3


def facts_of(task: Task, split: "Split", config: dict[str, Any], tokens: Tokens | None) -> dict[str, Any]:
    """Return what a split is like.

    Returns:
        rows, units; `texts`: by column characters, tokens (of up to 10,000 rows) and scripts; `values`: by column of grades or
        labels how often they occur; `duplicates`: rows that are there already, and columns whose sentences recur.
    """
    import numpy

    read = texts_read(task, split, config, tokens.prompts if tokens else {})
    texts = {}
    for name in task.text_columns(split):
        lengths = numpy.fromiter((len(text) for text in split.columns[name]), dtype=numpy.int64)
        texts[name] = {
            "characters": {key: value for key, value in summary(lengths, None).items() if key not in ("limit", "cut")},
            "scripts": script_shares(read[name] if name in read else (text for text in split.columns[name][:10_000])),
            "distinct": len(numpy.unique(sentence_keys(split.columns[name]))),
        }
    counted = {name: summary(tokens.counts(of_column), tokens.limit) for name, of_column in read.items()} if tokens else {}
    kinds = {column.name: column.kind for column in task.columns}
    values = {name: _histogram(split.columns[name]) for name in split.columns if kinds.get(name, "text") != "text"}
    return {
        "name": split.name,
        "rows": len(split),
        "units": task.units(split),
        "unit": task.unit,
        "texts": texts,
        "tokens": counted,
        "values": values,
        "duplicates": len(split) - len(numpy.unique(row_keys([split.columns[name] for name in texts]))),
    }


def _histogram(column: Any) -> list[dict[str, Any]]:
    """Return how often values occur: each by itself, or in ten equal parts of their range."""
    import numpy

    values, counts = numpy.unique(numpy.asarray(column, dtype=float), return_counts=True)
    if len(values) <= _MOST_VALUES:
        return [{"from": float(v), "to": float(v), "count": int(n)} for v, n in zip(values, counts, strict=True)]
    found, edges = numpy.histogram(values, bins=_BINS, weights=counts)
    return [{"from": float(edges[at]), "to": float(edges[at + 1]), "count": int(found[at])} for at in range(_BINS)]


def near_duplicates(task: Task, splits: "dict[str, Split]") -> list[dict[str, Any]]:
    """Return for each two splits how many sentences of the second are almost one of the first, with examples."""
    found = []
    for first, second in (("train", "dev"), ("train", "test"), ("dev", "test")):
        if first not in splits or second not in splits:
            continue
        ours, theirs = (_sentences(task, splits[part]) for part in (first, second))
        pairs = almost_equal(ours, theirs)
        shown = [
            {"first": ours[left], "second": theirs[right], "alike": round(alike, 3)} for left, right, alike in pairs[:_EXAMPLES]
        ]
        found.append({"first": first, "second": second, "count": len(pairs), "examples": shown})
    return found


def _sentences(task: Task, split: "Split") -> list[str]:
    """Return the different sentences of up to _ROWS_COMPARED rows."""
    rows = len(split)
    if rows > _ROWS_COMPARED:
        split = split.take([at * rows // _ROWS_COMPARED for at in range(_ROWS_COMPARED)])
    required = [column.name for column in task.columns if column.kind == "text" and column.required]
    return list({normalised(text): text for name in required for text in split.columns[name]}.values())


def examples(task: Task, split: "Split", config: dict[str, Any], tokens: Tokens | None) -> list[dict[str, Any]]:
    """Return the first rows as they will be trained: with prompts, cut where the model stops reading, grades in 0..1."""
    prompts = task.prompts(split.columns, config, tokens.prompts if tokens else {})
    texts = task.text_columns(split)
    rows = split.take(range(min(_EXAMPLES, len(split))))
    shown: list[dict[str, Any]] = []
    for row in rows.rows():
        cells = []
        for name, value in zip(rows.columns, row, strict=True):
            whole = f"{prompts.get(name, '')}{value}" if name in texts else value
            kept = tokens.kept(whole) if tokens and name in texts else whole
            cells.append({"column": name, "value": kept, "cut": kept != whole})
        shown.append({"cells": cells})
    return shown
