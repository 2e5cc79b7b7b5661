"""A table of this trainer's own trainings: every configuration of a grid, with two seeds, its curve and its held-out score.

With it a run of the agent replays in milliseconds. Made once, in hours, by any number of these processes side by side; each can
be ended at any moment and begun again:

    PYTHONPATH=trainer/src nice -n 19 .venv/bin/python trainer/benchmarks/table/make.py WORK_FOLDER

and then gathered into trainer/benchmarks/table/table.json by `gather.py WORK_FOLDER`.

A training has one thread; seconds are those of the processor, so that they do not depend on what ran beside it.
"""

import itertools
import json
import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

from tuning_trainer.client import TrainerClient, default_config
from tuning_trainer.files import write_json

PROJECT = Path(__file__).resolve().parents[3]
DEFAULTS = default_config(PROJECT)
#: The bundled data, in a size at which a training takes ten seconds on one thread.
FIXED: dict[str, Any] = {
    **DEFAULTS,
    "STSB_TRAIN_SPLIT": "train[:80]",
    "STSB_DEV_SPLIT": "validation[:100]",
    "STSB_TEST_SPLIT": "test[:200]",
    "EVAL_STRATEGY": "no",
    "EVAL_LOOKS": 4,
    "LOGGING_STEPS": 1,
    "SAVE_STRATEGY": "no",
}
#: 324 configurations; the default of the grid is the product's own.
GRID: dict[str, list[Any]] = {
    "LEARNING_RATE": [5e-6, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4],
    "NUM_TRAIN_EPOCHS": [1, 2, 4],
    "TRAIN_BATCH_SIZE": [4, 8, 16],
    "WARMUP_RATIO": [0.0, 0.1, 0.3],
    "LR_SCHEDULER": ["linear", "constant_with_warmup"],
}
SEEDS = [42, 43]
#: Seeds of the default beyond those, for the noise.
MORE_SEEDS = list(range(44, 52))


def cells() -> list[tuple[dict[str, Any], int]]:
    """Return (configuration, seed) in the order in which they are trained: the default, then each seed's grid, shuffled."""
    grid = [dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())]
    default = {key: DEFAULTS[key] for key in GRID}
    assert default in grid
    found = [(default, seed) for seed in SEEDS + MORE_SEEDS]
    for seed in SEEDS:
        order = [config for config in grid if config != default]
        random.Random(seed).shuffle(order)
        found += [(config, seed) for config in order]
    return found


def name_of(config: dict[str, Any], seed: int) -> str:
    """Name a cell by its place on each axis: `1-0-1-1-0-s42`."""
    return "-".join(str(GRID[key].index(config[key])) for key in GRID) + f"-s{seed}"


def train(client: TrainerClient, folder: Path, config: dict[str, Any], seed: int) -> dict[str, Any]:
    """Train one cell and return its row."""
    whole = {**FIXED, **config, "SEED": seed}
    end = client.run(folder, whole)[-1]
    if end["event"] != "finished":
        return {"name": name_of(config, seed), "failure": end["kind"]}
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    models = [{"name": "it", "path": str(folder / "model")}]
    paths = {"project_dir": str(PROJECT), "log": str(folder / "evaluate.log")}
    held_out = client.ask("evaluate", f"{folder.name}-test", models=models, split="test", config=whole, **paths)[-1]
    return {
        "name": name_of(config, seed),
        "steps": result["steps"],
        "curve": [[look["step"], round(look["score"], 5)] for look in result["evals"]],
        "loss": [round(point["loss"], 4) for point in result["curve"]],
        "dev": round(result["score"], 5),
        "held_out": round(held_out["evaluation"]["scores"]["it"]["score"], 5),
        "cpu_seconds": round(result["cpu_seconds"], 2),
        "wall_seconds": round(result["train_seconds"], 2),
    }


def main(work: Path) -> None:
    """Train every cell that nobody has claimed."""
    (work / "rows").mkdir(parents=True, exist_ok=True)
    with TrainerClient(PROJECT, TUNING_TRAINER_THREADS="1") as client:
        client.ask("hello", None)
        for config, seed in cells():
            row, claim = work / "rows" / f"{name_of(config, seed)}.json", work / f"{name_of(config, seed)}.claim"
            if row.exists() or not claimed(claim):
                continue
            folder = work / f"trial-{name_of(config, seed)}"
            shutil.rmtree(folder, ignore_errors=True)
            write_json(row, train(client, folder, config, seed))
            shutil.rmtree(folder, ignore_errors=True)
            claim.unlink()
            print(row.stem, flush=True)


def claimed(claim: Path) -> bool:
    """Claim a cell for this process; one whose process is gone is free again."""
    try:
        descriptor = os.open(claim, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        holder = claim.read_text(encoding="ascii")
        if not holder or Path(f"/proc/{holder}").exists():
            return False
        claim.write_text(str(os.getpid()), encoding="ascii")
        return True
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(str(os.getpid()))
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
