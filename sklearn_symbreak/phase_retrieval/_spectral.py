"""Spectral initialization."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_symbreak.forward import MagnitudeModel
from sklearn_symbreak.phase_retrieval._base import BaseReconstructor
from sklearn_symbreak.phase_retrieval._iteration import (
    LinearMeasurement,
    divide,
    row_norms,
    single_threaded_blas,
)
from sklearn_symbreak.utils._sklearn import StrOptions
from sklearn_symbreak.utils._typing import Callback, RandomState

N_EIGENVECTOR_ITERATIONS = 50
# Smallest weight of the optimal weighting, which has none.
LOWEST_WEIGHT = -20.0
# Section 2.2 of Chen and Candès calls it alpha_y.
TRUNCATION = 3.0
# Share of the measurements that the orthogonality-promoting weighting keeps.
LARGEST_SHARE = 1 / 6
# Radians.
CONVERGED = 1e-3


class SpectralInitializer(BaseReconstructor):
    r"""Estimate signals by a leading eigenvector.

    For random vectors :math:`a_r`, the rows of the map :math:`A`, the leading
    eigenvector of

    .. math::
        \frac{1}{m} \sum_{r=1}^m T(y_r)\, a_r a_r^*, \qquad
        y_r = \frac{m X_r}{\sum_s X_s}, \qquad
        \lambda^2 = \frac{n \sum_r X_r}{\sum_r \|a_r\|^2}

    points to the signal, and :math:`\lambda` estimates its norm [1]_. Sums and m are
    over what was measured, where :math:`\|a_r\|^2` is taken to be as large on the whole
    as elsewhere; of a map without a matrix, such as a `LinearOperator`, it is estimated
    by 32 random vectors, to some per cent. The solution is still to be found from
    there, see `WirtingerFlow`.

    Parameters
    ----------
    forward : MagnitudeModel
        The forward model, such as `GaussianPhaseRetrieval` or `LinearPhaseRetrieval`.
    weighting : {"optimal", "truncated", "orthogonality"}, default="optimal"
        The weights :math:`T` of the measurements:

        - "optimal": :math:`1 - 1/y`, at least -20. Small measurements count against
          their directions. Without that bound it has the highest correlation with the
          signal of all weightings, for Gaussian matrices without noise [2]_; with it,
          one measurement near zero does not rule the matrix.
        - "truncated": :math:`y`, and 0 above 9, so that a few large measurements do not
          rule the matrix; of truncated Wirtinger flow [3]_.
        - "orthogonality": 1 for the largest sixth of the measurements, otherwise 0; of
          truncated amplitude flow [4]_.
    max_iter : int, default=50
        Number of iterations to the eigenvector, by the locally optimal conjugate
        gradient method [5]_.
    random_state : int, RandomState instance or None, default=None
        Draws the vector where the iteration starts, one for all samples.

    Attributes
    ----------
    n_iter_ : ndarray of shape (n_samples,), int
        Iterations of every sample in the last solve: `max_iter`.
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
    .. [2] W. Luo, W. Alghamdi and Y. M. Lu, "Optimal Spectral Initialization for
       Signal Recovery With Applications to Phase Retrieval", IEEE Transactions on
       Signal Processing 67(9), 2019.
    .. [3] Y. Chen and E. J. Candès, "Solving Random Quadratic Systems of Equations
       Is Nearly as Easy as Solving Linear Systems", Communications on Pure and
       Applied Mathematics 70(5), 2017 (arXiv:1505.05114, 2015), section 2.2.
    .. [4] G. Wang, G. B. Giannakis and Y. C. Eldar, "Solving Systems of Random
       Quadratic Equations via Truncated Amplitude Flow", IEEE Transactions on
       Information Theory 64(2), 2018, Algorithm 1.
    .. [5] A. V. Knyazev, "Toward the Optimal Preconditioned Eigensolver: Locally
       Optimal Block Preconditioned Conjugate Gradient Method", SIAM Journal on
       Scientific Computing 23(2), 2001.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.metrics import scaled_orbit_residual
    >>> from sklearn_symbreak.phase_retrieval import SpectralInitializer
    >>> X, y, forward = make_gaussian_phase_retrieval(
    ...     100, 10, n_measurements=100, random_state=0, return_forward=True
    ... )
    >>> signals = SpectralInitializer(forward, random_state=0).predict(X)
    >>> scaled_orbit_residual(y, signals, group=forward.symmetry) < 0.1
    True
    """

    _parameter_constraints: dict = {
        **BaseReconstructor._parameter_constraints,
        "forward": [MagnitudeModel],
        "weighting": [StrOptions({"optimal", "truncated", "orthogonality"})],
    }

    def __init__(
        self,
        forward: MagnitudeModel,
        *,
        weighting: Literal["optimal", "truncated", "orthogonality"] = "optimal",
        max_iter: int = N_EIGENVECTOR_ITERATIONS,
        random_state: RandomState = None,
    ) -> None:
        self.forward = forward
        self.weighting = weighting
        self.max_iter = max_iter
        self.random_state = random_state

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Estimate signals.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements: squared magnitudes. Negative ones count as 0, NaN as not
            measured.

        Returns
        -------
        signals : ndarray of shape (n_samples, *signal_shape)
            In the precision of `X`; zero for a sample that measures zero.

        Raises
        ------
        ValueError
            If a parameter is out of its range, or `X` is complex, empty, infinite, has
            a row without a measurement, or does not have `forward.n_measurements`
            columns.
        """
        return self.solve(X)

    def solve(
        self,
        X: ArrayLike,
        init: ArrayLike | None = None,
        callback: Callback | None = None,
    ) -> np.ndarray:
        """Estimate signals by an iteration from given vectors.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements, as in `predict`.
        init : array-like of shape (n_samples, *signal_shape), optional
            Where the iteration starts; only the directions matter. By default a random
            vector.
        callback : callable, optional
            Called as ``callback(iteration, signals)`` with the estimates, an array of
            shape (n_samples, *signal_shape). Iteration 0 is the start.

        Returns
        -------
        signals : ndarray of shape (n_samples, *signal_shape)
            In the precision of `X`; zero for a sample that measures zero.

        Raises
        ------
        ValueError
            As in `predict`, or if `init` has another shape or length, is not finite,
            or is complex where signals are real.
        TypeError
            If `callback` cannot be called.
        """
        self._check_parameters()
        X = self._check_measurements(X, reset=False)
        self._check_callback(callback)
        measurement = LinearMeasurement(self.forward, X.dtype)
        shape = (len(X), *measurement.signal_shape)
        data = measurement.measured(X)
        if init is None:
            random_state = check_random_state(self.random_state)
            init = random_direction(measurement, random_state)
            init = np.repeat(init, len(X), axis=0)
        else:
            init = self._check_init(init, len(X), measurement.dtype)
            init = init.reshape(len(X), -1)
        norm, length = signal_norm(data), row_norms(data.magnitude)
        loss_curve, before_last, last = [], None, None
        with single_threaded_blas():
            steps = leading_eigenvector(
                measurement, _weights(data, self.weighting), data, init, self.max_iter
            )
            for iteration, (direction, product) in enumerate(steps):
                error = np.abs(product) * norm - data.magnitude
                residual = divide(row_norms(error), length)[:, 0]
                loss_curve.append(float(residual.mean()))
                if callback is not None:
                    callback(iteration, (direction * (norm * data.unit)).reshape(shape))
                before_last, last = last, direction
        self.n_iter_ = np.full(len(X), self.max_iter)
        self.loss_curve_ = np.array(loss_curve)
        self.residual_ = residual
        self.converged_ = _agree(before_last, last) | (length == 0)[:, 0]
        return (last * (norm * data.unit)).reshape(shape)


