"""What shapes a model before it is trained takes effect, survives a kill to the last bit, and is saved with the model."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, result_of
from cut_model import FREQUENT_WORDS, cut
from test_training import Config, interrupt, train

from tuning_trainer.client import TrainerClient

LORA = {"LORA_R": 4, "LEARNING_RATE": 1e-3}


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of several layers."""
    folder = tmp_path_factory.mktemp("model") / "four-layers"
    cut(folder, 4, FREQUENT_WORDS)
    return folder


@pytest.fixture(scope="session")
def whole(config: Config, base: Path) -> Config:
    """Eight steps of that model, the last of which decides."""
    return {**config, "BASE_MODEL": str(base), "STSB_TRAIN_SPLIT": "train[:16]", "TRAIN_BATCH_SIZE": 2, "EVAL_LOOKS": 1}


def loaded(folder: Path) -> Any:
    """Load a saved model with nothing but the library."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.numpy import load_file

    return load_file(next(iter(sorted(folder.glob("*.safetensors")))))


def changed_parts(folder: Path, base: Path) -> set[str]:
    """Return the parts of the encoder whose weights a training changed: `embeddings`, or a layer's number."""
    before, after = weights(base), weights(folder)
    differ = [name for name in after if (before[name] != after[name]).any()]
    return {name.split(".")[2] if name.startswith("encoder.") else name.split(".")[0] for name in differ}


def test_frozen_layers_stay_as_they_came(client: TrainerClient, whole: Config, tmp_path: Path, base: Path) -> None:
    train(client, tmp_path / "t", {**whole, "FROZEN_LAYERS": 2})
    assert changed_parts(tmp_path / "t" / "model", base) == {"2", "3"}


def test_dropped_layers_are_gone_from_the_saved_model(client: TrainerClient, whole: Config, tmp_path: Path) -> None:
    result = train(client, tmp_path / "t", {**whole, "DROPPED_LAYERS": 2})
    model = loaded(tmp_path / "t" / "model")
    assert len(model[0].auto_model.encoder.layer) == model[0].auto_model.config.num_hidden_layers == 2
    assert result["rows"]["train"] == 16


def test_length_and_pooling_are_saved_with_the_model(client: TrainerClient, whole: Config, tmp_path: Path) -> None:
    train(client, tmp_path / "t", {**whole, "MAX_SEQ_LENGTH": 6, "POOLING": "cls"})
    model = loaded(tmp_path / "t" / "model")
    assert model.max_seq_length == 6
    assert model[1].pooling_mode == "cls"
    assert model.tokenize(["one two three four five six seven eight nine"])["input_ids"].shape[1] == 6


def test_the_untouched_model_is_not_shaped(client: TrainerClient, whole: Config, tmp_path: Path) -> None:
    def untouched(config: Config) -> float:
        models = [{"name": "base", "path": None}]
        paths = {"config": config, "project_dir": str(PROJECT), "log": str(tmp_path / "log")}
        return client.ask("evaluate", "e", models=models, split="dev", **paths)[-1]["evaluation"]["scores"]["base"]["score"]

    assert untouched({**whole, "MAX_SEQ_LENGTH": 6, "POOLING": "max", "DROPPED_LAYERS": 3, **LORA}) == untouched(whole)


@pytest.mark.parametrize("merged", [True, False], ids=["merged", "beside"])
def test_lora_changes_its_modules_alone_and_is_published_as_asked(
    client: TrainerClient, whole: Config, tmp_path: Path, base: Path, merged: bool
) -> None:
    lora = {**whole, **LORA, "LORA_TARGET_MODULES": ["query"], "LORA_MERGE": merged}
    result = train(client, tmp_path / "t", lora)
    assert "peft" in result["versions"]
    kept = tmp_path / "t" / "model"
    assert (kept / "adapter_config.json").exists() is not merged
    if merged:
        before, after = weights(base), weights(kept)
        assert {name.split(".", 3)[3] for name in after if (before[name] != after[name]).any()} == {"attention.self.query.weight"}
        assert not [name for name in after if "lora" in name]
    else:
        assert sum(array.size for array in weights(kept).values()) == 4 * 2 * 384 * 4
    assert loaded(kept).encode(["a text"]).shape == (1, 384)
    models = [{"name": "t", "path": str(kept)}]
    paths = {"config": lora, "project_dir": str(PROJECT), "log": str(tmp_path / "log")}
    again = client.ask("evaluate", "e", models=models, split="dev", **paths)[-1]["evaluation"]["scores"]["t"]
    assert again["score"] == pytest.approx(result["score"], abs=1e-12)


