"""The three splits of a run, as the configuration names them. Runs in a child."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuning_trainer.data_files import FORMATS, DataError, Row, Table, Wanted, read_rows
from tuning_trainer.slices import Slice, parse_slice
from tuning_trainer.tasks import Task, task_of

__all__ = ["DataError", "Split", "Splits", "load_splits"]

_FILE_WORDS = {"train": ("train",), "validation": ("validation", "valid", "dev"), "test": ("test",)}
_HUB_NAME = "sentence-transformers/stsb"


@dataclass(frozen=True)
class Split:
    """Rows by column, all columns equally long; grades lie in 0..1. `name` is the slice as written."""

    columns: dict[str, Sequence[Any]]
    name: str

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows, with their values in the order of the columns."""
        return zip(*self.columns.values(), strict=True)

    def take(self, indexes: Sequence[int]) -> "Split":
        """Return some of the rows."""
        return Split({name: [values[index] for index in indexes] for name, values in self.columns.items()}, self.name)


@dataclass(frozen=True)
class Splits:
    """What a run trains on, scores on, and holds out.

    Attributes:
        fingerprint: SHA-256 over all rows as they are used.
        source: where they come from, for people.
        warnings: what a person should know of them.
    """

    train: Split
    dev: Split
    test: Split | None
    fingerprint: str
    source: str
    warnings: tuple[str, ...]


def load_splits(config: dict[str, Any], project_dir: Path) -> Splits:
    """Load the rows that the configuration asks for.

    Args:
        config: DEFAULT_CONFIG; TASK, DATASET_NAME, COLUMNS, SCORE_RANGE and the STSB_*_SPLIT keys are read.
        project_dir: where relative paths start.

    Raises:
        DataError: they cannot be used; one message for the person whose data they are.
    """
    task = task_of(config)
    source, read = _source(task, config, project_dir)
    slices = {part: _slice(config, key) for part, key in SPLIT_KEYS.items()}
    loaded: dict[str, Table] = {}
    for part, wanted in slices.items():
        if wanted and wanted.split not in loaded:
            loaded[wanted.split] = read(wanted.split, part)
    names = _same_names(loaded)
    _refuse_shared_rows({part: wanted for part, wanted in slices.items() if wanted}, loaded)
    used = {part: [loaded[w.split].rows[i] for i in w.rows(len(loaded[w.split].rows))] for part, w in slices.items() if w}
    warnings: list[str] = []
    for part, rows in used.items():
        wanted = slices[part]
        if not rows and wanted:
            count = len(loaded[wanted.split].rows)
            raise DataError(f"{SPLIT_KEYS[part]} = {wanted.text} is empty: {wanted.split} has {count} rows")
    grades = [place for place, name in enumerate(names) if any(c.name == name and c.kind == "grade" for c in task.columns)]
    bounds = {place: _score_range(config, names[place], place, used, warnings) for place in grades}
    splits = {part: _split(names, rows, slices[part].text, bounds) for part, rows in used.items()}  # type: ignore[union-attr]
    for part, split in splits.items():
        problem = task.refuse_split(split, SPLIT_KEYS[part]) if part != "train" else None
        if problem:
            raise DataError(problem)
    _warn_of_identical_rows(task, splits, warnings)
    return Splits(splits["train"], splits["dev"], splits.get("test"), _fingerprint(splits), source, tuple(warnings))


SPLIT_KEYS = {"train": "STSB_TRAIN_SPLIT", "dev": "STSB_DEV_SPLIT", "test": "STSB_TEST_SPLIT"}


def _slice(config: dict[str, Any], key: str) -> Slice | None:
    text = config[key]
    if text == "none" and key == "STSB_TEST_SPLIT":
        return None
    try:
        return parse_slice(text, key)
    except ValueError as error:
        raise DataError(str(error)) from error


def _same_names(loaded: dict[str, Table]) -> tuple[str, ...]:
    """Return the columns of all splits: those that the first one has, which every other one must have."""
    first, *others = loaded.items()
    for split, table in others:
        if table.names != first[1].names:
            raise DataError(
                f"the columns of {split} ({', '.join(table.names)}) are not those of {first[0]} ({', '.join(first[1].names)})"
            )
    return first[1].names


def _source(task: Task, config: dict[str, Any], project_dir: Path) -> tuple[str, Callable[[str, str], Table]]:
    """Return the source's name and a reader of its splits."""
    name = config["DATASET_NAME"]
    wanted = Wanted(task.columns, config["COLUMNS"])
    if name == "stsb" and task.name == "sts":
        return f"{_HUB_NAME} (hub)", _read_hub
    path = (project_dir / "data" / task.sample) if name == "sample" else (project_dir / name)
    if path.is_dir():
        return name, lambda split, part: read_rows(_file_for(path, name, split, part), _label(path, name, split, part), wanted)
    if path.is_file():
        return name, lambda split, part: _single_file(path, name, wanted, split, part)
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


