"""Which training next: hints, first probes, then whatever the model says may be best. Runs in the advising process."""

import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuning_trainer.search.belief import Belief
from tuning_trainer.search.gp import Floats
from tuning_trainer.search.space import Dimension, Space, Value, Values

#: Standard deviations above the mean that a candidate is hoped to have (upper confidence bound; Srinivas et al., ICML 2010).
OPTIMISM = 2.0
#: Nearly equal gaps are opened upwards: defaults of fine-tuning are cautious.
_UPWARD = 1.25
#: Share of the pool from which on several keys may change at once in the mode `free`.
_JOINT_FROM = 2 / 3
#: Joint moves that are looked at: combinations of the best single changes, and random ones.
_COMBINED = 10
_RANDOM_MOVES = 300


@dataclass(frozen=True)
class Move:
    """A training that may be next: the base with `change`."""

    values: Values
    change: Values
    origin: str
    hint: dict[str, Any] | None = None


def base_of(belief: Belief, defaults: Values, incumbent: Values | None) -> Values:
    """What the next trainings change: the run's incumbent, else the best mean score; the default while nothing has a score.

    Not the configuration that is best by the model's mean, although that finds slightly better ones on tables: a run that
    goes on from a trial that it has not accepted cannot be followed, and where noise grows with the rate, it is misled more.
    """
    if incumbent is not None:
        return {key: incumbent.get(key, defaults[key]) for key in belief.space.keys}
    if not belief.scored:
        return defaults
    return max(belief.scored, key=lambda configuration: configuration.mean).values


def single_changes(space: Space, base: Values, keys: Iterable[str], tried: set[tuple[Value, ...]]) -> list[Move]:
    """Every untried configuration that differs from the base in one of the keys."""
    moves = []
    for key in keys:
        for value in space.dimensions[key].options:
            values = {**base, key: value}
            if space.identity(values) not in tried:
                moves.append(Move(values, {key: value}, "model"))
    return moves


def joint_changes(belief: Belief, base: Values, singles: Sequence[Move], draw: random.Random) -> list[Move]:
    """Untried configurations that differ from the base in several keys: promising single changes combined, and random ones."""
    space = belief.space
    ranked = [singles[index].change for index in np.argsort(-optimism(belief, singles), kind="stable")[:_COMBINED]]
    changes = [
        {key: value for change in group for key, value in change.items()}
        for size in (2, 3)
        for group in itertools.combinations(ranked, size)
    ]
    options = {key: space.dimensions[key].options for key in space.keys}
    for _ in range(_RANDOM_MOVES):
        chosen = draw.sample(space.keys, draw.randint(min(2, len(space.keys)), len(space.keys)))
        changes.append({key: draw.choice(options[key]) for key in chosen})
    moves: dict[tuple[Value, ...], Move] = {}
    for change in changes:
        different = {key: value for key, value in change.items() if space.dimensions[key].same(value) != base[key]}
        values = {**base, **different}
        identity = space.identity(values)
        if len(different) > 1 and identity not in belief.tried:
            moves.setdefault(identity, Move(values, different, "joint"))
    return list(moves.values())


def optimism(belief: Belief, moves: Sequence[Move]) -> Floats:
    """Upper confidence bound of each move's mean score."""
    if not moves:
        return np.zeros(0)
    mean, sd = belief.marginals([move.values for move in moves])
    return np.asarray(mean + OPTIMISM * sd)


def joint_allowed(request: dict[str, Any]) -> bool:
    """Whether several keys may change at once: in the mode `free`, in the last third of the pool."""
    done = request["pool"] - request["left"]
    return bool(request["mode"] == "free" and request["keys"] is None and done >= _JOINT_FROM * request["pool"])


def choose(belief: Belief, base: Values, moves: Sequence[Move], request: dict[str, Any]) -> list[Move]:
    """The next trainings, chosen together: hints, first probes, then the highest bounds, each as if the ones before had ended."""
    allowed = belief.space.keys if request["keys"] is None else request["keys"]
    chosen = _hinted(belief, base, request["hints"], allowed)[: request["count"]]
    probed = {key for move in chosen for key in move.change}
    for key in request["probes"]:
        if len(chosen) < request["count"] and key in allowed and key not in probed:
            move = _probe(belief, base, key, moves)
            if move is not None:
                chosen.append(move)
    taken = {belief.space.identity(move.values) for move in chosen}
    open_moves = [move for move in moves if belief.space.identity(move.values) not in taken]
    process = belief.process
    if chosen:
        process = process.believing(belief.space.encode([move.values for move in chosen]))
    while len(chosen) < request["count"] and open_moves:
        points = belief.space.encode([move.values for move in open_moves])
        mean, sd = process.marginals(points)
        best = int(np.argmax(mean + OPTIMISM * sd))
        chosen.append(open_moves.pop(best))
        process = process.believing(points[best : best + 1])
    return chosen


def _hinted(belief: Belief, base: Values, hints: Sequence[dict[str, Any]], allowed: Sequence[str]) -> list[Move]:
    """Hints that nothing measured agrees with, each as a training of its own; those of people first."""
    moves: dict[tuple[Value, ...], Move] = {}
    for hint in sorted(hints, key=lambda one: one["by"] != "person"):
        change = hint["change"]
        if not change or not all(key in allowed for key in change) or _followed(belief, change):
            continue
        values = {**base, **change}
        different = {key: value for key, value in change.items() if value != base[key]}
        moves.setdefault(belief.space.identity(values), Move(values, different, "hint", hint))
    return list(moves.values())


def _followed(belief: Belief, change: Values) -> bool:
    """Whether some training had all of these values."""
    same = {key: belief.space.dimensions[key].same(value) for key, value in change.items()}
    return any(
        all(belief.space.dimensions[key].same(configuration.values[key]) == value for key, value in same.items())
        for configuration in belief.configurations
    )


def _probe(belief: Belief, base: Values, key: str, moves: Sequence[Move]) -> Move | None:
    """A first look at a key: the middle of the wider gap beside the base's value; for categories the highest bound."""
    own = [move for move in moves if list(move.change) == [key]]
    if not own:
        return None
    dimension = belief.space.dimensions[key]
    if dimension.numeric:
        value = _middle_of_gap(dimension, base[key])
        values = {**base, key: value}
        if belief.space.identity(values) not in belief.tried:
            return Move(values, {key: value}, "gap")
    best = own[int(np.argmax(optimism(belief, own)))]
    return Move(best.values, best.change, "probe" if dimension.numeric else "choice")


def _middle_of_gap(dimension: Dimension, value: Value) -> Value:
    """The middle of the wider side of a value within its key, by place; by rank among choices."""
    place = min(max(dimension.place(value), 0.0), 1.0)
    middle = (1.0 + place) / 2 if _UPWARD * (1.0 - place) >= place else place / 2
    if dimension.choices is None:
        return dimension.value_at(middle)
    options = dimension.options
    return options[round(middle * (len(options) - 1))]
