"""Own data: splits that are made, sentences in two splits, formats of the datasets library, large files on the disk."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from conftest import DEFAULTS, PROJECT

from tuning_trainer import data_cache, made_splits
from tuning_trainer.client import TrainerClient
from tuning_trainer.data import DataError, Splits, load_splits
from tuning_trainer.rows import training_set

DEV_ROWS = [0, 2, 7, 19, 27, 35, 41, 47, 48, 52, 54, 58]
WHOLE = {"STSB_TRAIN_SPLIT": "train", "STSB_DEV_SPLIT": "validation", "STSB_TEST_SPLIT": "test"}
RETRIEVAL = {"TASK": "retrieval", "LOSS": "mnrl"}


def load(path: Path, **change: Any) -> Splits:
    return load_splits({**DEFAULTS, **WHOLE, "DATASET_NAME": path.name, **change}, path.parent)


def pairs(path: Path, rows: int, text: Callable[[int], str] = lambda row: f"left {row},right {row}", head: str = "") -> Path:
    lines = "".join(f"{text(row)},{row % 11 / 10}\n" for row in range(rows))
    path.write_text(f"sentence1,sentence2,score{head}\n{lines}", encoding="utf-8")
    return path


def questions(
    path: Path, rows: int, answer: Callable[[int], Any] = lambda row: row, question: Callable[[int], Any] = lambda row: row
) -> Path:
    lines = "".join(f"Question {question(row)}?,Answer {answer(row)}.\n" for row in range(rows))
    path.write_text(f"question,answer\n{lines}", encoding="utf-8")
    return path


def sentences(splits: Splits) -> dict[str, set[str]]:
    parts = {"train": splits.train, "dev": splits.dev, "test": splits.test}
    return {
        part: {" ".join(str(v).casefold().split()) for values in split.columns.values() for v in values if isinstance(v, str)}
        for part, split in parts.items()
        if split
    }


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [(5000, (4000, 500, 500)), (700, (500, 100, 100)), (60, (36, 12, 12)), (10, (6, 2, 2)), (60_000, (50_000, 5000, 5000))],
)
def test_one_file_is_divided_and_that_is_said(tmp_path: Path, rows: int, sizes: tuple[int, ...]) -> None:
    splits = load(pairs(tmp_path / "p.csv", rows))
    assert (len(splits.train), len(splits.dev), len(splits.test or [])) == sizes
    assert splits.warnings == (
        f"{rows:,} rows in one file: divided into {sizes[0]:,} train, {sizes[1]:,} validation, {sizes[2]:,} test; "
        "no sentence stands in two of them",
    )


def test_the_division_is_the_same_everywhere_and_with_every_seed(tmp_path: Path) -> None:
    path = pairs(tmp_path / "p.csv", 60)
    splits = load(path, SEED=7)
    assert splits.fingerprint == load(path, SEED=8).fingerprint
    # Of every host and release: another value here means that nobody's scores can be compared with earlier ones.
    assert [int(text.split()[1]) for text in splits.dev.columns["sentence1"]] == DEV_ROWS


def test_what_shares_a_sentence_stays_together_also_in_other_letters_and_columns(tmp_path: Path) -> None:
    # Four rows hang together by one sentence, which stands in either column, with other capitals and spaces.
    def text(row: int) -> str:
        shared = f"Common {row // 4}" if row % 2 else f"common  {row // 4}"
        return f"own {row},{shared}" if row % 4 < 2 else f"{shared},own {row}"

    splits = load(pairs(tmp_path / "p.csv", 400, text))
    found = sentences(splits)
    assert not found["train"] & found["dev"] and not found["train"] & found["test"] and not found["dev"] & found["test"]
    assert len(splits.dev) == len(splits.test or []) == 80


def test_a_component_larger_than_a_split_is_trained_on(tmp_path: Path) -> None:
    splits = load(pairs(tmp_path / "p.csv", 400, lambda row: f"own {row},{'hub' if row < 200 else f'other {row}'}"))
    assert "hub" not in set(splits.dev.columns["sentence2"]) | set(splits.test.columns["sentence2"])  # type: ignore[union-attr]
    assert (len(splits.train), len(splits.dev)) == (240, 80)


def test_groups_are_never_divided(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    lines = "".join(f"left {row},right {row},{row % 11 / 10},doc {row // 5}\n" for row in range(200))
    path.write_text(f"sentence1,sentence2,score,doc\n{lines}", encoding="utf-8")
    splits = load(path, GROUP_COLUMN="doc")
    groups = [
        {int(text.split()[1]) // 5 for text in split.columns["sentence1"]} for split in (splits.train, splits.dev, splits.test)
    ]  # type: ignore[union-attr]
    assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2]
    assert splits.warnings[0].endswith("; no group stands in two of them")
    with pytest.raises(DataError, match="GROUP_COLUMN = 'author' is missing; there: sentence1, sentence2, score, doc"):
        load(path, GROUP_COLUMN="author")


def test_few_answers_to_many_questions_are_divided_by_the_questions(tmp_path: Path) -> None:
    splits = load(questions(tmp_path / "qa.csv", 300, answer=lambda row: row % 2), **RETRIEVAL)
    assert "no query stands in two of them; other sentences do, since rows share them" in splits.warnings[0]
    assert any("sentences stand in both train and dev" in warning for warning in splits.warnings)
    with pytest.raises(DataError, match=r"cannot be divided: almost all of them hang together .* STSB_TRAIN_SPLIT=train\[:80%\]"):
        load(questions(tmp_path / "one.csv", 300, question=lambda _: 1), **RETRIEVAL)
    with pytest.raises(DataError, match="its 2 rows cannot be divided: too few"):
        load(pairs(tmp_path / "two.csv", 2))


def test_validation_is_taken_from_train_where_there_is_a_test_file(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    pairs(folder / "train.csv", 300)
    pairs(folder / "test.csv", 20, lambda row: f"x {row},y {row}")
    splits = load(folder)
    assert (len(splits.train), len(splits.dev), len(splits.test or [])) == (240, 60, 20)
    assert splits.warnings[0].startswith("mine has no validation split; its train is divided into 240 train, 60 validation")


def test_slices_of_one_file_make_no_splits(tmp_path: Path) -> None:
    slices = {"STSB_TRAIN_SPLIT": "train[:80%]", "STSB_DEV_SPLIT": "train[80%:90%]", "STSB_TEST_SPLIT": "train[90%:]"}
    splits = load(pairs(tmp_path / "p.csv", 100), **slices)
    assert list(splits.train.columns["sentence1"]) == [f"left {row}" for row in range(80)]
    assert splits.warnings == ()


def test_sentences_in_two_splits_of_a_person_are_told_beside_whole_rows(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    pairs(folder / "train.csv", 50)

    def three_kinds(row: int) -> str:
        if row < 3:
            return f"left {row},right {row}"
        return f"LEFT {row},new {row}" if row < 7 else f"x {row},y {row}"

    pairs(folder / "dev.csv", 20, three_kinds)
    warnings = load(folder, STSB_TEST_SPLIT="none").warnings
    both = "stand in both train and dev: scores may look better than they are"
    assert warnings == (f"3 pairs {both}", f"4 more sentences {both}")


def test_a_header_of_another_task_names_it(tmp_path: Path) -> None:
    path = questions(tmp_path / "qa.csv", 30)
    with pytest.raises(DataError, match="these look like the columns of TASK retrieval: set TASK=retrieval"):
        load(path)
    lines = tmp_path / "qa.jsonl"
    lines.write_text(json.dumps({"question": "a", "answer": "b"}) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="these look like the columns of TASK retrieval: set TASK=retrieval"):
        load(lines)
    assert len(load(path, **RETRIEVAL).train) == 18


def test_grades_outside_are_counted_with_their_places(tmp_path: Path) -> None:
    path = pairs(tmp_path / "p.csv", 100)
    path.write_text(path.read_text().replace(",0.9\n", ",8\n"), encoding="utf-8")
    with pytest.raises(DataError, match=r"score = 8 is outside 0..1.*; 9 rows are, also (p\.csv:\d+, ){3}p\.csv:\d+ …"):
        load(path)


def test_a_datasets_folder_gives_the_same_rows_as_the_file(tmp_path: Path) -> None:
    from datasets import Dataset, DatasetDict

    file = pairs(tmp_path / "p.csv", 60)
    rows = Dataset.from_dict(
        {name: list(values) for name, values in load(file, **{**WHOLE, "STSB_DEV_SPLIT": "validation"}).train.columns.items()}
    )
    rows.save_to_disk(tmp_path / "alone")
    made = load(tmp_path / "alone")
    assert made.warnings[0].startswith("36 rows in a dataset: divided into")
    DatasetDict({"train": rows, "dev": rows.select(range(5)), "test": rows.select(range(7, 3, -1))}).save_to_disk(
        tmp_path / "three"
    )
    three = load(tmp_path / "three")
    assert list(three.test.columns["sentence1"]) == [rows[at]["sentence1"] for at in range(7, 3, -1)]  # type: ignore[union-attr]
    assert (len(three.train), len(three.dev)) == (36, 5)
    (tmp_path / "three" / "dataset_dict.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="three: not readable as a datasets folder"):
        load(tmp_path / "three")


HUB = """
import sys
from pathlib import Path
from tuning_trainer.client import default_config
from tuning_trainer.data import DataError, load_splits
splits = {"STSB_TRAIN_SPLIT": "train", "STSB_DEV_SPLIT": "validation", "STSB_TEST_SPLIT": "test"}
config = {**default_config(Path(sys.argv[1])), **splits}
for name in sys.argv[3:]:
    try:
        splits = load_splits({**config, "DATASET_NAME": name}, Path(sys.argv[2]))
        print(splits.source, len(splits.train), len(splits.dev), len(splits.test), splits.train.columns["sentence1"][0])
    except DataError as error:
        print(error)
