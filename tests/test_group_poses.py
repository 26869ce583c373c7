"""Rotations, turns about an axis, rigid motions and mirrors, against brute force."""

import numpy as np
import pytest
from helpers import Involution, normal, norms
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation as R

from sklearn_symbreak import SymmetryBreaker
from sklearn_symbreak.breaking import OrbitEmbedding
from sklearn_symbreak.groups import (
    BlockSymmetry,
    CyclicShift,
    GlobalPhase,
    Itemwise,
    Permutation,
    RigidMotion,
    Rotation,
    SignFlip,
)
from sklearn_symbreak.metrics import (
    orbit_mean_squared_error,
    orbit_r2_score,
    orbit_relative_error,
    scaled_orbit_residual,
)
from sklearn_symbreak.testing import check_symmetry_group

AXIS = np.array([1.0, -2.0, 0.5])
UNIT = AXIS / np.linalg.norm(AXIS)


def all_turns(n_angles=3601):
    return R.from_rotvec(
        np.linspace(0, 2 * np.pi, n_angles)[:, None] * UNIT
    ).as_matrix()


def mirror():
    v = np.cross(UNIT, [0, 0, 1.0])
    v /= np.linalg.norm(v)
    return np.eye(3) - 2 * np.outer(v, v)


class TestTurnsAboutAnAxis:
    @pytest.mark.parametrize("reflections", [False, True])
    def test_against_all_turns(self, rng, reflections):
        x, w = rng.normal(size=(6, 5, 3)), rng.normal(size=(5, 3))
        elements = all_turns()
        if reflections:
            elements = np.concatenate([elements, elements @ mirror()])
        members = np.einsum("mij,nkj->nmki", elements, x)
        best = np.linalg.norm((members - w).reshape(6, len(elements), -1), axis=2)
        distance = Rotation(reflections, AXIS).distance(x, w)
        assert (distance <= best.min(axis=1) + 1e-12).all()
        np.testing.assert_allclose(distance, best.min(axis=1), rtol=1e-5)

    @pytest.mark.parametrize("reflections", [False, True])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_elements_keep_the_axis(self, rng, reflections, dtype):
        group, x = Rotation(reflections, 5 * AXIS), rng.normal(size=(50, 4, 3))
        for element in (
            group.sample(x.astype(dtype), 0),
            group.align(x.astype(dtype), x[0].astype(dtype))[1],
        ):
            assert element.dtype == dtype
            np.testing.assert_allclose(
                element @ UNIT, np.tile(UNIT, (50, 1)), atol=1e-5
            )
            determinant = np.linalg.det(element)
            np.testing.assert_allclose(np.abs(determinant), 1, atol=1e-5)
            assert reflections or (determinant > 0).all()

    def test_margin_is_the_height_of_the_wave(self, rng):
        x, w = rng.normal(size=(20, 5, 3)), rng.normal(size=(5, 3))

        def height(signals):
            members = np.einsum("mij,nkj->nmki", all_turns(), signals)
            scores = (members * w).sum(axis=(2, 3))
            return (scores.max(axis=1) - scores.min(axis=1)) / 2

        norm = np.linalg.norm(x.reshape(20, -1), axis=1)
        expected = height(x) / height(w[None]) * np.linalg.norm(w) / norm
        margin = Rotation(axis=AXIS).margin(x, w)
        np.testing.assert_allclose(margin, np.clip(expected, 0, 1), rtol=1e-4)

    def test_margin_to_the_mirror_images(self, rng):
        x, w = rng.normal(size=(20, 5, 3)), rng.normal(size=(5, 3))

        def gap(signals):
            members = np.einsum("mij,nkj->nmki", all_turns(), signals)
            mirrored = np.einsum("mij,nkj->nmki", all_turns() @ mirror(), signals)
            scores = [(z * w).sum(axis=(2, 3)) for z in (members, mirrored)]
            best = np.max([z.max(axis=1) for z in scores], axis=0)
            other = np.min([z.max(axis=1) for z in scores], axis=0)
            height = np.max([z.max(axis=1) - z.min(axis=1) for z in scores], axis=0) / 2
            return np.minimum(best - other, height)

        norm = np.linalg.norm(x.reshape(20, -1), axis=1)
        expected = gap(x) / gap(w[None]) * np.linalg.norm(w) / norm
        margin = Rotation(True, AXIS).margin(x, w)
        np.testing.assert_allclose(margin, np.clip(expected, 0, 1), atol=1e-4)

    def test_margin_of_points_in_a_plane_with_the_axis(self):
        # Their mirror images are turns of them: nothing more ties.
        w = np.array([[1.0, 0, 1], [2, 0, 3]])
        for points in (w, w[:1]):
            margin = Rotation(True, (0, 0, 1)).margin(points[None], points)
            np.testing.assert_allclose(margin, 1)
        on_axis = np.array([[0.0, 0, 1], [0, 0, 3]])
        for reflections in (False, True):
            group = Rotation(reflections, (0, 0, 1))
            np.testing.assert_allclose(group.margin(on_axis[None], on_axis), 1)

    def test_points_on_the_axis_stay(self):
        x = np.outer([1.0, -2.0], UNIT)[None]
        aligned, element = Rotation(axis=AXIS).align(x, np.ones((2, 3)))
        np.testing.assert_allclose(aligned, x, atol=1e-12)
        np.testing.assert_allclose(np.linalg.det(element), 1)

    @given(st.integers(0, 999), st.booleans())
    def test_ordered_lists(self, seed, reflections):
        rng = np.random.default_rng(seed)
        group, x = Rotation(reflections, AXIS), rng.normal(size=(5, 4, 3))
        # The first one lies on the axis: it ties everything.
        first, second = np.outer(rng.normal(size=4), UNIT), rng.normal(size=(4, 3))
        np.testing.assert_allclose(
            group.align(x, [first, second])[0], group.align(x, second)[0], atol=1e-9
        )
        moved = group.act(group.sample(x, seed), x)
        np.testing.assert_allclose(
            group.align(moved, [first, second])[0],
            group.align(x, [first, second])[0],
            atol=1e-9,
        )

    @pytest.mark.parametrize(
        ("axis", "match"),
        [
            ((0, 0, 0), "axis must be None or three finite numbers that are not all"),
            ((0, 1), "axis must be None or three finite numbers"),
            ((0, np.nan, 1), "axis must be None or three finite numbers"),
            ("z", "axis must be None or three finite numbers"),
        ],
    )
    def test_bad_axis(self, axis, match):
        x = np.ones((2, 4, 3))
        with pytest.raises(ValueError, match=match):
            Rotation(axis=axis).align(x, x[0])
        with pytest.raises(ValueError, match=match):
            Rotation(axis=axis).sample(x)

    def test_points_in_the_plane_have_no_axis(self):
        with pytest.raises(ValueError, match="must hold points in space for axis"):
            Rotation(axis=(0, 0, 1)).align(np.ones((2, 4, 2)), np.ones((4, 2)))

    def test_other_rotations_are_no_elements(self):
        matrices = R.from_rotvec([[1.0, 0, 0]]).as_matrix()
        with pytest.raises(ValueError, match="rotations that keep the axis"):
            Rotation(axis=(0, 0, 1)).act(matrices, np.ones((1, 4, 3)))

    def test_complex_signals_are_refused_by_every_method(self):
        x, group = np.ones((2, 4, 3), complex), Rotation()
        matrices = np.tile(np.eye(3), (2, 1, 1))
        for call in (
            lambda: group.act(matrices, x),
            lambda: group.sample(x),
            lambda: group.identity(x),
            lambda: group.align(x, x[0]),
            lambda: group.margin(x, x[0]),
            lambda: group.mean(x),
        ):
            with pytest.raises(ValueError, match="x must be real for Rotation"):
                call()


