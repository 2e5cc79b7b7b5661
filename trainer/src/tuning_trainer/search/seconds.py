"""How long a training will take, from those that ended. Runs in the advising process."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tuning_trainer.search.space import Values

#: Powers of the keys that seconds are known to depend on, as believed in before anything is measured, and how firmly.
_POWERS = {"NUM_TRAIN_EPOCHS": (1.0, 0.2), "TRAIN_BATCH_SIZE": (-0.2, 0.3), "GRAD_ACC_STEPS": (-0.1, 0.2)}
#: Standard deviation of the logarithm of seconds around the prediction.
_SPREAD = 0.1


class Seconds:
    """Log-linear in epochs, batch size and accumulation; a ridge regression towards the powers that are believed in."""

    def __init__(self, trials: Sequence[dict[str, Any]]) -> None:
        known = [trial for trial in trials if trial.get("seconds") and trial["seconds"] > 0 and not trial.get("pruned")]
        self._known = bool(known)
        if not known:
            return
        features = np.array([_features(trial["values"]) for trial in known])
        targets = np.log([trial["seconds"] for trial in known])
        believed = np.array([power for power, _ in _POWERS.values()])
        firmness = np.array([_SPREAD**2 / spread**2 for _, spread in _POWERS.values()])
        self._centre = features.mean(axis=0)
        rest = targets - features @ believed
        self._level = float(np.median(rest))
        centred = features - self._centre
        matrix = centred.T @ centred + np.diag(firmness)
        self._powers = believed + np.linalg.solve(matrix, centred.T @ (rest - rest.mean()))
        self._level = float(np.median(targets - centred @ self._powers))

    def of(self, values: Values) -> float | None:
        """Expected seconds; None while nothing was measured."""
        if not self._known:
            return None
        return math.exp(self._level + float((np.array(_features(values)) - self._centre) @ self._powers))


def _features(values: Values) -> list[float]:
    numbers = [values.get(key) for key in _POWERS]
    return [math.log(number) if isinstance(number, (int, float)) and number > 0 else 0.0 for number in numbers]
