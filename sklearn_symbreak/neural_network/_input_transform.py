"""What the nets do to measurements before the first layer."""

import numpy as np
from sklearn.preprocessing import StandardScaler

# Noise makes some squared magnitudes negative; in centred features, half of the total
# magnitude is.
MAX_NEGATIVE_FRACTION = 0.25


class InputTransform:
    """Transform measurements to float32 inputs of a net.

    Parameters
    ----------
    kind : {"standardize", "log_magnitude", "none"}
        See `FeedForwardRegressor`.
    """

    def __init__(self, kind):
        self.kind = kind

    def fit(self, X, sample_weight=None):
        """Learn the (weighted) mean and standard deviation of every column.

        Raises
        ------
        ValueError
            If `kind` is "log_magnitude" and `X` is not the square of a magnitude.
        """
        if self.kind == "log_magnitude":
            negative, total = -X[X < 0].sum(), np.abs(X).sum()
            if negative > MAX_NEGATIVE_FRACTION * total:
                raise ValueError(
                    "Negative values in data passed to X: input_transform="
                    "'log_magnitude' takes the square root of measurements, and "
                    f"negative ones make up {negative / total:.0%} of the total "
                    f"magnitude, more than the {MAX_NEGATIVE_FRACTION:.0%} that noise "
                    "may explain. Use input_transform='standardize'."
                )
        if self.kind != "none":
            # A global set_config(transform_output="pandas") must not reach the scaler.
            scaler = StandardScaler().set_output(transform="default")
            self.scaler_ = scaler.fit(
                self._log_magnitude(X), sample_weight=sample_weight
            )
        return self

    def transform(self, X):
        """Return float32 inputs of the shape of `X`.

        Raises
        ------
        ValueError
            If an input exceeds the range of float32.
        """
        inputs = X
        if self.kind != "none":
            inputs = self.scaler_.transform(self._log_magnitude(X))
        # Not "larger": scaling numbers near the limits of float64 makes NaN of them.
        if not max(inputs.max(), -inputs.min()) <= np.finfo(np.float32).max:
            raise ValueError(
                f"X holds values too large for float32 under input_transform="
                f"{self.kind!r}: up to {np.abs(X).max():.3g}; rescale X."
            )
        # torch shares no memory that is read-only or has negative strides.
        return np.require(inputs, np.float32, ["C", "W"])

    def _log_magnitude(self, X):
        if self.kind != "log_magnitude":
            return X
        return np.log1p(np.sqrt(np.maximum(X, 0)))
