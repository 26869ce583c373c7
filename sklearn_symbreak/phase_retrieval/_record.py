"""State and record of a solve."""

from types import SimpleNamespace

import numpy as np


class State(SimpleNamespace):
    """Arrays of the samples that are still being solved, one row per sample.

    All solvers keep `signals` and their `residual`, and what else they need.
    """

    def take(self, rows):
        """The state of some samples, by index or mask."""
        return State(**{name: array[rows] for name, array in vars(self).items()})


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

    def update(self, rows, state, iteration):
        """Take note of the state of the samples `rows` after an iteration."""
        better = state.residual < self.residual[rows]
        if better.all():
            self.signals[rows] = state.signals
        else:
            self.signals[rows[better]] = state.signals[better]
        self.residual[rows[better]] = state.residual[better]
        self.n_iter[rows] += iteration > 0
        self._current[rows] = np.where(
            np.isfinite(state.residual), state.residual, self.residual[rows]
        )
        self.loss_curve.append(float(self._current.mean()))
        if self._callback is not None:
            self._callback(len(self.loss_curve) - 1, self.signals.copy())
