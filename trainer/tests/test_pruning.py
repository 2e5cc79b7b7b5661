"""Trainings that end early: at the look that the limits name, on every attempt, and never with a result."""

import signal
from pathlib import Path
from typing import Any

import pytest
from conftest import result_of
from test_training import interrupt

from tuning_trainer import prune
from tuning_trainer.client import TrainerClient
from tuning_trainer.failures import TrialError
from tuning_trainer.files import read_json

Config = dict[str, Any]
NEVER = {"looks": [{"look": look, "below": -1.0} for look in (1, 2, 3)], "evidence": "none"}


@pytest.fixture(name="config")
def with_four_looks(config: Config) -> Config:
    """Limits below are for the looks of four."""
    return {**config, "EVAL_LOOKS": 4}


def rule(look: int, below: float) -> dict[str, Any]:
    return {"looks": [{"look": look, "below": below}], "evidence": "4 trainings"}


def evals(*scores: float) -> list[dict[str, Any]]:
    return [{"step": step, "score": score} for step, score in enumerate(scores, start=1)]


def test_looks_are_numbered_by_their_share_of_the_steps() -> None:
    assert [list(prune.looks_after(step, 8, 4)) for step in range(1, 9)] == [[], [1], [], [2], [], [3], [], [4]]
    assert [list(prune.looks_after(step, 2, 4)) for step in (1, 2)] == [[1, 2], [3, 4]]
    assert list(prune.looks_after(1, 8, None)) == []


@pytest.mark.parametrize(
    ("limits", "scores", "ends"),
    [
        (rule(1, 0.5), [0.4], True),
        (rule(1, 0.5), [0.5], False),
        (rule(2, 0.5), [0.4], False),
        (rule(2, 0.5), [0.6, 0.4], True),
        (rule(4, 0.5), [0.6, 0.6, 0.6, 0.4], False),
        (None, [0.0], False),
    ],
)
def test_a_training_ends_at_a_look_below_its_limit_and_never_at_the_last(
    limits: dict[str, Any] | None, scores: list[float], ends: bool
) -> None:
    if not ends:
        prune.end_if_hopeless(limits, evals(*scores), 4, 4, 1.0)
        return
    with pytest.raises(TrialError) as error:
        prune.end_if_hopeless(limits, evals(*scores), 4, 4, 1.0)
    assert error.value.kind == "pruned"
    assert error.value.facts["score"] == scores[-1]


def test_a_hopeless_training_ends_at_its_look_and_is_not_trained_again(
    client: TrainerClient, config: Config, tmp_path: Path
) -> None:
    folder = tmp_path / "t"
    seen = client.run(folder, config, threads=1, prune=rule(2, 2.0))
    end = seen[-1]
    assert (end["event"], end["kind"]) == ("failed", "pruned")
    facts = end["facts"]
    assert (facts["look"], facts["step"], facts["total_steps"], facts["below"]) == (2, 4, 8, 2.0)
    assert [look["step"] for look in facts["looks"]] == [2, 4]
    assert facts["score"] == facts["looks"][-1]["score"]
    assert (facts["evidence"], facts["cpu_seconds"] > 0) == ("4 trainings", True)
    assert "look 2 of 4" in end["message"] and "step 4 of 8" in end["message"] and "below 2.0000" in end["message"]
    assert not (folder / "result.json").exists() and not (folder / "model").exists()
    again = client.run(folder, config, "other", threads=1, prune=rule(2, 2.0))
    assert [(event["event"], event.get("facts")) for event in again] == [("failed", facts)]
    assert again[-1]["message"] == end["message"]


def test_limits_that_are_not_passed_change_nothing_and_other_limits_train_again(
    client: TrainerClient, config: Config, tmp_path: Path
) -> None:
    assert client.run(tmp_path / "free", config, threads=1)[-1]["event"] == "finished"
    assert client.run(tmp_path / "t", config, threads=1, prune=rule(1, 2.0))[-1]["kind"] == "pruned"
    assert client.run(tmp_path / "t", config, threads=1, prune=NEVER)[-1]["event"] == "finished"
    assert result_of(tmp_path / "t")["model_digest"] == result_of(tmp_path / "free")["model_digest"]
    assert read_json(tmp_path / "t" / "pruned.json") is None


def test_a_resumed_training_ends_at_the_same_look(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    # Saved after every second step: the look of step 6 comes after the resume at 4.
    often = {**config, "SAVE_STEPS": 2, "LOGGING_STEPS": 1}
    whole = client.run(tmp_path / "whole", often, threads=1, prune=rule(3, 2.0))[-1]
    # Without limits first, so that the attempt passes looks 1 and 2.
    assert interrupt(client, tmp_path / "t", often, "checkpoint", 4, signal.SIGKILL).get("kind") == "killed"
    resumed = client.run(tmp_path / "t", often, prune=rule(3, 2.0))
    assert next(event for event in resumed if event["event"] == "started")["resumed_from"] in (4, 6)
    assert (resumed[-1]["kind"], resumed[-1]["facts"]["step"]) == ("pruned", whole["facts"]["step"])
    # A look that a former attempt passed counts as well.
    late = client.run(tmp_path / "t", often, prune=rule(1, 2.0))
    assert (late[-1]["kind"], late[-1]["facts"]["step"]) == ("pruned", 2)
