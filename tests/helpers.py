"""Functions that several files of tests share."""

import multiprocessing
from importlib.util import find_spec

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator
from sklearn.utils import check_random_state

from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor

needs_nets = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("torch", "skorch")),
    reason="nets need torch and skorch",
)


def process_context():
    """Start processes that share nothing with this one, and import torch only once."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    # Optimizers import the second at their first step.
    context.set_forkserver_preload(["helpers", "skorch", "torch._dynamo"])
    return context


class Involution(SymmetryGroup):
    """A user's group of two elements, without `act` and `align`."""

    def inverse(self, element):
        return element

    def compose(self, a, b):
        return a ^ b

    def sample(self, x, random_state=None):
        return check_random_state(random_state).uniform(size=len(x)) < 0.5


def normal(rng, shape, dtype=np.float64):
    """Normal numbers; complex ones have a real and an imaginary part of variance 1."""
    x = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.normal(size=shape)
    return x.astype(dtype)


def tensor(x, device):
    """A copy as a tensor on a device; skips the test where torch is missing."""
    return pytest.importorskip("torch").from_numpy(x.copy()).to(device)


def tolerance(x):
    """What rounding may change in signals of a size of about 1."""
    return 1e-3 if x.dtype in (np.float32, np.complex64) else 1e-9


def norms(x):
    """One norm a sample."""
    return np.linalg.norm(np.reshape(x, (len(x), -1)), axis=1)


def min_over(members, reference):
    """Smallest distance of the members of each orbit from a reference."""
    return np.min([norms(member - reference) for member in members], axis=0)


def flip(x):
    """Images turned by half a turn and conjugated."""
    return np.conj(x[:, ::-1, ::-1])


def coded_patterns(size=4, n_masks=3, dtype=complex):
    """Operator and matrix of coded diffraction patterns."""
    masks = np.random.RandomState(0).choice([1, -1, 1j, -1j], (n_masks, size, size))
    shape = (n_masks * size**2, size**2)

    def apply(x):
        return np.fft.fft2(x.reshape(size, size) * masks).ravel()

    def adjoint(v):
        images = np.fft.ifft2(v.reshape(masks.shape), norm="forward")
        return (images * masks.conj()).sum(axis=0).ravel()

    operator = LinearOperator(shape, matvec=apply, rmatvec=adjoint, dtype=dtype)
    return operator, np.stack([apply(row) for row in np.eye(size**2)], axis=1)


def nets_of_all_kinds(**params):
    """A plain net, a U-Net, and a net with all options."""
    return [
        FeedForwardRegressor((16,), **params),
        UNetRegressor(n_channels=2, n_hidden=8, **params),
        FeedForwardRegressor(
            (16,),
            activation="silu",
            batch_norm=True,
            linear_skip=True,
            weight_decay=0.1,
            **params,
        ),
    ]


def over_nets(regressors):
    """Run a test for each net of all kinds."""
    return pytest.mark.parametrize(
        "regressor", regressors, ids=["plain", "unet", "options"]
    )
