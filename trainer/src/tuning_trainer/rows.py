"""Rows of a task as an Arrow table: of a small file in memory, of a large one on the disk, read where it is asked for.

pyarrow works here without threads. Runs in a child, and in `check-data`.
"""

import json
import mmap
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuning_trainer.readers.reader import Reader, Row

if TYPE_CHECKING:
    import numpy
    import pyarrow
    from datasets import Dataset

#: Names of the columns beside the task's: where a row stands in its file, and its group.
NUMBER, GROUP = "__number__", "__group__"
_DESCRIBED = b"described"
#: Of a record batch, whichever comes first. The second counts characters.
_BATCH_ROWS, _BATCH_TEXT = 8192, 1 << 24
#: Values that are Python objects at once while a column is read.
_AT_ONCE = 4096
#: Values after which pages of the file that were read are given back.
_RELEASE_AFTER = 1 << 14


@dataclass(frozen=True)
class Table:
    """Rows with the names of their columns, in the task's order.

    Attributes:
        rows: the columns of the task, NUMBER and, if asked for, GROUP.
        key: digest of what they were made of.
        place: says how messages name a row, by its number.
        folder: where they lie and what is known of them may be kept; None: in memory.
        release: gives pages of the file that were read back to the system.
    """

    names: tuple[str, ...]
    rows: "pyarrow.Table"
    key: str
    place: Callable[[int], str]
    folder: Path | None = None
    release: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @property
    def described(self) -> dict[str, Any]:
        """How the file calls the task's columns (`sources`), and all that it names (`header`)."""
        return dict(json.loads(self.rows.schema.metadata[_DESCRIBED]))

    def values(self, name: str, index: "range | numpy.ndarray", bounds: tuple[float, float] | None = None) -> "Values":
        """Return a column of some rows; numbers are brought from `bounds` to 0..1."""
        return Values(self.rows.column(name), index, bounds, self.release)

    def places(self, index: Iterable[int]) -> list[str]:
        """Return how messages name some rows."""
        numbers = self.rows.column(NUMBER)
        return [self.place(numbers[int(row)].as_py()) for row in index]


