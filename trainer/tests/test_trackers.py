"""Real trackers, told of a run again and again and killed in between: each trial and each step is there once."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT

from tuning_trainer.trackers.tracked import Run

RUN = "run-20260101-000000"
Told = dict[str, Any]
#: Runs the program, and kills it at the n-th call of what it is given: `module:attribute …`.
KILLED = """
import importlib, os, signal, sys
left, names = int(sys.argv[1]), sys.argv[2:]
sys.argv = sys.argv[:1]
def wrapped(call):
    def counting(*given, **named):
        global left
        left -= 1
        if left == 0: os.kill(os.getpid(), signal.SIGKILL)
        return call(*given, **named)
    return counting
for name in names:
    module, _, path = name.partition(":")
    *holders, attribute = path.split(".")
    holder = importlib.import_module(module)
    for step in holders: holder = getattr(holder, step)
    setattr(holder, attribute, wrapped(getattr(holder, attribute)))
from tuning_trainer.trackers.__main__ import main
sys.exit(main())
"""


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    source = str(PROJECT / "trainer" / "src")
    return {**os.environ, "PYTHONPATH": source, "HF_HUB_OFFLINE": "1", "TRACKIO_DIR": str(tmp_path / "trackio"), **more}


def tell(told: Told, tmp_path: Path, *killed: str) -> dict[str, str | None] | None:
    """Run the program on it; None: it was killed, as it was meant to be."""
    program = ["-c", KILLED, *killed] if killed else ["-m", "tuning_trainer.trackers"]
    done = subprocess.run(
        [sys.executable, *program], input=json.dumps(told), capture_output=True, text=True, env=environment(tmp_path), timeout=240
    )
    if done.returncode == -signal.SIGKILL and killed:
        return None
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def trial(number: int, score: float | None = 0.5, decision: str = "accepted") -> Told:
    tags = {"purpose": "round", "key": "LEARNING_RATE", "round": str(number), "decision": decision, "seed": "42"}
    return {
        "id": f"abc{number}",
        "number": number,
        "title": f"LEARNING_RATE = {number}e-5",
        "values": {"LEARNING_RATE": number * 1e-5, "LOSS": "cosent"},
        "tags": tags,
        "score": score,
        "metrics": {"pearson": 0.4},
        "seconds": 12.5,
        "looks": [{"step": 2, "score": 0.3}, {"step": 4, "score": 0.5}],
    }


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """A run of three trials: one resumed after a kill, one whose events lie elsewhere, one that failed."""
    report = tmp_path / "report.md"
    report.write_text("# Report\n", encoding="utf-8")
    folder = tmp_path / "models" / RUN / "trials" / "abc1"
    folder.mkdir(parents=True)
    step = {"event": "step", "learning_rate": 1e-5, "epoch": 0.5, "grad_norm": None, "pairs_per_s": 8.0}
    events: list[dict[str, Any]] = [
        {"event": "started", "resumed_from": 0},
        {**step, "step": 2, "loss": 3.0},
        {"event": "eval", "step": 2, "score": 0.3, "metrics": {"pearson": 0.2}},
        {**step, "step": 3, "loss": 99.0},
        {"event": "started", "resumed_from": 2},
        {**step, "step": 3, "loss": 2.5},
        {**step, "step": 4, "loss": 2.0},
        {"event": "eval", "step": 4, "score": 0.5, "metrics": {"pearson": 0.4}},
    ]
    lines = [json.dumps({"t": 1_767_225_600.0 + at, **event}) for at, event in enumerate(events)]
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {
        "run": RUN,
        "root": str(tmp_path / "models" / RUN),
        "startedAt": 1_767_225_600_000,
        "ended": False,
        "settings": {"BASE_MODEL": "mini", "SEARCH": "adaptive"},
        "tags": {"status": "running"},
        "scores": {},
        "metric": None,
        "artifacts": [str(report), str(tmp_path / "absent.html")],
        "trials": [trial(1), trial(2), trial(3, None, "failed: nan")],
        "trackers": {},
    }


def ended(told: Told) -> Told:
    """The same at its end, when the second trial has lost its place."""
    trials = [trial(1), trial(2, decision="kept incumbent"), trial(3, None, "failed: nan")]
    tags = {"status": "completed", "verdict": "better"}
    return {**told, "ended": True, "tags": tags, "scores": {"best": 0.5, "default": 0.4}, "trials": trials}


LOSSES = [(2, 3.0), (3, 2.5), (4, 2.0)]


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server on loopback."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    stores = ["--backend-store-uri", f"sqlite:///{folder}/runs.db", "--artifacts-destination", str(folder / "files")]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, *stores], stdout=log, stderr=log, cwd=folder, env={**os.environ, **quiet}, start_new_session=True
        )
    try:
        until = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{address}/health", timeout=2)
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.5)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


CLIENT = [f"mlflow:MlflowClient.{name}" for name in ("create_run", "log_batch", "set_terminated", "set_tag", "log_text")]


def test_mlflow_has_a_run_with_its_trials_whatever_was_killed(mlflow_server: str, told: Told, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    told["trackers"] = {"mlflow": mlflow_server}
    # After the parent, within the first trial, before its last word; then the whole, twice.
    for killed in ("2", "4", "6"):
        assert tell(told, tmp_path, killed, *CLIENT) is None
    assert tell(told, tmp_path) == tell(told, tmp_path) == {"mlflow": None}
    assert tell(ended(told), tmp_path, "5", *CLIENT) is None
    assert tell(ended(told), tmp_path) == tell(ended(told), tmp_path) == {"mlflow": None}

    client = MlflowClient(mlflow_server)
    experiment = client.get_experiment_by_name("model-tuning-agent")
    assert experiment
    runs = list(client.search_runs([experiment.experiment_id]))
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert [(run.info.run_name, run.info.status) for run in parents] == [(RUN, "FINISHED")]
    parent = parents[0]
    assert parent.data.tags["tuning.verdict"] == "better" and parent.data.params["BASE_MODEL"] == "mini"
    assert parent.data.metrics == {"score": 0.5, "best": 0.5, "default": 0.4}
    assert {item.path for item in client.list_artifacts(parent.info.run_id)} == {"trials.csv", "report"}
    children = {run.data.tags["tuning.trial"]: run for run in runs if run is not parent}
    assert len(runs) == 4 and sorted(children) == ["abc1", "abc2", "abc3"]
    assert {run.data.tags["mlflow.parentRunId"] for run in children.values()} == {parent.info.run_id}
    assert [children[name].info.status for name in sorted(children)] == ["FINISHED", "FINISHED", "FAILED"]
    assert children["abc2"].data.tags["tuning.decision"] == "kept incumbent"
    first = children["abc1"]
    assert first.data.params == {"LEARNING_RATE": "1e-05", "LOSS": "cosent"}
    assert [(point.step, point.value) for point in client.get_metric_history(first.info.run_id, "train/loss")] == LOSSES
    looks = client.get_metric_history(children["abc2"].info.run_id, "dev/score")
    assert [(point.step, point.value) for point in looks] == [(2, 0.3), (4, 0.5)]
    assert first.data.metrics["final/score"] == 0.5


def test_a_trial_of_another_run_is_told_by_its_result_and_one_of_another_host_by_its_looks(told: Told) -> None:
    told["metric"] = {"name": "error", "direction": "minimize", "unit": None}
    folder = Path(told["root"]) / "trials" / "abc2"
    folder.mkdir(parents=True)
    curve = [{"step": 1, "epoch": None, "loss": 2.0, "learning_rate": None}]
    evals = [{"step": 1, "epoch": None, "score": -3.0, "counts": True}]
    (folder / "result.json").write_text(json.dumps({"curve": curve, "evals": evals}), encoding="utf-8")
    _, taken, elsewhere = Run(told).trials
    assert [(point.step, point.values) for point in taken.points] == [(1, {"train/loss": 2.0, "dev/error": 3.0})]
    assert [(point.step, point.values) for point in elsewhere.points] == [(2, {"dev/error": 0.3}), (4, {"dev/error": 0.5})]


def test_an_mlflow_that_does_not_answer_is_said_soon_and_keeps_nobody_else(told: Told, tmp_path: Path) -> None:
    told["trackers"] = {"mlflow": "http://127.0.0.1:9", "trackio": "tuning"}
    answer = tell(told, tmp_path)
    assert answer and answer["trackio"] is None
    assert answer["mlflow"] == "ConnectionError: http://127.0.0.1:9 does not answer"


def records(path: Path) -> Iterator[bytes]:
    """Yield the records of a .wandb file: LevelDB's log format behind a header of seven bytes."""
    data, at, whole = path.read_bytes(), 7, b""
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        length, kind = struct.unpack("<HB", data[at + 4 : at + 7])
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        # 1: whole, 2: first, 3: middle, 4: last part.
        if kind in (1, 4):
            yield whole
            whole = b""


