"""check-data: everything that is wrong at once, and what data are taken for."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import DEFAULTS, PROJECT
from test_own_data import RETRIEVAL, WHOLE, pairs, questions

from tuning_trainer.check_data import answer
from tuning_trainer.model import find_model
from tuning_trainer.near_duplicates import almost_equal
from tuning_trainer.scripts import script_shares
from tuning_trainer.token_lengths import tokens_of


def ask(path: Path, ask: str = "all", **change: Any) -> dict[str, Any]:
    config = {**DEFAULTS, **WHOLE, "DATASET_NAME": str(path), **change}
    return answer({"v": 1, "ask": ask, "project_dir": str(PROJECT), "config": config})


def test_all_problems_are_told_with_how_many_rows_and_where(tmp_path: Path) -> None:
    path = pairs(tmp_path / "p.csv", 60)
    with path.open("a") as file:
        file.write("".join(f"x {row},,0.5\n" for row in range(7)) + "a,b,high\nonly,two\nc,d,9\ne,f,7\n")
    found = ask(path)
    assert not found["usable"]
    told = {problem["message"].split(": ", 1)[1]: (problem["count"], len(problem["places"])) for problem in found["problems"]}
    assert list(told.values()) == [(7, 5), (1, 1), (1, 1), (2, 2)]
    for start in (
        "sentence2 = '' is not a sentence",
        "score = 'high' is not a number",
        "2 cells, but",
        "score = 9 is outside 0..1",
    ):
        assert any(message.startswith(start) for message in told), start
    # What is sound is looked at all the same.
    assert sum(split["rows"] for split in found["splits"].values()) == 62


def test_sound_data_are_described_as_they_would_be_used(tmp_path: Path) -> None:
    path = tmp_path / "qa.jsonl"
    rows = [
        {"id": row, "question": f"What is {row}?", "answer": f"答え {row}. " + "word " * (300 if row == 0 else 1)}
        for row in range(50)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = ask(path, **RETRIEVAL, QUERY_PROMPT="query: ", MAX_SEQ_LENGTH=64)
    assert found["usable"] and found["problems"] == []
    assert found["columns"]["train"] == {
        "sources": {"query": "question", "positive": "answer"},
        "header": ["id", "question", "answer"],
    }
    assert {part: split["rows"] for part, split in found["splits"].items()} == {"train": 30, "dev": 10, "test": 10}
    longest = max(found["splits"].values(), key=lambda split: split["tokens"]["positive"]["longest"])
    assert longest["tokens"]["positive"]["limit"] == 64 and 0 < longest["tokens"]["positive"]["cut"] <= 0.1
    assert set(longest["texts"]["positive"]["scripts"]) == {"Han", "Kana", "Latin"}
    cells = found["examples"][0]["cells"]
    assert cells[0]["value"].startswith("query: What is ") and not cells[0]["cut"]
    assert ask(path, "columns")["task"] == "retrieval"


def test_an_unreadable_file_keeps_the_rows_before_and_says_so(tmp_path: Path) -> None:
    path = pairs(tmp_path / "p.csv", 60)
    path.write_bytes(path.read_bytes() + b'"never closed')
    found = ask(path)
    assert [problem["message"].split(": ", 1)[1] for problem in found["problems"]] == [
        "not readable as a table: unexpected end of data"
    ]
    assert sum(split["rows"] for split in found["splits"].values()) == 60


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"DATASET_NAME": "nowhere.csv"}, "there is no such file or folder"),
        ({"STSB_DEV_SPLIT": "train[:5]"}, "share row 0 of train"),
        ({"COLUMNS": {"sentence1": "a", "sentence2": "b", "score": "score"}}, "COLUMNS.sentence1 = 'a' is missing"),
    ],
)
def test_wrong_settings_are_problems(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    found = ask(pairs(tmp_path / "p.csv", 60), **change)
    assert not found["usable"] and message in found["problems"][0]["message"]


def test_the_program_answers_one_line_and_nothing_else(tmp_path: Path) -> None:
    config = {**DEFAULTS, **WHOLE, **RETRIEVAL, "DATASET_NAME": str(questions(tmp_path / "qa.csv", 40))}
    request = json.dumps({"v": 1, "ask": "all", "project_dir": str(PROJECT), "config": config})
    asked = [sys.executable, "-m", "tuning_trainer", "check-data"]
    environment = {"PYTHONPATH": str(PROJECT / "trainer" / "src"), "HF_HUB_OFFLINE": "1", "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(asked, input=request, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout)["usable"]


def test_near_duplicates_are_found_in_every_script_and_equal_ones_left_out() -> None:
    first = [
        "The quick brown fox jumps over the lazy dog.",
        "今日はとても良い天気ですね、散歩に行きましょう。",
        "short",
        "same text",
    ]
    second = ["The quick brown fox jumped over the lazy dog, again", "The quick brown fox jumps over the lazy dog!", "SAME  text"]
    second.append("今日はとても良い天気ですね、散歩に行きました。")
    found = {(left, right) for left, right, alike in almost_equal(first, second) if alike >= 0.8}
    assert found == {(0, 1), (1, 3)}


def test_near_duplicates_of_a_hundred_thousand_sentences_take_seconds() -> None:
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(3000)]
    texts = [" ".join(draw.choices(words, k=10)) for _ in range(100_000)]
    changed = [f"{text} {words[0]}" for text in texts[::1000]]
    started = time.process_time()
    found = almost_equal(texts, changed)
    assert {(left, right) for left, right, _ in found} == {(1000 * at, at) for at in range(100)}
    assert time.process_time() - started < 60


def test_scripts_are_counted_by_letters() -> None:
    shares = script_shares(["abc 123", "абв", "漢字", "かな", "한글", "ابج"])
    assert shares == {"Latin": 0.2, "Cyrillic": 0.2, "Arabic": 0.2, "Han": 2 / 15, "Hangul": 2 / 15, "Kana": 2 / 15}
    assert script_shares(["123 !?"]) == {}


def test_tokens_are_counted_as_the_model_counts_them() -> None:
    from sentence_transformers import SentenceTransformer

    folder = find_model("sentence-transformers/all-MiniLM-L6-v2", PROJECT).path
    tokens = tokens_of(folder, {})
    assert tokens is not None
    texts = ["Hello world", "a much longer sentence, with punctuation; and more " * 40]
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    assert tokens.limit == model.max_seq_length
    for text, count in zip(texts, tokens.counts(texts), strict=True):
        read = model.tokenize([text])["input_ids"].shape[1]
        assert read == min(count, tokens.limit)
    kept = tokens.kept(texts[1])
    assert texts[1].startswith(kept) and model.tokenize([kept])["input_ids"].shape[1] == tokens.limit
