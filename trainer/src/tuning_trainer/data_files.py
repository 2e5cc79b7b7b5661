"""Reading the rows of a task from files: CSV, TSV, JSONL, Parquet. Every error names file, row and column."""

import csv
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuning_trainer.tasks.task import Column

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")


class DataError(ValueError):
    """Data that cannot be used; the message is for the person whose data they are."""


@dataclass(frozen=True)
class Row:
    """One row as it stands in a file: a value for each of its columns. `place` says where, as in `pairs.csv:12`."""

    values: tuple[str | float, ...]
    place: str


@dataclass(frozen=True)
class Table:
    """Rows with the names of their columns, in the task's order."""

    names: tuple[str, ...]
    rows: list[Row]


@dataclass(frozen=True)
class Wanted:
    """What is looked for in a file.

    Attributes:
        columns: the task's.
        mapping: COLUMNS of the configuration: column of the task to column of the file, by name or 0-based place. None: found.
    """

    columns: tuple[Column, ...]
    mapping: dict[str, Any] | None

    @property
    def required(self) -> tuple[str, ...]:
        """Names that every row has."""
        return tuple(column.name for column in self.columns if column.required)

    def found_in(self, names: list[str]) -> dict[str, str] | None:
        """Return the task's columns, optional ones included, with the names under which a header has them; None = it has not."""
        found: dict[str, str] = {}
        for column in self.columns:
            for name in (column.name, *column.aliases):
                if name in names:
                    found[column.name] = name
                    break
            if not column.required:
                more = [name for name in names if re.fullmatch(rf"{column.name}_?\d+", name)]
                found |= {name: name for name in more}
        return found if all(name in found for name in self.required) else None

    def kind_of(self, name: str) -> str:
        """Return the kind of a column; those that come several times are of the kind of their first."""
        kinds = {column.name: column.kind for column in self.columns}
        return kinds[name] if name in kinds else kinds[re.sub(r"_?\d+$", "", name)]

    def example(self) -> str:
        """Return how COLUMNS may be given, for messages."""
        letters = dict(zip(self.required, "abcdefgh", strict=False))
        return ", ".join(f"{name}: {letter}" for name, letter in letters.items())


def read_rows(path: Path, label: str, wanted: Wanted) -> Table:
    """Read every row of a file.

    Args:
        path: the file.
        label: how messages name it.

    Raises:
        DataError: the file is unreadable, lacks a column, or has a row with a value that is none.
    """
    try:
        if path.suffix in (".csv", ".tsv"):
            return _read_separated(path, label, wanted, "\t" if path.suffix == ".tsv" else ",")
        if path.suffix == ".jsonl":
            return _table(_read_jsonl(path, label), wanted)
        if path.suffix == ".parquet":
            return _table(_read_parquet(path, label), wanted)
    except UnicodeDecodeError as error:
        raise DataError(f"{label}: is not UTF-8 text (byte {error.start}: {error.reason})") from error
    except OSError as error:
        raise DataError(f"{label}: cannot be read: {error.strerror or error}") from error
    raise DataError(f"{label}: unknown format {path.suffix or 'without ending'}; allowed: {', '.join(FORMATS)}")


def _read_separated(path: Path, label: str, wanted: Wanted, delimiter: str) -> Table:
    csv.field_size_limit(1 << 24)
    names: tuple[str, ...] = wanted.required
    rows: list[Row] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        places: list[int] | None = None
        width = 0
        line = 1
        try:
            for cells in reader:
                start, line = line, reader.line_num + 1
                if not cells:
                    continue
                if places is None:
                    found, is_header = _find_columns(cells, wanted, label)
                    names, places = tuple(found), list(found.values())
                    width = len(cells)
                    if is_header:
                        continue
                if len(cells) != width:
                    raise DataError(f"{label}:{start}: {len(cells)} cells, but the first row has {width}")
                rows.append(_row(names, [cells[place] for place in places], wanted, f"{label}:{start}"))
        except csv.Error as error:
            raise DataError(f"{label}:{reader.line_num}: not readable as a table: {error}") from error
    return Table(names, rows)


