"""Replays the search model's policies on the tables: how good a run would be, in minutes (a development tool).

    PYTHONPATH=trainer/src nice -n 10 .venv/bin/python trainer/benchmarks/advice/replay.py --policies adaptive,by_parameter

prints the pooled normalised regret at 10 and 19 trainings, the default's included, of the measured best and of what the ship rule
would choose, and how often either is truly worse than the default. R: random defaults, M: the middle one.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import tables
from tables import Table, Values

from tuning_trainer.search.study import study

#: Keys that are tuned by name, of which the first three get a first probe in every mode.
PLANNED = 3
#: The measured best is shipped if the model's gain over the default exceeds this many standard deviations of the difference.
SHIP = 1.0


@dataclass
class Run:
    """One run on one table."""

    table: Table
    default: Values
    seed: int
    #: Trainings in the pool: the default and the noise seeds do not count.
    pool: int
    mode: str
    #: Trainings at once.
    slots: int = 1
    hints: list[dict[str, Any]] = field(default_factory=list)
    trials: list[dict[str, Any]] = field(default_factory=list)
    #: Trainings of the pool that were done.
    done: int = 0

    def train(self, values: Values, seed: int) -> None:
        self.trials.append(
            {
                "values": values,
                "seed": seed,
                "score": self.table.score(values, seed),
                "pruned": False,
                "seconds": self.table.cost(values, seed),
            }
        )

    def ask(self, keys: list[str] | None, probes: list[str]) -> dict[str, Any]:
        return study(
            {
                "spaces": self.table.spaces,
                "defaults": self.default,
                "trials": self.trials,
                "mode": self.mode,
                "keys": keys,
                "probes": probes,
                "hints": self.hints,
                "count": min(self.slots, self.pool - self.done),
                "left": self.pool - self.done,
                "pool": self.pool,
                "seed": self.seed,
            }
        )

    def step(self, view: dict[str, Any]) -> list[Values]:
        """Train what a view proposes."""
        for candidate in view["next"]:
            self.train(candidate["values"], self.seed)
            self.done += 1
        return [candidate["change"] for candidate in view["next"]]


def go(run: Run, noise_seeds: int) -> None:
    """Play the story of a run: the default and its noise seeds, then the pool."""
    run.train(run.default, run.seed)
    for more in range(1, noise_seeds + 1):
        run.train(run.default, run.seed + more)
    planned = list(run.table.spaces)[:PLANNED]
    if run.mode == "by_parameter":
        for key in planned:
            _rounds(run, key, run.pool // PLANNED)
        planned = []
    while run.done < run.pool:
        changed = run.step(run.ask(None, planned))
        if not changed:
            return
        planned = [key for key in planned if not any(key in change for change in changed)]


def _rounds(run: Run, key: str, rounds: int) -> None:
    """The rounds of one key: its first probe, then more while they are worth it."""
    begun = run.done
    while run.done - begun < rounds:
        first = run.done == begun
        view = run.ask([key], [key] if first else [])
        if not first and not view["keys"][key]["worthwhile"]:
            return
        if not run.step(view):
            return


def best_measured(run: Run) -> Values:
    """The configuration of the best mean score."""
    scores: dict[tuple[Any, ...], list[float]] = {}
    values: dict[tuple[Any, ...], Values] = {}
    for trial in run.trials:
        identity = tuple(trial["values"].values())
        scores.setdefault(identity, []).append(trial["score"])
        values[identity] = trial["values"]
    return values[max(scores, key=lambda identity: float(np.mean(scores[identity])))]


def shipped(run: Run) -> Values:
    """What the ship rule chooses at the end."""
    winner = run.ask(None, [])["winner"]
    return winner["values"] if winner["gain"] > SHIP * winner["sd"] else run.default


def outcome(run: Run) -> dict[str, Any]:
    """What came of a run: true regrets of default, measured best and shipped configuration."""
    regret = run.table.regret
    chosen, sent = best_measured(run), shipped(run)
    return {
        "table": run.table.name,
        "seed": run.seed,
        "default": regret(run.default),
        "best": regret(chosen),
        "shipped": regret(sent),
        "worse": regret(chosen) > regret(run.default),
        "shipped_worse": regret(sent) > regret(run.default),
        "trainings": run.done,
    }


def hints_of(table: Table, kind: str) -> list[dict[str, Any]]:
    """A person's belief in the three planned keys' values: near the best configuration's, or far from it."""
    if kind == "none":
        return []
    best = np.unravel_index(int(np.argmax(table.means)), table.means.shape)
    hints = []
    for axis, (key, space) in enumerate(list(table.spaces.items())[:PLANNED]):
        choices, place = space["choices"], int(best[axis])
        index = place if kind == "good" else (0 if 2 * place >= len(choices) else len(choices) - 1)
        hints.append({"change": {key: choices[index]}, "by": "person", "source": kind})
    return hints


def runs(policy: str, names: tuple[str, ...], seeds: int, defaults: str, pool: int, options: argparse.Namespace) -> Iterator[Run]:
    """Every run of one policy."""
    for name in names:
        table = tables.load(name)
        for seed in range(seeds):
            default = table.random_default(seed) if defaults == "R" else table.middle_default()
            run = Run(table, default, seed * table.seeds, pool, policy, options.slots, hints_of(table, options.hints))
            go(run, options.noise_seeds)
            yield run


def summary(outcomes: list[dict[str, Any]]) -> dict[str, float]:
    """Means over runs, with the standard error of the mean regret over seeds."""
    mean: Callable[[str], float] = lambda field: float(np.mean([one[field] for one in outcomes]))  # noqa: E731
    by_seed = [np.mean([one["best"] for one in outcomes if one["seed"] == seed]) for seed in {one["seed"] for one in outcomes}]
    return {
        "best": mean("best"),
        "error": float(np.std(by_seed, ddof=1) / len(by_seed) ** 0.5) if len(by_seed) > 1 else float("nan"),
        "shipped": mean("shipped"),
        "worse": mean("worse"),
        "shipped_worse": mean("shipped_worse"),
        "trainings": mean("trainings"),
    }


def main() -> int:
    """Print a line for each policy, default and size of the pool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policies", default="by_parameter,adaptive,free")
    parser.add_argument("--tables", choices=["all", "fitted", "kept"], default="all")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--defaults", default="R,M")
    parser.add_argument("--pools", default="9,18")
    parser.add_argument("--slots", type=int, default=1)
    parser.add_argument("--noise-seeds", type=int, default=2)
    parser.add_argument("--hints", choices=["none", "good", "misleading"], default="none")
    parser.add_argument("--out", type=Path, help="file for every single outcome, as lines of JSON")
    options = parser.parse_args()
    names = {"all": tables.NAMES, "fitted": tables.FITTED, "kept": tables.KEPT}[options.tables]
    for policy in options.policies.split(","):
        for defaults in options.defaults.split(","):
            for pool in map(int, options.pools.split(",")):
                outcomes = [outcome(run) for run in runs(policy, names, options.seeds, defaults, pool, options)]
                words = " ".join(f"{key} {value:.3f}" for key, value in summary(outcomes).items())
                print(f"{policy:13} {defaults} {pool + 1:3} trainings: {words}", flush=True)
                if options.out:
                    with options.out.open("a") as file:
                        file.writelines(
                            json.dumps({"policy": policy, "defaults": defaults, "pool": pool, **one}) + "\n" for one in outcomes
                        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
