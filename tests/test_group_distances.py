"""Distances and margins, against lists of all members of an orbit."""

import itertools

import numpy as np
import pytest
from conftest import QUARTER_TURNS
from helpers import min_over, normal, norms
from sklearn.utils import check_random_state

from sklearn_symbreak.groups import (
    ConjugateFlip,
    CyclicShift,
    FiniteGroup,
    FourierSymmetry,
    GlobalPhase,
    Permutation,
    Rotation,
    SignFlip,
    SymmetryGroup,
    Translation,
)


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
