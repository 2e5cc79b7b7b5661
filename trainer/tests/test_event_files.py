"""What TensorBoard itself reads of a trial: every step once, whatever happened, and nothing that changes a result."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from conftest import result_of
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from tuning_trainer import events
from tuning_trainer.client import TrainerClient
from tuning_trainer.event_files import FOLDER, EventFile

Config = dict[str, Any]
Points = list[tuple[int, float]]


def shown(folder: Path) -> dict[str, Points]:
    """Return step and value of each scalar as TensorBoard has them."""
    return points_of(EventAccumulator(str(folder / FOLDER)).Reload())


def points_of(board: EventAccumulator) -> dict[str, Points]:
    return {tag: [(point.step, pytest.approx(point.value)) for point in board.Scalars(tag)] for tag in board.Tags()["scalars"]}


def files_of(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).iterdir())


def test_a_training_is_shown_as_its_result_has_it(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    folder = tmp_path / "t"
    assert client.run(folder, config)[-1]["event"] == "finished"
    result, seen = result_of(folder), shown(folder)
    for key, tag in (("loss", "train/loss"), ("learning_rate", "train/learning_rate"), ("epoch", "train/epoch")):
        assert seen[tag] == [(point["step"], point[key]) for point in result["curve"]]
    assert seen["dev/score"] == [(look["step"], look["score"]) for look in result["evals"]]
    assert seen["dev/pearson"][-1][0] == 8
    assert seen["final/score"] == [(result["best_step"], result["score"])]
    assert seen["final/pearson"] == [(result["best_step"], result["metrics"]["pearson"])]
    assert len(files_of(folder)) == 1


def test_the_hyperparameters_are_those_of_the_trial(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    folder = tmp_path / "t"
    client.run(folder, {**config, "LEARNING_RATE": 3e-5})
    board = EventAccumulator(str(folder / FOLDER)).Reload()
    content = board.summary_metadata[metadata.SESSION_START_INFO_TAG].plugin_data.content
    values = HParamsPluginData.FromString(content).session_start_info.hparams
    assert values["LEARNING_RATE"].number_value == 3e-5
    assert values["LOSS"].string_value == config["LOSS"]
    assert "OUTPUT_DIR_ROOT" not in values
    ended = HParamsPluginData.FromString(board.summary_metadata[metadata.SESSION_END_INFO_TAG].plugin_data.content)
    assert ended.session_end_info.status == 1  # STATUS_SUCCESS


@pytest.mark.parametrize(("at", "step"), [("checkpoint", 4), ("step", 6), ("eval", 8)])
def test_a_killed_training_shows_each_step_once(
    client: TrainerClient, config: Config, tmp_path: Path, at: str, step: int
) -> None:
    folder, slow = tmp_path / "t", {**config, "LOGGING_STEPS": 1}
    client.begin(folder, slow)
    board, child = None, 0
    for event in client.until_end("t"):
        child = event.get("pid", child)
        if event["event"] == at and event.get("step") == step:
            # Somebody looks on, from the first attempt to the last.
            board = EventAccumulator(str(folder / FOLDER)).Reload()
            os.kill(child, signal.SIGKILL)
    assert board is not None and child
    with files_of(folder)[-1].open("ab") as torn:
        torn.write(b"\x40\0\0\0\0\0\0\0half a rec")
    assert client.run(folder, slow)[-1]["event"] == "finished"
    result = result_of(folder)
    assert len(result["attempts"]) == 2
    for seen in (shown(folder), points_of(board.Reload())):
        assert seen["train/loss"] == [(point["step"], point["loss"]) for point in result["curve"]]
        assert seen["dev/score"] == [(look["step"], look["score"]) for look in result["evals"]]
        assert seen["final/score"] == [(result["best_step"], result["score"])]


def test_a_file_that_cannot_be_written_stops_nothing(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / FOLDER).write_text("in the way", encoding="utf-8")
    assert client.run(tmp_path / "t", config)[-1]["event"] == "finished"


def test_an_own_training_shows_its_metric_as_it_is(client: TrainerClient, config: Config, tmp_path: Path) -> None:
    script = tmp_path / "own.py"
    script.write_text(
        "def train(config, report):\n"
        "    for step in range(1, 5):\n"
        "        report.progress(step, 4, loss=1 / step)\n"
        "        if report.look_due: report.score(10 - step)\n"
        "    return {'error': 5.5}\n",
        encoding="utf-8",
    )
    metric = {"name": "error", "direction": "minimize", "unit": None}
    own = {**config, "TRAINER": str(script), "METRIC": metric}
    assert client.run(tmp_path / "t", own)[-1]["event"] == "finished"
    seen = shown(tmp_path / "t")
    # Beside those that LOGGING_STEPS asks for, one a second is told.
    assert [point for point in seen["train/loss"] if point[0] in (2, 4)] == [(2, 0.5), (4, 0.25)]
    # The last step was scored twice: what the training said in the end holds.
    assert seen["dev/error"] == [(2, 8.0), (4, 5.5)]
    assert seen["final/error"] == [(4, 5.5)]
    assert "dev/score" not in seen


def test_what_was_begun_by_a_killed_trainer_is_gone_with_the_next_attempt(tmp_path: Path) -> None:
    def told(event: dict[str, Any]) -> None:
        events.append(tmp_path / "events.jsonl", event)
        file.tell(event)

    for resumed in (0, 2):
        file = EventFile(tmp_path, {"LEARNING_RATE": 1e-5})
        told({"event": "started", "t": 1.0, "resumed_from": resumed})
        for step in range(resumed + 1, 5):
            told({"event": "step", "t": 1.0 + step, "step": step, "loss": 10 * resumed + step})
        (tmp_path / FOLDER / "events.out.tfevents.0000000001.000000.new").write_bytes(b"half")
    told({"event": "failed", "t": 9.0, "kind": "nan"})
    EventFile(tmp_path, {}).tell({"event": "failed", "t": 9.0, "kind": "nan"})
    assert [path.suffix for path in files_of(tmp_path)].count(".new") == 0
    assert shown(tmp_path)["train/loss"] == [(1, 1), (2, 2), (3, 23), (4, 24)]
    assert json.loads((tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()[0])["event"] == "started"
