"""The columns that are looked for in a file, by the task's names or by COLUMNS of the configuration."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tuning_trainer.tasks.task import Column


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

    @property
    def mapped(self) -> list[str]:
        """The columns that COLUMNS maps, in the task's order."""
        return [column.name for column in self.columns if column.name in (self.mapping or {})]

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