def _single_file(path: Path, name: str, wanted: Wanted, split: str, part: str) -> Table:
    if split != "train":
        raise DataError(
            f"{SPLIT_KEYS[part]}: {name} is one file, so all its rows are called train; "
            "use slices such as STSB_TRAIN_SPLIT=train[:80%], STSB_DEV_SPLIT=train[80%:90%], STSB_TEST_SPLIT=train[90%:] or none"
        )
    return read_rows(path, name, wanted)


def _read_hub(split: str, _part: str) -> Table:
    from datasets import load_dataset

    try:
        dataset = load_dataset(_HUB_NAME, split=split)
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise DataError(
            f"DATASET_NAME = stsb: {_HUB_NAME} is neither cached nor reachable ({reason}); "
            "use the bundled data (DATASET_NAME=sample) or a local copy (DATASET_NAME=PATH)"
        ) from error
    names = ("sentence1", "sentence2", "score")
    return Table(
        names,
        [
            Row((record["sentence1"], record["sentence2"], float(record["score"])), f"{_HUB_NAME} {split} row {number}")
            for number, record in enumerate(dataset, start=1)
        ],
    )


def _refuse_shared_rows(slices: dict[str, Slice], loaded: dict[str, Table]) -> None:
    taken: dict[tuple[str, int], str] = {}
    for part, wanted in slices.items():
        for index in wanted.rows(len(loaded[wanted.split].rows)):
            other = taken.setdefault((wanted.split, index), part)
            if other != part:
                raise DataError(
                    f"{SPLIT_KEYS[part]} = {wanted.text} and {SPLIT_KEYS[other]} = {slices[other].text} share row {index} "
                    f"of {wanted.split}; a score on rows that were used already means nothing"
                )


def _score_range(
    config: dict[str, Any], name: str, place: int, used: dict[str, list[Row]], warnings: list[str]
) -> tuple[float, float]:
    """Return the lowest and highest grade that there can be."""
    found = [(float(row.values[place]), row.place) for part in used.values() for row in part]
    if config["SCORE_RANGE"] is not None:
        low, high = (float(bound) for bound in config["SCORE_RANGE"])
        if not math.isfinite(high - low):
            raise DataError(f"SCORE_RANGE = [{low:g}, {high:g}] is too wide to compute with; allowed: finite numbers")
    elif config["DATASET_NAME"] in ("sample", "stsb") or all(0 <= grade <= 1 for grade, _ in found):
        low, high = 0.0, 1.0
    elif all(0 <= grade <= 5 for grade, _ in found):
        low, high = 0.0, 5.0
        warnings.append(f"{name}s above 1 were found, so they are taken to lie in 0..5; SCORE_RANGE says otherwise")
    else:
        grade, where = next((grade, where) for grade, where in found if not 0 <= grade <= 5)
        raise DataError(f"{where}: {name} = {grade:g} is outside 0..1 and 0..5; set SCORE_RANGE, for example [0, 10]")
    for grade, where in found:
        if not low <= grade <= high:
            raise DataError(f"{where}: {name} = {grade:g} is outside its range; allowed: {low:g} to {high:g} (SCORE_RANGE)")
    return low, high


def _warn_of_identical_rows(task: Task, splits: dict[str, Split], warnings: list[str]) -> None:
    """Say how many rows stand in two splits, whatever their grade or label."""
    texts = [column.name for column in task.columns if column.kind == "text" and column.required]
    seen = {part: set(zip(*(split.columns[name] for name in texts), strict=True)) for part, split in splits.items()}
    for first, second in (("train", "dev"), ("train", "test"), ("dev", "test")):
        shared = len(seen.get(first, set()) & seen.get(second, set()))
        if shared:
            warnings.append(f"{shared} {task.rows} stand in both {first} and {second}: scores may look better than they are")


def _split(names: tuple[str, ...], rows: list[Row], text: str, bounds: dict[int, tuple[float, float]]) -> Split:
    columns: dict[str, Sequence[Any]] = {}
    for place, name in enumerate(names):
        values = [row.values[place] for row in rows]
        if place in bounds:
            low, high = bounds[place]
            values = [(float(value) - low) / (high - low) for value in values]
        columns[name] = values
    return Split(columns, text)


def _fingerprint(splits: dict[str, Split]) -> str:
    total = hashlib.sha256()
    for part in sorted(splits):
        for row in splits[part].rows():
            total.update(json.dumps([part, *row], ensure_ascii=False).encode())
            total.update(b"\n")
    return total.hexdigest()
