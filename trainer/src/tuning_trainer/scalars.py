"""The names under which the figures of an event are shown elsewhere: TensorBoard and every tracker have the same ones."""

from typing import Any

_OF_STEP = {
    "loss": "train/loss",
    "learning_rate": "train/learning_rate",
    "epoch": "train/epoch",
    "grad_norm": "train/grad_norm",
    "pairs_per_s": "train/pairs_per_s",
}


def scalars(event: dict[str, Any], metric: dict[str, Any] | None) -> dict[str, float]:
    """Return the figures of a `step` or `eval` event by name; those that there are not are left out.

    Args:
        metric: METRIC of an own training, or None. Its score is turned so that more is better; its metric is shown as it is.
    """
    if event["event"] == "step":
        return _numbers({name: event.get(key) for key, name in _OF_STEP.items()})
    return _numbers(_named("dev", event["score"], event.get("metrics"), metric))


def final_scalars(score: float, metrics: dict[str, Any] | None, metric: dict[str, Any] | None) -> dict[str, float]:
    """Return what a finished training is shown with, by name; arguments as in `scalars`."""
    return _numbers(_named("final", score, metrics, metric))


def _named(part: str, score: float, metrics: dict[str, Any] | None, metric: dict[str, Any] | None) -> dict[str, Any]:
    shown = {f"{part}/{name}": value for name, value in (metrics or {}).items()}
    return shown if metric else {f"{part}/score": score, **shown}


def _numbers(values: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if value is not None}
