"""Real trainings in the real serving process: every setting takes effect, and nothing that happens changes a result."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, result_of

from tuning_trainer.client import TrainerClient

Config = dict[str, Any]


def train(client: TrainerClient, folder: Path, config: Config) -> dict[str, Any]:
    """Train and return the result; fail with the trainer's words."""
    end = client.run(folder, config)[-1]
    assert end["event"] == "finished", end
    return result_of(folder)


@pytest.fixture(scope="session")
def usual(config: Config, trained_once: Callable[..., Path]) -> dict[str, Any]:
    """The undisturbed training that others are compared with."""
    return result_of(trained_once(config))


@pytest.fixture(scope="session")
def of_two_seeds(config: Config, trained_once: Callable[..., Path]) -> dict[str, Path]:
    """Folders of two trainings, by the names that evaluations give their models."""
    return {name: trained_once({**config, "SEED": seed}) for name, seed in (("a", 1), ("b", 2))}


def test_a_training_leaves_model_and_result_and_nothing_else(
    client: TrainerClient, config: Config, tmp_path: Path, usual: dict[str, Any]
) -> None:
    seen = client.run(tmp_path / "t", config)
    assert [event["event"] for event in seen if event["event"] != "progress"] == [
        "started", "step", "eval", "step", "checkpoint", "step", "eval", "step", "finished",
    ]  # fmt: skip
    assert {item.name for item in (tmp_path / "t").iterdir()} == {
        "config.json",
        "events.jsonl",
        "trainer.log",
        "model",
        "tensorboard",
        "result.json",
    }
    result = result_of(tmp_path / "t")
    assert (result["score"], result["model_digest"]) == (usual["score"], usual["model_digest"])
    assert result["score"] == max(entry["score"] for entry in result["evals"])
    assert client.run(tmp_path / "t", config)[-1]["score"] == result["score"]


@pytest.mark.parametrize(
    "change",
    [
        {"LEARNING_RATE": 2e-4},
        {"WARMUP_RATIO": 0.5},
        {"WEIGHT_DECAY": 0.5, "LEARNING_RATE": 1e-3},
        {"LR_SCHEDULER": "cosine"},
        {"LR_SCHEDULER": "constant"},
        {"LR_SCHEDULER": "constant_with_warmup"},
        {"LR_SCHEDULER": "polynomial"},
        {"TRAIN_BATCH_SIZE": 8},
        {"GRAD_ACC_STEPS": 2},
        {"NUM_TRAIN_EPOCHS": 2},
        {"NUM_TRAIN_EPOCHS": 0.5},
        {"LOSS": "cosine"},
        {"LOSS": "angle"},
        {"LOSS_SCALE": 5},
        {"SEED": 7},
        {"STSB_TRAIN_SPLIT": "train[32:64]"},
        {"PRECISION": "bf16"},
        {"BASE_MODEL": "sentence-transformers/all-MiniLM-L6-v2", "NUM_TRAIN_EPOCHS": 0.25},
    ],
    ids=str,
)
def test_a_setting_changes_the_weights(
    client: TrainerClient, config: Config, tmp_path: Path, usual: dict[str, Any], change: Config
) -> None:
    # The last step decides here, so that no earlier best hides the change.
    last_only = {"EVAL_LOOKS": 1, "SAVE_STRATEGY": "no"}
    base = usual
    if "WEIGHT_DECAY" in change:
        base = train(client, tmp_path / "base", {**config, **last_only, **change, "WEIGHT_DECAY": 0.0})
    result = train(client, tmp_path / "t", {**config, **last_only, **change})
    assert result["model_digest"] != base["model_digest"]
    if change == {"TRAIN_BATCH_SIZE": 8} or change == {"GRAD_ACC_STEPS": 2}:
        assert result["steps"] == 4
    if change == {"NUM_TRAIN_EPOCHS": 2}:
        assert result["steps"] == 16
    if change == {"LEARNING_RATE": 2e-4}:
        assert max(point["learning_rate"] for point in result["curve"]) > 1e-4


