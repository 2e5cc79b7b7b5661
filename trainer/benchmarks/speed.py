"""How long a whole run takes beside other ways to do it, on this machine: `npm run bench:speed`.

One run of the product with its defaults (bundled data, local adviser, noise and confirmation seeds included, everything but
the set-up) against

- the same trainings in a plain loop in one process, and with one process for each (a pruned training is done whole there);
- Optuna's TPE over the same keys, and the scheme of release 0.2.0 (the original's loop: a parameter at a time), each driving
  the same training in one process: how long until the best by dev score is as good on held-out data as what the product
  published. Scoring held-out data, which neither does by itself, is not counted.

All of them score a training at the same looks. Ratios of one run; the machine should have nothing else to do.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from plain import PROJECT, plain_training, run_product, spans

Config = dict[str, Any]
ADVICE = Path(__file__).parent / "advice"
#: Slots, and threads of each, that `TRAINING_SLOTS: auto` takes on the machine that is simulated; and its cores.
SIMULATED = {"cores": 16, "slots": 4, "threads": 4}


class Search:
    """A search in one process: what it trained, and after which time it had which held-out score."""

    def __init__(self, defaults: Config, folder: str) -> None:
        self.defaults = defaults
        self.folder = folder
        self.seconds = 0.0
        self.best: dict[str, float] | None = None
        self.curve: list[dict[str, float]] = []

    def train(self, values: dict[str, Any]) -> float:
        """Train a change of the defaults and return its dev score."""
        started = time.monotonic()
        config = {**self.defaults, **values}
        plain_training(config, f"{self.folder}/{len(self.curve)}", looks=config["EVAL_LOOKS"])
        self.seconds += time.monotonic() - started
        scores = held_out_of(config, f"{self.folder}/{len(self.curve)}/model")
        if self.best is None or scores["score"] > self.best["score"]:
            self.best = scores
        self.curve.append({"seconds": self.seconds, **self.best})
        print(json.dumps({**self.curve[-1], "trained": values, "dev": scores["score"]}), file=sys.stderr)
        return scores["score"]

    def seconds_to(self, held_out: float) -> float | None:
        """When the best by dev score was as good on held-out data; None: it never was."""
        return next((point["seconds"] for point in self.curve if point["held_out"] >= held_out), None)


def held_out_of(config: Config, folder: str) -> dict[str, float]:
    """Score a saved model on the dev and on the test split."""
    from sentence_transformers import SentenceTransformer

    from tuning_trainer.data import load_splits
    from tuning_trainer.tasks import task_of

    splits = load_splits(config, PROJECT)
    model = SentenceTransformer(folder, device="cpu", local_files_only=True)
    assert splits.test is not None
    dev, test = (task_of(config).score(model, split, config, lambda: None)[1] for split in (splits.dev, splits.test))
    return {"score": dev.value, "held_out": test.value}


def tpe(search: Search, spaces: dict[str, dict[str, Any]], trainings: int) -> None:
    """Optuna's TPE, multivariate, over all keys; the default first."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(multivariate=True, n_startup_trials=4, seed=1)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.enqueue_trial({key: search.defaults[key] for key in spaces})

    def value(trial: optuna.Trial, key: str) -> Any:
        space = spaces[key]
        if "choices" in space:
            return trial.suggest_categorical(key, space["choices"])
        suggest = trial.suggest_int if space["type"] == "int" else trial.suggest_float
        return suggest(key, space["min"], space["max"], log=space.get("scale") == "log")

    study.optimize(lambda trial: search.train({key: value(trial, key) for key in spaces}), n_trials=trainings)


def original(search: Search) -> None:
    """The scheme of release 0.2.0 with its three keys and three rounds, on the values of this trainer's table."""
    sys.path.insert(0, str(ADVICE))
    import original as scheme
    from own import own

    grid = own()
    keys = ["LEARNING_RATE", "NUM_TRAIN_EPOCHS", "TRAIN_BATCH_SIZE"]
    scheme.tune(grid, grid.middle, 3, 1, lambda place: search.train(grid.values(place)), keys)


def trained(run: str) -> list[Config]:
    """Return the configurations that a run trained, in the order in which they started."""
    return [json.loads((folder / "config.json").read_text(encoding="utf-8"))["config"] for _, _, folder in spans(run)]


