"""Groups on one to three axes, and finite groups."""

import itertools
import math
import warnings

import numpy as np
import pytest
from helpers import QUARTER_TURNS, normal
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sklearn_symbreak import ContentCenterer, SymmetryBreaker
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
    Rotation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.groups._elements import map_parts
from sklearn_symbreak.metrics import scaled_orbit_residual
from sklearn_symbreak.testing import check_symmetry_group

SHAPES = {1: (9,), 2: (5, 6), 3: (4, 5, 3)}


@pytest.fixture(params=[1, 2, 3])
def ndim(request):
    return request.param


def with_content(ndim, dtype, n_samples=6, background=0.0, seed=0):
    """Bright boxes of different sizes and places."""
    rng = np.random.default_rng(seed)
    shape = SHAPES[ndim]
    x = background * rng.uniform(-1, 1, (n_samples, *shape))
    for sample in x:
        box = []
        for size in shape:
            start = rng.integers(0, size)
            box.append(slice(start, rng.integers(start, size) + 1))
        sample[tuple(box)] = rng.uniform(0.5, 1, sample[tuple(box)].shape)
    if np.dtype(dtype).kind == "c":
        x = x * np.exp(1j * rng.uniform(0, 7, x.shape))
    return x.astype(dtype)


def allowed_members(x, threshold=1e-6):
    """All rolls of one signal that carry no content over an edge."""
    content = np.abs(x) > threshold * np.abs(x).max()
    ranges = []
    for axis, size in enumerate(x.shape):
        others = tuple(a for a in range(x.ndim) if a != axis)
        inside = np.flatnonzero(content.any(axis=others))
        ranges.append(range(-inside[0], size - inside[-1]))
    return [np.roll(x, s, range(x.ndim)) for s in itertools.product(*ranges)]


def turned(x):
    return np.conj(x[(slice(None, None, -1),) * x.ndim])


