"""Tables of instances, over which every generic test runs, fixtures and functions."""

import functools
import multiprocessing
from importlib.util import find_spec

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor
from scipy.sparse.linalg import LinearOperator
from sklearn.utils import check_random_state

from sklearn_symbreak.groups import (
    BlockSymmetry,
    ConjugateFlip,
    ConvolutionSymmetry,
    CyclicShift,
    FiniteGroup,
    FourierSymmetry,
    GlobalPhase,
    Itemwise,
    Permutation,
    RigidMotion,
    Rotation,
    SignFlip,
    SymmetryGroup,
    Translation,
)
from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor

QUARTER_TURN = np.array([[0.0, -1.0], [1.0, 0.0]])
# Not in the order of the cyclic group: the identity need not come first.
QUARTER_TURNS = np.stack(
    [np.linalg.matrix_power(QUARTER_TURN, power) for power in (1, 0, 2, 3)]
)
# They act on complex signals only.
UNITS = FiniteGroup(np.array([1, 1j, -1, -1j])[:, None, None] * np.eye(6))

GROUPS = [
    SignFlip(),
    GlobalPhase(),
    ConjugateFlip(),
    Translation(),
    CyclicShift(),
    CyclicShift(ndim=2),
    CyclicShift(ndim=3),
    Permutation(),
    Permutation(item_ndim=1),
    Rotation(),
    Rotation(reflections=True),
    FiniteGroup(QUARTER_TURNS),
    FourierSymmetry(),
    FourierSymmetry(ndim=1),
    RigidMotion(reflections=True),
    ConvolutionSymmetry(),
    Itemwise(SignFlip()),
    Permutation(item_symmetry=GlobalPhase()),
    BlockSymmetry(
        [
            (SignFlip(), slice(0, 4)),
            (Rotation(axis=(0, 0, 1)), np.arange(4, 13).reshape(3, 3)),
        ]
    ),
    SignFlip() * CyclicShift(),
    SignFlip() * Permutation(),
    Permutation(item_ndim=1) * SignFlip(),
    SignFlip() * Rotation(),
    GlobalPhase() * CyclicShift(),
    ConjugateFlip() * GlobalPhase(),
    GlobalPhase() * ConjugateFlip(),
    ConjugateFlip() * Translation(),
    CyclicShift(ndim=2) * ConjugateFlip() * GlobalPhase(),
]
DTYPES = [np.float32, np.float64, np.complex64, np.complex128]


@functools.cache
def devices():
    """Where tensors may lie: the processor alone on machines without a GPU."""
    try:
        import torch
    except ImportError:
        return ["cpu"]
    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


@functools.cache
def group_id(group):
    return repr(group).replace("\n", " ").replace("  ", "")[:60]


@pytest.fixture(params=GROUPS, ids=group_id)
def group(request):
    return request.param


@pytest.fixture(params=DTYPES, ids=lambda dtype: np.dtype(dtype).name)
def dtype(request):
    return request.param


@pytest.fixture
def signals(group, dtype):
    return group.example_signals(7, dtype=dtype, random_state=3)


@pytest.fixture
def rng():
    """A generator of its own for every test, so that their order does not matter."""
    return np.random.default_rng(0)


@pytest.fixture
def figures():
    """Pictures that nobody sees, closed after the test."""
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.close("all")  # what failed tests have left
    plt.switch_backend("Agg")
    yield plt
    plt.close("all")


@pytest.fixture(scope="module")
def single_thread():
    """The number of threads changes the last bits of what nets predict."""
    torch = pytest.importorskip("torch")
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture
def processes():
    """Processes of joblib, ended after the test.

    Idle ones end by themselves after five minutes, and what is called in that moment
    may wait for ever.
    """
    yield
    get_reusable_executor().shutdown(wait=True)


@pytest.fixture
def data():
    """Sixty measurements and targets, to train a net in no time."""
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(60, 16))
    return X, np.stack([X[:, 0] ** 2, X[:, 1] * X[:, 2]], axis=1)


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
