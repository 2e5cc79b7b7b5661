"""Small parts: files, locks, checkpoints, failures, scores, the local optimiser."""

import errno
import fcntl
import json
import math
import os
import signal
import sys
from pathlib import Path
from typing import Any, cast
from unittest.mock import MagicMock

import numpy
import pytest

from tuning_trainer import attempt, checkpoints, device, events, keeper, schedule
from tuning_trainer.bootstrap import bootstrap_difference
from tuning_trainer.data import Split
from tuning_trainer.failures import TrialError, classify, classify_exit, oom_kills
from tuning_trainer.files import digest_of_folder, read_json, write_json
from tuning_trainer.lock import Lock
from tuning_trainer.model import find_model, weights_fingerprint
from tuning_trainer.plugins.course import Course
from tuning_trainer.protocol import parse_command, shortened
from tuning_trainer.running_child import RunningChild
from tuning_trainer.tasks import task_of

#: Cases that the worker's tests read, too.
ATTEMPTS = Path(__file__).parents[2] / "test" / "training" / "attempts.json"
LEARNING_RATE = {"type": "float", "min": 1e-6, "max": 5e-4, "scale": "log"}


def test_json_is_whole_or_as_before_and_has_no_nan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"a": math.nan, "b": [math.inf, 1.5]})
    assert read_json(path) == {"a": None, "b": [None, 1.5]}

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_json(path, {"a": 1})
    assert read_json(path) == {"a": None, "b": [None, 1.5]}
    assert [item.name for item in tmp_path.iterdir()] == ["x.json"]


def test_a_writer_with_another_token_is_fenced(tmp_path: Path) -> None:
    write_json(tmp_path / "lock.json", {"token": "mine"})
    lock = Lock(tmp_path, "mine")
    lock.take()
    assert read_json(tmp_path / "lock.json")["pid"] > 0
    write_json(tmp_path / "lock.json", {"token": "another"})
    with pytest.raises(TrialError) as error:
        lock.check()
    assert error.value.kind == "fenced"


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A folder of two sealed checkpoints."""
    for step in (4, 8):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        for name in checkpoints.NEEDED:
            (folder / name).write_text(f"{name} of {step}", encoding="utf-8")
        checkpoints.seal(folder, "t", step)
    return tmp_path


def test_the_newest_checkpoint_is_resumed(sealed: Path) -> None:
    assert checkpoints.newest_valid(sealed, "t") == (sealed / "checkpoint-8", [])


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda folder: (folder / "optimizer.pt").unlink(), "optimizer.pt is missing"),
        (lambda folder: (folder / "scheduler.pt").write_text("short"), "bytes, not"),
        (lambda folder: (folder / "optimizer.pt").write_text("OPTIMIZER.pt of 8"[:17]), "was changed"),
        (lambda folder: (folder / "manifest.json").unlink(), "no manifest"),
        (lambda folder: (folder / "manifest.json").write_text('{"half'), "no manifest"),
    ],
)
def test_a_damaged_checkpoint_is_set_aside(sealed: Path, damage: Any, why: str) -> None:
    damage(sealed / "checkpoint-8")
    found, warnings = checkpoints.newest_valid(sealed, "t")
    assert found == sealed / "checkpoint-4"
    assert why in warnings[0]
    assert (sealed / "checkpoint-8.bad").is_dir()


def test_a_checkpoint_of_another_trial_is_not_resumed(sealed: Path) -> None:
    found, warnings = checkpoints.newest_valid(sealed, "other")
    assert found is None
    assert len(warnings) == 2


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Where every fsync went, in order; a file counts only when it was opened for writing, as Windows demands."""
    found: list[Path] = []

    def fsync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_dir() or fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY:
            found.append(path)

    monkeypatch.setattr("os.fsync", fsync)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="finds paths of descriptors by /proc")
def test_a_power_cut_takes_nothing_from_a_sealed_checkpoint(tmp_path: Path, synced: list[Path]) -> None:
    folder = tmp_path / "checkpoints" / "checkpoint-4"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "1_Pooling" / "config.json").write_text("{}", encoding="utf-8")
    (folder / "optimizer.pt").write_text("weights", encoding="utf-8")
    checkpoints.seal(folder, "t", 4)
    everything = {folder, *(path for path in folder.rglob("*") if path.name != "manifest.json")}
    manifest = next(index for index, path in enumerate(synced) if path.name.startswith("manifest.json"))
    assert everything <= set(synced[:manifest])
    assert synced[manifest + 1 :] == [folder, folder.parent]


