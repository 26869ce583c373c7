"""Distances, margins and ties, against lists of all members of an orbit."""

import itertools
import math

import numpy as np
import pytest
from helpers import QUARTER_TURNS, min_over, normal, norms
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.utils import check_random_state

from sklearn_symbreak.groups import (
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
    _search,
)
from sklearn_symbreak.metrics import orbit_mean_squared_error

OFFSET_CASES = [
    (CyclicShift(), (64,)),
    (ConjugateFlip(), (8, 8)),
    (FourierSymmetry(), (8, 8)),
    (FourierSymmetry(ndim=1), (64,)),
    (ConvolutionSymmetry(), (2, 32)),
    (CyclicShift(ndim=2) * ConjugateFlip(), (8, 8)),
    (Rotation(), (20, 3)),
    (RigidMotion(), (20, 3)),
    (Permutation(item_ndim=1), (8, 8)),
    (Permutation(item_symmetry=SignFlip()), (8, 8)),
    (Permutation(item_symmetry=CyclicShift()), (8, 8)),
    (Itemwise(CyclicShift()), (8, 8)),
]


@pytest.mark.parametrize(("group", "shape"), OFFSET_CASES, ids=repr)
def test_single_precision_keeps_what_differs_beside_an_offset(group, shape, rng):
    x, w = (1000 + normal(rng, (2, 30, *shape))).astype(np.float32)
    exact = group.distance(x.astype(float), w.astype(float))
    np.testing.assert_allclose(group.distance(x, w), exact, rtol=1e-3)
    aligned = group.align(x, w)[0].astype(float)
    # Rotations round every entry: what they do to the correlation ties.
    turns = isinstance(group, (Rotation, RigidMotion))
    tie = 4 * 2.0**-23 * 1000**2 * math.prod(shape) ** 0.5 if turns else 1e-2
    assert (norms(aligned - w) ** 2 <= exact**2 + 2 * tie).all()
    moved = group.act(group.sample(x, 0), x)
    assert (group.distance(x, moved) < 100 * 1000 * 2.0**-23).all()
    expected = group.margin(x.astype(float), w.astype(float))
    np.testing.assert_allclose(group.margin(x, w), expected, atol=1e-4)


@pytest.mark.parametrize("first", [np.zeros(9), np.ones(9)], ids=["zero", "constant"])
@pytest.mark.parametrize("group", [Translation(ndim=1), CyclicShift()], ids=repr)
def test_margin_where_a_later_reference_decides(group, first, rng):
    x = np.pad(normal(rng, (6, 4)), ((0, 0), (2, 3)))
    reference = np.pad(normal(rng, 4), (2, 3))
    expected = group.margin(x, reference)
    np.testing.assert_allclose(group.margin(x, [first, reference]), expected)
    assert (expected > 0).all()


