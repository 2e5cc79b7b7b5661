"""Reading the rows of a task from files, one at a time: CSV, TSV, JSONL, Parquet. Every error names file, row and column."""

import csv
import json
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuning_trainer.tasks.task import Column

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")
#: Rows of a columnar file that are in memory at once.
_AT_ONCE = 2000


class DataError(ValueError):
    """Data that cannot be used; the message is for the person whose data they are.

    Attributes:
        sort: what is wrong, without place and value: errors of one sort are counted together.
        places: where, if it is known.
        count: how many rows have it.
    """

    def __init__(self, message: str, sort: str = "", places: tuple[str, ...] = (), count: int = 1) -> None:
        super().__init__(message)
        self.sort = sort or message
        self.places = places
        self.count = count


def _at(place: str, problem: str, sort: str = "") -> DataError:
    return DataError(f"{place}: {problem}", sort or problem, (place,))


@dataclass(frozen=True)
class Row:
    """One row as it stands in a file: a value for each of its columns, its number, and the group that it belongs to."""

    values: tuple[str | float, ...]
    number: int
    group: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What is looked for in a file.

    Attributes:
        columns: the task's.
        mapping: COLUMNS of the configuration: column of the task to column of the file, by name or 0-based place. None: found.
        group: GROUP_COLUMN, where groups matter.
        hint: says which task's columns a header looks like, for messages; may be empty.
    """

    columns: tuple[Column, ...]
    mapping: dict[str, Any] | None
    group: str | int | None = None
    hint: Callable[[list[str]], str] = field(default=lambda _: "", compare=False)

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


def stop_at(error: DataError) -> None:
    """Treat the first row that is none as the end: raise."""
    raise error


class Reader(ABC):
    """Reads a file once, row by row.

    Attributes:
        names: the task's columns that the file has, in their order; known from the first row on.
        sources: how the file calls each of them.
        header: all columns of the file; empty where it names none.
    """

    #: Between the file's name and a row's number.
    before_number = ":"

    def __init__(self, label: str, wanted: Wanted, refuse: Callable[[DataError], None] = stop_at) -> None:
        """Prepare the reading.

        Args:
            label: how messages name the file.
            refuse: is told of each row that is none; the row is left out if it returns.
        """
        self.label = label
        self.wanted = wanted
        self.refuse = refuse
        self.names: tuple[str, ...] = wanted.required
        self.sources: dict[str, str | int] = {}
        self.header: list[str] = []

    def place(self, number: int) -> str:
        """Return how messages name a row."""
        return f"{self.label}{self.before_number}{number}"

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows. What is wrong goes to `refuse`; where that returns, an unreadable file ends there.

        Raises:
            DataError: by `refuse`: the file is unreadable, lacks a column, or has a row with a value that is none.
        """
        try:
            yield from self.rows()
        except UnicodeDecodeError as error:
            self.refuse(DataError(f"{self.label}: is not UTF-8 text (byte {error.start}: {error.reason})"))
        except OSError as error:
            self.refuse(DataError(f"{self.label}: cannot be read: {error.strerror or error}"))
        except DataError as error:
            self.refuse(error)

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Yield the rows, without care for errors of the disk and of the encoding."""

    def row(self, values: list[Any], number: int, group: Any) -> Row | None:
        """Return a row; None where it is none and was refused."""
        named = zip(self.names, values, strict=True)
        try:
            sound = tuple(_value(name, value, self.wanted.kind_of(name), self.place(number)) for name, value in named)
            return Row(sound, number, None if group is None else str(group))
        except DataError as error:
            self.refuse(error)
            return None


class SeparatedReader(Reader):
    """CSV and TSV, with a header or without."""

    def __init__(self, path: Path, *given: Any) -> None:
        super().__init__(*given)
        self.path = path

    def rows(self) -> Iterator[Row]:
        csv.field_size_limit(1 << 24)
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter="\t" if self.path.suffix == ".tsv" else ",", strict=True)
            try:
                yield from self._rows(reader)
            except csv.Error as error:
                raise DataError(f"{self.label}:{reader.line_num}: not readable as a table: {error}") from error

    def _rows(self, reader: Any) -> Iterator[Row]:
        places: list[int] | None = None
        group: int | None = None
        width = 0
        line = 1
        for cells in reader:
            start, line = line, reader.line_num + 1
            if not cells:
                continue
            if places is None:
                found, is_header = _find_columns(cells, self.wanted, self.label)
                self.names, places = tuple(found), list(found.values())
                header = [cell.strip() for cell in cells]
                self.header = header if is_header else []
                self.sources = {name: header[place] if is_header else place for name, place in found.items()}
                group = _group_place(self.wanted.group, header if is_header else [], len(cells), self.label)
                width = len(cells)
                if is_header:
                    continue
            if len(cells) != width:
                self.refuse(_at(f"{self.label}:{start}", f"{len(cells)} cells, but the first row has {width}"))
                continue
            row = self.row([cells[place] for place in places], start, None if group is None else cells[group])
            if row:
                yield row


def _find_columns(first: list[str], wanted: Wanted, label: str) -> tuple[dict[str, int], bool]:
    """Return the place of each column, and whether the first row is a header."""
    names = [cell.strip() for cell in first]
    number = next((place for place, column in enumerate(wanted.columns) if column.kind != "text"), None)
    if wanted.mapping is None:
        found = wanted.found_in(names)
        if found is not None:
            return {name: names.index(there) for name, there in found.items()}, True
        required = wanted.required
        if number is not None and len(first) >= len(required) and _is_number(first[number]):
            return {name: place for place, name in enumerate(required)}, False
        raise DataError(
            f"{label}:1: no columns {', '.join(required)} in the header ({', '.join(names)[:200]}); "
            f"{wanted.hint(names)}name them with COLUMNS, for example --set 'COLUMNS={{{wanted.example()}}}'"
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


def _group_place(group: str | int | None, header: list[str], width: int, label: str) -> int | None:
    if group is None:
        return None
    if isinstance(group, int) and group < width:
        return group
    if group in header:
        return header.index(str(group))
    there = ", ".join(header)[:200] or f"{width} columns without names"
    raise DataError(f"{label}:1: GROUP_COLUMN = {group!r} is missing; there: {there}")


def _mapped(wanted: Wanted) -> list[str]:
    """Return the columns that COLUMNS maps, in the task's order."""
    return [column.name for column in wanted.columns if column.name in (wanted.mapping or {})]


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


