"""The torch modules behind the regressors; imported only when a net is fitted.

Their weights are undefined until `initialize_layers` draws them.
"""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from sklearn_symbreak.neural_network._layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    Linear,
    LinearSkip,
)

ACTIVATIONS = {"relu": nn.ReLU, "silu": nn.SiLU, "gelu": nn.GELU, "tanh": nn.Tanh}


class MultilayerPerceptron(nn.Module):
    """Fully connected layers with a nonlinearity between them and a linear output.

    Parameters
    ----------
    layer_sizes : sequence of int
        Numbers of inputs, of units in every hidden layer and of outputs.
    activation : {"relu", "silu", "gelu", "tanh"}
        Nonlinearity of the hidden layers.
    batch_norm : bool
        Whether to normalise every hidden layer before its nonlinearity.
    linear_skip : bool
        Whether to add a linear map of the inputs to the outputs.
    """

    def __init__(self, layer_sizes, activation, batch_norm, linear_skip):
        super().__init__()
        *hidden, last = pairwise(layer_sizes)
        layers = []
        for n_inputs, n_units in hidden:
            # The shift of a batch norm takes the place of the bias.
            layers.append(Linear(n_inputs, n_units, bias=not batch_norm))
            if batch_norm:
                layers.append(BatchNorm(n_units))
            layers.append(ACTIVATIONS[activation]())
        self.layers = nn.Sequential(*layers, Linear(*last))
        self.skip = (
            LinearSkip(layer_sizes[0], layer_sizes[-1], bias=False)
            if linear_skip
            else None
        )

    def forward(self, x):
        """Map (n_samples, n_inputs) to (n_samples, n_outputs)."""
        outputs = self.layers(x)
        return outputs if self.skip is None else outputs + self.skip(x)


class UNet(nn.Module):
    """Encoder and decoder with skip connections and dense layers at the bottom.

    Convolutions see neighbours only. Where the measurement lives in another domain
    than the signal, as a Fourier magnitude does, every entry of the one depends on
    all of the other: dense layers at the coarsest level mix them.

    Encoder and decoder each halve their own size from level to level, rounding up, so
    that every size fits; a skip connection is cropped or padded about its centre.

    Parameters
    ----------
    input_shape, output_shape : tuple of two int
        Height and width of the measurement and of the signal.
    output_channels : int
        Number of images the net returns.
    n_levels : int
        Number of resolutions.
    n_channels : int
        Channels at the finest level; doubled from level to level.
    n_hidden : int
        Units of the dense hidden layer.
    dropout : float
        Probability with which the inputs and units of the dense layers are dropped.
    center_zero_frequency : bool
        Whether to move the first entry of the input to its centre.
    """

    def __init__(
        self,
        input_shape,
        output_shape,
        output_channels,
        n_levels,
        n_channels,
        n_hidden,
        dropout,
        center_zero_frequency,
    ):
        super().__init__()
        self.input_shape = input_shape
        self.center_zero_frequency = center_zero_frequency
        channels = [n_channels * 2**level for level in range(n_levels)]
        # An oversampled measurement is halved at once: the skip connections then
        # join grids of about the same size, at a quarter of the cost.
        first_stride = tuple(
            2 if size >= 1.5 * wanted else 1
            for size, wanted in zip(input_shape, output_shape, strict=True)
        )
        strides = [first_stride] + [(2, 2)] * (n_levels - 1)
        bottom_input = input_shape
        for stride in strides:
            bottom_input = _halve(bottom_input, stride)
        self.decoder_shapes = [output_shape]
        for stride in strides[1:]:
            self.decoder_shapes.append(_halve(self.decoder_shapes[-1], stride))
        bottom_output = self.decoder_shapes[-1]

        # Strides lose less than pooling, and the dense layers need all there is.
        self.encoder = nn.ModuleList(
            _convolutions(n_in, n_out, stride)
            for (n_in, n_out), stride in zip(
                pairwise([1, *channels]), strides, strict=True
            )
        )
        self.bottom = nn.Sequential(
            nn.Flatten(),
            Dropout(dropout),
            Linear(channels[-1] * bottom_input[0] * bottom_input[1], n_hidden),
            nn.ReLU(),
            Dropout(dropout),
            Linear(n_hidden, channels[-1] * bottom_output[0] * bottom_output[1]),
            nn.ReLU(),
            nn.Unflatten(1, (channels[-1], *bottom_output)),
        )
        # Fewer channels before the finer grid, where each costs four times as much.
        self.narrow = nn.ModuleList(
            Conv2d(coarse, fine, kernel_size=1) for fine, coarse in pairwise(channels)
        )
        self.decoder = nn.ModuleList(
            _convolutions(2 * fine, fine) for fine in channels[:-1]
        )
        self.head = Conv2d(n_channels, output_channels, kernel_size=1)
        self.to(memory_format=torch.channels_last)

    def forward(self, x):
        """Map (n_samples, n_measurements) to (n_samples, channels * height * width)."""
        x = x.unflatten(1, (1, *self.input_shape))
        if self.center_zero_frequency:
            x = torch.fft.fftshift(x, dim=(-2, -1))
        encoded = []
        for convolutions in self.encoder:
            x = convolutions(x)
            encoded.append(x)
        x = self.bottom(x)
        for level in reversed(range(len(self.decoder))):
            shape = self.decoder_shapes[level]
            x = functional.interpolate(self.narrow[level](x), size=shape)
            x = torch.cat([x, _crop_or_pad(encoded[level], shape)], dim=1)
            x = self.decoder[level](x)
        return self.head(x).flatten(1)


def _convolutions(n_in, n_out, stride=(1, 1)):
    return nn.Sequential(
        Conv2d(n_in, n_out, kernel_size=3, stride=stride, padding=1),
        nn.ReLU(),
        Conv2d(n_out, n_out, kernel_size=3, padding=1),
        nn.ReLU(),
    )


def _halve(shape, stride):
    """Shape after a convolution with this stride, which rounds up."""
    return tuple(-(-size // step) for size, step in zip(shape, stride, strict=True))


def _crop_or_pad(images, shape):
    """Crop or zero-pad images to a shape, keeping the zero frequency in the centre."""
    padding = []
    for size, wanted in zip(images.shape[-2:], shape, strict=True):
        before = wanted // 2 - size // 2
        padding.append((before, wanted - size - before))
    # Negative padding crops; torch lists the last axis first.
    return functional.pad(images, (*padding[1], *padding[0]))