@pytest.mark.parametrize(
    "change",
    [
        {"OPTIMIZER": "adafactor"},
        {"OPTIMIZER": "sgd"},
        {"OPTIMIZER": "rmsprop"},
        {"OPTIMIZER": "adagrad"},
        {"LOSS_SCALE": 40},
        {"MAX_SEQ_LENGTH": 6},
        {"POOLING": "max"},
        {**LORA},
        {**LORA, "LORA_R": 8},
        {**LORA, "LORA_ALPHA": 64},
        {**LORA, "LORA_DROPOUT": 0.3},
        {**LORA, "LORA_TARGET_MODULES": ["key"]},
    ],
    ids=str,
)
def test_a_setting_changes_what_is_trained_and_a_kill_does_not(
    client: TrainerClient, config: Config, tmp_path: Path, trained_once: Callable[..., Path], change: Config
) -> None:
    beside = LORA if len(change) > len(LORA) or change.get("LORA_R") == 8 else {}
    assert_takes_effect(client, {**config, **change}, tmp_path, result_of(trained_once({**config, **beside})))


@pytest.mark.parametrize("change", [{"FROZEN_LAYERS": 3}, {"DROPPED_LAYERS": 3}, {**LORA, "FROZEN_LAYERS": 3}], ids=str)
def test_layers_change_what_is_trained_and_a_kill_does_not(
    client: TrainerClient, whole: Config, tmp_path: Path, trained_once: Callable[..., Path], change: Config
) -> None:
    beside = LORA if "LORA_R" in change else {}
    assert_takes_effect(client, {**whole, **change}, tmp_path, result_of(trained_once({**whole, **beside})))


def assert_takes_effect(client: TrainerClient, changed: Config, folder: Path, without: dict[str, Any]) -> None:
    """The change makes another model; a kill after a checkpoint makes the same one."""
    undisturbed = train(client, folder / "with", changed)
    assert undisturbed["model_digest"] != without["model_digest"]
    interrupt(client, folder / "killed", changed, "checkpoint", 4, signal.SIGKILL)
    assert (folder / "killed" / "checkpoints" / "checkpoint-4" / "manifest.json").exists()
    resumed = train(client, folder / "killed", changed)
    assert resumed["attempts"][-1]["resumed_from"] == 4
    assert (resumed["score"], resumed["model_digest"]) == (undisturbed["score"], undisturbed["model_digest"])


@pytest.mark.parametrize("merged", [True, False], ids=["merged", "beside"])
def test_under_lora_the_best_look_is_kept_over_a_kill_and_in_a_fresh_process(
    client: TrainerClient, spawning: TrainerClient, config: Config, tmp_path: Path, merged: bool
) -> None:
    # So large a rate that the first look is the best: its weights travel with the checkpoints.
    lora = {**config, "LORA_R": 4, "LEARNING_RATE": 0.05, "LORA_MERGE": merged, "EVAL_LOOKS": 4}
    usual = train(client, tmp_path / "usual", lora)
    assert usual["best_step"] < 8
    interrupt(client, tmp_path / "killed", lora, "checkpoint", 4, signal.SIGKILL)
    kept = {item.name for item in (tmp_path / "killed" / "checkpoints" / "checkpoint-4").iterdir()}
    assert "trained.safetensors" in kept
    assert "model.safetensors" not in kept
    resumed = train(client, tmp_path / "killed", lora)
    assert (resumed["score"], resumed["model_digest"]) == (usual["score"], usual["model_digest"])
    assert train(spawning, tmp_path / "spawned", lora)["model_digest"] == usual["model_digest"]