def histories(folder: Path) -> dict[str, tuple[dict[str, Any], list[tuple[int, float]], dict[str, Any]]]:
    """Return facts, losses and summary of each offline run, by id, from the files that `wandb sync` sends."""
    from wandb.proto import wandb_internal_pb2

    def key_of(item: Any) -> str:
        return item.key or ".".join(item.nested_key)

    seen: dict[str, tuple[dict[str, Any], list[tuple[int, float]], dict[str, Any]]] = {}
    for path in sorted(folder.glob("offline-run-*/run-*.wandb")):
        facts: dict[str, Any] = {}
        losses: list[tuple[int, float]] = []
        summary: dict[str, Any] = {}
        for data in records(path):
            record = wandb_internal_pb2.Record.FromString(data)
            if record.HasField("run") and not facts:
                run = record.run
                facts = {"name": run.display_name, "group": run.run_group, "job": run.job_type, "tags": sorted(run.tags)}
            for item in record.summary.update:
                summary[key_of(item)] = json.loads(item.value_json)
            values = {key_of(item): json.loads(item.value_json) for item in record.history.item}
            if "train/loss" in values:
                losses.append((values.get("_step", record.history.step.num), values["train/loss"]))
        name = path.name.removeprefix("run-").removesuffix(".wandb")
        assert name not in seen, "a run is there twice"
        seen[name] = (facts, losses, summary)
    return seen


