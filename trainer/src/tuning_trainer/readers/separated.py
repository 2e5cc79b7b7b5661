"""Rows of CSV and TSV."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuning_trainer.readers.reader import Reader, Row
from tuning_trainer.readers.refusals import DataError, refusal
from tuning_trainer.readers.values import is_number
from tuning_trainer.readers.wanted import Wanted


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
                self.refuse(refusal(f"{self.label}:{start}", f"{len(cells)} cells, but the first row has {width}"))
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
        if number is not None and len(first) >= len(required) and is_number(first[number]):
            return {name: place for place, name in enumerate(required)}, False
        raise DataError(
            f"{label}:1: no columns {', '.join(required)} in the header ({', '.join(names)[:200]}); "
            f"{wanted.hint(names)}name them with COLUMNS, for example --set 'COLUMNS={{{wanted.example()}}}'"
        )
    places: dict[str, int] = {}
    for name in wanted.mapped:
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
        return places, not is_number(first[places[wanted.columns[number].name]])
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