"""


def test_a_dataset_of_the_hub_comes_from_its_local_cache(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    make = f"""
import json, shutil
from pathlib import Path
from datasets import load_dataset
files = {{"train": [], "validation": []}}
for split, rows in (("train", 60), ("validation", 12)):
    path = Path({str(tmp_path)!r}) / f"{{split}}.jsonl"
    made = [{{"sentence1": f"{{split}} {{r}}", "sentence2": f"b {{split}} {{r}}", "score": r % 5 / 5}} for r in range(rows)]
    path.write_text(chr(10).join(map(json.dumps, made)))
    files[split] = str(path)
load_dataset("json", data_files=files)
made = next(Path({str(cache)!r}).glob("json/*"))
# As the library keeps a dataset of the hub: owner___name/configuration/version/hash.
version = next(made.iterdir())
for config in ("default", "easy"):
    home = Path({str(cache)!r}) / "me___pairs" / config / "0.0.0" / ("0" * 40)
    home.parent.mkdir(parents=True)
    shutil.copytree(next(version.iterdir()), home)
    for file in home.glob("json-*.arrow"):
        file.rename(home / file.name.replace("json-", "pairs-"))
    info = json.loads((home / "dataset_info.json").read_text())
    info |= {{"builder_name": "parquet", "dataset_name": "pairs", "config_name": config}}
    (home / "dataset_info.json").write_text(json.dumps(info))
