"""The scheme of release 0.2.0, kept to compare with: keys in the usual order, so many rounds each, the best value fixed.

A value is the middle of the wider gap beside the best one while fewer than three were measured, else Optuna's TPE over that key
alone; a training of an exhausted key is not spent. (`trainer/src/tuning_trainer/advise.py` of that release, on numbered choices.)
"""

import contextlib
from collections.abc import Callable

import optuna
from grids import Grid
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

KEYS = 3
_DRAWS = 30
_MODEL_FROM = 3
_UPWARD = 1.25
Measured = list[tuple[int, float]]


def tune(grid: Grid, default: int, rounds: int, seed: int, train: Callable[[int], float], keys: list[str]) -> None:
    """Train the default and then `rounds` values of each of these keys, as far as there are any."""
    best, best_score = default, train(default)
    known = {default: best_score}
    for key in keys:
        for _ in range(rounds):
            here = _line(grid, best, key)
            measured = [(choice, known[place]) for choice, place in enumerate(here) if place in known]
            choice = _suggest(grid.spaces[key], here.index(best), measured, seed)
            if choice is None:
                break
            place = here[choice]
            known[place] = train(place)
            if known[place] > best_score:
                best, best_score = place, known[place]


def _line(grid: Grid, place: int, key: str) -> list[int]:
    """Places of the configurations that differ from one in one key, by choice."""
    values = grid.values(place)
    return [grid.place({**values, key: choice}) for choice in grid.spaces[key]["choices"]]


def _suggest(space: dict[str, object], best: int, measured: Measured, seed: int) -> int | None:
    tried = {choice for choice, _ in measured}
    count = len(space["choices"])  # type: ignore[arg-type]
    ordered = space["type"] != "categorical"
    if ordered and len(measured) < _MODEL_FROM:
        below = max([choice for choice in tried if choice < best], default=0)
        above = min([choice for choice in tried if choice > best], default=count - 1)
        probe = round((best + above) / 2 if _UPWARD * (above - best) >= best - below else (best + below) / 2)
        if probe not in tried:
            return probe
    distribution = IntDistribution(0, count - 1) if ordered else CategoricalDistribution(list(range(count)))
    study = _study(distribution, measured, seed)
    for _ in range(_DRAWS):
        asked = study.ask({"it": distribution})
        choice = int(asked.params["it"])
        if choice not in tried:
            return choice
        study.tell(asked, state=TrialState.FAIL)
    untried = [choice for choice in range(count) if choice not in tried]
    return untried[len(untried) // 2] if untried else None


def _study(distribution: BaseDistribution, measured: Measured, seed: int) -> optuna.Study:
    sampler = optuna.samplers.TPESampler(n_startup_trials=1, seed=seed + len(measured))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for choice, score in measured:
        with contextlib.suppress(ValueError):
            study.add_trial(create_trial(params={"it": choice}, distributions={"it": distribution}, value=score))
    return study
