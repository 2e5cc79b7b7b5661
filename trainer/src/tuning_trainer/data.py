"""The three splits of a run, as the configuration names them. Runs in a child, and in `check-data`.

Rows of a large file stay on the disk (`rows.py`), and what has to be found out by reading all of them is found out once.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuning_trainer.data_cache import cache_folder, remembered, table_of
from tuning_trainer.data_files import DataError, Wanted, stop_at
from tuning_trainer.data_source import Source, source_of
from tuning_trainer.made_splits import made_of
from tuning_trainer.rows import Table, take
from tuning_trainer.shared_texts import shared_between
from tuning_trainer.slices import Slice, parse_slice
from tuning_trainer.tasks import Task, hint_of, task_of

__all__ = ["DataError", "Split", "Splits", "load_splits"]

SPLIT_KEYS = {"train": "STSB_TRAIN_SPLIT", "dev": "STSB_DEV_SPLIT", "test": "STSB_TEST_SPLIT"}
#: Places that a message names of many.
_PLACES = 5


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
        return Split({name: take(values, indexes) for name, values in self.columns.items()}, self.name)


@dataclass(frozen=True)
class Splits:
    """What a run trains on, scores on, and holds out.

    Attributes:
        fingerprint: SHA-256 over all rows as they are used.
        source: where they come from, for people.
        warnings: what a person should know of them.
        remember: finds something out that depends on the rows and on what is named, once where they lie on the disk.
    """

    train: Split
    dev: Split
    test: Split | None
    fingerprint: str
    source: str
    warnings: tuple[str, ...]
    remember: Callable[[Any, Callable[[], Any]], Any]


@dataclass(frozen=True)
class Used:
    """The rows of a split that a slice means: `index` of `table`, in their order."""

    table: Table
    index: Any
    text: str


def load_splits(config: dict[str, Any], project_dir: Path, alive: Callable[[], None] = lambda: None) -> Splits:
    """Load the rows that the configuration asks for.

    Args:
        config: DEFAULT_CONFIG; TASK, DATASET_NAME, COLUMNS, SCORE_RANGE, GROUP_COLUMN and the STSB_*_SPLIT keys are read.
        project_dir: where relative paths start.
        alive: called now and then: a large file takes minutes the first time.

    Raises:
        DataError: they cannot be used; one message for the person whose data they are.
    """
    task = task_of(config)
    source = source_of(task, config, project_dir)
    slices = slices_of(config)
    tables, notices = _tables(task, source, slices, config, cache_folder(project_dir), alive)
    _same_names({split: table for split, (table, _) in tables.items()})
    used = used_rows(slices, tables)
    alive()
    warnings = list(notices)
    bounds = bounds_of(task, config, used, warnings)
    splits = {part: split_of(rows, bounds) for part, rows in used.items()}
    for part, split in splits.items():
        problem = task.refuse_split(split, SPLIT_KEYS[part]) if part != "train" else None
        if problem:
            raise DataError(problem)
    _refuse_two_metrics(task, splits)
    about = _about(used, bounds)

    def remember(what: Any, find: Callable[[], Any]) -> Any:
        return remembered(used["train"].table.folder, [about, what], find)

    warnings += remember(["shared", task.name], lambda: shared_between(task, splits))
    alive()
    fingerprint = remember("fingerprint", lambda: _fingerprint(splits))
    return Splits(splits["train"], splits["dev"], splits.get("test"), fingerprint, source.name, tuple(warnings), remember)


def slices_of(config: dict[str, Any]) -> dict[str, Slice]:
    """Return the slice of each part of a run; no test where there is none."""
    return {part: wanted for part, key in SPLIT_KEYS.items() if (wanted := _slice(config, key))}


def _slice(config: dict[str, Any], key: str) -> Slice | None:
    text = config[key]
    if text == "none" and key == "STSB_TEST_SPLIT":
        return None
    try:
        return parse_slice(text, key)
    except ValueError as error:
        raise DataError(str(error)) from error


def wanted_of(task: Task, config: dict[str, Any], *, grouped: bool) -> Wanted:
    """Return what is looked for in the files of a configuration."""
    group = config.get("GROUP_COLUMN") if grouped else None
    return Wanted(task.columns, config["COLUMNS"], group, lambda names: hint_of(names, task))


def _tables(
    task: Task, source: Source, slices: dict[str, Slice], config: dict[str, Any], cache: Path, alive: Callable[[], None]
) -> tuple[dict[str, tuple[Table, Any]], list[str]]:
    """Return the rows of each split: a table, and which of its rows. Splits that there are none of are made of train."""
    asked = list(dict.fromkeys(wanted.split for wanted in slices.values()))
    origins = {split: source.origin(split) for split in asked}
    missing = [split for split, origin in origins.items() if origin is None]
    if missing and "train" not in origins:
        origins["train"] = source.origin("train")
    tables: dict[str, tuple[Table, Any]] = {}
    for split, origin in origins.items():
        if origin is None:
            continue
        wanted = wanted_of(task, config, grouped=bool(missing) and split == "train")
        how = [[(column.name, column.kind) for column in wanted.columns], wanted.mapping, wanted.group]
        suffixes = [file.suffix for file in origin.files]
        table = table_of(origin.files, lambda o=origin, w=wanted: o.open(w, stop_at), [how, suffixes], cache, alive)  # type: ignore[misc]
        tables[split] = (table, range(len(table)))
    if not missing:
        return tables, []
    alive()
    made, notice = made_of(task, source, tables["train"][0], missing)
    return {**tables, **{split: (tables["train"][0], index) for split, index in made.items()}}, [notice]


def _same_names(tables: dict[str, Table]) -> None:
    """Refuse splits whose columns are not those of the first one."""
    first, *others = tables.items()
    for split, table in others:
        if table.names != first[1].names:
            there, here = ", ".join(table.names), ", ".join(first[1].names)
            raise DataError(f"the columns of {split} ({there}) are not those of {first[0]} ({here})")


def used_rows(slices: dict[str, Slice], tables: dict[str, tuple[Table, Any]]) -> dict[str, Used]:
    """Return the rows that the slices mean.

    Raises:
        DataError: two of them share a row, or one is empty.
    """
    rows = {part: wanted.rows(len(tables[wanted.split][1])) for part, wanted in slices.items()}
    parts = list(slices)
    for place, part in enumerate(parts):
        for other in parts[:place]:
            shared = range(max(rows[part].start, rows[other].start), min(rows[part].stop, rows[other].stop))
            if slices[part].split == slices[other].split and shared:
                raise DataError(
                    f"{SPLIT_KEYS[part]} = {slices[part].text} and {SPLIT_KEYS[other]} = {slices[other].text} share row "
                    f"{shared.start} of {slices[part].split}; a score on rows that were used already means nothing"
                )
    for part, wanted in slices.items():
        if not rows[part]:
            count = len(tables[wanted.split][1])
            raise DataError(f"{SPLIT_KEYS[part]} = {wanted.text} is empty: {wanted.split} has {count} rows")
    return {
        part: Used(tables[wanted.split][0], tables[wanted.split][1][rows[part].start : rows[part].stop], wanted.text)
        for part, wanted in slices.items()
    }


def bounds_of(task: Task, config: dict[str, Any], used: dict[str, Used], warnings: list[str]) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest grade that there can be, for each column of grades.

    Raises:
        DataError: a grade lies outside, or SCORE_RANGE is needed; with how many rows and where.
    """
    return {column.name: _bounds(config, column.name, used, warnings) for column in task.columns if column.kind == "grade"}