def _agree(previous, current):
    """Whether unit vectors span an angle below `CONVERGED`, up to signs or phases."""
    if previous is None:
        return np.zeros(len(current), dtype=bool)
    along = np.sum(previous.conj() * current, axis=1, keepdims=True) * previous
    # From a start of zero, the iteration does not get away.
    moving = current.any(axis=1)
    return moving & (row_norms(current - along)[:, 0] < CONVERGED)


def spectral_signals(measurement, data, random_state, weighting):
    """Leading eigenvectors of the weighted matrices, scaled to the norm."""
    init = random_direction(measurement, random_state)
    init = np.repeat(init, len(data.magnitude), axis=0)
    steps = leading_eigenvector(
        measurement, _weights(data, weighting), data, init, N_EIGENVECTOR_ITERATIONS
    )
    *_, (direction, _) = steps
    return direction * (signal_norm(data) * data.unit)


def _weights(data, weighting):
    """Weights of the measurements; 0 where nothing was measured."""
    power = divide(data.magnitude, signal_norm(data)) ** 2
    if weighting == "optimal":
        weights = 1 - 1 / np.maximum(power, 1 / (1 - LOWEST_WEIGHT))
    elif weighting == "truncated":
        weights = np.where(power <= TRUNCATION**2, power, 0)
    else:
        n_kept = np.ceil(data.count * LARGEST_SHARE).astype(int)
        descending = -np.sort(-power, axis=1)
        weights = power >= np.take_along_axis(descending, n_kept - 1, axis=1)
    weights = weights.astype(power.dtype)
    return weights if data.mask is None else weights * data.mask


