"""What trackers are told: a run and its finished trials, as `src/domain/tracked.ts` makes them; their courses are on the disk."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tuning_trainer import events
from tuning_trainer.files import read_json
from tuning_trainer.scalars import final_scalars, scalars

Value = str | float | int


@dataclass(frozen=True)
class Point:
    """Figures at one step; `t` in Unix seconds."""

    step: int
    t: float
    values: dict[str, float]


@dataclass(frozen=True)
class Trial:
    """A finished trial. `score` is as the metric counts it; None: it failed."""

    folder: Path
    told: dict[str, Any]
    metric: dict[str, Any] | None

    @property
    def id(self) -> str:
        """Its name within its run, for ever."""
        return self.told["id"]

    @property
    def number(self) -> int:
        """1, 2, … in the order of the run."""
        return self.told["number"]

    @property
    def name(self) -> str:
        """What people see."""
        return f"{self.number}: {self.told['title']}"

    @property
    def values(self) -> dict[str, Value]:
        """What was trained with."""
        return self.told["values"]

    @property
    def tags(self) -> dict[str, str]:
        """Key, round, decision and the like."""
        return self.told["tags"]

    @property
    def score(self) -> float | None:
        """As the metric counts it; None for a trial that failed."""
        return self.told["score"]

    @cached_property
    def final(self) -> dict[str, float]:
        """What it ended with, by name."""
        if self.score is None:
            return {}
        return {**final_scalars(self.score, self.told["metrics"], self.metric), "final/seconds": self.told["seconds"]}

    @cached_property
    def points(self) -> list[Point]:
        """Its course, one point a step; where its folder has no events, its result tells, or else its looks do."""
        course = events.course(events.read(self.folder / "events.jsonl")) or self._from_result()
        if not course:
            name = f"dev/{self.metric['name']}" if self.metric else "dev/score"
            return [Point(look["step"], 0.0, {name: look["score"]}) for look in self.told["looks"]]
        by_step: dict[int, Point] = {}
        for event in course:
            step, values = event["step"], scalars(event, self.metric)
            before = by_step.get(step)
            by_step[step] = Point(step, float(event["t"]), {**(before.values if before else {}), **values})
        return [by_step[step] for step in sorted(by_step)]

    def _from_result(self) -> list[dict[str, Any]]:
        """Return the same events, as far as they are known, of a trial that another run has trained."""
        result = read_json(self.folder / "result.json") or {}
        steps = [{**point, "event": "step", "t": 0.0} for point in result.get("curve", [])]
        looks = [
            {**seen, "event": "eval", "t": 0.0, "metrics": self._as_metric(seen["score"])} for seen in result.get("evals", [])
        ]
        return [*steps, *looks]

    def _as_metric(self, score: float) -> dict[str, float]:
        if not self.metric:
            return {}
        return {self.metric["name"]: -score if self.metric["direction"] == "minimize" else score}

    @cached_property
    def digest(self) -> str:
        """Tells whether a tracker has it as it is now."""
        return hashlib.sha256(json.dumps(self.told, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Run:
    """A tuning run. `ended`: this is the last that is told of it; `trials` are then all that it has."""

    told: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name, unique for ever: it holds the second of its start."""
        return self.told["run"]

    @property
    def root(self) -> Path:
        """The run's folder."""
        return Path(self.told["root"])

    @property
    def ended(self) -> bool:
        """Whether the run is over."""
        return self.told["ended"]

    @property
    def started(self) -> float:
        """Unix seconds."""
        return self.told["startedAt"] / 1000

    @property
    def settings(self) -> dict[str, Value]:
        """What was tuned, and by whom."""
        return self.told["settings"]

    @property
    def tags(self) -> dict[str, str]:
        """Status, verdict and the like."""
        return self.told["tags"]

    @property
    def scores(self) -> dict[str, float]:
        """Best, default, held-out, by name."""
        return self.told["scores"]

    @property
    def artifacts(self) -> list[Path]:
        """The report's files that are here."""
        return [path for path in map(Path, self.told["artifacts"]) if path.is_file()]

    @cached_property
    def trials(self) -> list[Trial]:
        """Finished trials, in the order of the run; while it goes on those that are new."""
        metric = self.told["metric"]
        return [Trial(self.root / "trials" / told["id"], told, metric) for told in self.told["trials"]]

    def table(self) -> tuple[Sequence[str], list[list[Any]]]:
        """Return the table of all trials: its columns and its rows."""
        keys = sorted({key for trial in self.trials for key in trial.values})
        tags = sorted({key for trial in self.trials for key in trial.tags})
        columns = ["trial", "id", *keys, "score", *tags]
        rows = [
            [
                trial.number,
                trial.id,
                *(trial.values.get(key) for key in keys),
                trial.score,
                *(trial.tags.get(key) for key in tags),
            ]
            for trial in self.trials
        ]
        return columns, rows
