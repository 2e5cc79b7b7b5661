"""Plays everything on an own training that a run may do to it, and says what is missing: `npm run test:trainer`.

It drives the real trainer, as the worker does. Each check is a line with ✓ or ✗; a ✗ says how to mend it.
"""

import argparse
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuning_trainer.client import TrainerClient, default_config
from tuning_trainer.files import read_json
from tuning_trainer.plugins.secret_names import forget_secrets

Config = dict[str, Any]
Event = dict[str, Any]

#: Seconds that a training here may take, and be silent.
LONGEST_TRAINING = 600.0
#: Of a training that is to be interrupted: steps told, at least.
FEWEST_STEPS = 3
#: Seconds of silence in which a stopped process has shown that nothing speaks for it.
SILENCE = 3.0


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


class Conformance:
    """The checks, in their order. Each may use what the ones before it found."""

    def __init__(self, client: TrainerClient, config: Config, tunable: dict[str, Any], folder: Path) -> None:
        self.client = client
        self.config = config
        self.tunable = tunable
        self.folder = folder
        self.inspection: dict[str, Any] = {}
        self.whole: Whole | None = None

    def starts(self) -> str:
        """It can be started and asked."""
        end = self._ask("inspect")
        if end["event"] == "failed":
            raise Missing(told(end), "nothing else can be tried before this")
        self.inspection = end["inspection"]
        return f"{self.inspection['model']['path']}"

    def describes(self) -> str:
        """It tells how many rows it trains on."""
        rows = {part: split and split["rows"] for part, split in self.inspection["data"]["splits"].items()}
        if not rows["train"] or not rows["dev"]:
            raise Skipped("describe tells no rows: the report of a run will not know them (describe(config), or the command's)")
        return ", ".join(f"{part} {count or ('none' if count is None else 'not told')}" for part, count in rows.items())

    def names_its_files(self) -> str:
        """What it reads is part of a training's identity."""
        if not self.config["TRAINER_FILES"]:
            raise Skipped("TRAINER_FILES is empty: right if it reads no data files, else list them, or edits go unnoticed")
        return ", ".join(self.config["TRAINER_FILES"])

    def trains(self) -> str:
        """A whole training ends with a score."""
        seen = self._timed(self.client.training(self.folder / "whole", self.config, threads=1))
        end = seen[-1]
        if end["event"] == "failed":
            raise Missing(told(end), "mend what the message names; trainer.log's end is in it")
        result = read_json(self.folder / "whole" / "result.json")
        assert result, "it has finished"
        self.whole = Whole(result, seen)
        shown = ", ".join(f"{name} {value:.4g}" for name, value in result["metrics"].items() if value is not None)
        return f"{shown}; {result['train_seconds']:.1f} s, {result['steps']} steps"

    def reports_progress(self) -> str:
        """It tells its steps, so that a hang can be told from work."""
        steps = self._steps()
        if len(steps) < FEWEST_STEPS:
            mend = "call report.progress(step, total_steps), or write progress lines, at least every few seconds"
            raise Missing(f"{len(steps)} steps were told", mend)
        gaps = [later["t"] - earlier["t"] for earlier, later in zip(self._whole().events, self._whole().events[1:], strict=False)]
        longest = max(gaps)
        if longest > 60:
            raise Missing(
                f"it was silent for {longest:.0f} s", "tell progress more often: HANG_SECONDS of silence end a training"
            )
        return f"{len(steps)} steps, longest silence {longest:.1f} s"

    def scores_on_the_way(self) -> str:
        """It is scored at the looks, so that a hopeless training can end early."""
        looks = [seen["step"] for seen in self._whole().result["evals"] if seen["counts"]]
        if len(looks) < 2:
            raise Skipped("no scores on the way: hopeless trainings run to their end (report.score where report.look_due)")
        return f"after steps {', '.join(map(str, looks))}"

    def gives_the_same_again(self) -> str:
        """The same configuration gives the same score and the same model."""
        self._compare(self._train("again", self.config), "draw all random numbers from SEED, and use THREADS as given")
        return "same score, same model"

    def refuses_bad_values(self) -> str:
        """A value that makes no sense is refused at the start, by name."""
        numeric = [key for key in self.tunable if not isinstance(self.config.get(key), str)]
        if not numeric:
            raise Skipped("TUNABLE_KEYS names no numbers to try this on")
        key = numeric[0]
        end = self._ask("inspect", {key: "nonsense"})
        mend = f"say what is allowed in check(config), or answer describe with failed, kind bad_config; name {key} and its value"
        if end["event"] == "finished":
            raise Missing(f"{key}: nonsense was taken", mend)
        if end["kind"] != "bad_config" or key not in end["message"]:
            raise Missing(f"{key}: nonsense gave {told(end)}", mend)
        return f"{key}: nonsense → {end['message']}"

    def leaves_with_a_checkpoint(self) -> str:
        """Asked to leave (SIGTERM), it checkpoints, leaves, and goes on to the same result."""
        seen = self._interrupted("left", lambda child: self.client.send("cancel", work="left", grace_s=60))
        mend = "use `with report.checkpoint(step)` where report.checkpoint_due; a command: at SIGTERM, checkpoint, then exit 0"
        if seen[-1]["kind"] != "cancelled" or "in time" in seen[-1]["message"]:
            raise Missing(f"it did not leave: {told(seen[-1])}", mend)
        saved = [event["step"] for event in seen if event["event"] == "checkpoint"]
        if not saved:
            raise Missing("it left without a checkpoint: what was trained is lost", mend)
        result = self._train("left", self.config)
        self._compare(result, "put all that the rest depends on into the checkpoint: weights, optimizer, random states")
        return f"left at step {saved[-1]}, went on from {result['attempts'][-1]['resumed_from']}, same result"

    def resumes_after_a_kill(self) -> str:
        """Killed in the middle, it goes on from its newest checkpoint to the same result."""
        often = {**self.config, "SAVE_STRATEGY": "steps", "SAVE_STEPS": max(1, self._whole().result["steps"] // 4)}
        seen = self._interrupted("killed", lambda child: os.kill(child, signal.SIGKILL), often, "checkpoint")
        if not any(event["event"] == "checkpoint" for event in seen):
            mend = "write checkpoints where report.checkpoint_due; a command: every SAVE_STEPS steps, at least"
            raise Missing("it wrote no checkpoint with SAVE_STEPS = " + str(often["SAVE_STEPS"]), mend)
        result = self._train("killed", often)
        begun = result["attempts"][-1]["resumed_from"]
        if begun == 0:
            raise Missing("it began again at step 0", "go on from report.resume; a command: from `resume` of its request")
        self._compare(result, "put all that the rest depends on into the checkpoint: weights, optimizer, random states")
        return f"killed, went on from step {begun}, same result"

    def hangs_are_seen(self) -> str:
        """Stopped, it is silent; and it can be ended with all that it started."""
        silent = 0.0
        for event in self._begun("hung", self.config):
            if event["event"] == "step" and not silent:
                stopped = stop_all(event["child"])
                since = time.monotonic()
                time.sleep(SILENCE)
                silent = time.monotonic() - since
                self.client.send("cancel", work="hung", grace_s=0)
        if not silent or event["event"] == "finished":
            raise Missing("the training was over before it could be stopped", "make it longer for this test: --set KEY=VALUE")
        until = time.monotonic() + 10
        while (left := [pid for pid in stopped if is_alive(pid)]) and time.monotonic() < until:
            time.sleep(0.1)
        if left:
            raise Missing(f"processes {', '.join(map(str, left))} are left", "do not leave the process group and the parent")
        return f"stopped for {silent:.0f} s, ended, nothing is left"

    def evaluates(self) -> str:
        """It evaluates a saved model, so that a winner can be confirmed on held-out rows."""
        if not self.inspection["evaluates"]:
            raise Skipped("no evaluate: a run's winner is not confirmed on held-out data (evaluate(config, model_dir, split))")
        name = self._name()
        models = [{"name": "model", "path": str(self.folder / "whole" / "model")}]
        found = {}
        for split in ("dev", "test"):
            if split == "test" and not self.inspection["data"]["splits"]["test"]:
                continue
            end = self._ask("evaluate", models=models, split=split)
            if end["event"] == "failed":
                raise Missing(f"on {split}: {told(end)}", "mend what the message names")
            found[split] = (end["evaluation"]["scores"]["model"]["metrics"][name], end["evaluation"]["pairs"])
        dev, rows = found["dev"]
        trained = self._whole().result["metrics"][name]
        if abs(dev - trained) > 1e-6 * max(1, abs(trained)):
            mend = "evaluate must measure the same as train, on the model in model_dir"
            raise Missing(f"it gave {name} {dev:.6g} on dev, the training {trained:.6g}", mend)
        told_rows = f"a figure for each of {rows} rows" if rows > 1 else "one figure; one for each row gives an interval, too"
        return ", ".join(f"{split} {value:.4g}" for split, (value, _) in found.items()) + f"; {told_rows}"

    def _whole(self) -> Whole:
        if self.whole is None:
            raise Skipped("there is no finished training to compare with")
        return self.whole

    def _steps(self) -> list[Event]:
        return [event for event in self._whole().events if event["event"] == "step"]

    def _name(self) -> str:
        return (self.config["METRIC"] or {}).get("name", "score")

    def _ask(self, command: str, changes: Config | None = None, **more: Any) -> Event:
        config = {**self.config, **(changes or {})}
        asked = {"config": config, "project_dir": str(self.client.project), "log": str(self.folder / f"{command}.log")}
        return self.client.ask(command, command, **asked, threads=1, **more)[-1]

    def _timed(self, events: Iterator[Event]) -> list[Event]:
        seen, began = [], time.monotonic()
        for event in events:
            seen.append(event)
            if time.monotonic() - began > LONGEST_TRAINING:
                raise Missing(f"it took more than {LONGEST_TRAINING:.0f} s", "make it short for this test: --set KEY=VALUE")
        return seen

    def _train(self, name: str, config: Config) -> dict[str, Any]:
        self._whole()
        end = self._timed(self.client.training(self.folder / name, config, "again", threads=1))[-1]
        if end["event"] == "failed":
            raise Missing(told(end), "a checkpoint of its own must be enough to go on from")
        result = read_json(self.folder / name / "result.json")
        assert result, "it has finished"
        return result

    def _begun(self, name: str, config: Config) -> Iterator[Event]:
        """Yield the events of a training, each with its `child`."""
        if len(self._steps()) < FEWEST_STEPS:
            raise Missing("it tells too few steps to be interrupted between two of them", "tell each step; --set makes it longer")
        child = 0
        for event in self.client.training(self.folder / name, config, "first", threads=1):
            child = event.get("pid", child)
            yield {**event, "child": child}

    def _interrupted(self, name: str, how: Callable[[int], None], config: Config | None = None, at: str = "step") -> list[Event]:
        """Train, interrupt at the first event `at`, and return the events; it must not have finished before a step."""
        seen = []
        done = False
        for event in self._begun(name, config or self.config):
            seen.append(event)
            if event["event"] == at and not done:
                done = True
                how(event["child"])
        if seen[-1]["event"] == "finished" and done:
            raise Missing("the training was over before it could be interrupted", "make it longer for this test: --set KEY=VALUE")
        return seen

    def _compare(self, result: dict[str, Any], mend: str) -> None:
        whole = self._whole().result
        if result["score"] != whole["score"]:
            name = self._name()
            raise Missing(f"{name} {result['metrics'][name]:.8g}, undisturbed {whole['metrics'][name]:.8g}", mend)
        if result["model_digest"] != whole["model_digest"]:
            raise Missing("same score, but other files in the model", f"{mend}; write no times into the model")


CHECKS = [
    ("starts and answers", Conformance.starts),
    ("describes its data", Conformance.describes),
    ("names its files", Conformance.names_its_files),
    ("trains to a score", Conformance.trains),
    ("tells its progress", Conformance.reports_progress),
    ("is scored on the way", Conformance.scores_on_the_way),
    ("gives the same again", Conformance.gives_the_same_again),
    ("refuses a bad value", Conformance.refuses_bad_values),
    ("leaves when asked", Conformance.leaves_with_a_checkpoint),
    ("resumes after a kill", Conformance.resumes_after_a_kill),
    ("ends when it hangs", Conformance.hangs_are_seen),
    ("evaluates a model", Conformance.evaluates),
]


def told(event: Event) -> str:
    """Return a failure in one line, with the end of its log."""
    tail = (event.get("log_tail") or "").strip().splitlines()
    last = f" (log: {tail[-1][:200]})" if tail and event["kind"] == "trainer_bug" else ""
    return f"{event['kind']}: {event['message']}{last}"


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started, as far as /proc tells."""
    found = [pid]
    for at in found:
        try:
            found += map(int, Path(f"/proc/{at}/task/{at}/children").read_text(encoding="ascii").split())
        except OSError:
            continue
    return found


def stop_all(pid: int) -> list[int]:
    """Stop a process and all that it started, but for guards, which could not end the rest. Returns what was found."""
    found = descendants(pid)
    for one in found:
        try:
            command = Path(f"/proc/{one}/cmdline").read_bytes()
        except OSError:
            command = b""
        if b"guard.py" not in command:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGSTOP)
    return found


def is_alive(pid: int) -> bool:
    """Say whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def check_all(conformance: Conformance, say: Callable[[str], None]) -> int:
    """Do all checks; a line for each. Returns how many are not passed."""
    failed = 0
    for name, check in CHECKS:
        try:
            say(f"✓ {name:22} {check(conformance)}")
        except Skipped as why:
            say(f"· {name:22} {why}")
        except Missing as missing:
            failed += 1
            say(f"✗ {name:22} {missing}\n    {missing.mend}")
            if check is Conformance.starts:
                break
    return failed


def read_arguments(argv: list[str], project: Path) -> tuple[Config, dict[str, Any]]:
    """Return configuration and tunable keys of the command line.

    Raises:
        SystemExit: it cannot be understood.
    """
    parser = argparse.ArgumentParser(
        prog="npm run test:trainer --",
        description="Tests an own training: npm run test:trainer -- [my_training.py | ./train ARG…] [--config tuning.yaml]",
    )
    parser.add_argument("trainer", nargs="*", help="a Python file, or a command with its arguments; else that of --config")
    parser.add_argument("--config", help="a YAML file with DEFAULT_CONFIG, as for start-run")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="sets a key of DEFAULT_CONFIG")
    given, words = parser.parse_known_args(argv)
    config, tunable = default_config(project), dict[str, Any]()
    if given.config:
        file = read_yaml(Path(given.config).read_text(encoding="utf-8")) or {}
        config |= file.get("DEFAULT_CONFIG", {})
        tunable = file.get("TUNABLE_KEYS", {}) or {}
    for pair in given.set:
        key, equals, value = pair.partition("=")
        if not equals:
            parser.error(f"--set {pair}: allowed: KEY=VALUE")
        config[key] = read_yaml(value)
    trainer = [*given.trainer, *words]
    if trainer:
        python = len(trainer) == 1 and trainer[0].endswith(".py")
        config |= {"TRAINER": trainer[0] if python else None, "TRAINER_COMMAND": None if python else trainer}
    if config["TRAINER"] is None and config["TRAINER_COMMAND"] is None:
        parser.error("names no training: give a Python file or a command, or --config with TRAINER or TRAINER_COMMAND")
    return config, tunable if isinstance(tunable, dict) else dict.fromkeys(tunable)


def read_yaml(text: str) -> Any:
    """Return what YAML 1.2 means, which the worker reads: `1e-5` is a number, `no` is a text. The library reads 1.1."""
    import re

    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, found) for tag, found in rules if tag != "tag:yaml.org,2002:bool"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$", re.IGNORECASE), list("tTfF"))
    number = re.compile(r"^[-+]?(?:\.\d+|\d+(?:\.\d*)?)[eE][-+]?\d+$")
    Loader.add_implicit_resolver("tag:yaml.org,2002:float", number, list("-+.0123456789"))
    return yaml.load(text, Loader)


def main(argv: list[str]) -> int:
    """Run all checks on the training that the command line names. Returns 0 when all are passed."""
    # As in a run, where the worker hands none to the trainer.
    forget_secrets()
    project = Path.cwd()
    config, tunable = read_arguments(argv, project)
    config |= {"LOGGING_STEPS": 1}
    folder = Path(tempfile.mkdtemp(prefix="test-trainer-"))
    print(f"Testing {config['TRAINER'] or ' '.join(config['TRAINER_COMMAND'])}\n")
    try:
        with TrainerClient(project) as client:
            client.ask("hello", None)
            failed = check_all(Conformance(client, config, tunable, folder), lambda line: print(line, flush=True))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{failed} to mend; docs/plugins.md is the guide." if failed else "\nIt does all that a run asks of it.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