class TestBruteForce:
    def test_translation(self, ndim, dtype):
        x = with_content(ndim, dtype)
        w = with_content(ndim, dtype, 1, 0.5, seed=1)[0]
        best = [min(np.linalg.norm(m - w) for m in allowed_members(z)) for z in x]
        distance = Translation(ndim).distance(x, w)
        np.testing.assert_allclose(distance, best, rtol=1e-4)

    def test_fourier(self, ndim, dtype):
        x = with_content(ndim, dtype)
        w = with_content(ndim, dtype, 1, 0.5, seed=1)[0]
        best = [
            max(
                abs(np.vdot(w, member))
                for member in allowed_members(z) + allowed_members(turned(z))
            )
            for z in x
        ]
        correlation = FourierSymmetry(ndim).correlation(x, w)
        np.testing.assert_allclose(correlation, best, rtol=1e-4)

    def test_fourier_is_its_product(self, ndim, dtype):
        x = with_content(ndim, dtype)
        w = with_content(ndim, dtype, 1, 0.5, seed=1)[0]
        group = FourierSymmetry(ndim)
        product = Translation(ndim) * ConjugateFlip(ndim) * GlobalPhase()
        aligned, element = group.align(x, w)
        np.testing.assert_allclose(aligned, product.align(x, w)[0], atol=1e-5)
        np.testing.assert_allclose(product.act(element, x), aligned, atol=1e-5)
        np.testing.assert_allclose(group.margin(x, w), product.margin(x, w), atol=1e-5)

    def test_closed_law(self, ndim):
        group, x = FourierSymmetry(ndim), with_content(ndim, complex)
        for seed in range(20):
            b = group.sample(x, seed)
            moved = group.act(b, x)
            a = group.sample(moved, seed + 1)
            product = group.act(group.compose(a, b), x)
            np.testing.assert_allclose(product, group.act(a, moved), atol=1e-12)
            back = group.act(group.inverse(b), moved)
            np.testing.assert_allclose(back, x, atol=1e-12)

    @pytest.mark.parametrize("size", [23, 24, 29])
    def test_sizes_without_a_fast_transform(self, size, dtype, rng):
        x, w = rng.normal(size=(2, 5, size))
        x = (x + 1j * w).astype(dtype) if np.dtype(dtype).kind == "c" else x
        x, w = x.astype(dtype), x[::-1].astype(dtype)
        best = [
            min(np.linalg.norm(np.roll(z, s) - v) for s in range(size))
            for z, v in zip(x, w, strict=True)
        ]
        np.testing.assert_allclose(CyclicShift().distance(x, w), best, rtol=1e-4)
        # With and without a background, which decides whether padding is exact.
        for background, start in [(0.0, 3), (0.05, 3), (0.05, 0)]:
            y = (background * rng.uniform(-1, 1, (5, size))).astype(dtype)
            y[:, start : start + 6] = np.sign(x[:, :6].real) * (1 + np.abs(x[:, :6]))
            members = [allowed_members(z, 0.1) for z in y]
            turns = [allowed_members(turned(z), 0.1) for z in y]
            best = [
                min(np.linalg.norm(m - v) for m in some)
                for some, v in zip(members, w, strict=True)
            ]
            distance = Translation(1, threshold=0.1).distance(y, w)
            np.testing.assert_allclose(distance, best, rtol=1e-4)
            best = [
                max(abs(np.vdot(v, m)) for m in some + flipped)
                for some, flipped, v in zip(members, turns, w, strict=True)
            ]
            correlation = FourierSymmetry(1, threshold=0.1).correlation(y, w)
            np.testing.assert_allclose(correlation, best, rtol=1e-4)

    @pytest.mark.parametrize("shape", [(17,), (17, 19), (19, 4, 5)])
    def test_flips_on_sizes_without_a_fast_transform(self, shape, dtype, rng):
        x = np.zeros((3, *shape), dtype)
        box = (slice(None), *(slice(1, 1 + size // 2) for size in shape))
        x[box] = rng.normal(size=x[box].shape)
        group = FourierSymmetry(len(shape))
        flipped = np.conj(x[(slice(None), *(slice(None, None, -1),) * len(shape))])
        np.testing.assert_allclose(group.distance(flipped, x), 0, atol=1e-4)

    def test_canonical_member_of_an_orbit(self, ndim, dtype):
        group, x = FourierSymmetry(ndim), with_content(ndim, dtype)
        representative, element = group.canonicalize(x)
        np.testing.assert_allclose(group.act(element, x), representative, atol=1e-5)
        moved = group.act(group.sample(x, 0), x)
        np.testing.assert_allclose(
            group.canonicalize(moved)[0], representative, atol=1e-5
        )


class TestThreshold:
    @given(st.integers(0, 999), st.sampled_from([1, 2, 3]), st.booleans())
    def test_laws_hold_exactly_over_a_background(self, seed, ndim, complex_valued):
        dtype = complex if complex_valued else float
        x = with_content(ndim, dtype, background=1e-3, seed=seed)
        group = Translation(ndim, threshold=1e-2)
        element = group.sample(x, seed)
        moved = group.act(element, x)
        np.testing.assert_array_equal(group.act(group.inverse(element), moved), x)
        assert (np.sort(np.abs(moved), None) == np.sort(np.abs(x), None)).all()
        w = with_content(ndim, dtype, 1, seed=seed + 1)[0]
        np.testing.assert_allclose(
            group.align(moved, w)[0], group.align(x, w)[0], atol=1e-12
        )

    def test_content_exceeds_the_threshold(self, dtype):
        # Half of the largest modulus is no content at a threshold of one half, and
        # content at less. Of complex entries the modulus counts, not its square.
        unit = np.exp(0.3j) if np.dtype(dtype).kind == "c" else 1
        x = (unit * np.array([[0, 1.0, 0.5, 0, 0]])).astype(dtype)
        x = np.where(x != 0, x / x[0, 1], 0).astype(dtype)
        for threshold, largest in [(0.5, 3), (0.49, 2)]:
            group = Translation(1, threshold=threshold)
            shifts = group.sample(np.repeat(x, 200, axis=0), 0)
            assert shifts.min() == -1
            assert shifts.max() == largest

    def test_shifts_roll_the_background(self):
        x = np.array([[1e-3, 0.0, 1.0, 0.0]])
        moved = Translation(1, threshold=0.1).act(np.array([[-1]]), x)
        np.testing.assert_array_equal(moved, [[0.0, 1.0, 0.0, 1e-3]])

    @pytest.mark.parametrize("size", [1e-300, 1e-160, 1.0, 1e160, 1e300])
    def test_threshold_is_relative(self, size):
        x = with_content(2, float, background=1e-3)
        group = FourierSymmetry(threshold=1e-2)
        w = x[0]
        expected, _ = group.align(x, w)
        aligned, _ = group.align(size * x, w)
        np.testing.assert_allclose(aligned / size, expected, rtol=1e-12)
        element = group.sample(size * x, 0)
        for part, other in zip(element, group.sample(x, 0), strict=True):
            np.testing.assert_array_equal(part, other)

    def test_round_trips_break_alike(self):
        x = with_content(2, float)
        noisy = np.fft.ifft2(np.fft.fft2(x)).real
        breaker = SymmetryBreaker(FourierSymmetry(), "mean").fit(x)
        np.testing.assert_allclose(
            breaker.transform(noisy), breaker.transform(x), atol=1e-12
        )
        centered = ContentCenterer().fit_transform(x)
        np.testing.assert_allclose(
            ContentCenterer().fit_transform(noisy), centered, atol=1e-12
        )

    @pytest.mark.parametrize("value", [-0.1, 1, 2.0, np.nan, np.inf, "low", None, True])
    @pytest.mark.parametrize("kind", [Translation, FourierSymmetry])
    def test_bad_threshold(self, kind, value):
        x = np.ones((2, 4, 4))
        for method in ("align", "sample", "canonicalize", "margin"):
            arguments = (x, x[0]) if method in ("align", "margin") else (x,)
            with pytest.raises(ValueError, match="threshold must be a number of at le"):
                getattr(kind(threshold=value), method)(*arguments)

    @pytest.mark.parametrize("value", [0, 4, 1.5, "2", None, True])
    @pytest.mark.parametrize("kind", [Translation, FourierSymmetry, ConjugateFlip])
    def test_bad_ndim(self, kind, value):
        x = np.ones((2, 4, 4))
        with pytest.raises(ValueError, match="ndim must be 1, 2 or 3, got"):
            kind(ndim=value).align(x, x[0])


class TestWarning:
    @pytest.fixture
    def images(self):
        rng = np.random.default_rng(0)
        images = 1e-3 * rng.uniform(size=(30, 12, 12))
        images[:, 3:8, 2:9] = rng.uniform(0.5, 1, (30, 5, 7))
        return images

    @pytest.mark.parametrize("kind", [Translation, FourierSymmetry])
    def test_background_above_the_threshold(self, kind, images):
        for method in (
            lambda group: group.align(images, images[0]),
            lambda group: group.canonicalize(images),
            lambda group: group.distance(images, images[0]),
            lambda group: SymmetryBreaker(group, "mean").fit(images),
        ):
            with pytest.warns(
                UserWarning, match=r"0 can move.*threshold=1e-06.*set thr"
            ):
                method(kind())
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                method(kind(threshold=0.05))

    def test_products_and_containers_warn(self, images):
        group = Translation() * ConjugateFlip()
        with pytest.warns(UserWarning, match="set threshold between"):
            group.align(images, images[0])

    def test_content_that_fills_the_canvas_is_no_background(self):
        images = np.random.default_rng(0).uniform(0.1, 1, (30, 6, 6))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            _, (shifts, _, _) = FourierSymmetry().align(images, images[0])
        assert not shifts.any()

    def test_one_signal_is_no_evidence(self, images):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            aligned, _ = FourierSymmetry().align(images[:1], images[0])
        np.testing.assert_array_equal(aligned, images[:1])


class TestTensors:
    def test_background_and_axes(self, ndim, dtype):
        torch = pytest.importorskip("torch")
        x = with_content(ndim, dtype, background=1e-4)
        w = with_content(ndim, dtype, 1, seed=1)[0]
        for group in (
            Translation(ndim, threshold=1e-2),
            FourierSymmetry(ndim, threshold=1e-2),
            ConjugateFlip(ndim),
        ):
            expected, _ = group.align(x, w)
            aligned, element = group.align(torch.from_numpy(x), torch.from_numpy(w))
            np.testing.assert_allclose(aligned.numpy(), expected, atol=1e-5)
            moved = group.act(element, torch.from_numpy(x))
            np.testing.assert_allclose(moved.numpy(), expected, atol=1e-5)


GRID = np.arange(9).reshape(3, 3)
ORIENTATIONS = [np.rot90(g, k).ravel() for g in (GRID, GRID.T) for k in range(4)]


def as_matrices(indices, signs=None):
    matrices = np.eye(len(indices[0]))[np.asarray(indices)]
    return matrices if signs is None else np.asarray(signs)[:, :, None] * matrices


def signed_permutations(size):
    """All of them, in an order in which the identity is not the first."""
    orders = list(itertools.permutations(range(size)))[::-1]
    signs = list(itertools.product([1, -1], repeat=size))
    pairs = list(itertools.product(orders, signs))
    return [order for order, _ in pairs], [sign for _, sign in pairs]


class TestPermutationsAreTheirMatrices:
    @pytest.mark.parametrize(
        ("indices", "signs"),
        [(ORIENTATIONS, None), signed_permutations(3), ([[0, 1]] * 2, [[1], [-1]])],
        ids=["orientations", "signed", "sign of all"],
    )
    def test_everything_agrees(self, indices, signs, rng, dtype):
        full = None if signs is None else np.broadcast_to(signs, np.shape(indices))
        group = FiniteGroup.from_permutations(indices, signs)
        other = FiniteGroup(as_matrices(indices, full))
        size, n = len(indices[0]), len(indices)
        x, w = (rng.normal(size=(20, size)).astype(dtype) for _ in range(2))
        element = rng.integers(n, size=20)
        second = rng.integers(n, size=20)
        np.testing.assert_allclose(group.act(element, x), other.act(element, x))
        np.testing.assert_array_equal(group.inverse(element), other.inverse(element))
        np.testing.assert_array_equal(
            group.compose(element, second), other.compose(element, second)
        )
        np.testing.assert_array_equal(group.elements(x), other.elements(x))
        for reference in (w[0], w):
            np.testing.assert_allclose(
                group.distance(x, reference), other.distance(x, reference), rtol=1e-5
            )
            np.testing.assert_allclose(
                group.margin(x, reference), other.margin(x, reference), atol=1e-5
            )
        if n > 2:
            check_symmetry_group(group)

    def test_images(self, rng):
        x, w = rng.normal(size=(9, 3, 3)), rng.normal(size=(3, 3))
        group = FiniteGroup.from_permutations(ORIENTATIONS)
        members = [
            np.rot90(z, k, (1, 2)) for z in (x, x.transpose(0, 2, 1)) for k in range(4)
        ]
        best = np.min([np.linalg.norm(m - w, axis=(1, 2)) for m in members], axis=0)
        np.testing.assert_allclose(group.distance(x, w), best)

    def test_tensors(self, rng):
        torch = pytest.importorskip("torch")
        x, w = rng.normal(size=(9, 9)), rng.normal(size=9)
        group = FiniteGroup.from_permutations(ORIENTATIONS)
        aligned, element = group.align(torch.from_numpy(x), torch.from_numpy(w))
        np.testing.assert_array_equal(aligned.numpy(), group.align(x, w)[0])
        assert isinstance(group.compose(element, group.inverse(element)), torch.Tensor)


class TestLargeGroups:
    def test_shifts_of_long_signals(self, rng):
        # 1,000 elements of 1,000 entries: their matrices would take 8 GB.
        size = 1000
        shifts = [np.roll(np.arange(size), k) for k in range(size)]
        group = FiniteGroup.from_permutations(shifts)
        x, w = rng.normal(size=(5, size)), rng.normal(size=size)
        np.testing.assert_allclose(group.distance(x, w), CyclicShift().distance(x, w))
        a, b = rng.integers(size, size=(2, 50))
        np.testing.assert_array_equal(group.compose(a, b), (a + b) % size)
        np.testing.assert_array_equal(group.inverse(a), -a % size)

    def test_dihedral_group_of_many_matrices(self):
        angles = 2 * np.pi * np.arange(200) / 200
        turns = np.stack(
            [np.cos(angles), -np.sin(angles), np.sin(angles), np.cos(angles)]
        )
        turns = turns.T.reshape(-1, 2, 2)
        matrices = np.concatenate([turns, turns @ np.diag([1.0, -1])])
        group = FiniteGroup(matrices)
        a, b = np.random.default_rng(0).integers(400, size=(2, 60))
        product = matrices[group.compose(a, b)]
        np.testing.assert_allclose(product, matrices[a] @ matrices[b], atol=1e-12)

    def test_complex_reflections(self):
        # Diagonal cube roots of 1, and their exchange.
        roots = np.exp(2j * np.pi * np.arange(3) / 3)
        diagonal = [np.diag([a, b]) for a in roots for b in roots]
        swap = np.eye(2)[[1, 0]]
        group = FiniteGroup(diagonal + [d @ swap for d in diagonal])
        assert group.acts_on == "complex"
        check_symmetry_group(group)


class TestBadInput:
    @pytest.mark.parametrize(
        ("indices", "signs", "match"),
        [
            ([[0, 1], [0, 0]], None, "permutations of 0 to 1; number 1 is not"),
            ([[0, 1], [1, 2]], None, "permutations of 0 to 1; number 1 is not"),
            ([[0.0, 1.0]], None, "indices must be integers of shape"),
            ([0, 1], None, "indices must be integers of shape"),
            ([[0, 1], [0]], None, "indices must have one length, got several"),
            (np.empty((0, 3), int), None, "not empty, got shape"),
            ([[0, 1, 2], [1, 2, 0]], None, "indices must form a group: the inverse of"),
            ([[0, 1], [0, 1]], None, "indices must be distinct, but numbers 0 and 1"),
            ([[1, 0]], None, "indices must form a group: the identity is not among"),
            ([[0, 1], [1, 0]], [[1, 2], [1, 1]], "signs must hold 1 or -1"),
            ([[0, 1], [1, 0]], [1, -1], "signs must hold 1 or -1 and have shape"),
            ([[0, 1], [1, 0]], "no", "signs must hold 1 or -1"),
            ([[0, 1], [1, 0]], [[1, 1], [1, -1]], "indices must form a group"),
        ],
    )
    def test_permutations(self, indices, signs, match):
        group = FiniteGroup.from_permutations(indices, signs)
        with pytest.raises(ValueError, match=match):
            group.align(np.ones((1, 2)), np.ones(2))

    def test_what_is_closed_but_for_one_product(self):
        # A group of eight without two elements: its generators leave the list.
        with pytest.raises(ValueError, match="indices must form a group"):
            FiniteGroup.from_permutations(ORIENTATIONS[:6]).elements(np.ones((1, 9)))

    def test_matrices_and_indices(self):
        x = np.ones((1, 2))
        with pytest.raises(ValueError, match=r"matrices must be given, .* got neither"):
            FiniteGroup().align(x, x[0])
        with pytest.raises(ValueError, match=r"matrices must be given, .* got both"):
            FiniteGroup([np.eye(2)], [[0, 1]]).align(x, x[0])
        with pytest.raises(ValueError, match="signs must come with indices"):
            FiniteGroup([np.eye(2)], signs=[[1, 1]]).align(x, x[0])

    def test_elements(self):
        group = FiniteGroup.from_permutations([[0, 1], [1, 0]])
        with pytest.raises(ValueError, match="positions, integers, got dtype float64"):
            group.act(np.array([0.0]), np.ones((1, 2)))
        with pytest.raises(ValueError, match="signals of 2 entries"):
            group.act(np.array([0]), np.ones((1, 3)))

    def test_new_parameters_are_noticed(self):
        group = FiniteGroup([np.eye(2), -np.eye(2)])
        x = np.array([[1.0, 2.0]])
        np.testing.assert_array_equal(group.align(x, -x[0])[0], -x)
        group.set_params(matrices=[np.eye(2), np.eye(2)[::-1]])
        np.testing.assert_array_equal(group.align(x, [2.0, 1.0])[0], [[2.0, 1.0]])
        product = SignFlip() * group
        product.align(x, x[0])
        group.set_params(matrices=[np.eye(2), np.diag([1.0, -1.0])])
        np.testing.assert_array_equal(product.align(x, [-1.0, 2.0])[0], [[-1.0, 2.0]])

    @pytest.mark.parametrize(
        ("matrices", "match"),
        [
            (np.ones((2, 3, 2)), "matrices must be square"),
            (np.eye(2), "matrices must be square"),
            ([], "matrices must be square"),
            (np.empty((0, 3, 3)), r"not empty, got shape \(0, 3, 3\)"),
            ([np.eye(2), np.eye(3)], "matrices must have one shape"),
            ([2 * np.eye(2)], "matrices must be orthogonal or unitary"),
            (QUARTER_TURNS[:2], "matrices must form a group"),
            ([np.eye(2), np.eye(2)], "matrices must be distinct"),
            ([np.full((2, 2), np.nan)], "finite numbers"),
            (
                [1j * np.eye(2), -np.eye(2), -1j * np.eye(2), np.eye(2)],
                "x must be complex",
            ),
        ],
    )
    def test_matrices(self, matrices, match):
        with pytest.raises(ValueError, match=match):
            FiniteGroup(matrices).align(np.ones((1, 2)), np.ones(2))


@pytest.mark.parametrize("size", [1e-15, 1e-12, 1e10, 1e15])
def test_gap_does_not_depend_on_the_size(size):
    x, w = np.float32([[1, 2, 3, -1]]), np.float32([2, 1, 5, 0])
    for group in (CyclicShift(), SignFlip(), Permutation(), Rotation()):
        a, b = (x, w) if group.signal_ndim != 2 else (x[:, :, None], w[:, None])
        scale = np.float32(size)
        found = group.gap(a * scale, b * scale)
        np.testing.assert_allclose(found, group.gap(a, b), rtol=1e-4)


@pytest.mark.parametrize(
    "group",
    [
        ConjugateFlip(ndim=1) * GlobalPhase(),
        CyclicShift() * GlobalPhase(),
        FourierSymmetry(ndim=1).up_to_phase(),
    ],
    ids=range(3),
)
def test_margins_beside_a_phase_are_gaps_in_units_of_the_reference(group, rng):
    x = normal(rng, (200, 6), complex)
    x[:, [0, -1]] = 0
    gaps = group.gap(x, x[0]) / group.gap(x[:1], x[0])
    assert_allclose(group.margin(x, x[0]), np.minimum(gaps, 1), atol=1e-9)


@pytest.mark.parametrize(
    ("group", "shape"),
    [
        (Itemwise(SignFlip()), (3, 2)),
        (Itemwise(CyclicShift()), (2, 4)),
        (Itemwise(Itemwise(SignFlip())), (1, 3, 2)),
        (BlockSymmetry([(SignFlip(), [0, 4]), (CyclicShift(), [1, 2, 3])]), (6,)),
        (CyclicShift() * SignFlip(), (4,)),
        (ConjugateFlip(ndim=1) * SignFlip(), (3,)),
    ],
    ids=range(6),
)
def test_margins_of_ordered_lists_are_those_of_the_matrices(group, shape, rng):
    eye = np.eye(math.prod(shape))
    found = (
        group.act(
            map_parts(
                lambda g: np.repeat(g, len(eye), 0),
                group.sample(eye[:1].reshape(1, *shape), seed),
            ),
            eye.reshape(-1, *shape),
        )
        for seed in range(400)
    )
    matrices = np.unique(np.reshape(list(found), (400, *eye.shape)), axis=0)
    same = FiniteGroup(matrices.transpose(0, 2, 1))
    for number in range(20):
        x = normal(rng, (5, *shape))
        # Some entries, some items and whole references are zero or alike.
        references = rng.integers(-1, 2, (3, *shape)) * rng.integers(0, 2, (3, *shape))
        references[number % 3].flat[: len(eye) // 2] = number % 2
        expected = same.margin(x.reshape(5, -1), list(references.reshape(3, -1)))
        assert_allclose(group.margin(x, list(references)), expected, atol=1e-9)


@pytest.mark.parametrize("content", [[1.0], [1.0, 2.0, 1.0], [1.0, 1.0], [1j, -1j]])
@pytest.mark.parametrize("n_free", [3, 5])
def test_a_background_decides_where_content_is_symmetric(content, n_free, rng):
    group = FourierSymmetry(ndim=1, threshold=0.1)
    x = rng.uniform(0, 0.05, len(content) + n_free).astype(np.result_type(*content))
    x[1 : 1 + len(content)] = content
    x = np.repeat(x[None], 12, axis=0)
    members = group.act(group.sample(x, 0), x)
    centred = group.representatives(members)
    assert_allclose(centred, np.repeat(centred[:1], 12, axis=0), atol=1e-12)


def test_opposite_phases_of_two_factors_are_no_global_phase(rng):
    y = normal(rng, (5, 2, 4), complex)
    for group in (ConvolutionSymmetry(), Itemwise(ConvolutionSymmetry())):
        assert group.up_to_phase() is not group
    with pytest.raises(ValueError, match="cannot be aligned together with a global"):
        scaled_orbit_residual(y, 1j * y, group=ConvolutionSymmetry())
    assert scaled_orbit_residual(y.real, -y.real, group=ConvolutionSymmetry()) < 1e-9


@pytest.mark.parametrize("first", [np.zeros((2, 4)), np.eye(2, 4)], ids=["0", "1"])
def test_a_sign_beside_opposite_phases_changes_nothing(first, rng):
    # Both signs are elements of the group of a convolution.
    x, w = normal(rng, (5, 2, 4), complex), normal(rng, (2, 4), complex)
    x[:2, 0] = 0
    group = ConvolutionSymmetry()
    alone, product = (g.align(x, [first, w])[0] for g in (group, group * SignFlip()))
    assert_allclose(product, alone, atol=1e-12)
