"""State and record of a solve."""

from types import SimpleNamespace

import numpy as np


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

    def update(self, rows, signals, residual, iteration):
        """Take note of the samples `rows` after an iteration."""
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
        self.loss_curve.append(float(self._current.mean(dtype=np.float64)))
        if self._callback is not None:
            self._callback(len(self.loss_curve) - 1, self.signals.copy())
