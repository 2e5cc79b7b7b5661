"""Files that are either whole or absent: write, fsync, rename. Used by every process of the trainer."""

import hashlib
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def finite(value: Any) -> Any:
    """Return `value` with every NaN and infinity replaced by None, which JSON can carry."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value


def write_json(path: Path, value: Any) -> None:
    """Write JSON to `path` atomically and durably.

    Raises:
        OSError: the disk is full or the folder cannot be written; `path` is then as it was.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(finite(value), file, ensure_ascii=False, allow_nan=False)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` survive a power cut, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Bring a file's content to the disk. It is opened for writing, without which Windows refuses."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_tree(folder: Path) -> None:
    """Bring all files below `folder` to the disk, and the names of all of them: a synced file may still lack its name."""
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            sync_file(path)
    sync_folder(folder)


def read_json(path: Path) -> Any | None:
    """Return the parsed file, or None when it is absent or is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def sha256_of(path: Path, alive: Callable[[], None] = lambda: None) -> str:
    """Return the SHA-256 of a file as hex; `alive` is called after each MiB."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            total.update(block)
            alive()
    return total.hexdigest()


def digest_of_folder(folder: Path) -> str:
    """Return one SHA-256 over the sorted names and hashes of all files below `folder`."""
    total = hashlib.sha256()
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        total.update(f"{path.relative_to(folder).as_posix()}\0{sha256_of(path)}\n".encode())
    return total.hexdigest()
