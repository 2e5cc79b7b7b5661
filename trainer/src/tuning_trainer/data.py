"""The three splits of a run, as the configuration names them. Runs in a child."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuning_trainer.data_files import FORMATS, DataError, Row, read_rows
from tuning_trainer.slices import Slice, parse_slice

__all__ = ["DataError", "Pairs", "Splits", "load_splits"]

_FILE_WORDS = {"train": ("train",), "validation": ("validation", "valid", "dev"), "test": ("test",)}
_HUB_NAME = "sentence-transformers/stsb"


@dataclass(frozen=True)
class Pairs:
    """Graded sentence pairs; scores lie in 0..1. `name` is the slice as written."""

    sentences1: list[str]
    sentences2: list[str]
    scores: list[float]
    name: str

    def __len__(self) -> int:
        return len(self.scores)


@dataclass(frozen=True)
class Splits:
    """What a run trains on, scores on, and holds out.

    Attributes:
        fingerprint: SHA-256 over all rows as they are used.
        source: where they come from, for people.
        warnings: what a person should know of them.
    """

    train: Pairs
    dev: Pairs
    test: Pairs | None
    fingerprint: str
    source: str
    warnings: tuple[str, ...]


def load_splits(config: dict[str, Any], project_dir: Path) -> Splits:
    """Load the rows that the configuration asks for.

    Args:
        config: DEFAULT_CONFIG; DATASET_NAME, COLUMNS, SCORE_RANGE and the STSB_*_SPLIT keys are read.
        project_dir: where relative paths start.

    Raises:
        DataError: they cannot be used; one message for the person whose data they are.
    """
    source, read = _source(config, project_dir)
    slices = {part: _slice(config, key) for part, key in _SPLIT_KEYS.items()}
    loaded: dict[str, list[Row]] = {}
    for part, wanted in slices.items():
        if wanted and wanted.split not in loaded:
            loaded[wanted.split] = read(wanted.split, part)
    _refuse_shared_rows({part: wanted for part, wanted in slices.items() if wanted}, loaded)
    used = {part: [loaded[w.split][i] for i in w.rows(len(loaded[w.split]))] for part, w in slices.items() if w}
    warnings: list[str] = []
    for part, rows in used.items():
        wanted = slices[part]
        if not rows and wanted:
            count = len(loaded[wanted.split])
            raise DataError(f"{_SPLIT_KEYS[part]} = {wanted.text} is empty: {wanted.split} has {count} rows")
        if part != "train" and len({row.score for row in rows}) < 2:
            raise DataError(f"{_SPLIT_KEYS[part]}: all {len(rows)} scores are equal, so no correlation can be computed")
    low, high = _score_range(config, used, warnings)
    _warn_of_identical_pairs(used, warnings)
    pairs = {part: _pairs(rows, slices[part].text, low, high) for part, rows in used.items()}  # type: ignore[union-attr]
    return Splits(pairs["train"], pairs["dev"], pairs.get("test"), _fingerprint(pairs), source, tuple(warnings))


_SPLIT_KEYS = {"train": "STSB_TRAIN_SPLIT", "dev": "STSB_DEV_SPLIT", "test": "STSB_TEST_SPLIT"}


def _slice(config: dict[str, Any], key: str) -> Slice | None:
    text = config[key]
    if text == "none" and key == "STSB_TEST_SPLIT":
        return None
    try:
        return parse_slice(text, key)
    except ValueError as error:
        raise DataError(str(error)) from error


def _source(config: dict[str, Any], project_dir: Path) -> tuple[str, Callable[[str, str], list[Row]]]:
    """Return the source's name and a reader of its splits."""
    name, columns = config["DATASET_NAME"], config["COLUMNS"]
    if name == "stsb":
        return f"{_HUB_NAME} (hub)", _read_hub
    path = (project_dir / "data" / "sample") if name == "sample" else (project_dir / name)
    if path.is_dir():
        return name, lambda split, part: read_rows(_file_for(path, name, split, part), _label(path, name, split, part), columns)
    if path.is_file():
        return name, lambda split, part: _single_file(path, name, columns, split, part)
    raise DataError(
        f"DATASET_NAME = {name!r}: there is no such file or folder; allowed: sample, stsb, or a path to {', '.join(FORMATS)}"
    )


def _label(path: Path, name: str, split: str, part: str) -> str:
    return f"{name}/{_file_for(path, name, split, part).name}"


def _file_for(folder: Path, name: str, split: str, part: str) -> Path:
    words = _FILE_WORDS[split]
    files = sorted(f for f in folder.iterdir() if f.suffix in FORMATS)
    found = [file for file in files if any(word in file.stem.lower() for word in words)]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(f"{name}: {', '.join(f.name for f in found)} could all be the {split} split; keep one")
    way_out = ""
    if part == "test":
        way_out = "; set STSB_TEST_SPLIT to none (no confirmation), or to rows of another split, such as validation[100:]"
    there = ", ".join(f.name for f in files) or "no data file"
    raise DataError(f"{name}: no file for the {split} split (a name with {' or '.join(words)}); there: {there}{way_out}")


