"""Torch layers, and the random numbers that they draw; imported only by a fit."""

import math

import torch
from torch import nn
from torch.nn import functional


class Generators:
    """Generators of one training, shared by all that draws in it.

    A training that seeded torch's own generators would disturb every other thread.
    Copies and pickles hold none and draw from torch's own, since a generator belongs
    to a device that may be missing where the copy is used.

    Parameters
    ----------
    seed : int
        Seed of both generators.
    device : str
        Device of the net.

    Attributes
    ----------
    cpu : torch.Generator or None
        For initial weights and the order of the samples, the same on every device.
    device : torch.Generator or None
        For dropout, drawn where the net is. On the CPU, the same as `cpu`.
    """

    def __init__(self, seed, device):
        self.cpu = self.device = torch.Generator("cpu").manual_seed(seed)
        if torch.device(device).type != "cpu":
            self.device = torch.Generator(device).manual_seed(seed)

    def get_state(self):
        """State of each generator, by type of device."""
        return {g.device.type: g.get_state() for g in (self.cpu, self.device)}

    def set_state(self, states):
        """Restore what `get_state` returned, perhaps on another device."""
        self.cpu.set_state(states["cpu"].cpu())
        if self.device.device.type in states:
            self.device.set_state(states[self.device.device.type].cpu())

    def __getstate__(self):
        return {"cpu": None, "device": None}


class Linear(nn.Linear):
    """A dense layer whose weights `initialize_layers` draws."""

    def reset_parameters(self):
        """Draw nothing: torch's layer would draw from the global generator."""


class LinearSkip(Linear):
    """A dense layer without bias, beside others, that starts at zero."""


class BatchNorm(nn.BatchNorm1d):
    """A batch norm that takes a batch of one sample, which has no variance.

    Such a batch, the last of an epoch as a rule, is normalised as in prediction.
    """

    def forward(self, x):
        """Normalise by the batch in training, else by the running statistics."""
        if self.training and len(x) == 1:
            return functional.batch_norm(
                x,
                self.running_mean,
                self.running_var,
                self.weight,
                self.bias,
                eps=self.eps,
            )
        return super().forward(x)


class Conv2d(nn.Conv2d):
    """A convolution whose weights `initialize_layers` draws."""

    def reset_parameters(self):
        """Draw nothing: torch's layer would draw from the global generator."""


class Dropout(nn.Dropout):
    """Dropout that draws from the generators that `initialize_layers` gives it."""

    def forward(self, x):
        """Drop entries in training and scale the others up; else return `x`."""
        if not self.training or self.p == 0:
            return x
        kept = torch.empty_like(x).bernoulli_(
            1 - self.p, generator=self.generators.device
        )
        return x * kept.div_(1 - self.p)


def initialize_layers(module, generators):
    """Draw initial weights by torch's default law, in torch's order.

    Parameters
    ----------
    module : torch.nn.Module
        Holds layers of this file, on any device.
    generators : Generators
        Where to draw from.
    """
    for layer in module.modules():
        if isinstance(layer, Dropout):
            layer.generators = generators
        if isinstance(layer, LinearSkip):
            nn.init.zeros_(layer.weight)
        elif isinstance(layer, (Linear, Conv2d)):
            # Torch fills a tensor in the order of its memory, which is another one in
            # channels-last layout; its precision changes the draws as well.
            weight = torch.empty(layer.weight.shape, dtype=torch.float32, device="cpu")
            nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generators.cpu)
            with torch.no_grad():
                layer.weight.copy_(weight)
            if layer.bias is None:
                continue
            bound = 1 / math.sqrt(weight[0].numel())
            bias = torch.empty(layer.bias.shape, dtype=torch.float32, device="cpu")
            nn.init.uniform_(bias, -bound, bound, generator=generators.cpu)
            with torch.no_grad():
                layer.bias.copy_(bias)
