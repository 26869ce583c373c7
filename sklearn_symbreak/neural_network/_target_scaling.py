"""What the nets do to targets before the loss."""

import numpy as np

from sklearn_symbreak.utils._array_api import magnitude


class TargetScaling:
    """Centre targets and divide them by one number, the same for all outputs.

    With one scale, the net minimises the plain mean squared error, up to a constant
    factor.
    """

    def fit(self, y, sample_weight=None):
        """Learn the (weighted) mean of every column and the deviation of all."""
        # A sample that hardly counts in the loss must not set the scale of the others.
        if sample_weight is None:
            self.mean_ = y.mean(axis=0, dtype=np.float64)
        else:
            self.mean_ = np.average(y, axis=0, weights=sample_weight)
        deviations = y - self.mean_
        # Squares of very large or small numbers overflow or vanish.
        unit = magnitude(deviations.reshape(1, -1))[0]
        squares = (deviations / unit) ** 2
        if sample_weight is None:
            self.scale_ = unit * np.sqrt(squares.mean())
        else:
            average = np.average(squares.mean(axis=1), weights=sample_weight)
            self.scale_ = unit * np.sqrt(average)
        return self

    def transform(self, y):
        """Return float32 targets of the net."""
        return ((y - self.mean_) / (self.scale_ or 1)).astype(np.float32)

    def inverse_transform(self, outputs):
        """Return float64 targets; their mean where all that were fitted are equal."""
        return outputs * self.scale_ + self.mean_