def test_ties_that_do_not_matter_are_not_settled(rng, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("nobody asked which of the members it is")

    x, flat = np.zeros((3, 9, 9)), np.zeros((9, 9))
    x[:, 2:4, 3:5] = rng.uniform(1, 2, size=(3, 2, 2))
    flat[1:8, 1:8] = 1
    expected = np.sqrt(norms(x) ** 2 + 49 - 2 * x.sum(axis=(1, 2)))
    monkeypatch.setattr(_search, "_settle", refuse)
    for group in (Translation(), CyclicShift(ndim=2)):
        np.testing.assert_allclose(group.distance(x, flat), expected)
    found = orbit_mean_squared_error(x, np.stack([flat] * 3), group=Translation())
    np.testing.assert_allclose(found, np.mean(expected**2) / 81)
    with pytest.raises(AssertionError, match="nobody asked"):
        Translation().align(x, flat)


def sorted_correlations(members, reference):
    scores = np.sort(
        [
            np.sum(member * reference, axis=tuple(range(1, member.ndim)))
            for member in members
        ],
        axis=0,
    )
    return scores[-1], scores[-2]


def translates(image):
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return [image]
    content = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = content.shape
    members = []
    for top in range(image.shape[0] - height + 1):
        for left in range(image.shape[1] - width + 1):
            member = np.zeros_like(image)
            member[top : top + height, left : left + width] = content
            members.append(member)
    return members


class TestBruteForce:
    def test_sign_and_flip(self, dtype, rng):
        x, w = normal(rng, (9, 4, 3), dtype), normal(rng, (4, 3), dtype)
        flipped = x[:, ::-1, ::-1].conj()
        for group, members in [
            (SignFlip(), [x, -x]),
            (ConjugateFlip(), [x, flipped]),
            (SignFlip() * ConjugateFlip(), [x, -x, flipped, -flipped]),
        ]:
            best = min_over(members, w)
            np.testing.assert_allclose(group.distance(x, w), best, rtol=1e-4)

    def test_phase(self, rng):
        x, w = normal(rng, (9, 4), np.complex128), normal(rng, 4, np.complex128)
        angles = np.linspace(0, 2 * np.pi, 3601)
        best = min_over([np.exp(1j * angle) * x for angle in angles], w)
        distance = GlobalPhase().distance(x, w)
        assert (distance <= best + 1e-12).all()
        np.testing.assert_allclose(distance, best, rtol=1e-5)

    @pytest.mark.parametrize("shape", [(6,), (4, 5), (3, 4, 2)])
    def test_cyclic_shift(self, shape, dtype, rng):
        x, w = normal(rng, (5, *shape), dtype), normal(rng, shape, dtype)
        axes = tuple(range(1, 1 + len(shape)))
        shifts = [*itertools.product(*map(range, shape))]
        members = [np.roll(x, shift, axes) for shift in shifts]
        group = CyclicShift(ndim=len(shape))
        np.testing.assert_allclose(
            group.distance(x, w), min_over(members, w), rtol=1e-4
        )
        np.testing.assert_array_equal(
            group.act(np.tile(shifts[-1], (5, 1)), x), members[-1]
        )

    def test_permutation(self, rng):
        for shape in [(6, 5), (6, 4, 2), (6, 3, 2, 2)]:
            x, w = normal(rng, shape), normal(rng, shape[1:])
            orders = [*map(list, itertools.permutations(range(shape[1])))]
            members = [x[:, order] for order in orders]
            group = Permutation()
            np.testing.assert_allclose(group.distance(x, w), min_over(members, w))
            best, second = sorted_correlations(members, w)
            own_best, own_second = sorted_correlations(
                [
                    w[None, list(order)]
                    for order in itertools.permutations(range(shape[1]))
                ],
                w,
            )
            gap = (best - second) / norms(x)
            own = (own_best - own_second) / np.linalg.norm(w)
            np.testing.assert_allclose(group.margin(x, w), np.minimum(gap / own, 1))

    def test_complex_permutation(self, rng):
        x, w = normal(rng, (6, 4), np.complex128), normal(rng, 4, np.complex128)
        members = [x[:, list(order)] for order in itertools.permutations(range(4))]
        np.testing.assert_allclose(Permutation().distance(x, w), min_over(members, w))

    def test_plane_rotation(self, rng):
        x, w = normal(rng, (6, 5, 2)), normal(rng, (5, 2))
        angles = np.linspace(0, 2 * np.pi, 3601)
        c, s = np.cos(angles), np.sin(angles)
        turns = np.stack([np.stack([c, -s], 1), np.stack([s, c], 1)], 1)
        members = [x @ turn.T for turn in turns]
        best = min_over(members, w)
        distance = Rotation().distance(x, w)
        assert (distance <= best + 1e-12).all()
        np.testing.assert_allclose(distance, best, rtol=1e-4)
        mirrored = [member * [1, -1] for member in members]
        both = np.minimum(best, min_over(mirrored, w))
        np.testing.assert_allclose(
            Rotation(reflections=True).distance(x, w), both, rtol=1e-4
        )

    def test_space_rotation_is_proper(self, rng):
        x, w = normal(rng, (50, 6, 3)), normal(rng, (6, 3))
        _, matrices = Rotation().align(x, w)
        np.testing.assert_allclose(np.linalg.det(matrices), 1)
        drawn = Rotation().sample(x, 0)
        np.testing.assert_allclose(np.linalg.det(drawn), 1)
        mirrored = np.linalg.det(Rotation(reflections=True).sample(x, 0))
        assert (mirrored > 0).any() and (mirrored < 0).any()

    def test_finite_group(self, rng):
        x, w = normal(rng, (9, 2)), normal(rng, 2)
        members = [x @ turn.T for turn in QUARTER_TURNS]
        group = FiniteGroup(QUARTER_TURNS)
        np.testing.assert_allclose(group.distance(x, w), min_over(members, w))
        best, second = sorted_correlations(members, w)
        own_best, own_second = sorted_correlations(
            [(w @ turn.T)[None] for turn in QUARTER_TURNS], w
        )
        expected = (
            (best - second) / norms(x) / (own_best - own_second) * np.linalg.norm(w)
        )
        np.testing.assert_allclose(group.margin(x, w), np.minimum(expected, 1))

    def test_translation_and_fourier(self, dtype, rng):
        x = np.zeros((6, 7, 8), dtype)
        boxes = [(1, 2, 3, 4), (0, 0, 7, 8), (4, 4, 3, 2), (0, 3, 1, 5), (6, 7, 1, 1)]
        for image, (top, left, height, width) in zip(x, boxes, strict=False):
            image[top : top + height, left : left + width] = normal(
                rng, (height, width), dtype
            )
        w = normal(rng, (7, 8), dtype)
        limit = 1e-4
        for group, turns in [
            (Translation(), False),
            (FourierSymmetry(), True),
            (ConjugateFlip() * Translation(), True),
        ]:
            for i, image in enumerate(x):
                members = translates(image)
                if turns:
                    members += translates(image[::-1, ::-1].conj())
                scores = [np.vdot(w, member) for member in members]
                has_phase = isinstance(group, FourierSymmetry)
                best = max(map(abs, scores)) if has_phase else np.real(scores).max()
                actual = group.correlation(x[i : i + 1], w)[0]
                np.testing.assert_allclose(actual, best, atol=limit)
        drawn = Translation().sample(np.repeat(x[:1], 500, 0), 0)
        assert sorted(set(drawn[:, 0])) == [-1, 0, 1, 2, 3]
        assert sorted(set(drawn[:, 1])) == [-2, -1, 0, 1, 2]

    def test_joint_fourier_is_its_product(self, dtype, rng):
        x = FourierSymmetry().example_signals(6, dtype=dtype, random_state=0)
        w = normal(rng, x.shape[1:], dtype)
        product = Translation() * ConjugateFlip() * GlobalPhase()
        aligned, element = FourierSymmetry().align(x, w)
        expected, _ = product.align(x, w)
        np.testing.assert_allclose(aligned, expected, atol=1e-4)
        np.testing.assert_allclose(product.act(element, x), aligned, atol=1e-4)
        np.testing.assert_allclose(
            FourierSymmetry().margin(x, w), product.margin(x, w), atol=1e-3
        )


class Swap(SymmetryGroup):
    """Exchange of halves, with nothing but the five methods and its elements."""

    def act(self, element, x):
        half = x.shape[1] // 2
        swapped = np.concatenate([x[:, half:], x[:, :half]], axis=1)
        return np.where(np.asarray(element)[:, None] < 0, swapped, x)

    def inverse(self, element):
        return element

    def compose(self, a, b):
        return a * b

    def sample(self, x, random_state=None):
        return check_random_state(random_state).choice([-1.0, 1.0], size=len(x))

    def elements(self, x):
        return np.array([1.0, -1.0])

    def align(self, x, reference):
        element = np.ones(len(x))
        gap = self.act(-element, x) - x
        element[np.sum((np.conj(reference) * gap).real, axis=1) > 0] = -1
        return self.act(element, x), element


class TestMargins:
    @pytest.mark.parametrize(
        "group", [SignFlip(), CyclicShift(), SignFlip() * CyclicShift()], ids=str
    )
    def test_one_reference_per_sample(self, group, rng):
        x, references = normal(rng, (6, 5)), normal(rng, (6, 5))
        references[3:] *= 10
        alone = [group.margin(x[i : i + 1], references[i])[0] for i in range(len(x))]
        np.testing.assert_allclose(group.margin(x, references), alone)

    def test_only_allowed_shifts_count(self, rng):
        # The image fills its canvas, and its template is orthogonal to it: on the seam.
        x = normal(rng, (1, 3, 4))
        template = np.roll(x[0], 1, axis=1)
        template -= x[0] * np.sum(template * x[0]) / np.sum(x[0] ** 2)
        group = Translation() * GlobalPhase()
        np.testing.assert_allclose(group.margin(x, template), 0, atol=1e-12)

    @pytest.mark.parametrize(
        "group", [Swap() * GlobalPhase(), Swap()], ids=["product", "group"]
    )
    def test_no_sample_depends_on_the_others(self, group, rng):
        x = normal(rng, (6, 4), np.complex128)
        single = np.concatenate([group.margin(x[k : k + 1], x[0]) for k in range(6)])
        np.testing.assert_allclose(group.margin(x, x[0]), single, atol=1e-12)

    def test_ordered_margin_is_decided_by_the_list(self, rng):
        x = normal(rng, (5, 3, 4), np.complex128)
        group = ConjugateFlip() * GlobalPhase()
        templates = FourierSymmetry().canonical_templates((3, 4), complex_valued=True)
        assert not group.margin(x, templates[0]).any()
        assert (group.margin(x, templates) > 0).all()

    def test_margin_of_translations_in_the_unit_of_the_reference(self):
        x = np.array([[[0, 0, 0], [0, 1.0, 1], [0, 2, 1]]])
        w = np.array([[1.0, 3, 0], [3, 1, 0], [0, 0, 0]])
        moves = [(0, 0), (-1, 0), (0, -1), (-1, -1)]

        def gap(z, sign):
            scores = sorted(
                np.sum(w * np.roll(z, np.multiply(sign, m), (0, 1))) for m in moves
            )
            return (scores[-1] - scores[-2]) / np.linalg.norm(z)

        expected = gap(x[0], 1) / gap(w, -1)
        np.testing.assert_allclose(Translation().margin(x, w), expected)

    def test_margin_of_a_zero_reference_is_zero(self):
        for group in (SignFlip(), Permutation(), CyclicShift()):
            assert not group.margin(np.ones((2, 3)), np.zeros(3)).any()

    def test_a_zero_reference_leaves_the_margin_to_the_next(self):
        x = np.array([[1.0, 2.0]])
        for group in (SignFlip(), GlobalPhase()):
            found = group.margin(x, [np.zeros(2), np.ones(2)])
            np.testing.assert_allclose(found, group.margin(x, np.ones(2)))

    def test_one_item(self):
        assert Permutation().margin(np.zeros((1, 1)), np.ones(1)) == 0
        x = np.array([[[0.6, 0.8]]])
        for scale in (0.1, 1.0, 10.0):
            w = scale * np.array([[1.0, 0.0]])
            margin = (Permutation() * SignFlip()).margin(x, w)
            np.testing.assert_allclose(margin, 0.6)

    def test_axes_and_kinds(self, rng):
        for shape in ((5, 3), (4, 2, 3, 3)):
            x = normal(rng, shape)
            with pytest.raises(ValueError, match="x must have 3 axes for Rotation"):
                Rotation().margin(x, x[0])
        x = normal(rng, (4, 5, 3), np.complex128)
        with pytest.raises(ValueError, match="x must be real for Rotation"):
            Rotation().margin(x, x[0])


class TestMarginsOfProducts:
    @pytest.mark.parametrize("shape", [(4,), (4, 2)])
    @pytest.mark.parametrize("listed", ["sign", "finite"])
    def test_permutations_against_all_elements(self, shape, listed, rng):
        size = int(np.prod(shape))
        outer = (
            SignFlip()
            if listed == "sign"
            else FiniteGroup([np.eye(size), -np.eye(size)])
        )
        x, (w,) = normal(rng, (20, *shape)), normal(rng, (1, *shape))

        def gap(signals):
            orders = list(itertools.permutations(range(4)))
            members = signals[:, orders]
            members = np.concatenate([members, -members], axis=1)
            products = (members * w).reshape(*members.shape[:2], -1).sum(axis=2)
            best, second = -np.partition(-products, 1, axis=1)[:, :2].T
            return best - second

        norm = np.linalg.norm(x.reshape(len(x), -1), axis=1)
        expected = gap(x) / gap(w[None]) * np.linalg.norm(w) / norm
        margin = (outer * Permutation()).margin(x, w)
        np.testing.assert_allclose(margin, np.clip(expected, 0, 1), atol=1e-9)

    def test_ties_of_the_inner_factor_count(self):
        group, w = SignFlip() * Permutation(), np.arange(1.0, 7)
        assert group.margin(np.array([[1.0, 1, 2, 3, 4, 5]]), w) == 0

    def test_members_that_two_elements_share(self, rng):
        # In the plane, -1 is a rotation by half a turn: nothing ties.
        x, (w,) = normal(rng, (10, 4, 2)), normal(rng, (1, 4, 2))
        expected = Rotation().margin(x, w)
        np.testing.assert_allclose((SignFlip() * Rotation()).margin(x, w), expected)

    def test_the_phase_of_real_signals_is_the_sign(self):
        x = Translation(1).example_signals(9, random_state=0)
        w = Translation(1).example_signals(1, random_state=1)[0]
        signs = Translation(1) * ConjugateFlip(1) * SignFlip()
        phases = Translation(1) * ConjugateFlip(1) * GlobalPhase()
        expected = signs.margin(x, w)
        np.testing.assert_allclose(phases.margin(x, w), expected)
        np.testing.assert_allclose(FourierSymmetry(1).margin(x, w), expected)


# Small integers make ties frequent: between members, at the template, everywhere.
small = st.integers(-2, 2).map(float)


class TestTies:
    @given(hnp.arrays(float, (3, 4), elements=small), st.integers(0, 99))
    def test_sign(self, x, seed):
        self.check(SignFlip(), x, np.array([1.0, 0, 0, 1]), seed)

    @given(hnp.arrays(float, (2, 3, 4), elements=small), st.integers(0, 99))
    def test_phase(self, parts, seed):
        self.check(GlobalPhase(), parts[0] + 1j * parts[1], np.ones(4), seed)

    @given(hnp.arrays(float, (3, 5), elements=small), st.integers(0, 99))
    def test_shift(self, x, seed):
        self.check(CyclicShift(), x, np.array([1.0, 0, 0, 0, 1]), seed)

    @given(hnp.arrays(float, (3, 4, 2), elements=small), st.integers(0, 99))
    def test_items(self, x, seed):
        x = x.round()
        z, _ = Permutation().canonicalize(x)
        moved = Permutation().act(Permutation().sample(x, seed), x)
        np.testing.assert_array_equal(Permutation().canonicalize(moved)[0], z)
        for row, sample in zip(z, x, strict=True):
            assert [*map(tuple, row)] == sorted(map(tuple, sample))

    @pytest.mark.parametrize(
        "template",
        [
            np.outer([1.0, 2, 3, 4], [1.0, 0]),
            np.outer([1.0, 1, 2, 2], [1.0, 0]),
            np.array([[1.0, 0], [0, 1], [1, 1], [0, 0]]),
        ],
        ids=["one direction", "equal places", "general"],
    )
    @given(x=hnp.arrays(float, (3, 4, 2), elements=small), seed=st.integers(0, 99))
    def test_items_with_a_template(self, template, x, seed):
        self.check(Permutation(), x, template, seed)
        self.check(SignFlip() * Permutation(), x, template, seed)

    @given(hnp.arrays(float, (3, 3, 4), elements=small), st.integers(0, 99))
    def test_fourier(self, x, seed):
        canvas = np.zeros((3, 6, 7))
        canvas[:, 1:4, 2:6] = x
        group = FourierSymmetry()
        self.check(group, canvas, np.ones((6, 7)), seed)
        moved = group.act(group.sample(canvas, seed), canvas)
        np.testing.assert_allclose(
            group.canonicalize(moved)[0], group.canonicalize(canvas)[0], atol=1e-9
        )

    @given(hnp.arrays(float, (2, 3, 3, 4), elements=small), st.integers(0, 99))
    def test_flip_and_phase(self, parts, seed):
        x = parts[0] + 1j * parts[1]
        self.check(ConjugateFlip() * GlobalPhase(), x, np.ones((3, 4)), seed)

    @given(hnp.arrays(float, (3, 4), elements=small), st.integers(0, 99))
    def test_sign_and_permutation(self, x, seed):
        self.check(SignFlip() * Permutation(), x, np.array([-1.0, 0, 0, 1]), seed)

    @staticmethod
    def check(group, x, template, seed):
        z, _ = group.align(x, template)
        moved = group.act(group.sample(x, seed), x)
        np.testing.assert_allclose(group.align(moved, template)[0], z, atol=1e-9)
        np.testing.assert_allclose(group.align(z, template)[0], z, atol=1e-9)

    def test_gradient_where_another_signal_ties(self, rng):
        torch = pytest.importorskip("torch")
        x = normal(rng, (3, 4), np.complex128)
        w = np.array([0, 1.0, 1.0, 0])

        def gradient(x):
            x = torch.tensor(x, requires_grad=True)
            aligned, _ = GlobalPhase().align(x, torch.tensor(w))
            aligned[0].real.sum().backward()
            return x.grad[0].numpy()

        expected = gradient(x)
        x[1, 1:3] = 0
        np.testing.assert_allclose(gradient(x), expected)

    @pytest.mark.parametrize("size", [1e-300, 1e-200, 1e-170, 1.0])
    def test_ties_of_the_phase(self, size):
        x, w = size * np.array([[-1, -1j, 1 - 1j]]), np.array([-1j, -1j, -1])
        group = GlobalPhase()
        aligned, _ = group.align(x, w)
        moved = group.act(np.array([1.0]), x)
        np.testing.assert_allclose(group.align(moved, w)[0] / size, aligned / size)

    def test_groups_that_move_nothing(self):
        for group, shape in [
            (ConjugateFlip(), (4, 1, 1)),
            (FourierSymmetry(), (4, 1, 1)),
            (Permutation(), (4, 1)),
        ]:
            x = np.abs(np.random.default_rng(0).standard_normal(shape))
            representative, _ = group.canonicalize(x)
            assert (representative == x).all()
            assert (group.margin(x, x[0]) == 1).all()


class TestOrderedLists:
    def test_ordered_lists_of_rotations_are_exact(self, rng):
        rotations = Rotation()
        x = normal(rng, (50, 3, 3))
        x[1:10, 0] *= 1e-6
        x[10:20, 1] *= 1e-6
        # The first point on the first axis, the second in the half plane beside it.
        first, second = np.zeros((2, 3, 3))
        first[0, 0] = second[1, 1] = 1
        for signals in (x, rotations.act(rotations.sample(x, 0), x)):
            aligned, _ = rotations.align(signals, [first, second])
            size = np.linalg.norm(x, axis=2)
            assert (np.abs(aligned[:, 0, 1:]) <= 1e-9 * size[:, :1]).all()
            assert (np.abs(aligned[:, 1, 2]) <= 1e-9 * size[:, 1]).all()
            assert (aligned[:, 0, 0] > 0).all()
            assert (aligned[:, 1, 1] > 0).all()

    @pytest.mark.parametrize("part", [1, 1e-2, 1e-4, 1e-6])
    def test_second_reference_of_rotations_decides_alone(self, part):
        # The first reference sees nothing of these points.
        references = [
            np.array([[1.0, 0], [1, 0], [0, 0]]),
            np.array([[1.0, 0], [-1, 0], [0, 0]]),
        ]
        direction = part * np.array([np.cos(0.7), np.sin(0.7)])
        x = np.array([[direction, -direction, [0.0, 1.0]]])
        aligned, _ = Rotation().align(x, references)
        np.testing.assert_allclose(aligned[0, 0], [part, 0], atol=1e-9 * part)

    def test_ordered_list_compares_reference_by_reference(self):
        # The first reference ties all members, the second decides.
        x = np.array([[1.0, 2.0, 4.0]])
        first, second = np.ones(3), np.array([0.0, 0.0, 1.0])
        aligned, _ = CyclicShift().align(x, [first, second])
        np.testing.assert_array_equal(aligned, x)
        aligned, _ = CyclicShift().align(x, [first, np.array([1.0, 0.0, 0.0])])
        np.testing.assert_array_equal(aligned, [[4.0, 1.0, 2.0]])

    def test_ordered_list_of_ramps_over_vectors(self):
        # Where the first ramp ties, the second one decides, whichever way it goes.
        ramps = [np.array(ramp, float) for ramp in ([0, 0, 1, 1], range(4), [1] * 4)]
        ramps.append(-ramps[1])
        x = np.random.default_rng(0).integers(-1, 2, size=(40, 4, 2)).astype(float)
        members = x[:, list(itertools.permutations(range(4)))]
        for first, second in itertools.permutations(ramps, 2):
            for axis in ([1.0, 0.0], [0.0, 1.0]):
                references = [np.outer(first, [1.0, 0.0]), np.outer(second, axis)]
                aligned, _ = Permutation().align(x, references)
                # Inner products are whole numbers: the first one counts thousandfold.
                key = 1000 * references[0] + references[1]
                best = (members * key).sum(axis=(2, 3)).max(axis=1)
                assert ((aligned * key).sum(axis=(1, 2)) == best).all()

    def test_long_ordered_lists_over_vectors(self, rng):
        group = Permutation()
        for n_references in (2, 3, 4, 4, 4):
            # Small whole numbers tie often.
            x = rng.integers(-1, 2, size=(30, 4, 2)).astype(float)
            references = list(
                rng.integers(-1, 2, size=(n_references, 4, 2)).astype(float)
            )
            aligned, _ = group.align(x, references)
            members = x[:, list(itertools.permutations(range(4)))]
            for reference in references:
                products = (members * reference).sum(axis=(2, 3))
                best = products.max(axis=1)
                assert ((aligned * reference).sum(axis=(1, 2)) == best).all()
                # Members that do not tie are out for the references to come.
                members = np.where(
                    (products == best[:, None])[:, :, None, None],
                    members,
                    aligned[:, None],
                )
            moved = group.act(group.sample(x, 0), x)
            assert (group.align(moved, references)[0] == aligned).all()

    def test_later_references_settle_ties_only(self):
        # A hundred millionth more is no tie.
        x = np.array([[[1.0, 0.0], [1.0, 1.0]]])
        first = np.array([[1.0, 0.0], [1.0, 1e-8]])
        second = np.array([[0.0, 5.0], [0.0, 0.0]])
        assert (Permutation().align(x, [first, second])[0] == x).all()

    def test_rank_one_templates_tie_as_inner_products_do(self):
        ramp = np.array([1.0, 2, 3])
        references = [ramp[:, None] * [4.0, 3.0], ramp[:, None] * [-4.0, 5.0]]
        # 0 · 4 + 4 · 3 = 3 · 4 + 0 · 3: the first one ties, the second decides.
        x = np.array([[[0.0, 4], [3, 0], [3, 0]]])
        aligned, _ = Permutation().align(x, references)
        np.testing.assert_array_equal(aligned, [[[3.0, 0], [3, 0], [0, 4]]])
