"""Typed failures: what an exception, or the way a process ended, means. Used by the serving process and its children."""

import errno
import re
import signal
from pathlib import Path
from typing import Any

#: As libraries say that a file could not be written; of torch's two, the second comes where it closes what it could not write.
_NO_ROOM_TEXT = re.compile(
    r"No space left on device|File too large|PytorchStreamWriter failed writing file|inline_container.*unexpected pos"
)
_OOM_TEXT = re.compile(
    r"out of memory|can't allocate memory|cannot allocate memory|DefaultCPUAllocator|failed to allocate|std::bad_alloc",
    re.IGNORECASE,
)
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO, errno.EACCES, errno.EPERM}


class TrialError(Exception):
    """A failure with its kind.

    Attributes:
        kind: one of the kinds of docs/trainer-protocol.md.
        facts: small JSON-serialisable facts for the adviser and the report.
    """

    def __init__(self, kind: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.kind = kind
        self.facts = facts


def classify(error: BaseException) -> tuple[str, str, dict[str, Any]]:
    """Return kind, message and facts of an exception raised while training or evaluating."""
    for cause in _chain(error):
        if isinstance(cause, TrialError):
            return cause.kind, str(cause), cause.facts
        if isinstance(cause, MemoryError) or _is_oom(cause):
            return "oom", f"out of memory: {_first_line(cause)}", {}
        if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
            return "disk", f"the disk cannot take the training's files: {cause}", {"errno": cause.errno}
        if _NO_ROOM_TEXT.search(str(cause)):
            return "disk", f"the disk cannot take the training's files: {_first_line(cause)}", {}
    return "trainer_bug", f"{type(error).__name__}: {_first_line(error)}", {"exception": type(error).__name__}


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found


def _is_oom(error: BaseException) -> bool:
    # torch.OutOfMemoryError is recognised by its name, so that this module needs no torch.
    if type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    return isinstance(error, (RuntimeError, ImportError)) and bool(_OOM_TEXT.search(str(error)))


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:500] if text else type(error).__name__


def oom_kills() -> int:
    """Return how often the kernel killed for memory in this process's control group; 0 where that cannot be read."""
    groups = [line.split(":", 2) for line in _read(Path("/proc/self/cgroup")).splitlines()]
    for _, controllers, group in (parts for parts in groups if len(parts) == 3):
        # Version 2 has one hierarchy with no controllers named; version 1 has one for memory.
        if controllers == "":
            counters = _read(Path("/sys/fs/cgroup") / group.lstrip("/") / "memory.events")
        elif "memory" in controllers.split(","):
            counters = _read(Path("/sys/fs/cgroup/memory") / group.lstrip("/") / "memory.oom_control")
        else:
            continue
        found = re.search(r"^oom_kill (\d+)$", counters, re.MULTILINE)
        if found:
            return int(found[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def classify_exit(status: int, oom_kills_before: int) -> tuple[str, str, dict[str, Any]]:
    """Return kind, message and facts for a child that ended without a word.

    Args:
        status: as `Popen.returncode`: negative for a signal.
        oom_kills_before: `oom_kills()` when the child started.
    """
    if status == -signal.SIGKILL and oom_kills() > oom_kills_before:
        return "oom", "the kernel killed the training for memory", {"signal": "SIGKILL"}
    if status < 0:
        name = signal.Signals(-status).name
        return "killed", f"the training process was ended by {name}", {"signal": name}
    return "trainer_bug", f"the training process ended with exit code {status} and no result", {"exit_code": status}