class TestRigidMotion:
    def test_against_centred_rotations(self, rng):
        x, w = rng.normal(size=(9, 6, 3)) + 5, rng.normal(size=(6, 3)) - 2
        about = x - x.mean(axis=1, keepdims=True), w - w.mean(axis=0)
        for reflections in (False, True):
            expected = Rotation(reflections).distance(*about)
            distance = RigidMotion(reflections).distance(x, w)
            np.testing.assert_allclose(distance, expected)
            margin = Rotation(reflections).margin(*about)
            np.testing.assert_allclose(RigidMotion(reflections).margin(x, w), margin)

    @pytest.mark.parametrize("size", [1e-200, 1e-20, 1e20, 1e200])
    def test_any_size(self, rng, size):
        x, w = rng.normal(size=(9, 6, 3)), rng.normal(size=(6, 3)) + 1
        group = RigidMotion()
        moved = group.act(group.sample(x, 0), x)
        np.testing.assert_allclose(
            group.align(size * moved, size * w)[0] / size, group.align(x, w)[0]
        )
        np.testing.assert_allclose(
            group.distance(size * x, size * w) / size, group.distance(x, w)
        )

    def test_templates_by_place_and_scores_by_shape(self, rng):
        y = rng.normal(size=(60, 5, 2)) + np.array([3.0, -1.0])
        group = RigidMotion(reflections=True)
        moved = group.act(group.sample(y, 0), y)
        for template in ("canonical", "mean"):
            breaker = SymmetryBreaker(group, template).fit(y)
            np.testing.assert_allclose(
                breaker.transform(moved), breaker.transform(y), atol=1e-9
            )
        # Where the truth lies does not matter, nor where the prediction does.
        guess = rng.normal(size=y.shape)
        for metric in (orbit_mean_squared_error, orbit_relative_error, orbit_r2_score):
            expected = metric(y, guess, group=group)
            assert metric(moved, guess + 7, group=group) == pytest.approx(expected)
        expected = scaled_orbit_residual(y, guess, group=group, phase=False)
        assert 0 < expected < 1
        found = scaled_orbit_residual(moved, 3 * guess - 2, group=group, phase=False)
        assert found == pytest.approx(expected)

    def test_elements(self):
        x = np.ones((2, 4, 3))
        matrices, vectors = RigidMotion().identity(x)
        for element, match in [
            (matrices, "tuple of 2 entries, matrices and vectors"),
            ((matrices, vectors[:, :2]), "one vector per sample"),
            ((matrices, np.full((2, 3), np.nan)), "finite vectors"),
            ((2 * matrices, vectors), "must hold rotations"),
        ]:
            with pytest.raises(ValueError, match=match):
                RigidMotion().act(element, x)

    def test_no_product_with_a_sign(self, rng):
        x = rng.normal(size=(4, 5, 3))
        with pytest.raises(ValueError, match="factors of a product must form a group"):
            (SignFlip() * RigidMotion()).align(x, x[0])
        with pytest.raises(ValueError, match="phase must be False for group=RigidM"):
            scaled_orbit_residual(x, x, group=RigidMotion())

    def test_points_that_coincide_have_no_relative_error(self, rng):
        y, guess = np.ones((3, 4, 2)), rng.normal(size=(3, 4, 2))
        for metric, more in (
            (orbit_relative_error, {}),
            (scaled_orbit_residual, {"phase": False}),
        ):
            with pytest.raises(ValueError, match="y_true must not hold zero signals"):
                metric(y, guess, group=RigidMotion(), **more)