@pytest.mark.skipif(sys.platform != "linux", reason="finds paths of descriptors by /proc")
def test_a_power_cut_takes_nothing_from_a_saved_model(tmp_path: Path, synced: list[Path]) -> None:
    fresh = attempt.fresh_model(tmp_path)
    (fresh / "1_Pooling").mkdir()
    (fresh / "1_Pooling" / "config.json").write_text("{}", encoding="utf-8")
    assert attempt.publish(fresh, tmp_path) == tmp_path / "model"
    assert {fresh, fresh / "1_Pooling", fresh / "1_Pooling" / "config.json"} <= set(synced[:-1])
    assert synced[-1] == tmp_path


def test_rotation_keeps_the_newest(sealed: Path) -> None:
    checkpoints.rotate(sealed, 1)
    assert checkpoints.steps_in(sealed) == [8]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), "oom"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried"), "oom"),
        (RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)"), "oom"),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory"), "oom"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk"),
        (PermissionError(errno.EACCES, "Permission denied"), "disk"),
        (OSError(errno.EROFS, "Read-only file system"), "disk"),
        (RuntimeError("PytorchStreamWriter failed: No space left on device"), "disk"),
        (RuntimeError("PytorchStreamWriter failed writing file data/3: file write failed"), "disk"),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534"), "disk"),
        (TrialError("nan", "the loss", step=3), "nan"),
        (ValueError("surprise"), "trainer_bug"),
    ],
)
def test_an_exception_is_typed(error: BaseException, kind: str) -> None:
    assert classify(error)[0] == kind


def test_a_cause_is_typed_through_what_wraps_it() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "full")
        except OSError as cause:
            raise RuntimeError("saving failed") from cause
    except RuntimeError as error:
        assert classify(error)[0] == "disk"


def test_an_exit_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert classify_exit(-signal.SIGSEGV, 0) == ("killed", "the training process was ended by SIGSEGV", {"signal": "SIGSEGV"})
    assert classify_exit(3, 0)[0] == "trainer_bug"
    assert classify_exit(-signal.SIGKILL, oom_kills())[0] == "killed"
    monkeypatch.setattr("tuning_trainer.failures.oom_kills", lambda: 5)
    assert classify_exit(-signal.SIGKILL, 4)[0] == "oom"


