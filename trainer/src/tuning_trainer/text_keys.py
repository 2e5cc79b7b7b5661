"""Sentences and rows by 64-bit digests, so that millions of them can be compared in little memory. numpy.

Two sentences are the same when they differ in nothing but capitals, spaces and the way that Unicode composes characters.
Digests of different ones agree with a probability of about n²/2⁶⁵.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy


def normalised(text: str) -> str:
    """Return what two sentences have in common that count as the same."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def sentence_keys(values: Iterable[str]) -> "numpy.ndarray":
    """Return the digest of each sentence, shape (values,), unsigned."""
    return _array(_digest(normalised(text).encode()) for text in values)


def row_keys(columns: Sequence[Iterable[Any]]) -> "numpy.ndarray":
    """Return the digest of each row, letter by letter, shape (rows,), unsigned."""
    return _array(_digest("\0".join(map(str, row)).encode()) for row in zip(*columns, strict=True))


def distinct(values: Iterable[str]) -> int:
    """Return how many different texts there are, letter by letter."""
    import numpy

    return len(numpy.unique(_array(_digest(text.encode()) for text in values)))


def _digest(text: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def _array(digests: Iterable[int]) -> "numpy.ndarray":
    import numpy

    return numpy.fromiter(digests, dtype=numpy.uint64)
