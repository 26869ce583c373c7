"""Random numbers of torch during a training; imported only when a net is fitted."""

from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed, device):
    """Seed the generators that a training on `device` uses; restore them afterwards.

    Initial weights and the order of the samples are drawn on the CPU, dropout on the
    device of the net. `torch.manual_seed` would seed all devices, and restore none.
    """
    cuda = [device] if _is_cuda(device) else []
    with torch.random.fork_rng(devices=cuda):
        torch.default_generator.manual_seed(seed)
        if cuda:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield


def get_random_state(device):
    """States of the generators that a training on `device` uses."""
    states = {"cpu": torch.get_rng_state()}
    if _is_cuda(device):
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def set_random_state(states, device):
    """Restore what `get_random_state` returned."""
    torch.set_rng_state(states["cpu"].cpu())
    if "cuda" in states and _is_cuda(device):
        torch.cuda.set_rng_state(states["cuda"].cpu(), device)


def _is_cuda(device):
    return torch.device(device).type == "cuda"