class TestRotations:
    def test_generic_template_where_there_is_no_natural_rule(self, rng):
        assert not Rotation().has_natural_rule
        assert SignFlip().has_natural_rule
        x = normal(rng, (20, 4, 3))
        representative, _ = Rotation().canonicalize(x)
        generic = np.random.RandomState(0).standard_normal((4, 3))
        np.testing.assert_array_equal(representative, Rotation().align(x, generic)[0])

    @pytest.mark.parametrize("reflections", [False, True])
    @pytest.mark.parametrize(("rank", "size"), [(1, 3), (2, 3), (2, 4), (1, 2)])
    def test_align_is_exact_where_rotations_tie(self, reflections, rank, size, rng):
        points = np.zeros((6, size))
        points[:, :rank] = normal(rng, (6, rank))
        group = Rotation(reflections)
        x = np.repeat(points[None], 20, axis=0)
        moved = group.act(group.sample(x, 0), x)
        aligned, element = group.align(moved, points)
        np.testing.assert_allclose(aligned, x, atol=1e-12)
        if not reflections:
            np.testing.assert_allclose(np.linalg.det(element), 1)

    @pytest.mark.parametrize("reflections", [False, True])
    @pytest.mark.parametrize(("n_points", "size"), [(1, 3), (2, 3), (3, 4), (2, 5)])
    def test_directions_without_points_do_not_tie(
        self, rng, n_points, size, reflections
    ):
        group = Rotation(reflections=reflections)
        x = normal(rng, (20, n_points, size))
        assert (group.margin(x, x[0]) > 0).all()
        z, _ = group.align(x, x[0])
        moved = group.act(group.sample(x, 0), x) + 1e-9
        np.testing.assert_allclose(group.align(moved, x[0])[0], z, atol=1e-6)
        mean, _ = group.mean(x)
        assert np.linalg.norm(mean) > 0

    def test_mirror_images_lie_on_the_seam_of_rotations(self):
        # The cross-covariance is diag(9, 4, -4): s₂ + s₃ = 0, with the sign of
        # the determinant.
        w = np.diag([3.0, 2.0, 2.0])
        x = (w * [1, 1, -1])[None]
        np.testing.assert_allclose(Rotation().margin(x, w), 0, atol=1e-12)
        assert Rotation(reflections=True).margin(x, w) == pytest.approx(1)

    def test_planar_points_under_reflections(self, rng):
        x = normal(rng, (10, 4, 3)) * np.array([1.0, 1.0, 0.0])
        assert (Rotation(reflections=True).margin(x, x[0]) > 0).all()

    def test_points_on_a_line_in_single_precision(self, rng):
        x = normal(rng, (4, 5, 3), np.float32) * np.array([1, 0, 0], dtype=np.float32)
        w = normal(rng, (5, 3), np.float32)
        group = Rotation() * SignFlip()
        moved = Rotation().act(Rotation().sample(x, 0), x)
        np.testing.assert_allclose(
            group.margin(moved, w), group.margin(x, w), rtol=1e-3
        )


