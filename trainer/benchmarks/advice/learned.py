"""Grids of real trainings by scikit-learn on the data that it brings: made when first asked for, in a minute or so each.

Validation and test rows are the same for all trainings of a data set; a seed decides which seven tenths of the other rows are
trained on, and everything that the learner draws. Scores: minus the logarithmic loss, or R².
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from grids import RUNS, Grid
from own import space_of
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss, r2_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

SEEDS = 5
#: Worst loss that is told apart: a training that went astray. The worst R² is 0, that of no model at all.
_WORST = 10.0


@dataclass(frozen=True)
class Task:
    """A data set, a learner, and the keys that may be tuned, in the order in which a person would look at them."""

    data: Callable[..., Any]
    learner: Callable[..., Any]
    fixed: dict[str, Any]
    axes: dict[str, list[Any]]
    #: Rows that are used at most.
    rows: int


TASKS: dict[str, Task] = {
    "digits-sgd": Task(
        load_digits,
        SGDClassifier,
        {"loss": "log_loss", "tol": None},
        {
            "eta0": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
            "max_iter": [3, 10, 30],
            "alpha": [1e-5, 1e-4, 1e-3, 1e-2, 1e-1],
            "learning_rate": ["constant", "invscaling", "adaptive"],
        },
        700,
    ),
    "cancer-mlp": Task(
        load_breast_cancer,
        MLPClassifier,
        {"n_iter_no_change": 1000},
        {
            "learning_rate_init": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
            "max_iter": [5, 15, 45],
            "batch_size": [8, 32, 128],
            "hidden_layer_sizes": [4, 16, 64],
            "alpha": [1e-4, 1e-1],
        },
        569,
    ),
    "wine-mlp": Task(
        load_wine,
        MLPClassifier,
        {"n_iter_no_change": 1000},
        {
            "learning_rate_init": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
            "max_iter": [5, 15, 45],
            "batch_size": [4, 16, 64],
            "hidden_layer_sizes": [4, 16, 64],
            "alpha": [1e-4, 1e-1],
        },
        178,
    ),
    "diabetes-boosting": Task(
        load_diabetes,
        GradientBoostingRegressor,
        {},
        {
            "learning_rate": [0.01, 0.03, 0.1, 0.3, 1.0],
            "n_estimators": [10, 30, 100],
            "max_depth": [1, 2, 3, 5],
            "subsample": [0.4, 0.7, 1.0],
            "min_samples_leaf": [1, 10],
        },
        442,
    ),
}


def learned(name: str) -> Grid:
    """Train every configuration of a task with every seed."""
    task = TASKS[name]
    shape = tuple(len(choices) for choices in task.axes.values())
    trainings = np.array([_train_all(task, seed) for seed in range(SEEDS)])
    score, held_out, seconds = trainings.transpose(2, 1, 0)
    size = len(score)
    middle = int(np.ravel_multi_index([(count - 1) // 2 for count in shape], shape))
    draw = np.random.default_rng(sorted(TASKS).index(name))
    return Grid(
        name=name,
        family="b",
        half="kept",
        spaces={key: space_of(choices) for key, choices in task.axes.items()},
        score=score,
        seconds=seconds,
        truth=score.mean(axis=1),
        middle=middle,
        random=[int(place) for place in draw.integers(size, size=RUNS)],
        held_out=held_out,
        held_truth=held_out.mean(axis=1),
    )


def _train_all(task: Task, seed: int) -> list[tuple[float, float, float]]:
    """Return validation score, held-out score and processor seconds of every configuration."""
    features, target = task.data(return_X_y=True)
    kept = np.random.default_rng(0).permutation(len(target))[: task.rows]
    pool, rest, y_pool, y_rest = train_test_split(features[kept], target[kept], test_size=0.5, random_state=0)
    validation, test, y_validation, y_test = train_test_split(rest, y_rest, test_size=0.5, random_state=0)
    train, _, y_train, _ = train_test_split(pool, y_pool, train_size=0.7, random_state=seed)
    scaler = StandardScaler().fit(train)
    scaled = [scaler.transform(rows) for rows in (train, validation, test)]
    shape = tuple(len(choices) for choices in task.axes.values())
    found = []
    for at in np.ndindex(shape):
        values = {key: choices[choice] for (key, choices), choice in zip(task.axes.items(), at, strict=True)}
        model = task.learner(**task.fixed, **values, random_state=seed)
        began = time.process_time()
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            model.fit(scaled[0], y_train)
        seconds = time.process_time() - began
        found.append((_score(model, scaled[1], y_validation), _score(model, scaled[2], y_test), seconds))
    return found


def _score(model: Any, features: Any, target: Any) -> float:
    if not hasattr(model, "predict_proba"):
        return max(float(r2_score(target, model.predict(features))), 0.0)
    with np.errstate(all="ignore"):
        shares = np.nan_to_num(model.predict_proba(features), nan=1.0 / len(model.classes_))
    shares = np.maximum(shares / shares.sum(axis=1, keepdims=True), np.exp(-_WORST))
    return -float(log_loss(target, shares / shares.sum(axis=1, keepdims=True), labels=model.classes_))
