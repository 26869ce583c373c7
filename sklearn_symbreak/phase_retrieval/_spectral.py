"""Truncated spectral initialisation."""

from collections import deque
from numbers import Real

import numpy as np
from sklearn.utils import check_random_state

from sklearn_symbreak.forward import GaussianPhaseRetrieval
from sklearn_symbreak.phase_retrieval._base import BaseReconstructor
from sklearn_symbreak.phase_retrieval._linear import (
    LinearMeasurement,
    divide,
    row_norms,
    single_threaded_blas,
)
from sklearn_symbreak.utils._sklearn import Interval

# Section 2.2 of Chen and Candès calls it alpha_y.
TRUNCATION = 3.0
N_POWER_ITERATIONS = 50
# Radians.
CONVERGED = 1e-3


class SpectralInitializer(BaseReconstructor):
    r"""Estimate signals by a leading eigenvector.

    For Gaussian vectors :math:`a_r`, the leading eigenvector of

    .. math::
        \frac{1}{m} \sum_{r=1}^m X_r\, a_r a_r^*\,
        1\{X_r \leq \alpha^2 \lambda^2\}, \qquad
        \lambda^2 = \frac{n \sum_r X_r}{\sum_r \|a_r\|^2}

    points to the signal, and :math:`\lambda` estimates its norm [1]_. Cutting off the
    largest measurements keeps a few of them from ruling the matrix [2]_. The solution
    is still to be found from there, see `WirtingerFlow`.

    Parameters
    ----------
    forward : GaussianPhaseRetrieval
        The forward model.
    truncation : float, default=3.0
        :math:`\alpha`; infinity keeps all measurements, as in [1]_.
    max_iter : int, default=50
        Number of power iterations.
    random_state : int, RandomState instance or None, default=None
        Draws the vector where the power iteration starts, one for all samples.

    Attributes
    ----------
    n_iter_ : ndarray of shape (n_samples,), int
        Power iterations of every sample in the last solve: `max_iter`.
    loss_curve_ : ndarray of shape (max_iter + 1,)
        Mean relative residual of the measurement by iteration, see `residual_`.
    residual_ : ndarray of shape (n_samples,)
        Residuals :math:`\| |Ax| - \sqrt{X} \| / \|\sqrt{X}\|` of the estimates.
    converged_ : ndarray of shape (n_samples,), bool
        Whether the last iteration turned the estimate by less than 1e-3 radians.
    n_features_in_ : int
        Number of measurements, after `fit`.
    feature_names_in_ : ndarray of str
        Names of the measurements, if they have any, after `fit`.

    References
    ----------
    .. [1] E. J. Candès, X. Li and M. Soltanolkotabi, "Phase Retrieval via Wirtinger
       Flow: Theory and Algorithms", IEEE Transactions on Information Theory 61(4),
       2015, Algorithm 1.
    .. [2] Y. Chen and E. J. Candès, "Solving Random Quadratic Systems of Equations
       Is Nearly as Easy as Solving Linear Systems", Communications on Pure and
       Applied Mathematics 70(5), 2017 (arXiv:1505.05114, 2015), section 2.2.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.metrics import scaled_orbit_residual
    >>> from sklearn_symbreak.phase_retrieval import SpectralInitializer
    >>> X, y, forward = make_gaussian_phase_retrieval(
    ...     100, 10, n_measurements=100, random_state=0, return_forward=True
    ... )
    >>> signals = SpectralInitializer(forward, random_state=0).predict(X)
    >>> scaled_orbit_residual(y, signals, group=forward.symmetry) < 0.3
    True
    """

    _parameter_constraints: dict = {
        **BaseReconstructor._parameter_constraints,
        "forward": [GaussianPhaseRetrieval],
        "truncation": [Interval(Real, 0, None, closed="right")],
    }

    def __init__(
        self,
        forward,
        *,
        truncation=TRUNCATION,
        max_iter=N_POWER_ITERATIONS,
        random_state=None,
    ):
        self.forward = forward
        self.truncation = truncation
        self.max_iter = max_iter
        self.random_state = random_state

    def predict(self, X):
        """Estimate signals.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements: squared magnitudes. Negative ones count as 0.

        Returns
        -------
        signals : ndarray of shape (n_samples, n_features)
            In the precision of `X`; zero for a sample that measures zero.

        Raises
        ------
        ValueError
            If a parameter is out of its range, or `X` is complex, empty, not finite
            or does not have `forward.n_measurements` columns.
        """
        return self.solve(X)

    def solve(self, X, init=None, callback=None):
        """Estimate signals by a power iteration from given vectors.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements: squared magnitudes. Negative ones count as 0.
        init : array-like of shape (n_samples, n_features), optional
            Where the power iteration starts; only the directions matter. By default
            a random vector.
        callback : callable, optional
            Called as ``callback(iteration, signals)`` with the estimates, an array of
            shape (n_samples, n_features). Iteration 0 is the start.

        Returns
        -------
        signals : ndarray of shape (n_samples, n_features)
            In the precision of `X`; zero for a sample that measures zero.

        Raises
        ------
        ValueError
            If a parameter is out of its range; if `X` is complex, empty, not finite
            or does not have `forward.n_measurements` columns; if `init` has another
            shape or length, is not finite, or is complex where signals are real.
        TypeError
            If `callback` cannot be called.
        """
        self._check_parameters()
        X = self._check_measurements(X, reset=False)
        self._check_callback(callback)
        measurement = LinearMeasurement(self.forward, X.dtype)
        magnitude = measurement.magnitude(X)
        if init is None:
            random_state = check_random_state(self.random_state)
            init = random_direction(measurement, random_state)
            init = np.repeat(init, len(X), axis=0)
        else:
            init = self._check_init(init, len(X), measurement.dtype)
        # Squares of tiny or huge magnitudes leave the range of single precision.
        scale = magnitude.max(axis=1, keepdims=True)
        magnitude = divide(magnitude, scale)
        weights, norm = _truncated_power(magnitude, self.truncation)
        length = row_norms(magnitude)
        loss_curve, before_last, last = [], None, None
        with single_threaded_blas():
            steps = _power_iteration(measurement, weights, init, self.max_iter)
            for iteration, (direction, product) in enumerate(steps):
                error = np.abs(product) * norm - magnitude
                residual = divide(row_norms(error), length)[:, 0]
                loss_curve.append(float(residual.mean()))
                if callback is not None:
                    callback(iteration, direction * (norm * scale))
                before_last, last = last, direction
        self.n_iter_ = np.full(len(X), self.max_iter)
        self.loss_curve_ = np.array(loss_curve)
        self.residual_ = residual
        self.converged_ = _agree(before_last, last) | (length == 0)[:, 0]
        return last * (norm * scale)


