"""A run in Weights & Biases, offline: a group with a run for each trial, in files of the run's folder for `wandb sync`.

A file of wandb cannot be gone on with, so each is written whole, and counts only with the note beside it that is written last:
one without is what a killed process left, and is written anew under the same id.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuning_trainer.files import read_json, write_json
from tuning_trainer.trackers.tracked import Run

if TYPE_CHECKING:
    import wandb

#: Written last into a run's folder; holds `id` and `digest`.
NOTE = "tuning.json"


def send(run: Run, project: str) -> None:
    """Write what is missing.

    Args:
        project: WANDB_PROJECT.

    Raises:
        Exception: of the library, whatever is wrong.
    """
    folder = run.root / "wandb"
    there = _tidied(folder)
    for trial in run.trials:
        name = f"{run.name}-{trial.id}"
        if there.get(name) == trial.digest:
            continue
        _forget(folder, name)
        tags = [tag for tag in (trial.tags.get("purpose"), trial.tags.get("decision"), trial.tags.get("key")) if tag]
        config = {**trial.values, "trial": trial.number, **{f"tuning/{key}": value for key, value in trial.tags.items()}}
        with _Offline(run, project, name, trial.digest, name=trial.name, job_type="trial", config=config, tags=tags) as kept:
            for point in trial.points:
                kept.log(point.values, step=point.step)
            kept.summary.update({**trial.final, **({} if trial.score is None else {"score": trial.score})})
    if run.ended:
        _conclude(run, project, folder)


def _conclude(run: Run, project: str, folder: Path) -> None:
    import wandb

    _forget(folder, run.name)
    config = {**run.settings, **{f"tuning/{key}": value for key, value in run.tags.items()}}
    tags = [tag for tag in (run.tags["status"], run.tags.get("verdict")) if tag]
    with _Offline(run, project, run.name, "ended", name=run.name, job_type="tuning", config=config, tags=tags) as kept:
        for trial in run.trials:
            if trial.score is not None:
                kept.log({"score": trial.score}, step=trial.number)
        columns, rows = run.table()
        kept.log({"trials": wandb.Table(columns=[*columns], data=[[_cell(cell) for cell in row] for row in rows])})
        kept.summary.update(run.scores)
        if run.artifacts:
            report = wandb.Artifact(f"report-{run.name}", type="report")
            for path in run.artifacts:
                report.add_file(str(path))
            kept.log_artifact(report)


def _cell(value: Any) -> str | None:
    """Return a cell as text: a column of wandb has one type, and a key may be both number and word."""
    return None if value is None else str(value)


def _tidied(folder: Path) -> dict[str, str]:
    """Return the digest of each run that is whole, by id, and remove those that are not."""
    there = {}
    for path in folder.glob("offline-run-*"):
        note = read_json(path / NOTE)
        if note is None:
            shutil.rmtree(path)
        else:
            there[note["id"]] = note["digest"]
    return there


def _forget(folder: Path, name: str) -> None:
    for path in folder.glob(f"offline-run-*-{name}"):
        note = read_json(path / NOTE)
        if note is not None and note["id"] == name:
            shutil.rmtree(path)


class _Offline:
    """One offline run, as a context manager; it is whole once its note is written."""

    def __init__(self, run: Run, project: str, id: str, digest: str, **facts: Any) -> None:
        self._run, self._project, self._id, self._digest, self._facts = run, project, id, digest, facts

    def __enter__(self) -> "wandb.Run":
        # Nothing goes to a person's own folders: a run's files are removed with it.
        for name in ("DATA_DIR", "CACHE_DIR", "CONFIG_DIR", "ARTIFACT_DIR"):
            os.environ[f"WANDB_{name}"] = str(self._run.root / "wandb" / ".files")
        import wandb

        quiet = wandb.Settings(
            silent=True,
            console="off",
            disable_git=True,
            save_code=False,
            x_disable_stats=True,
            x_disable_meta=True,
            x_disable_machine_info=True,
            x_save_requirements=False,
        )
        self._kept = wandb.init(
            mode="offline",
            project=self._project,
            id=self._id,
            group=self._run.name,
            dir=str(self._run.root),
            settings=quiet,
            **self._facts,
        )
        return self._kept

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._kept.finish(exit_code=0 if kind is None else 1)
        if kind is None:
            write_json(Path(self._kept.dir).parent / NOTE, {"id": self._id, "digest": self._digest})
