"""Several trainings in one serving process at once: same results as alone, and each ends for itself."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, result_of

from tuning_trainer.client import TrainerClient

Config = dict[str, Any]


def test_what_runs_beside_a_training_does_not_change_its_result(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    seeds = {name: {**config, "SEED": seed} for seed, name in enumerate("ab")}
    for name, one in seeds.items():
        assert client.run(tmp_path / "alone" / name, one, threads=1)[-1]["event"] == "finished"
    for name, one in seeds.items():
        client.begin(tmp_path / name, one, threads=1)
    assert {end["event"] for end in client.ends(seeds)} == {"finished"}
    overlap = [result_of(tmp_path / name)["attempts"][0] for name in seeds]
    assert max(one["started_at"] for one in overlap) < min(result_of(tmp_path / name)["finished_at"] for name in seeds)
    for name in seeds:
        alone, beside = result_of(tmp_path / "alone" / name), result_of(tmp_path / name)
        for fact in ("score", "model_digest", "evals", "threads"):
            assert alone[fact] == beside[fact]
        assert beside["threads"] == 1


def test_a_machine_says_how_many_trainings_it_takes_and_its_threads_give_what_those_of_a_command_give(
    client: TrainerClient, config: Config, tmp_path: Path
) -> None:
    assert client.run(tmp_path / "command", config, threads=1)[-1]["event"] == "finished"
    with TrainerClient(PROJECT, TUNING_TRAINER_THREADS="1", TUNING_TRAINING_SLOTS="3") as bounded:
        assert bounded.ask("hello", None)[0]["slots"] == 3
        assert bounded.run(tmp_path / "machine", config)[-1]["event"] == "finished"
    first, second = result_of(tmp_path / "command"), result_of(tmp_path / "machine")
    assert (first["model_digest"], first["threads"]) == (second["model_digest"], second["threads"])


def test_equal_trials_of_two_runs_are_two_pieces_of_work(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    for run in ("a", "b"):
        client.begin(tmp_path / run / "same", config, threads=1, work=f"{run}/same")
    events = [event for _ in range(2) for event in client.until_end("same")]
    assert {event["work"] for event in events if event["event"] == "finished"} == {"a/same", "b/same"}
    assert [event["event"] for event in events if event["event"] == "failed"] == []
    for run in ("a", "b"):
        assert '"work"' not in (tmp_path / run / "same" / "events.jsonl").read_text(encoding="utf-8")
    first, second = (result_of(tmp_path / run / "same") for run in ("a", "b"))
    assert first["model_digest"] == second["model_digest"]


def test_a_killed_training_leaves_its_neighbour_alone(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    long = {**config, "NUM_TRAIN_EPOCHS": 50, "SAVE_STRATEGY": "no"}
    client.begin(tmp_path / "doomed", long, threads=1)
    doomed = next(event["pid"] for event in client.until_end("doomed") if event["event"] == "started")
    client.begin(tmp_path / "neighbour", config, threads=1)
    os.kill(doomed, signal.SIGKILL)
    ends = {end["trial"]: end for end in client.ends(["doomed", "neighbour"])}
    assert (ends["doomed"]["kind"], ends["neighbour"]["event"]) == ("killed", "finished")


def test_a_cancel_without_time_ends_that_training_alone_even_when_it_hangs(
    client: TrainerClient, config: Config, tmp_path: Path
) -> None:
    long = {**config, "NUM_TRAIN_EPOCHS": 50, "SAVE_STRATEGY": "no"}
    client.begin(tmp_path / "hung", long, threads=1)
    hung = next(event["pid"] for event in client.until_end("hung") if event["event"] == "started")
    os.kill(hung, signal.SIGSTOP)
    client.begin(tmp_path / "neighbour", config, threads=1)
    client.send("cancel", trial="hung", grace_s=600)
    client.send("cancel", trial="hung", grace_s=0)
    ends = list(client.ends(["hung", "neighbour"]))
    assert [(end["trial"], end.get("kind")) for end in ends] == [("hung", "cancelled"), ("neighbour", None)]
    assert not Path(f"/proc/{hung}").exists()


def test_a_trial_is_served_once_at_a_time(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    client.begin(tmp_path / "t", config, threads=1)
    client.begin(tmp_path / "t", config, threads=1)
    first, second = client.ends(["t"]), client.ends(["t"])
    assert next(first)["kind"] == "busy"
    assert next(second)["event"] == "finished"


def test_shutdown_lets_all_trainings_checkpoint(config: Config, tmp_path: Path) -> None:
    long = {**config, "NUM_TRAIN_EPOCHS": 50, "SAVE_STRATEGY": "no"}
    with TrainerClient(PROJECT) as leaving:
        for name in "ab":
            leaving.begin(tmp_path / name, long, threads=1)
        started = set()
        for line in leaving.events:
            started |= {name for name in "ab" if f'"step", "trial": "{name}"' in line}
            if len(started) == 2:
                break
        leaving.send("shutdown", grace_s=30)
        assert {(end["trial"], end["kind"]) for end in leaving.ends("ab")} == {("a", "cancelled"), ("b", "cancelled")}
        assert leaving.process.wait(timeout=10) == 0
    assert all(list((tmp_path / name / "checkpoints").glob("*/manifest.json")) for name in "ab")


def test_a_killed_serving_process_loses_all_trainings_and_each_resumes_to_the_same_model(
    client: TrainerClient, config: Config, tmp_path: Path
) -> None:
    serving = client.ask("hello", None)[0]["pid"]
    for name in "ab":
        assert client.run(tmp_path / "whole" / name, {**config, "SEED": ord(name)}, threads=1)[-1]["event"] == "finished"
        client.begin(tmp_path / name, {**config, "SEED": ord(name)}, threads=1)
    saved = set()
    while len(saved) < 2:
        event = json.loads(client.events.readline())
        saved |= {event["trial"]} if event["event"] == "checkpoint" else set()
        if event["event"] == "finished":
            pytest.skip("a training was done before the other had a checkpoint")
    os.kill(serving, signal.SIGKILL)
    assert next(client.until_end(None))["event"] == "ready"
    for name in "ab":
        client.begin(tmp_path / name, {**config, "SEED": ord(name)}, threads=1)
    assert {end["event"] for end in client.ends("ab")} == {"finished"}
    for name in "ab":
        result = result_of(tmp_path / name)
        assert result["model_digest"] == result_of(tmp_path / "whole" / name)["model_digest"]
        assert result["attempts"][-1]["resumed_from"] == 4


def test_a_command_can_ask_for_a_fresh_process(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    assert client.run(tmp_path / "forked", config, threads=1)[-1]["event"] == "finished"
    assert client.run(tmp_path / "fresh", config, threads=1, fork=False)[-1]["event"] == "finished"
    assert result_of(tmp_path / "fresh")["model_digest"] == result_of(tmp_path / "forked")["model_digest"]
