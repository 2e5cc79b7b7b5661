"""Large files as Arrow files below `.tuning/data`, made once. Runs in a child, and in `check-data`.

An entry is a folder named by a digest of the file's content and of how it is read. It is made under another name and renamed
when it is whole, so that two processes at once each see a whole one or none; whoever comes second throws its own away. The
cache is bounded: entries that were not used for longest go first, renamed before they are removed, so that no half of one
bears its name. Whoever reads one that is removed keeps what it has open.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tuning_trainer.files import read_json, sha256_of, sync_file, sync_folder, write_json
from tuning_trainer.readers.reader import Reader
from tuning_trainer.rows import GROUP, NUMBER, Table, batches, mapped

#: Files below this size are read into memory each time: that takes no longer than looking for them here.
SMALL = 4 << 20
#: Bytes and entries kept.
_MOST_BYTES = 20 << 30
_MOST_ENTRIES = 64
#: Seconds after which an unfinished entry is taken to be left over from a process that was killed.
_LEFT_OVER = 24 * 3600
#: Begins the names of entries that are being removed.
_DROPPED = "dropped-"
#: Another one means that entries are made differently.
_VERSION = 1


def cache_folder(project_dir: Path) -> Path:
    """Return where the entries lie."""
    return project_dir / os.environ.get("TUNING_STATE_DIR", ".tuning") / "data"


def digest_of(files: Iterable[Path], how: Any, alive: Callable[[], None]) -> str:
    """Return the digest of files' contents, and of how they are read."""
    total = hashlib.sha256(json.dumps([_VERSION, how], sort_keys=True).encode())
    for file in files:
        total.update(sha256_of(file, alive).encode())
    return total.hexdigest()


def table_of(
    files: list[Path], open_reader: Callable[[], Reader], how: Any, cache: Path, alive: Callable[[], None] = lambda: None
) -> Table:
    """Return the rows of a file, or of the files of one split.

    Args:
        files: what is read; by their size and content it is decided where the rows lie.
        open_reader: begins to read them.
        how: all that the rows depend on besides the files' content.
        cache: the folder of `cache_folder`.
        alive: called now and then.

    Raises:
        DataError: they cannot be used.
        OSError: no room for the Arrow file.
    """
    import pyarrow

    reader = open_reader()
    grouped = reader.wanted.group is not None
    key = digest_of(files, how, alive)
    if sum(file.stat().st_size for file in files) < SMALL:
        made = list(batches(reader, grouped, alive))
        return Table(tuple(reader.names), pyarrow.Table.from_batches(made), key, reader.place)
    entry = cache / key[:32]
    while True:
        with contextlib.suppress(FileNotFoundError):
            return _opened(entry, key, reader.place)
        _make(entry, open_reader(), grouped, alive)


def _opened(entry: Path, key: str, place: Callable[[int], str]) -> Table:
    rows, release = mapped(entry / "rows.arrow")
    with contextlib.suppress(OSError):
        os.utime(entry)
    names = tuple(name for name in rows.column_names if name not in (NUMBER, GROUP))
    return Table(names, rows, key, place, entry, release)


def _make(entry: Path, reader: Reader, grouped: bool, alive: Callable[[], None]) -> None:
    import pyarrow

    entry.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="new-", dir=entry.parent))
    try:
        path = fresh / "rows.arrow"
        writer = None
        with path.open("wb") as file:
            for batch in batches(reader, grouped, alive):
                if writer is None:
                    writer = pyarrow.ipc.new_file(file, batch.schema, options=pyarrow.ipc.IpcWriteOptions(use_threads=False))
                writer.write_batch(batch)
            assert writer is not None, "a file without rows has one empty batch"
            writer.close()
        sync_file(path)
        sync_folder(fresh)
        if not _placed(fresh, entry) and not (entry / "rows.arrow").exists():
            # What bears its name is no entry: rows are missing, and only notes on them, at most, are there.
            _drop(entry)
            _placed(fresh, entry)
        sync_folder(entry.parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    _prune(entry)


def _placed(fresh: Path, entry: Path) -> bool:
    """Give a finished entry its name; False when there is something of that name already, as a rule the same rows."""
    try:
        fresh.rename(entry)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return False
    return True


def _drop(entry: Path) -> None:
    """Remove an entry. It loses its name first: a kill in the midst of it leaves nothing that looks like an entry."""
    aside = entry.with_name(f"{_DROPPED}{uuid.uuid4().hex}")
    # Gone meanwhile: another process drops it.
    with contextlib.suppress(FileNotFoundError):
        entry.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def _prune(newest: Path) -> None:
    """Remove what was not used for longest, until the bounds hold; never the newest."""
    entries = []
    for folder in newest.parent.iterdir():
        with contextlib.suppress(FileNotFoundError):
            entries.append((folder.stat().st_mtime, folder, sum(file.stat().st_size for file in folder.iterdir())))
    kept_bytes = kept = 0
    for used, folder, size in sorted(entries, reverse=True):
        if folder.name.startswith("new-"):
            if time.time() - used > _LEFT_OVER:
                shutil.rmtree(folder, ignore_errors=True)
            continue
        if folder.name.startswith(_DROPPED):
            shutil.rmtree(folder, ignore_errors=True)
            continue
        kept_bytes, kept = kept_bytes + size, kept + 1
        if folder != newest and (kept_bytes > _MOST_BYTES or kept > _MOST_ENTRIES):
            _drop(folder)


def remembered(folder: Path | None, about: Any, find: Callable[[], Any]) -> Any:
    """Return what is known of the rows of an entry, found out once.

    Args:
        folder: the entry's; None: nothing is kept.
        about: all that it depends on besides the entry.
        find: finds it out; JSON.
    """
    if folder is None:
        return find()
    path = folder / f"{hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]}.json"
    known = read_json(path)
    if known is None:
        known = {"value": find()}
        # Gone meanwhile: then it is found out again next time.
        with contextlib.suppress(FileNotFoundError):
            write_json(path, known)
    return known["value"]
