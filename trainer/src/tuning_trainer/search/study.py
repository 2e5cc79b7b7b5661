"""One question to the search model, answered: `StudyRequest` to `Study` of `src/domain/study.ts`. Runs in the advising process.

Deterministic: the same request has the same answer.
"""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from tuning_trainer.search.belief import Belief, believe
from tuning_trainer.search.outlook import KEY_WORTHWHILE, RUN_WORTHWHILE, Gain, gains, possible, worthwhile
from tuning_trainer.search.policy import Move, base_of, choose, joint_allowed, joint_changes, optimism, single_changes
from tuning_trainer.search.seconds import Seconds
from tuning_trainer.search.space import Space, Values

#: Candidates beside the chosen ones that are told.
_SHORTLIST = 12
#: Half of an interval of 90 %, in standard deviations.
_NINETY = 1.645


def study(request: dict[str, Any]) -> dict[str, Any]:
    """Say what is known, and which trainings pay most.

    Args:
        request: `StudyRequest`.

    Returns:
        `Study`.
    """
    space = Space(request["spaces"])
    defaults = {key: request["defaults"][key] for key in space.keys}

    def whole(values: Values) -> Values:
        return {key: values.get(key, defaults[key]) for key in space.keys}

    trials = [{**trial, "values": whole(trial["values"])} for trial in request["trials"]]
    elsewhere = [seed for seed in request.get("elsewhere") or [] if set(seed["values"]) == set(space.keys)]
    unit = float(request.get("unit") or 1.0)
    belief = believe(space, defaults, trials or [{"values": defaults, "score": None}], elsewhere, unit)
    base = base_of(belief, defaults, request.get("incumbent"))
    draw = request["seed"] + len(trials)
    everywhere = single_changes(space, base, space.keys, belief.tried if trials else set())
    joint = joint_changes(belief, base, everywhere, random.Random(draw)) if everywhere else []
    allowed = space.keys if request["keys"] is None else [key for key in space.keys if key in request["keys"]]
    moves = [move for move in everywhere if next(iter(move.change)) in allowed]
    if joint_allowed(request):
        moves = [*moves, *joint]
    chosen = choose(belief, base, moves, request)
    judge = _Judge(belief, base, Seconds(trials))
    best_next = max(
        (gain.expected for gain in gains(belief, [*everywhere, *(joint if joint_allowed(request) else [])], base)), default=0.0
    )
    return {
        "base": _base(belief, base),
        "next": judge.candidates(chosen),
        "shortlist": judge.candidates(_shortlist(belief, moves, chosen)),
        "keys": {key: _key(belief, base, key, [move for move in everywhere if key in move.change]) for key in allowed},
        "winner": _winner(belief, defaults),
        "noise": {"atDefault": belief.noise_sd(defaults), "atBase": belief.noise_sd(base), "repeats": belief.noise.repeats},
        "outlook": {
            "possible": possible(belief, [*everywhere, *joint], base, draw),
            "next": best_next,
            "worthwhile": worthwhile(best_next, RUN_WORTHWHILE, belief, base),
        },
        **({"expected": judge.expected([whole(values) for values in request["expect"]])} if request.get("expect") else {}),
    }


class _Judge:
    """Says of moves what is expected of them."""

    def __init__(self, belief: Belief, base: Values, seconds: Seconds) -> None:
        self._belief, self._base, self._seconds = belief, base, seconds

    def candidates(self, moves: Sequence[Move]) -> list[dict[str, Any]]:
        if not moves:
            return []
        mean, sd = self._belief.marginals([move.values for move in moves])
        judged = gains(self._belief, moves, self._base)
        return [self._candidate(move, float(mean[index]), float(sd[index]), judged[index]) for index, move in enumerate(moves)]

    def expected(self, configurations: Sequence[Values]) -> list[dict[str, float]]:
        """Interval of 90 % for the score of one training of each configuration, noise included."""
        mean, sd = self._belief.marginals(configurations)
        return [self._interval(values, *one) for values, *one in zip(configurations, mean, sd, strict=True)]

    def _interval(self, values: Values, mean: float, sd: float) -> dict[str, float]:
        spread = _NINETY * float(np.hypot(sd, self._belief.noise_sd(values)))
        return {"low": float(mean) - spread, "high": float(mean) + spread}

    def _candidate(self, move: Move, mean: float, sd: float, gain: Gain) -> dict[str, Any]:
        return {
            "values": move.values,
            "change": move.change,
            "origin": move.origin,
            "mean": mean,
            "sd": sd,
            **self._interval(move.values, mean, sd),
            "gain": gain.expected,
            "chance": gain.chance,
            "seconds": self._seconds.of(move.values),
            **({"hint": move.hint} if move.hint else {}),
        }


def _base(belief: Belief, base: Values) -> dict[str, Any]:
    mean, sd = belief.marginals([base])
    return {"values": base, "mean": float(mean[0]), "sd": float(sd[0])}


def _key(belief: Belief, base: Values, key: str, moves: Sequence[Move]) -> dict[str, Any]:
    """What the key's best untried value is expected to gain. A key that was never varied always deserves its first probe."""
    gain = max((one.expected for one in gains(belief, moves, base)), default=0.0)
    varied = len({belief.space.dimensions[key].same(configuration.values[key]) for configuration in belief.configurations}) > 1
    return {
        "gain": gain,
        "worthwhile": bool(moves) and (not varied or worthwhile(gain, KEY_WORTHWHILE, belief, base)),
        "untried": len(moves),
    }


def _winner(belief: Belief, defaults: Values) -> dict[str, Any]:
    """The best measured mean score, and the model's gain of it over the default with that difference's standard deviation."""
    if not belief.scored:
        return {"values": defaults, "gain": 0.0, "sd": 0.0}
    best = max(belief.scored, key=lambda configuration: configuration.mean)
    if belief.space.identity(best.values) == belief.space.identity(defaults):
        return {"values": defaults, "gain": 0.0, "sd": 0.0}
    gain, sd = belief.difference([best.values], defaults)
    return {"values": best.values, "gain": float(gain[0]), "sd": float(sd[0])}


def _shortlist(belief: Belief, moves: Sequence[Move], chosen: Sequence[Move]) -> list[Move]:
    """The best of each key first, then whatever is best."""
    taken = {belief.space.identity(move.values) for move in chosen}
    ranked = [moves[index] for index in np.argsort(-optimism(belief, moves), kind="stable")]
    ranked = [move for move in ranked if belief.space.identity(move.values) not in taken]
    firsts = list({tuple(move.change): move for move in reversed(ranked)}.values())
    firsts.sort(key=ranked.index)
    return [*firsts, *(move for move in ranked if move not in firsts)][:_SHORTLIST]
