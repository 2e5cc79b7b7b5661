"""What held-out scores say at the end of a run: is the winner better than the default? numpy and scipy; runs in a child.

Question. A configuration's worth is its mean score over training seeds, on the population that the held-out pairs come from.
Two things make a measured difference of two configurations wrong: which pairs were drawn, and which seeds. They are crossed
(every model is scored on the same pairs; seeds belong to one configuration), which is the layout of multi-reader multi-case
studies, with seeds as readers and pairs as cases.

Method. Obuchowski & Rockette (1995, Communications in Statistics 24:285-308), for arms a and b with n seeds each:

    Var(mean_b − mean_a) = s²_a/n_a + s²_b/n_b − 2·m·c_ab/(n_a·n_b) + (Cov_a + Cov_b − 2·Cov_ab)

- s²: variance of an arm's scores between its seeds, on the same pairs. Cov_a: mean covariance, by the drawing of pairs, of the
  scores of *different* seeds of an arm; Cov_ab: of models of different arms. What is seed × pair in s² is so counted once, not
  twice. Where an arm has one model its own variance stands for Cov_a, which errs to the wide side.
- c_ab: covariance of both arms' scores over the m seeds that they share, shrunk towards 0. A seed decides on the order of rows,
  whatever the configuration: over four seeds of the bundled data the default went along with 2.5 times its rate (.98), and
  against five times its rate (−.99). Where both go along, far smaller gains are found; where they go against, it has to widen.
- Covariances by the drawing of pairs: infinitesimal jackknife (Jaeckel 1972; Efron 1982, The Jackknife, the Bootstrap and Other
  Resampling Plans, chapter 6), from each pair's influence on each model's Spearman correlation, ties included. It agrees with
  the paired bootstrap within its own noise, and draws nothing: the same cosines give the same interval, in milliseconds.
- 1 to 5 seeds say little about s². It is shrunk towards a prior as in Smyth's moderated t (2004, Statistical Applications in
  Genetics and Molecular Biology 3:3): s̃² = (ν₀·s₀² + (n − 1)·s²)/(ν₀ + n − 1), worth ν₀ + n − 1 degrees of freedom. The
  default's prior is the noise measured on dev rows, and a guess; the winner's is the default's s̃² times WINNER_RATIO. How well
  one such standard deviation foretells another (TRANSFER) bounds what a prior is worth.
- The interval is mean ± t(.975, ν)·√Var, ν by Welch and Satterthwaite. The untouched model has no seeds: its s² is 0.

Every seed counts, the winner's first one too, although it was picked for its dev score, luck included: dev luck is only weakly
held-out luck (correlation .16 over ten seeds of the default), and without it a true gain of two standard deviations is found far
less often. Simulated, with the constants below: benchmarks/advice/confirmation.py.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import ArrayLike

from tuning_trainer.metrics import Array, Measure

#: Degrees of freedom that the guess of a seed's standard deviation is worth, where nothing was measured (`metrics.py`).
GUESS_FREEDOM = 0.5
#: Degrees of freedom that a variance measured elsewhere (on dev rows; of another configuration) is worth at most: the ratio of
#: two such standard deviations was between 1/3 and 2, a standard deviation of some .5 in its logarithm.
TRANSFER = 3.0
#: Degrees of freedom of the belief that both arms' luck has nothing to do with each other; and the correlation allowed at most.
INDEPENDENCE = 2.0
MOST_CORRELATED = 0.9
#: The winner's variance over the default's, before its own seeds are seen: winners have higher rates and more epochs.
WINNER_RATIO = 2.0


@dataclass(frozen=True)
class Scored:
    """A model on the held-out units. `seed` is None for the untouched model; `outputs` has one row for each unit."""

    arm: str
    seed: int | None
    outputs: ArrayLike


@dataclass(frozen=True)
class Spread:
    """A variance between seeds, and the degrees of freedom behind it."""

    variance: float
    freedom: float


@dataclass(frozen=True)
class Arm:
    """Models of one configuration: their rows in the table of scores, their seeds, and the variance between seeds."""

    rows: list[int]
    seeds: list[int | None]
    spread: Spread | None


def confirm(models: Sequence[Scored], measure: Measure, dev_noise: tuple[float, int] | None) -> dict[str, Any]:
    """Say whether the winner is better than the default, and than the untouched model.

    Args:
        models: arms `untouched`, `baseline`, `best`, in any order and number; none of an arm means that it does not compete.
        measure: how outputs are scored, with the influence of each unit.
        dev_noise: standard deviation between seeds on dev rows, and how many repeats measured it (0: it is a guess itself).

    Returns:
        `scores` (in the order of the models), `difference` (winner minus default) and `over_untouched` (winner minus untouched
        model), each {mean, low, high} with the interval of 95 %, None where an arm is absent; `verdict` (better, worse,
        not_distinguishable; against the untouched model where there is no default); `seed_sd` {baseline, best, measured}, what
        the intervals were made with and whether every arm had two seeds or more.

    Raises:
        ValueError: a model has no score: all its outputs are the same, or one is no number.
    """
    measured = [measure.with_influence(numpy.asarray(model.outputs, dtype=float)) for model in models]
    scores, influence = numpy.asarray([score for score, _ in measured]), numpy.asarray([moved for _, moved in measured])
    without = [model for model, score in zip(models, scores, strict=True) if not math.isfinite(score)]
    if without:
        named = ", ".join(f"{model.arm} (seed {model.seed})" for model in without)
        raise ValueError(f"no score, since all outputs are the same or are no numbers: {named}")
    covariance = influence @ influence.T / (influence.shape[1] * (influence.shape[1] - 1))
    rows = {name: [row for row, model in enumerate(models) if model.arm == name] for name in ("untouched", "baseline", "best")}
    spreads = seed_spreads(scores, rows, dev_noise, measure.seed_sd)
    arms = {name: Arm(found, [models[row].seed for row in found], spreads.get(name)) for name, found in rows.items() if found}
    best = arms.get("best")
    against = {name: arms[name] for name in ("baseline", "untouched") if name in arms}
    found = {name: interval(scores, covariance, arm, best) for name, arm in against.items()} if best else {}
    decisive = found.get("baseline") or found.get("untouched")
    return {
        "scores": [float(score) for score in scores],
        "difference": found.get("baseline"),
        "over_untouched": found.get("untouched"),
        "verdict": verdict_of(decisive),
        "seed_sd": {
            **{name: math.sqrt(spreads[name].variance) for name in ("baseline", "best")},
            "measured": all(len(rows[name]) > 1 for name in ("baseline", "best") if rows[name]),
        },
    }


def verdict_of(found: dict[str, float] | None) -> str:
    """Return what an interval says: `better` where it lies above 0, `worse` below, else `not_distinguishable`."""
    if found and found["low"] > 0:
        return "better"
    return "worse" if found and found["high"] < 0 else "not_distinguishable"


def seed_spreads(
    scores: Array, rows: dict[str, list[int]], dev_noise: tuple[float, int] | None, seed_sd: Callable[[float], float]
) -> dict[str, Spread]:
    """Return the shrunken variance between seeds of default and winner."""
    level = float(scores[rows["baseline"] or rows["best"] or rows["untouched"]].mean())
    guess = Spread(seed_sd(level) ** 2, GUESS_FREEDOM)
    prior = shrunk(transferred(Spread(dev_noise[0] ** 2, dev_noise[1])), guess) if dev_noise and dev_noise[1] > 0 else guess
    baseline = shrunk(within(scores[rows["baseline"]]), prior)
    best = shrunk(within(scores[rows["best"]]), transferred(Spread(WINNER_RATIO * baseline.variance, baseline.freedom)))
    return {"baseline": baseline, "best": best}


def within(scores: Array) -> Spread:
    """Return the variance of some seeds' scores; nothing is known from fewer than two."""
    return Spread(float(scores.var(ddof=1)), len(scores) - 1) if len(scores) > 1 else Spread(0.0, 0.0)


