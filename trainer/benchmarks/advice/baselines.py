"""What the agent is compared with. Each policy trains the default first and then what it likes, until its budget is spent.

Policies are told nothing but scores; `train` counts and records.
"""

import random
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import optuna
import original
from grids import Grid
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.trial import create_trial
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore", category=ConvergenceWarning)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)

Train = Callable[[int], float]
#: Random trainings, the default among them, before a model proposes. Optuna's ten would be the whole of a short run.
STARTUP = 4


def only_default(grid: Grid, default: int, budget: int, seed: int, train: Train) -> None:
    """Train nothing but the default."""
    train(default)


def random_search(grid: Grid, default: int, budget: int, seed: int, train: Train) -> None:
    """Train configurations at random, none of them twice."""
    order = random.Random(f"random {seed}").sample(range(len(grid.truth)), min(budget, len(grid.truth)))
    for place in [default, *(place for place in order if place != default)][:budget]:
        train(place)


def tpe(grid: Grid, default: int, budget: int, seed: int, train: Train) -> None:
    """Optuna's tree-structured Parzen estimator over all keys at once (Watanabe 2023, arXiv 2304.11127), multivariate."""
    axes: dict[str, BaseDistribution] = {
        key: CategoricalDistribution(list(range(count))) if space["type"] == "categorical" else IntDistribution(0, count - 1)
        for (key, space), count in zip(grid.spaces.items(), grid.shape, strict=True)
    }
    sampler = optuna.samplers.TPESampler(multivariate=True, n_startup_trials=STARTUP, seed=seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    first = dict(zip(axes, (int(at) for at in np.unravel_index(default, grid.shape)), strict=True))
    study.add_trial(create_trial(params=first, distributions=axes, value=train(default)))
    for _ in range(budget - 1):
        asked = study.ask(axes)
        place = int(np.ravel_multi_index([asked.params[key] for key in axes], grid.shape))
        study.tell(asked, train(place))


def gaussian_process(grid: Grid, default: int, budget: int, seed: int, train: Train) -> None:
    """scikit-learn's Gaussian process (Matérn 5/2, a length a key, noise) with expected improvement, over all keys at once."""
    points = _coordinates(grid)
    draw = np.random.default_rng(seed)
    places = [default]
    scores = [train(default)]
    untried = np.ones(len(points), dtype=bool)
    untried[default] = False
    while len(places) < min(budget, len(points)):
        if len(places) < STARTUP:
            place = int(draw.choice(np.flatnonzero(untried)))
        else:
            place = int(np.argmax(np.where(untried, _expected_improvement(points, places, scores, seed), -np.inf)))
        places.append(place)
        scores.append(train(place))
        untried[place] = False


def _coordinates(grid: Grid) -> NDArray[np.float64]:
    """Every configuration in [0, 1] a key: ordered choices by rank, others as one coordinate each."""
    columns = []
    at = np.unravel_index(np.arange(len(grid.truth)), grid.shape)
    for chosen, space, count in zip(at, grid.spaces.values(), grid.shape, strict=True):
        if space["type"] == "categorical":
            columns += [(chosen == choice) * 1.0 for choice in range(1, count)]
        else:
            columns.append(chosen / (count - 1))
    return np.stack(columns, axis=1)


def _expected_improvement(points: NDArray[np.float64], places: list[int], scores: list[float], seed: int) -> NDArray[np.float64]:
    measured = np.asarray(scores)
    scaled = (measured - measured.mean()) / (measured.std() or 1.0)
    kernel = ConstantKernel(1.0, (0.1, 10.0)) * Matern(
        length_scale=np.ones(points.shape[1]), length_scale_bounds=(0.1, 10.0), nu=2.5
    ) + WhiteKernel(0.1, (0.01, 1.0))
    model = GaussianProcessRegressor(kernel, random_state=seed).fit(points[places], scaled)
    mean, sd = model.predict(points, return_std=True)
    # Noise is part of that deviation; what counts is the mean over many seeds.
    believed = np.sqrt(np.maximum(sd**2 - model.kernel_.k2.noise_level, 1e-12))
    best = model.predict(points[places]).max()
    gain = (mean - best) / believed
    return np.asarray((mean - best) * norm.cdf(gain) + believed * norm.pdf(gain))


def _original(grid: Grid, default: int, budget: int, seed: int, train: Train) -> None:
    original.tune(grid, default, (budget - 1) // original.KEYS, seed, train, list(grid.spaces)[: original.KEYS])


#: A key of the net's shape, by table: better third keys than those that come third in the order of `tables.py`.
_WIDTHS = {"width", "n_units_1"}


def _original_with_width(grid: Grid, default: int, budget: int, seed: int, train: Train) -> None:
    names = list(grid.spaces)
    keys = [*names[: original.KEYS - 1], next(name for name in names if name in _WIDTHS)]
    original.tune(grid, default, (budget - 1) // original.KEYS, seed, train, keys)


POLICIES: dict[str, Callable[[Grid, int, int, int, Train], None]] = {
    "default": only_default,
    "random": random_search,
    "tpe": tpe,
    "gp": gaussian_process,
    "original": _original,
    "original-width": _original_with_width,
}


def trainings(grid: Grid, policy: str, start: str, run: int, budget: int) -> Iterator[tuple[int, float, float]]:
    """Yield place, score and seconds of each training of one run."""
    record: list[tuple[int, float, float]] = []

    def train(place: int) -> float:
        at = (place, grid.draw(place, run))
        record.append((place, float(grid.score[at]), float(grid.seconds[at])))
        return record[-1][1]

    POLICIES[policy](grid, grid.default(start, run), budget, run, train)
    yield from record
