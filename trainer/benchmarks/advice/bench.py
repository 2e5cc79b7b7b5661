"""The Python part of `npm run bench:advice`: grids for the driver of the real story, and the runs of what it is compared with.

    bench.py export FOLDER GRID...             writes FOLDER/GRID.json for each grid that is not there yet
    bench.py baselines FOLDER OUT POLICY:START:FROM-TO:BUDGET GRID...   adds a line to OUT for each run that OUT does not have yet

Everything is read again from FOLDER, so that both sides see the same numbers.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import baselines
import flat
import grids
import learned
import numpy as np
import own
import tables
from grids import Grid

FIELDS = ("score", "seconds", "truth", "held_out", "held_truth", "looks")


def make(name: str) -> Grid:
    """Make a grid by its name."""
    if name in tables.NAMES:
        return grids.of_table(name)
    if name in learned.TASKS:
        return learned.learned(name)
    return own.own() if name == "own" else flat.flat(name)


def export(folder: Path, names: list[str]) -> None:
    """Write grids as JSON: numbers to seven digits, arrays flat in C order."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = folder / f"{name}.json"
        if path.exists():
            continue
        grid = make(name)
        plain = {key: value for key, value in grid.__dict__.items() if key not in FIELDS}
        arrays = {field: _numbers(getattr(grid, field)) for field in FIELDS if getattr(grid, field) is not None}
        fresh = path.with_suffix(f".{os.getpid()}.new")
        fresh.write_text(json.dumps({**plain, "draws": grid.score.shape[1], **arrays}), encoding="utf-8")
        fresh.replace(path)
        print(f"{name}: {grid.score.shape[0]} configurations, {grid.score.shape[1]} trainings of each", flush=True)


def _numbers(array: Any) -> list[float]:
    return [float(f"{number:.7g}") for number in np.asarray(array).ravel()]


def read(folder: Path, name: str) -> Grid:
    """Read a grid that was exported."""
    raw = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    draws = raw.pop("draws")
    arrays: dict[str, Any] = {field: np.array(raw.pop(field)) for field in FIELDS if field in raw}
    for field in arrays:
        if field in ("score", "seconds", "held_out"):
            arrays[field] = arrays[field].reshape(-1, draws)
    if "looks" in arrays:
        arrays["looks"] = arrays["looks"].reshape(len(arrays["truth"]), draws, -1)
    return Grid(**raw, **arrays)


def run_baselines(folder: Path, out: Path, jobs: list[str], names: list[str]) -> None:
    """Run policies; what OUT has already is not run again."""
    done = {_identity(json.loads(line)) for line in out.read_text(encoding="utf-8").splitlines()} if out.exists() else set()
    for name in names:
        grid = read(folder, name)
        for job in jobs:
            policy, start, runs, budget = job.split(":")
            for run in range(*map(int, runs.split("-"))):
                line: dict[str, Any] = {"grid": name, "method": policy, "start": start, "run": run, "budget": int(budget)}
                if _identity(line) in done:
                    continue
                trainings = [
                    [place, round(score, 6), round(seconds, 3)]
                    for place, score, seconds in baselines.trainings(grid, policy, start, run, int(budget))
                ]
                with out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({**line, "trainings": trainings}, separators=(",", ":")) + "\n")


def _identity(line: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(line[key] for key in ("grid", "method", "start", "run", "budget"))


def main(arguments: list[str]) -> int:
    """Do one of the two."""
    command, folder, *rest = arguments
    if command == "export":
        export(Path(folder), rest)
    elif command == "baselines":
        out, *rest = rest
        jobs = [word for word in rest if ":" in word]
        run_baselines(Path(folder), Path(out), jobs, [word for word in rest if ":" not in word])
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
