"""Tables of instances, over which every generic test runs, and shared fixtures."""

import functools
import gc

import numpy as np
import pytest
from hypothesis import settings
from joblib.externals.loky import get_reusable_executor

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
    Translation,
)

settings.register_profile("default", deadline=None, max_examples=25, derandomize=True)
# Before a release: pytest --hypothesis-profile=thorough
settings.register_profile("thorough", deadline=None, max_examples=200)
settings.load_profile("default")

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


def pytest_configure():
    """Look for garbage less often: modules and tests live to the end.

    To freeze them would save as much, but old hypothesis then draws other examples.
    """
    gc.set_threshold(100_000, 50, 100)


def pytest_generate_tests(metafunc):
    """Run tests of tensors on every device.

    Not by a fixture: what hands out the tests, while others wait, would import torch.
    """
    if "device" in metafunc.fixturenames:
        metafunc.parametrize("device", devices())


def pytest_collection_modifyitems(items):
    """Leave out complex signals of groups that act on real ones only."""

    def fits(item):
        pair = getattr(item, "callspec", None) and item.callspec.params
        if not pair or not {"group", "dtype"} <= pair.keys():
            return True
        return pair["group"].acts_on != "real" or np.dtype(pair["dtype"]).kind != "c"

    items[:] = [item for item in items if fits(item)]


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
