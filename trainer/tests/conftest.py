"""Fixtures: real weights cut to one layer, small real data, a serving process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tuning_trainer.client import TrainerClient, default_config

PROJECT = Path(__file__).resolve().parents[2]
DEFAULTS = default_config(PROJECT)


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged MiniLM with its first layer only."""
    folder = tmp_path_factory.mktemp("model") / "one-layer"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "trainer" / "src")}
    subprocess.run([sys.executable, str(PROJECT / "trainer/tests/one_layer.py"), str(folder)], check=True, env=environment)
    return folder


@pytest.fixture(scope="session")
def config(small_model: Path) -> dict[str, Any]:
    """A configuration of eight steps on the bundled data."""
    small = {"BASE_MODEL": str(small_model), "STSB_TRAIN_SPLIT": "train[:32]", "STSB_DEV_SPLIT": "validation[:24]"}
    return {
        **DEFAULTS,
        **small,
        "STSB_TEST_SPLIT": "test[:24]",
        "TRAIN_BATCH_SIZE": 4,
        "EVAL_LOOKS": 2,
        "EVAL_STEPS": 4,
        "SAVE_STEPS": 4,
        "LOGGING_STEPS": 2,
    }


@pytest.fixture(scope="session")
def client() -> Iterator[TrainerClient]:
    """One serving process for the whole session: its import is what takes long."""
    with TrainerClient(PROJECT) as running:
        running.ask("hello", None)
        yield running


def result_of(folder: Path) -> dict[str, Any]:
    """Return a finished trial's result."""
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))
