"""Truncated spectral initialisation."""

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


class SpectralInitializer(BaseReconstructor):
    r"""Estimate signals by a leading eigenvector.

    For Gaussian vectors :math:`a_r`, the leading eigenvector of

    .. math::
        \frac{1}{m} \sum_{r=1}^m X_r\, a_r a_r^*\,
        1\{X_r \leq \alpha^2 \lambda^2\}, \qquad
        \lambda^2 = \frac{n \sum_r X_r}{\sum_r \|a_r\|^2}

    points to the signal, and :math:`\lambda` estimates its norm [1]_. Cutting off the
    largest measurements keeps a few of them from ruling the matrix [2]_.

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
        self._check_parameters()
        X = self._check_measurements(X, reset=False)
        measurement = LinearMeasurement(self.forward, X.dtype)
        with single_threaded_blas():
            return spectral_signals(
                measurement,
                measurement.magnitude(X),
                check_random_state(self.random_state),
                truncation=self.truncation,
                n_iter=self.max_iter,
            )


def spectral_signals(
    measurement,
    magnitude,
    random_state,
    *,
    truncation=TRUNCATION,
    n_iter=N_POWER_ITERATIONS,
):
    """Leading eigenvectors of the truncated matrices, scaled to the norm."""
    # Squares of tiny or huge magnitudes leave the range of single precision.
    scale = magnitude.max(axis=1, keepdims=True)
    magnitude = divide(magnitude, scale)
    squared_norm = mean_square(magnitude)
    power = magnitude**2
    weights = np.where(power <= truncation**2 * squared_norm, power, 0)
    signals = random_signals(measurement, magnitude, random_state)
    for _ in range(n_iter):
        signals = measurement.adjoint(weights * measurement.apply(signals))
        signals = divide(signals, row_norms(signals))
    return divide(signals, row_norms(signals)) * (np.sqrt(squared_norm) * scale)


def random_signals(measurement, magnitude, random_state):
    """One random direction for all samples, scaled to the norm of each."""
    n_features = measurement.n_features
    direction = random_state.standard_normal(n_features)
    if measurement.dtype.kind == "c":
        direction = direction + 1j * random_state.standard_normal(n_features)
    direction = (direction / np.linalg.norm(direction)).astype(measurement.dtype)
    return direction * np.sqrt(mean_square(magnitude))


def mean_square(magnitude):
    """Mean squared magnitude, the estimate of the squared norm of the signal."""
    return np.mean(magnitude**2, axis=1, keepdims=True)
