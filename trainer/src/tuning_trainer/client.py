"""A small client of the serving process, for benchmarks and tests; the product's own client is written in TypeScript."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any


def default_config(project: Path) -> dict[str, Any]:
    """Return DEFAULT_CONFIG of the project's config/default.yaml, for scripts that run without the worker."""
    import yaml

    # The file is the one place where defaults are written; values are the same in YAML 1.1, which this library reads.
    return yaml.safe_load((project / "config" / "default.yaml").read_text(encoding="utf-8"))["DEFAULT_CONFIG"]


class TrainerClient:
    """Starts `python -m tuning_trainer serve` and speaks the protocol with it. Use as a context manager."""

    def __init__(self, project: Path, **environment: str) -> None:
        self.project = project
        reading, writing = os.pipe()
        source = str(Path(__file__).parent.parent)
        # Python's own descriptors close themselves; only 3, the events', is handed down beside the standard ones.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tuning_trainer", "serve"],
            stdin=subprocess.PIPE,
            close_fds=False,
            preexec_fn=lambda: os.dup2(writing, 3),
            env={**os.environ, "PYTHONPATH": source, **environment},
        )
        os.close(writing)
        self.events = os.fdopen(reading, encoding="utf-8")

    def __enter__(self) -> "TrainerClient":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.events.close()

    def send(self, command: str, **fields: Any) -> None:
        """Send one command."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"v": 1, "command": command, **fields}).encode() + b"\n")
        self.process.stdin.flush()

    def until_end(self, trial: str | None) -> Iterator[dict[str, Any]]:
        """Yield the events of a command up to and including its end.

        Raises:
            EOFError: the process ended first.
        """
        for line in filter(str.strip, self.events):
            event = json.loads(line)
            if event["trial"] != trial:
                continue
            yield event
            if event["event"] in ("ready", "finished", "failed"):
                return
        raise EOFError("the trainer ended")

    def ask(self, command: str, trial: str | None, **fields: Any) -> list[dict[str, Any]]:
        """Send a command and return its events; the last one is its end."""
        self.send(command, **({} if trial is None else {"trial": trial}), **fields)
        return list(self.until_end(trial))

    def begin(self, folder: Path, config: dict[str, Any], token: str = "token", **more: Any) -> None:
        """Ask for a training in `folder`, whose name is the trial's id."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lock.json").write_text(json.dumps({"v": 1, "token": token}), encoding="utf-8")
        paths = {"dir": str(folder), "project_dir": str(self.project)}
        self.send("run", trial=folder.name, token=token, config=config, **paths, **more)

    def training(self, folder: Path, config: dict[str, Any], token: str = "token", **more: Any) -> Iterator[dict[str, Any]]:
        """Train in `folder`, whose name is the trial's id, and yield the events as they come."""
        self.begin(folder, config, token, **more)
        return self.until_end(folder.name)

    def ends(self, trials: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Yield the end of each of these trials, in the order in which they end.

        Raises:
            EOFError: the process ended first.
        """
        left = set(trials)
        while left:
            line = self.events.readline()
            if not line:
                raise EOFError("the trainer ended")
            event = json.loads(line) if line.strip() else {}
            if event.get("event") in ("finished", "failed") and event["trial"] in left:
                left.remove(event["trial"])
                yield event

    def run(self, folder: Path, config: dict[str, Any], token: str = "token", **more: Any) -> list[dict[str, Any]]:
        """Train as `training` does; return all events."""
        return list(self.training(folder, config, token, **more))
