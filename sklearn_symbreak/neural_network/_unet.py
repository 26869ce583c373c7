"""A convolutional encoder-decoder as a scikit-learn regressor."""

from __future__ import annotations

import math
from numbers import Integral, Real
from os import PathLike
from typing import Any, Literal

from sklearn_symbreak.neural_network._base import BaseNeuralRegressor
from sklearn_symbreak.neural_network._docs import OPTIMIZATION, TRAINING
from sklearn_symbreak.neural_network._scaling import square
from sklearn_symbreak.utils._decorators import share_docs
from sklearn_symbreak.utils._sklearn import Interval
from sklearn_symbreak.utils._typing import RandomState, Shape
from sklearn_symbreak.utils._validation import check_shape

# Inputs whose first entry belongs in the middle: that of frequency, or of lag, zero.
CENTERED = ("log_magnitude", "autocorrelation")


@share_docs(optimization=OPTIMIZATION, training=TRAINING)
class UNetRegressor(BaseNeuralRegressor):
    """An encoder-decoder with skip connections, which predicts images from images.

    A U-Net [1]_ in small: two convolutions with ReLU per level, strides of two down
    and nearest-neighbour interpolation up, and skip connections. It differs in that
    dense layers join encoder and decoder: where the measurement is a Fourier
    magnitude, each of its entries depends on all pixels, which convolutions do not
    see. Any sizes of measurement and signal fit, odd and unequal ones too: encoder and
    decoder halve their own sizes, rounding up, and skip connections are cropped or
    padded about the centre.

    Parameters
    ----------
    n_levels : int, default=2
        Number of resolutions. Each further level halves the grid that the dense
        layers see and doubles its channels: for larger images. At most two more than
        it takes to halve the measurement to a point.
    n_channels : int, default=16
        Channels at the finest level.
    n_hidden : int, default=512
        Units of the dense hidden layer.
    dropout : float, default=0.2
        Probability with which the inputs and the units of the dense hidden layer are
        dropped in training.
    measurement_shape : int or tuple of two int, default=None
        Height and width of the measurements, which `X` holds flattened in C order. An
        int stands for a square. None: a square if the number of columns is one, else
        a single row.
    signal_shape : int or tuple of two int, default=None
        Height and width of the signals. Flattened targets, of shape (n_samples,
        c * height * width), hold c channels one after the other, such as the real and
        the imaginary part. None: the last two axes of `y` if it has three or four
        axes; if it has k columns, one square channel if k is a square, two if half of
        k is one, else a single row.
    {optimization}
    weight_decay : float, default=0.0
        Decoupled weight decay (AdamW [5]_): every step also shrinks the weights by
        the factor ``1 - learning_rate * weight_decay``, biases excluded.
        Unlike the penalties, it is no part of the loss.
    validation_fraction : float, default=0.1
        Share of the samples, drawn at random, on which to watch the mean squared
        error after every epoch. None or 0 trains for `max_epochs` on all samples.
    patience : int, default=10
        Epochs without a smaller validation loss after which to stop. The weights of
        the best epoch are restored in any case.
    input_transform : {"log_magnitude", "autocorrelation", "standardize", "none"}, \
            default="log_magnitude"
        Transform of `X` before the first layer:

        - "log_magnitude": ``log(1 + sqrt(X))``, then every column to mean 0 and
          variance 1 over the training part, then the zero frequency, which comes
          first, to the centre; for squared Fourier magnitudes. Negative values, which
          noise makes, count as zero; if they make up more than 40 % of the total
          magnitude, `fit` refuses them.
        - "autocorrelation": the root, with its sign, of the autocorrelation, which is
          the inverse transform of squared Fourier magnitudes; columns centred and
          divided by one number, lag 0 in the centre. Of complex images real and
          imaginary part are added, which is the Hartley transform.
        - "standardize": every column to mean 0 and variance 1.
        - "none": nothing.
    random_state : int, RandomState instance or None, default=None
        Determines the validation split, the initial weights, the order of the samples
        and dropout. A seeded fit gives the same in threads, in processes and alone, up
        to rounding where the number of torch's threads differs. Torch's own generators
        are left alone.
    {training}
    n_parameters_ : int
        Number of weights and biases.
    n_features_in_ : int
        Number of columns of `X`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` has some.

    See Also
    --------
    FeedForwardRegressor : A fully connected net, for vectors.

    Notes
    -----
    The training is that of [4]_: Adam [2]_ with learning rate 1e-3, at most 100
    epochs, early stopping with patience 10 on a random tenth of the samples. The paper
    does not state the depth of its U-Net; depth, widths and dropout are our choice.

    Targets are centred and divided by one number, the same for all outputs, so that
    the net starts near the right scale whatever the units of `y`. The loss is the
    plain mean squared error up to that constant factor.

    An interrupt (Ctrl-C) after the first epoch ends the training, with a warning, and
    keeps the net as it is.

    References
    ----------
    .. [1] O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional Networks for
       Biomedical Image Segmentation", 2015. https://arxiv.org/abs/1505.04597
    .. [2] D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2015.
       https://arxiv.org/abs/1412.6980
    .. [3] L. N. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural
       Networks Using Large Learning Rates", 2018. https://arxiv.org/abs/1708.07120
    .. [4] K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and
       Symmetry Breaking", 2020. https://arxiv.org/abs/2003.09077
    .. [5] I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", 2019.
       https://arxiv.org/abs/1711.05101

    Examples
    --------
    Images of 6 x 5 pixels from the power spectra of their padded versions:

    >>> import numpy as np
    >>> from sklearn_symbreak.neural_network import UNetRegressor
    >>> rng = np.random.default_rng(0)
    >>> images = rng.uniform(size=(100, 6, 5))
    >>> X = np.abs(np.fft.fft2(images, s=(12, 10))).reshape(100, -1) ** 2
    >>> net = UNetRegressor(measurement_shape=(12, 10), max_epochs=2, random_state=0)
    >>> net.fit(X, images).predict(X).shape
    (100, 6, 5)
    """

    _parameter_constraints: dict = {
        **BaseNeuralRegressor._parameter_constraints,
        "n_levels": [Interval(Integral, 1, None, closed="left")],
        "n_channels": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "measurement_shape": ["array-like", Integral, None],
        "signal_shape": ["array-like", Integral, None],
    }

    def __init__(
        self,
        n_levels: int = 2,
        n_channels: int = 16,
        n_hidden: int = 512,
        *,
        dropout: float = 0.2,
        measurement_shape: int | Shape | None = None,
        signal_shape: int | Shape | None = None,
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
            "log_magnitude", "autocorrelation", "standardize", "none"
        ] = "log_magnitude",
        random_state: RandomState = None,
        device: str = "cpu",
        callbacks: list[Any] | None = None,
        checkpoint_dir: str | PathLike[str] | None = None,
        warm_start: bool = False,
        verbose: bool = False,
    ) -> None:
        self.n_levels = n_levels
        self.n_channels = n_channels
        self.n_hidden = n_hidden
        self.dropout = dropout
        self.measurement_shape = measurement_shape
        self.signal_shape = signal_shape
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

    def _make_module(self, target_shape):
        from sklearn_symbreak.neural_network._modules import UNet

        channels, signal_shape = self._output_layout(target_shape)
        input_shape = self._input_shape()
        # Further levels would join single points, with twice as many channels each.
        most = 2 + math.ceil(math.log2(max(input_shape)))
        if self.n_levels > most:
            raise ValueError(
                f"n_levels must be at most {most} for measurements of shape "
                f"{input_shape}, got {self.n_levels}."
            )
        return UNet, {
            "input_shape": input_shape,
            "output_shape": signal_shape,
            "output_channels": channels,
            "n_levels": self.n_levels,
            "n_channels": self.n_channels,
            "n_hidden": self.n_hidden,
            "dropout": self.dropout,
            "center_zero_frequency": self.input_transform in CENTERED,
        }

    def _input_shape(self):
        n_features = self.n_features_in_
        if self.measurement_shape is None:
            return super()._input_shape()
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
                square(n_outputs)
                or (n_outputs % 2 == 0 and square(n_outputs // 2))
                or (1, n_outputs)
            )
        n_channels, remainder = divmod(n_outputs, math.prod(shape))
        if remainder or (len(target_shape) >= 2 and target_shape[-2:] != shape):
            raise ValueError(
                f"signal_shape={self.signal_shape} does not fit targets of shape "
                f"{target_shape}: these must end with it, or be flattened images of it."
            )
        return n_channels, shape
