"""Rows that name their columns: JSONL, Parquet, a `datasets` dataset."""

import json
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuning_trainer.readers.reader import Reader, Row
from tuning_trainer.readers.refusals import DataError, refusal

#: Rows of a columnar file that are in memory at once.
_AT_ONCE = 2000


class RecordReader(Reader):
    """Rows that name their columns; the first one says which optional columns there are."""

    @abstractmethod
    def records(self) -> Iterator[tuple[Any, int]]:
        """Yield what stands in each row, with the row's number."""

    def rows(self) -> Iterator[Row]:
        keys: list[str | int] | None = None
        for record, number in self.records():
            if not isinstance(record, dict):
                self.refuse(refusal(self.place(number), f"not an object with the columns {', '.join(self.wanted.required)}"))
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
            self.sources = {name: mapping[name] for name in self.wanted.mapped}
        self.names = tuple(self.sources)
        return list(self.sources.values())

    def _cell(self, record: dict[str, Any], key: str | int, number: int, setting: str = "column ") -> Any:
        there = list(record)
        column = there[key] if isinstance(key, int) and key < len(there) else key
        if column in record:
            return record[column]
        names = list(map(str, record))
        hint = self.wanted.hint(names) if self.wanted.mapping is None else ""
        raise refusal(self.place(number), f"{setting}{column!r} is missing; {hint}there: {', '.join(names)[:200]}")


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
                    self.refuse(refusal(self.place(number), f"not JSON: {error}", "not JSON"))
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
