"""What this machine trains on. `prepare_environment` runs before torch is imported; nothing here initialises a GPU."""

import os
import platform
from dataclasses import dataclass
from typing import Any

#: How long OpenMP's threads spin at a barrier before they sleep. With the libraries' defaults a thread that is not
#: scheduled keeps all others spinning, and a training beside one busy process takes some thirty times as long
#: (`npm run bench:contention`). libgomp counts turns; libomp, which Intel's and Apple's builds use, milliseconds.
SPIN_BOUNDS = {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}


def prepare_environment() -> None:
    """Set what libraries read at import. Must run before torch is imported."""
    # With NVML, asking for CUDA does not initialise it, and an initialised CUDA cannot be forked.
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    # CUDA's own order is by speed; nvidia-smi's is this one, and names must mean the same card to both.
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    # cuBLAS gives the same result again only with a fixed workspace.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    os.environ["OMP_NUM_THREADS"] = str(threads())
    # A person who chose how threads wait, by whichever of these names, has the last word.
    if not any(name in os.environ for name in (*SPIN_BOUNDS, "OMP_WAIT_POLICY")):
        os.environ.update(SPIN_BOUNDS)


def threads() -> int:
    """Return the threads of a training: TUNING_TRAINER_THREADS, else the cores this process may use."""
    chosen = os.environ.get("TUNING_TRAINER_THREADS")
    if chosen and chosen.isdigit() and int(chosen) > 0:
        return int(chosen)
    return cores()


def cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def visible_devices() -> list[str]:
    """Return the CUDA devices that are trained on, as CUDA_VISIBLE_DEVICES takes each alone: those of the first one's class.

    Trials of one run are compared, so a slow card beside a fast one takes none of them.
    """
    import torch

    count = torch.cuda.device_count()
    cards = _visible_cards(count)
    if cards:
        return [card.uuid for card in cards if (card.name, card.memory_mb) == (cards[0].name, cards[0].memory_mb)]
    chosen = _chosen()
    return chosen[:count] if len(chosen) >= count else [str(number) for number in range(count)]


def refuse_several(kind: str) -> None:
    """Raise where a training sees more than one device: transformers would spread each batch over all of them, unasked."""
    import torch

    if kind == "cuda" and torch.cuda.device_count() > 1:
        raise RuntimeError(f"a training must see one CUDA device, and sees {torch.cuda.device_count()}")


@dataclass(frozen=True)
class Card:
    """An NVIDIA device: its place in PCI order, its unique name, its model, and its memory in MiB."""

    index: str
    uuid: str
    name: str
    memory_mb: float


def _chosen() -> list[str]:
    return [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]


def _visible_cards(count: int) -> list[Card]:
    """Return the cards that this process may use; none where nvidia-smi does not tell, or for shares of a card (MIG)."""
    cards = _all_cards()
    chosen = _chosen()
    if not chosen:
        return cards if len(cards) == count else []
    found = [next((card for card in cards if name == card.index or card.uuid.startswith(name)), None) for name in chosen]
    known = [card for card in found if card]
    return known[:count] if len(known) == len(chosen) else []


def _all_cards() -> list[Card]:
    import subprocess

    query = ["nvidia-smi", "--query-gpu=index,uuid,name,memory.total", "--format=csv,noheader,nounits"]
    try:
        lines = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout.splitlines()
        split = [[part.strip() for part in line.split(",")] for line in lines if line.strip()]
        return [Card(index, uuid, ", ".join(name), float(memory)) for index, uuid, *name, memory in split]
    except (OSError, subprocess.SubprocessError, ValueError):
        return []


def device_type() -> str:
    """Return `cuda`, `mps` or `cpu`, the first that is there."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def describe() -> dict[str, Any]:
    """Return type, name, count and memory (MiB, null on a CPU) of what is trained on, without initialising CUDA."""
    import torch

    kind = device_type()
    if kind == "cuda":
        cards = _visible_cards(torch.cuda.device_count())
        name, memory = (cards[0].name, cards[0].memory_mb) if cards else ("CUDA device", None)
        return {"type": kind, "name": name, "count": len(visible_devices()), "memory_mb": memory}
    return {"type": kind, "name": platform.processor() or platform.machine(), "count": 1, "memory_mb": None}


def precisions() -> list[str]:
    """Return the number formats that a training here may ask for."""
    kind = device_type()
    return ["fp32", "bf16"] if kind == "cpu" else ["fp32", "bf16", "fp16"]


def choose_precision(wanted: str) -> str:
    """Return the number format for PRECISION; `auto` is bf16 on a GPU that has it, else fp32. Call in a child only."""
    import torch

    if wanted != "auto":
        return wanted
    return "bf16" if device_type() == "cuda" and torch.cuda.is_bf16_supported() else "fp32"


def versions() -> dict[str, str]:
    """Return the versions that can change a result."""
    import sentence_transformers
    import torch
    import transformers

    from tuning_trainer import __version__

    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "sentence_transformers": sentence_transformers.__version__,
        "transformers": transformers.__version__,
        "trainer": __version__,
    }
