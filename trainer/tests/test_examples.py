"""The examples of own trainings, with the configurations that they ship: they learn, and a kill changes nothing."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import DEFAULTS, PROJECT, result_of

from tuning_trainer.client import TrainerClient
from tuning_trainer.plugins.conformance.arguments import read_yaml

Config = dict[str, Any]
EXAMPLES = ["sklearn", "text-classifier", "not-python"]
#: Each with values within its spaces that are better than its defaults, so that there is something to tune.
BETTER: dict[str, Config] = {
    "sklearn": {"DEPTH": 1},
    "text-classifier": {"RATE": 1e-3, "LAYERS": 1},
    "not-python": {"RATE": 0.01},
}


def file_of(example: str) -> dict[str, Any]:
    return read_yaml((PROJECT / "examples" / example / "tuning.yaml").read_text(encoding="utf-8"))


def config_of(example: str, **changes: Any) -> Config:
    return {**DEFAULTS, **file_of(example)["DEFAULT_CONFIG"], "LOGGING_STEPS": 1, **changes}


def train(client: TrainerClient, folder: Path, config: Config) -> dict[str, Any]:
    end = client.run(folder, config, threads=1)[-1]
    assert end["event"] == "finished", end
    return result_of(folder)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_learns_and_resumes_to_the_same_model(
    client: TrainerClient, trained_once: Callable[..., Path], tmp_path: Path, example: str
) -> None:
    config = config_of(example)
    whole = result_of(trained_once(config, threads=1))
    better = train(client, tmp_path / "better", {**config, **BETTER[example]})
    assert better["score"] > whole["score"]
    often = {**config, "SAVE_STEPS": max(1, whole["steps"] // 5)}
    child, end = 0, {}
    for end in client.training(tmp_path / "t", often, "first", threads=1):
        child = end.get("pid", child)
        if end["event"] == "checkpoint" and end["step"] >= whole["steps"] // 3:
            os.kill(child, signal.SIGKILL)
    assert end["kind"] == "killed"
    resumed = train(client, tmp_path / "t", often)
    assert resumed["attempts"][-1]["resumed_from"] > 0
    assert (resumed["score"], resumed["model_digest"]) == (whole["score"], whole["model_digest"])


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_tells_its_data_and_evaluates_its_model(
    client: TrainerClient, trained_once: Callable[..., Path], tmp_path: Path, example: str
) -> None:
    config = config_of(example)
    shared = {"config": config, "project_dir": str(PROJECT), "threads": 1}
    found = client.ask("inspect", "i", **shared)[-1]["inspection"]
    rows = {part: split["rows"] for part, split in found["data"]["splits"].items()}
    trained = trained_once(config, threads=1)
    arms = [{"arm": "baseline", "seed": 1}, {"arm": "best", "seed": 2}]
    models = [{"name": arm["arm"], "path": str(trained / "model"), **arm} for arm in arms]
    asked = {**shared, "models": models, "log": str(tmp_path / "log"), "dev_noise": None}
    for split in ("dev", "test"):
        evaluation = client.ask("evaluate", "e", split=split, **asked)[-1]["evaluation"]
        assert evaluation["pairs"] == rows[split]
        if split == "dev":
            assert evaluation["scores"]["best"]["score"] == pytest.approx(result_of(trained)["score"])
        assert evaluation["confirmation"]["verdict"] == "not_distinguishable"


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_tunable_key_changes_the_model(client: TrainerClient, tmp_path: Path, example: str) -> None:
    config = config_of(example)
    spaces = file_of(example)["TUNABLE_KEYS"]
    if example == "text-classifier":
        # Ten times as long as the others; its first steps tell as much, and most of their time went into scores on the way.
        config |= {"EPOCHS": 0.1, "EVAL_LOOKS": 1}
    digests = {}
    for key in [None, *spaces]:
        space = spaces[key] if key else {"choices": [0]}
        values = space.get("choices") or [space["max"], space["min"]]
        other = next(value for value in values if key is None or value != config[key])
        if example == "text-classifier" and key == "EPOCHS":
            other = 0.2
        changed = {**config, key: other} if key else config
        digests[key] = train(client, tmp_path / f"{key}", changed)["model_digest"]
    assert len(set(digests.values())) == len(digests), digests
