"""What the trainings of a run say about every configuration: a Gaussian process with measured noise.

Runs in the advising process.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from tuning_trainer.search.gp import NOISE_FLOOR, NOISE_PRIOR, Floats, Process, fit
from tuning_trainer.search.noise import SeedNoise, pooled
from tuning_trainer.search.space import Space, Value, Values

#: Standard deviation between configurations while one or two are known: what rank correlations differ by. In units of the scores.
_SCALE_GUESS = 0.02
#: Configurations that the process is fitted to at most: the best and the latest. Beyond, a decision would take seconds.
_MOST_POINTS = 250


@dataclass
class Configuration:
    """A configuration that was trained with, and what came of it."""

    values: Values
    scores: list[float] = field(default_factory=list)
    #: Scores at which trainings were ended early.
    pruned: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def mean(self) -> float:
        """Mean score over its seeds."""
        return sum(self.scores) / len(self.scores)


@dataclass(frozen=True)
class Belief:
    """Scores are those of the requests, without noise, unless a name says otherwise."""

    space: Space
    #: Everything trained with, in the order in which it came.
    configurations: list[Configuration]
    noise: SeedNoise
    process: Process
    centre: float
    scale: float

    @cached_property
    def tried(self) -> set[tuple[Value, ...]]:
        """Identities of everything that was trained with, failed ones included."""
        return {self.space.identity(configuration.values) for configuration in self.configurations}

    @cached_property
    def scored(self) -> list[Configuration]:
        """Configurations with a whole training: only these can be a base or a winner."""
        return [configuration for configuration in self.configurations if configuration.scores]

    def marginals(self, configurations: Sequence[Values]) -> tuple[Floats, Floats]:
        """Mean and standard deviation of each configuration's mean score."""
        mean, sd = self.process.marginals(self.space.encode(list(configurations)))
        return self.centre + self.scale * mean, self.scale * sd

    def joint(self, configurations: Sequence[Values]) -> tuple[Floats, Floats]:
        """Mean and covariance matrix of the configurations' mean scores."""
        mean, covariance = self.process.predict(self.space.encode(list(configurations)))
        return self.centre + self.scale * mean, self.scale**2 * covariance

    def difference(self, configurations: Sequence[Values], reference: Values) -> tuple[Floats, Floats]:
        """Mean and standard deviation of each configuration's mean score over the reference's."""
        points, origin = self.space.encode(list(configurations)), self.space.encode([reference])
        everywhere = np.vstack([points, origin])
        mean, sd = self.process.marginals(everywhere)
        across = self.process.between(points, origin)[:, 0]
        variance = sd[:-1] ** 2 + sd[-1] ** 2 - 2.0 * across
        return self.scale * (mean[:-1] - mean[-1]), self.scale * np.sqrt(np.maximum(variance, 1e-12))

    def noise_sd(self, values: Values) -> float:
        """Standard deviation of one training's score around its configuration's mean."""
        return self.scale * math.sqrt(self.process.noise * self.noise.shape(values))


def gather(space: Space, trials: Sequence[dict[str, Any]]) -> list[Configuration]:
    """Bring the trainings of equal configurations together."""
    known: dict[tuple[Value, ...], Configuration] = {}
    for trial in trials:
        configuration = known.setdefault(space.identity(trial["values"]), Configuration(trial["values"]))
        if trial["score"] is None or not math.isfinite(trial["score"]):
            configuration.failures += 1
        elif trial.get("pruned"):
            configuration.pruned.append(float(trial["score"]))
        else:
            configuration.scores.append(float(trial["score"]))
    return list(known.values())


def believe(
    space: Space, defaults: Values, trials: Sequence[dict[str, Any]], elsewhere: Sequence[dict[str, Any]] = (), unit: float = 1.0
) -> Belief:
    """Fit the process to the trainings of a run.

    A failed training counts as one below the worst; one that was ended early as its last score, though as no better than the
    median: it was ended since it was behind, and would have gone on a little.

    Args:
        space: the tunable keys.
        defaults: where the noise is measured from.
        trials: `StudyTrial`s.
        elsewhere: `SeedScore`s of other runs; they count for the noise alone.
        unit: what the scores are measured in; those of a scale that nobody knows may be of any size.

    Raises:
        numpy.linalg.LinAlgError: see `fit`.
    """
    configurations = gather(space, trials)
    fitted = _most_telling(configurations)
    means = [configuration.mean for configuration in fitted if configuration.scores]
    centre = float(np.mean(means)) if means else 0.0
    scale = math.sqrt((sum((mean - centre) ** 2 for mean in means) + (_SCALE_GUESS * unit) ** 2) / max(len(means), 1))
    noise = pooled(
        [(configuration.values, configuration.scores) for configuration in gather(space, [*trials, *elsewhere])],
        math.exp(NOISE_PRIOR[0]) * scale**2,
        defaults,
    )
    targets = np.array([(_target(configuration, means, scale) - centre) / scale for configuration in fitted])
    trainings = np.array([max(len(configuration.scores), 1) for configuration in fitted], dtype=float)
    shapes = np.array([noise.shape(configuration.values) for configuration in fitted]) / np.maximum(trainings, 1.0)
    process = fit(
        space.encode([configuration.values for configuration in fitted]),
        space.categorical,
        targets,
        shapes,
        _noise_prior(noise, scale),
    )
    return Belief(space, configurations, noise, process, centre, scale)


def _most_telling(configurations: list[Configuration]) -> list[Configuration]:
    if len(configurations) <= _MOST_POINTS:
        return configurations
    best = sorted(configurations, key=lambda one: -one.mean if one.scores else math.inf)[: _MOST_POINTS // 2]
    chosen = {id(configuration) for configuration in [*best, *configurations[-_MOST_POINTS // 2 :]]}
    return [configuration for configuration in configurations if id(configuration) in chosen]


def _target(configuration: Configuration, means: list[float], scale: float) -> float:
    if configuration.scores:
        return configuration.mean
    if configuration.pruned:
        return min([max(configuration.pruned), *([float(np.median(means))] if means else [])])
    return min(means, default=0.0) - 0.5 * scale


def _noise_prior(noise: SeedNoise, scale: float) -> tuple[float, float]:
    """Centre and spread of the logarithm of the standardised noise's variance: the more repeats, the firmer."""
    if noise.repeats == 0:
        return NOISE_PRIOR
    centre = math.log(max(noise.variance / scale**2, NOISE_FLOOR))
    return centre, min(NOISE_PRIOR[1], math.sqrt(2.0 / noise.repeats))
