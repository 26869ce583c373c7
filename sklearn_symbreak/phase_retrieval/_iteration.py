"""State of an iteration, its record, and the arithmetic of its steps."""

import math
from contextlib import contextmanager
from functools import cache
from threading import Lock
from types import SimpleNamespace
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from sklearn_symbreak.utils._array_api import double, expand, magnitude


class State(SimpleNamespace):
    """Arrays of the samples that are still being solved, one row per sample.

    All solvers keep `signals` and their `residual`, and what else they need. None
    stands for an array that is not needed.
    """

    def take(self, rows):
        """The state of some samples, by index or mask."""
        arrays = vars(self).items()
        return State(
            **{name: None if array is None else array[rows] for name, array in arrays}
        )


class SolveRecord:
    """Best signals, residuals and counts of a whole batch.

    Attributes
    ----------
    signals : ndarray of shape (n_samples, *signal_shape)
        Signal of the lowest residual so far.
    residual : ndarray of shape (n_samples,)
        That residual.
    n_iter : ndarray of shape (n_samples,), int
        Iterations so far, of all starts.
    loss_curve : list of float
        Mean over all samples of the current residual. A stopped sample counts with
        its last residual, a diverged one with its best.
    """

    def __init__(self, n_samples, signal_shape, dtype, callback):
        self.signals = np.zeros((n_samples, *signal_shape), dtype)
        self.residual = np.full(n_samples, np.inf, dtype=self.signals.real.dtype)
        self.n_iter = np.zeros(n_samples, dtype=int)
        self.loss_curve = []
        self._current = self.residual.copy()
        self._callback = callback

    def update(self, parts, iteration):
        """Take note of samples after an iteration: their rows, signals, residuals."""
        for part in parts:
            self._update(*part, iteration)
        self.loss_curve.append(float(self._current.mean(dtype=np.float64)))
        if self._callback is not None:
            self._callback(len(self.loss_curve) - 1, self.signals.copy())

    def _update(self, rows, signals, residual, iteration):
        better = residual < self.residual[rows]
        signals = signals.reshape(len(rows), *self.signals.shape[1:])
        if better.all():
            self.signals[rows] = signals
        else:
            self.signals[rows[better]] = signals[better]
        self.residual[rows[better]] = residual[better]
        self.n_iter[rows] += iteration > 0
        self._current[rows] = np.where(
            np.isfinite(residual), residual, self.residual[rows]
        )


class LinearMeasurement:
    """A linear map, scaled so that its entries have mean square 1.

    With this scale the mean squared magnitude estimates the squared norm of the
    signal, and the published step sizes hold for a map of any scale.

    Parameters
    ----------
    forward : MagnitudeModel
        The model.
    real_dtype : dtype
        Precision: float32 or float64.

    Attributes
    ----------
    dtype : dtype
        Dtype of the signals.
    signal_shape : tuple of int
        Shape of a signal.
    """

    def __init__(self, forward, real_dtype):
        self.signal_shape = tuple(forward.signal_shape)
        self.dtype = np.dtype(real_dtype)
        if forward.complex_valued:
            self.dtype = np.result_type(self.dtype, np.complex64)
        self._apply, self._adjoint = forward._products(self.dtype.type(0).real.dtype)
        self._scale = np.sqrt(forward._mean_square_entry()) or 1.0

    @property
    def n_features(self):
        """Number of entries of a signal."""
        return math.prod(self.signal_shape)

    def measured(self, X):
        """Magnitudes of moderate size, and which of them are known.

        Negative measurements become 0. `unit`, a power of two near the largest
        magnitude, and `count`, the number of measurements, have a last axis of length
        1. `mask` is 1 where something was measured and 0 where `X` is NaN, or None if
        all was measured.
        """
        known = ~np.isnan(X)
        values = np.sqrt(np.maximum(np.where(known, X, 0), 0)) / self._scale_of(X)
        unit = magnitude(values)[:, None]
        count = np.count_nonzero(known, axis=1)[:, None].astype(X.dtype)
        return State(
            magnitude=values / unit,
            unit=unit,
            mask=None if known.all() else known.astype(X.dtype),
            count=count,
        )

    def apply(self, signals):
        """Products with the map, of shape (n_samples, n_measurements)."""
        signals = signals.reshape(len(signals), *self.signal_shape)
        product = self._apply(signals).astype(self.dtype, copy=False)
        return product / self._scale_of(signals)

    def adjoint(self, values):
        """Products with the adjoint map, of shape (n_samples, n_features)."""
        signals = self._adjoint(values).astype(self.dtype, copy=False)
        return signals.reshape(len(values), -1) / self._scale_of(values)

    def _scale_of(self, x):
        return x.real.dtype.type(self._scale)


def row_norms(x):
    """Euclidean norm of every row, with a last axis of length 1."""
    return np.linalg.norm(x, axis=1, keepdims=True)


def divide(numerator, denominator):
    """Quotient that is 0 where the denominator is 0."""
    return numerator / np.where(denominator == 0, 1, denominator)


def real_products(x, y):
    """Real part of the inner product of rows, with a last axis of length 1."""
    return np.sum(x.real * y.real + x.imag * y.imag, axis=1, keepdims=True)


def fit_length(forward, signals, X, max_excess=0):
    """Give signals of a linear model the length that fits their measurements best.

    Those keep their own that are no more than `max_excess` times longer than that.
    """
    # In double precision any factor between two floats is in the range.
    given = double(signals)
    size = magnitude(given)
    known = ~np.isnan(X)
    modulus = abs(forward._apply(given / expand(size, given))) * known
    root = np.sqrt(double(np.where(known, np.maximum(X, 0), 0)))
    largest = modulus.max(axis=1)
    modulus = divide(modulus, largest[:, None])
    length = divide(np.sum(modulus * root, axis=1), np.sum(modulus**2, axis=1))
    length = divide(length / size, largest)
    change = (largest > 0) & (length * max_excess < 1)
    factor = expand(np.where(change, length, 1), given)
    return (given * factor).astype(signals.dtype)


@contextmanager
def single_threaded_blas():
    """Context in which matrix products take one thread.

    Between two products of an iteration there is elementwise work, so that further
    threads save little; where cores are busy, waiting for them costs ten times more.
    The limit is one of the process: of solves in several threads the last one lifts it.
    """
    with _limit_lock:
        if not _limits:
            controller = _threadpool_controller()
            _limits.append(controller.limit(limits=1, user_api="blas"))
        _limits.append(None)
    try:
        yield
    finally:
        with _limit_lock:
            _limits.pop()
            if len(_limits) == 1:
                _limits.pop().restore_original_limits()


_limit_lock = Lock()
# The limit, if there is one, and an entry for each solve under it.
_limits: list[Any] = []


@cache
def _threadpool_controller():
    # Looking for the libraries takes as long as a small solve; numpy's stays loaded.
    return ThreadpoolController()
