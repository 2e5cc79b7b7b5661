"""A run in Trackio's local database: a group with a run for each trial, whose rows have names of their own.

Rows are given as a whole to the library's storage, which takes all of them or none and leaves out those it has. (`trackio.init`
would count steps on from the last one, and send from a thread.)
"""

import os
from dataclasses import dataclass
from datetime import datetime, timezone

from tuning_trainer.trackers.tracked import Run, Trial, Value


@dataclass(frozen=True)
class _Row:
    """Figures at a step; `name` is the row's own within its run, for ever. `t` in Unix seconds."""

    name: str
    values: dict[str, float]
    step: int
    t: float


def send(run: Run, project: str) -> None:
    """Bring the database up to date: TRACKIO_DIR, or the library's own place.

    Args:
        project: TRACKIO_PROJECT.

    Raises:
        Exception: of the library, whatever is wrong.
    """
    # It is told nothing of elsewhere, and asks nobody.
    os.environ["HF_HUB_OFFLINE"] = "1"
    for name in ("TRACKIO_SPACE_ID", "TRACKIO_SERVER_URL"):
        os.environ.pop(name, None)
    for trial in run.trials:
        _trial(run, project, trial)
    settings = {**run.settings, **{f"tuning/{key}": value for key, value in run.tags.items()}}
    rows = [
        _Row(str(trial.number), {"score": trial.score}, trial.number, run.started)
        for trial in run.trials
        if trial.score is not None
    ]
    if run.ended and run.scores:
        rows.append(_Row("ended", run.scores, max((trial.number for trial in run.trials), default=0), run.started))
    _write(run, project, run.name, run.name, rows, settings)
    if run.ended and run.artifacts:
        _keep_report(run, project)


def _trial(run: Run, project: str, trial: Trial) -> None:
    points = trial.points
    t = points[-1].t if points else run.started
    rows = [_Row(str(point.step), point.values, point.step, point.t or run.started) for point in points]
    if trial.score is not None:
        rows.append(_Row("final", {**trial.final, "score": trial.score}, points[-1].step if points else 0, t))
    config = {**trial.values, "trial": trial.number, **{f"tuning/{key}": value for key, value in trial.tags.items()}}
    _write(run, project, f"{run.name}-{trial.id}", f"{run.name}/{trial.name}", rows, config)


def _write(run: Run, project: str, id: str, name: str, rows: list[_Row], config: dict[str, Value]) -> None:
    from trackio.sqlite_storage import SQLiteStorage

    began = datetime.fromtimestamp(run.started, timezone.utc).isoformat()
    # Without a row nothing of it would be kept.
    rows = rows or [_Row("nothing", {}, 0, run.started)]
    SQLiteStorage.bulk_log(
        project,
        name,
        [row.values for row in rows],
        steps=[row.step for row in rows],
        timestamps=[datetime.fromtimestamp(row.t, timezone.utc).isoformat() for row in rows],
        config={**config, "_Group": run.name, "_Username": "", "_Created": began},
        log_ids=[f"{id}-{row.name}" for row in rows],
        run_id=id,
    )


def _keep_report(run: Run, project: str) -> None:
    import trackio
    from trackio.sqlite_storage import SQLiteStorage

    report = trackio.Artifact(f"report-{run.name}", type="report")
    for path in run.artifacts:
        report.add_file(str(path))
    # The same files are the same version.
    SQLiteStorage.commit_artifact_version(
        project=project,
        name=report.name,
        type=report.type,
        description=None,
        manifest=report._build_manifest(project),
        metadata={},
        aliases=[],
        run_name=run.name,
        run_id=run.name,
    )