@pytest.mark.parametrize("case", json.loads(ATTEMPTS.read_text(encoding="utf-8")), ids=lambda case: case["what"])
def test_attempts_are_counted_as_the_worker_counts_them(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = [line if isinstance(line, str) else json.dumps(line) for line in case["lines"]]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = events.attempts(path)
    assert [attempt["seconds"] for attempt in found] == case["seconds"]
    assert [attempt["resumed_from"] for attempt in found] == case["resumed_from"]


class _Model:
    """Gives each sentence the vector that stands in it."""

    def encode(self, sentences: list[str], **_: Any) -> numpy.ndarray:
        vectors = numpy.array([[float(part) for part in sentence.split()] for sentence in sentences])
        return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_score_is_spearmans_correlation_of_the_cosine() -> None:
    from scipy.stats import spearmanr

    generator = numpy.random.default_rng(1)
    left, right = generator.normal(size=(40, 3)), generator.normal(size=(40, 3))
    words = lambda rows: [" ".join(map(str, row)) for row in rows]  # noqa: E731
    grades = list(generator.random(40).round(1))
    pairs = Split({"sentence1": words(left), "sentence2": words(right), "score": grades}, "dev")
    cosine = (left * right).sum(1) / numpy.linalg.norm(left, axis=1) / numpy.linalg.norm(right, axis=1)
    _, score = task_of({}).score(_Model(), pairs, {"EVAL_BATCH_SIZE": 8}, lambda: None)
    assert score.value == pytest.approx(spearmanr(cosine, grades)[0])
    assert score.metrics["pearson"] == pytest.approx(numpy.corrcoef(cosine, grades)[0, 1])


def test_the_bootstrap_finds_a_difference_and_none_where_there_is_none() -> None:
    generator = numpy.random.default_rng(2)
    truth = generator.random(300).round(1)
    good, poor = truth + generator.normal(0, 0.2, 300), truth + generator.normal(0, 0.8, 300)
    found = bootstrap_difference(poor, good, list(truth), 1)
    assert 0 < found["low"] < found["mean"] < found["high"]
    same = bootstrap_difference(good, good, list(truth), 1)
    assert (same["low"], same["mean"], same["high"]) == (0, 0, 0)
    assert bootstrap_difference(poor, good, list(truth), 1) == found


def test_the_default_model_comes_with_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuning_trainer.model._from_hub", lambda name, local_only: None)
    found = find_model("sentence-transformers/all-MiniLM-L6-v2", tmp_path)
    assert found.source == "package"
    assert len(weights_fingerprint(found.path)) == 64


def test_weights_that_could_run_code_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(TrialError, match=r"no \.safetensors weights"):
        weights_fingerprint(tmp_path)


def test_commands_of_another_version_are_refused() -> None:
    for line, why in ((b"{", "not JSON"), (b"[]", "not an object"), (b'{"v": 2, "command": "hello"}', "version 2")):
        with pytest.raises(ValueError, match=why):
            parse_command(line)
    assert len(shortened({"a": ["x" * 9000]})["a"][0]) == 4000


def test_a_folder_has_one_digest(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1", encoding="utf-8")
    first = digest_of_folder(tmp_path)
    (tmp_path / "b").write_text("", encoding="utf-8")
    assert digest_of_folder(tmp_path) != first


def test_the_keeper_replaces_a_killed_process_and_leaves_with_one_that_ended_by_itself(tmp_path: Path) -> None:
    seen = tmp_path / "seen"

    def serve(succeeds: bool) -> int:
        with seen.open("a", encoding="utf-8") as file:
            file.write(f"{succeeds} ")
        times = len(seen.read_text(encoding="utf-8").split())
        if times < 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return keeper.TERMINATED if times == 3 else 7

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        assert keeper.keep(serve) == 7
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    assert seen.read_text(encoding="utf-8").split() == ["False", "True", "True", "True"]


@pytest.mark.parametrize(
    ("lock", "event", "kept"),
    [
        ({"token": "mine"}, "step", True),
        ({"token": "another's"}, "step", False),
        ({"token": "another's"}, "finished", False),
        (None, "finished", True),
        (None, "failed", False),
    ],
)
def test_only_the_holder_of_the_lock_keeps_events(tmp_path: Path, lock: dict[str, str] | None, event: str, kept: bool) -> None:
    if lock:
        (tmp_path / "lock.json").write_text(json.dumps(lock), encoding="utf-8")
    command = {"command": "run", "trial": "t", "dir": str(tmp_path), "token": "mine"}
    child = RunningChild(command, pid=0, pipe=0, oom_kills=0)
    assert child.may_keep(event) is kept
    assert not RunningChild({**command, "command": "inspect"}, 0, 0, 0).may_keep(event)


def test_the_end_of_a_log_is_shown_and_its_absence_is_no_error(tmp_path: Path) -> None:
    command = {"command": "run", "trial": "t", "dir": str(tmp_path)}
    assert RunningChild(command, 0, 0, 0).log_tail() == ""
    (tmp_path / "trainer.log").write_text("x" * 5000 + "end", encoding="utf-8")
    tail = RunningChild(command, 0, 0, 0).log_tail()
    assert (len(tail), tail[-3:]) == (2000, "end")


def test_a_child_is_reaped_with_the_signal_that_it_was_sent() -> None:
    pid = os.fork()
    if pid == 0:
        signal.pause()
    child = RunningChild({"command": "run", "trial": "t"}, pid, 0, 0)
    child.send(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


WAITING = ("GOMP_SPINCOUNT", "KMP_BLOCKTIME", "OMP_WAIT_POLICY")


@pytest.mark.parametrize("chosen", [None, *WAITING])
def test_threads_spin_for_a_short_time_unless_a_person_chose_how_they_wait(
    monkeypatch: pytest.MonkeyPatch, chosen: str | None
) -> None:
    for name in (*WAITING, "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "mine")  # so that monkeypatch restores what prepare_environment sets
        monkeypatch.delenv(name)
    if chosen:
        monkeypatch.setenv(chosen, "mine")
    device.prepare_environment()
    expected = {chosen: "mine"} if chosen else device.SPIN_BOUNDS
    assert {name: os.environ[name] for name in WAITING if name in os.environ} == expected


@pytest.mark.parametrize(
    ("at_risk", "took", "worth"), [(29.0, 0.0, False), (30.0, 0.0, True), (30.0, 2.0, False), (40.0, 2.0, True)]
)
def test_a_checkpoint_is_written_when_what_could_be_lost_is_worth_it(at_risk: float, took: float, worth: bool) -> None:
    assert schedule.is_worth_saving(at_risk, took) is worth


@pytest.mark.parametrize(
    ("share", "rows"), [(None, [0, 1, 2, 3, 4, 5, 6]), (0.5, [0, 1, 3, 5]), (0.3, [0, 2, 4]), (0.001, [0]), (1.0, list(range(7)))]
)
def test_a_share_of_a_split_is_spread_evenly_over_it(share: float | None, rows: list[int]) -> None:
    split = Split({"sentence1": [f"a{row}" for row in range(7)], "score": [row / 7 for row in range(7)]}, "train")
    taken = task_of({}).share(split, share)
    assert taken.columns == {"sentence1": [f"a{row}" for row in rows], "score": [row / 7 for row in rows]}


@pytest.mark.parametrize(
    ("share", "rows"), [(None, list(range(7))), (0.5, [0, 2, 3, 5]), (0.7, [0, 1, 2, 3, 4, 5]), (0.001, [0, 3])]
)
def test_a_share_for_a_reranker_takes_whole_queries(share: float | None, rows: list[int]) -> None:
    queries = ["a", "b", "c", "a", "b", "c", "d"]
    split = Split({"query": queries, "document": list("ABCDEFG"), "label": [0.0, 1.0, 0.5, 1.0, 0.0, 0.0, 1.0]}, "train")
    taken = task_of({"TASK": "reranker"}).share(split, share)
    assert taken.columns["document"] == ["ABCDEFG"[row] for row in rows]


@pytest.mark.parametrize(
    ("strategy", "every", "due"),
    [("steps", 2, [2, 4, 6]), ("steps", "auto", [4]), ("no", "auto", []), ("no", 2, []), ("epoch", 2, [])],
)
def test_checkpoints_come_by_steps_or_by_the_time_at_risk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, strategy: str, every: int | str, due: list[int]
) -> None:
    clock = 0.0
    monkeypatch.setattr("time.monotonic", lambda: clock)
    config = {"SAVE_STRATEGY": strategy, "SAVE_STEPS": every, "SAVE_TOTAL_LIMIT": 2, "EVAL_STRATEGY": "no"}
    nothing = MagicMock()
    nothing.cancelled = False
    plan = schedule.Schedule(config, "t", nothing, nothing, tmp_path, nothing, nothing, nothing)
    monkeypatch.setattr(checkpoints, "seal", lambda *_: None)
    arguments, state, saved = cast(Any, None), MagicMock(max_steps=7, global_step=0), []
    plan.on_train_begin(arguments, state, MagicMock())
    for state.global_step in range(1, 7):
        clock += 9.0
        control = MagicMock(should_save=False)
        plan.on_step_end(arguments, state, control)
        if control.should_save is True:
            saved.append(state.global_step)
            clock += 2.0
            plan.on_save(arguments, state, control)
    assert saved == due


def plugin_course(folder: Path) -> Course:
    config = {"LOGGING_STEPS": 1, "SAVE_TOTAL_LIMIT": 1, "SAVE_STEPS": 1, "SAVE_STRATEGY": "steps", "EVAL_LOOKS": 5}
    course = Course("t", folder, {**config, "METRIC": None}, MagicMock(), MagicMock(), None)
    course.begin()
    return course


def keep_step(course: Course, step: int) -> Path:
    course.progress(step, 10)
    fresh = course.scratch / f"step-{step}"
    fresh.mkdir()
    (fresh / "weights").write_text(str(step), encoding="utf-8")
    course.keep_checkpoint(fresh, step, 0.0)
    return course.checkpoints / f"checkpoint-{step}"


def test_a_kill_while_a_checkpoint_is_replaced_loses_none(tmp_path: Path) -> None:
    path = keep_step(plugin_course(tmp_path), 1)
    before = path.with_name("checkpoint-1.before")
    # Killed between the two renames.
    path.rename(before)
    course = plugin_course(tmp_path)
    assert course.resume == path and not before.exists()
    # Killed while the one before was removed, then written again.
    for left in (before, path.with_name("checkpoint-1.old")):
        left.mkdir()
        (left / "weights").write_text("half", encoding="utf-8")
    course = plugin_course(tmp_path)
    assert course.resume == path and not before.exists()
    assert keep_step(course, 1) == path
    keep_step(course, 2)
    assert [item.name for item in sorted(course.checkpoints.iterdir())] == ["checkpoint-2", "scratch"]