def _single_file(path: Path, name: str, columns: dict[str, Any] | None, split: str, part: str) -> list[Row]:
    if split != "train":
        raise DataError(
            f"{_SPLIT_KEYS[part]}: {name} is one file, so all its rows are called train; "
            "use slices such as STSB_TRAIN_SPLIT=train[:80%], STSB_DEV_SPLIT=train[80%:90%], STSB_TEST_SPLIT=train[90%:] or none"
        )
    return read_rows(path, name, columns)


def _read_hub(split: str, _part: str) -> list[Row]:
    from datasets import load_dataset

    try:
        dataset = load_dataset(_HUB_NAME, split=split)
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise DataError(
            f"DATASET_NAME = stsb: {_HUB_NAME} is neither cached nor reachable ({reason}); "
            "use the bundled data (DATASET_NAME=sample) or a local copy (DATASET_NAME=PATH)"
        ) from error
    return [
        Row(record["sentence1"], record["sentence2"], float(record["score"]), f"{_HUB_NAME} {split} row {number}")
        for number, record in enumerate(dataset, start=1)
    ]


def _refuse_shared_rows(slices: dict[str, Slice], loaded: dict[str, list[Row]]) -> None:
    taken: dict[tuple[str, int], str] = {}
    for part, wanted in slices.items():
        for index in wanted.rows(len(loaded[wanted.split])):
            other = taken.setdefault((wanted.split, index), part)
            if other != part:
                raise DataError(
                    f"{_SPLIT_KEYS[part]} = {wanted.text} and {_SPLIT_KEYS[other]} = {slices[other].text} share row {index} "
                    f"of {wanted.split}; a score on rows that were used already means nothing"
                )


def _score_range(config: dict[str, Any], used: dict[str, list[Row]], warnings: list[str]) -> tuple[float, float]:
    rows = [row for part in used.values() for row in part]
    if config["SCORE_RANGE"] is not None:
        low, high = (float(bound) for bound in config["SCORE_RANGE"])
        if not math.isfinite(high - low):
            raise DataError(f"SCORE_RANGE = [{low:g}, {high:g}] is too wide to compute with; allowed: finite numbers")
    elif config["DATASET_NAME"] in ("sample", "stsb") or all(0 <= row.score <= 1 for row in rows):
        low, high = 0.0, 1.0
    elif all(0 <= row.score <= 5 for row in rows):
        low, high = 0.0, 5.0
        warnings.append("scores above 1 were found, so they are taken to lie in 0..5; SCORE_RANGE says otherwise")
    else:
        odd = next(row for row in rows if not 0 <= row.score <= 5)
        raise DataError(f"{odd.place}: score = {odd.score:g} is outside 0..1 and 0..5; set SCORE_RANGE, for example [0, 10]")
    for row in rows:
        if not low <= row.score <= high:
            raise DataError(
                f"{row.place}: score = {row.score:g} is outside its range; allowed: {low:g} to {high:g} (SCORE_RANGE)"
            )
    return low, high


def _warn_of_identical_pairs(used: dict[str, list[Row]], warnings: list[str]) -> None:
    seen = {part: {(row.sentence1, row.sentence2) for row in rows} for part, rows in used.items()}
    for first, second in (("train", "dev"), ("train", "test"), ("dev", "test")):
        shared = len(seen.get(first, set()) & seen.get(second, set()))
        if shared:
            warnings.append(f"{shared} pairs stand in both {first} and {second}: scores may look better than they are")


def _pairs(rows: list[Row], name: str, low: float, high: float) -> Pairs:
    scores = [(row.score - low) / (high - low) for row in rows]
    return Pairs([row.sentence1 for row in rows], [row.sentence2 for row in rows], scores, name)


def facts_of(pairs: Pairs) -> dict[str, Any]:
    """Say what a split is like: rows, lengths of its sentences in characters, and where its scores (0..1) lie."""
    import numpy

    lengths = numpy.array([len(text) for text in (*pairs.sentences1, *pairs.sentences2)])
    texts = {"median": float(numpy.median(lengths)), "p95": float(numpy.quantile(lengths, 0.95)), "longest": int(lengths.max())}
    quarters = [round(float(value), 4) for value in numpy.quantile(pairs.scores, [0.25, 0.5, 0.75])]
    return {"rows": len(pairs), "name": pairs.name, "texts": texts, "score_quartiles": quarters}


def _fingerprint(pairs: dict[str, Pairs]) -> str:
    total = hashlib.sha256()
    for part in sorted(pairs):
        for row in zip(pairs[part].sentences1, pairs[part].sentences2, pairs[part].scores, strict=True):
            total.update(json.dumps([part, *row], ensure_ascii=False).encode())
            total.update(b"\n")
    return total.hexdigest()
