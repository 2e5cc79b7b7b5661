"""What a cell of a file may hold."""

import math
from typing import Any

from tuning_trainer.readers.refusals import refusal


def value_of(name: str, value: Any, kind: str, place: str) -> str | float:
    """Return what a cell says, as a value of its column's kind.

    Raises:
        DataError: it is none.
    """
    if kind == "text":
        if not isinstance(value, str) or not value.strip() or not _is_text(value):
            empty = value is None or (isinstance(value, str) and not value.strip())
            raise refusal(
                place, f"{name} = {repr(value)[:80]} is not a sentence", f"{name} is {'empty' if empty else 'not a sentence'}"
            )
        return value
    try:
        number = float(value) if not isinstance(value, bool) or kind == "label" else math.nan
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if kind == "label" and number not in (0, 1):
        problem = "is not possible; allowed: 0 or 1"
        raise refusal(place, f"{name} = {str(value)[:80]!r} {problem}", f"{name} {problem}")
    if not math.isfinite(number):
        raise refusal(place, f"{name} = {str(value)[:80]!r} is not a number", f"{name} is not a number")
    return number


def _is_text(sentence: str) -> bool:
    """JSON can hold half a surrogate pair, which no encoding takes."""
    try:
        sentence.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_number(text: str) -> bool:
    """Say whether a cell can be read as a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
