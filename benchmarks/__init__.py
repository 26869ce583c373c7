"""Measurements of speed and quality; nothing in the package imports them."""

import importlib.util


def torch_device():
    """Where nets are trained: on a GPU, if torch finds one."""
    if importlib.util.find_spec("torch") is None:
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
