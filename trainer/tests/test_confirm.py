"""The held-out verdict: influences, intervals, what one seed and many seeds say."""

import math
from typing import Any

import numpy
import pytest

from tuning_trainer import confirm
from tuning_trainer.bootstrap import bootstrap_difference
from tuning_trainer.confirm import Scored
from tuning_trainer.metrics import correlation_with, rank_correlation

PAIRS = 300


class World:
    """Models whose expected score is known: one set of pairs, cosines that follow the grades as closely as they are told to."""

    def __init__(self, seed: int) -> None:
        self.random = numpy.random.default_rng(seed)
        self.grades = self.random.normal(size=PAIRS)
        self.common = self.random.normal(size=PAIRS)
        self.measure = correlation_with(self.grades)

    def model(self, arm: str, seed: int | None, score: float) -> Scored:
        weight = 2 * math.sin(math.pi * score / 6)
        rest = math.sqrt(0.995) * self.common + math.sqrt(0.005) * self.random.normal(size=PAIRS)
        return Scored(arm, seed, weight * self.grades + math.sqrt(1 - weight**2) * rest)

    def arm(self, name: str, score: float, sd: float, seeds: int) -> list[Scored]:
        return [self.model(name, 42 + seed, score + sd * self.random.normal()) for seed in range(seeds)]


def width(found: dict[str, Any]) -> float:
    return float(found["difference"]["high"] - found["difference"]["low"])


def with_ties() -> tuple[numpy.ndarray, numpy.ndarray]:
    random = numpy.random.default_rng(1)
    grades = numpy.round(random.normal(size=PAIRS) * 1.2)
    common = grades + random.normal(size=PAIRS)
    rows = [numpy.round(common + 0.2 * random.normal(size=PAIRS) + more * grades, 1) for more in (0, 0.3)]
    return numpy.stack(rows), grades


def test_scores_and_influences_agree_with_ranks_jackknife_and_bootstrap_also_in_ties() -> None:
    rows, grades = with_ties()
    measured = [correlation_with(grades).with_influence(row) for row in rows]
    scores, influence = [score for score, _ in measured], numpy.asarray([moved for _, moved in measured])
    assert scores == pytest.approx([rank_correlation(row, grades) for row in rows], abs=1e-12)
    left_out = numpy.asarray(
        [[rank_correlation(numpy.delete(row, at), numpy.delete(grades, at)) for at in range(PAIRS)] for row in rows]
    )
    jackknife = (PAIRS - 1) * (left_out.mean(axis=1, keepdims=True) - left_out)
    assert numpy.corrcoef(jackknife[0], influence[0])[0, 1] > 0.9999
    assert (influence @ influence.T) == pytest.approx(jackknife @ jackknife.T, rel=0.02)
    error = math.sqrt(((influence[1] - influence[0]) ** 2).sum()) / PAIRS
    bootstrap = bootstrap_difference(rows[0], rows[1], list(grades), 1)
    assert error == pytest.approx((bootstrap["high"] - bootstrap["low"]) / 3.92, rel=0.08)


def test_the_same_cosines_give_the_same_words_in_any_order() -> None:
    world = World(3)
    models = [*world.arm("baseline", 0.66, 0.004, 3), *world.arm("best", 0.7, 0.008, 3), world.model("untouched", None, 0.65)]
    first = confirm.confirm(models, world.measure, (0.005, 2))
    again = confirm.confirm(models[::-1], world.measure, (0.005, 2))
    assert confirm.confirm(models, world.measure, (0.005, 2)) == first
    assert again["difference"] == pytest.approx(first["difference"], abs=1e-12)
    assert again["scores"] == pytest.approx(first["scores"][::-1], abs=1e-12)


def test_two_seeds_of_one_configuration_are_not_told_apart_where_the_bootstrap_over_pairs_tells_many_apart() -> None:
    ours = bootstrap = 0
    for seed in range(20):
        world = World(seed)
        models = [*world.arm("baseline", 0.67, 0.012, 3), *world.arm("best", 0.67, 0.012, 3)]
        ours += confirm.confirm(models, world.measure, (0.012, 2))["verdict"] != "not_distinguishable"
        pairs = [numpy.asarray(models[row].outputs) for row in (0, 3)]
        found = bootstrap_difference(pairs[0], pairs[1], list(world.grades), 1)
        bootstrap += found["low"] > 0 or found["high"] < 0
    assert ours <= 2
    assert bootstrap >= 6


