"""The torch modules behind the regressors; imported only when a net is fitted."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional


class MultilayerPerceptron(nn.Sequential):
    """Fully connected layers with ReLU between them and a linear output."""

    def __init__(self, layer_sizes):
        layers = []
        for n_inputs, n_outputs in pairwise(layer_sizes):
            layers += [nn.Linear(n_inputs, n_outputs), nn.ReLU()]
        super().__init__(*layers[:-1])


class UNet(nn.Module):
    """Encoder and decoder with skip connections and a dense lowest level.

    The input and the output image may differ in size: encoder and decoder each halve
    their own size, rounding up, from level to level, and a skip connection is cropped
    or padded about its centre. The dense layers at the lowest level let every
    measurement reach every pixel, which convolutions alone do not: a Fourier
    magnitude and the image live in different domains.

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
        Width of the dense layer at the lowest level.
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
        center_zero_frequency,
    ):
        super().__init__()
        self.input_shape = input_shape
        self.center_zero_frequency = center_zero_frequency
        self.decoder_shapes = _level_shapes(output_shape, n_levels)
        bottom_input = _level_shapes(input_shape, n_levels)[-1]
        bottom_output = self.decoder_shapes[-1]
        channels = [n_channels * 2**level for level in range(n_levels)]

        self.encoder = nn.ModuleList(
            _convolution_block(n_in, n_out) for n_in, n_out in pairwise([1, *channels])
        )
        self.bottleneck = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels[-1] * bottom_input[0] * bottom_input[1], n_hidden),
            nn.ReLU(),
            nn.Linear(n_hidden, channels[-1] * bottom_output[0] * bottom_output[1]),
            nn.ReLU(),
            nn.Unflatten(1, (channels[-1], *bottom_output)),
        )
        self.decoder = nn.ModuleList(
            _convolution_block(fine + coarse, fine)
            for fine, coarse in pairwise(channels)
        )
        self.head = nn.Conv2d(n_channels, output_channels, kernel_size=1)

    def forward(self, x):
        """Map (n_samples, n_measurements) to (n_samples, channels * pixels)."""
        x = x.unflatten(1, (1, *self.input_shape))
        if self.center_zero_frequency:
            x = torch.fft.fftshift(x, dim=(-2, -1))
        skips = []
        for block in self.encoder:
            if skips:
                x = functional.max_pool2d(x, 2, ceil_mode=True)
            x = block(x)
            skips.append(x)
        x = self.bottleneck(x)
        for level in reversed(range(len(self.decoder))):
            shape = self.decoder_shapes[level]
            x = functional.interpolate(x, size=shape, mode="nearest")
            x = torch.cat([x, _fit_to(skips[level], shape)], dim=1)
            x = self.decoder[level](x)
        return self.head(x).flatten(1)


def _convolution_block(n_in, n_out):
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(n_out, n_out, kernel_size=3, padding=1),
        nn.ReLU(),
    )


def _level_shapes(shape, n_levels):
    shapes = [shape]
    for _ in range(n_levels - 1):
        shapes.append(tuple(-(-size // 2) for size in shapes[-1]))
    return shapes


def _fit_to(images, shape):
    """Crop or zero-pad images about the centre of `fftshift` to the given shape."""
    padding = []
    for size, wanted in zip(images.shape[-2:], shape, strict=True):
        before = wanted // 2 - size // 2
        padding.append((before, wanted - size - before))
    # Negative padding crops; torch lists the last axis first.
    return functional.pad(images, (*padding[1], *padding[0]))
