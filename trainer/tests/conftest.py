"""Fixtures: real weights cut to one layer, small real data, a serving process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tuning_trainer.client import DEFAULTS, TrainerClient

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged MiniLM with its first layer only: real weights, quick to train. Made in a process of its own."""
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("model") / "one-layer"
    program = (
        "import sys; from pathlib import Path; from tuning_trainer.model import find_model, load_model\n"
        "model = load_model(find_model('sentence-transformers/all-MiniLM-L6-v2', Path('.')).path, 'cpu')\n"
        "bert = model[0].auto_model; bert.encoder.layer = bert.encoder.layer[:1]; bert.config.num_hidden_layers = 1\n"
        "model.save_pretrained(sys.argv[1], create_model_card=False)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True, env=_environment())
    return folder


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(PROJECT / "trainer" / "src")}


@pytest.fixture(scope="session")
def config(small_model: Path) -> dict[str, Any]:
    """A configuration of eight steps on the bundled data."""
    small = {"BASE_MODEL": str(small_model), "STSB_TRAIN_SPLIT": "train[:32]", "STSB_DEV_SPLIT": "validation[:24]"}
    return {
        **DEFAULTS,
        **small,
        "STSB_TEST_SPLIT": "test[:24]",
        "TRAIN_BATCH_SIZE": 4,
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