shutil.rmtree(made.parent)
"""
    offline = {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_DATASETS_CACHE": str(cache),
        "HF_HOME": str(tmp_path / "hf"),
    }
    environment = {**os.environ, **offline, "PYTHONPATH": str(PROJECT / "trainer" / "src")}
    subprocess.run([sys.executable, "-c", make], env=environment, check=True, capture_output=True)
    names = ["hub:me/pairs:easy", "hub:me/pairs:default", "hub:me/others"]
    asked = [sys.executable, "-c", HUB, str(PROJECT), str(tmp_path), *names]
    said = subprocess.run(asked, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()
    assert said[0].startswith("me/pairs (easy) (hub) 48 12 12 train ")
    assert said[1].startswith("me/pairs (default) (hub) 48 12 12 train ")
    assert said[2].startswith("DATASET_NAME = hub:me/others: me/others is neither cached nor reachable")


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as a large one."""
    monkeypatch.setattr(data_cache, "SMALL", 0)


def entries(folder: Path) -> list[Path]:
    return sorted((folder / ".tuning" / "data").iterdir())


def test_rows_on_the_disk_are_those_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuning_trainer.rows._BATCH_ROWS", 7)
    monkeypatch.setattr("tuning_trainer.rows._AT_ONCE", 5)
    path = pairs(tmp_path / "p.csv", 100, lambda row: f'"left {row}\nof two lines",右 {row}')
    path.write_text(path.read_text(encoding="utf-8").replace(",0.5\n", ",4\n"), encoding="utf-8")
    in_memory = load(path)
    monkeypatch.setattr(data_cache, "SMALL", 0)
    for _ in range(2):
        there = load(path)
        assert there.fingerprint == in_memory.fingerprint and there.warnings == in_memory.warnings
        for name, values in in_memory.train.columns.items():
            assert list(there.train.columns[name]) == list(values)
            assert there.train.columns[name][3] == values[3] and there.train.columns[name][-1] == values[-1]
            assert there.train.columns[name][2:9:3] == list(values)[2:9:3]
        assert numpy.asarray(there.train.columns["score"]).tolist() == list(in_memory.train.columns["score"])
        some = there.train.take([5, 2, 40])
        assert list(some.columns["sentence2"]) == [in_memory.train.columns["sentence2"][at] for at in (5, 2, 40)]
        mined = [f"negative {row}" for row in range(len(some))]
        trained = training_set({**some.columns, "negative": mined})
        assert trained[:] == {**{name: list(values) for name, values in some.columns.items()}, "negative": mined}
    assert len(entries(tmp_path)) == 1