class Values(Sequence[Any]):
    """A column of some rows. Nothing of it is in memory but what is being read."""

    def __init__(
        self,
        data: "pyarrow.ChunkedArray",
        index: "range | numpy.ndarray",
        bounds: tuple[float, float] | None = None,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare the reading.

        Args:
            data: the whole column.
            index: which of its values, in their order; shape (rows,).
            bounds: numbers are brought from here to 0..1.
            release: called now and then while all values are read.
        """
        self.data = data
        self.chosen = index
        self.bounds = bounds
        self.release = release
        self._starts = [0]
        for chunk in data.chunks:
            self._starts.append(self._starts[-1] + len(chunk))

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, at: Any) -> Any:
        """Return a value; of a slice, a list."""
        if isinstance(at, slice):
            return list(self.take(range(len(self))[at]))
        return self._scaled([self.data[int(self.chosen[at])].as_py()])[0]

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self.chosen), _AT_ONCE):
            yield from self._scaled(self._read(self.chosen[start : start + _AT_ONCE]))
            if (start + _AT_ONCE) % _RELEASE_AFTER == 0:
                self.release()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> "numpy.ndarray":
        """Return all values as an array."""
        import numpy

        return numpy.array(list(self), dtype=dtype)

    def take(self, indexes: Sequence[int]) -> "Values":
        """Return some of the values."""
        import numpy

        if isinstance(self.chosen, range) and isinstance(indexes, range):
            return Values(self.data, self.chosen[indexes.start : indexes.stop : indexes.step], self.bounds, self.release)
        index = numpy.asarray(self.chosen)[numpy.asarray(indexes, dtype=numpy.int64)]
        return Values(self.data, index, self.bounds, self.release)

    def whole(self) -> "pyarrow.ChunkedArray":
        """Return the whole column with its numbers brought to 0..1: of texts, nothing is copied."""
        import pyarrow

        if self.bounds is None or self.bounds == (0.0, 1.0):
            return self.data
        low, high = self.bounds
        return pyarrow.chunked_array([pyarrow.array((chunk.to_numpy() - low) / (high - low)) for chunk in self.data.chunks])

    def _read(self, index: "range | numpy.ndarray") -> list[Any]:
        if isinstance(index, range) and index.step == 1:
            return list(self.data.slice(index.start, len(index)).to_pylist())
        import pyarrow

        found: list[Any] = []
        rows = [int(row) for row in index]
        at = 0
        while at < len(rows):
            chunk = bisect_right(self._starts, rows[at]) - 1
            low, high = self._starts[chunk], self._starts[chunk + 1]
            end = at
            while end < len(rows) and low <= rows[end] < high:
                end += 1
            found += self.data.chunk(chunk).take(pyarrow.array([row - low for row in rows[at:end]])).to_pylist()
            at = end
        return found

    def _scaled(self, values: list[Any]) -> list[Any]:
        if self.bounds is None:
            return values
        low, high = self.bounds
        return [(value - low) / (high - low) for value in values]


def take(values: Sequence[Any], indexes: Sequence[int]) -> Sequence[Any]:
    """Return some of a column's values, without reading them where that can be."""
    return values.take(indexes) if isinstance(values, Values) else [values[index] for index in indexes]


def training_set(columns: dict[str, Sequence[Any]]) -> "Dataset":
    """Return columns as the trainer's dataset. Those that lie on the disk stay there; others must be as long, and are added."""
    import numpy
    import pyarrow
    from datasets import Dataset
    from datasets.table import InMemoryTable

    lazy = [values for values in columns.values() if isinstance(values, Values)]
    if not lazy or any(not _same(values.chosen, lazy[0].chosen) for values in lazy[1:]):
        return Dataset.from_dict({name: list(values) for name, values in columns.items()})
    index, size = lazy[0].chosen, len(lazy[0].data)
    arrays = {}
    for name, values in columns.items():
        if isinstance(values, Values):
            arrays[name] = values.whole()
        else:
            spread = numpy.full(size, None, dtype=object)
            spread[numpy.asarray(index)] = values
            arrays[name] = pyarrow.chunked_array([pyarrow.array(spread)])
    # A fingerprint of its own: the library would read everything to make one, and nothing here is looked up by it.
    dataset = Dataset(InMemoryTable(pyarrow.table(arrays)), fingerprint="rows")
    return dataset.select(index, new_fingerprint="rows-of-a-split")


def _same(left: "range | numpy.ndarray", right: "range | numpy.ndarray") -> bool:
    import numpy

    if isinstance(left, range) and isinstance(right, range):
        return left == right
    return left is right or numpy.array_equal(numpy.asarray(left), numpy.asarray(right))


def batches(reader: Reader, grouped: bool, alive: Callable[[], None] = lambda: None) -> Iterator["pyarrow.RecordBatch"]:
    """Yield the rows of a file as record batches, at least one; nobody holds more than one of them.

    Args:
        grouped: whether each row's group is kept.
        alive: called with each batch.
    """
    schema = None
    for rows in _bundles(reader):
        schema = schema or schema_of(reader, grouped)
        alive()
        yield _batch(rows, schema)
    if schema is None:
        yield _batch([], schema_of(reader, grouped))


def _bundles(reader: Reader) -> Iterator[list[Row]]:
    held: list[Row] = []
    size = 0
    for row in reader:
        held.append(row)
        size += sum(len(value) for value in row.values if isinstance(value, str))
        if len(held) >= _BATCH_ROWS or size >= _BATCH_TEXT:
            yield held
            held, size = [], 0
    if held:
        yield held


def schema_of(reader: Reader, grouped: bool) -> "pyarrow.Schema":
    """Return the types of the columns of a file that was begun to be read."""
    import pyarrow

    kinds = {"text": pyarrow.string(), "grade": pyarrow.float64(), "label": pyarrow.float64()}
    fields = [(name, kinds[reader.wanted.kind_of(name)]) for name in reader.names]
    described = json.dumps({"sources": reader.sources, "header": reader.header})
    more = [(NUMBER, pyarrow.int64()), *([(GROUP, pyarrow.string())] if grouped else [])]
    return pyarrow.schema([*fields, *more], metadata={_DESCRIBED: described})


def _batch(rows: list[Row], schema: "pyarrow.Schema") -> "pyarrow.RecordBatch":
    import pyarrow

    columns: list[list[Any]] = [[row.values[place] for row in rows] for place in range(schema.get_field_index(NUMBER))]
    columns.append([row.number for row in rows])
    if GROUP in schema.names:
        columns.append([row.group for row in rows])
    arrays = [pyarrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pyarrow.record_batch(arrays, schema=schema)


def mapped(path: Path) -> tuple["pyarrow.Table", Callable[[], None]]:
    """Return the table in an Arrow file, left on the disk, and what gives pages back that were read."""
    import pyarrow

    with path.open("rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    options = pyarrow.ipc.IpcReadOptions(use_threads=False)
    table = pyarrow.ipc.open_file(pyarrow.BufferReader(pyarrow.py_buffer(pages)), options=options).read_all()

    def release() -> None:
        if hasattr(pages, "madvise"):
            pages.madvise(mmap.MADV_DONTNEED)

    return table, release
