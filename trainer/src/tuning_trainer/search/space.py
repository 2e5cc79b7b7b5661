"""Coordinates of configurations: every key in [0, 1]. Runs in the advising process.

Ranges are linear, or logarithmic where they say so; numeric choices count by rank; other choices are equal or not (Hamming).
"""

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Value = str | int | float
Values = dict[str, Value]
Floats = NDArray[np.float64]

#: Values that a range is looked at with; integers of a smaller range all.
GRID = 40


class Dimension:
    """One tunable key.

    Args:
        key: its name.
        space: {type: float|int|categorical, min, max, scale: linear|log, choices}, as in the configuration.
    """

    def __init__(self, key: str, space: dict[str, Any]) -> None:
        self.key, self.space = key, space
        #: The list of allowed values; None for a range.
        self.choices: list[Value] | None = space.get("choices")
        #: Whether values have an order.
        self.numeric = all(_is_number(choice) for choice in self.choices) if self.choices else True
        self._log = space.get("scale") == "log"
        self._places: dict[Value, float] = {}

    @cached_property
    def options(self) -> list[Value]:
        """Every value that may be proposed, ascending for numbers: all choices, all integers of a small range, or a grid."""
        if self.choices:
            return sorted(self.choices, key=float) if self.numeric else list(self.choices)
        low, high = self.space["min"], self.space["max"]
        if self.space["type"] == "int" and high - low < GRID:
            return list(range(math.ceil(low), math.floor(high) + 1))
        return list(dict.fromkeys(self.value_at(index / (GRID - 1)) for index in range(GRID)))

    def place(self, value: Value) -> float:
        """Coordinate of a value; one outside of a range lies outside of [0, 1], one beside numeric choices between them."""
        known = self._places.get(value)
        if known is None:
            known = self._places[value] = self._placed(float(value))
        return known

    def _placed(self, number: float) -> float:
        if self.choices:
            ranks = np.linspace(0.0, 1.0, len(self.choices))
            return float(np.interp(number, [float(choice) for choice in self.options], ranks))
        low, high = self._forward(self.space["min"]), self._forward(self.space["max"])
        return (self._forward(max(number, 1e-300) if self._log else number) - low) / (high - low)

    def value_at(self, place: float) -> Value:
        """The value at a coordinate of a range; a float with three significant digits, which is all that a person can compare."""
        low, high = self.space["min"], self.space["max"]
        forward = self._forward(low) + place * (self._forward(high) - self._forward(low))
        value = math.exp(forward) if self._log else forward
        if self.space["type"] == "int":
            return min(max(round(value), math.ceil(low)), math.floor(high))
        return min(max(float(f"{value:.3g}"), low), high)

    def same(self, value: Value) -> Value:
        """What equal values have in common: floats of a range that differ in the fourth digit are one."""
        if self.choices or self.space["type"] == "int" or not _is_number(value):
            return value
        return float(f"{float(value):.3g}")

    def _forward(self, value: float) -> float:
        return math.log(value) if self._log else float(value)


class Space:
    """All tunable keys, in the order in which they were given."""

    def __init__(self, spaces: dict[str, dict[str, Any]]) -> None:
        self.dimensions = {key: Dimension(key, space) for key, space in spaces.items()}
        self.keys = list(spaces)
        #: Which columns of `encode` hold numbers of categories instead of places.
        self.categorical = np.array([not dimension.numeric for dimension in self.dimensions.values()], dtype=bool)
        self._codes: dict[tuple[str, Value], float] = {}

    def encode(self, configurations: list[Values]) -> Floats:
        """One row a configuration: places of numbers, and for categories a number that stands for each."""
        rows = [[self._code(key, values[key]) for key in self.keys] for values in configurations]
        return np.asarray(rows, dtype=float).reshape(len(rows), len(self.keys))

    def identity(self, values: Values) -> tuple[Value, ...]:
        """Equal for configurations that count as one."""
        return tuple(self.dimensions[key].same(values[key]) for key in self.keys)

    def _code(self, key: str, value: Value) -> float:
        dimension = self.dimensions[key]
        if dimension.numeric:
            return dimension.place(value)
        return self._codes.setdefault((key, value), float(len(self._codes)))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
