"""`npm run bench:tasks`: what one training of each task's default configuration gains on held-out rows of the bundled data.

Prints a Markdown table over seeds: the untouched model's score, the tuned ones' and each seed's gain. A training that is in the
folder is not made again, so it can be ended at any time and goes on from there.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from tuning_trainer.client import TrainerClient, default_config
from tuning_trainer.tasks import TASKS

PROJECT = Path(__file__).resolve().parents[2]
Config = dict[str, Any]


def configuration(task: str) -> Config:
    """Return a task's default configuration: config/default.yaml with config/tasks/<task>.yaml over it."""
    import yaml

    own = PROJECT / "config" / "tasks" / f"{task}.yaml"
    over = yaml.safe_load(own.read_text(encoding="utf-8"))["DEFAULT_CONFIG"] if own.exists() else {}
    return {**default_config(PROJECT), "TASK": task, **over}


def held_out(client: TrainerClient, config: Config, folder: Path, model: Path | None) -> float:
    """Return the score of a model on the held-out rows; None is the untouched one."""
    models = [{"name": "it", "path": str(model) if model else None}]
    paths = {"project_dir": str(PROJECT), "log": str(folder / "evaluate.log")}
    end = client.ask("evaluate", f"{folder.name}-test", models=models, split="test", config=config, **paths)[-1]
    if end["event"] != "finished":
        raise RuntimeError(end["message"])
    return float(end["evaluation"]["scores"]["it"]["score"])


def measure(client: TrainerClient, task: str, seed: int, folder: Path) -> tuple[float, float]:
    """Return the held-out score of the untouched model and of a training of it.

    The untouched one is asked for each seed: a reranker's head is drawn by it.
    """
    place = folder / f"{task}-{seed}"
    kept = place / "held-out.json"
    config = {**configuration(task), "SEED": seed}
    if kept.exists():
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["config"] == config:
            return found["untouched"], found["tuned"]
        raise SystemExit(f"{place} holds another configuration; name another --folder, or remove it")
    end = client.run(place, config)[-1]
    if end["event"] != "finished":
        raise RuntimeError(end["message"])
    untouched, tuned = held_out(client, config, place, None), held_out(client, config, place, place / "model")
    kept.write_text(json.dumps({"config": config, "untouched": untouched, "tuned": tuned}), encoding="utf-8")
    return untouched, tuned


def table(scores: dict[str, list[tuple[float, float]]]) -> str:
    """Return the Markdown table: mean ± standard deviation over seeds, and the gain of each seed."""
    lines = ["| task | held-out score | untouched | tuned | gain of each seed |", "|---|---|---|---|---|"]
    for task, pairs in scores.items():
        gains = ", ".join(f"{tuned - untouched:+.4f}" for untouched, tuned in pairs)
        untouched, tuned = (spread([pair[place] for pair in pairs]) for place in (0, 1))
        lines.append(f"| {task} | {TASKS[task].metric} | {untouched} | {tuned} | {gains} |")
    return "\n".join(lines)


def spread(values: list[float]) -> str:
    """Return mean and standard deviation as `0.6123 ± 0.0045`; the mean alone where all are equal."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.4f}" + (f" ± {deviation:.4f}" if deviation > 0 else "")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=PROJECT / ".tuning" / "bench-tasks")
    asked = parser.parse_args()
    scores: dict[str, list[tuple[float, float]]] = {task: [] for task in asked.tasks}
    with TrainerClient(PROJECT) as client:
        client.ask("hello", None)
        for seed in range(1, asked.seeds + 1):
            for task in asked.tasks:
                scores[task].append(measure(client, task, seed, asked.folder.resolve()))
                untouched, tuned = scores[task][-1]
                print(f"seed {seed}: {task}: {untouched:.4f} → {tuned:.4f}", file=sys.stderr, flush=True)
    print(table(scores))


if __name__ == "__main__":
    main()
