"""A Gaussian process with Matérn-5/2 covariance and a length per key. Runs in the advising process.

Rasmussen & Williams, Gaussian Processes for Machine Learning (MIT Press 2006), algorithm 2.1; hyperparameters are the most
probable ones (MAP, L-BFGS) under log-normal priors, which keep a model of few points from believing in chance (Hvarfner et al.,
Vanilla Bayesian Optimization Performs Great in High Dimensions, ICML 2024).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Log-normal priors: centre and standard deviation of the logarithm. Scores are standardised, places lie in [0, 1].
LENGTH_PRIOR = (0.0, 1.0)
SIGNAL_PRIOR = (0.0, 0.5)
#: Of the noise's variance, while it was not measured.
NOISE_PRIOR = (float(np.log(0.1)), 1.0)
#: Least variance of noise: with less, a matrix of neighbouring points is singular, and every score a law.
NOISE_FLOOR = 0.01
_BOUNDS = (-5.0, 5.0)
_ROOT5 = 5.0**0.5


@dataclass(frozen=True)
class Process:
    """A fitted process. Means and covariances are of standardised scores, without noise."""

    points: Floats
    categorical: NDArray[np.bool_]
    targets: Floats
    lengths: Floats
    signal: float
    #: Variance of one training's noise at a point of shape 1.
    noise: float
    #: Variance of each target's noise.
    variances: Floats
    factor: Floats
    weights: Floats

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Mean and covariance matrix of the mean scores at points."""
        across = self.covariance(points, self.points)
        solved = _solve_lower(self.factor, across.T)
        return across @ self.weights, self.covariance(points, points) - solved.T @ solved

    def marginals(self, points: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the mean score at each point."""
        across = self.covariance(points, self.points)
        solved = _solve_lower(self.factor, across.T)
        variance = self.signal - np.einsum("ij,ij->j", solved, solved)
        return across @ self.weights, np.sqrt(np.maximum(variance, 1e-12))

    def between(self, left: Floats, right: Floats) -> Floats:
        """Covariance of what is believed of the mean scores at two sets of points."""
        solved_left = _solve_lower(self.factor, self.covariance(self.points, left))
        solved_right = _solve_lower(self.factor, self.covariance(self.points, right))
        return self.covariance(left, right) - solved_left.T @ solved_right

    def covariance(self, left: Floats, right: Floats) -> Floats:
        """Covariance of the mean scores at two sets of points."""
        squares = _squares(left, right, self.categorical)
        return self.signal * _matern(np.einsum("ijk,k->ij", squares, self.lengths**-2.0))

    def believing(self, points: Floats) -> "Process":
        """The process after trainings at `points` had given just what it expects: what it will know less badly then.

        Desautels et al., Parallelizing Exploration-Exploitation Tradeoffs in Gaussian Process Bandit Optimization (JMLR 2014).
        """
        mean, _ = self.marginals(points)
        return _condition(
            np.vstack([self.points, points]),
            self.categorical,
            np.concatenate([self.targets, mean]),
            self.lengths,
            self.signal,
            self.noise,
            np.concatenate([self.variances, np.full(len(points), self.noise)]),
        )


def fit(
    points: Floats,
    categorical: NDArray[np.bool_],
    targets: Floats,
    shapes: Floats,
    noise_prior: tuple[float, float] = NOISE_PRIOR,
) -> Process:
    """Fit a process.

    Args:
        points: one row a measured configuration.
        categorical: which columns are categories.
        targets: its standardised mean score.
        shapes: variance of its target's noise, in units of the noise's variance: growth with the configuration over trainings.
        noise_prior: centre and standard deviation of the logarithm of that variance.

    Raises:
        numpy.linalg.LinAlgError: the matrix cannot be factored even with far more noise.
    """
    from scipy.optimize import minimize

    squares = _squares(points, points, categorical)
    keys = points.shape[1]
    centre = np.array([LENGTH_PRIOR[0]] * keys + [SIGNAL_PRIOR[0], noise_prior[0]])
    spread = np.array([LENGTH_PRIOR[1]] * keys + [SIGNAL_PRIOR[1], noise_prior[1]])

    def objective(theta: Floats) -> tuple[float, Floats]:
        value, gradient = _negative_evidence(theta, squares, targets, shapes)
        offset = (theta - centre) / spread
        return value + 0.5 * float(offset @ offset), gradient + offset / spread

    bounds = [_BOUNDS] * keys + [_BOUNDS, (float(np.log(NOISE_FLOOR)), _BOUNDS[1])]
    start = np.clip(centre, [low for low, _ in bounds], [high for _, high in bounds])
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 60})
    theta = found.x if np.isfinite(found.fun) else start
    noise = max(float(np.exp(theta[-1])), NOISE_FLOOR)
    return _condition(
        points,
        categorical,
        targets,
        np.exp(theta[:keys]),
        float(np.exp(theta[keys])),
        noise,
        np.maximum(noise * shapes, NOISE_FLOOR / 10),
    )


def _condition(
    points: Floats,
    categorical: NDArray[np.bool_],
    targets: Floats,
    lengths: Floats,
    signal: float,
    noise: float,
    variances: Floats,
) -> Process:
    from scipy.linalg import cho_solve

    covariance = signal * _matern(np.einsum("ijk,k->ij", _squares(points, points, categorical), lengths**-2.0))
    factor = _factored(covariance + np.diag(variances))
    weights = cho_solve((factor, True), targets, check_finite=False)
    return Process(points, categorical, targets, lengths, signal, noise, variances, factor, weights)


def _factored(matrix: Floats) -> Floats:
    """Cholesky factor; a matrix that rounding made indefinite gets the least addition that cures it."""
    addition = 0.0
    for addition in (0.0, 1e-8, 1e-6, 1e-4, 1e-2):
        try:
            return np.asarray(np.linalg.cholesky(matrix + addition * np.eye(len(matrix))))
        except np.linalg.LinAlgError:
            continue
    raise np.linalg.LinAlgError(f"not positive definite, even with {addition} added")


def _negative_evidence(theta: Floats, squares: Floats, targets: Floats, shapes: Floats) -> tuple[float, Floats]:
    """Negative logarithm of the evidence, and its gradient by the logarithms of lengths, signal and noise."""
    from scipy.linalg import cho_solve

    keys = squares.shape[2]
    signal, noise = float(np.exp(theta[keys])), float(np.exp(theta[keys + 1]))
    scaled = squares * np.exp(-2.0 * theta[:keys])
    distance2 = scaled.sum(axis=2)
    kernel = signal * _matern(distance2)
    factor = _factored(kernel + np.diag(noise * shapes))
    weights = cho_solve((factor, True), targets, check_finite=False)
    inverse = cho_solve((factor, True), np.eye(len(targets)), check_finite=False)
    slope = inverse - np.outer(weights, weights)
    root = _ROOT5 * np.sqrt(distance2)
    by_lengths = (5.0 / 3.0) * signal * (1.0 + root) * np.exp(-root)
    gradient = np.empty_like(theta)
    gradient[:keys] = 0.5 * np.einsum("ij,ijk->k", slope * by_lengths, scaled)
    gradient[keys] = 0.5 * float(np.sum(slope * kernel))
    gradient[keys + 1] = 0.5 * float(np.sum(np.diag(slope) * noise * shapes))
    value = 0.5 * float(targets @ weights) + float(np.log(np.diag(factor)).sum())
    return value, gradient


def _squares(left: Floats, right: Floats, categorical: NDArray[np.bool_]) -> Floats:
    """Squared distance by key: of places, or 1 between different categories."""
    difference = left[:, None, :] - right[None, :, :]
    return np.where(categorical, (difference != 0).astype(float), difference**2)


def _matern(distance2: Floats) -> Floats:
    root = _ROOT5 * np.sqrt(distance2)
    return np.asarray((1.0 + root + root**2 / 3.0) * np.exp(-root))


def _solve_lower(factor: Floats, right: Floats) -> Floats:
    from scipy.linalg import solve_triangular

    return np.asarray(solve_triangular(factor, right, lower=True, check_finite=False))
