"""Invariants of orbits, and the transformer that learns them."""

import numpy as np
import pytest
from helpers import normal
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge

from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.breaking import OrbitEmbedding
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.groups import (
    BlockSymmetry,
    FiniteGroup,
    GlobalPhase,
    Itemwise,
    Permutation,
    RigidMotion,
    Rotation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.testing import check_symmetry_group


def turns(order):
    angle = 2 * np.pi * np.arange(order) / order
    return np.stack(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    ).transpose(2, 0, 1)


# Group and the shape of a signal.
EMBEDDED = {
    "sign": (SignFlip(), (5,)),
    "sign-image": (SignFlip(), (2, 3)),
    "phase": (GlobalPhase(), (4,)),
    "rotation-3d": (Rotation(reflections=True), (6, 3)),
    "rotation-few-points": (Rotation(reflections=True), (2, 4)),
    "rotation-plane": (Rotation(), (5, 2)),
    "axis": (Rotation(axis=(1, 2, 2)), (4, 3)),
    "axis-mirror": (Rotation(axis=(0, 0, 1), reflections=True), (4, 3)),
    "motion": (RigidMotion(reflections=True), (5, 3)),
    "motion-plane": (RigidMotion(), (5, 2)),
    "permutation": (Permutation(), (4,)),
    "five-fold": (FiniteGroup(turns(5)), (2,)),
    "rows": (Itemwise(SignFlip()), (3, 4)),
    "blocks": (
        BlockSymmetry([(SignFlip(), np.arange(1, 5)), (Permutation(), [7, 0])]),
        (8,),
    ),
}
REAL_ONLY = ("rotation", "axis", "motion", "five")
CASES = [
    pytest.param(group, shape, dtype, id=f"{name}-{dtype}")
    for name, (group, shape) in EMBEDDED.items()
    for dtype in ("float32", "float64", "complex64", "complex128")
    if not (name.startswith(REAL_ONLY) and dtype.startswith("complex"))
]
over_cases = pytest.mark.parametrize(("group", "shape", "dtype"), CASES)


def draw(shape, dtype, n_samples=6, seed=0):
    return normal(np.random.RandomState(seed), (n_samples, *shape), dtype)


@over_cases
def test_laws_of_embeddings(group, shape, dtype):
    check_symmetry_group(group, x=draw(shape, dtype))


@over_cases
@given(seed=st.integers(0, 2**16))
def test_invariants_are_those_of_the_orbit(group, shape, dtype, seed):
    x = draw(shape, dtype, seed=seed)
    z = group.embed(x)
    assert z.dtype == x.real.dtype
    moved = group.act(group.sample(x, seed), x)
    eps = np.finfo(x.dtype).eps
    assert_allclose(group.embed(moved), z, atol=1e4 * eps * np.abs(z).max())
    complex_valued = x.dtype.kind == "c"
    back = group.unembed(z, shape, complex_valued=complex_valued)
    assert back.dtype == x.dtype
    # Roots halve the digits where they nearly coincide.
    distance = group.distance(back, x)
    assert (distance < 30 * eps**0.5 * (1 + np.abs(x).max())).all()


@over_cases
def test_tensors_have_the_same_invariants(group, shape, dtype):
    torch = pytest.importorskip("torch")
    x = draw(shape, dtype)
    tensor = torch.from_numpy(x)
    z = group.embed(tensor)
    atol = 1e3 * np.finfo(dtype).eps * np.abs(x).max() ** 4
    assert_allclose(z.numpy(), group.embed(x), atol=atol)
    back = group.unembed(z, shape, complex_valued=x.dtype.kind == "c")
    assert back.dtype == tensor.dtype
    assert back.shape == tensor.shape


def test_distances_of_outer_products_are_those_of_matrices():
    x = draw((4,), "complex128", n_samples=2)
    matrices = x[:, :, None] * x[:, None, :].conj()
    z = GlobalPhase().embed(x)
    assert z.shape == (2, 16)
    assert_allclose(
        np.linalg.norm(z[0] - z[1]), np.linalg.norm(matrices[0] - matrices[1])
    )
    gram = Rotation(reflections=True).embed(draw((4, 3), "float64", n_samples=2))
    assert gram.shape == (2, 10)


def test_nearest_signal_of_noisy_invariants():
    x = draw((4,), "complex128", n_samples=50)
    group = GlobalPhase()
    z = group.embed(x)
    noise = 1e-3 * np.random.RandomState(1).standard_normal(z.shape)
    back = group.unembed(z + noise, (4,), complex_valued=True)
    # The projection on one direction does not make the noise larger.
    bound = np.linalg.norm(noise, axis=1) / np.linalg.norm(x, axis=1)
    assert (group.distance(back, x) < bound).all()


def test_invariants_of_zero_and_of_what_is_no_square():
    assert_allclose(SignFlip().unembed(np.zeros((1, 3)), (2,)), 0)
    assert np.isfinite(SignFlip().unembed(-np.ones((1, 3)), (2,))).all()
    assert np.isfinite(
        Rotation(reflections=True).unembed(-np.ones((1, 3)), (2, 3))
    ).all()


@pytest.mark.parametrize(
    ("group", "x"),
    [
        (Translation(), np.ones((3, 4, 4))),
        (SignFlip() * Permutation(), np.ones((3, 4))),
        (Permutation(), np.ones((3, 4, 2))),
        (Rotation(), np.ones((3, 4, 3))),
        (FiniteGroup([np.eye(2), np.diag([1, -1])]), np.ones((3, 2))),
        (Itemwise(Permutation()), np.ones((3, 4, 2, 2))),
        (BlockSymmetry([(Translation(ndim=1), slice(0, 3))]), np.ones((3, 4))),
    ],
)
def test_groups_without_an_embedding_name_the_alternative(group, x):
    with pytest.raises(NotImplementedError, match=r"(?s)no embedding.*SymmetryBreaker"):
        group.embed(x)
    with pytest.raises(ValueError, match=r"(?s)must have an embedding: .*Symmetry"):
        OrbitEmbedding(group).fit(x)


@over_cases
def test_transformer_goes_there_and_back(group, shape, dtype):
    x = draw(shape, dtype)
    embedding = OrbitEmbedding(group).fit(x)
    z = embedding.transform(x)
    back = embedding.inverse_transform(z)
    assert back.dtype == x.dtype
    assert back.shape == x.shape
    limit = 30 * np.finfo(dtype).eps ** 0.5 * (1 + np.abs(x).max())
    assert (group.distance(back, x) < limit).all()
    # Regressors predict double precision, and sometimes what is not finite.
    wide = z.astype(np.float64)
    wide[0, 0] = np.nan
    back = embedding.inverse_transform(wide)
    assert back.dtype == x.dtype
    assert np.isnan(back[0]).all()
    assert np.isfinite(back[1:]).all()


def test_transformer_refuses_other_signals():
    embedding = OrbitEmbedding(SignFlip())
    with pytest.raises(NotFittedError):
        embedding.transform(np.ones((2, 3)))
    embedding.fit(draw((3,), "float64"))
    with pytest.raises(ValueError, match="X has 4 features, but OrbitEmbedding is"):
        embedding.transform(np.ones((2, 4)))
    with pytest.raises(ValueError, match="X must be real, as in fit"):
        embedding.transform(draw((3,), "complex128"))
    with pytest.raises(ValueError, match=r"X must have signals of shape \(6,\)"):
        embedding.inverse_transform(np.ones((2, 5)))
    with pytest.raises(TypeError, match="group must be a symmetry group"):
        clone(embedding).set_params(group="sign").fit(np.ones((2, 3)))
    # What was fitted stays.
    z = embedding.transform(np.ones((2, 3)))
    embedding.set_params(group=Translation())
    assert_allclose(embedding.transform(np.ones((2, 3))), z)


def test_real_signals_after_complex_ones():
    embedding = OrbitEmbedding(GlobalPhase()).fit(draw((3,), "complex128"))
    x = draw((3,), "float64")
    assert_allclose(embedding.transform(x), embedding.transform(x + 0j))


def test_ridge_learns_what_has_no_seam():
    rng = np.random.RandomState(0)
    y = rng.standard_normal((2000, 3))
    A = rng.standard_normal((12, 3))
    X = (y @ A.T) ** 2
    embedding = OrbitEmbedding(SignFlip()).fit(y)
    ridge = Ridge(alpha=1e-6).fit(X[:1500], embedding.transform(y[:1500]))
    found = embedding.inverse_transform(ridge.predict(X[1500:]))
    assert SignFlip().distance(found, y[1500:]).max() < 1e-5


@pytest.mark.parametrize("complex_valued", [False, True])
def test_regressor_takes_the_embedding_by_name(complex_valued):
    X, y, forward = make_gaussian_phase_retrieval(
        3000, 3, complex_valued=complex_valued, random_state=0, return_forward=True
    )
    scores = {}
    for breaker in ("embedding", "canonical"):
        model = SymmetryBreakingRegressor(
            Ridge(alpha=1e-6), group=forward.symmetry, breaker=breaker
        )
        scores[breaker] = model.fit(X[:2000], y[:2000]).score(X[2000:], y[2000:])
    # Linear measurements of the outer product determine it.
    assert scores["embedding"] > 0.999999
    assert scores["canonical"] < 0.9
    with pytest.raises(ValueError, match="group must have an embedding"):
        SymmetryBreakingRegressor(
            Ridge(), group=SignFlip() * Permutation(), breaker="embedding"
        ).fit(X, y.real)


@pytest.mark.parametrize("offset", [0, 10, 1000])
@pytest.mark.parametrize("complex_valued", [False, True])
def test_order_is_embedded_far_from_zero(offset, complex_valued):
    x = offset + draw((5,), "complex128" if complex_valued else "float64", 50)
    group = Permutation()
    z = group.embed(x)
    back = group.unembed(z, (5,), complex_valued=complex_valued)
    # Roots that are nearly equal lose digits: of 50 sets, some do.
    assert np.median(group.distance(back, x)) < 1e-9 * (1 + offset)
    assert group.distance(back, x).max() < 1e-4


@pytest.mark.parametrize("group", [GlobalPhase(), Itemwise(GlobalPhase())])
def test_one_complex_entry(group):
    torch = pytest.importorskip("torch")
    x = draw((3, 1) if isinstance(group, Itemwise) else (1,), "complex128")
    for signals in (x, torch.from_numpy(x)):
        back = group.unembed(group.embed(signals), x.shape[1:], complex_valued=True)
        assert "complex128" in str(back.dtype)
        assert_allclose(np.abs(np.asarray(back)), np.abs(x))
    points = torch.from_numpy(draw((1, 2), "float64"))
    z = Rotation().embed(points)
    assert Rotation().unembed(z, (1, 2)).shape == points.shape


def test_tensors_that_are_not_finite_fail_alone():
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(draw((3,), "float64"))
    embedding = OrbitEmbedding(SignFlip()).fit(x)
    z = embedding.transform(x)
    z[1, 0] = np.nan
    back = embedding.inverse_transform(z)
    assert torch.isnan(back[1]).all()
    assert torch.isfinite(back[[0, 2, 3]]).all()
