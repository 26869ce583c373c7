"""A fully connected net as a scikit-learn regressor."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from itertools import pairwise
from numbers import Integral
from os import PathLike
from typing import Any, Literal, Self

from sklearn_symbreak.neural_network._base import BaseNeuralRegressor
from sklearn_symbreak.neural_network._docs import OPTIMIZATION, TRAINING
from sklearn_symbreak.neural_network._scaling import unreachable_error
from sklearn_symbreak.utils._decorators import share_docs
from sklearn_symbreak.utils._sklearn import Interval, StrOptions
from sklearn_symbreak.utils._typing import RandomState

# NN, WNN and DNN of https://arxiv.org/abs/2003.09077, Section 4.
FEED_FORWARD_PRESETS = {
    "NN": (256, 128, 64),
    "WNN": (512, 256, 128),
    "DNN": (2048, 1024, 512, 256, 128),
}


@share_docs(optimization=OPTIMIZATION, training=TRAINING)
class FeedForwardRegressor(BaseNeuralRegressor):
    """A fully connected net, trained by Adam with early stopping.

    The defaults are those of [1]_: hidden layers of 256, 128 and 64 units with ReLU,
    Adam [2]_ with learning rate 1e-3, at most 100 epochs, early stopping with patience
    10 on a random tenth of the samples. The batch size of 128 and the standardised
    inputs are our choice, since the paper states neither.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(256, 128, 64)
        Units of the hidden layers. An empty sequence makes a linear model. Outputs
        are linear in the last hidden layer: make it as wide as `y`, if the columns of
        `y` are independent.
    activation : {"relu", "silu", "gelu", "tanh"}, default="relu"
        Nonlinearity of the hidden layers. The smooth ones suit smooth targets.
    batch_norm : bool, default=False
        Whether to normalise every hidden layer before its nonlinearity, by the batch
        in training and by running statistics in prediction.
    linear_skip : bool, default=False
        Whether to add a linear map of the inputs to the outputs of the hidden layers,
        which are then left with what is not linear. It starts at zero.
    {optimization}
    weight_decay : float, default=0.0
        Decoupled weight decay (AdamW [4]_): every step also shrinks the weights by
        the factor ``1 - learning_rate * weight_decay``, biases and batch norms
        excluded.
        Unlike the penalties, it is no part of the loss.
    validation_fraction : float, default=0.1
        Share of the samples, drawn at random, on which to watch the mean squared
        error after every epoch. None or 0 trains for `max_epochs` on all samples.
    patience : int, default=10
        Epochs without a smaller validation loss after which to stop. The weights of
        the best epoch are restored in any case.
    input_transform : {"standardize", "log_magnitude", "autocorrelation", "none"}, \
            default="standardize"
        Transform of `X` before the first layer:

        - "standardize": every column to mean 0 and variance 1 over the training part.
        - "log_magnitude": ``log(1 + sqrt(X))``, then the same; for squared magnitudes
          over several orders of magnitude, such as a power spectrum. Negative values,
          which noise makes, count as zero; if they make up more than 40 % of the
          total magnitude, `fit` refuses them.
        - "autocorrelation": the root, with its sign, of the autocorrelation, which is
          the inverse transform of squared Fourier magnitudes; columns centred and
          divided by one number. Of complex images real and imaginary part are added,
          which is the Hartley transform. `X` counts as a square image, if the number
          of columns is a square, else as a row; for other shapes, and to drop lags
          that repeat, put `preprocessing.AutocorrelationTransformer` in front.
        - "none": nothing.
    random_state : int, RandomState instance or None, default=None
        Determines the validation split, the initial weights and the order of the
        samples. A seeded fit gives the same in threads, in processes and alone, up to
        rounding where the number of torch's threads differs. Torch's own generators
        are left alone.
    {training}
    n_parameters_ : int
        Number of weights and biases, scales and shifts of batch norms included.
    n_features_in_ : int
        Number of columns of `X`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` has some.

    See Also
    --------
    UNetRegressor : A convolutional net for images.
    sklearn.neural_network.MLPRegressor : The same model without a GPU, schedules,
        checkpoints and several axes of targets.

    Notes
    -----
    Targets are centred and divided by one number, the same for all outputs, so that
    the net starts near the right scale whatever the units of `y`. The loss is the
    plain mean squared error up to that constant factor.

    An interrupt (Ctrl-C) after the first epoch ends the training, with a warning, and
    keeps the net as it is.

    A last hidden layer of k units confines the outputs to k dimensions. `fit` warns
    where the principal components of `y` beyond the first k make up more than half of
    the best loss, unless there is a `linear_skip`.

    Where data can be simulated, `partial_fit` trains on fresh ones in every epoch.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and
       Symmetry Breaking", 2020. https://arxiv.org/abs/2003.09077
    .. [2] D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2015.
       https://arxiv.org/abs/1412.6980
    .. [3] L. N. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural
       Networks Using Large Learning Rates", 2018. https://arxiv.org/abs/1708.07120
    .. [4] I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", 2019.
       https://arxiv.org/abs/1711.05101

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.neural_network import FeedForwardRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = rng.uniform(size=(500, 1))
    >>> net = FeedForwardRegressor((32, 32), batch_size=32, random_state=0)
    >>> net.fit(X, np.sqrt(X)).predict([[0.25]]).round(1)
    array([[0.5]])

    Fresh data in every epoch, at bounded memory:

    >>> net = FeedForwardRegressor((32, 32), batch_size=32, random_state=0)
    >>> for _ in range(20):
    ...     X = rng.uniform(size=(500, 1))
    ...     net = net.partial_fit(X, np.sqrt(X))
    >>> net.predict([[0.25]]).round(1)
    array([[0.5]])

    The nets of [1]_ have names:

    >>> FeedForwardRegressor.from_preset("WNN").count_parameters(60, 15)
    197391
    """

    _parameter_constraints: dict = {
        **BaseNeuralRegressor._parameter_constraints,
        "hidden_layer_sizes": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
        "activation": [StrOptions({"relu", "silu", "gelu", "tanh"})],
        "batch_norm": ["boolean"],
        "linear_skip": ["boolean"],
    }

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (256, 128, 64),
        *,
        activation: Literal["relu", "silu", "gelu", "tanh"] = "relu",
        batch_norm: bool = False,
        linear_skip: bool = False,
        max_epochs: int = 100,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        learning_rate_schedule: Literal["one_cycle", "cosine", "plateau"] | None = None,
        l1_penalty: float = 0.0,
        l2_penalty: float = 0.0,
        weight_decay: float = 0.0,
        validation_fraction: float | None = 0.1,
        patience: int = 10,
        input_transform: Literal[
            "standardize", "log_magnitude", "autocorrelation", "none"
        ] = "standardize",
        random_state: RandomState = None,
        device: str = "cpu",
        callbacks: list[Any] | None = None,
        checkpoint_dir: str | PathLike[str] | None = None,
        warm_start: bool = False,
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.batch_norm = batch_norm
        self.linear_skip = linear_skip
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.l1_penalty = l1_penalty
        self.l2_penalty = l2_penalty
        self.weight_decay = weight_decay
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.input_transform = input_transform
        self.random_state = random_state
        self.device = device
        self.callbacks = callbacks
        self.checkpoint_dir = checkpoint_dir
        self.warm_start = warm_start
        self.verbose = verbose

    @classmethod
    def from_preset(cls, name: Literal["NN", "WNN", "DNN"], **params: Any) -> Self:
        """Make a regressor with the hidden layers of a net of the paper.

        Parameters
        ----------
        name : {"NN", "WNN", "DNN"}
            Hidden layers 256-128-64, 512-256-128 or 2048-1024-512-256-128.
        **params : dict
            Other parameters of the regressor.

        Returns
        -------
        regressor : FeedForwardRegressor
            An unfitted regressor.

        Raises
        ------
        ValueError
            If there is no preset of this name.
        """
        if not isinstance(name, str) or name not in FEED_FORWARD_PRESETS:
            raise ValueError(
                f"name must be one of {sorted(FEED_FORWARD_PRESETS)}, got {name!r}."
            )
        return cls(FEED_FORWARD_PRESETS[name], **params)

    def count_parameters(self, n_features: int, n_outputs: int) -> int:
        """Count the weights and biases of the net.

        Parameters
        ----------
        n_features : int
            Number of columns of `X`.
        n_outputs : int
            Number of columns of `y`.

        Returns
        -------
        n_parameters : int
            The count, scales and shifts of batch norms included, without need for a
            fit or for torch.

        Raises
        ------
        ValueError
            If `hidden_layer_sizes` is invalid.
        """
        sizes = self._layer_sizes(n_features, n_outputs)
        count = sum((n_inputs + 1) * n_units for n_inputs, n_units in pairwise(sizes))
        if self.batch_norm:
            # A scale and a shift for every hidden unit, in place of its bias.
            count += sum(sizes[1:-1])
        if self.linear_skip:
            count += n_features * n_outputs
        return count

    def _make_module(self, target_shape):
        from sklearn_symbreak.neural_network._modules import MultilayerPerceptron

        sizes = self._layer_sizes(self.n_features_in_, math.prod(target_shape))
        return MultilayerPerceptron, {
            "layer_sizes": sizes,
            "activation": self.activation,
            "batch_norm": self.batch_norm,
            "linear_skip": self.linear_skip,
        }

    def _warn_after_training(self, targets, sample_weight):
        *hidden, n_outputs = self._layer_sizes(self.n_features_in_, targets.shape[1])
        if self.linear_skip or len(hidden) == 1:
            return
        n_units = hidden[-1]
        error = unreachable_error(targets, n_units, sample_weight)
        # In the units of the net, in which the targets have a mean square of one.
        epochs = self.net_.history
        key = "valid_loss" if "valid_loss" in epochs[-1] else "train_loss"
        if error > 0.5 * min(epoch[key] for epoch in epochs):
            warnings.warn(
                f"The last of hidden_layer_sizes={self.hidden_layer_sizes} is narrower "
                f"than the {n_outputs} outputs. Its {n_units} units leave an "
                f"error of {error:.2g} times the variance of y whatever the training, "
                "more than half of the best loss. Widen it, up to the number of "
                "outputs, or set linear_skip=True.",
                UserWarning,
                # The line that called `fit`, two frames above it with its decorator.
                stacklevel=4,
            )

    def _layer_sizes(self, n_features, n_outputs):
        sizes = self.hidden_layer_sizes
        if isinstance(sizes, Integral):
            sizes = (sizes,)
        if not all(isinstance(size, Integral) and size > 0 for size in sizes):
            raise ValueError(
                "hidden_layer_sizes must be a positive int or a sequence of positive "
                f"ints, got {self.hidden_layer_sizes!r}."
            )
        return (n_features, *map(int, sizes), n_outputs)