class TestPhaseOfTheResidual:
    def test_mirror_images_are_errors_under_rotations(self, rng):
        a = rng.normal(size=(4, 6, 3))
        mirrored = a * [1, 1, -1.0]
        assert scaled_orbit_residual(a, mirrored, group=Rotation()) < 1e-12
        assert scaled_orbit_residual(a, mirrored, group=Rotation(), phase=False) > 0.1
        free = Rotation(reflections=True)
        assert scaled_orbit_residual(a, mirrored, group=free, phase=False) < 1e-12

    def test_opposite_predictions_have_no_positive_scale(self, rng):
        class Nothing(SignFlip):
            """A subgroup of the sign: the identity."""

            def align(self, x, reference):
                return x, self.identity(x)

        a = rng.normal(size=(4, 5))
        assert scaled_orbit_residual(a, -a, group=Nothing(), phase=False) == 1
        assert scaled_orbit_residual(a, 3 * a, group=Nothing(), phase=False) < 1e-12

    @pytest.mark.parametrize("value", [None, "no", 0.5])
    def test_phase_is_true_or_false(self, value):
        with pytest.raises(ValueError, match="phase must be True or False"):
            scaled_orbit_residual(
                np.ones((2, 3)), np.ones((2, 3)), group=SignFlip(), phase=value
            )


@pytest.mark.parametrize("offset", [1.0, 100.0, 1e4])
def test_few_points_have_the_same_margin_anywhere(offset, rng):
    molecule = np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])
    group, w = RigidMotion(reflections=True), normal(rng, (3, 3))
    x = np.stack([molecule] * 20)
    x = group.act(group.sample(x, 0), x)
    expected = group.margin(x - x.mean(axis=1, keepdims=True), w)
    found = group.margin(x + offset * normal(rng, (len(x), 1, 3)), w)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert (found > 0.01).all()


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("reflections", [False, True])
def test_points_have_the_nearest_invariants(dimensions, reflections, rng):
    if dimensions == 3 and not reflections:
        pytest.skip("no embedding")
    y = normal(rng, (30, 4, dimensions))
    embedding = OrbitEmbedding(RigidMotion(reflections)).fit(y)
    z = embedding.transform(y)
    z = z + 0.5 * normal(rng, z.shape)
    nearest = embedding.inverse_transform(z)
    least = norms(embedding.transform(nearest) - z)
    for size in (1e-3, 1e-2, 0.1, 1):
        for _ in range(25):
            other = nearest + size * normal(rng, y.shape)
            assert (norms(embedding.transform(other) - z) >= least - 1e-12).all()


@pytest.mark.parametrize("bend", [0, 1e-12])
def test_turns_in_the_plane_have_the_margins_of_phases(bend, rng):
    def as_complex(points):
        return points[..., 0] + 1j * points[..., 1]

    points, w = rng.normal(size=(4, 3, 2)), rng.normal(size=(3, 2))
    line = np.array([[1.0, 1], [2, 2 + bend], [-1, -1]])
    for x, reference in ((line[None], w), (points, line), (points, w)):
        for method in ("margin", "gap"):
            found = getattr(Rotation(), method)(x, reference)
            phases = getattr(GlobalPhase(), method)(*map(as_complex, (x, reference)))
            np.testing.assert_allclose(found, phases, atol=1e-7)
    about_axis = Rotation(axis=(0, 0, 1)).gap(
        rng.normal(size=(4, 1, 3)), np.ones((1, 3))
    )
    assert (about_axis > 0).all()


