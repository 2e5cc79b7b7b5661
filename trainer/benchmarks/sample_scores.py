"""How much tuning matters on the bundled data: scores of several configurations over seeds, on dev and held-out pairs.

Run from the project's root: PYTHONPATH=trainer/src .venv/bin/python trainer/benchmarks/sample_scores.py [seeds]
"""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from tuning_trainer.client import TrainerClient, default_config

PROJECT = Path(__file__).resolve().parents[2]
DEFAULTS = default_config(PROJECT)
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "default (2e-5, 1 epoch)": {},
    "LEARNING_RATE 1e-4": {"LEARNING_RATE": 1e-4},
    "LEARNING_RATE 1e-4, 3 epochs": {"LEARNING_RATE": 1e-4, "NUM_TRAIN_EPOCHS": 3},
    "LEARNING_RATE 5e-4": {"LEARNING_RATE": 5e-4},
}


def measure(client: TrainerClient, folder: Path, change: dict[str, Any], seed: int) -> tuple[float, float]:
    """Return the dev and the held-out score of one training."""
    config = {**DEFAULTS, **change, "SEED": seed}
    end = client.run(folder, config)[-1]
    if end["event"] != "finished":
        raise RuntimeError(end["message"])
    models = [{"name": "it", "path": str(folder / "model")}]
    paths = {"project_dir": str(client.project), "log": str(folder / "evaluate.log")}
    held_out = client.ask("evaluate", f"{folder.name}-test", models=models, split="test", config=config, **paths)[-1]
    return end["score"], held_out["evaluation"]["scores"]["it"]["score"]


def main(seeds: int) -> None:
    """Print a Markdown table: mean and standard deviation over seeds, and the paired difference to the default."""
    scores: dict[str, list[tuple[float, float]]] = {name: [] for name in CONFIGURATIONS}
    with tempfile.TemporaryDirectory() as temporary, TrainerClient(PROJECT) as client:
        client.ask("hello", None)
        for seed in range(1, seeds + 1):
            for index, (name, change) in enumerate(CONFIGURATIONS.items()):
                scores[name].append(measure(client, Path(temporary) / f"t{index}-{seed}", change, seed))
                print(f"seed {seed}: {name}: dev {scores[name][-1][0]:.4f}, held-out {scores[name][-1][1]:.4f}", file=sys.stderr)
    print("| configuration | dev | held-out | held-out minus default, paired |\n|---|---|---|---|")
    default = scores[next(iter(CONFIGURATIONS))]
    for name, pairs in scores.items():
        differences = [pair[1] - base[1] for pair, base in zip(pairs, default, strict=True)]
        print(f"| {name} | {spread([p[0] for p in pairs])} | {spread([p[1] for p in pairs])} | {spread(differences)} |")


def spread(values: list[float]) -> str:
    """Return mean and standard deviation as `0.6123 ± 0.0045`."""
    return f"{statistics.mean(values):.4f} ± {statistics.stdev(values) if len(values) > 1 else 0:.4f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