def transferred(spread: Spread) -> Spread:
    """Return what a variance measured elsewhere is worth here: errors of the logarithm add up, about 2/ν each."""
    return Spread(spread.variance, 1 / (1 / spread.freedom + 1 / TRANSFER)) if spread.freedom else spread


def shrunk(measured: Spread, prior: Spread) -> Spread:
    """Return the posterior of a variance under a scaled inverse chi-squared prior."""
    freedom = measured.freedom + prior.freedom
    return Spread((measured.freedom * measured.variance + prior.freedom * prior.variance) / freedom, freedom)


def interval(scores: Array, covariance: Array, reference: Arm, arm: Arm) -> dict[str, float]:
    """Return the mean difference (arm minus reference) and its interval of 95 %."""
    from scipy.stats import t

    mean = float(scores[arm.rows].mean() - scores[reference.rows].mean())
    cross = float(covariance[numpy.ix_(arm.rows, reference.rows)].mean())
    by_pairs = max(shared(covariance, arm.rows) + shared(covariance, reference.rows) - 2 * cross, 0.0)
    by_seeds = [(side.spread.variance / len(side.rows), side.spread.freedom) for side in (arm, reference) if side.spread]
    separately = sum(part for part, _ in by_seeds)
    variance = by_pairs + separately - 2 * luck_in_common(scores, reference, arm)
    # Of a sum of variances, as Welch and Satterthwaite have it; what is in common is small beside their errors.
    total = by_pairs + separately
    freedom = total**2 / sum(part**2 / degrees for part, degrees in by_seeds) if separately else math.inf
    half = float(t.ppf(0.975, freedom)) * math.sqrt(variance)
    return {"mean": mean, "low": mean - half, "high": mean + half}


def luck_in_common(scores: Array, reference: Arm, arm: Arm) -> float:
    """Return the covariance of two arms' means by the seeds that both have, shrunk; 0 where it cannot be known."""
    seeds = [seed for seed in arm.seeds if seed in reference.seeds]
    if not arm.spread or not reference.spread or len(seeds) < 2:
        return 0.0
    both = [[scores[side.rows[side.seeds.index(seed)]] for seed in seeds] for side in (reference, arm)]
    known = len(seeds) - 1
    covariance = float(numpy.cov(both)[0, 1]) * known / (known + INDEPENDENCE)
    most = MOST_CORRELATED * math.sqrt(reference.spread.variance * arm.spread.variance)
    return max(-most, min(most, covariance)) * len(seeds) / (len(arm.rows) * len(reference.rows))


def shared(covariance: Array, rows: list[int]) -> float:
    """Return the mean covariance of different models of an arm; a single model's own variance."""
    block = covariance[numpy.ix_(rows, rows)]
    n = len(rows)
    return float(block.mean()) if n == 1 else float((block.sum() - numpy.trace(block)) / (n * (n - 1)))
