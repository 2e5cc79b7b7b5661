"""Seed-to-seed noise: what repeated configurations say of it."""

import math
from typing import Any

import numpy as np
import pytest

from tuning_trainer.search.belief import believe
from tuning_trainer.search.gp import fit
from tuning_trainer.search.noise import pooled
from tuning_trainer.search.space import Space

DEFAULTS: dict[str, Any] = {"LEARNING_RATE": 2e-5, "NUM_TRAIN_EPOCHS": 1}


def groups(
    configurations: list[dict[str, Any]], sd: Any, seeds: int, draw: np.random.Generator
) -> list[tuple[dict[str, Any], list[float]]]:
    return [(values, list(0.7 + draw.normal(0, sd(values), seeds))) for values in configurations]


def test_a_planted_spread_is_found() -> None:
    draw = np.random.default_rng(1)
    configurations: list[dict[str, Any]] = [{"LEARNING_RATE": rate, "NUM_TRAIN_EPOCHS": 1} for rate in (1e-5, 2e-5, 5e-5, 1e-4)]
    noise = pooled(groups(configurations, lambda _: 0.01, 40, draw), 0.05**2, DEFAULTS)
    assert noise.repeats == 4 * 39
    for values in configurations:
        assert noise.sd(values) == pytest.approx(0.01, rel=0.25)


def test_planted_growth_is_found() -> None:
    draw = np.random.default_rng(2)
    configurations = [{"LEARNING_RATE": rate, "NUM_TRAIN_EPOCHS": epochs} for rate in (2e-5, 1e-4) for epochs in (1, 3)]
    planted = lambda values: 0.005 * values["LEARNING_RATE"] / 2e-5  # noqa: E731
    noise = pooled(groups(configurations, planted, 40, draw), 0.01**2, DEFAULTS)
    assert noise.sd(DEFAULTS) == pytest.approx(0.005, rel=0.3)
    assert noise.sd({"LEARNING_RATE": 1e-4, "NUM_TRAIN_EPOCHS": 1}) == pytest.approx(0.025, rel=0.3)


def test_a_few_repeats_do_not_make_growth() -> None:
    noise = pooled([(DEFAULTS, [0.70, 0.71]), ({**DEFAULTS, "LEARNING_RATE": 1e-4}, [0.75, 0.762])], 0.01**2, DEFAULTS)
    assert noise.sd({**DEFAULTS, "LEARNING_RATE": 1e-4}) < 2 * noise.sd(DEFAULTS)


def test_without_repeats_it_is_the_guess_and_says_so() -> None:
    noise = pooled([(DEFAULTS, [0.7]), ({**DEFAULTS, "LEARNING_RATE": 1e-4}, [0.8])], 0.01**2, DEFAULTS)
    assert (noise.repeats, noise.sd(DEFAULTS)) == (0, pytest.approx(0.01))


def test_two_seeds_that_agree_by_luck_are_not_no_noise() -> None:
    noise = pooled([(DEFAULTS, [0.7, 0.7])], 0.01**2, DEFAULTS)
    assert 0.005 < noise.sd(DEFAULTS) < 0.01


def test_a_key_that_is_not_tuned_does_not_grow_the_noise() -> None:
    noise = pooled([({"LOSS": "cosent"}, [0.70, 0.71]), ({"LOSS": "cosine"}, [0.75, 0.79])], 0.01**2, {"LOSS": "cosent"})
    assert noise.exponents == {}


def test_the_process_interpolates_and_tells_keys_that_matter_from_those_that_do_not() -> None:
    points = np.random.default_rng(3).uniform(size=(40, 2))
    targets = np.sin(5 * points[:, 0])
    process = fit(points, np.array([False, False]), targets, np.ones(40), (math.log(0.01), 0.3))
    mean, sd = process.marginals(points)
    assert np.abs(mean - targets).max() < 0.2
    assert process.lengths[0] < process.lengths[1] / 2
    assert np.all(sd < process.signal**0.5)


def test_joint_and_marginal_answers_agree() -> None:
    points = np.random.default_rng(4).uniform(size=(8, 3))
    process = fit(points, np.array([False, True, False]), points[:, 0], np.ones(8))
    mean, covariance = process.predict(points)
    marginal, sd = process.marginals(points)
    assert mean == pytest.approx(marginal)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(sd, rel=1e-4)
    assert process.between(points, points) == pytest.approx(covariance)


def test_equal_points_do_not_break_it() -> None:
    points = np.zeros((5, 2))
    process = fit(points, np.array([False, False]), np.array([1.0, -1.0, 0.5, -0.5, 0.0]), np.ones(5))
    mean, sd = process.marginals(points)
    assert np.isfinite(mean).all() and np.isfinite(sd).all()


def test_seeds_of_earlier_runs_count_for_the_noise_and_for_nothing_else() -> None:
    space = Space({"LEARNING_RATE": {"type": "float", "min": 1e-6, "max": 5e-4, "scale": "log"}})
    default = {"LEARNING_RATE": 2e-5}
    trials = [{"values": default, "seed": 42, "score": 0.70}, {"values": {"LEARNING_RATE": 1e-4}, "seed": 42, "score": 0.71}]
    elsewhere = [{"values": default, "seed": seed, "score": score} for seed, score in ((43, 0.76), (44, 0.64), (45, 0.70))]
    alone, told = believe(space, default, trials), believe(space, default, trials, elsewhere)
    assert (alone.noise.repeats, told.noise.repeats) == (0, 3)
    assert told.noise_sd(default) > 2 * alone.noise_sd(default)
    assert [configuration.scores for configuration in told.configurations] == [[0.70], [0.71]]
