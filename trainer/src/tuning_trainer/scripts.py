"""Which scripts texts are written in: a hint at their languages, by blocks of Unicode. numpy."""

from collections.abc import Iterable

#: First and last code point of each script's letters, in the order of the code points.
_BLOCKS = (
    (0x41, 0x5A, "Latin"), (0x61, 0x7A, "Latin"), (0xC0, 0x24F, "Latin"), (0x370, 0x3FF, "Greek"), (0x400, 0x52F, "Cyrillic"),
    (0x530, 0x58F, "Armenian"), (0x590, 0x5FF, "Hebrew"), (0x600, 0x77F, "Arabic"), (0x900, 0x97F, "Devanagari"),
    (0x980, 0x9FF, "Bengali"), (0xB80, 0xBFF, "Tamil"), (0xC00, 0xC7F, "Telugu"), (0xE00, 0xE7F, "Thai"),
    (0x10A0, 0x10FF, "Georgian"), (0x1100, 0x11FF, "Hangul"), (0x1E00, 0x1EFF, "Latin"), (0x1F00, 0x1FFF, "Greek"),
    (0x3040, 0x30FF, "Kana"), (0x3130, 0x318F, "Hangul"), (0x3400, 0x4DBF, "Han"), (0x4E00, 0x9FFF, "Han"),
    (0xAC00, 0xD7AF, "Hangul"), (0xF900, 0xFAFF, "Han"), (0x20000, 0x3134F, "Han"),
)  # fmt: skip
OTHER = "other"


def script_shares(texts: Iterable[str]) -> dict[str, float]:
    """Return the share of each script in the letters of texts, largest first; digits, signs and spaces do not count.

    Letters of scripts without a name here are `other`.
    """
    import numpy

    names = [OTHER, *dict.fromkeys(name for _, _, name in _BLOCKS)]
    low = numpy.array([block[0] for block in _BLOCKS])
    high = numpy.array([block[1] for block in _BLOCKS])
    script = numpy.array([names.index(block[2]) for block in _BLOCKS])
    counts = numpy.zeros(len(names), dtype=numpy.int64)
    for text in texts:
        letters = "".join(filter(str.isalpha, text))
        points = numpy.frombuffer(letters.encode("utf-32-le"), dtype=numpy.uint32)
        block = numpy.maximum(numpy.searchsorted(low, points, side="right") - 1, 0)
        inside = (points >= low[block]) & (points <= high[block])
        counts += numpy.bincount(numpy.where(inside, script[block], 0), minlength=len(names))
    total = counts.sum()
    found = {name: float(count / total) for name, count in zip(names, counts, strict=True) if count}
    return dict(sorted(found.items(), key=lambda item: -item[1]))
