"""Reading data: what is accepted, and the one clear message for what is not."""

from pathlib import Path
from typing import Any

import pytest
from conftest import DEFAULTS, PROJECT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuning_trainer.data import DataError, load_splits
from tuning_trainer.slices import parse_slice

GOOD = "sentence1,sentence2,score\n" + "".join(f'"a {i}, b",c {i},{i / 10}\n' for i in range(11))
SPLITS = {"STSB_TRAIN_SPLIT": "train[:5]", "STSB_DEV_SPLIT": "train[5:8]", "STSB_TEST_SPLIT": "train[8:]"}


def load(path: Path, **change: Any) -> Any:
    return load_splits({**DEFAULTS, **SPLITS, "DATASET_NAME": path.name, **change}, path.parent)


def put(folder: Path, text: str | bytes, name: str = "pairs.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("text", "count", "rows"),
    [
        ("train[:200]", 1000, range(200)),
        ("train", 7, range(7)),
        ("validation[10%:20%]", 50, range(5, 10)),
        ("test[-3:]", 10, range(7, 10)),
        ("dev[2:4]", 10, range(2, 4)),
    ],
)
def test_a_slice_means_these_rows(text: str, count: int, rows: range) -> None:
    assert list(parse_slice(text, "KEY").rows(count)) == list(rows)


@pytest.mark.parametrize("text", ["train[1]", "rows", "train[a:b]", "train[:5", ""])
def test_a_wrong_slice_is_named_with_its_key(text: str) -> None:
    with pytest.raises(ValueError, match="STSB_DEV_SPLIT"):
        parse_slice(text, "STSB_DEV_SPLIT")


def test_the_bundled_data_load() -> None:
    splits = load_splits(DEFAULTS, PROJECT)
    assert (len(splits.train), len(splits.dev), len(splits.test or [])) == (200, 100, 500)
    assert splits.warnings == ()
    assert load_splits(DEFAULTS, PROJECT).fingerprint == splits.fingerprint
    assert load_splits({**DEFAULTS, "STSB_DEV_SPLIT": "validation[:101]"}, PROJECT).fingerprint != splits.fingerprint


