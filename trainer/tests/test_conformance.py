"""The conformance test for authors of own trainings: it passes what is right, and names what is missing with its mending."""

from pathlib import Path
from typing import Any

import pytest
from conftest import DEFAULTS, PROJECT
from test_plugins import KEYS, KINDS

from tuning_trainer.client import TrainerClient
from tuning_trainer.plugins.conformance.arguments import read_arguments, read_yaml
from tuning_trainer.plugins.conformance.checks import CHECKS, check_all
from tuning_trainer.plugins.conformance.subject import Subject

TUNABLE = {"RATE": {"type": "float", "min": 0.1, "max": 1}}
SLOW = {**DEFAULTS, **KEYS, "STEPS": 12, "PAUSE": 0.05, "SAVE_STEPS": "auto"}
LOOP = """
import random, time
def train(config, report):
    total = 0
    for step in range(1, 13):
        total += {draw}
        time.sleep(0.05)
        report.progress(step, 12)
        {more}
    return total
"""


def lines_of(client: TrainerClient, config: dict[str, Any], folder: Path) -> tuple[int, dict[str, str]]:
    """Return how many checks failed, and each check's line by its name."""
    said: list[str] = []
    failed = check_all(Subject(client, config, TUNABLE, folder), said.append)
    return failed, {name: line for (name, _), line in zip(CHECKS, said, strict=False)}


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_right_one_passes(client: TrainerClient, tmp_path: Path, kind: str) -> None:
    # A command reads SAVE_STEPS by itself, and knows no `auto`.
    config = {**SLOW, **KINDS[kind], "SAVE_STEPS": 100, "TRAINER_FILES": ["README.md"]}
    failed, lines = lines_of(client, config, tmp_path)
    assert failed == 0, lines
    assert [line[0] for line in lines.values()] == ["✓"] * len(CHECKS), lines
    assert "went on from step 3, same result" in lines["resumes after a kill"]


@pytest.mark.parametrize(
    ("draw", "more", "missing"),
    [
        ("1", "", {"leaves when asked": "without a checkpoint", "resumes after a kill": "no checkpoint"}),
        ("random.Random().random()", "", {"gives the same again": "draw all random numbers from SEED"}),
        (
            "random.random()",
            "if report.checkpoint_due:\n            with report.checkpoint(step): pass",
            {"resumes after a kill": "step 1 came after step 3"},
        ),
        (
            "1",
            "if report.checkpoint_due:\n            with report.checkpoint(step): pass\n"
            "        if step == 1 and report.resume: report.progress = lambda *_: None",
            {"resumes after a kill": "step 1 came after step 3"},
        ),
    ],
    ids=["no checkpoint", "not seeded", "does not go on", "begins again"],
)
def test_what_is_missing_is_named(client: TrainerClient, tmp_path: Path, draw: str, more: str, missing: dict[str, str]) -> None:
    (tmp_path / "own.py").write_text(LOOP.format(draw=draw, more=more), encoding="utf-8")
    failed, lines = lines_of(client, {**SLOW, "TRAINER": str(tmp_path / "own.py")}, tmp_path)
    assert failed >= len(missing)
    for name, words in missing.items():
        assert lines[name].startswith("✗") and words in lines[name], lines[name]
        assert "\n    " in lines[name], "it says how to mend it"
    # It has no evaluate and takes any value: told, too.
    assert lines["evaluates a model"].startswith("·")
    assert "nonsense was taken" in lines["refuses a bad value"]


def test_one_that_does_not_start_ends_it(client: TrainerClient, tmp_path: Path) -> None:
    failed, lines = lines_of(client, {**SLOW, "TRAINER_COMMAND": ["no-such-program"]}, tmp_path)
    assert (failed, list(lines)) == (1, ["starts and answers"])
    assert "no-such-program is not there" in lines["starts and answers"]


def test_the_command_line_names_a_file_or_a_command_and_keys() -> None:
    given, tunable = read_arguments(["my.py", "--set", "RATE=1e-3", "--set", "DEPTH=no"], PROJECT)
    assert (given["TRAINER"], given["TRAINER_COMMAND"], given["RATE"], given["DEPTH"]) == ("my.py", None, 0.001, "no")
    given, _ = read_arguments(["./train", "--fast", "7"], PROJECT)
    assert (given["TRAINER"], given["TRAINER_COMMAND"]) == (None, ["./train", "--fast", "7"])
    given, tunable = read_arguments(["--config", "examples/sklearn/tuning.yaml"], PROJECT)
    assert given["TRAINER"] == "examples/sklearn/train.py" and "SHRINKAGE" in tunable
    with pytest.raises(SystemExit):
        read_arguments([], PROJECT)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-5", 1e-5),
        ("1.5E+3", 1500.0),
        ("-2e3", -2000.0),
        ("true", True),
        ("no", "no"),
        ("on", "on"),
        ("7", 7),
        ("x1e5", "x1e5"),
    ],
)
def test_values_are_read_as_the_worker_reads_them(text: str, value: object) -> None:
    assert read_yaml(text) == value and type(read_yaml(text)) is type(value)
