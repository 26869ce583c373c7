"""Shared tables of instances: every generic test runs over all of them."""

import numpy as np
import pytest
from hypothesis import settings

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
settings.load_profile("default")

QUARTER_TURN = np.array([[0.0, -1.0], [1.0, 0.0]])
# Not in the order of the cyclic group: the identity need not come first.
QUARTER_TURNS = np.stack(
    [np.linalg.matrix_power(QUARTER_TURN, power) for power in (1, 0, 2, 3)]
)

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
    if np.dtype(dtype).kind == "c" and group.acts_on == "real":
        pytest.skip("the group acts on real signals only")
    return group.example_signals(7, dtype=dtype, random_state=3)
