"""How many trainings this machine takes at once. Used by the worker, through `python -m tuning_trainer slots`, and by `ready`.

Free of torch where no accelerator can be, so that a worker knows it at once.
"""

import os
import shutil
import sys
from pathlib import Path

from tuning_trainer import device

#: Memory that a training on a CPU is given room for, in MiB. The packaged model's takes 1046 at its usual batch of 8 and 1666
#: at 64, the largest of the usual search space; some 400 of that are libraries, which all trainings share.
MEMORY_MB = 1536
#: More at once than this has no use on a CPU: a batch of candidates is chosen without knowing each other's scores.
MOST = 4


def slots() -> int:
    """Return the trainings that are taken at once: TUNING_TRAINING_SLOTS, else what devices, cores and free memory allow."""
    chosen = os.environ.get("TUNING_TRAINING_SLOTS", "")
    if chosen.isdigit() and int(chosen) > 0:
        return int(chosen)
    return accelerators() or on_cpu(device.cores(), available_memory_mb())


def on_cpu(cores: int, memory_mb: float | None) -> int:
    """Return the trainings that so many cores and so much free memory (MiB, None = unknown) take."""
    fit = MOST if memory_mb is None else int(memory_mb // MEMORY_MB)
    return max(1, min(MOST, cores, fit))


def accelerators() -> int:
    """Return the devices that trainings run on, one training each; 0 = they run on the CPU."""
    if not (sys.platform == "darwin" or shutil.which("nvidia-smi") or any(map(os.path.exists, ("/dev/nvidiactl", "/dev/kfd")))):
        return 0
    facts = device.describe()
    return 0 if facts["type"] == "cpu" else int(facts["count"])


def available_memory_mb() -> float | None:
    """Return the MiB that can be taken without pushing anything out: the machine's, or what the control group leaves of it.

    None where nothing tells.
    """
    known = [room for room in (_of_machine(), _of_control_group()) if room is not None]
    return min(known) if known else None


def _of_machine() -> float | None:
    for line in _read(Path("/proc/meminfo")).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) / 1024
    return None


def _of_control_group() -> float | None:
    group = next((line.split(":", 2)[2] for line in _read(Path("/proc/self/cgroup")).splitlines() if line.startswith("0::")), "/")
    for folder, limit, used, reclaimable in (
        (Path("/sys/fs/cgroup") / group.lstrip("/"), "memory.max", "memory.current", "inactive_file"),
        (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        most, now = _read(folder / limit).strip(), _read(folder / used).strip()
        if most.isdigit() and now.isdigit():
            # Files that were read once count as used, and are given up as soon as anybody needs the room.
            stat = dict(line.split() for line in _read(folder / "memory.stat").splitlines())
            return (int(most) - int(now) + int(stat.get(reclaimable, 0))) / 2**20
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def main() -> int:
    """Run `python -m tuning_trainer slots`: print the number."""
    device.prepare_environment()
    print(slots())
    return 0