def _bounds(config: dict[str, Any], name: str, used: dict[str, Used], warnings: list[str]) -> tuple[float, float]:
    import numpy

    found = {part: numpy.asarray(rows.table.values(name, rows.index), dtype=float) for part, rows in used.items()}
    lowest, highest = (float(of([of(grades) for grades in found.values()])) for of in (numpy.min, numpy.max))
    if config["SCORE_RANGE"] is not None:
        low, high = (float(bound) for bound in config["SCORE_RANGE"])
        if not math.isfinite(high - low):
            raise DataError(f"SCORE_RANGE = [{low:g}, {high:g}] is too wide to compute with; allowed: finite numbers")
    elif config["DATASET_NAME"] in ("sample", "stsb") or (lowest >= 0 and highest <= 1):
        low, high = 0.0, 1.0
    elif lowest >= 0 and highest <= 5:
        low, high = 0.0, 5.0
        warnings.append(f"{name}s above 1 were found, so they are taken to lie in 0..5; SCORE_RANGE says otherwise")
    else:
        grade, places = _outside(found, used, 0.0, 5.0)
        problem = f"{name} = {grade:g} is outside 0..1 and 0..5; set SCORE_RANGE, for example [0, 10]"
        raise DataError(f"{places[0]}: {problem}{_more(places)}", problem)
    if lowest < low or highest > high:
        grade, places = _outside(found, used, low, high)
        problem = f"{name} = {grade:g} is outside its range; allowed: {low:g} to {high:g} (SCORE_RANGE)"
        raise DataError(f"{places[0]}: {problem}{_more(places)}", problem)
    return low, high


def _outside(found: dict[str, Any], used: dict[str, Used], low: float, high: float) -> tuple[float, list[str]]:
    """Return the first grade outside, and the places of all of them; those beyond the first few have no name."""
    import numpy

    first: float | None = None
    places: list[str] = []
    for part, grades in found.items():
        rows = numpy.flatnonzero((grades < low) | (grades > high))
        if len(rows) and first is None:
            first = float(grades[rows[0]])
        named = rows[: max(0, _PLACES - len(places))]
        index = numpy.asarray(used[part].index)[named]
        places += [*used[part].table.places(index), *[""] * (len(rows) - len(named))]
    assert first is not None, "asked for only where there is one"
    return first, places


def _refuse_two_metrics(task: Task, splits: dict[str, Split]) -> None:
    """The held-out score must be the one that was tuned."""
    names = {part: task.metric_for(split) for part, split in splits.items() if part != "train"}
    if len(set(names.values())) > 1:
        said = ", ".join(f"{SPLIT_KEYS[part]} gives {name}" for part, name in names.items())
        raise DataError(f"the rows of the splits ask for different scores: {said}; make them alike")


def _more(places: list[str]) -> str:
    if len(places) < 2:
        return ""
    named = ", ".join(place for place in places[1:] if place)
    return f"; {len(places)} rows are, also {named}{' …' if len(places) > _PLACES else ''}"


def split_of(used: Used, bounds: dict[str, tuple[float, float]]) -> Split:
    """Return rows as a split."""
    return Split({name: used.table.values(name, used.index, bounds.get(name)) for name in used.table.names}, used.text)


def _about(used: dict[str, Used], bounds: dict[str, tuple[float, float]]) -> Any:
    """Return what the splits depend on."""
    import numpy

    def rows_of(index: Any) -> Any:
        return (
            [index.start, index.stop] if isinstance(index, range) else hashlib.sha256(numpy.asarray(index).tobytes()).hexdigest()
        )

    return [{part: [rows.table.key, rows_of(rows.index), rows.text] for part, rows in used.items()}, bounds]


def _fingerprint(splits: dict[str, Split]) -> str:
    total = hashlib.sha256()
    for part in sorted(splits):
        for row in splits[part].rows():
            total.update(json.dumps([part, *row], ensure_ascii=False).encode())
            total.update(b"\n")
    return total.hexdigest()
