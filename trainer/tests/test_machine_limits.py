"""Memory and disk that are really too small: a memory control group, and a full file system. Both need root; else skipped."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tuning_trainer.client import TrainerClient

PROJECT = Path(__file__).resolve().parents[2]
#: What the kernel's out-of-memory killer leaves to the serving process, and not to a training beside it.
HEADROOM = 60 * 2**20


@pytest.fixture
def memory_group() -> Iterator[Path]:
    """A control group of our own, of version 1 or 2."""
    for root, limit in ((Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"), (Path("/sys/fs/cgroup"), "memory.max")):
        group = root / f"tuning-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        if (group / limit).exists():
            yield group
            group.rmdir()
            return
        group.rmdir()
    pytest.skip("needs the right to make a memory control group")


def own_memory(group: Path) -> int:
    """Return the bytes of a group that cannot be reclaimed."""
    stat = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
    return int(stat.get("total_rss") or stat["anon"])


def test_a_training_that_the_kernel_kills_for_memory_is_out_of_memory(
    memory_group: Path, tmp_path: Path, config: dict[str, Any]
) -> None:
    first_version = (memory_group / "memory.limit_in_bytes").exists()
    limit, unlimited = ("memory.limit_in_bytes", "-1") if first_version else ("memory.max", "max")
    # Children are born into the group of their parent; this process leaves it again at once.
    (memory_group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
    client = TrainerClient(PROJECT)
    (memory_group.parent / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
    with client:
        client.ask("hello", None)
        (memory_group / limit).write_text(str(own_memory(memory_group) + HEADROOM), encoding="ascii")
        end = client.run(tmp_path / "starved", config)[-1]
        assert (end["event"], end["kind"]) == ("failed", "oom")
        assert "kernel" in end["message"]
        assert not (tmp_path / "starved" / "result.json").exists()
        (memory_group / limit).write_text(unlimited, encoding="ascii")
        assert client.run(tmp_path / "fed", config)[-1]["event"] == "finished"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that one checkpoint fills."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_fills_while_a_checkpoint_is_saved_is_told_and_leaves_no_result(
    small_disk: Path, client: TrainerClient, config: dict[str, Any]
) -> None:
    end = client.run(small_disk / "full", config)[-1]
    assert (end["event"], end["kind"]) == ("failed", "disk")
    assert not (small_disk / "full" / "result.json").exists()
    assert not list((small_disk / "full").rglob("manifest.json"))