def test_margins_of_flat_items_in_single_precision(rng):
    x, w = rng.normal(size=(4, 2, 5, 3)), rng.normal(size=(2, 5, 3))
    x[..., 2] = 0
    x = Itemwise(Rotation()).act(Itemwise(Rotation()).sample(x, 0), x)
    for inner in (Rotation(), Rotation(reflections=True), RigidMotion()):
        group = Permutation(item_symmetry=inner)
        found = group.margin(x.astype(np.float32), w.astype(np.float32))
        np.testing.assert_allclose(found, group.margin(x, w), atol=1e-4)


@pytest.mark.parametrize(
    ("group", "points"),
    [
        (Rotation(), [[1, 1], [-1, 1], [-1, -1], [1, -1]]),
        (RigidMotion(reflections=True), [[1, 1], [-1, 1], [-1, -1], [1, -1]]),
        (RigidMotion(), [[0, 0, -1], [0, 0, 0.1], [0, 0, 1.2]]),
    ],
    ids=range(3),
)
def test_distances_have_gradients_where_turns_do_not(group, points, rng):
    torch = pytest.importorskip("torch")
    x = 1.1 * np.array([points], dtype=float)
    w = x[0] / 1.2 + np.array([0.1, 0.2, 0.3])[: x.shape[2]]
    direction = rng.normal(size=x.shape)
    signals = torch.tensor(x, requires_grad=True)
    group.distance(signals, torch.tensor(w)).sum().backward()
    step = 1e-6 * direction
    slope = (group.distance(x + step, w) - group.distance(x - step, w)) / 2e-6
    found = np.sum(signals.grad.numpy() * direction)
    np.testing.assert_allclose(found, slope[0], atol=1e-6)


# -- own mirrors, and the law check


class Mirror(Involution):
    """A mirror in a point that need not be the origin."""

    acts_on = "real"
    centre = 0.0

    def act(self, element, x):
        return np.where(element[:, None], 2 * self.centre - x, x).astype(x.dtype)

    def align(self, x, reference):
        element = norms(2 * self.centre - x - reference) < norms(x - reference)
        return Mirror.act(self, element, x), element

    def centered(self, x):
        return x - self.centre


class Pairs(Mirror):
    """Elements are tuples of two arrays."""

    def act(self, element, x):
        return super().act(element[0] & element[1], x)

    def compose(self, a, b):
        return (a[0] ^ b[0], a[1] ^ b[1])

    def sample(self, x, random_state=None):
        return (super().sample(x, random_state),) * 2

    def align(self, x, reference):
        aligned, element = super().align(x, reference)
        return aligned, (element, element)


class TestLawCheck:
    def test_mirrors_belong_at_the_origin(self):
        check_symmetry_group(Mirror())
        elsewhere = Mirror()
        elsewhere.centre = 0.5
        with pytest.raises(AssertionError, match="fixed centre, subtract it from"):
            check_symmetry_group(elsewhere)

    @pytest.mark.parametrize("exponent", [-170, 160, 300, -25, 25])
    def test_laws_hold_in_any_unit(self, exponent, rng):
        dtype = np.float32 if abs(exponent) < 38 else np.float64
        x = (10.0**exponent * rng.normal(size=(8, 6))).astype(dtype)
        for group in (SignFlip(), CyclicShift(), GlobalPhase()):
            check_symmetry_group(group, x)
        for group in (Itemwise(SignFlip()), RigidMotion()):
            check_symmetry_group(group, x.reshape(8, 3, 2))

    def test_centres_of_everything(self):
        class Nothing(Mirror):
            def centered(self, x):
                return 0 * x

        with pytest.raises(AssertionError, match="nothing is left are in one orbit"):
            check_symmetry_group(Nothing())

    def test_points_that_coincide(self, rng):
        x = rng.normal(size=(8, 4, 2))
        x[2:4] = 0
        check_symmetry_group(RigidMotion(), x)
        check_symmetry_group(RigidMotion(), x[:, :1])

    def test_own_groups_of_tuples_side_by_side(self, rng):
        y, w = rng.normal(size=(9, 6)), rng.normal(size=6)
        for first, second in [(Pairs, Mirror), (Mirror, Pairs), (Pairs, Pairs)]:
            group = BlockSymmetry([(first(), [0, 1, 2]), (second(), [3, 4, 5])])
            check_symmetry_group(group, y)
            aligned, element = group.align(y, w)
            np.testing.assert_allclose(group.act(element, y), aligned)
