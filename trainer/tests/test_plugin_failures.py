"""What an own training can do wrong: one message each, with what is allowed; and nothing of it is left running."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import DEFAULTS
from test_plugins import KEYS, ask, result_of

from tuning_trainer.client import TrainerClient

Config = dict[str, Any]
BASE: Config = {**DEFAULTS, **KEYS, "METRIC": {"name": "mean_draw", "direction": "maximize", "unit": None}}
TRAIN = "def train(config, report):\n"


def written(tmp_path: Path, text: str) -> Config:
    (tmp_path / "own.py").write_text(text, encoding="utf-8")
    return {**BASE, "TRAINER": str(tmp_path / "own.py")}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nothing_of_this_name\n", ["cannot be imported, line 1", "No module named 'nothing_of_this_name'"]),
        ("def train(config, report)\n", ["cannot be imported, line 1", "SyntaxError"]),
        ("raise SystemExit(3)\n", ["cannot be imported, line 1", "SystemExit"]),
        ("x = 1\n", ["has no function train", "def train(config, report)"]),
        ("train = 1\n", ["something else than a function as train"]),
        ("def train(config):\n    return 1\n", ["train cannot be called as train(config, report)"]),
        (TRAIN + " return 1\ndef check(config):\n raise ValueError('RATE is odd')\n", ["ValueError: RATE is odd", "line 4"]),
        (TRAIN + " return 1\ndef describe(config):\n return {'train': 'many'}\n", ["train = 'many'", "a whole number of rows"]),
        (TRAIN + " return 1\ndef describe(config):\n return 7\n", ["gave 7; allowed: {train: rows"]),
    ],
)
def test_a_file_that_cannot_be_used_is_told_at_the_start(
    client: TrainerClient, tmp_path: Path, text: str, words: list[str]
) -> None:
    end = ask(client, "inspect", written(tmp_path, text))
    assert end["kind"] == "bad_config", end
    assert all(word in end["message"] for word in words), end["message"]
    assert "\n" not in end["message"]


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (" return None\n", "trainer_bug", ["gave no result; allowed: a number, or a dict with mean_draw (or score)"]),
        (" return 'good'\n", "trainer_bug", ["mean_draw = 'good'; allowed: a number"]),
        (" return True\n", "trainer_bug", ["mean_draw = True; allowed: a number"]),
        (" return {'f1': 0.5}\n", "trainer_bug", ["without METRIC mean_draw: it has f1"]),
        (" return {'mean_draw': 0.5, 'f1': 'x'}\n", "trainer_bug", ["f1 = 'x'; allowed: a number"]),
        (" return float('nan')\n", "nan", ["mean_draw = nan"]),
        (" report.progress(1, 2, loss=float('inf'))\n", "nan", ["the loss is not a finite number at step 1"]),
        (" report.progress(3, 2)\n", "trainer_bug", ["step 3 of 2"]),
        (" report.progress(2, 4)\n report.progress(1, 4)\n", "trainer_bug", ["step 1 came after step 2"]),
        (" report.progress(1, 4)\n report.progress(2, 5)\n", "trainer_bug", ["total_steps was 4, now it is 5"]),
        (" report.score(1.0)\n", "trainer_bug", ["before any progress"]),
        (" report.progress(1, 2)\n with report.checkpoint(2): pass\n", "trainer_bug", ["step 2 is not the newest"]),
        (" x = 1\n raise KeyError('RATE')\n", "trainer_bug", ["KeyError: 'RATE'", "own.py, line 3"]),
        (" raise MemoryError()\n", "oom", ["out of memory"]),
        (" raise RuntimeError('CUDA out of memory. Tried')\n", "oom", ["out of memory"]),
        (" raise report.Failed('data', 'row 7 is empty', row=7)\n", "data", ["row 7 is empty"]),
        (" raise report.Failed('sad', 'x')\n", "trainer_bug", ["kind 'sad' is not known; allowed: oom, nan"]),
        (" import sys\n sys.exit(3)\n", "trainer_bug", ["SystemExit: 3"]),
        (" import os\n os._exit(3)\n", "trainer_bug", ["exit code 3"]),
    ],
)
def test_a_training_that_goes_wrong_says_how(
    client: TrainerClient, tmp_path: Path, body: str, kind: str, words: list[str]
) -> None:
    end = client.run(tmp_path / "t", written(tmp_path, TRAIN + body))[-1]
    assert (end["event"], end["kind"]) == ("failed", kind), end
    assert all(word in end["message"] for word in words), end["message"]
    assert not (tmp_path / "t" / "result.json").exists()


def test_no_except_of_a_plugin_keeps_an_end_from_it(client: TrainerClient, tmp_path: Path) -> None:
    careless = "  try:\n   report.progress(step, 8)\n   report.score(0.1)\n  except Exception:\n   pass\n"
    body = f" for step in range(1, 9):\n{careless} return 0.1\n"
    limits = {"looks": [{"look": 1, "below": 0.5}], "evidence": "4"}
    assert client.run(tmp_path / "t", written(tmp_path, TRAIN + body), prune=limits)[-1]["kind"] == "pruned"


def test_a_plugin_that_tells_nothing_but_its_score_is_trained(client: TrainerClient, tmp_path: Path) -> None:
    body = " import numpy, random, torch\n return numpy.float32(random.random() + numpy.random.rand() + torch.rand(1).item())\n"
    config = written(tmp_path, TRAIN + body)
    assert client.run(tmp_path / "a", config)[-1]["event"] == "finished"
    result = result_of(tmp_path / "a")
    assert (result["steps"], [seen["counts"] for seen in result["evals"]]) == (1, [True])
    # Everything is seeded.
    client.run(tmp_path / "b", config)
    assert result_of(tmp_path / "b")["score"] == result["score"]
    client.run(tmp_path / "c", {**config, "SEED": 1})
    assert result_of(tmp_path / "c")["score"] != result["score"]


def test_an_edit_counts_from_the_next_command_on(client: TrainerClient, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("VALUE = 1\n", encoding="utf-8")
    config = written(tmp_path, "from beside import VALUE\n" + TRAIN + " return VALUE\n")
    assert client.run(tmp_path / "a", config)[-1]["score"] == 1
    (tmp_path / "beside.py").write_text("VALUE = 2\n", encoding="utf-8")
    assert client.run(tmp_path / "b", config)[-1]["score"] == 2
    assert not (tmp_path / "__pycache__").exists()


HELLO = """echo '{"event": "hello", "v": 1, "can": ["train"]}'\n"""


def shell(script: str) -> Config:
    return {**BASE, "TRAINER_COMMAND": ["sh", "-c", script]}


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        ("echo Epoch 1/3", "trainer_bug", ["a line that is no event: Epoch 1/3", "stderr"]),
        ("""echo '{"event": "hello", "v": 2, "can": ["train"]}'""", "trainer_bug", ["version 2", "allowed: 1"]),
        ("""echo '{"event": "hello", "v": 1, "can": []}'""", "trainer_bug", ["hello without train"]),
        ("""echo '{"event": "progress", "step": 1, "total_steps": 2}'""", "trainer_bug", ["progress before hello"]),
        (HELLO + """echo '{"event": "progres"}'""", "trainer_bug", ["not known, progres; allowed: hello, progress"]),
        (
            HELLO + """echo '{"event": "progress", "step": "1", "total_steps": 2}'""",
            "trainer_bug",
            ['step is "1"', "whole number"],
        ),
        (HELLO + """echo '{"event": "progress", "step": 1}'""", "trainer_bug", ["total_steps is missing"]),
        (HELLO + """echo '{"event": "checkpoint", "step": 0}'""", "trainer_bug", ["no folder step-0"]),
        (HELLO + """echo '{"event": "finished"}'""", "trainer_bug", ["without METRIC mean_draw"]),
        (HELLO + """echo '{"event": "finished", "score": NaN}'""", "nan", ["mean_draw = nan"]),
        (HELLO + """echo '{"event": "failed", "kind": "oom", "message": "too big"}'""", "oom", ["too big"]),
        (HELLO + """echo '{"event": "failed", "kind": "sad", "message": "why"}'""", "trainer_bug", ["why", "kind sad"]),
        (HELLO + "echo oh no >&2; exit 3", "trainer_bug", ["exit code 3", "without finished"]),
        (HELLO + "kill -9 $$", "killed", ["TRAINER_COMMAND was ended by SIGKILL"]),
        (HELLO + "head -c 5000000 /dev/zero", "trainer_bug", ["a line of more than 4 MiB"]),
    ],
)
def test_a_command_that_goes_wrong_says_how(
    client: TrainerClient, tmp_path: Path, script: str, kind: str, words: list[str]
) -> None:
    end = client.run(tmp_path / "t", shell(script))[-1]
    assert (end["event"], end["kind"]) == ("failed", kind), end
    assert all(word in end["message"] for word in words), end["message"]
    if "oh no" in script:
        assert end["log_tail"].startswith("oh no") and end["facts"]["exit_code"] == 3


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["no-such-program"], ["no-such-program is not there (looked in PATH)"]),
        (["./no/such"], ["./no/such is not there (looked for "]),
        (["./README.md"], ["./README.md cannot be executed", "chmod +x"]),
    ],
)
def test_a_command_that_is_not_there_is_told_at_the_start(client: TrainerClient, command: list[str], words: list[str]) -> None:
    end = ask(client, "inspect", {**BASE, "TRAINER_COMMAND": command})
    assert end["kind"] == "bad_config" and all(word in end["message"] for word in words), end


#: Starts two more: one in the same group, one that made itself a session of its own and is nobody's child any more.
FAMILY = (
    "sleep 600 & echo $! >> $0.pids; (setsid sleep 600 & echo $! >> $0.pids); echo $$ >> $0.pids\n"
    + HELLO
    + """echo '{"event": "progress", "step": 1, "total_steps": 2}'\n"""
)


@pytest.mark.parametrize("how", ["finished", "failed", "cancelled", "killed", "guard killed"])
def test_nothing_that_a_command_started_survives(client: TrainerClient, tmp_path: Path, how: str) -> None:
    ends = {"finished": """echo '{"event": "finished", "score": 1}'; exec >&-; sleep 600""", "failed": "exit 1"}
    # The first argument behind the script is $0.
    script = FAMILY + ends.get(how, "wait")
    config = {**BASE, "TRAINER_COMMAND": ["sh", "-c", script, str(tmp_path / "family")]}
    child = 0
    for event in client.training(tmp_path / "t", config):
        child = event.get("pid", child)
        if event["event"] == "step" and how == "cancelled":
            client.send("cancel", work="t", grace_s=0)
        elif event["event"] == "step" and how == "killed":
            os.kill(child, signal.SIGKILL)
        elif event["event"] == "step" and how == "guard killed":
            [guard] = Path(f"/proc/{child}/task/{child}/children").read_text(encoding="ascii").split()
            os.kill(int(guard), signal.SIGKILL)
    assert event["event"] == "finished" if how == "finished" else event["event"] == "failed", event.get("message")
    pids = (tmp_path / "family.pids").read_text(encoding="ascii").split()
    assert len(pids) == 3
    until = time.monotonic() + 5
    while time.monotonic() < until and any(map(is_alive, pids)):
        time.sleep(0.05)
    assert [pid for pid in pids if is_alive(pid)] == []


def is_alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_command_reads_its_request_and_knows_its_threads(client: TrainerClient, tmp_path: Path) -> None:
    script = f"cat > {tmp_path}/request; echo $OMP_NUM_THREADS > {tmp_path}/threads; pwd > {tmp_path}/pwd\n"
    end = """echo '{"event": "finished", "score": 2, "metrics": {"f1": 0.5}}'"""
    assert client.run(tmp_path / "t", shell(script + HELLO + end), threads=1)[-1]["score"] == 2
    request = json.loads((tmp_path / "request").read_text(encoding="utf-8"))
    assert (request["v"], request["command"], request["resume"], request["threads"]) == (1, "train", None, 1)
    assert request["looks"] == 4 and request["config"]["RATE"] == 1.0
    assert (tmp_path / "threads").read_text(encoding="ascii").strip() == "1"
    assert Path((tmp_path / "pwd").read_text(encoding="utf-8").strip()) == Path(client.project)
    assert result_of(tmp_path / "t")["metrics"] == {"mean_draw": 2.0, "f1": 0.5}