def _agree(previous, current):
    """Whether unit vectors span an angle below `CONVERGED`, up to signs or phases."""
    if previous is None:
        return np.zeros(len(current), dtype=bool)
    along = np.sum(previous.conj() * current, axis=1, keepdims=True) * previous
    # From a start of zero, no power iteration gets away.
    moving = current.any(axis=1)
    return moving & (row_norms(current - along)[:, 0] < CONVERGED)


def spectral_signals(measurement, magnitude, random_state):
    """Leading eigenvectors of the truncated matrices, scaled to the norm."""
    scale = magnitude.max(axis=1, keepdims=True)
    weights, norm = _truncated_power(divide(magnitude, scale), TRUNCATION)
    init = np.repeat(random_direction(measurement, random_state), len(norm), axis=0)
    steps = _power_iteration(measurement, weights, init, N_POWER_ITERATIONS)
    return deque(steps, maxlen=1).pop()[0] * (norm * scale)


def _truncated_power(magnitude, truncation):
    """Weights of the measurements, and the estimated norms of the signals."""
    power = magnitude**2
    squared_norm = np.mean(power, axis=1, keepdims=True)
    weights = np.where(power <= truncation**2 * squared_norm, power, 0)
    return weights, np.sqrt(squared_norm)


def _power_iteration(measurement, weights, signals, n_iter):
    """Yield unit vectors and their products with the matrix, start first."""
    for iteration in range(n_iter + 1):
        signals = divide(signals, row_norms(signals))
        product = measurement.apply(signals)
        yield signals, product
        if iteration < n_iter:
            signals = measurement.adjoint(weights * product)


def random_signals(measurement, magnitude, random_state):
    """One random direction for all samples, scaled to the norm of each."""
    direction = random_direction(measurement, random_state)
    return direction * np.sqrt(mean_square(magnitude))


def random_direction(measurement, random_state):
    """A random unit vector, of shape (1, n_features)."""
    n_features = measurement.n_features
    direction = random_state.standard_normal((1, n_features))
    if measurement.dtype.kind == "c":
        direction = direction + 1j * random_state.standard_normal((1, n_features))
    return (direction / np.linalg.norm(direction)).astype(measurement.dtype)


def mean_square(magnitude):
    """Mean squared magnitude, the estimate of the squared norm of the signal."""
    return np.mean(magnitude**2, axis=1, keepdims=True)