def test_errors_of_rows_on_the_disk_name_file_and_row(tmp_path: Path, on_disk: None) -> None:
    path = pairs(tmp_path / "p.csv", 50)
    good = path.read_text()
    path.write_text(good.replace("right 30", ""), encoding="utf-8")
    with pytest.raises(DataError, match=r"p\.csv:32: sentence2 = '' is not a sentence"):
        load(path)
    assert entries(tmp_path) == []
    path.write_text(good.replace("right 30,0.8", "right 30,9"), encoding="utf-8")
    for _ in range(2):
        with pytest.raises(DataError, match=r"p\.csv:32: score = 9 is outside"):
            load(path)


def test_a_file_that_changes_in_content_alone_is_read_again(tmp_path: Path, on_disk: None) -> None:
    path = pairs(tmp_path / "p.csv", 50)
    before, stat = load(path).fingerprint, path.stat()
    path.write_text(path.read_text().replace("left 7,", "left X,"), encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_size == stat.st_size
    assert load(path).fingerprint != before
    assert load(path, COLUMNS={"sentence1": "sentence2", "sentence2": "sentence1", "score": "score"}).fingerprint != before


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path, on_disk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_cache, "_MOST_ENTRIES", 2)
    for number, name in enumerate(("a.csv", "b.csv", "c.csv")):
        load(pairs(tmp_path / name, 40 + number))
        for age, entry in enumerate(entries(tmp_path)):
            os.utime(entry, (1000 + age, 1000 + age)) if number == 0 else None
        if number == 1:
            load(tmp_path / "a.csv")
    assert len(entries(tmp_path)) == 2
    left = tmp_path / ".tuning" / "data" / "new-killed"
    left.mkdir()
    os.utime(left, (1000, 1000))
    # The one that was used again is still there; the one that was not is made again.
    used = {entry.stat().st_mtime for entry in entries(tmp_path)}
    load(tmp_path / "a.csv")
    assert {entry.stat().st_mtime for entry in entries(tmp_path)} != used
    load(tmp_path / "b.csv")
    assert not left.exists()


def test_an_entry_that_lost_its_rows_is_made_again(tmp_path: Path, on_disk: None) -> None:
    path = pairs(tmp_path / "p.csv", 50)
    whole = load(path).fingerprint
    (entry,) = entries(tmp_path)
    # As a kill in the midst of its removal leaves it, and a note written meanwhile.
    (entry / "rows.arrow").unlink()
    (entry / "note.json").write_text("{}", encoding="utf-8")
    killed = entry.with_name("dropped-killed")
    killed.mkdir()
    (killed / "rows.arrow").write_bytes(b"half")
    assert load(path).fingerprint == whole
    assert entries(tmp_path) == [entry] and (entry / "rows.arrow").exists()


