"""This trainer's own table (`../table/table.json`) as a grid: real scores, real curves, real seconds, and noise drawn again.

Most cells were trained with two seeds, the default with ten. What a run should find is a cell's mean over them; what it sees
is that mean and the residual of a real training, drawn among the cells with the same learning rate and epochs (dev and
held-out together, so that they keep their correlation; those of two seeds enlarged by sqrt 2, since each pulls its own mean).
Drawing the two seeds themselves would let the search see exactly what the truth is made of. The default's ten are drawn as
they are.
"""

import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from grids import Grid, Value

from tuning_trainer.client import default_config

TABLE = Path(__file__).parents[1] / "table" / "table.json"
#: Choices of each key of the table.
AXES: dict[str, list[Value]] = json.loads(TABLE.read_text(encoding="utf-8"))["grid"]
_PRODUCT = default_config(Path(__file__).resolve().parents[3])
#: The product's default, on this grid.
DEFAULT: dict[str, Value] = {key: _PRODUCT[key] for key in AXES}
DRAWS = 20
#: Seeds from which on a cell's own residuals are drawn.
_ENOUGH = 8
#: Residuals that a group must have, else those of its learning rate are drawn, of all epochs.
_GROUP = 12

Row = dict[str, Any]


def own() -> Grid:
    """Return the table as a grid.

    Raises:
        ValueError: a cell was never trained.
    """
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    cells: dict[tuple[int, ...], list[Row]] = defaultdict(list)
    for values in table["rows"]:
        row = dict(zip(table["columns"], values, strict=True))
        if row["dev"] is not None:
            cells[tuple(row["config"])].append(row)
    shape = tuple(len(choices) for choices in AXES.values())
    places = list(np.ndindex(shape))
    absent = [place for place in places if place not in cells]
    if absent:
        raise ValueError(f"{len(absent)} of {len(places)} cells have no training yet")
    pools = _pools(cells)
    drawn = [_draws(place, cells[place], pools) for place in places]
    truth, held_truth = (
        np.array([np.mean([row[column] for row in cells[place]]) for place in places]) for column in ("dev", "held_out")
    )
    default = tuple(AXES[key].index(value) for key, value in DEFAULT.items())
    return Grid(
        name="own",
        family="c",
        half="kept",
        spaces={key: space_of(choices) for key, choices in AXES.items()},
        score=np.array([cell["score"] for cell in drawn]),
        seconds=np.array([cell["seconds"] for cell in drawn]),
        truth=truth,
        middle=int(np.ravel_multi_index(default, shape)),
        random=[],
        held_out=np.array([cell["held_out"] for cell in drawn]),
        held_truth=held_truth,
        # Ten steps at the lowest rate change next to nothing: what stands for the untouched model, which the table does not have.
        untouched=(float(truth[0]), float(held_truth[0])),
        looks=np.array([cell["looks"] for cell in drawn]),
    )


def space_of(choices: list[Any]) -> dict[str, Any]:
    """Return the space of a key with these choices, as in the product's configuration."""
    kind = "categorical" if isinstance(choices[0], str) else "int" if isinstance(choices[0], int) else "float"
    return {"type": kind, "scale": "linear", "choices": choices}


Residuals = list[tuple[float, float]]


def residuals(rows: list[Row]) -> Residuals:
    """Return (dev, held-out) of each training of a cell minus the cell's mean, enlarged for the mean being its own."""
    count = len(rows)
    if count < 2:
        return []
    larger = float(np.sqrt(count / (count - 1)))
    dev, held_out = (np.array([row[column] for row in rows]) for column in ("dev", "held_out"))
    return [(float(a), float(b)) for a, b in zip((dev - dev.mean()) * larger, (held_out - held_out.mean()) * larger, strict=True)]


def _pools(cells: dict[tuple[int, ...], list[Row]]) -> dict[tuple[int, ...], Residuals]:
    """Residuals to draw from, by learning rate and epochs."""
    narrow: dict[tuple[int, ...], Residuals] = defaultdict(list)
    wide: dict[int, Residuals] = defaultdict(list)
    for place, rows in cells.items():
        narrow[place[:2]] += residuals(rows)
        wide[place[0]] += residuals(rows)
    everything = [one for some in wide.values() for one in some]
    return {
        place[:2]: next(
            pool for pool in (narrow[place[:2]], wide[place[0]], everything) if len(pool) >= _GROUP or pool is everything
        )
        for place in cells
    }


def _draws(place: tuple[int, ...], rows: list[Row], pools: dict[tuple[int, ...], Residuals]) -> dict[str, Any]:
    """Draw the trainings of one cell; each has the curve and the seconds of a real one, the curve moved to where it ends."""
    draw = random.Random(f"own {place}")
    own_rows = residuals(rows) if len(rows) >= _ENOUGH else None
    pool = pools[place[:2]] or [(0.0, 0.0)]
    dev, held_out = (float(np.mean([row[column] for row in rows])) for column in ("dev", "held_out"))
    cell: dict[str, Any] = {"score": [], "held_out": [], "seconds": [], "looks": []}
    for number in range(DRAWS):
        row = rows[number % len(rows)]
        moved, moved_held_out = own_rows[number % len(rows)] if own_rows else draw.choice(pool)
        cell["score"].append(dev + moved)
        cell["held_out"].append(held_out + moved_held_out)
        cell["seconds"].append(row["cpu_seconds"])
        cell["looks"].append([score - row["dev"] + dev + moved for _, score in row["curve"][:-1]])
    return cell
