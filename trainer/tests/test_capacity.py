"""How many trainings a machine takes, and which device each gets."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tuning_trainer import capacity, device
from tuning_trainer.protocol import parse_command
from tuning_trainer.running_child import RunningChild, least_used


@pytest.mark.parametrize(
    ("cores", "memory_mb", "slots"),
    [(1, 64000.0, 1), (2, 64000.0, 2), (16, 64000.0, 4), (16, 3100.0, 2), (16, 400.0, 1), (3, None, 3)],
)
def test_a_processor_takes_what_its_cores_and_free_memory_allow(cores: int, memory_mb: float | None, slots: int) -> None:
    assert capacity.on_cpu(cores, memory_mb) == slots


@pytest.mark.parametrize(("chosen", "slots"), [("3", 3), ("auto", 2), ("0", 2), ("", 2)])
def test_a_person_has_the_last_word(monkeypatch: pytest.MonkeyPatch, chosen: str, slots: int) -> None:
    monkeypatch.setenv("TUNING_TRAINING_SLOTS", chosen)
    monkeypatch.setattr(capacity, "accelerators", lambda: 0)
    monkeypatch.setattr(device, "cores", lambda: 2)
    monkeypatch.setattr(capacity, "available_memory_mb", lambda: 8000.0)
    assert capacity.slots() == slots


@pytest.mark.parametrize(("kind", "count", "slots"), [("cuda", 8, 8), ("mps", 1, 1), ("cpu", 1, 0)])
def test_an_accelerator_takes_one_training(monkeypatch: pytest.MonkeyPatch, kind: str, count: int, slots: int) -> None:
    monkeypatch.setattr("shutil.which", lambda _: "/bin/nvidia-smi")
    monkeypatch.setattr(device, "describe", lambda: {"type": kind, "count": count})
    assert capacity.accelerators() == slots


FILES = {
    "/proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    8192000 kB\n",
    "/proc/self/cgroup": "0::/work\n",
    "/sys/fs/cgroup/work/memory.max": "4194304000\n",
    "/sys/fs/cgroup/work/memory.current": "3145728000\n",
    "/sys/fs/cgroup/work/memory.stat": "anon 5\ninactive_file 1048576000\n",
}


@pytest.mark.parametrize(
    ("change", "mib"),
    [
        ({}, 2000.0),
        ({"/sys/fs/cgroup/work/memory.max": "max\n"}, 8000.0),
        ({"/proc/meminfo": ""}, 2000.0),
        ({"/proc/meminfo": "", "/sys/fs/cgroup/work/memory.max": ""}, None),
    ],
)
def test_free_memory_is_the_least_of_machine_and_control_group(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, str], mib: float | None
) -> None:
    files = {**FILES, **change}
    monkeypatch.setattr(capacity, "_read", lambda path: files.get(str(path), ""))
    assert capacity.available_memory_mb() == mib


def test_a_worker_learns_it_without_torch() -> None:
    told = "from tuning_trainer import capacity; capacity.main()"
    code = f"import sys; {told}; assert 'torch' not in sys.modules or capacity.accelerators()"
    source = str(Path(capacity.__file__).parent.parent)
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": source}, capture_output=True, text=True, check=True)
    assert int(done.stdout) >= 1


def children(*devices: str) -> list[RunningChild]:
    commands: list[dict[str, Any]] = [{"trial": str(number), "device": name} for number, name in enumerate(devices)]
    return [RunningChild(command, 0, 0, 0) for command in commands]


def test_each_training_gets_a_device_of_its_own_while_there_is_one() -> None:
    assert least_used([], children()) is None
    assert least_used(["0", "1"], children()) == "0"
    assert least_used(["0", "1"], children("0")) == "1"
    assert least_used(["0", "1"], children("0", "1", "1")) == "0"


@pytest.mark.parametrize(
    ("visible", "count", "names"), [(None, 2, ["0", "1"]), ("3,5", 2, ["3", "5"]), ("GPU-a, GPU-b", 2, ["GPU-a", "GPU-b"])]
)
def test_devices_are_named_as_the_person_chose_them(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, count: int, names: list[str]
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setattr("torch.cuda.device_count", lambda: count)
    monkeypatch.setattr(device, "_all_cards", lambda: [])
    assert device.visible_devices() == names


@pytest.mark.parametrize("threads", ["0", "-1", '"2"', "1.5", "true"])
def test_threads_that_are_no_number_of_threads_are_refused(threads: str) -> None:
    with pytest.raises(ValueError, match="threads"):
        parse_command(b'{"v": 1, "command": "run", "threads": %s}' % threads.encode())


CARDS = """0, GPU-aaa, NVIDIA H100 80GB HBM3, 81559
1, GPU-bbb, NVIDIA H100 80GB HBM3, 81559
2, GPU-ccc, NVIDIA A10, 23028
"""


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two fast cards and a slow one, as nvidia-smi and torch tell of it."""
    import torch

    def visible() -> int:
        chosen = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
        return len(chosen) or 3

    done = subprocess.CompletedProcess([], 0, stdout=CARDS)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", visible)


@pytest.mark.usefixtures("cards")
@pytest.mark.parametrize(
    ("chosen", "devices", "name"),
    [
        ("", ["GPU-aaa", "GPU-bbb"], "NVIDIA H100 80GB HBM3"),
        ("2,0", ["GPU-ccc"], "NVIDIA A10"),
        ("GPU-bb", ["GPU-bbb"], "NVIDIA H100 80GB HBM3"),
        ("MIG-x,MIG-y", ["MIG-x", "MIG-y"], "CUDA device"),
    ],
)
def test_slots_are_the_devices_of_the_first_ones_class_and_facts_are_theirs(
    monkeypatch: pytest.MonkeyPatch, chosen: str, devices: list[str], name: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    assert device.visible_devices() == devices
    assert (device.describe()["name"], device.describe()["count"]) == (name, len(devices))


@pytest.mark.usefixtures("cards")
def test_a_training_that_sees_several_devices_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="must see one CUDA device, and sees 3"):
        device.refuse_several("cuda")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-aaa")
    device.refuse_several("cuda")
    device.refuse_several("cpu")
