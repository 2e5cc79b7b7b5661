"""Fixtures: real weights cut to few layers and words, small real data, a serving process."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cut_model import FREQUENT_WORDS, cut

from tuning_trainer.client import TrainerClient, default_config

PROJECT = Path(__file__).resolve().parents[2]
DEFAULTS = default_config(PROJECT)


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged MiniLM with its first layer only."""
    folder = tmp_path_factory.mktemp("model") / "one-layer"
    cut(folder, 1, FREQUENT_WORDS)
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


@pytest.fixture(scope="session")
def spawning() -> Iterator[TrainerClient]:
    """Another serving process, whose children are fresh processes."""
    with TrainerClient(PROJECT, TUNING_TRAINER_START="spawn", PYTHONHASHSEED="7") as running:
        assert running.ask("hello", None)[-1]["fork"] is False
        yield running


@pytest.fixture(scope="session")
def trained_once(client: TrainerClient, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Gives the folder of the undisturbed training of a configuration; others are compared with it, nobody changes it."""
    folders: dict[str, Path] = {}

    def train(config: dict[str, Any], **more: Any) -> Path:
        key = json.dumps([config, more], sort_keys=True)
        if key not in folders:
            folder = tmp_path_factory.mktemp("once") / "t"
            end = client.run(folder, config, **more)[-1]
            assert end["event"] == "finished", end
            folders[key] = folder
        return folders[key]

    return train


def result_of(folder: Path) -> dict[str, Any]:
    """Return a finished trial's result."""
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))