def test_rhythms_change_what_is_written_and_not_the_training(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    often = {"EVAL_STRATEGY": "steps", "EVAL_STEPS": 2, "SAVE_STEPS": 2, "SAVE_TOTAL_LIMIT": 1}
    fast = train(client, tmp_path / "fast", {**config, "LOGGING_STEPS": 1, **often})
    assert [entry["step"] for entry in fast["evals"]] == [2, 4, 6, 8]
    assert [point["step"] for point in fast["curve"]] == list(range(1, 9))
    saved = [event for event in _events(tmp_path / "fast") if event["event"] == "checkpoint"]
    assert [event["step"] for event in saved] == [2, 4, 6]
    epochs = train(
        client, tmp_path / "epochs", {**config, "NUM_TRAIN_EPOCHS": 2, "EVAL_STRATEGY": "epoch", "SAVE_STRATEGY": "epoch"}
    )
    # Two looks fall on the ends of the epochs: no model is scored twice.
    assert [entry["step"] for entry in epochs["evals"]] == [8, 16]
    uneven = {"EVAL_LOOKS": 3, "NUM_TRAIN_EPOCHS": 2, "EVAL_STRATEGY": "epoch"}
    assert [entry["step"] for entry in train(client, tmp_path / "uneven", {**config, **uneven})["evals"]] == [6, 8, 11, 16]
    none = train(client, tmp_path / "none", {**config, "EVAL_LOOKS": 1, "SAVE_STRATEGY": "no"})
    assert [entry["step"] for entry in none["evals"]] == [8]
    assert none["evals"][-1]["score"] == fast["evals"][-1]["score"]


def _events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def interrupt(client: TrainerClient, folder: Path, config: Config, at: str, step: int, how: int) -> dict[str, Any]:
    """Start a training, send its child a signal at an event, and return how it ended."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lock.json").write_text(json.dumps({"token": "a"}), encoding="utf-8")
    client.send("run", trial=folder.name, dir=str(folder), token="a", config=config, project_dir=str(PROJECT))
    child, last = 0, {}
    for last in client.until_end(folder.name):
        child = last.get("pid", child)
        if last["event"] == at and last.get("step") == step:
            os.kill(child, how)
    return last


@pytest.mark.parametrize(("at", "step", "resumed"), [("checkpoint", 4, 4), ("step", 2, 0), ("eval", 8, 4)])
def test_a_killed_training_resumes_to_the_same_model(
    client: TrainerClient, config: Config, tmp_path: Path, usual: dict[str, Any], at: str, step: int, resumed: int
) -> None:
    slow = {**config, "LOGGING_STEPS": 1} if at == "step" else config
    end = interrupt(client, tmp_path / "t", slow, at, step, signal.SIGKILL)
    assert (end["event"], end.get("kind")) in {("failed", "killed"), ("finished", None)}
    if end["event"] == "finished":
        pytest.skip("the training was done before the signal arrived")
    result = train(client, tmp_path / "t", slow)
    assert (result["score"], result["model_digest"]) == (usual["score"], usual["model_digest"])
    assert result["attempts"][-1]["resumed_from"] in (resumed, 4)
    assert len(result["attempts"]) == 2


def test_best_weights_from_before_the_checkpoint_survive(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    # So high a rate ruins the model: the first evaluation stays the best.
    ruin = {**config, "LEARNING_RATE": 2e-3, "EVAL_STEPS": 2, "SAVE_STEPS": 6, "LR_SCHEDULER": "constant", "LOGGING_STEPS": 1}
    whole = train(client, tmp_path / "whole", ruin)
    assert whole["best_step"] < 6
    end = interrupt(client, tmp_path / "t", ruin, "checkpoint", 6, signal.SIGKILL)
    assert end.get("kind") == "killed"
    result = train(client, tmp_path / "t", ruin)
    assert result["attempts"][-1]["resumed_from"] == 6
    assert (result["score"], result["best_step"], result["model_digest"]) == (
        whole["score"],
        whole["best_step"],
        whole["model_digest"],
    )


def test_a_cancelled_training_checkpoints_and_resumes_to_the_same_model(
    client: TrainerClient, config: Config, tmp_path: Path, usual: dict[str, Any]
) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    (folder / "lock.json").write_text(json.dumps({"token": "a"}), encoding="utf-8")
    never = {**config, "SAVE_STRATEGY": "no", "LOGGING_STEPS": 1}
    client.send("run", trial="t", dir=str(folder), token="a", config=never, project_dir=str(PROJECT))
    for event in client.until_end("t"):
        if event["event"] == "step" and event["step"] == 2:
            client.send("cancel", trial="t", grace_s=20)
    assert (event["event"], event["kind"]) == ("failed", "cancelled")
    result = train(client, folder, never)
    assert result["attempts"][-1]["resumed_from"] >= 2
    assert (result["score"], result["model_digest"]) == (usual["score"], usual["model_digest"])


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage", "told"),
    [
        ("optimizer.pt", lambda path: path.write_bytes(path.read_bytes()[:-1]), "optimizer.pt has"),
        ("optimizer.pt", Path.unlink, "optimizer.pt is missing"),
        ("scheduler.pt", flip_a_byte, "scheduler.pt was changed"),
        ("manifest.json", Path.unlink, "no manifest"),
    ],
    ids=["truncated", "missing", "flipped", "half-written"],
)
def test_a_damaged_checkpoint_is_told_and_does_not_change_the_result(
    client: TrainerClient, config: Config, tmp_path: Path, usual: dict[str, Any], name: str, damage: Any, told: str
) -> None:
    interrupt(client, tmp_path / "t", config, "checkpoint", 4, signal.SIGKILL)
    damage(tmp_path / "t" / "checkpoints" / "checkpoint-4" / name)
    seen = client.run(tmp_path / "t", config)
    assert any(event["event"] == "warning" and told in event["message"] for event in seen)
    assert result_of(tmp_path / "t")["model_digest"] == usual["model_digest"]


def test_a_fresh_process_gives_the_same_model_as_a_fork(
    spawning: TrainerClient, config: Config, tmp_path: Path, usual: dict[str, Any]
) -> None:
    assert train(spawning, tmp_path / "t", config)["model_digest"] == usual["model_digest"]


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (
            {"LEARNING_RATE": 1e38, "WARMUP_RATIO": 0.0, "LR_SCHEDULER": "constant"},
            "nan",
            "not a finite number",
        ),
        ({"PRECISION": "fp16"}, "bad_config", "fp16"),
        ({"BASE_MODEL": "no-such/model"}, "bad_config", "no such folder"),
        ({"DATASET_NAME": "no-such.csv"}, "data", "no such file"),
    ],
    ids=["nan", "precision", "model", "data"],
)
def test_a_failure_is_typed(
    client: TrainerClient, config: Config, tmp_path: Path, change: Config, kind: str, message: str
) -> None:
    end = client.run(tmp_path / "t", {**config, **change})[-1]
    assert (end["event"], end["kind"]) == ("failed", kind), end
    assert message in end["message"]
    assert not (tmp_path / "t" / "result.json").exists()


def test_out_of_memory_is_typed(config: Config, tmp_path: Path) -> None:
    big = {**config, "TRAIN_BATCH_SIZE": 512, "STSB_TRAIN_SPLIT": "train[:512]"}
    with TrainerClient(PROJECT, TUNING_TRAINER_MEMORY_MB="2600") as bounded:
        end = bounded.run(tmp_path / "t", big)[-1]
    assert (end["event"], end["kind"]) == ("failed", "oom"), end


def test_a_disk_that_takes_no_more_is_typed(config: Config, tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10 * 2**20, hard))
    try:
        bounded = TrainerClient(PROJECT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with bounded:
        end = bounded.run(tmp_path / "t", config)[-1]
    assert (end["event"], end["kind"]) == ("failed", "disk"), end


def test_an_attempt_that_lost_its_trial_writes_no_result(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    (folder / "lock.json").write_text(json.dumps({"token": "a"}), encoding="utf-8")
    client.send("run", trial="t", dir=str(folder), token="a", config=config, project_dir=str(PROJECT))
    for event in client.until_end("t"):
        if event["event"] == "started":
            (folder / "lock.json").write_text(json.dumps({"token": "b"}), encoding="utf-8")
    assert (event["event"], event["kind"]) == ("failed", "fenced")
    assert not (folder / "result.json").exists()


def test_an_inspection_tells_the_data_and_rubbish_is_refused(client: TrainerClient, config: Config) -> None:
    found = client.ask("inspect", "i", config=config, project_dir=str(PROJECT))[-1]
    train = found["inspection"]["data"]["splits"]["train"]
    assert (train["rows"], train["name"]) == (32, "train[:32]")
    low, middle, high = train["score_quartiles"]
    assert 0 <= low <= middle <= high <= 1
    assert 0 < train["texts"]["median"] <= train["texts"]["p95"] <= train["texts"]["longest"]
    assert client.process.stdin
    client.process.stdin.write(b"rubbish\n")
    client.process.stdin.flush()
    assert next(client.until_end(None))["kind"] == "protocol"


def test_the_base_model_is_scored_as_the_same_model_by_its_path(
    client: TrainerClient, config: Config, small_model: Path, tmp_path: Path
) -> None:
    models = [{"name": "base", "path": None}, {"name": "same", "path": str(small_model)}]
    paths = {"config": config, "project_dir": str(PROJECT), "log": str(tmp_path / "log")}
    scores = client.ask("evaluate", "e", models=models, split="dev", **paths)[-1]["evaluation"]["scores"]
    assert scores["base"] == scores["same"]


def test_saved_models_are_scored_as_the_training_scored_them(
    client: TrainerClient, config: Config, tmp_path: Path, of_two_seeds: dict[str, Path]
) -> None:
    first, second = map(result_of, of_two_seeds.values())
    models = [{"name": name, "path": str(folder / "model")} for name, folder in of_two_seeds.items()]
    paths = {"config": config, "project_dir": str(PROJECT), "log": str(tmp_path / "log")}
    found = client.ask("evaluate", "e", models=models, split="dev", **paths)[-1]["evaluation"]
    assert found["scores"]["a"]["score"] == pytest.approx(first["score"], abs=1e-9)
    assert found["scores"]["b"]["score"] == pytest.approx(second["score"], abs=1e-9)
    assert found["difference"]["mean"] == pytest.approx(second["score"] - first["score"], abs=1e-9)


def test_models_as_arms_get_a_verdict_and_the_base_model_is_one_of_them(
    client: TrainerClient, config: Config, tmp_path: Path, of_two_seeds: dict[str, Path]
) -> None:
    models = [
        {"name": "untouched", "path": None, "arm": "untouched", "seed": None},
        {"name": "a", "path": str(of_two_seeds["a"] / "model"), "arm": "baseline", "seed": 1},
        {"name": "b", "path": str(of_two_seeds["b"] / "model"), "arm": "best", "seed": 2},
    ]
    paths = {"config": config, "project_dir": str(PROJECT), "log": str(tmp_path / "log")}
    noise = {"sd": 0.01, "repeats": 2}
    found = client.ask("evaluate", "c", models=models, split="test", dev_noise=noise, **paths)[-1]["evaluation"]
    said = found["confirmation"]
    assert said["scores"] == pytest.approx([found["scores"][name]["score"] for name in ("untouched", "a", "b")], abs=1e-9)
    assert said["difference"]["mean"] == pytest.approx(said["scores"][2] - said["scores"][1], abs=1e-9)
    assert said["over_untouched"]["low"] < said["scores"][2] - said["scores"][0] < said["over_untouched"]["high"]
    assert said["verdict"] in ("better", "worse", "not_distinguishable")
    assert said["seed_sd"]["measured"] is False

    # The same from cosines that were taken one by one, as where the models lie on several machines.
    for name in ("a", "b"):
        alone = {"name": name, "path": str(of_two_seeds[name] / "model"), "cosines_to": str(tmp_path / f"{name}.cosines")}
        client.ask("evaluate", name, models=[alone], split="test", **paths)
    elsewhere = [
        {**model, "path": "/gone", "cosines_from": str(tmp_path / f"{model['name']}.cosines")} if model["path"] else model
        for model in models
    ]
    again = client.ask("evaluate", "c", models=elsewhere, split="test", dev_noise=noise, **paths)[-1]["evaluation"]
    assert again["confirmation"] == said
    assert again["scores"] == found["scores"]
    (tmp_path / "a.cosines").write_bytes(b"12345678")
    failed = client.ask("evaluate", "c", models=elsewhere, split="test", dev_noise=noise, **paths)[-1]
    assert failed["kind"] == "data"
    assert "scored on 1 held-out pairs elsewhere" in failed["message"]


@pytest.mark.parametrize(
    ("part", "said"), [("data", "the rows are not those that the run began with"), ("model", "BASE_MODEL has other weights")]
)
def test_rows_or_weights_that_changed_are_refused_before_a_step_is_trained(
    client: TrainerClient, config: Config, tmp_path: Path, part: str, said: str
) -> None:
    paths = {"config": config, "project_dir": str(PROJECT)}
    found = client.ask("inspect", "i", **paths)[-1]["inspection"]
    began = {"data": found["data"]["fingerprint"], "model": found["model"]["fingerprint"]}
    seen = client.run(tmp_path / "t", config, expects={**began, part: "0" * 64})
    assert seen[-1]["kind"] == "changed"
    assert said in seen[-1]["message"]
    assert not any(event["event"] in ("started", "step") for event in seen)
    models = [{"name": "base", "path": None}]
    log = str(tmp_path / "log")
    asked = client.ask("evaluate", "e", models=models, split="test", log=log, expects={**began, part: "0" * 64}, **paths)
    assert asked[-1]["kind"] == "changed"
    assert client.ask("evaluate", "e", models=models, split="test", log=log, expects=began, **paths)[-1]["event"] == "finished"


def test_the_end_of_stdin_ends_everything(config: Config, tmp_path: Path) -> None:
    leaving = TrainerClient(PROJECT)
    (tmp_path / "lock.json").write_text(json.dumps({"token": "a"}), encoding="utf-8")
    leaving.send(
        "run", trial="t", dir=str(tmp_path), token="a", config={**config, "NUM_TRAIN_EPOCHS": 50}, project_dir=str(PROJECT)
    )
    child = next(event["pid"] for event in leaving.until_end("t") if event["event"] == "started")
    leaving.__exit__(None, None, None)
    assert leaving.process.returncode == 0
    assert not Path(f"/proc/{child}").exists()


def test_a_killed_serving_process_is_back_at_once_and_serves(
    client: TrainerClient, tmp_path: Path, config: Config, usual: dict[str, Any]
) -> None:
    first = client.ask("hello", None)[0]["pid"]
    os.kill(first, signal.SIGKILL)
    second = next(client.until_end(None))
    assert (second["event"], second["pid"] != first) == ("ready", True)
    assert client.run(tmp_path / "after", config)[-1]["event"] == "finished"
    assert result_of(tmp_path / "after")["model_digest"] == usual["model_digest"]


def test_an_attempt_that_lost_its_lock_writes_nothing_more(client: TrainerClient, tmp_path: Path, config: Config) -> None:
    folder = tmp_path / "fenced"
    folder.mkdir()
    (folder / "lock.json").write_text(json.dumps({"v": 1, "token": "mine"}), encoding="utf-8")
    client.send("run", trial="fenced", dir=str(folder), token="mine", config=config, project_dir=str(PROJECT))
    seen = client.until_end("fenced")
    next(event for event in seen if event["event"] == "started")
    (folder / "lock.json").write_text(json.dumps({"v": 1, "token": "another's"}), encoding="utf-8")
    end = list(seen)[-1]
    assert (end["event"], end["kind"]) == ("failed", "fenced")
    kept = [json.loads(line)["event"] for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert "failed" not in kept
    assert not (folder / "result.json").exists()
