"""Dividing rows into splits where there are none, so that nothing that is scored was seen in training. numpy and scipy.

Rows that share a sentence stay together: they are the connected components of the graph whose edges are shared sentences.
Which component goes where follows from its own digest alone, not from SEED: splits belong to the score.
"""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuning_trainer.data_cache import remembered
from tuning_trainer.data_source import Source
from tuning_trainer.readers.refusals import DataError
from tuning_trainer.rows import GROUP, Table
from tuning_trainer.tasks.task import Task
from tuning_trainer.text_keys import row_keys, sentence_keys

if TYPE_CHECKING:
    import numpy

#: Another number divides all data differently.
_SEED = 0x9E3779B97F4A7C15
#: Share of the rows that validation and test get each.
_SHARE = 0.1
#: Where a tenth is less than this, up to a fifth is taken: on fewer rows a score says little.
_WANTED_ROWS = 100
#: And no more than this: every look at a training scores all of validation.
_MOST_ROWS = 5000
#: Fewer have no three splits in which anything can be scored.
_LEAST_ROWS = 10


@dataclass(frozen=True)
class Division:
    """Which split each row belongs to.

    Attributes:
        parts: for each row the place of its split in `names`, shape (rows,).
        names: `train`, and the splits that were made.
        apart: what stands in one split alone, for people.
    """

    parts: "numpy.ndarray"
    names: tuple[str, ...]
    apart: str

    def rows(self, name: str) -> "numpy.ndarray":
        """Return the rows of a split, in their order."""
        import numpy

        return numpy.flatnonzero(self.parts == self.names.index(name))


