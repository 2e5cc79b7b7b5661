"""A trainer whose trainings sleep: `python sleeping.py`, for `npm run bench:scale`.

It speaks the trainer's protocol (docs/trainer-protocol.md) and leaves the files of a training, so that everything around a
training is the real thing. A training takes SLEEPING_SECONDS; its score is a function of the configuration in which a
search finds something better for long. Runs in one process, one thread a training.
"""

import hashlib
import itertools
import json
import math
import os
import sys
import threading
import time
from pathlib import Path
from statistics import NormalDist
from typing import Any

from tuning_trainer.files import write_json
from tuning_trainer.protocol import EventWriter, parse_command

SECONDS = float(os.environ.get("SLEEPING_SECONDS", "1"))
_NOISE_SD = 0.0003
#: Where a key's values lie, for its place in [0, 1] on a logarithmic scale.
_RANGES = {
    "LEARNING_RATE": (1e-7, 0.1),
    "NUM_TRAIN_EPOCHS": (0.1, 100),
    "TRAIN_BATCH_SIZE": (1, 4096),
    "GRAD_ACC_STEPS": (1, 1024),
    "WARMUP_RATIO": (0.001, 0.9),
    "WEIGHT_DECAY": (0.001, 1),
}
_ROWS = {"train": {"rows": 1000, "name": "train"}, "dev": {"rows": 500, "name": "validation"}, "test": None}
_MACHINE: dict[str, Any] = {
    "versions": {"sleeping": "1"},
    "device": {"type": "cpu", "name": "sleeping", "count": 1, "memory_mb": None},
    "precisions": ["fp32"],
    "threads": 64,
    "fork": False,
    "slots": int(os.environ.get("TUNING_TRAINING_SLOTS", "1")),
}


def _work_of(command: dict[str, Any]) -> str:
    return str(command.get("work", command.get("trial")))


def _draw(text: str) -> float:
    """Return a number in (0, 1) that depends on the text alone."""
    return (int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") + 0.5) / 2**48


def score_of(config: dict[str, Any]) -> float:
    """Return the score of a configuration: a narrow valley that rises slowly, and the noise of its seed.

    In the valley all keys have nearly the same place, so changes of one key take small steps along it, and many of them.
    """
    places = [math.log(max(config[key], low) / low) / math.log(high / low) for key, (low, high) in _RANGES.items()]
    apart = sum((one - other) ** 2 for one, other in itertools.pairwise(places))
    noise = NormalDist(0, _NOISE_SD).inv_cdf(_draw(f"{places} {config['SEED']}"))
    return 0.3 + 0.6 * sum(places) / len(places) - 0.3 * math.tanh(3 * apart) + noise


class Trainer:
    """Answers commands; each training has a thread of its own."""

    def __init__(self) -> None:
        self._events = EventWriter(os.fdopen(3, "wb", buffering=0))
        self._leaving: dict[str, threading.Event] = {}

    def serve(self) -> None:
        """Answer until stdin ends or `shutdown` comes."""
        for line in sys.stdin.buffer:
            command = parse_command(line)
            name = command["command"]
            if name == "hello":
                self._events.write("ready", None, pid=os.getpid(), **_MACHINE)
            elif name == "cancel":
                self._leaving.setdefault(_work_of(command), threading.Event()).set()
            elif name == "shutdown":
                return
            else:
                threading.Thread(target=getattr(self, f"_{name}"), args=(command,), daemon=True).start()

    def _inspect(self, command: dict[str, Any]) -> None:
        inspection = {
            "data": {"fingerprint": "sleeping", "source": "sleeping", "splits": _ROWS, "warnings": []},
            "model": {"source": "sleeping", "path": "sleeping", "fingerprint": "sleeping"},
        }
        self._events.write("finished", command["trial"], work=_work_of(command), inspection=inspection)

    def _evaluate(self, command: dict[str, Any]) -> None:
        scores = {model["name"]: {"score": 0.3, "metrics": {}} for model in command["models"]}
        evaluation = {"split": command["split"], "pairs": 500, "scores": scores, "difference": None, "seconds": 0.0}
        self._events.write("finished", command["trial"], work=_work_of(command), evaluation=evaluation)

    def _time(self, command: dict[str, Any]) -> None:
        timing = {
            "seconds_per_step": SECONDS / 4,
            "fixed_seconds_per_step": SECONDS / 4,
            "seconds_per_evaluation": 0.0,
            "startup_seconds": 0.0,
            "save_seconds": 0.0,
            "steps": 4,
            "total_steps": 4,
            "seconds": 0.0,
        }
        self._events.write("finished", command["trial"], work=_work_of(command), timing=timing)

    def _run(self, command: dict[str, Any]) -> None:
        trial, work, folder = command["trial"], _work_of(command), Path(command["dir"])
        leaving = self._leaving[work] = threading.Event()
        self._events.write(
            "started", trial, work=work, pid=os.getpid(), resumed_from=0, total_steps=4, rows={"train": 1000, "dev": 500}
        )
        began = time.monotonic()
        for step in range(1, 5):
            if leaving.wait(SECONDS / 4):
                self._events.write("failed", trial, work=work, kind="cancelled", message="it was asked to leave", facts={})
                return
            left = SECONDS * (4 - step) / 4
            self._events.write(
                "step",
                trial,
                work=work,
                step=step,
                total_steps=4,
                epoch=step / 4,
                loss=1 / step,
                learning_rate=0.0,
                pairs_per_s=1.0,
                eta_s=left,
            )
        score = score_of(command["config"])
        seconds = time.monotonic() - began
        looks = [{"step": step, "epoch": step / 4, "score": score - 0.01 * (4 - step), "counts": True} for step in range(1, 5)]
        (folder / "model").mkdir(parents=True, exist_ok=True)
        (folder / "model" / "modules.json").write_text("[]", encoding="utf-8")
        result = {
            "v": 1,
            "trial": trial,
            "score": score,
            "metrics": {},
            "best_step": 4,
            "steps": 4,
            "train_seconds": seconds,
            "cpu_seconds": seconds,
            "model_digest": hashlib.sha256(json.dumps(command["config"], sort_keys=True).encode()).hexdigest(),
            "attempts": [{"resumed_from": 0}],
            "evals": looks,
            "curve": [
                {"step": 1, "epoch": 0.25, "loss": 1.0, "learning_rate": 0.0},
                {"step": 4, "epoch": 1.0, "loss": 0.25, "learning_rate": 0.0},
            ],
        }
        write_json(folder / "result.json", result)
        self._events.write("finished", trial, work=work, result=str(folder / "result.json"), score=score)


if __name__ == "__main__":
    Trainer().serve()
