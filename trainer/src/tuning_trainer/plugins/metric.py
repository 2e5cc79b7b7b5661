"""The figure that decides: by its name as the plug-in measures it, as a score in which more is better."""

import math
import numbers
from dataclasses import dataclass
from typing import Any

from tuning_trainer.failures import TrialError


@dataclass(frozen=True)
class Outcome:
    """What a training came to. `score`: more is better. `metrics`: as the plug-in measured them, the deciding one among them."""

    score: float
    metrics: dict[str, float | None]


@dataclass(frozen=True)
class Metric:
    """METRIC of the configuration; without one it is `score`, and more is better."""

    name: str
    minimized: bool

    @classmethod
    def of(cls, config: dict[str, Any]) -> "Metric":
        """Return the metric of a configuration."""
        given = config.get("METRIC") or {}
        return cls(given.get("name", "score"), given.get("direction", "maximize") == "minimize")

    def score_of(self, value: float) -> float:
        """Return the score of a value: its negative where the metric is minimised. The same the other way round."""
        return -value if self.minimized else value

    def read(self, said: Any, who: str) -> Outcome:
        """Return what a plug-in said of its result or of a model, checked.

        Args:
            said: a number, or a dict with the deciding metric by its name or as `score`.
            who: begins the messages, such as `train(config, report)`.

        Raises:
            TrialError: kind `trainer_bug` when it is no result, `nan` when the deciding metric is no finite number.
        """
        named = said if isinstance(said, dict) else {self.name: said}
        wanted = f"a number, or a dict with {self.name}" + ("" if self.name == "score" else " (or score)")
        if said is None:
            raise TrialError("trainer_bug", f"{who} gave no result; allowed: {wanted}")
        key = self.name if self.name in named else "score"
        if key not in named:
            has = ", ".join(map(str, named)) or "nothing"
            raise TrialError("trainer_bug", f"{who} gave a result without METRIC {self.name}: it has {has}; allowed: {wanted}")
        metrics = {str(name): _number(value, str(name), who) for name, value in named.items() if name != key}
        value = _number(named[key], key, who)
        if value is None:
            raise TrialError("nan", f"{who} gave {self.name} = {named[key]}, which is no finite number")
        return Outcome(self.score_of(value), {self.name: value, **metrics})


def _number(value: Any, name: str, who: str) -> float | None:
    """Return a number as JSON can carry it, None for one that is not finite; numpy's and torch's scalars are numbers, too."""
    size = value.numel() if hasattr(value, "numel") else getattr(value, "size", None)
    if size == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        shown = f"{value!r}"[:80]
        raise TrialError("trainer_bug", f"{who} gave {name} = {shown}; allowed: a number")
    return float(value) if math.isfinite(value) else None
