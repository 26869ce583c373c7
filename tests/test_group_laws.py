"""Laws that all groups and their embeddings keep, and means of orbits."""

import numpy as np
import pytest
from helpers import QUARTER_TURNS, normal, norms, tensor, tolerance
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
    CyclicShift,
    FiniteGroup,
    GlobalPhase,
    Itemwise,
    Permutation,
    RigidMotion,
    Rotation,
    SignFlip,
    Translation,
    _engine,
)
from sklearn_symbreak.testing import check_symmetry_group
from sklearn_symbreak.utils._array_api import to_numpy


class TestLaws:
    def test_public_check(self, group):
        check_symmetry_group(group)

    def test_element_and_signal_order(self, group, signals):
        element = group.sample(signals, 0)
        moved = group.act(element, signals)
        assert moved.dtype == signals.dtype
        order = np.arange(len(signals))[::-1]
        reordered = (
            tuple(part[order] for part in element)
            if isinstance(element, tuple)
            else element[order]
        )
        np.testing.assert_array_equal(
            group.act(reordered, signals[order]), moved[order]
        )

    def test_align_recovers_what_was_moved(self, group, signals):
        moved = group.act(group.sample(signals, 1), signals)
        aligned, element = group.align(moved, signals)
        np.testing.assert_allclose(aligned, signals, atol=tolerance(signals))
        np.testing.assert_allclose(
            group.act(element, moved), aligned, atol=tolerance(signals)
        )
        assert group.distance(moved, signals).max() < 30 * tolerance(signals)

    def test_representatives_are_what_align_and_canonicalize_return(
        self, group, signals, rng
    ):
        reference = normal(rng, signals.shape[1:], signals.dtype)
        np.testing.assert_array_equal(
            group.representatives(signals, reference),
            group.align(signals, reference)[0],
        )
        expected, _ = group.canonicalize(signals)
        np.testing.assert_array_equal(group.representatives(signals), expected)

    def test_distance_correlation_margin_are_invariant(self, group, signals, rng):
        reference = normal(rng, signals.shape[1:], signals.dtype)
        moved = group.act(group.sample(signals, 2), signals)
        for method in (group.distance, group.correlation, group.margin):
            expected = method(signals, reference)
            assert expected.shape == (len(signals),)
            np.testing.assert_allclose(
                method(moved, reference), expected, atol=10 * tolerance(signals)
            )

    def test_signals_do_not_depend_on_their_neighbours(self, group, signals, rng):
        size = (2.0 ** np.arange(-30, 31, 10)).astype(signals.real.dtype)
        size = size.reshape(-1, *(1,) * (signals.ndim - 1))
        x, references = size * signals, size * normal(rng, signals.shape, signals.dtype)
        alone = [group.distance(x[[i]], references[[i]])[0] for i in range(len(x))]
        np.testing.assert_allclose(
            group.distance(x, references), alone, rtol=10 * tolerance(signals)
        )

    def test_distance_follows_from_correlation(self, group, signals, rng):
        reference = normal(rng, signals.shape[1:], signals.dtype)
        aligned, _ = group.align(signals, reference)
        expected = (
            norms(aligned) ** 2
            + norms(reference[None]) ** 2
            - 2 * group.correlation(signals, reference)
        )
        np.testing.assert_allclose(
            group.distance(signals, reference) ** 2, expected, rtol=1e-3
        )

    def test_margin_is_one_at_the_reference_and_zero_on_ties(self, group, signals):
        reference = signals[0] + 0.1 * group.act(group.identity(signals), signals)[0]
        at_reference = group.margin(reference[None], reference)
        np.testing.assert_allclose(at_reference, 1, atol=1e-3)

    def test_margin_at_any_size(self, group, signals, rng):
        reference = normal(rng, signals.shape[1:], signals.dtype)
        expected = group.margin(signals, reference)
        # Powers of two, whose squares leave the range of the dtype.
        large = 2.0 ** (6 * np.finfo(signals.dtype).maxexp // 10)
        for size in (large, 1 / large):
            for x, w in ((size * signals, reference), (signals, size * reference)):
                np.testing.assert_array_equal(group.margin(x, w), expected)

    def test_zero_signal_stays(self, group, signals):
        zero = np.zeros_like(signals)
        aligned, element = group.align(zero, signals)
        # Rigid motions move the centre, and leave the shape.
        np.testing.assert_allclose(group.centered(aligned), zero, atol=tolerance(zero))
        if group.centered(signals) is signals:
            np.testing.assert_array_equal(group.act(element, zero), zero)
        np.testing.assert_array_equal(group.margin(zero, signals[0]), 0)

    def test_mean_is_the_same_for_all_members_of_the_orbits(self, group):
        x = group.example_signals(12, random_state=5)
        mean, n_iter = group.mean(x)
        moved = group.act(group.sample(x, 6), x)
        other, _ = group.mean(moved)
        assert n_iter >= 1
        distance = group.distance(other[None], mean)[0]
        assert distance < 1e-4 * np.linalg.norm(mean)

    def test_mean_does_not_decrease_the_correlation(self, group):
        x = group.example_signals(12, random_state=5)
        heights = []
        for max_iter in (1, 2, 4, 50):
            mean, _ = group.mean(x, max_iter=max_iter)
            heights.append(group.correlation(x, mean).sum() / np.linalg.norm(mean))
        assert (np.diff(heights) >= -1e-9 * np.abs(heights[0])).all()

    def test_clone_and_repr(self, group):
        copy = clone(group)
        assert repr(copy) == repr(group)

    def test_torch_gives_the_same(self, group, signals, device, rng):
        reference = normal(rng, signals.shape[1:], signals.dtype)
        x, w = tensor(signals, device), tensor(reference, device)
        aligned, element = group.align(x, w)
        back = group.act(group.inverse(element), aligned)
        pairs = [
            (aligned, group.align(signals, reference)[0]),
            (group.act(element, x), to_numpy(aligned)),
            (back, signals),
            (
                group.act(group.sample(x, 0), x),
                group.act(group.sample(signals, 0), signals),
            ),
        ]
        for found, expected in pairs:
            assert found.device == x.device
            np.testing.assert_allclose(
                to_numpy(found), expected, atol=tolerance(signals)
            )
        np.testing.assert_allclose(
            to_numpy(group.margin(x, w)),
            group.margin(signals, reference),
            atol=10 * tolerance(signals),
        )

    def test_chunks_change_nothing(self, group, signals, monkeypatch, rng):
        reference = normal(rng, signals.shape, signals.dtype)
        whole, _ = group.align(signals, reference)
        monkeypatch.setattr(_engine, "CHUNK_BYTES", 1)
        parts, element = group.align(signals, reference)
        np.testing.assert_allclose(parts, whole, atol=tolerance(signals))
        np.testing.assert_allclose(
            group.act(element, signals), whole, atol=tolerance(signals)
        )


@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
@pytest.mark.parametrize("group", [SignFlip(), GlobalPhase()], ids=repr)
class TestManyChunks:
    """Chunks with and without ties."""

    template = np.array([0.0, -2.0, 0.0])

    @pytest.fixture(autouse=True)
    def small_chunks(self, monkeypatch):
        monkeypatch.setattr(_engine, "CHUNK_BYTES", 1000)

    def test_ties_in_some_chunks(self, group, dtype, rng):
        x = normal(rng, (2000, 3), dtype)
        x[700:703, 1] = 0
        x[1500, 1] = np.finfo(dtype).max / 2
        template = self.template.astype(dtype)
        aligned, element = group.align(x, template)
        for i in [0, *range(698, 705), *range(1498, 1503), 1999]:
            single, of_single = group.align(x[i : i + 1], template)
            np.testing.assert_allclose(aligned[i], single[0], rtol=1e-6, atol=1e-6)
            np.testing.assert_allclose(element[i], of_single[0], atol=1e-6)
        np.testing.assert_array_equal(group.representatives(x, template), aligned)

    @pytest.mark.parametrize("index", [0, 1000, 1999])
    def test_errors_reach_the_caller(self, group, dtype, index, rng):
        x = normal(rng, (2000, 3), dtype)
        x[index, 2] = np.nan
        with pytest.raises(ValueError, match="x contains NaN or infinity"):
            group.align(x, self.template.astype(dtype))


class TestMean:
    @pytest.mark.parametrize(
        "group",
        [
            CyclicShift(),
            FiniteGroup([np.roll(np.eye(6), k, axis=0) for k in range(6)]),
            SignFlip() * CyclicShift(),
        ],
        ids=["shift", "finite", "product"],
    )
    @pytest.mark.parametrize("binary", [False, True])
    def test_signals_of_one_norm(self, group, binary, rng):
        # The members that the data hold must not matter, not even by rounding.
        x = normal(rng, (30, 6))
        x = (x > 0) - 0.5 if binary else x / np.linalg.norm(x, axis=1, keepdims=True)
        mean, _ = group.mean(x)
        for seed in range(3):
            moved, _ = group.mean(group.act(group.sample(x, seed), x))
            np.testing.assert_allclose(moved, mean, atol=1e-9)

    def test_samples_of_no_weight_do_not_count(self, rng):
        group = FiniteGroup(QUARTER_TURNS)
        x = normal(rng, (12, 2))
        more = np.concatenate([x, 10 * normal(rng, (1, 2))])
        weight = np.append(np.ones(12), 0)
        mean, _ = group.mean(more, sample_weight=weight)
        np.testing.assert_allclose(mean, group.mean(x)[0])

    @pytest.mark.parametrize("dtype", [np.float32, np.complex64])
    def test_weighted_mean_keeps_the_precision(self, dtype, rng):
        x = normal(rng, (5, 4), dtype)
        mean, _ = CyclicShift().mean(x, sample_weight=np.arange(5.0))
        assert mean.dtype == dtype

    def test_mean_of_many(self, rng):
        y = (1000 + 0.1 * normal(rng, (300_000, 2))).astype(np.float32)
        mean, _ = SignFlip().mean(y)
        np.testing.assert_allclose(mean, y.mean(axis=0, dtype=np.float64), rtol=1e-6)
        mean, _ = SignFlip().mean(y, sample_weight=np.ones(len(y)))
        np.testing.assert_allclose(mean, y.mean(axis=0, dtype=np.float64), rtol=1e-6)

    @pytest.mark.parametrize(
        ("weight", "match"),
        [
            ([1.0], r"sample_weight must have shape \(3,\), got \(1,\)"),
            ([0, 0, 0], "sample_weight must be finite, not negative and not all zero"),
            ([-1, 1, 1], "sample_weight must be finite, not negative"),
            ([np.nan, 1, 1], "sample_weight must be finite"),
        ],
    )
    def test_weights(self, weight, match, rng):
        with pytest.raises(ValueError, match=match):
            SignFlip().mean(normal(rng, (3, 4)), sample_weight=weight)

    def test_signals(self):
        assert SignFlip().mean([[1.0, 2.0], [-1.0, -2.0]])[0].tolist() == [1.0, 2.0]
        with pytest.raises(ValueError, match="Input x contains NaN"):
            CyclicShift().mean(np.full((2, 3), np.nan))


class Growing(SignFlip):
    """Moves nothing; averages explain more of the mean square by given amounts."""

    gains = (1.0, 0.1, 0.02, 0.0099, 0.0, 0.0)

    def representatives(self, x, reference=None):
        if reference is None:
            self.n_averages = 0
            return x
        self.n_averages += 1
        explained = sum(self.gains[: self.n_averages])
        # One entry holds it; the others keep the mean square at 100.
        x = np.zeros_like(x)
        x[:, 0] = np.sqrt(explained)
        return x

    def canonicalize(self, x):
        return self.representatives(x), None


class TestStoppingRule:
    @pytest.mark.parametrize(
        ("tol", "n_averages"), [(5e-3, 2), (5e-4, 3), (1.5e-4, 4), (5e-5, 5), (0.0, 5)]
    )
    def test_stops_at_the_first_small_gain(self, tol, n_averages):
        # The mean square is 100, so that gains count as 1e-2, 1e-3, 2e-4, 0.99e-4, 0.
        group, x = Growing(), np.full((4, 25), 2.0)
        _, n_iter = group.mean(x, tol=tol)
        assert n_iter == n_averages == group.n_averages

    def test_weights_count_in_the_mean_square(self):
        x = np.full((5, 25), 2.0)
        x[4] = 2000
        _, n_iter = Growing().mean(x, tol=1.5e-4, sample_weight=[1, 1, 1, 1, 0])
        assert n_iter == 4

    def test_max_iter(self):
        assert Growing().mean(np.full((4, 25), 2.0), max_iter=3, tol=0)[1] == 3

    def test_isotropic_data_stop(self, rng):
        for group, x in [
            (SignFlip(), rng.normal(size=(3000, 15))),
            (GlobalPhase(), rng.normal(size=(3000, 15)) + 1j),
            (Rotation(), rng.normal(size=(1000, 6, 3))),
            (CyclicShift(), rng.normal(size=(1000, 16))),
            (Permutation(), rng.normal(size=(500, 5, 3))),
            (Itemwise(SignFlip()), rng.normal(size=(1000, 4, 5))),
        ]:
            assert group.mean(x)[1] < 60

    def test_all_samples_enter_the_last_average(self, rng):
        template = np.array([3.0, 1, 0, 0, -1, 0])
        x = np.array([np.roll(template, k) for k in rng.integers(6, size=500)])
        x = x + rng.normal(size=x.shape)
        group = CyclicShift()
        some, _ = group.mean(x, max_samples=50)
        aligned = group.representatives(x, some)
        # Near the optimum one more average hardly moves it. Fifty signals alone would
        # leave an error of 1 / √50 in every entry.
        np.testing.assert_allclose(aligned.mean(axis=0), some, atol=0.05)
        whole, _ = group.mean(x, max_samples=None)
        assert group.distance(some[None], whole)[0] < 0.1

    def test_members_do_not_matter_to_the_subsample(self):
        group, x = CyclicShift(), np.random.default_rng(0).normal(size=(300, 6))
        moved = group.act(group.sample(x, 0), x)
        means = [group.mean(z, max_samples=20)[0] for z in (x, moved)]
        np.testing.assert_allclose(*means, atol=1e-9)


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
def test_tensors_have_the_same_invariants(group, shape, dtype, device):
    x = draw(shape, dtype)
    signals = tensor(x, device)
    z = group.embed(signals)
    atol = 1e3 * np.finfo(dtype).eps * np.abs(x).max() ** 4
    assert_allclose(to_numpy(z), group.embed(x), atol=atol)
    back = group.unembed(z, shape, complex_valued=x.dtype.kind == "c")
    assert (back.dtype, back.device) == (signals.dtype, signals.device)
    assert back.shape == signals.shape


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


@over_cases
@pytest.mark.parametrize("unit", [1e-25, 1e-3, 1e25])
def test_embedded_signals_keep_their_unit(group, shape, dtype, unit):
    x = draw(shape, dtype)
    expected = OrbitEmbedding(group).fit(x).transform(x)
    scaled = (unit * x).astype(dtype)
    embedding = OrbitEmbedding(group).fit(scaled)
    z = embedding.transform(scaled)
    limit = 30 * np.finfo(dtype).eps ** 0.5 * (1 + np.abs(x).max())
    assert_allclose(z / unit, expected, atol=limit)
    assert (group.distance(embedding.inverse_transform(z) / unit, x) < limit).all()


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


@pytest.mark.parametrize("complex_valued", [False, True])
@pytest.mark.parametrize("group", [SignFlip(), GlobalPhase(), Permutation()], ids=repr)
def test_unembed_refuses_what_are_not_all_invariants(group, complex_valued):
    with pytest.raises(ValueError, match="z must hold all invariants"):
        group.unembed(np.ones((3, 5)), (4,), complex_valued=complex_valued)


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