def _find_columns(first: list[str], wanted: Wanted, label: str) -> tuple[dict[str, int], bool]:
    """Return the place of each column, and whether the first row is a header."""
    names = [cell.strip() for cell in first]
    number = next((place for place, column in enumerate(wanted.columns) if column.kind != "text"), None)
    if wanted.mapping is None:
        found = wanted.found_in(names)
        if found:
            return {name: names.index(there) for name, there in found.items()}, True
        required = wanted.required
        if number is not None and len(first) >= len(required) and _is_number(first[number]):
            return {name: place for place, name in enumerate(required)}, False
        raise DataError(
            f"{label}:1: no columns {', '.join(required)} in the header ({', '.join(names)[:200]}); "
            f"name them with COLUMNS, for example --set 'COLUMNS={{{wanted.example()}}}'"
        )
    places: dict[str, int] = {}
    for name in _mapped(wanted):
        column = wanted.mapping[name]
        if isinstance(column, int):
            if column >= len(first):
                raise DataError(f"{label}:1: COLUMNS.{name} = {column}, but there are {len(first)} columns")
            places[name] = column
        elif column in names:
            places[name] = names.index(column)
        else:
            raise DataError(f"{label}:1: COLUMNS.{name} = {column!r} is missing; there: {', '.join(names)[:200]}")
    if number is not None:
        return places, not _is_number(first[places[wanted.columns[number].name]])
    # Nothing tells a header of texts from a row but that COLUMNS names one of its cells.
    return places, any(isinstance(wanted.mapping[name], str) for name in places)


def _mapped(wanted: Wanted) -> list[str]:
    """Return the columns that COLUMNS maps, in the task's order."""
    return [column.name for column in wanted.columns if column.name in (wanted.mapping or {})]


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _read_jsonl(path: Path, label: str) -> Iterator[tuple[Any, str]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            place = f"{label}:{number}"
            try:
                yield json.loads(line), place
            except (ValueError, RecursionError) as error:
                raise DataError(f"{place}: not JSON: {error}") from error


def _read_parquet(path: Path, label: str) -> Iterator[tuple[Any, str]]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path, use_threads=False)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{label}: not readable as Parquet: {str(error).splitlines()[0][:300]}") from error
    for number, record in enumerate(table.to_pylist(), start=1):
        yield record, f"{label} row {number}"


def _table(records: Iterator[tuple[Any, str]], wanted: Wanted) -> Table:
    """Return records as rows; the first one says which optional columns there are."""
    names: tuple[str, ...] = wanted.required
    sources: list[str | int] = []
    rows: list[Row] = []
    for record, place in records:
        if not isinstance(record, dict):
            raise DataError(f"{place}: not an object with the columns {', '.join(wanted.required)}")
        there = list(record)
        if not rows:
            if wanted.mapping is None:
                found = wanted.found_in(list(map(str, there))) or {name: name for name in wanted.required}
                names, sources = tuple(found), list(found.values())
            else:
                names = tuple(_mapped(wanted))
                sources = [wanted.mapping[name] for name in names]
        values = []
        for source in sources:
            column = there[source] if isinstance(source, int) and source < len(there) else source
            if column not in record:
                raise DataError(f"{place}: column {column!r} is missing; there: {', '.join(map(str, record))[:200]}")
            values.append(record[column])
        rows.append(_row(names, values, wanted, place))
    return Table(names, rows)


def _row(names: tuple[str, ...], values: list[Any], wanted: Wanted, place: str) -> Row:
    return Row(tuple(_value(name, value, wanted.kind_of(name), place) for name, value in zip(names, values, strict=True)), place)


def _value(name: str, value: Any, kind: str, place: str) -> str | float:
    if kind == "text":
        if not isinstance(value, str) or not value.strip() or not _is_text(value):
            raise DataError(f"{place}: {name} = {repr(value)[:80]} is not a sentence")
        return value
    try:
        number = float(value) if not isinstance(value, bool) or kind == "label" else math.nan
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if kind == "label" and number not in (0, 1):
        raise DataError(f"{place}: {name} = {str(value)[:80]!r} is not possible; allowed: 0 or 1")
    if not math.isfinite(number):
        raise DataError(f"{place}: {name} = {str(value)[:80]!r} is not a number")
    return number


def _is_text(sentence: str) -> bool:
    """JSON can hold half a surrogate pair, which no encoding takes."""
    try:
        sentence.encode()
    except UnicodeEncodeError:
        return False
    return True
