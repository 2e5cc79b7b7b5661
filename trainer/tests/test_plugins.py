"""Own trainings in the real serving process: a function and a command go through the same, and nothing changes a result."""

import json
import os
import signal
import sys
from importlib import metadata
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from conftest import DEFAULTS, PROJECT, result_of

from tuning_trainer.client import TrainerClient
from tuning_trainer.data_cache import digest_of
from tuning_trainer.plugins.command import CommandPlugin
from tuning_trainer.plugins.function import FunctionPlugin
from tuning_trainer.plugins.inspection import fingerprint_of_data, fingerprint_of_plugin
from tuning_trainer.plugins.secret_names import SECRET_NAME

Config = dict[str, Any]
PLUGINS = PROJECT / "trainer" / "tests" / "plugins"
KINDS: dict[str, Config] = {
    "function": {"TRAINER": str(PLUGINS / "counting.py")},
    "command": {"TRAINER_COMMAND": ["python", str(PLUGINS / "counting_command.py")]},
}
METRIC = {"name": "mean_draw", "direction": "minimize", "unit": None}
KEYS = {"STEPS": 8, "RATE": 1.0, "PAUSE": 0.0, "METRIC": METRIC, "EVAL_LOOKS": 4, "SAVE_STEPS": 2, "LOGGING_STEPS": 1}


@pytest.fixture(params=list(KINDS), name="config")
def of_each_kind(request: pytest.FixtureRequest) -> Config:
    return {**DEFAULTS, **KEYS, **KINDS[request.param]}


def train(client: TrainerClient, folder: Path, config: Config, **more: Any) -> dict[str, Any]:
    end = client.run(folder, config, **more)[-1]
    assert end["event"] == "finished", end
    return result_of(folder)


def interrupt(client: TrainerClient, folder: Path, config: Config, at: str, step: int, how: int) -> list[dict[str, Any]]:
    """Start a training, send its child a signal at an event, and return its events."""
    child, seen = 0, []
    for event in client.training(folder, config, "first"):
        seen.append(event)
        child = event.get("pid", child)
        if event["event"] == at and event.get("step") == step:
            os.kill(child, how)
    return seen


def names(seen: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in seen if event["event"] != "progress"]