def leading_eigenvector(measurement, weights, data, x, n_iter):
    """Yield unit vectors and their products with the map, start first.

    The next vector is the best in the span of the current one, its residual and the
    last step; all products are carried along, so that an iteration takes one of each.
    """

    def with_products(vector):
        product = measurement.apply(vector)
        if data.mask is not None:
            product = product * data.mask
        image = measurement.adjoint(weights * product) / data.count
        return np.concatenate([vector, product, image], axis=1)

    n = measurement.n_features

    def inner(a, b):
        return np.sum(a[:, :n].conj() * b[:, :n], axis=1, keepdims=True)

    def orthonormal(a, *others):
        # Twice is enough, however close to the others it is.
        for _ in range(2):
            before = row_norms(a[:, :n])
            for other in others:
                a = a - inner(other, a) * other[:, : a.shape[1]]
        after = row_norms(a[:, :n])
        # Of what lies in their span, rounding is left, which the second pass shrinks.
        return divide(a, after) * (after > before / 2)

    current = with_products(divide(x, row_norms(x)))
    last_step = np.zeros_like(current)
    yield current[:, :n], current[:, n:-n]
    smallest_step = np.sqrt(np.finfo(x.dtype).eps)
    for _ in range(n_iter):
        # The products of a shorter step would be rounding.
        length = row_norms(last_step[:, :n])
        last_step = orthonormal(last_step * (length > smallest_step), current)
        residual = current[:, -n:]
        direction = orthonormal(residual, current, last_step)
        basis = np.stack([current, with_products(direction), last_step], axis=1)
        matrix = basis[:, :, :n].conj() @ np.swapaxes(basis[:, :, -n:], 1, 2)
        # A vector that is zero, as the first step is, must not win over the others.
        absent = ~basis[:, :, :n].any(axis=2)
        matrix[:, range(3), range(3)] -= absent * (1 + 2 * abs(matrix[:, :1, 0]))
        best = np.linalg.eigh(matrix)[1][:, :, -1]
        # An eigenvector has no sign or phase of its own; take the nearest one.
        along = best[:, :1].conj()
        best = best * np.where(along == 0, 1, divide(along, np.abs(along)))
        moved = basis * best[:, :, None]
        last_step = moved[:, 1] + moved[:, 2]
        current = moved[:, 0] + last_step
        current = divide(current, row_norms(current[:, :n]))
        yield current[:, :n], current[:, n:-n]


def random_signals(measurement, data, random_state):
    """One random direction for all samples, scaled to the norm of each."""
    norm = signal_norm(data) * data.unit
    return random_direction(measurement, random_state) * norm


def random_direction(measurement, random_state):
    """A random unit vector, of shape (1, n_features)."""
    shape = (1, measurement.n_features)
    direction = random_state.standard_normal(shape)
    if measurement.dtype.kind == "c":
        direction = direction + 1j * random_state.standard_normal(shape)
    return (direction / np.linalg.norm(direction)).astype(measurement.dtype)


def signal_norm(data):
    """Estimated norm of the signals, the root mean square of the magnitudes."""
    return row_norms(data.magnitude) / np.sqrt(data.count)
