"""Resume points that can be trusted: a manifest with sizes and hashes, written last. Runs in the training child.

A trainer's own checkpoint is not atomic, and resuming from one that lacks a file silently gives other weights.
"""

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuning_trainer.files import read_json, sha256_of, sync_folder, sync_tree, write_json

PREFIX = "checkpoint-"
#: Without any of these a resumed training differs from an undisturbed one.
NEEDED = ("optimizer.pt", "scheduler.pt", "trainer_state.json", "own_state.json")


def seal(folder: Path, trial: str, step: int) -> None:
    """Write the manifest of a complete checkpoint: from then on it counts, also after a power cut.

    Raises:
        OSError: the disk cannot take it.
    """
    sync_tree(folder)
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        files[path.relative_to(folder).as_posix()] = {"size": path.stat().st_size, "sha256": sha256_of(path)}
    write_json(folder / "manifest.json", {"v": 1, "trial": trial, "step": step, "files": files})
    # The library made the folder: its own name is not on the disk yet.
    sync_folder(folder.parent)


def problem_of(folder: Path, trial: str, needed: Sequence[str] = NEEDED) -> str | None:
    """Say why a checkpoint cannot be resumed from, or None when it can. Without a file that is `needed` it cannot."""
    manifest = read_json(folder / "manifest.json")
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        return "it has no manifest: its writing was cut off"
    if manifest.get("trial") != trial:
        return f"it belongs to trial {manifest.get('trial')}"
    missing = [name for name in needed if name not in manifest["files"]]
    if missing:
        return f"its manifest lacks {', '.join(missing)}"
    for name, facts in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != facts["size"]:
            return f"{name} has {path.stat().st_size} bytes, not {facts['size']}"
        if sha256_of(path) != facts["sha256"]:
            return f"{name} was changed"
    return None


def steps_in(folder: Path) -> list[int]:
    """Return the steps of all checkpoints below `folder`, newest first, whether or not they are whole."""
    steps = []
    for path in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(ValueError):
            steps.append(int(path.name[len(PREFIX) :]))
    return sorted(steps, reverse=True)


def newest_valid(folder: Path, trial: str, needed: Sequence[str] = NEEDED) -> tuple[Path | None, list[str]]:
    """Return the newest checkpoint that can be resumed from, and a warning for each newer one that was set aside."""
    warnings: list[str] = []
    for step in steps_in(folder):
        path = folder / f"{PREFIX}{step}"
        problem = problem_of(path, trial, needed)
        if problem is None:
            return path, warnings
        bad = path.with_name(f"{path.name}.bad")
        shutil.rmtree(bad, ignore_errors=True)
        path.rename(bad)
        warnings.append(f"the checkpoint of step {step} is not used: {problem}")
    return None, warnings


def rotate(folder: Path, keep: int) -> None:
    """Remove all but the newest `keep` checkpoints. A folder is renamed first, so that no half of it counts."""
    for step in steps_in(folder)[keep:]:
        path = folder / f"{PREFIX}{step}"
        doomed = path.with_name(f"{path.name}.old")
        # Left over from a kill in the midst of its removal.
        shutil.rmtree(doomed, ignore_errors=True)
        path.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
