"""Texts that are almost the same: MinHash (Broder 1997) with banding finds candidates, their shingles decide. numpy.

A shingle is eight bytes of the normalised text in UTF-8, so that every script is compared alike.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tuning_trainer.text_keys import normalised

if TYPE_CHECKING:
    import numpy

#: Share of common shingles (Jaccard's index) from which on two texts are almost the same.
ALIKE = 0.8
_WIDTH = 8
#: Candidates agree in all hashes of a band: at an index of .8 a pair is missed once in 400, one of .3 is looked at once in 10.
_BANDS, _IN_BAND = 12, 4
_SEED = 20_260_101
#: Texts whose shingles are in memory at once.
_AT_ONCE = 4000
#: Texts of one band that agree and are compared at most: more are one formula with little in it.
_MOST_ALIKE = 50


def almost_equal(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int, float]]:
    """Return pairs of different texts that are almost the same, one of `first` with one of `second`.

    Returns:
        For each text of `second` that has one, its nearest one: place in `first`, place in `second`, Jaccard's index.
    """
    ours, theirs = [normalised(text) for text in first], [normalised(text) for text in second]
    tables: list[defaultdict[bytes, list[int]]] = [defaultdict(list) for _ in range(_BANDS)]
    for place, bands in enumerate(_bands(theirs)):
        for table, band in zip(tables, bands, strict=True):
            table[band].append(place)
    nearest: dict[int, tuple[float, int]] = {}
    for place, bands in enumerate(_bands(ours)):
        candidates = {found for table, band in zip(tables, bands, strict=True) for found in table.get(band, ())[:_MOST_ALIKE]}
        for other in candidates:
            if ours[place] == theirs[other]:
                continue
            index = _jaccard(ours[place], theirs[other])
            if index >= ALIKE and index > nearest.get(other, (0.0, 0))[0]:
                nearest[other] = (index, place)
    return sorted((place, other, index) for other, (index, place) in nearest.items())


def _jaccard(left: str, right: str) -> float:
    ours, theirs = _shingle_set(left), _shingle_set(right)
    return len(ours & theirs) / len(ours | theirs)


def _shingle_set(text: str) -> set[bytes]:
    data = text.encode()
    return {data[at : at + _WIDTH] for at in range(max(1, len(data) - _WIDTH + 1))}


def _bands(texts: Sequence[str]) -> Iterator[list[bytes]]:
    """Yield the bands of each text."""
    import numpy

    factors = numpy.random.default_rng(_SEED).integers(1, 1 << 63, _BANDS * _IN_BAND, dtype=numpy.uint64) | numpy.uint64(1)
    for start in range(0, len(texts), _AT_ONCE):
        for line in _minima(texts[start : start + _AT_ONCE], factors):
            yield [line[at : at + _IN_BAND].tobytes() for at in range(0, len(line), _IN_BAND)]


def _minima(texts: Sequence[str], factors: "numpy.ndarray") -> "numpy.ndarray":
    """Return the least hash of each text's shingles, for each hash function, shape (texts, functions)."""
    import numpy

    encoded = [text.encode().ljust(_WIDTH, b"\0") for text in texts]
    lengths = numpy.array([len(data) for data in encoded])
    data = numpy.frombuffer(b"".join(encoded), dtype=numpy.uint8).astype(numpy.uint64)
    starts = numpy.concatenate([[0], numpy.cumsum(lengths)[:-1]])
    size = len(data) - _WIDTH + 1
    shingles = numpy.zeros(size, dtype=numpy.uint64)
    for at in range(_WIDTH):
        shingles |= data[at : at + size] << numpy.uint64(8 * at)
    # A shingle belongs to the text in which it begins, and must end there, too.
    owner = numpy.repeat(numpy.arange(len(texts)), lengths)[:size]
    inside = numpy.arange(size) + _WIDTH <= (starts + lengths)[owner]
    shingles, owner = shingles[inside], owner[inside]
    shingles ^= shingles >> numpy.uint64(31)
    shingles *= numpy.uint64(0x9E3779B97F4A7C15)
    shingles ^= shingles >> numpy.uint64(29)
    first = numpy.searchsorted(owner, numpy.arange(len(texts)))
    return numpy.stack([numpy.minimum.reduceat((shingles * factor) >> numpy.uint64(24), first) for factor in factors], axis=1)