class RecordReader(Reader):
    """Rows that name their columns; the first one says which optional columns there are."""

    @abstractmethod
    def records(self) -> Iterator[tuple[Any, int]]:
        """Yield what stands in each row, with the row's number."""

    def rows(self) -> Iterator[Row]:
        keys: list[str | int] | None = None
        for record, number in self.records():
            if not isinstance(record, dict):
                self.refuse(_at(self.place(number), f"not an object with the columns {', '.join(self.wanted.required)}"))
                continue
            if keys is None:
                keys = self._keys(record)
            try:
                values = [self._cell(record, key, number) for key in keys]
                group = None if self.wanted.group is None else self._cell(record, self.wanted.group, number, "GROUP_COLUMN = ")
            except DataError as error:
                self.refuse(error)
                continue
            row = self.row(values, number, group)
            if row:
                yield row

    def _keys(self, first: dict[str, Any]) -> list[str | int]:
        mapping = self.wanted.mapping
        self.header = list(map(str, first))
        if mapping is None:
            found = self.wanted.found_in(self.header) or {name: name for name in self.wanted.required}
            self.sources = dict(found)
        else:
            self.sources = {name: mapping[name] for name in _mapped(self.wanted)}
        self.names = tuple(self.sources)
        return list(self.sources.values())

    def _cell(self, record: dict[str, Any], key: str | int, number: int, setting: str = "column ") -> Any:
        there = list(record)
        column = there[key] if isinstance(key, int) and key < len(there) else key
        if column in record:
            return record[column]
        names = list(map(str, record))
        hint = self.wanted.hint(names) if self.wanted.mapping is None else ""
        raise _at(self.place(number), f"{setting}{column!r} is missing; {hint}there: {', '.join(names)[:200]}")


