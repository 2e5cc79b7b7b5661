"""The own training under test: asks, trains and interrupts it through the real trainer, and compares what comes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuning_trainer.client import TrainerClient
from tuning_trainer.files import read_json

Config = dict[str, Any]
Event = dict[str, Any]

#: Seconds that a training here may take, and be silent.
LONGEST_TRAINING = 600.0
#: Of a training that is to be interrupted: steps told, at least.
FEWEST_STEPS = 3


class Missing(Exception):
    """A check that is not passed: what was seen, and how to mend it."""

    def __init__(self, seen: str, mend: str) -> None:
        super().__init__(seen)
        self.mend = mend


class Skipped(Exception):
    """A check that does not apply, and why."""


@dataclass
class Whole:
    """The undisturbed training that others are compared with."""

    result: dict[str, Any]
    events: list[Event]


class Subject:
    """What checks may do to a training, and what the ones before found."""

    def __init__(self, client: TrainerClient, config: Config, tunable: dict[str, Any], folder: Path) -> None:
        """Prepare the checks.

        Args:
            tunable: TUNABLE_KEYS of the run that is to be.
            folder: where everything is written that comes of it.
        """
        self.client = client
        self.config = config
        self.tunable = tunable
        self.folder = folder
        self.inspection: dict[str, Any] = {}
        self.whole: Whole | None = None

    def finished(self) -> Whole:
        """Return the undisturbed training; without one, the check does not apply."""
        if self.whole is None:
            raise Skipped("there is no finished training to compare with")
        return self.whole

    def steps(self) -> list[Event]:
        """Return the steps that the undisturbed training told."""
        return [event for event in self.finished().events if event["event"] == "step"]

    def metric(self) -> str:
        """Return the name of the score."""
        return (self.config["METRIC"] or {}).get("name", "score")

    def ask(self, command: str, changes: Config | None = None, **more: Any) -> Event:
        """Give a command of the protocol, with some keys changed, and return its end."""
        config = {**self.config, **(changes or {})}
        asked = {"config": config, "project_dir": str(self.client.project), "log": str(self.folder / f"{command}.log")}
        return self.client.ask(command, command, **asked, threads=1, **more)[-1]

    def timed(self, events: Iterator[Event]) -> list[Event]:
        """Return all events of a training that must not take too long."""
        seen, began = [], time.monotonic()
        for event in events:
            seen.append(event)
            if time.monotonic() - began > LONGEST_TRAINING:
                raise Missing(f"it took more than {LONGEST_TRAINING:.0f} s", "make it short for this test: --set KEY=VALUE")
        return seen

    def train(self, name: str, config: Config) -> dict[str, Any]:
        """Train in a folder to the end, from what is there, and return the result."""
        self.finished()
        end = self.timed(self.client.training(self.folder / name, config, "again", threads=1))[-1]
        if end["event"] == "failed":
            raise Missing(told(end), "a checkpoint of its own must be enough to go on from")
        result = read_json(self.folder / name / "result.json")
        assert result, "it has finished"
        return result

    def begun(self, name: str, config: Config) -> Iterator[Event]:
        """Yield the events of a training, each with its `child`."""
        if len(self.steps()) < FEWEST_STEPS:
            raise Missing("it tells too few steps to be interrupted between two of them", "tell each step; --set makes it longer")
        child = 0
        for event in self.client.training(self.folder / name, config, "first", threads=1):
            child = event.get("pid", child)
            yield {**event, "child": child}

    def interrupted(self, name: str, how: Callable[[int], None], config: Config | None = None, at: str = "step") -> list[Event]:
        """Train, interrupt at the first event `at`, and return the events; it must not have finished before a step."""
        seen = []
        done = False
        for event in self.begun(name, config or self.config):
            seen.append(event)
            if event["event"] == at and not done:
                done = True
                how(event["child"])
        if seen[-1]["event"] == "finished" and done:
            raise Missing("the training was over before it could be interrupted", "make it longer for this test: --set KEY=VALUE")
        return seen

    def compare(self, result: dict[str, Any], mend: str) -> None:
        """Demand score and model of the undisturbed training."""
        whole = self.finished().result
        if result["score"] != whole["score"]:
            name = self.metric()
            raise Missing(f"{name} {result['metrics'][name]:.8g}, undisturbed {whole['metrics'][name]:.8g}", mend)
        if result["model_digest"] != whole["model_digest"]:
            raise Missing("same score, but other files in the model", f"{mend}; write no times into the model")


def told(event: Event) -> str:
    """Return a failure in one line, with the end of its log."""
    tail = (event.get("log_tail") or "").strip().splitlines()
    last = f" (log: {tail[-1][:200]})" if tail and event["kind"] == "trainer_bug" else ""
    return f"{event['kind']}: {event['message']}{last}"
