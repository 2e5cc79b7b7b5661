"""Several base models: all are checked before anything is trained, and each is trained and expected by its own weights."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT
from cut_model import FREQUENT_WORDS
from test_training import Config, train

from tuning_trainer.client import TrainerClient

WHOLE = "sentence-transformers/all-MiniLM-L6-v2"


def inspected(client: TrainerClient, config: Config, **tunable: list[Any]) -> dict[str, Any]:
    return client.ask("inspect", "i", config=config, project_dir=str(PROJECT), tunable=tunable)[-1]


def test_every_model_is_told_with_what_it_costs_and_whose_it_is(
    client: TrainerClient, config: Config, small_model: Path, tmp_path: Path
) -> None:
    licensed = tmp_path / "licensed"
    shutil.copytree(small_model, licensed)
    (licensed / "README.md").write_text("---\nlicense: mit\n---\n# A model\n", encoding="utf-8")
    end = inspected(client, config, BASE_MODEL=[WHOLE, str(licensed)])
    models = end["inspection"]["models"]
    assert [model["name"] for model in models] == [str(small_model), WHOLE, str(licensed)]
    assert [model["licence"] for model in models[::2]] == [None, "mit"]
    own, whole, _ = models
    assert own["fingerprint"] == end["inspection"]["model"]["fingerprint"] != whole["fingerprint"]
    assert own["dimension"] == whole["dimension"] == 384
    assert whole["tokens"] <= 512
    assert whole["parameters"] - own["parameters"] == 5 * (12 * 384 * 384 + 13 * 384) + (30522 - FREQUENT_WORDS) * 384
    assert 4 * whole["parameters"] <= whole["bytes"] < 5 * whole["parameters"]


@pytest.mark.parametrize(
    ("tunable", "said"),
    [
        ({"BASE_MODEL": [WHOLE, "no-such/model"]}, "BASE_MODEL = no-such/model:"),
        ({"BASE_MODEL": [WHOLE, "docs"]}, "BASE_MODEL = docs: BASE_MODEL: docs holds no .safetensors weights"),
        # The six layers of the one would take it, the one layer of the other does not.
        ({"BASE_MODEL": [WHOLE], "FROZEN_LAYERS": [0, 2]}, "FROZEN_LAYERS = 2: the model has 1 layers"),
    ],
    ids=["unknown", "no model", "too few layers"],
)
def test_one_that_cannot_be_trained_is_named_at_the_start(
    client: TrainerClient, config: Config, tunable: dict[str, list[Any]], said: str
) -> None:
    end = inspected(client, config, **tunable)
    assert (end["event"], end.get("kind")) == ("failed", "bad_config"), end
    assert said in end["message"]


def test_a_training_expects_the_weights_of_its_own_model(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    inspection = inspected(client, config, BASE_MODEL=[WHOLE])["inspection"]
    small, whole = (model["fingerprint"] for model in inspection["models"])
    data = inspection["data"]["fingerprint"]
    other = {**config, "BASE_MODEL": WHOLE, "NUM_TRAIN_EPOCHS": 0.25}
    assert client.run(tmp_path / "small", other, expects={"data": data, "model": small})[-1]["kind"] == "changed"
    assert client.run(tmp_path / "whole", other, expects={"data": data, "model": whole})[-1]["event"] == "finished"
    assert train(client, tmp_path / "whole", other)["config"]["BASE_MODEL"] == WHOLE
