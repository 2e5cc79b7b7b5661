"""A run in MLflow: a parent run with a child for each trial, found again by their tags."""

import csv
import io
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tuning_trainer.trackers.tracked import Run, Trial

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as Kept

EXPERIMENT = "model-tuning-agent"
_RUN = "tuning.run"
_TRIAL = "tuning.trial"
#: Says, last of all, what of a trial MLflow has.
_HAS = "tuning.digest"
#: Most that one request takes.
_METRICS, _PARAMS = 1000, 100
#: Longest value of a parameter or tag, in characters.
_LONGEST = 500


def send(run: Run, address: str) -> None:
    """Bring MLflow up to date.

    Args:
        address: MLFLOW_TRACKING_URI.

    Raises:
        Exception: of the client, whatever is wrong.
    """
    # A server that does not answer costs seconds, not the client's usual minutes.
    for name, value in (("REQUEST_TIMEOUT", "10"), ("REQUEST_MAX_RETRIES", "1"), ("REQUEST_BACKOFF_FACTOR", "1")):
        os.environ.setdefault(f"MLFLOW_HTTP_{name}", value)
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    client = MlflowClient(tracking_uri=address)
    try:
        experiment = _experiment(client, os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT)
    except MlflowException as error:
        # The client tells of it at length; what matters is where nobody answered.
        if "NewConnectionError" in str(error) or "timed out" in str(error):
            raise ConnectionError(f"{address} does not answer") from error
        raise
    parent = _run(client, experiment, run)
    children = _children(client, experiment, run)
    for trial in run.trials:
        _trial(client, experiment, parent, children.get(trial.id, []), run, trial)
    _log_params(client, parent.info.run_id, run.settings)
    _set_tags(client, parent, run.tags)
    scores = {trial.number: trial.score for trial in run.trials if trial.score is not None}
    at = int(run.started * 1000)
    _log_metrics(client, parent.info.run_id, [("score", score, at + number, number) for number, score in scores.items()])
    if run.ended:
        _conclude(client, parent, run)


def _experiment(client: "MlflowClient", name: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found:
        return found.experiment_id
    try:
        return client.create_experiment(name)
    except MlflowException:
        # Another run was first.
        found = client.get_experiment_by_name(name)
        if not found:
            raise
        return found.experiment_id


def _search(client: "MlflowClient", experiment: str, condition: str) -> Iterator["Kept"]:
    token = None
    while True:
        page = client.search_runs([experiment], condition, order_by=["attributes.start_time ASC"], page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _run(client: "MlflowClient", experiment: str, run: Run) -> "Kept":
    found = list(_search(client, experiment, f"tags.`{_RUN}` = '{run.name}' AND tags.`tuning.kind` = 'run'"))
    if found:
        return _only(client, found)
    tags = {_RUN: run.name, "tuning.kind": "run"}
    return client.create_run(experiment, start_time=int(run.started * 1000), tags=tags, run_name=run.name)


def _children(client: "MlflowClient", experiment: str, run: Run) -> dict[str, list["Kept"]]:
    children: dict[str, list[Kept]] = {}
    for kept in _search(client, experiment, f"tags.`{_RUN}` = '{run.name}' AND tags.`tuning.kind` = 'trial'"):
        children.setdefault(kept.data.tags[_TRIAL], []).append(kept)
    return children


def _only(client: "MlflowClient", found: list["Kept"]) -> "Kept":
    """Return the first of them; two hosts may each have made one in the same moment, and one is enough."""
    for other in found[1:]:
        client.delete_run(other.info.run_id)
    return found[0]


def _trial(client: "MlflowClient", experiment: str, parent: "Kept", found: list["Kept"], run: Run, trial: Trial) -> None:
    points = trial.points
    began = int((points[0].t if points else 0) * 1000) or int(run.started * 1000)
    ended = max(int((points[-1].t if points else 0) * 1000), began)
    if found:
        kept = _only(client, found)
        if kept.data.tags.get(_HAS) == trial.digest:
            return
    else:
        own = {_RUN: run.name, "tuning.kind": "trial", _TRIAL: trial.id, "mlflow.parentRunId": parent.info.run_id}
        kept = client.create_run(experiment, start_time=began, tags=own, run_name=trial.name)
    name = kept.info.run_id
    _log_params(client, name, trial.values)
    _set_tags(client, kept, trial.tags)
    course = [(key, value, int(point.t * 1000) or began, point.step) for point in points for key, value in point.values.items()]
    last = points[-1].step if points else 0
    final = [(key, value, ended, last) for key, value in trial.final.items()]
    _log_metrics(client, name, [*course, *final], fresh=not found)
    client.set_terminated(name, "FAILED" if trial.score is None else "FINISHED", end_time=ended)
    client.set_tag(name, _HAS, trial.digest)


def _conclude(client: "MlflowClient", parent: "Kept", run: Run) -> None:
    name = parent.info.run_id
    last = max((trial.number for trial in run.trials), default=0)
    _log_metrics(client, name, [(key, value, int(run.started * 1000), last) for key, value in run.scores.items()])
    columns, rows = run.table()
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    client.log_text(name, text.getvalue(), "trials.csv")
    for path in run.artifacts:
        client.log_artifact(name, str(path), "report")
    client.set_terminated(name, {"failed": "FAILED", "cancelled": "KILLED"}.get(run.tags["status"], "FINISHED"))


def _log_params(client: "MlflowClient", name: str, values: dict[str, Any]) -> None:
    from mlflow.entities import Param

    for part in _parts(sorted(values.items()), _PARAMS):
        client.log_batch(name, params=[Param(key, str(value)[:_LONGEST]) for key, value in part])


def _set_tags(client: "MlflowClient", kept: "Kept", tags: dict[str, str]) -> None:
    from mlflow.entities import RunTag

    new = {f"tuning.{key}": value[:_LONGEST] for key, value in tags.items()}
    changed = [RunTag(key, value) for key, value in new.items() if kept.data.tags.get(key) != value]
    if changed:
        client.log_batch(kept.info.run_id, tags=changed)


def _log_metrics(client: "MlflowClient", name: str, told: list[tuple[str, float, int, int]], *, fresh: bool = False) -> None:
    """Log figures (name, value, Unix milliseconds, step) whose step is not there yet; in a `fresh` run none is."""
    from mlflow.entities import Metric

    keys = set() if fresh else {key for key, *_ in told}
    there = {(key, point.step) for key in keys for point in client.get_metric_history(name, key)}
    new = [Metric(key, value, at, step) for key, value, at, step in told if (key, step) not in there]
    for part in _parts(new, _METRICS):
        client.log_batch(name, metrics=part)


def _parts(items: list[Any], most: int) -> Iterable[list[Any]]:
    return (items[first : first + most] for first in range(0, len(items), most))
