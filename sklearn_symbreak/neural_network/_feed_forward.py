"""A fully connected net as a scikit-learn regressor."""

from itertools import pairwise
from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from sklearn_symbreak.neural_network._base import BaseNeuralRegressor

FEED_FORWARD_PRESETS = {
    "NN": (256, 128, 64),
    "WNN": (512, 256, 128),
    "DNN": (2048, 1024, 512, 256, 128),
}


class FeedForwardRegressor(BaseNeuralRegressor):
    _parameter_constraints: dict = {
        **BaseNeuralRegressor._parameter_constraints,
        "hidden_layer_sizes": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
    }

    def __init__(
        self,
        hidden_layer_sizes=(256, 128, 64),
        *,
        max_epochs=100,
        batch_size=128,
        learning_rate=1e-3,
        learning_rate_schedule=None,
        l1_penalty=0.0,
        l2_penalty=0.0,
        validation_fraction=0.1,
        patience=10,
        input_transform="standardize",
        random_state=None,
        device="cpu",
        callbacks=None,
        checkpoint_dir=None,
        verbose=False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
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

    @classmethod
    def from_preset(cls, name, **params):
        if name not in FEED_FORWARD_PRESETS:
            raise ValueError(
                f"name must be one of {sorted(FEED_FORWARD_PRESETS)}, got {name!r}."
            )
        return cls(FEED_FORWARD_PRESETS[name], **params)

    def count_parameters(self, n_features, n_outputs):
        return sum(
            (n_inputs + 1) * n_units
            for n_inputs, n_units in pairwise(self._layer_sizes(n_features, n_outputs))
        )

    def _make_module(self, target_shape):
        from sklearn_symbreak.neural_network._modules import MultilayerPerceptron

        sizes = self._layer_sizes(self.n_features_in_, int(np.prod(target_shape)))
        return MultilayerPerceptron, {"layer_sizes": sizes}

    def _layer_sizes(self, n_features, n_outputs):
        sizes = np.atleast_1d(self.hidden_layer_sizes)
        if (
            sizes.ndim != 1
            or (sizes.size and sizes.dtype.kind not in "iu")
            or (sizes < 1).any()
        ):
            raise ValueError(
                "hidden_layer_sizes must be positive ints, got "
                f"{self.hidden_layer_sizes!r}."
            )
        return (n_features, *sizes.tolist(), n_outputs)
