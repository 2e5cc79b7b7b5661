"""The mini-training: what it says of a training, and that it leaves nothing."""

from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT

from tuning_trainer import timing
from tuning_trainer.client import TrainerClient
from tuning_trainer.data import Split
from tuning_trainer.tasks import task_of

Config = dict[str, Any]


def asked(client: TrainerClient, folder: Path, config: Config, **more: Any) -> dict[str, Any]:
    """Ask for a timing in an empty folder; return its end."""
    folder.mkdir()
    paths = {"dir": str(folder), "project_dir": str(PROJECT), "log": str(folder.with_suffix(".log"))}
    return client.ask("time", "t", config=config, **paths, **more)[-1]


def test_a_mini_training_times_every_part_and_leaves_an_empty_folder(
    client: TrainerClient, config: Config, tmp_path: Path
) -> None:
    """Steps of the configuration are counted as a training of it counts them."""
    told = asked(client, tmp_path / "empty", {**config, "NUM_TRAIN_EPOCHS": 3})["timing"]
    assert told["total_steps"] == 24
    assert told["steps"] >= 2
    for part in ("seconds_per_step", "seconds_per_evaluation", "startup_seconds", "save_seconds"):
        assert told[part] > 0
    assert 0 <= told["fixed_seconds_per_step"] <= told["seconds_per_step"]
    assert told["seconds"] > told["steps"] * told["seconds_per_step"]
    assert list((tmp_path / "empty").iterdir()) == []


def test_one_row_a_step_and_other_rows_than_the_run_began_with(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    """There is no half of one row; rows that were edited are refused as for a training."""
    told = asked(client, tmp_path / "one", {**config, "TRAIN_BATCH_SIZE": 1, "STSB_TRAIN_SPLIT": "train[:6]"})["timing"]
    assert told["fixed_seconds_per_step"] == 0
    expects = {"data": "0" * 64, "model": "0" * 64}
    assert asked(client, tmp_path / "other", config, expects=expects)["kind"] == "changed"


def test_the_part_of_a_step_that_no_row_changes_is_found_beside_other_work() -> None:
    """0.1 s and 0.02 s for each of eight rows; every third step is disturbed."""

    def steps(rows: int) -> list[float]:
        return [(0.1 + 0.02 * rows) * (3 if step % 3 == 0 else 1) for step in range(9)]

    disturbed = steps(8)
    share = timing._fixed(disturbed, steps(4), 0.5) / (sum(disturbed) / 9)
    assert share == pytest.approx(0.1 / 0.26)
    assert timing._fixed([1.0, 1.0], [2.0, 2.0], 0.5) == 1.0
    assert timing._fixed([2.0, 2.0], [0.5, 0.5], 0.5) == 0.0


def test_rows_are_spread_over_a_split_and_each_distinct_text_counts_once() -> None:
    """Files are ordered; what is encoded twice is encoded once."""
    split = Split({"sentence1": [str(row) for row in range(100)], "sentence2": ["same"] * 100, "score": [0.5] * 100}, "train")
    assert timing._spread(split, 4).columns["sentence1"] == ["0", "25", "50", "75"]
    assert timing._spread(split, 200) is split
    assert task_of({}).texts(split) == 101
