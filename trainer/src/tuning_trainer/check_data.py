"""`python -m tuning_trainer check-data`: what a person's data are taken for, what is wrong with them, what would be trained.

One JSON object on stdin, one on stdout. Nothing is trained, and torch is not loaded. All problems are found, not the first.
"""

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tuning_trainer import data
from tuning_trainer.check_facts import examples, facts_of, near_duplicates
from tuning_trainer.data_cache import cache_folder
from tuning_trainer.data_source import source_of
from tuning_trainer.failures import TrialError
from tuning_trainer.model import find_model
from tuning_trainer.readers.reader import Reader
from tuning_trainer.readers.refusals import DataError
from tuning_trainer.readers.wanted import Wanted
from tuning_trainer.shared_texts import shared_between
from tuning_trainer.tasks import Task, task_like, task_of
from tuning_trainer.token_lengths import Tokens, tokens_of

_VERSION = 1
#: Places that are named of a problem that many rows have.
_PLACES = 5


class Problems:
    """What is wrong, each sort once."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}

    def add(self, error: DataError) -> None:
        """Note a problem; one of a sort that was noted before is counted."""
        known = self.found.setdefault(error.sort, {"message": str(error), "count": 0, "places": []})
        known["count"] += error.count
        known["places"] = [*known["places"], *error.places][:_PLACES]

    @contextlib.contextmanager
    def noted(self) -> Any:
        """Note what stops a part of the work, and go on after it."""
        try:
            yield
        except DataError as error:
            self.add(error)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Answer one request.

    Args:
        request: `v` 1, `project_dir`, `config` (DEFAULT_CONFIG), `ask`: "columns" or "all".

    Raises:
        ValueError: another version or question.
    """
    if request.get("v") != _VERSION or request.get("ask") not in ("columns", "all"):
        raise ValueError(f"version {request.get('v')!r}, question {request.get('ask')!r}: not spoken here")
    config, project = request["config"], Path(request["project_dir"])
    return columns_of(config, project) if request["ask"] == "columns" else check(config, project)


def columns_of(config: dict[str, Any], project: Path) -> dict[str, Any]:
    """Return the names in the header of the training rows, and the task that they look like (or null)."""
    reader: Reader | None = None
    with contextlib.suppress(DataError):
        task = task_of(config)
        origin = source_of(task, config, project).origin("train")
        if origin is None:
            return {"columns": [], "task": None}
        # Nothing is required, so that any header will do.
        reader = origin.open(Wanted((), None), _stop)
        next(iter(reader), None)
    names = reader.header if reader else []
    found = task_like(names)
    return {"columns": names, "task": found.name if found else None}


def _stop(error: DataError) -> None:
    raise error


def check(config: dict[str, Any], project: Path) -> dict[str, Any]:
    """Look at everything; see `docs/manual.md` for what comes back."""
    problems = Problems()
    task = task_of(config)
    found: dict[str, Any] = {"task": task.name, "source": config["DATASET_NAME"], "splits": {}, "warnings": []}
    with tempfile.TemporaryDirectory(prefix="check-data-") as spare, problems.noted():
        _look(found, task, config, project, Path(spare), problems)
    return {**found, "problems": list(problems.found.values()), "usable": not problems.found}


def _look(found: dict[str, Any], task: Task, config: dict[str, Any], project: Path, spare: Path, problems: Problems) -> None:
    source = source_of(task, config, project)
    found["source"] = source.name
    slices = data.slices_of(config)
    reading = data.Reading(task, config, cache_folder(project), spare=spare, refuse=problems.add)
    tables = reading.tables(source, slices)
    found["columns"] = {split: table.described for split, (table, _) in tables.items()}
    if problems.found and not all(len(table) for table, _ in tables.values()):
        return
    with problems.noted():
        tables, notices = reading.with_made_splits(source, tables, slices)
        found["warnings"] += notices
    with problems.noted():
        data.same_names(tables)
    used = {split: data.Used(table, index, split) for split, (table, index) in tables.items() if len(index)}
    if all(wanted.split in tables for wanted in slices.values()):
        with problems.noted():
            used = data.used_rows(slices, tables)
    if not used:
        return
    bounds: dict[str, tuple[float, float]] = {}
    with problems.noted():
        bounds = data.bounds_of(task, config, used, found["warnings"])
    splits = {part: data.split_of(rows, bounds) for part, rows in used.items()}
    for part, split in splits.items():
        if part in ("dev", "test") and (problem := task.refuse_split(split, data.SPLIT_KEYS[part])):
            problems.add(DataError(problem))
    found["warnings"] += shared_between(task, splits)
    tokens = _tokens(found, config, project)
    found["splits"] = {part: facts_of(task, split, config, tokens) for part, split in splits.items()}
    found["near_duplicates"] = near_duplicates(task, splits)
    found["examples"] = examples(task, splits.get("train") or next(iter(splits.values())), config, tokens)


def _tokens(found: dict[str, Any], config: dict[str, Any], project: Path) -> Tokens | None:
    try:
        tokens = tokens_of(find_model(config["BASE_MODEL"], project).path, config)
    except TrialError as error:
        found["warnings"].append(f"tokens were not counted: {error}")
        return None
    if tokens is None:
        found["warnings"].append(f"tokens were not counted: {config['BASE_MODEL']} has no tokenizer.json")
    return tokens


def main() -> int:
    """Answer the request on stdin. Libraries that print go to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    answers.write(json.dumps(answer(json.load(sys.stdin)), ensure_ascii=False, allow_nan=False) + "\n")
    answers.flush()
    return 0