def timed(configs: list[Config], threads: int | None = None) -> float:
    """Return the seconds of a process that trains these, its start included."""
    environment = {**os.environ, **({"OMP_NUM_THREADS": str(threads)} if threads else {})}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "configs.json")
        file.write_text(json.dumps(configs), encoding="utf-8")
        started = time.monotonic()
        command = [sys.executable, __file__, "--loop", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"the plain loop ended with {done.returncode}: {done.stderr[-2000:]}")
        return time.monotonic() - started


def loop(file: str) -> None:
    """Be a plain program that trains one configuration after the other."""
    configs = json.loads(Path(file).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        for index, config in enumerate(configs):
            plain_training(config, f"{folder}/{index}", looks=config["EVAL_LOOKS"])


def simulated(defaults: Config, batches: list[int]) -> str:
    """Estimate the ratio of trainings' time on a larger machine, by Amdahl's law from 1 and 2 threads measured here."""
    few, many = [defaults], [defaults] * 4
    one, two = ((timed(many, threads) - timed(few, threads)) / 3 for threads in (1, 2))
    parallel = max(0.0, 2 * (one - two))
    serial = max(0.0, one - parallel)

    def at(threads: int) -> float:
        return serial + parallel / threads

    slots, threads, cores = SIMULATED["slots"], SIMULATED["threads"], SIMULATED["cores"]
    waves = sum(-(-size // slots) for size in batches)
    ratio = waves * at(threads) / (sum(batches) * at(cores))
    return (
        f"one training takes {one:.1f} s with 1 thread, {two:.1f} s with 2; by Amdahl's law {at(threads):.1f} s with {threads} "
        f"and {at(cores):.1f} s with {cores}: on {cores} cores {slots} slots do these {sum(batches)} trainings in {waves} waves, "
        f"{ratio:.2f} of the time of a loop on all cores (simulated)"
    )


def batches_of(run: str) -> list[int]:
    """Sizes of the groups of trainings that a run gave out at once, from when they started and ended."""
    sizes: list[int] = []
    ends = 0.0
    for start, end, _ in spans(run):
        if sizes and start < ends:
            sizes[-1] += 1
            ends = max(ends, end)
        else:
            sizes.append(1)
            ends = end
    return sizes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--loop", help="be the plain loop over the configurations of this file")
    parser.add_argument("--trainings", type=int, default=19, help="trainings that Optuna may take (19)")
    options = parser.parse_args()
    if options.loop:
        return loop(options.loop)
    subprocess.run(["npm", "run", "--silent", "up"], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    run_product("MAX_PRIORITY_PARAMS=1", "ROUNDS_PER_PARAM=1", "NOISE_SEEDS=0", "CONFIRM_SEEDS=0")  # warms the stack
    started = time.monotonic()
    facts = run_product("REUSE_TRIALS=false")
    product = time.monotonic() - started
    configs = trained(facts["run"])
    what = facts["published"]["what"]
    published = facts[what]["test"]
    print(f"{len(configs)} trainings ({facts['pruned']} ended early); whole run {product:.1f} s; {facts['says']['en']}")
    print(f"published: {what}, held-out {published:.4f}", flush=True)
    whole = timed(configs)
    print(f"the same trainings in a plain loop {whole:.1f} s: the run takes {product / whole:.2f} of it", flush=True)
    apart = sum(timed([config]) for config in configs)
    print(f"one process for each {apart:.1f} s: the run takes {product / apart:.2f} of it", flush=True)
    print(simulated(configs[0], batches_of(facts["run"])), flush=True)
    spaces = yaml.safe_load((PROJECT / "config" / "default.yaml").read_text(encoding="utf-8"))["TUNABLE_KEYS"]
    searches: dict[str, Callable[[Search], None]] = {
        f"Optuna TPE, {options.trainings} trainings": lambda search: tpe(search, spaces, options.trainings),
        "the original's loop, 3 keys of 3 rounds": original,
    }
    for name, run in searches.items():
        with tempfile.TemporaryDirectory() as folder:
            search = Search(configs[0], folder)
            run(search)
        reached = search.seconds_to(published)
        end = search.curve[-1]
        print(
            f"{name}: {end['seconds']:.0f} s, held-out {end['held_out']:.4f}; "
            + ("does not reach what the product published" if reached is None else f"reaches it after {reached:.0f} s: ")
            + ("" if reached is None else f"the run takes {product / reached:.2f} of it"),
            flush=True,
        )


if __name__ == "__main__":
    main()