@pytest.mark.parametrize(
    ("change", "tunable", "said"),
    [
        (
            {"FROZEN_LAYERS": 1},
            {},
            "FROZEN_LAYERS = 1: the model has 1 layers, and one at least must be trained; allowed: 0 to 0",
        ),
        ({"DROPPED_LAYERS": 1}, {}, "DROPPED_LAYERS = 1: the model has 1 layers; allowed: 0 to 0"),
        ({"MAX_SEQ_LENGTH": 600}, {}, "MAX_SEQ_LENGTH = 600: the model has positions for 512 tokens; allowed: 1 to 512"),
        ({"LORA_R": 4, "LORA_TARGET_MODULES": ["qkv"]}, {}, 'LORA_TARGET_MODULES = "qkv": no linear module'),
        ({}, {"FROZEN_LAYERS": [0, 1]}, "FROZEN_LAYERS = 1"),
        ({}, {"MAX_SEQ_LENGTH": [64, 1024]}, "MAX_SEQ_LENGTH = 1024"),
        ({"LORA_TARGET_MODULES": ["qkv"]}, {"LORA_R": [0, 8]}, 'LORA_TARGET_MODULES = "qkv"'),
    ],
    ids=str,
)
def test_what_the_model_has_not_is_refused_before_anything_is_trained(
    client: TrainerClient, config: Config, change: Config, tunable: dict[str, Any], said: str
) -> None:
    asked = {"config": {**config, **change}, "project_dir": str(PROJECT), "tunable": tunable}
    end = client.ask("inspect", "i", **asked)[-1]
    assert (end["event"], end.get("kind")) == ("failed", "bad_config"), end
    assert said in end["message"]


def test_what_the_model_has_is_not_refused(client: TrainerClient, whole: Config) -> None:
    tunable = {"FROZEN_LAYERS": [0, 1], "DROPPED_LAYERS": [0, 2], "LORA_R": [0, 8], "POOLING": ["mean", "cls"]}
    asked = {"config": {**whole, "MAX_SEQ_LENGTH": 128}, "project_dir": str(PROJECT), "tunable": tunable}
    assert client.ask("inspect", "i", **asked)[-1]["event"] == "finished"


@pytest.mark.parametrize("merged", [True, False], ids=["merged", "beside"])
def test_a_reranker_under_lora_trains_its_head_whole_and_is_published_with_it(
    client: TrainerClient, config: Config, tmp_path: Path, merged: bool
) -> None:
    slices = {"STSB_TRAIN_SPLIT": "train[:48]", "STSB_DEV_SPLIT": "validation[:24]", "TRAIN_BATCH_SIZE": 6}
    lora = {**config, **LORA, **slices, "TASK": "reranker", "LOSS": "bce", "LORA_MERGE": merged, "FROZEN_LAYERS": 0}
    usual = train(client, tmp_path / "usual", lora)
    interrupt(client, tmp_path / "killed", lora, "checkpoint", 4, signal.SIGKILL)
    resumed = train(client, tmp_path / "killed", lora)
    assert (resumed["score"], resumed["model_digest"]) == (usual["score"], usual["model_digest"])
    kept = tmp_path / "usual" / "model"
    head = [name for name in weights(kept) if "classifier" in name]
    assert head
    assert any("lora" in name for name in weights(kept)) is not merged
    models = [{"name": "t", "path": str(kept)}]
    paths = {"config": lora, "project_dir": str(PROJECT), "log": str(tmp_path / "log")}
    again = client.ask("evaluate", "e", models=models, split="dev", **paths)[-1]["evaluation"]["scores"]["t"]
    assert again["score"] == pytest.approx(usual["score"], abs=1e-12)