def test_formats_and_columns(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    expected = load(put(tmp_path, GOOD)).fingerprint
    rows = [(f"a {i}, b", f"c {i}", i / 10) for i in range(11)]
    assert load(put(tmp_path, "".join(f"{a}\t{b}\t{s}\n" for a, b, s in rows), "p.tsv")).fingerprint == expected
    import json

    lines = "".join(json.dumps({"x": a, "y": b, "z": s}) + "\n" for a, b, s in rows)
    mapping = {"sentence1": "x", "sentence2": "y", "score": "z"}
    assert load(put(tmp_path, lines, "p.jsonl"), COLUMNS=mapping).fingerprint == expected
    table = pyarrow.table({"sentence1": [r[0] for r in rows], "sentence2": [r[1] for r in rows], "score": [r[2] for r in rows]})
    pyarrow.parquet.write_table(table, tmp_path / "p.parquet")
    assert load(tmp_path / "p.parquet").fingerprint == expected


def test_scores_of_0_to_5_are_found_and_told(tmp_path: Path) -> None:
    splits = load(put(tmp_path, "".join(f"a{i},b{i},{i / 2}\n" for i in range(11))))
    assert splits.train.columns["score"][:3] == [0, 0.1, 0.2]
    assert "0..5" in splits.warnings[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("0.3", "high"), r"pairs\.csv:5: score = 'high' is not a number"),
        (GOOD.replace("0.3", "nan"), r"pairs\.csv:5: score = 'nan' is not a number"),
        (GOOD.replace(",0.9", ",7"), r"pairs\.csv:11: score = 7 is outside"),
        (GOOD.replace("c 4", ""), r"pairs\.csv:6: sentence2 = '' is not a sentence"),
        (GOOD.replace("c 4,", ""), r"pairs\.csv:6: 2 cells, but the first row has 3"),
        (GOOD.replace("score", "grade"), r"pairs\.csv:1: no columns sentence1, sentence2, score"),
        (GOOD + '"never closed', r"pairs\.csv:\d+: not readable as a table"),
        (GOOD.encode() + b"\xff\xfe,x,1\n", r"is not UTF-8 text"),
        ("sentence1,sentence2,score\n", r"is empty: train has 0 rows"),
        ("", r"is empty"),
        ("a,b,1\n" * 11, r"all \d scores are equal"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(put(tmp_path, text))


def test_a_line_behind_a_quoted_line_break_keeps_its_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pairs\.csv:4: score"):
        load(put(tmp_path, 'sentence1,sentence2,score\n"a\nb",c,0.1\nd,e,oops\n'))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"STSB_DEV_SPLIT": "train[4:8]"}, "share row 4 of train"),
        ({"STSB_DEV_SPLIT": "train[6:6]"}, "is empty"),
        ({"COLUMNS": {"sentence1": "a", "sentence2": "sentence2", "score": "score"}}, r"COLUMNS\.sentence1 = 'a' is missing"),
        ({"COLUMNS": {"sentence1": 0, "sentence2": 1, "score": 9}}, r"COLUMNS\.score = 9, but there are 3 columns"),
        ({"SCORE_RANGE": [0, 0.5]}, r"outside its range; allowed: 0 to 0\.5"),
        ({"DATASET_NAME": "none.csv"}, "there is no such file or folder"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(put(tmp_path, GOOD), **change)


def test_a_folder_without_a_test_file_gets_one_of_its_training_rows(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    put(folder, GOOD, "my-train.csv")
    put(folder, GOOD.replace("a ", "x ").replace("c ", "y "), "my-dev.csv")
    splits = {"STSB_TRAIN_SPLIT": "train", "STSB_DEV_SPLIT": "validation[:5]", "STSB_TEST_SPLIT": "test"}
    loaded = load(folder, **splits)
    assert (len(loaded.train), len(loaded.dev), len(loaded.test)) == (9, 5, 2)
    said = "mine has no test split; its train is divided into 9 train, 2 test; no sentence stands in two of them"
    assert loaded.warnings == (said,)
    assert load(folder, **{**splits, "STSB_TEST_SPLIT": "none"}).test is None
    assert len(load(folder, **{**splits, "STSB_TEST_SPLIT": "validation[5:]"}).test) == 6


def test_pairs_in_two_splits_are_told(tmp_path: Path) -> None:
    warnings = load(put(tmp_path, "".join(f"a{i % 5},b{i % 5},{i / 10}\n" for i in range(11)))).warnings
    assert any("stand in both train and dev" in warning for warning in warnings)


def test_real_sts_b() -> None:
    folder = PROJECT.parent / "shared" / "data" / "stsb"
    if not folder.is_dir():
        pytest.skip("STS-B is not beside the project; its licence forbids bundling it")
    config = {**DEFAULTS, "DATASET_NAME": str(folder), "STSB_TRAIN_SPLIT": "train", "STSB_DEV_SPLIT": "validation[:100]"}
    splits = load_splits({**config, "STSB_TEST_SPLIT": "validation[100:]"}, PROJECT)
    assert (len(splits.train), len(splits.dev), len(splits.test or [])) == (5749, 100, 1400)
    assert max(splits.train.columns["score"]) == 1


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=200), st.text(alphabet='a,"\n\r0.5\x00', max_size=80).map(str.encode)))
def test_any_bytes_are_data_or_a_data_error(tmp_path: Path, noise: bytes) -> None:
    for text in (noise, GOOD.encode()[: len(noise)] + noise + GOOD.encode()[len(noise) :]):
        try:
            assert len(load(put(tmp_path, text)).dev) > 0
        except DataError as error:
            assert str(error)