@pytest.mark.parametrize(("gain", "verdict"), [(0.05, "better"), (-0.05, "worse"), (0.0, "not_distinguishable")])
def test_a_difference_beyond_all_noise_is_said_in_its_direction(gain: float, verdict: str) -> None:
    world = World(5)
    models = [*world.arm("baseline", 0.67, 0.004, 3), *world.arm("best", 0.67 + gain, 0.008, 3)]
    found = confirm.confirm(models, world.measure, (0.005, 2))
    assert found["verdict"] == verdict
    assert found["difference"]["low"] < gain < found["difference"]["high"]
    assert found["over_untouched"] is None
    assert found["seed_sd"]["measured"] is True


def test_one_seed_each_is_widened_by_dev_noise_or_by_a_guess_and_says_so() -> None:
    world = World(7)
    models = [world.model("baseline", 42, 0.67), world.model("best", 42, 0.69)]
    small, large, guessed = (confirm.confirm(models, world.measure, noise) for noise in ((0.003, 20), (0.03, 20), None))
    assert width(small) < width(guessed)
    assert width(small) < width(large) / 3
    assert not any(found["seed_sd"]["measured"] for found in (small, large, guessed))
    nothing_measured = confirm.confirm(models, world.measure, (0.03, 0))
    assert nothing_measured == guessed
    assert {found["verdict"] for found in (large, guessed)} == {"not_distinguishable"}


def test_more_seeds_narrow_the_interval_and_arms_may_differ_in_number() -> None:
    widths = []
    for seeds in (1, 3, 10):
        found = []
        for start in range(8):
            world = World(start)
            models = [*world.arm("baseline", 0.67, 0.01, 3), *world.arm("best", 0.7, 0.01, seeds)]
            found.append(width(confirm.confirm(models, world.measure, (0.01, 4))))
        widths.append(float(numpy.median(found)))
    assert widths[0] > widths[1] > widths[2]


def test_luck_that_both_arms_share_by_their_seeds_narrows_the_interval_and_opposite_luck_widens_it() -> None:
    luck = [-1.2, -0.3, 0.1, 0.4, 1.0]

    def found(sign: int, other_seeds: int = 0) -> float:
        world = World(15)
        lucks = {"baseline": luck, "best": [sign * each for each in luck]}
        models = [
            world.model(arm, 42 + seed + other_seeds * (arm == "best"), 0.67 + 0.02 * each)
            for arm, of in lucks.items()
            for seed, each in enumerate(of)
        ]
        return width(confirm.confirm(models, world.measure, (0.02, 2)))

    assert found(1) < found(1, other_seeds=100) < found(-1)
    assert found(1, other_seeds=100) == pytest.approx(found(-1, other_seeds=100), rel=0.1)


def test_the_untouched_model_has_no_noise_of_seeds_and_stands_in_for_a_default_that_could_not_be_trained() -> None:
    world = World(9)
    models = [world.model("untouched", None, 0.66), *world.arm("best", 0.72, 0.004, 4)]
    found = confirm.confirm(models, world.measure, (0.004, 4))
    assert found["difference"] is None
    assert found["over_untouched"]["low"] > 0
    assert found["verdict"] == "better"
    both = confirm.confirm([*models, *world.arm("baseline", 0.66, 0.004, 4)], world.measure, (0.004, 4))
    assert both["over_untouched"]["high"] - both["over_untouched"]["low"] < width(both)


def test_a_default_that_is_the_winner_has_nothing_to_beat() -> None:
    world = World(11)
    found = confirm.confirm([world.model("untouched", None, 0.66), *world.arm("baseline", 0.67, 0.004, 3)], world.measure, None)
    assert (found["difference"], found["over_untouched"], found["verdict"]) == (None, None, "not_distinguishable")
    assert len(found["scores"]) == 4


@pytest.mark.parametrize("cosine", [0.5, math.nan])
def test_a_model_without_a_score_is_named(cosine: float) -> None:
    world = World(13)
    models = [world.model("baseline", 42, 0.67), Scored("best", 43, numpy.full(PAIRS, cosine))]
    with pytest.raises(ValueError, match=r"best \(seed 43\)"):
        confirm.confirm(models, world.measure, None)
