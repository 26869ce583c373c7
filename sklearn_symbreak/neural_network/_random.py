"""Random numbers of one training; imported only when a net is fitted."""

import torch


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
