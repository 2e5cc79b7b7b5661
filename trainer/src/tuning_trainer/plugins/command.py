"""A plug-in that is a command in any language: it speaks version 1 of the line protocol (docs/plugins.md)."""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuning_trainer.failures import TrialError
from tuning_trainer.plugins.course import Course
from tuning_trainer.plugins.described import rows_of
from tuning_trainer.plugins.session import Session
from tuning_trainer.reporter import Reporter

#: Variables by which numerical libraries learn how many threads they may use.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS")


class CommandPlugin:
    """TRAINER_COMMAND, run in the project's folder."""

    def __init__(self, config: dict[str, Any], project: Path, threads: int) -> None:
        self.config = config
        self.project = project
        self.threads = threads
        self.trains_by = "TRAINER_COMMAND: finished"
        self.evaluates_by = "TRAINER_COMMAND: finished of evaluate"
        self.argv = list(config["TRAINER_COMMAND"])
        self.environment = environment(project, threads)
        program = self.argv[0]
        # With a separator it is a path, from the project's folder; without one it is looked for as a shell does.
        found = str(project / program) if os.sep in program else shutil.which(program, path=self.environment["PATH"])
        if found is None or not Path(found).is_file():
            raise TrialError("bad_config", f"TRAINER_COMMAND: {program} is not there (looked {_where(program, project)})")
        if not os.access(found, os.X_OK):
            raise TrialError("bad_config", f"TRAINER_COMMAND: {program} cannot be executed; chmod +x {program} allows it")
        self.argv[0] = found
        # Not Path.is_file: an argument may be a whole script, too long for a name.
        own = [project / part for part in config["TRAINER_COMMAND"] if os.path.isfile(project / part)]  # noqa: PTH113
        self.path = own[0] if own else Path(found)
        # What runs it, too: another release of Node or of a shell makes other trainings.
        self.files = own if Path(found) in own else [*own, Path(found)]
        self.versions: dict[str, str] = {}

    def inspect(self, reporter: Reporter) -> tuple[dict[str, Any], bool]:
        """Start it for `describe`: its hello says what it can do, and a bad configuration is told here."""
        with self._session("describe", self.config, reporter) as session:
            evaluates = False
            for event in session.events():
                if event["event"] == "hello":
                    evaluates = "evaluate" in event["can"]
                    if "describe" not in event["can"]:
                        return rows_of({}, ""), evaluates
                elif event["event"] == "finished":
                    session.leave()
                    return rows_of(event.get("rows") or {}, "TRAINER_COMMAND: finished of describe"), evaluates
        raise AssertionError("events end with finished, or raise")

    def train(self, course: Course, model_dir: Path) -> Any:
        """Have it train; its events drive the course."""
        places = {
            "resume": str(course.resume) if course.resume else None,
            "checkpoint_dir": str(course.scratch),
            "model_dir": str(model_dir),
        }
        began = time.monotonic()
        with self._session("train", self.config, course.reporter, **places) as session:
            for event in session.events():
                name = event["event"]
                if name == "progress":
                    course.progress(event["step"], event["total_steps"], event.get("loss"), event.get("epoch"))
                elif name == "score":
                    course.score(event["value"], event.get("metrics"))
                elif name == "checkpoint":
                    keep(course, event["step"], began)
                elif name == "finished":
                    session.leave()
                    score = {} if event.get("score") is None else {course.metric.name: event["score"]}
                    return {**(event.get("metrics") or {}), **score}
                began = time.monotonic()
        raise AssertionError("events end with finished, or raise")

    def evaluate(self, config: dict[str, Any], model_dir: Path, split: str, reporter: Reporter) -> float | Sequence[float]:
        """Have it evaluate a model on a split."""
        with self._session("evaluate", config, reporter, model_dir=str(model_dir), split=split) as session:
            for event in session.events():
                if event["event"] == "progress":
                    reporter.alive("evaluate", event["step"])
                elif event["event"] == "finished":
                    session.leave()
                    values = event.get("values")
                    return values if values is not None else event.get("score")  # type: ignore[return-value]
        raise AssertionError("events end with finished, or raise")

    def _session(self, command: str, config: dict[str, Any], reporter: Reporter, **more: Any) -> Session:
        looks = config.get("EVAL_LOOKS")
        request = {"command": command, "config": config, "threads": self.threads, "looks": looks, **more}
        return Session(self.argv, self.project, self.environment, request, reporter)


def keep(course: Course, step: int, since: float) -> None:
    """Seal what a command has written to `checkpoint_dir/step-N`."""
    fresh = course.scratch / f"step-{step}"
    if not fresh.is_dir():
        raise TrialError("trainer_bug", f"checkpoint: step {step} was told, but checkpoint_dir has no folder step-{step}")
    course.keep_checkpoint(fresh, step, since)


def environment(project: Path, threads: int) -> dict[str, str]:
    """Return a command's environment: ours, which has lost its secrets, with the threads and the project's Python and Node."""
    # Not resolved: the interpreter of a virtual environment is a link out of it.
    first = [str(Path(sys.executable).parent), str(project / "node_modules" / ".bin")]
    path = os.pathsep.join([*first, os.environ.get("PATH", os.defpath)])
    return {**os.environ, **dict.fromkeys(THREADS, str(threads)), "PATH": path}


def _where(program: str, project: Path) -> str:
    return f"for {project / program}" if os.sep in program else "in PATH"
