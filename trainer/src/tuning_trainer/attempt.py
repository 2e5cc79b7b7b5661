"""The frame of one attempt at a training, whatever is trained: lock, end by limits, model, result. Runs in a child."""

import shutil
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tuning_trainer import device, events, prune
from tuning_trainer.failures import TrialError
from tuning_trainer.files import digest_of_folder, read_json, sync_folder, sync_tree, write_json
from tuning_trainer.lock import Lock


def attempt(command: dict[str, Any], train: Callable[[Lock], dict[str, Any]]) -> dict[str, Any]:
    """Answer a `run` command from what is there, or train.

    Args:
        command: as in docs/trainer-protocol.md.
        train: trains, given the lock that it holds, and writes the result; returns the fields of the `finished` event.

    Returns:
        The fields of the `finished` event.

    Raises:
        TrialError: typed; anything else is classified by the caller.
    """
    trial, folder = command["trial"], Path(command["dir"])
    done = read_json(folder / "result.json")
    if done is not None:
        return {"result": str(folder / "result.json"), "score": done["score"]}
    lock = Lock(folder, command["token"])
    lock.take()
    pruning = command.get("prune")
    prune.answer_again(folder, trial, pruning)
    write_json(folder / "config.json", {"v": 1, "trial": trial, "config": command["config"]})
    try:
        return train(lock)
    except TrialError as error:
        if error.kind == "pruned" and pruning:
            lock.check()
            prune.keep(folder, trial, pruning, error)
        raise


def fresh_model(folder: Path) -> Path:
    """Return an empty folder for a trial's model; `publish` makes it `model/`."""
    fresh = folder / "model.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    return fresh


def publish(fresh: Path, folder: Path) -> Path:
    """Make a written model the trial's, so that `model/` is either whole or absent, also after a power cut."""
    kept = folder / "model"
    sync_tree(fresh)
    shutil.rmtree(kept, ignore_errors=True)
    fresh.rename(kept)
    sync_folder(folder)
    return kept


def save_whole(model: Any, folder: Path) -> Path:
    """Write a library's model and make it the trial's."""
    fresh = fresh_model(folder)
    model.save_pretrained(str(fresh), create_model_card=False)
    return publish(fresh, folder)


def write_result(
    trial: str,
    folder: Path,
    lock: Lock,
    model: Path,
    started: float,
    facts: dict[str, Any],
    versions: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Write the result: from then on the trial is done, and nothing is left to resume.

    Args:
        model: the published model.
        started: Unix seconds when this attempt began.
        facts: fields of result.json that depend on what was trained; `score` among them.
        versions: of libraries that took part in this training, beside those that always do.

    Returns:
        The fields of the `finished` event.
    """
    attempts = events.attempts(folder / "events.jsonl")
    result = {
        "v": 1,
        "trial": trial,
        **facts,
        "train_seconds": sum(attempt["seconds"] for attempt in attempts),
        "attempts": attempts,
        "device": device.describe(),
        "versions": {**device.versions(), **(versions or {})},
        "model_digest": digest_of_folder(model),
        "started_at": datetime.fromtimestamp(started, timezone.utc).isoformat(),
        "finished_at": datetime.now(timezone.utc).isoformat(),
    }
    lock.check()
    write_json(folder / "result.json", result)
    # Nobody else may write here any more.
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    lock.release()
    return {"result": str(folder / "result.json"), "score": facts["score"]}
