"""Reading the rows of a task from files, one at a time: CSV, TSV, JSONL, Parquet. Every error names file, row and column."""

from collections.abc import Callable
from pathlib import Path

from tuning_trainer.readers.reader import Reader
from tuning_trainer.readers.records import JsonLinesReader, ParquetReader
from tuning_trainer.readers.refusals import DataError, stop_at
from tuning_trainer.readers.separated import SeparatedReader
from tuning_trainer.readers.wanted import Wanted

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")


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
