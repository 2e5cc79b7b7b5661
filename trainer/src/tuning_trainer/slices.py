"""Slices of a split, in the syntax of the `datasets` library: `train[:200]`, `validation[10%:20%]`, `test[-50:]`."""

import math
import re
from dataclasses import dataclass

_PATTERN = re.compile(r"^(?P<split>[a-z]+)(?:\[(?P<start>-?\d{0,15}%?):(?P<stop>-?\d{0,15}%?)\])?$")
_ALIASES = {"dev": "validation", "valid": "validation"}


@dataclass(frozen=True)
class Slice:
    """Some rows of one split.

    Attributes:
        split: `train`, `validation` or `test`.
        text: the slice as it was written.
    """

    split: str
    start: str
    stop: str
    text: str

    def rows(self, count: int) -> range:
        """Return the indexes that are meant, of `count` rows; may be empty."""
        return range(count)[_bound(self.start, count) : _bound(self.stop, count)]


def parse_slice(text: str, key: str) -> Slice:
    """Parse a slice.

    Raises:
        ValueError: naming `key`, the text and what is allowed.
    """
    match = _PATTERN.match(text)
    allowed = "allowed: train, validation or test, with an optional slice such as train[:200] or validation[10%:20%]"
    if not match:
        raise ValueError(f"{key} = {text!r} is not a slice; {allowed}")
    split = _ALIASES.get(match["split"], match["split"])
    if split not in ("train", "validation", "test"):
        raise ValueError(f"{key} = {text!r} names no known split; {allowed}")
    return Slice(split, match["start"] or "", match["stop"] or "", text)


def _bound(text: str, count: int) -> int | None:
    if text in ("", "-"):
        return None
    if text.endswith("%"):
        # `closest` rounding, as in datasets' ReadInstruction.
        return round(int(text[:-1] or 0) * count / 100)
    return int(text)


def spread_evenly(count: int, share: float) -> list[int]:
    """Return a share (in 0..1) of the indexes below `count`, at least one."""
    taken = max(1, math.ceil(share * count))
    return [index * count // taken for index in range(taken)]