LOADS = """
import sys
from pathlib import Path
from tuning_trainer import data_cache
from tuning_trainer.client import default_config
from tuning_trainer.data import load_splits
from tuning_trainer.rows import training_set
from tuning_trainer.tasks import task_of
import datasets, scipy.sparse.csgraph
def peak():
    # Of this program alone: what getrusage says began with the process that forked it.
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) // 1024
slices = dict(zip(("STSB_TRAIN_SPLIT", "STSB_DEV_SPLIT", "STSB_TEST_SPLIT"), sys.argv[4:]))
config = {**default_config(Path(sys.argv[1])), "DATASET_NAME": sys.argv[3], **slices}
before = peak()
splits = load_splits(config, Path(sys.argv[2]))
task_of(config).facts(splits.train)
rows = training_set(splits.train.columns)
assert len(rows) == len(splits.train)
rows[len(rows) // 2]
print(splits.fingerprint, peak() - before)
"""


def loading(path: Path, *slices: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "trainer" / "src")}
    asked = [sys.executable, "-c", LOADS, str(PROJECT), str(path.parent), path.name, *slices]
    return subprocess.Popen(asked, env=environment, stdout=subprocess.PIPE, text=True)


def said_by(process: "subprocess.Popen[str]") -> tuple[str, int]:
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    fingerprint, grown = out.split()
    return fingerprint, int(grown)


def test_two_processes_at_once_make_one_whole_entry(tmp_path: Path) -> None:
    path = pairs(tmp_path / "p.csv", 40_000, lambda row: f"left {row} {'x' * 60},right {row} {'y' * 60}")
    assert path.stat().st_size > data_cache.SMALL
    both = [loading(path, "train[:80%]", "train[80%:90%]", "train[90%:]") for _ in range(2)]
    first, second = (said_by(process)[0] for process in both)
    assert first == second
    assert [entry.name.startswith("new-") for entry in entries(tmp_path)] == [False]


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_large_file_does_not_come_into_memory(tmp_path: Path) -> None:
    # With the whole table in memory it grows by 157 MiB, as Python objects by more.
    path = pairs(tmp_path / "p.csv", 200_000, lambda row: f"left {row} {'x' * 190},right {row} {'y' * 190}")
    slices = ("train[:80%]", "train[80%:90%]", "train[90%:]")
    fingerprint, grown = said_by(loading(path, *slices))
    assert grown < 100, f"the first time: {grown} MiB"
    again, grown = said_by(loading(path, *slices))
    assert (again, grown < 45) == (fingerprint, True), f"the second time: {grown} MiB"


def test_forked_children_train_on_a_large_file(client: TrainerClient, config: dict[str, Any], tmp_path: Path) -> None:
    path = pairs(tmp_path / "p.csv", 40_000, lambda row: f"left {row} {'x' * 60},right {row} {'y' * 60}")
    slices = {"STSB_TRAIN_SPLIT": "train[:8]", "STSB_DEV_SPLIT": "train[8:20]", "STSB_TEST_SPLIT": "none"}
    large = {**config, "DATASET_NAME": str(path), "EVAL_LOOKS": 1, **slices}
    state = {"project_dir": str(PROJECT), "config": large}
    inspection = client.ask("inspect", "seen", **state)[-1]["inspection"]["data"]
    assert inspection["splits"]["train"]["tokens"]["limit"] == 256
    client.begin(tmp_path / "one", large)
    client.begin(tmp_path / "two", large)
    ends = list(client.ends(["one", "two"]))
    assert [end["event"] for end in ends] == ["finished", "finished"]
    assert ends[0]["score"] == ends[1]["score"]


def test_shares_of_rows_grow_with_the_file_within_bounds() -> None:
    assert [made_splits.rows_wanted(rows) for rows in (3, 10, 499, 500, 1000, 9000, 10**6)] == [1, 2, 99, 100, 100, 900, 5000]
