"""Whatever stands in a data file, it is graded pairs with scores in 0..1, or one DataError that says why not.

FUZZ_SEED repeats a run; in CI it is fixed, so that a result says something of the commit and not of a die. FUZZ_RUNS is a
number of files per test, or `full`.
"""

import json
import math
import os
import random
import re
import time
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from conftest import DEFAULTS
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from tuning_trainer.data import DataError, Split, load_splits

SEED = int(os.environ.get("FUZZ_SEED") or (20_260_101 if os.environ.get("CI") else random.randrange(2**31)))
_WANTED = os.environ.get("FUZZ_RUNS") or "60"
RUNS = 2000 if _WANTED == "full" else int(_WANTED)
#: Far above what any single file takes; one that takes longer counts as a hang.
LONGEST_S = 10
#: An event carries at most this much of a message; the rest would only cost memory.
LONGEST_MESSAGE = 4000

SPLITS = {"STSB_TRAIN_SPLIT": "train[:5]", "STSB_DEV_SPLIT": "train[5:8]", "STSB_TEST_SPLIT": "train[8:]"}
ROWS = [(f'A "quoted" {i},\nwith a line break', f"另一句; {i}", i / 10) for i in range(11)]
CSV = "sentence1,sentence2,score\r\n" + "".join('"{}","{}",{}\r\n'.format(a.replace('"', '""'), b, s) for a, b, s in ROWS)
JSONL = "".join(json.dumps({"sentence1": a, "sentence2": b, "score": s}, ensure_ascii=False) + "\n" for a, b, s in ROWS)

NUMBERS = ["1e400", "-1e400", "NaN", "inf", "-Infinity", "1e308", "-0", "1_0", "0x1", "٣", "true", "null", "9" * 400, "9" * 5000]
NESTED = [*("[" * depth + "]" * depth for depth in (3, 400, 700, 5000)), '{"a":' * 700 + "1" + "}" * 700]
TEXTS = ['""', r'"\ud800"', r'"\u0000"', r'"\u2028"', '"__proto__"', r'"\"', '" "', f'"{" " * 20_000}"']
MARKS = ['"', '""', "'", "\\", ",", "," * 5000, ";", "{", "[]", "\t", "\n", "\r", "\0", "\x85", "\ufeff", "a,b,0.5\n"]
ILL_FORMED = [b"\xff\xfe", b"\xc3", b"\xed\xa0\x80"]
PUT = st.one_of(
    st.sampled_from([*NUMBERS, *NESTED, *TEXTS, *MARKS]).map(str.encode),
    st.sampled_from(ILL_FORMED),
    st.binary(min_size=1, max_size=6),
)
ENCODINGS = ["utf-8"] * 8 + ["utf-8-sig", "utf-16", "utf-32-be", "gb18030", "cp1252"]

#: Where a whole cell or value stands: what replaces it leaves the rest of the row sound.
CELLS = {"score": re.compile(rb"\b[01]\.\d\b"), "sentence": re.compile('"另一句; \\d+"'.encode())}
HOWS = st.sampled_from(["score"] * 4 + ["sentence"] * 4 + ["insert", "replace", "delete", "duplicate", "swap", "quote"])
STEP = st.tuples(HOWS, st.integers(0, 1 << 20), st.integers(0, 1 << 20), st.integers(1, 40), PUT)
BY_PLACE = {"COLUMNS": {"sentence1": 0, "sentence2": 1, "score": 2}}
CHANGES = st.sampled_from([{}, {}, {"SCORE_RANGE": [0, 5]}, {"SCORE_RANGE": [-1.5e308, 1.5e308]}, BY_PLACE])
FUZZED = settings(
    max_examples=RUNS, deadline=None, database=None, print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _tell_the_seed() -> None:
    print(f"test_fuzz_data: {RUNS} runs; repeat with FUZZ_SEED={SEED}")


def mutate(data: bytes, step: tuple[str, int, int, int, bytes]) -> bytes:
    how, at, to, length, put = step
    if how in CELLS:
        cells = [match.span() for match in CELLS[how].finditer(data)]
        start, end = cells[at % len(cells)] if cells else (0, 0)
        return data[:start] + put + data[end:]
    start = at % (len(data) + 1)
    before, middle, after = data[:start], data[start : start + length], data[start + length :]
    if how == "quote":
        return before + data[start:].replace(b'"', b"", 1)
    if how == "swap":
        split = to % (len(after) + 1)
        return before + after[:split] + middle + after[split:]
    return before + {"insert": put + middle, "replace": put, "delete": b"", "duplicate": middle * 2}[how] + after


def check(split: Split) -> None:
    assert len(split) > 0
    for first, second, score in split.rows():
        assert all(isinstance(text, str) and text.strip() for text in (first, second))
        assert math.isfinite(score) and 0 <= score <= 1


def load_or_refuse(path: Path, data: bytes, change: dict[str, Any]) -> None:
    path.write_bytes(data)
    start = time.monotonic()
    try:
        splits = load_splits({**DEFAULTS, **SPLITS, "DATASET_NAME": path.name, **change}, path.parent)
    except DataError as error:
        assert 0 < len(str(error)) < LONGEST_MESSAGE
    else:
        for split in (splits.train, splits.dev, splits.test):
            assert split is not None
            check(split)
            # Equal scores have no correlation: such a training would have no score.
            assert split is splits.train or len(set(split.columns["score"])) > 1
    assert time.monotonic() - start < LONGEST_S
    assert path.read_bytes() == data
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(("name", "text"), [("pairs.csv", CSV), ("pairs.tsv", CSV.replace(",", "\t")), ("pairs.jsonl", JSONL)])
def test_a_mutated_file_is_pairs_or_a_data_error(tmp_path: Path, name: str, text: str) -> None:
    @seed(SEED)
    @FUZZED
    @given(st.lists(STEP, min_size=1, max_size=5), st.sampled_from(ENCODINGS), CHANGES)
    def any_mutation(steps: list[Any], encoding: str, change: dict[str, Any]) -> None:
        note(f"repeat with FUZZ_SEED={SEED}")
        load_or_refuse(tmp_path / name, reduce(mutate, steps, text.encode(encoding, errors="replace")), change)

    any_mutation()


@pytest.mark.parametrize("columns", [3, 5000, 50_000])
def test_thousands_of_columns_are_read_by_name_or_refused_shortly(tmp_path: Path, columns: int) -> None:
    extra = ",".join(f"c{i}" for i in range(columns - 3))
    header, rest = ("sentence1,sentence2,score," + extra).rstrip(","), ("," * (columns - 3))
    rows = "".join(f"a{i},b{i},{i / 10}{rest}\n" for i in range(11))
    load_or_refuse(tmp_path / "wide.csv", f"{header}\n{rows}".encode(), {})
    load_or_refuse(tmp_path / "wide.csv", f"{header.replace('score', 'grade')}\n{rows}".encode(), {})
