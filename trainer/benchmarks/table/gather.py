"""Gathers the rows that make.py wrote into table.json: one line a training, in an order that does not depend on who trained it.

    .venv/bin/python trainer/benchmarks/table/gather.py WORK_FOLDER

May be run while make.py is still at it: cells without a row are left out, and what is there is said at the end.
"""

import json
import sys
from pathlib import Path
from typing import Any

from make import FIXED, GRID, MORE_SEEDS, SEEDS, cells, name_of

TABLE = Path(__file__).with_name("table.json")
#: Keys of a training that say what the table is of; the rest is as in config/default.yaml, or of no influence.
SPLITS = ["STSB_TRAIN_SPLIT", "STSB_DEV_SPLIT", "STSB_TEST_SPLIT"]
SAID = ["BASE_MODEL", "DATASET_NAME", *SPLITS, "WEIGHT_DECAY", "LOSS", "EVAL_LOOKS"]
COLUMNS = ["config", "seed", "steps", "curve", "loss", "dev", "held_out", "cpu_seconds"]


def gather(work: Path) -> dict[str, Any]:
    """Return the whole table. `config` is a row's place on each axis of the grid; `curve` has [step, score] of each look."""
    rows = []
    for config, seed in sorted(cells(), key=lambda cell: name_of(*cell)):
        path = work / "rows" / f"{name_of(config, seed)}.json"
        if not path.exists():
            continue
        row = json.loads(path.read_text(encoding="utf-8"))
        place = [GRID[key].index(config[key]) for key in GRID]
        rows.append([place, seed, *(row.get(column) for column in COLUMNS[2:])])
    return {"fixed": {key: FIXED[key] for key in SAID}, "grid": GRID, "columns": COLUMNS, "rows": rows}


def written(table: dict[str, Any]) -> str:
    """Return the table as JSON with one row a line, so that a change shows as a change of lines."""
    head = {key: value for key, value in table.items() if key != "rows"}
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in table["rows"])
    return f'{json.dumps(head, separators=(",", ":"))[:-1]},"rows":[\n{rows}\n]}}\n'


def main(work: Path) -> None:
    """Write table.json and say how complete it is."""
    table = gather(work)
    text = written(table)
    assert json.loads(text) == json.loads(json.dumps(table))
    TABLE.write_text(text, encoding="utf-8")
    missing = [row for row in table["rows"] if row[-3] is None]
    for seed in SEEDS + MORE_SEEDS:
        print(f"seed {seed}: {sum(row[1] == seed for row in table['rows'])} trainings")
    print(f"{len(missing)} of them failed; {len(text) / 1e6:.2f} MB in {TABLE.name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
