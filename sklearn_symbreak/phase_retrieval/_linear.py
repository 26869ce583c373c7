"""The linear map inside Gaussian phase retrieval, on batches."""

from contextlib import contextmanager
from functools import cache
from threading import Lock

import numpy as np
from threadpoolctl import ThreadpoolController

from sklearn_symbreak.utils._array_api import to_numpy
from sklearn_symbreak.utils._validation import check_signals


class LinearMeasurement:
    """The sensing matrix, scaled so that its entries have mean square 1.

    With this scale the mean squared magnitude estimates the squared norm of the
    signal, and the published step sizes hold for a matrix of any scale.

    Parameters
    ----------
    forward : GaussianPhaseRetrieval
        The model.
    real_dtype : dtype
        Precision: float32 or float64.

    Attributes
    ----------
    dtype : dtype
        Dtype of the signals.
    n_features : int
        Length of a signal.
    """

    def __init__(self, forward, real_dtype):
        matrix = to_numpy(check_signals(forward.sensing_matrix, name="sensing_matrix"))
        self._scale = np.sqrt(np.mean(np.abs(matrix) ** 2)) or 1.0
        self.dtype = np.dtype(real_dtype)
        if matrix.dtype.kind == "c":
            self.dtype = np.result_type(self.dtype, np.complex64)
        matrix = (matrix / self._scale).astype(self.dtype)
        self.n_features = matrix.shape[1]
        self._transposed = np.ascontiguousarray(matrix.T)
        self._conjugate = matrix.conj()

    def magnitude(self, X):
        """Magnitudes that belong to squared magnitudes; negative ones become 0."""
        return (np.sqrt(np.maximum(X, 0)) / self._scale).astype(X.dtype)

    def apply(self, signals):
        """Products with the matrix, of shape (n_samples, n_measurements)."""
        return signals @ self._transposed

    def adjoint(self, values):
        """Products with the adjoint matrix, divided by the number of measurements."""
        return (values @ self._conjugate) / len(self._conjugate)


def row_norms(x):
    """Euclidean norm of every row, with a last axis of length 1."""
    return np.linalg.norm(x, axis=1, keepdims=True)


def divide(numerator, denominator):
    """Quotient that is 0 where the denominator is 0."""
    return numerator / np.where(denominator == 0, 1, denominator)


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
_limits = []


@cache
def _threadpool_controller():
    # Looking for the libraries takes as long as a small solve; numpy's stays loaded.
    return ThreadpoolController()