def rows_wanted(rows: int) -> int:
    """Return how many of some rows a split gets that is made of them."""
    return max(1, min(_MOST_ROWS, round(_SHARE * rows) if _SHARE * rows >= _WANTED_ROWS else min(_WANTED_ROWS, rows // 5)))


def made_of(task: Task, source: Source, table: Table, missing: Sequence[str]) -> "tuple[dict[str, numpy.ndarray], str]":
    """Return the rows of train that become each split, train included, and what is said of it.

    Raises:
        DataError: the rows cannot be divided.
    """
    texts = [column.name for column in task.columns if column.kind == "text" and column.required]
    about = ["divided", _SEED, list(missing), texts]
    kept = remembered(table.folder, about, lambda: _packed(divide(table, texts, list(missing))))
    division = _unpacked(kept, missing)
    if division is None:
        raise DataError(
            f"{source.name}: has no {' and no '.join(missing)} split, and its {len(table):,} rows cannot be divided: "
            + ("too few" if len(table) < _LEAST_ROWS else "almost all of them hang together by sentences or groups")
            + "; name slices such as STSB_TRAIN_SPLIT=train[:80%], STSB_DEV_SPLIT=train[80%:90%], STSB_TEST_SPLIT=train[90%:]"
        )
    rows = {name: division.rows(name) for name in division.names}
    counts = ", ".join(f"{len(index):,} {name}" for name, index in rows.items())
    whole = f"{len(table):,} rows in {source.kind}:"
    if len(missing) == 1:
        whole = f"{source.name} has no {missing[0]} split; its train is"
    return rows, f"{whole} divided into {counts}; {division.apart}"


def _packed(division: Division | None) -> dict[str, str] | None:
    if division is None:
        return None
    return {"parts": base64.b64encode(zlib.compress(division.parts.tobytes())).decode("ascii"), "apart": division.apart}


def _unpacked(kept: dict[str, str] | None, made: Sequence[str]) -> Division | None:
    import numpy

    if kept is None:
        return None
    parts = numpy.frombuffer(zlib.decompress(base64.b64decode(kept["parts"])), dtype=numpy.uint8)
    return Division(parts, ("train", *made), kept["apart"])


def divide(table: Table, texts: Sequence[str], made: Sequence[str]) -> Division | None:
    """Divide the rows of a table.

    By groups where there are any. Else by sentences: of all columns, or of the required ones where negatives tie everything
    together, or of the first column alone where, say, few passages answer many questions.

    Args:
        texts: required columns of sentences, the one that matters most first.
        made: the splits besides train.

    Returns:
        None where the rows cannot be divided.
    """
    if GROUP in table.rows.column_names:
        return _divided([_groups(table)], made, "no group stands in two of them", len(table))
    every = [name for name in table.names if _is_text(table, name)]
    levels = [(every, "no sentence stands in two of them")]
    if len(every) > len(texts):
        levels.append((list(texts), "no sentence stands in two of them, negatives apart, which rows share"))
    levels.append((list(texts[:1]), f"no {texts[0]} stands in two of them; other sentences do, since rows share them"))
    for columns, apart in levels:
        keys = [sentence_keys(table.values(name, range(len(table)))) for name in columns]
        division = _divided(keys, made, apart, len(table))
        if division:
            return division
    return None


def _is_text(table: Table, name: str) -> bool:
    import pyarrow

    return bool(pyarrow.types.is_string(table.rows.column(name).type))


def _groups(table: Table) -> "numpy.ndarray":
    """Return the digest of each row's group; a row without one is a group of its own."""
    named = [f"group {group}" if group else f"row {row}" for row, group in enumerate(table.values(GROUP, range(len(table))))]
    return row_keys([named])


def _divided(keys: "list[numpy.ndarray]", made: Sequence[str], apart: str, rows: int) -> Division | None:
    """Return a division, if every split that is made gets at least half of what it should.

    Where what hangs together is larger than a split should be, splits up to three times as large are tried.
    """
    if rows <= len(made):
        return None
    component = _components(keys, rows)
    order, sizes = _in_drawn_order(component, keys[0])
    for times in (1, 2, 3):
        wanted = min(times * rows_wanted(rows), max(1, rows // 4))
        part_of = _parts(order, sizes, wanted, len(made))
        if part_of is not None:
            return Division(part_of[component], ("train", *made), apart)
    return None


def _parts(order: "numpy.ndarray", sizes: "numpy.ndarray", wanted: int, made: int) -> "numpy.ndarray | None":
    """Return the split of each component; those that fit nowhere are trained on."""
    import numpy

    part_of = numpy.zeros(len(sizes), dtype=numpy.uint8)
    left = dict.fromkeys(range(1, made + 1), wanted)
    for number in order.tolist():
        size = int(sizes[number])
        fitting = next((part for part, room in left.items() if size <= room), None)
        if fitting:
            part_of[number] = fitting
            left[fitting] -= size
        elif not any(left.values()):
            break
    return None if any(room > wanted / 2 for room in left.values()) else part_of


def _components(keys: "list[numpy.ndarray]", rows: int) -> "numpy.ndarray":
    """Return for each row the number of its component: rows and keys are the nodes, each row is tied to its keys."""
    import numpy
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, found = numpy.unique(numpy.concatenate(keys), return_inverse=True)
    node = found.astype(numpy.int32).reshape(-1)
    if len(keys) == 1:
        return node
    first = node[:rows]
    # A row is an edge from its first sentence to each of its others.
    others = node[rows:]
    ties = numpy.tile(first, len(keys) - 1)
    size = int(node.max()) + 1
    graph = coo_array((numpy.ones(len(others), dtype=numpy.int8), (ties, others)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    _, numbered = numpy.unique(component[first], return_inverse=True)
    return numbered.reshape(-1)


def _in_drawn_order(component: "numpy.ndarray", keys: "numpy.ndarray") -> "tuple[numpy.ndarray, numpy.ndarray]":
    """Return the components in an order drawn by their digests, and the rows of each."""
    import numpy

    sizes = numpy.bincount(component)
    drawn = numpy.full(len(sizes), numpy.iinfo(numpy.uint64).max, dtype=numpy.uint64)
    numpy.minimum.at(drawn, component, keys)
    # SplitMix64 (Steele, Lea & Flood 2014): the smallest of several digests is no fair draw, what it is mixed to is.
    drawn += numpy.uint64(_SEED)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        drawn ^= drawn >> numpy.uint64(shift)
        drawn *= numpy.uint64(factor)
    drawn ^= drawn >> numpy.uint64(31)
    return numpy.argsort(drawn, kind="stable"), sizes
