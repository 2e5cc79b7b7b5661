"""Reading graded sentence pairs from files: CSV, TSV, JSONL, Parquet. Every error names file, row and column."""

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")
COLUMN_NAMES = ("sentence1", "sentence2", "score")


class DataError(ValueError):
    """Data that cannot be used; the message is for the person whose data they are."""


@dataclass(frozen=True)
class Row:
    """One pair as it stands in a file. `place` says where, as in `pairs.csv:12`."""

    sentence1: str
    sentence2: str
    score: float
    place: str


def read_rows(path: Path, label: str, columns: dict[str, Any] | None) -> list[Row]:
    """Read every pair of a file.

    Args:
        path: the file.
        label: how messages name it.
        columns: COLUMNS of the configuration, or None to find them.

    Raises:
        DataError: the file is unreadable, lacks a column, or has a row that is no graded pair.
    """
    try:
        if path.suffix in (".csv", ".tsv"):
            return list(_read_separated(path, label, columns, "\t" if path.suffix == ".tsv" else ","))
        if path.suffix == ".jsonl":
            return list(_read_jsonl(path, label, columns))
        if path.suffix == ".parquet":
            return list(_read_parquet(path, label, columns))
    except UnicodeDecodeError as error:
        raise DataError(f"{label}: is not UTF-8 text (byte {error.start}: {error.reason})") from error
    except OSError as error:
        raise DataError(f"{label}: cannot be read: {error.strerror or error}") from error
    raise DataError(f"{label}: unknown format {path.suffix or 'without ending'}; allowed: {', '.join(FORMATS)}")


def _read_separated(path: Path, label: str, columns: dict[str, Any] | None, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(1 << 24)
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
                    places, is_header = _find_columns(cells, columns, label)
                    width = len(cells)
                    if is_header:
                        continue
                if len(cells) != width:
                    raise DataError(f"{label}:{start}: {len(cells)} cells, but the first row has {width}")
                values = [cells[place] for place in places]
                yield _row(values[0], values[1], values[2], f"{label}:{start}")
        except csv.Error as error:
            raise DataError(f"{label}:{reader.line_num}: not readable as a table: {error}") from error


def _find_columns(first: list[str], columns: dict[str, Any] | None, label: str) -> tuple[list[int], bool]:
    """Return the places of the three columns, and whether the first row is a header."""
    names = [cell.strip() for cell in first]
    if columns is None:
        if all(name in names for name in COLUMN_NAMES):
            return [names.index(name) for name in COLUMN_NAMES], True
        if len(first) >= 3 and _is_number(first[2]):
            return [0, 1, 2], False
        raise DataError(
            f"{label}:1: no columns {', '.join(COLUMN_NAMES)} in the header ({', '.join(names)[:200]}); "
            "name them with COLUMNS, for example --set 'COLUMNS={sentence1: a, sentence2: b, score: c}'"
        )
    wanted = [columns[name] for name in COLUMN_NAMES]
    places = []
    for name, column in zip(COLUMN_NAMES, wanted, strict=True):
        if isinstance(column, int):
            if column >= len(first):
                raise DataError(f"{label}:1: COLUMNS.{name} = {column}, but there are {len(first)} columns")
            places.append(column)
        elif column in names:
            places.append(names.index(column))
        else:
            raise DataError(f"{label}:1: COLUMNS.{name} = {column!r} is missing; there: {', '.join(names)[:200]}")
    return places, not _is_number(first[places[2]])


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _read_jsonl(path: Path, label: str, columns: dict[str, Any] | None) -> Iterator[Row]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            place = f"{label}:{number}"
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise DataError(f"{place}: not JSON: {error}") from error
            yield _from_record(record, columns, place)


def _read_parquet(path: Path, label: str, columns: dict[str, Any] | None) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path, use_threads=False)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{label}: not readable as Parquet: {str(error).splitlines()[0][:300]}") from error
    for number, record in enumerate(table.to_pylist(), start=1):
        yield _from_record(record, columns, f"{label} row {number}")


def _from_record(record: Any, columns: dict[str, Any] | None, place: str) -> Row:
    if not isinstance(record, dict):
        raise DataError(f"{place}: not an object with the columns {', '.join(COLUMN_NAMES)}")
    values = []
    for name in COLUMN_NAMES:
        column = columns[name] if columns else name
        if isinstance(column, int):
            names = list(record)
            column = names[column] if column < len(names) else column
        if column not in record:
            raise DataError(f"{place}: column {column!r} is missing; there: {', '.join(map(str, record))[:200]}")
        values.append(record[column])
    return _row(values[0], values[1], values[2], place)


def _row(first: Any, second: Any, score: Any, place: str) -> Row:
    for name, sentence in (("sentence1", first), ("sentence2", second)):
        if not isinstance(sentence, str) or not sentence.strip() or not _is_text(sentence):
            raise DataError(f"{place}: {name} = {repr(sentence)[:80]} is not a sentence")
    try:
        number = float(score) if not isinstance(score, bool) else math.nan
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise DataError(f"{place}: score = {str(score)[:80]!r} is not a number")
    return Row(first, second, number, place)


def _is_text(sentence: str) -> bool:
    """JSON can hold half a surrogate pair, which no encoding takes."""
    try:
        sentence.encode()
    except UnicodeEncodeError:
        return False
    return True