def test_wandb_has_a_file_for_each_trial_whatever_was_killed(told: Told, tmp_path: Path) -> None:
    told["trackers"] = {"wandb": "tuning"}
    calls = ["wandb:init", "wandb.sdk.wandb_run:Run.log", "tuning_trainer.trackers.to_wandb:write_json"]
    # Within the first run, before its note, within the second.
    for killed in ("3", "5"):
        assert tell(told, tmp_path, killed, *calls) is None
    assert tell(told, tmp_path) == {"wandb": None}
    before = sorted(path.name for path in (tmp_path / "models" / RUN / "wandb").glob("offline-run-*"))
    assert tell(told, tmp_path) == {"wandb": None}
    assert sorted(path.name for path in (tmp_path / "models" / RUN / "wandb").glob("offline-run-*")) == before
    assert tell(ended(told), tmp_path, "5", *calls) is None
    assert tell(ended(told), tmp_path) == {"wandb": None}
    seen = histories(tmp_path / "models" / RUN / "wandb")
    assert sorted(seen) == [RUN, *(f"{RUN}-abc{number}" for number in (1, 2, 3))]
    facts, losses, summary = seen[f"{RUN}-abc1"]
    assert facts == {
        "name": "1: LEARNING_RATE = 1e-5",
        "group": RUN,
        "job": "trial",
        "tags": ["LEARNING_RATE", "accepted", "round"],
    }
    assert losses == LOSSES
    assert summary["score"] == 0.5
    assert "kept incumbent" in seen[f"{RUN}-abc2"][0]["tags"]
    assert seen[RUN][0]["job"] == "tuning" and seen[RUN][2]["best"] == 0.5


def test_trackio_has_each_row_once_whatever_was_killed(told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told["trackers"] = {"trackio": "tuning"}
    call = "trackio.sqlite_storage:SQLiteStorage.bulk_log"
    assert tell(told, tmp_path, "2", call) is None
    assert tell(told, tmp_path) == tell(told, tmp_path) == {"trackio": None}
    assert tell(ended(told), tmp_path, "4", call) is None
    assert tell(ended(told), tmp_path) == tell(ended(told), tmp_path) == {"trackio": None}
    read = (
        "import json; from trackio.sqlite_storage import SQLiteStorage as S\n"
        "runs = S.get_run_records('tuning')\n"
        "print(json.dumps([[r['name'], r['id'], S.get_run_config('tuning', r['name'], run_id=r['id']),"
        " S.get_logs('tuning', r['name'], run_id=r['id'])] for r in runs]))"
    )
    done = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, env=environment(tmp_path), check=True)
    seen = {id: (name, config, rows) for name, id, config, rows in json.loads(done.stdout)}
    assert sorted(seen) == [RUN, *(f"{RUN}-abc{number}" for number in (1, 2, 3))]
    name, config, rows = seen[f"{RUN}-abc1"]
    assert (name, config["_Group"], config["LEARNING_RATE"]) == (f"{RUN}/1: LEARNING_RATE = 1e-5", RUN, 1e-5)
    assert [(row["step"], row["train/loss"]) for row in rows if "train/loss" in row] == LOSSES
    assert [row["score"] for row in rows if "score" in row] == [0.5]
    assert seen[f"{RUN}-abc2"][1]["tuning/decision"] == "kept incumbent"
    assert [row["best"] for row in seen[RUN][2] if "best" in row] == [0.5]
