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
from tuning_trainer.data_source import Origin, Source, source_of
from tuning_trainer.made_splits import made_of
from tuning_trainer.readers.refusals import DataError, stop_at
from tuning_trainer.readers.wanted import Wanted
from tuning_trainer.rows import Table, take
from tuning_trainer.shared_texts import shared_between
from tuning_trainer.slices import Slice, parse_slice, spread_evenly
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

    def share(self, share: float) -> "Split":
        """Return a share (in 0..1) of the rows, at least one, spread evenly: many files are ordered by genre or score."""
        return self.take(spread_evenly(len(self), share))


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
    reading = Reading(task, config, cache_folder(project_dir), alive)
    tables, notices = reading.with_made_splits(source, reading.tables(source, slices), slices)
    same_names(tables)
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


Tables = dict[str, tuple[Table, Any]]


class Reading:
    """Reads the rows of each split."""

    def __init__(
        self,
        task: Task,
        config: dict[str, Any],
        cache: Path,
        alive: Callable[[], None] = lambda: None,
        refuse: Callable[[DataError], None] | None = None,
        spare: Path | None = None,
    ) -> None:
        """Prepare the reading.

        Args:
            cache: where large files lie.
            alive: called now and then.
            refuse: is told of rows that are none, which are then left out; None: the first one is an error.
            spare: a cache for rows of which some were left out; given with `refuse`.
        """
        self.task, self.config, self.cache, self.alive = task, config, cache, alive
        self.refuse, self.spare = refuse, spare

    def tables(self, source: Source, slices: dict[str, Slice]) -> Tables:
        """Return the rows of each split that is there: a table, and which of its rows.

        Raises:
            DataError: they cannot be used.
        """
        asked = dict.fromkeys(wanted.split for wanted in slices.values())
        origins = {split: source.origin(split) for split in asked}
        missing = [split for split, origin in origins.items() if origin is None]
        if missing and "train" not in origins:
            origins["train"] = source.origin("train")
        tables: Tables = {}
        for split, origin in origins.items():
            if origin is None:
                continue
            group = self.config.get("GROUP_COLUMN") if missing and split == "train" else None
            wanted = Wanted(self.task.columns, self.config["COLUMNS"], group, lambda names: hint_of(names, self.task))
            table = self._table(origin, wanted)
            tables[split] = (table, range(len(table)))
        return tables

    def _table(self, origin: Origin, wanted: Wanted) -> Table:
        columns = [(column.name, column.kind, column.aliases, column.required) for column in wanted.columns]
        how = [columns, wanted.mapping, wanted.group, [file.suffix for file in origin.files]]
        try:
            return table_of(origin.files, lambda: origin.open(wanted, stop_at), how, self.cache, self.alive)
        except DataError:
            if self.refuse is None or self.spare is None:
                raise
            refuse = self.refuse
            return table_of(origin.files, lambda: origin.open(wanted, refuse), how, self.spare, self.alive)

    def with_made_splits(self, source: Source, tables: Tables, slices: dict[str, Slice]) -> tuple[Tables, list[str]]:
        """Return the splits with those that there were none of, made of train, and what is said of it.

        Raises:
            DataError: the rows of train cannot be divided.
        """
        missing = [split for split in dict.fromkeys(wanted.split for wanted in slices.values()) if split not in tables]
        if not missing:
            return tables, []
        self.alive()
        whole = tables["train"][0]
        made, notice = made_of(self.task, source, whole, missing)
        return {**tables, **{split: (whole, index) for split, index in made.items()}}, [notice]


def same_names(tables: Tables) -> None:
    """Raise a DataError for splits whose columns are not those of the first one."""
    first, *others = ((split, table.names) for split, (table, _) in tables.items())
    for split, names in others:
        if names != first[1]:
            raise DataError(f"the columns of {split} ({', '.join(names)}) are not those of {first[0]} ({', '.join(first[1])})")


def used_rows(slices: dict[str, Slice], tables: Tables) -> dict[str, Used]:
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
        raise _outside(name, found, used, (0.0, 5.0), "is outside 0..1 and 0..5; set SCORE_RANGE, for example [0, 10]")
    if lowest < low or highest > high:
        raise _outside(name, found, used, (low, high), f"is outside its range; allowed: {low:g} to {high:g} (SCORE_RANGE)")
    return low, high


def _outside(name: str, found: dict[str, Any], used: dict[str, Used], bounds: tuple[float, float], problem: str) -> DataError:
    """Return what is said of grades outside their bounds: the first one, how many there are, where the first few are."""
    import numpy

    places: list[str] = []
    grades: list[float] = []
    count = 0
    for part, values in found.items():
        rows = numpy.flatnonzero((values < bounds[0]) | (values > bounds[1]))
        count += len(rows)
        named = rows[: _PLACES - len(places)]
        places += used[part].table.places(numpy.asarray(used[part].index)[named])
        grades += [float(values[row]) for row in named]
    more = f"; {count} rows are, also {', '.join(places[1:])}{' …' if count > _PLACES else ''}" if count > 1 else ""
    return DataError(f"{places[0]}: {name} = {grades[0]:g} {problem}{more}", f"{name} {problem}", tuple(places), count)


def _refuse_two_metrics(task: Task, splits: dict[str, Split]) -> None:
    """The held-out score must be the one that was tuned."""
    names = {part: task.metric_for(split) for part, split in splits.items() if part != "train"}
    if len(set(names.values())) > 1:
        said = ", ".join(f"{SPLIT_KEYS[part]} gives {name}" for part, name in names.items())
        raise DataError(f"the rows of the splits ask for different scores: {said}; make them alike")


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