class JsonLinesReader(RecordReader):
    """One JSON object in each line."""

    def __init__(self, path: Path, *given: Any) -> None:
        super().__init__(*given)
        self.path = path

    def records(self) -> Iterator[tuple[Any, int]]:
        with self.path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError) as error:
                    self.refuse(_at(self.place(number), f"not JSON: {error}", "not JSON"))
                    continue
                yield record, number


class ParquetReader(RecordReader):
    """Parquet, a row group at a time."""

    before_number = " row "

    def __init__(self, path: Path, *given: Any) -> None:
        super().__init__(*given)
        self.path = path

    def records(self) -> Iterator[tuple[Any, int]]:
        import pyarrow
        import pyarrow.parquet

        number = 0
        try:
            with pyarrow.parquet.ParquetFile(self.path) as file:
                for batch in file.iter_batches(batch_size=_AT_ONCE, use_threads=False):
                    for record in batch.to_pylist():
                        number += 1
                        yield record, number
        except (pyarrow.ArrowException, OSError) as error:
            raise DataError(f"{self.label}: not readable as Parquet: {str(error).splitlines()[0][:300]}") from error


class DatasetReader(RecordReader):
    """A split of a `datasets` dataset."""

    before_number = " row "

    def __init__(self, dataset: Any, *given: Any) -> None:
        super().__init__(*given)
        self.dataset = dataset

    def records(self) -> Iterator[tuple[Any, int]]:
        number = 0
        for batch in self.dataset.with_format(None).iter(batch_size=_AT_ONCE):
            names = list(batch)
            for values in zip(*batch.values(), strict=True):
                number += 1
                yield dict(zip(names, values, strict=True)), number


def reader_of(path: Path, label: str, wanted: Wanted, refuse: Callable[[DataError], None] = stop_at) -> Reader:
    """Return the reader for a file's ending.

    Raises:
        DataError: there is none.
    """
    readers: dict[str, Callable[..., Reader]] = {
        ".csv": SeparatedReader,
        ".tsv": SeparatedReader,
        ".jsonl": JsonLinesReader,
        ".parquet": ParquetReader,
    }
    if path.suffix not in readers:
        raise DataError(f"{label}: unknown format {path.suffix or 'without ending'}; allowed: {', '.join(FORMATS)}")
    return readers[path.suffix](path, label, wanted, refuse)


def _value(name: str, value: Any, kind: str, place: str) -> str | float:
    if kind == "text":
        if not isinstance(value, str) or not value.strip() or not _is_text(value):
            empty = value is None or (isinstance(value, str) and not value.strip())
            raise _at(
                place, f"{name} = {repr(value)[:80]} is not a sentence", f"{name} is {'empty' if empty else 'not a sentence'}"
            )
        return value
    try:
        number = float(value) if not isinstance(value, bool) or kind == "label" else math.nan
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if kind == "label" and number not in (0, 1):
        problem = "is not possible; allowed: 0 or 1"
        raise _at(place, f"{name} = {str(value)[:80]!r} {problem}", f"{name} {problem}")
    if not math.isfinite(number):
        raise _at(place, f"{name} = {str(value)[:80]!r} is not a number", f"{name} is not a number")
    return number


def _is_text(sentence: str) -> bool:
    """JSON can hold half a surrogate pair, which no encoding takes."""
    try:
        sentence.encode()
    except UnicodeEncodeError:
        return False
    return True