def test_a_training_leaves_model_and_result_and_nothing_else(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    seen = client.run(tmp_path / "t", config)
    steps = ["step", "step", "eval", "checkpoint"]
    assert names(seen) == ["started", *steps * 3, "step", "step", "eval", "finished"]
    left = {item.name for item in (tmp_path / "t").iterdir()}
    assert left == {"config.json", "events.jsonl", "trainer.log", "model", "tensorboard", "result.json"}
    result = result_of(tmp_path / "t")
    # Minimised: the score is the metric's negative, and the metric is as it is.
    assert result["score"] == -result["metrics"]["mean_draw"] < 0
    assert result["metrics"]["SIZE"] == 8
    assert [(seen["step"], seen["counts"]) for seen in result["evals"]] == [(2, True), (4, True), (6, True), (8, True)]
    assert (result["steps"], result["best_step"]) == (8, 8)
    kept = json.loads((tmp_path / "t" / "model" / "tuning_config.json").read_text(encoding="utf-8"))
    assert kept["RATE"] == 1.0 and "OUTPUT_DIR_ROOT" not in kept
    assert client.run(tmp_path / "t", config)[-1]["score"] == result["score"]


@pytest.mark.parametrize(("at", "step", "resumed"), [("step", 1, 0), ("checkpoint", 2, 2), ("step", 5, 4), ("eval", 8, 6)])
def test_a_killed_training_resumes_to_the_same_model(
    client: TrainerClient, config: Config, tmp_path: Path, at: str, step: int, resumed: int
) -> None:
    slow = {**config, "PAUSE": 0.1}
    whole = train(client, tmp_path / "whole", slow)
    end = interrupt(client, tmp_path / "t", slow, at, step, signal.SIGKILL)[-1]
    assert (end["event"], end.get("kind")) in {("failed", "killed"), ("finished", None)}
    if end["event"] == "finished":
        pytest.skip("the training was done before the signal arrived")
    result = train(client, tmp_path / "t", slow)
    assert (result["score"], result["model_digest"]) == (whole["score"], whole["model_digest"])
    assert result["attempts"][-1]["resumed_from"] == resumed
    assert [seen["step"] for seen in result["evals"]] == [2, 4, 6, 8]


def test_asked_to_leave_it_checkpoints_leaves_and_goes_on(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    slow = {**config, "PAUSE": 0.1, "SAVE_STEPS": 100}
    whole = train(client, tmp_path / "whole", slow)
    seen = []
    for event in client.training(tmp_path / "t", slow):
        seen.append(event)
        if event["event"] == "step" and event["step"] == 2:
            client.send("cancel", work="t", grace_s=30)
    assert (seen[-1]["event"], seen[-1]["kind"]) == ("failed", "cancelled"), seen[-1]
    saved = next(event["step"] for event in seen if event["event"] == "checkpoint")
    result = train(client, tmp_path / "t", slow)
    assert result["attempts"][-1]["resumed_from"] == saved > 1
    assert result["model_digest"] == whole["model_digest"]


def test_another_attempt_takes_over_and_the_first_stops(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    slow = {**config, "PAUSE": 0.1}
    for event in client.training(tmp_path / "t", slow, "first"):
        if event["event"] == "step" and event["step"] == 1:
            (tmp_path / "t" / "lock.json").write_text(json.dumps({"v": 1, "token": "other"}), encoding="utf-8")
    assert event["kind"] == "fenced"
    assert list((tmp_path / "t" / "checkpoints").glob("checkpoint-*")) == []


def test_a_hopeless_training_ends_at_its_look(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    limits = {"looks": [{"look": 2, "below": 0.0}], "evidence": "4 trainings"}
    end = client.run(tmp_path / "t", config, prune=limits)[-1]
    assert (end["kind"], end["facts"]["look"], end["facts"]["step"]) == ("pruned", 2, 4), end
    again = client.run(tmp_path / "t", config, "other", prune=limits)
    assert names(again) == ["failed"] and again[-1]["facts"] == end["facts"]
    # Without limits it is trained after all.
    assert train(client, tmp_path / "t", config)["steps"] == 8


def test_a_hang_is_silence_and_its_end_leaves_nothing(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    for event in client.training(tmp_path / "t", {**config, "PAUSE": 600}):
        if event["event"] == "started":
            client.send("cancel", work="t", grace_s=0)
    assert (event["event"], event["kind"]) == ("failed", "cancelled")
    assert _running(str(tmp_path)) == []


def _running(text: str) -> list[str]:
    """Return the command lines and environments of processes that have a text in them."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


def test_another_seed_and_another_setting_change_the_model(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    whole = train(client, tmp_path / "whole", config)
    for name, change in {"seed": {"SEED": 7}, "rate": {"RATE": 0.5}}.items():
        other = train(client, tmp_path / name, {**config, **change})
        assert other["score"] != whole["score"] and other["model_digest"] != whole["model_digest"]


def ask(client: TrainerClient, command: str, config: Config, **more: Any) -> dict[str, Any]:
    return client.ask(command, "i", config=config, project_dir=str(PROJECT), **more)[-1]


def test_an_inspection_tells_rows_fingerprints_and_whether_it_evaluates(
    client: TrainerClient, config: Config, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n", encoding="utf-8")
    files = {**config, "TRAINER_FILES": [str(tmp_path)]}
    found = ask(client, "inspect", files)["inspection"]
    assert {part: split["rows"] for part, split in found["data"]["splits"].items()} == {"train": 10, "dev": 5, "test": 4}
    assert found["model"]["source"] == "plugin" and found["evaluates"] is True
    assert found["data"]["warnings"] == []
    (tmp_path / "rows.csv").write_text("a,c\n", encoding="utf-8")
    edited = ask(client, "inspect", files)["inspection"]
    assert edited["data"]["fingerprint"] != found["data"]["fingerprint"]
    assert edited["model"] == found["model"]
    expects = {"data": found["data"]["fingerprint"], "model": found["model"]["fingerprint"]}
    changed = client.run(tmp_path / "t", files, expects=expects)[-1]
    assert changed["kind"] == "changed" and "TRAINER_FILES" in changed["message"]
    assert ask(client, "inspect", {**config, "TRAINER_FILES": ["not/there.csv"]})["kind"] == "data"


def test_a_bad_configuration_is_told_before_anything_is_trained(client: TrainerClient, config: Config) -> None:
    end = ask(client, "inspect", {**config, "RATE": -1})
    assert (end["kind"], "RATE is -1; allowed: 0 or more" in end["message"]) == ("bad_config", True), end


def test_models_are_evaluated_with_the_configuration_they_were_trained_with(
    client: TrainerClient, config: Config, tmp_path: Path
) -> None:
    train(client, tmp_path / "a", config)
    train(client, tmp_path / "b", {**config, "STEPS": 4})
    models = [{"name": name, "path": str(tmp_path / name / "model")} for name in ("a", "b")]
    end = ask(client, "evaluate", config, models=models, split="test", log=str(tmp_path / "log"))
    scores = end["evaluation"]["scores"]
    assert end["evaluation"]["pairs"] == 3
    for name in ("a", "b"):
        assert scores[name]["score"] == pytest.approx(result_of(tmp_path / name)["score"])
        assert scores[name]["metrics"]["mean_draw"] == -scores[name]["score"]


EVALUATE = "def evaluate(config, model_dir, split):\n    return 1.0\n"


@pytest.mark.parametrize(
    ("more", "rows", "warned"),
    [
        ("def describe(config):\n    return {'train': 5, 'dev': 3, 'test': 4}\n", None, True),
        ("", None, False),
        (EVALUATE, {"rows": 0, "name": "test"}, False),
        (EVALUATE + "def describe(config):\n    return {'train': 5, 'dev': 3}\n", {"rows": 0, "name": "test"}, False),
        (EVALUATE + "def describe(config):\n    return {'train': 5, 'dev': 3, 'test': None}\n", None, False),
    ],
    ids=["rows, no evaluate", "neither", "evaluate", "evaluate, other rows", "evaluate, no test rows"],
)
def test_a_winner_is_confirmed_where_there_is_an_evaluate(
    client: TrainerClient, tmp_path: Path, more: str, rows: Any, warned: bool
) -> None:
    (tmp_path / "own.py").write_text("def train(config, report):\n    return 1.0\n" + more, encoding="utf-8")
    config = {**DEFAULTS, **KEYS, "TRAINER": str(tmp_path / "own.py"), "TRAINER_FILES": [str(tmp_path / "own.py")]}
    data = ask(client, "inspect", config)["inspection"]["data"]
    assert data["splits"]["test"] == rows
    assert ["no evaluate" in text for text in data["warnings"]] == [True] * warned


TELLS_NAMES = """
import json, os, sys
names = [name for name in os.environ if set(name.lower().split("_")) & {"own", "token", "key", "parallelism"}]
def train(config, report):
    raise RuntimeError
def check(config):
    raise ValueError(f"RATE {names}")
if __name__ == "__main__":
    print(json.dumps({"event": "hello", "v": 1, "can": ["train", "describe"]}), flush=True)
    sys.stdin.readline()
    print(json.dumps({"event": "failed", "kind": "bad_config", "message": f"RATE {names}"}), flush=True)
"""
SECRETS = {name: "not-for-plugins" for name in ("OPENAI_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "own_password")}


def test_a_plugin_gets_no_secrets_of_the_environment(tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(TELLS_NAMES, encoding="utf-8")
    with TrainerClient(PROJECT, **SECRETS, TOKENIZERS_PARALLELISM="false", OWN_SWITCH="1") as client:
        for kind in ({"TRAINER": str(own)}, {"TRAINER_COMMAND": ["python", str(own)]}):
            message = ask(client, "inspect", {**DEFAULTS, **KEYS, **kind})["message"]
            assert "'OWN_SWITCH'" in message and "'TOKENIZERS_PARALLELISM'" in message
            assert [name for name in SECRETS if name in message] == []


def test_secret_names_are_those_of_the_worker() -> None:
    ours = SECRET_NAME.pattern
    assert f"SECRET_NAME = /{ours}/i;" in (PROJECT / "src" / "domain" / "secretName.ts").read_text(encoding="utf-8")


def test_a_plugins_fingerprint_follows_the_versions_of_its_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.py"
    own.write_text("import json, os.path\ndef train(config, report):\n    from yaml.nodes import Node\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    plugin = FunctionPlugin({**DEFAULTS, "TRAINER": str(own)}, tmp_path)
    assert list(plugin.versions) == ["PyYAML", "numpy", "scikit-learn", "scipy"]
    before = fingerprint_of_plugin(plugin, plugin.config, MagicMock())
    assert fingerprint_of_plugin(FunctionPlugin(plugin.config, tmp_path), plugin.config, MagicMock()) == before
    installed = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "99.0" if name == "PyYAML" else installed(name))
    assert fingerprint_of_plugin(FunctionPlugin(plugin.config, tmp_path), plugin.config, MagicMock()) != before


def test_a_commands_fingerprint_follows_its_words_and_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.txt").write_text("1", encoding="utf-8")
    program = tmp_path / "bin" / "runs-own"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", str(program.parent))

    def fingerprint(*words: str, release: int = 1) -> str:
        program.write_text(f"#!/bin/sh\n# release {release}\n", encoding="utf-8")
        program.chmod(0o755)
        config = {**DEFAULTS, "TRAINER_COMMAND": ["runs-own", *words]}
        return fingerprint_of_plugin(CommandPlugin(config, tmp_path, 1), config, MagicMock())

    assert fingerprint("own.txt") == fingerprint("own.txt")
    assert len({fingerprint("own.txt"), fingerprint("own.txt", release=2), fingerprint("own.txt", "--fast")}) == 3


def test_fingerprints_of_large_files_give_signs_of_life(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(5 << 20))
    reporter = MagicMock()
    fingerprint_of_data({"TRAINER_FILES": ["large"]}, tmp_path, reporter)
    assert reporter.alive.call_count == 5
    alive = MagicMock()
    digest_of([tmp_path / "large"], None, alive)
    assert alive.call_count == 5
