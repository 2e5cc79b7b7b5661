"""The local optimiser: `python -m tuning_trainer advise` answers lines of JSON with the next value of one parameter.

Tree-structured Parzen estimator (Bergstra et al., Algorithms for Hyper-Parameter Optimization, NeurIPS 2011), as Optuna has it;
the first two proposals for a range halve the widest gap beside the best value.
A process of its own, without torch: it starts in about a second and stays.
"""

import contextlib
import json
import math
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import optuna

_VERSION = 1
#: Draws before the next untried value is looked for on a grid.
_DRAWS = 30
_GRID = 40
#: Measured values from which on the estimator proposes.
_MODEL_FROM = 3
#: Nearly equal gaps are opened upwards: defaults of fine-tuning are cautious.
_UPWARD = 1.25


def suggest(request: dict[str, Any]) -> dict[str, Any]:
    """Propose a value that was not tried yet.

    Args:
        request: `key`, `space` {type: float|int|categorical, min, max, scale: linear|log, choices}, `trials`
            [{value, score or null for a failed one}], `seed`.

    Returns:
        {"value": ...}, or {"exhausted": True} when every value of the space was tried.
    """
    space, trials = request["space"], request["trials"]
    tried = [trial["value"] for trial in trials]
    probe = _probe(space, trials)
    if probe is not None and not _is_tried(probe, tried, space):
        return {"value": probe}
    study, distribution = _study(request, _distribution(space))
    for _ in range(_DRAWS):
        asked = study.ask({request["key"]: distribution})
        value = _rounded(asked.params[request["key"]], space)
        if not _is_tried(value, tried, space):
            return {"value": value}
        study.tell(asked, state=_states().FAIL)
    untried = [value for value in _grid(space) if not _is_tried(value, tried, space)]
    return {"value": untried[len(untried) // 2]} if untried else {"exhausted": True}


def _probe(space: dict[str, Any], trials: list[dict[str, Any]]) -> Any | None:
    """Return the middle of the widest gap beside the best value, while too little was measured for a model; else None.

    The estimator has nothing to learn from one or two values and would stay beside the first, which three rounds do not allow.
    """
    scored = [trial for trial in trials if trial["score"] is not None]
    if space.get("choices") or not 0 < len(scored) < _MODEL_FROM:
        return None
    forward, back = (math.log, math.exp) if space.get("scale") == "log" else (float, float)
    best = forward(max(scored, key=lambda trial: trial["score"])["value"])
    places = [forward(trial["value"]) for trial in trials]
    below = max([place for place in places if place < best], default=forward(space["min"]))
    above = min([place for place in places if place > best], default=forward(space["max"]))
    middle = back((best + above) / 2 if _UPWARD * (above - best) >= best - below else (best + below) / 2)
    return round(middle) if space["type"] == "int" else _rounded(middle, space)


def _study(request: dict[str, Any], distribution: "optuna.distributions.BaseDistribution") -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    # No random start beside the incumbent; with three to five rounds a longer start would leave nothing to the model.
    sampler = optuna.samplers.TPESampler(n_startup_trials=1, seed=request["seed"] + len(request["trials"]))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for trial in request["trials"]:
        value = trial["value"]
        state = _states().FAIL if trial["score"] is None else _states().COMPLETE
        with contextlib.suppress(ValueError):
            # A default outside the space was measured, but the distribution cannot hold it.
            study.add_trial(
                optuna.trial.create_trial(
                    params={request["key"]: value},
                    distributions={request["key"]: distribution},
                    value=trial["score"],
                    state=state,
                )
            )
    return study, distribution


def _states() -> Any:
    from optuna.trial import TrialState

    return TrialState


def _distribution(space: dict[str, Any]) -> "optuna.distributions.BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if space.get("choices"):
        return CategoricalDistribution(space["choices"])
    log = space.get("scale") == "log"
    if space["type"] == "int":
        return IntDistribution(math.ceil(space["min"]), math.floor(space["max"]), log=log)
    return FloatDistribution(space["min"], space["max"], log=log)


def _rounded(value: Any, space: dict[str, Any]) -> Any:
    """Give a float three significant digits, which is all that a person can compare."""
    if space["type"] != "float" or space.get("choices"):
        return value
    short = float(f"{value:.3g}")
    return min(max(short, space["min"]), space["max"])


def _is_tried(value: Any, tried: list[Any], space: dict[str, Any]) -> bool:
    if space["type"] == "float" and not space.get("choices"):
        return any(math.isclose(value, other, rel_tol=1e-3, abs_tol=1e-12) for other in tried)
    return value in tried


def _grid(space: dict[str, Any]) -> list[Any]:
    if space.get("choices"):
        return list(space["choices"])
    low, high = space["min"], space["max"]
    if space["type"] == "int":
        return list(range(math.ceil(low), math.floor(high) + 1))
    shares = [index / (_GRID - 1) for index in range(_GRID)]
    if space.get("scale") == "log":
        return [_rounded(low * (high / low) ** share, space) for share in shares]
    return [_rounded(low + (high - low) * share, space) for share in shares]


def main() -> int:
    """Answer requests from stdin on stdout until stdin ends. Libraries that print go to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        request_id = None
        try:
            request = json.loads(line)
            request_id = request.get("id")
            if request.get("v") != _VERSION:
                raise ValueError(f"version {request.get('v')!r} is not spoken here")
            reply = suggest(request)
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"[:500]}
        answers.write(json.dumps({"v": _VERSION, "id": request_id, **reply}) + "\n")
        answers.flush()
    return 0
