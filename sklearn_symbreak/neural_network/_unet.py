"""A convolutional encoder-decoder as a scikit-learn regressor."""

import math
from numbers import Integral

from sklearn.utils._param_validation import Interval

from sklearn_symbreak.neural_network._base import BaseNeuralRegressor
from sklearn_symbreak.utils._validation import check_shape


class UNetRegressor(BaseNeuralRegressor):
    _parameter_constraints: dict = {
        **BaseNeuralRegressor._parameter_constraints,
        "n_levels": [Interval(Integral, 1, None, closed="left")],
        "n_channels": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "measurement_shape": ["array-like", None],
        "signal_shape": ["array-like", None],
    }

    def __init__(
        self,
        n_levels=3,
        n_channels=16,
        n_hidden=512,
        *,
        measurement_shape=None,
        signal_shape=None,
        max_epochs=100,
        batch_size=128,
        learning_rate=1e-3,
        learning_rate_schedule=None,
        l1_penalty=0.0,
        l2_penalty=0.0,
        validation_fraction=0.1,
        patience=10,
        input_transform="log_magnitude",
        random_state=None,
        device="cpu",
        callbacks=None,
        checkpoint_dir=None,
        verbose=False,
    ):
        self.n_levels = n_levels
        self.n_channels = n_channels
        self.n_hidden = n_hidden
        self.measurement_shape = measurement_shape
        self.signal_shape = signal_shape
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.l1_penalty = l1_penalty
        self.l2_penalty = l2_penalty
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.input_transform = input_transform
        self.random_state = random_state
        self.device = device
        self.callbacks = callbacks
        self.checkpoint_dir = checkpoint_dir
        self.verbose = verbose

    def _make_module(self, target_shape):
        from sklearn_symbreak.neural_network._modules import UNet

        channels, signal_shape = self._output_layout(target_shape)
        return UNet, {
            "input_shape": self._input_shape(),
            "output_shape": signal_shape,
            "output_channels": channels,
            "n_levels": self.n_levels,
            "n_channels": self.n_channels,
            "n_hidden": self.n_hidden,
            "center_zero_frequency": self.input_transform == "log_magnitude",
        }

    def _input_shape(self):
        n_features = self.n_features_in_
        if self.measurement_shape is None:
            return _square(n_features) or (1, n_features)
        shape = check_shape(self.measurement_shape, name="measurement_shape")
        if math.prod(shape) != n_features:
            raise ValueError(
                f"measurement_shape={self.measurement_shape} needs "
                f"{math.prod(shape)} columns in X, got {n_features}."
            )
        return shape

    def _output_layout(self, target_shape):
        """Number of channels, and height and width of the signals."""
        if len(target_shape) > 3:
            raise ValueError(
                "y must have at most 4 axes, (n_samples, channels, height, width), got "
                f"{len(target_shape) + 1}."
            )
        n_outputs = math.prod(target_shape)
        if self.signal_shape is not None:
            shape = check_shape(self.signal_shape, name="signal_shape")
        elif len(target_shape) >= 2:
            shape = target_shape[-2:]
        else:
            shape = (
                _square(n_outputs)
                or (n_outputs % 2 == 0 and _square(n_outputs // 2))
                or (1, n_outputs)
            )
        n_channels, remainder = divmod(n_outputs, math.prod(shape))
        if remainder or (len(target_shape) >= 2 and target_shape[-2:] != shape):
            raise ValueError(
                f"signal_shape={self.signal_shape} does not fit targets of shape "
                f"{target_shape}: these must end with it, or be flattened images of it."
            )
        return n_channels, shape


def _square(n_pixels):
    """Shape of the square image with so many pixels, or None."""
    side = math.isqrt(n_pixels)
    return (side, side) if side**2 == n_pixels else None
