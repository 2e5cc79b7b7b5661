"""Where DATASET_NAME leads: a file, a folder of files, a `datasets` folder, the hub. Runs in a child, and in `check-data`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tuning_trainer.readers import FORMATS, reader_of
from tuning_trainer.readers.reader import Reader
from tuning_trainer.readers.records import DatasetReader
from tuning_trainer.readers.refusals import DataError
from tuning_trainer.readers.wanted import Wanted
from tuning_trainer.tasks import Task

#: Words by which a file, or a split of a dataset, is known to be one of the three.
_WORDS = {"train": ("train",), "validation": ("validation", "valid", "dev"), "test": ("test",)}
_HUB = "hub:"
_STSB = "sentence-transformers/stsb"

Refuse = Callable[[DataError], None]


@dataclass(frozen=True)
class Origin:
    """Where the rows of one split are read.

    Attributes:
        label: how messages name it.
        files: what is read.
        open: begins to read it.
    """

    label: str
    files: list[Path]
    open: Callable[[Wanted, Refuse], Reader]


class Source(Protocol):
    """Rows by split."""

    #: For people.
    name: str
    #: What the rows lie in, for people: one file, a folder.
    kind: str

    def origin(self, split: str) -> Origin | None:
        """Return where a split is read; None where there is no such split.

        Raises:
            DataError: several could be it.
        """


def source_of(task: Task, config: dict[str, Any], project_dir: Path) -> Source:
    """Return the source that DATASET_NAME names.

    Raises:
        DataError: there is none.
    """
    name = config["DATASET_NAME"]
    if name == "stsb" and task.name == "sts":
        return _Hub(_STSB, None, f"{_STSB} (hub)", f"DATASET_NAME = stsb: {_STSB}")
    if name.startswith(_HUB):
        hub, _, part = name[len(_HUB) :].partition(":")
        return _Hub(hub, part or None, f"{hub}{f' ({part})' if part else ''} (hub)", f"DATASET_NAME = {name}: {hub}")
    path = (project_dir / "data" / task.sample) if name == "sample" else (project_dir / name)
    if path.is_dir():
        saved = _saved(path, name)
        return saved or _Folder(path, name)
    if path.is_file():
        return _File(path, name)
    raise DataError(
        f"DATASET_NAME = {name!r}: there is no such file or folder; "
        f"allowed: sample, stsb, hub:OWNER/NAME, or a path to {', '.join(FORMATS)}"
    )


class _File:
    kind = "one file"

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name

    def origin(self, split: str) -> Origin | None:
        return _origin_of(self.path, self.name) if split == "train" else None


class _Folder:
    kind = "a folder"

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name

    def origin(self, split: str) -> Origin | None:
        files = sorted(file for file in self.path.iterdir() if file.suffix in FORMATS)
        found = [file for file in files if any(word in file.stem.lower() for word in _WORDS[split])]
        if len(found) > 1:
            raise DataError(f"{self.name}: {', '.join(f.name for f in found)} could all be the {split} split; keep one")
        if not found and split == "train":
            found = files
            if len(files) != 1:
                there = ", ".join(file.name for file in files) or "no data file"
                raise DataError(f"{self.name}: no file for the train split (a name with train); there: {there}")
        return _origin_of(found[0], f"{self.name}/{found[0].name}") if found else None


def _origin_of(path: Path, label: str) -> Origin:
    return Origin(label, [path], lambda wanted, refuse: reader_of(path, label, wanted, refuse))


class _Saved:
    """A dataset in memory-mapped files, its splits by their names."""

    kind = "a dataset"

    def __init__(self, name: str, splits: dict[str, Any]) -> None:
        self.name, self.splits = name, splits

    def origin(self, split: str) -> Origin | None:
        found = next((name for name in (split, *_WORDS[split]) if name in self.splits), None)
        if found is None:
            if split == "train":
                raise DataError(f"{self.name}: no train split; there: {', '.join(self.splits)}")
            return None
        dataset, label = self.splits[found], f"{self.name} {found}"
        files = [Path(file["filename"]) for file in dataset.cache_files]
        return Origin(label, files, lambda wanted, refuse: DatasetReader(dataset, label, wanted, refuse))


def _saved(path: Path, name: str) -> _Saved | None:
    """Return what `save_to_disk` wrote; None where it did not."""
    if not any((path / known).is_file() for known in ("dataset_dict.json", "dataset_info.json")):
        return None
    from datasets import DatasetDict, load_from_disk

    try:
        dataset = load_from_disk(str(path))
    except Exception as error:
        raise DataError(f"{name}: not readable as a datasets folder: {_reason(error)}") from error
    return _Saved(name, dict(dataset) if isinstance(dataset, DatasetDict) else {"train": dataset})


class _Hub(_Saved):
    """A dataset of the hub, loaded when its splits are asked for."""

    def __init__(self, hub: str, part: str | None, name: str, words: str) -> None:
        super().__init__(name, {})
        self.hub, self.part, self.words = hub, part, words

    def origin(self, split: str) -> Origin | None:
        if not self.splits:
            from datasets import load_dataset

            try:
                self.splits = dict(load_dataset(self.hub, self.part))
            except Exception as error:
                raise DataError(
                    f"{self.words} is neither cached nor reachable ({_reason(error)}); "
                    "use the bundled data (DATASET_NAME=sample) or a local copy (DATASET_NAME=PATH)"
                ) from error
        return super().origin(split)


def _reason(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
