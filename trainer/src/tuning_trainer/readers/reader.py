"""What every reader of rows has in common: what it knows of its file, what it yields, and to whom it refuses a row."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tuning_trainer.readers.refusals import DataError, stop_at
from tuning_trainer.readers.values import value_of
from tuning_trainer.readers.wanted import Wanted


@dataclass(frozen=True)
class Row:
    """One row as it stands in a file: a value for each of its columns, its number, and the group that it belongs to."""

    values: tuple[str | float, ...]
    number: int
    group: str | None = None


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
            sound = tuple(value_of(name, value, self.wanted.kind_of(name), self.place(number)) for name, value in named)
            return Row(sound, number, None if group is None else str(group))
        except DataError as error:
            self.refuse(error)
            return None
