"""Groups made of groups, against brute force over all elements."""

import itertools

import numpy as np
import pytest
from helpers import QUARTER_TURNS, normal
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.groups import (
    BlockSymmetry,
    ConjugateFlip,
    CyclicShift,
    FiniteGroup,
    FourierSymmetry,
    GlobalPhase,
    Itemwise,
    Permutation,
    ProductGroup,
    RigidMotion,
    Rotation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.metrics import orbit_r2_score, orbit_relative_error
from sklearn_symbreak.testing import check_symmetry_group

SIGNS = np.array(list(itertools.product([1.0, -1.0], repeat=3)))
ORDERS = list(itertools.permutations(range(3)))


def signed_members(x):
    """All members under one sign per item."""
    return SIGNS[None, :, :, None] * x[:, None]


def closest(members, w):
    """Smallest distance of the members (n, m, ...) from w."""
    difference = (members - w).reshape(*members.shape[:2], -1)
    return np.linalg.norm(difference, axis=2).min(axis=1)


class TestItemwise:
    def test_signs_against_all_elements(self, rng, dtype):
        x, w = normal(rng, (6, 3, 4), dtype), normal(rng, (3, 4), dtype)
        distance = Itemwise(SignFlip()).distance(x, w)
        np.testing.assert_allclose(distance, closest(signed_members(x), w), rtol=1e-5)

    def test_items_do_not_know_of_each_other(self, rng):
        x, w = normal(rng, (5, 3, 6)), normal(rng, (5, 3, 6))
        aligned, shifts = Itemwise(CyclicShift()).align(x, w)
        for k in range(3):
            alone, of_alone = CyclicShift().align(x[:, k], w[:, k])
            np.testing.assert_array_equal(aligned[:, k], alone)
            np.testing.assert_array_equal(shifts[:, k], of_alone)

    def test_margin_against_all_elements(self, rng):
        x, w = normal(rng, (20, 3, 4)), normal(rng, (3, 4))

        def gap(signals):
            products = (signed_members(signals) * w).sum(axis=(2, 3))
            best, second = -np.partition(-products, 1, axis=1)[:, :2].T
            return best - second

        norm = np.linalg.norm(x.reshape(20, -1), axis=1)
        expected = gap(x) / gap(w[None]) * np.linalg.norm(w) / norm
        margin = Itemwise(SignFlip()).margin(x, w)
        np.testing.assert_allclose(margin, np.clip(expected, 0, 1))

    def test_natural_rule_of_the_items(self, rng):
        x = normal(rng, (5, 3, 4))
        representative, signs = Itemwise(SignFlip()).canonicalize(x)
        assert (representative[:, :, -1] > 0).all()
        assert signs.shape == (5, 3)
        assert Itemwise(SignFlip()).has_natural_rule
        assert not Itemwise(Rotation()).has_natural_rule

    def test_bad_input(self):
        x = np.ones((2, 3, 4))
        with pytest.raises(TypeError, match="group must be a symmetry group"):
            Itemwise("sign").align(x, x)
        with pytest.raises(ValueError, match="one axis of entries; got shape"):
            Itemwise(SignFlip()).align(x[:, 0], x[:, 0])
        with pytest.raises(ValueError, match="one entry per sample and item"):
            Itemwise(SignFlip()).act(np.ones((2, 4)), x)
        with pytest.raises(ValueError, match=r"signs, 1 or -1, got 2\.0"):
            Itemwise(SignFlip()).act(2 * np.ones((2, 3)), x)
        x[1, 1, 1] = np.nan
        with pytest.raises(ValueError, match="x contains NaN or infinity"):
            Itemwise(SignFlip()).align(x, np.ones((3, 4)))


class TestMovingItems:
    """Permutations of items that have a symmetry of their own."""

    @staticmethod
    def members(x):
        return np.concatenate([signed_members(x[:, order]) for order in ORDERS], axis=1)

    def test_signed_permutations_against_all_elements(self, rng, dtype):
        x, w = normal(rng, (8, 3, 5), dtype), normal(rng, (3, 5), dtype)
        group = Permutation(item_symmetry=SignFlip())
        expected = closest(self.members(x), w)
        np.testing.assert_allclose(group.distance(x, w), expected, rtol=1e-5)
        aligned, (order, signs) = group.align(x, w)
        np.testing.assert_allclose(
            signs[:, :, None] * np.take_along_axis(x, order[:, :, None], 1), aligned
        )

    def test_margin_against_all_elements(self, rng):
        x, w = normal(rng, (20, 3, 4)), normal(rng, (3, 4))

        def gap(signals):
            products = (self.members(signals) * w).sum(axis=(2, 3))
            best, second = -np.partition(-products, 1, axis=1)[:, :2].T
            return best - second

        norm = np.linalg.norm(x.reshape(20, -1), axis=1)
        expected = gap(x) / gap(w[None]) * np.linalg.norm(w) / norm
        margin = Permutation(item_symmetry=SignFlip()).margin(x, w)
        np.testing.assert_allclose(margin, np.clip(expected, 0, 1))

    def test_eigenvectors_up_to_order_and_phase(self, rng):
        a = normal(rng, (6, 4, 4), complex)
        _, vectors = np.linalg.eigh(a + a.conj().transpose(0, 2, 1))
        rows = vectors.transpose(0, 2, 1)
        phases = np.exp(1j * rng.uniform(0, 7, (6, 4, 1)))
        other = phases * rows[:, [2, 0, 3, 1]]
        group = Permutation(item_symmetry=GlobalPhase())
        np.testing.assert_allclose(group.distance(other, rows), 0, atol=1e-12)

    def test_items_that_are_shifted(self, rng):
        x = normal(rng, (5, 3, 8))
        shifts = rng.integers(0, 8, (5, 3))
        moved = np.array(
            [
                [np.roll(item, s) for item, s in zip(items, row, strict=True)]
                for items, row in zip(x[:, ::-1], shifts, strict=True)
            ]
        )
        group = Permutation(item_symmetry=CyclicShift())
        np.testing.assert_allclose(group.align(moved, x)[0], x)

    @pytest.mark.parametrize("offset", [0, 10])
    @pytest.mark.parametrize("kind", [np.float32, np.float64])
    def test_moving_points_anywhere(self, rng, kind, offset):
        # An order that loses as little as rounding of the offset is no tie.
        x, w = (normal(rng, (500, 3, 2, 2)).astype(kind) + kind(offset) for _ in "xw")
        orders = [
            Itemwise(RigidMotion()).distance(*(z.astype(np.float64) for z in pair))
            for pair in ((x[:, list(order)], w) for order in ORDERS)
        ]
        found = Permutation(item_symmetry=RigidMotion()).distance(x, w)
        size = np.sum(x**2 + w**2, axis=(1, 2, 3))
        off = np.abs(found**2 - np.min(orders, axis=0) ** 2)
        assert np.all(off <= 64 * np.finfo(kind).eps * size)

    @pytest.mark.parametrize(
        ("inner", "members"),
        [
            (
                SignFlip() * Permutation(item_ndim=1),
                lambda x: [s * x[:, o] for s in (1, -1) for o in ([0, 1], [1, 0])],
            ),
            (
                Rotation(reflections=True) * SignFlip(),
                # A sign is an orthogonal matrix: the angle and the mirror tell all.
                lambda x: [
                    x @ np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) * m
                    for a in np.linspace(0, 2 * np.pi, 1440, endpoint=False)
                    for m in ([1, 1], [1, -1])
                ],
            ),
        ],
        ids=["sign and order", "sign and rotation"],
    )
    def test_items_that_move_by_a_product(self, inner, members, rng):
        group = Permutation(item_symmetry=inner)
        x, w = normal(rng, (6, 3, 2, 2)), normal(rng, (3, 2, 2))
        # Distances of all items to all places, and the best order of items.
        costs = [
            [
                np.min([np.sum((m - w[p]) ** 2, (1, 2)) for m in members(x[:, k])], 0)
                for k in range(3)
            ]
            for p in range(3)
        ]
        expected = np.min(
            [sum(costs[p][order[p]] for p in range(3)) for order in ORDERS], axis=0
        )
        found = group.distance(x, w)
        np.testing.assert_allclose(found**2, expected, rtol=1e-3)
        moved = group.act(group.sample(x, 1), x)
        np.testing.assert_allclose(group.distance(moved, w), found)
        assert orbit_relative_error(x, moved, group=group) < 1e-20

    def test_clouds_that_move_rigidly(self, rng):
        x = normal(rng, (5, 3, 4, 2))
        group = Permutation(item_symmetry=RigidMotion())
        moved = group.act(group.sample(x, 0), x)
        np.testing.assert_allclose(group.distance(moved, x), 0, atol=1e-12)

    @given(
        hnp.arrays(float, (3, 3, 2), elements=st.integers(-2, 2).map(float)),
        st.integers(0, 99),
    )
    def test_ties(self, x, seed):
        # Small integers: items coincide, vanish, and fit several places.
        group, w = Permutation(item_symmetry=SignFlip()), np.array([[1.0, 0]] * 3)
        aligned, _ = group.align(x, w)
        moved = group.act(group.sample(x, seed), x)
        np.testing.assert_array_equal(group.align(moved, w)[0], aligned)
        np.testing.assert_array_equal(group.align(aligned, w)[0], aligned)

    @given(
        hnp.arrays(float, (4, 3, 2), elements=st.integers(-2, 2).map(float)),
        hnp.arrays(float, (3, 3, 2), elements=st.integers(-2, 2).map(float)),
    )
    def test_ordered_lists_against_all_elements(self, x, references):
        group, members = Permutation(item_symmetry=SignFlip()), self.members(x)
        aligned, _ = group.align(x, list(references))
        for reference in references:
            products = (members * reference).sum(axis=(2, 3))
            best = products.max(axis=1)
            np.testing.assert_array_equal((aligned * reference).sum(axis=(1, 2)), best)
            # Members that do not tie are out for the references to come.
            out = products < best[:, None]
            members = np.where(out[:, :, None, None], aligned[:, None], members)

    @pytest.mark.parametrize("n_equal", [2, 3])
    @pytest.mark.parametrize(
        "item_symmetry",
        [
            SignFlip(),
            GlobalPhase(),
            Rotation(),
            Rotation(axis=(1, 0, 1)),
            RigidMotion(),
        ],
        ids=repr,
    )
    def test_equal_places(self, rng, item_symmetry, n_equal):
        # Any order of the items at them fits: all members have to get the same one.
        group = Permutation(item_symmetry=item_symmetry)
        x, w = normal(rng, (60, 3, 3, 3)), normal(rng, (3, 3, 3))
        w[1:n_equal] = w[0]
        moved = group.act(group.sample(x, 1), x)
        aligned, _ = group.align(x, w)
        np.testing.assert_allclose(group.align(moved, w)[0], aligned, atol=1e-9)

    @pytest.mark.parametrize("value", ["sign", SignFlip, 3])
    def test_item_symmetry_must_be_a_group(self, value):
        with pytest.raises(TypeError, match="item_symmetry must be a symmetry group"):
            Permutation(item_symmetry=value).align(np.ones((2, 3, 4)), np.ones((3, 4)))

    def test_item_symmetry_must_act_on_items(self):
        x = np.ones((2, 3, 4))
        with pytest.raises(ValueError, match="must have 4 axes for Permutation"):
            Permutation(item_symmetry=FourierSymmetry()).align(x, x)
        with pytest.raises(ValueError, match="x must be real for Permutation"):
            group = Permutation(item_symmetry=Rotation())
            group.align(np.ones((2, 3, 4, 2), complex), np.ones((3, 4, 2)))
        with pytest.raises(ValueError, match="tuple of 2 entries, the order and the"):
            Permutation(item_symmetry=SignFlip()).act(np.zeros((2, 3), int), x)


class TestOrdersOfItems:
    def test_float_indices(self):
        with pytest.raises(ValueError, match="element must hold integers, got dtype"):
            Permutation().act(np.array([[0.0, 1.0]]), np.ones((1, 2)))

    def test_long_items_tie(self, rng):
        # Two equal templates: whichever item takes which place, all members agree.
        x, w = rng.normal(size=(4, 3, 900)), np.repeat(rng.normal(size=(1, 900)), 3, 0)
        group = Permutation()
        moved = group.act(group.sample(x, 0), x)
        np.testing.assert_array_equal(group.align(moved, w)[0], group.align(x, w)[0])


def pose_groups():
    turn = Rotation(axis=(0, 0, 1))
    return BlockSymmetry(
        [(SignFlip(), slice(0, 4)), (turn, np.arange(4, 13).reshape(3, 3))]
    )


class TestBlocks:
    def test_every_block_by_itself(self, rng):
        y, w = normal(rng, (7, 15)), normal(rng, 15)
        aligned, (sign, matrices) = pose_groups().align(y, w)
        np.testing.assert_array_equal(
            aligned[:, :4], SignFlip().align(y[:, :4], w[:4])[0]
        )
        turned, of_turned = Rotation(axis=(0, 0, 1)).align(
            y[:, 4:13].reshape(7, 3, 3), w[4:13].reshape(3, 3)
        )
        # Matrix products round by the layout of their arguments.
        np.testing.assert_allclose(aligned[:, 4:13], turned.reshape(7, 9), atol=1e-14)
        np.testing.assert_allclose(matrices, of_turned, atol=1e-14)
        np.testing.assert_array_equal(aligned[:, 13:], y[:, 13:])
        assert sign.shape == (7,)

    def test_columns_in_any_order(self, rng):
        y, w = normal(rng, (7, 6)), normal(rng, 6)
        columns = [5, -6, 2]
        group = BlockSymmetry([(CyclicShift(), columns)])
        aligned, shifts = group.align(y, w)
        expected, of_expected = CyclicShift().align(y[:, [5, 0, 2]], w[[5, 0, 2]])
        np.testing.assert_array_equal(aligned[:, [5, 0, 2]], expected)
        np.testing.assert_array_equal(shifts, of_expected)
        np.testing.assert_array_equal(aligned[:, [1, 3, 4]], y[:, [1, 3, 4]])

    def test_margin_is_that_of_the_closest_other_member(self, rng):
        x, w = normal(rng, (20, 6)), normal(rng, 6)
        group = BlockSymmetry([(SignFlip(), [0, 1]), (SignFlip(), [2, 3])])
        flips = np.array([[-1, -1, 1, 1, 1, 1], [1, 1, -1, -1, 1, 1]])

        def gap(signals):
            best = group.align(signals, w)[0]
            others = (best[:, None] * flips * w).sum(axis=2)
            return (best * w).sum(axis=1) - others.max(axis=1)

        ratio = gap(x) / gap(w[None]) * np.linalg.norm(w) / np.linalg.norm(x, axis=1)
        np.testing.assert_allclose(group.margin(x, w), np.clip(ratio, 0, 1))

    def test_through_breaker_score_and_regressor(self, rng):
        from sklearn.neighbors import KNeighborsRegressor

        y = normal(rng, (200, 15))
        X = normal(rng, (200, 4))
        group = pose_groups()
        moved = group.act(group.sample(y, 0), y)
        for template in ("canonical", "mean"):
            breaker = SymmetryBreaker(group, template).fit(y)
            np.testing.assert_allclose(
                breaker.transform(moved), breaker.transform(y), atol=1e-9
            )
        assert orbit_relative_error(y, moved, group=group) < 1e-20
        assert orbit_r2_score(y, moved, group=group) == pytest.approx(1)
        model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=group)
        assert model.fit(X, y).predict(X).shape == (200, 15)

    def test_products(self, rng):
        y, w = normal(rng, (9, 5)), normal(rng, 5)
        block = BlockSymmetry([(SignFlip(), [0, 1])])
        group = block * SignFlip()
        flips = np.array([[1] * 5, [-1, -1, 1, 1, 1], [-1] * 5, [1, 1, -1, -1, -1]])
        expected = closest(flips * y[:, None], w)
        np.testing.assert_allclose(group.distance(y, w), expected)
        check_symmetry_group(group)

    @pytest.mark.parametrize(
        ("blocks", "match"),
        [
            ([], "blocks must be a list of tuples .*not empty"),
            (SignFlip(), "blocks must be a list of tuples"),
            ([SignFlip()], "blocks must be a list of tuples"),
            ([(SignFlip(), slice(0, 2)), (SignFlip(), [1, 2])], r"in blocks\[0\]"),
            ([(SignFlip(), [1, 1])], "must not overlap, .*in the same block"),
            ([(SignFlip(), [1, 7])], "lie in the row of 5 columns"),
            ([(SignFlip(), slice(2, 9))], "lie in the row of 5 columns"),
            ([(SignFlip(), slice(3, 3))], "not be empty"),
            ([(SignFlip(), [])], "not be empty"),
            ([(SignFlip(), slice(-9, None))], "lie in the row of 5 columns"),
            ([(SignFlip(), slice(0, 4, 0))], "a slice of integers with a step that"),
            ([(SignFlip(), slice("a", None))], "a slice of integers"),
            ([(SignFlip(), slice(0, 2.5))], "a slice of integers"),
            ([(SignFlip(), [0.0, 1.0])], "a slice or an array of integers"),
            ([(SignFlip(), 1)], "a slice or an array of integers"),
            ([(SignFlip(), "q")], "a slice or an array of integers"),
            ([(Rotation(), [0, 1, 2])], r"blocks\[0\] must have the shape of one sig"),
        ],
    )
    def test_bad_blocks(self, blocks, match):
        with pytest.raises(ValueError, match=match):
            BlockSymmetry(blocks).align(np.ones((2, 5)), np.ones(5))

    def test_no_group_in_a_block(self):
        with pytest.raises(TypeError, match=r"group of blocks\[0\] must be a symm"):
            BlockSymmetry([("sign", [0])]).align(np.ones((2, 5)), np.ones(5))

    def test_nan_beside_the_blocks(self):
        y = np.ones((2, 5))
        y[0, 4] = np.nan
        group = BlockSymmetry([(SignFlip(), [0, 1])])
        with pytest.raises(ValueError, match="x contains NaN or infinity"):
            group.align(y, np.ones(5))
        with pytest.raises(ValueError, match="reference must hold finite numbers"):
            group.align(np.ones((2, 5)), y[0])


class TestProducts:
    def test_products_take_the_size_of_given_matrices(self):
        quarters = FiniteGroup(QUARTER_TURNS)
        for group in (SignFlip() * quarters, quarters * SignFlip()):
            assert group.example_signals(3).shape == (3, 2)
            check_symmetry_group(group)
        scalars = FiniteGroup([1j**k * np.eye(2) for k in range(4)])
        assert (scalars * SignFlip()).acts_on == "complex"
        assert quarters.acts_on is None

    def test_products_that_cannot_be_exact(self, rng):
        points = normal(rng, (2, 4, 3))
        with pytest.raises(ValueError, match="at most one factor"):
            (Rotation() * Permutation(item_ndim=1)).align(points, points)
        with pytest.raises(ValueError, match="same number of axes"):
            (CyclicShift() * ConjugateFlip()).align(points, points)
        with pytest.raises(TypeError):
            SignFlip() * 3
        assert isinstance(SignFlip() * SignFlip(), ProductGroup)

    @pytest.mark.parametrize(
        ("group", "shape"),
        [
            (Rotation() * ConjugateFlip(), (3, 3)),
            (Permutation(item_ndim=0) * CyclicShift(), (4,)),
            (Permutation(item_ndim=1) * ConjugateFlip(), (3, 4)),
            (FiniteGroup([np.eye(3), np.eye(3)[[1, 0, 2]]]) * CyclicShift(), (3,)),
            (CyclicShift(2) * Translation(), (6, 6)),
        ],
        ids=str,
    )
    def test_factors_have_to_change_places(self, group, shape, rng):
        x = normal(rng, (2, *shape))
        with pytest.raises(ValueError, match="factors of a product must form a group"):
            group.align(x, x)

    def test_flip_and_permutation_of_four_rows_are_no_group(self, rng):
        x = normal(rng, (6, 4, 3))
        with pytest.raises(ValueError, match="factors of a product must form a group"):
            (ConjugateFlip() * Permutation()).align(x, x[0])


ONES = np.ones((2, 3))


@pytest.mark.parametrize(
    "group",
    [
        Itemwise(CyclicShift()),
        Itemwise(ConjugateFlip(1)),
        Permutation(item_symmetry=CyclicShift()),
    ],
    ids=["shifts", "flips", "permutation"],
)
@pytest.mark.parametrize(
    "reference", [ONES, [[1, 1, 1], [1, 2, 4]], [[1, 2, 4], [0, 0, 0]]]
)
def test_items_that_an_element_fixes_tie(group, reference, rng):
    x, reference = normal(rng, (4, 2, 3)), np.array(reference, dtype=float)
    np.testing.assert_array_equal(group.margin(x, reference), 0)
    np.testing.assert_array_equal(group.gap(x, reference), 0)
    with pytest.raises(ValueError, match=r"template must not be (fixed by|zero)"):
        SymmetryBreaker(group, reference).fit(x)
    # What other items say does not make up for it.
    assert np.all(group.margin(x, x[0]) > 0)
    assert np.all(group.gap(x, x[0]) > 0)


def test_blocks_that_an_element_fixes_tie(rng):
    group = BlockSymmetry([(CyclicShift(), [0, 1, 2]), (SignFlip(), [3, 4])])
    x = normal(rng, (4, 6))
    for fixed in ([1, 1, 1, 1, 2, 3], [1, 2, 4, 0, 0, 3]):
        np.testing.assert_array_equal(group.margin(x, np.array(fixed, float)), 0)
        np.testing.assert_array_equal(group.gap(x, np.array(fixed, float)), 0)
    assert np.all(group.margin(x, np.array([1.0, 2, 4, 1, 2, 3])) > 0)


def rigid_groups():
    swap = np.arange(12).reshape(4, 3)
    orders = [swap.ravel(), swap[[1, 0, 2, 3]].ravel()]
    return [
        (Permutation(item_symmetry=RigidMotion()), (2, 4, 3)),
        (RigidMotion() * FiniteGroup.from_permutations(orders), (4, 3)),
        (BlockSymmetry([(RigidMotion(), swap)]), (12,)),
        (Permutation(item_symmetry=BlockSymmetry([(RigidMotion(), swap)])), (2, 12)),
    ]


@pytest.mark.parametrize(
    ("unit", "dtype"), [(1e-10, "f4"), (1e10, "f4"), (1e-15, "f8"), (1e-30, "f8")]
)
@pytest.mark.parametrize(("group", "shape"), rigid_groups(), ids=range(4))
def test_motions_work_in_any_unit(group, shape, unit, dtype, rng):
    y = rng.normal(size=(30, *shape))
    p = y + 0.3 * rng.normal(size=y.shape)
    tol = 1e-4 if dtype == "f4" else 1e-9
    z, q = ((unit * x).astype(dtype) for x in (y, p))
    assert orbit_r2_score(z, q, group=group) == pytest.approx(
        orbit_r2_score(y, p, group=group), abs=tol
    )
    canonical = group.representatives(z)
    assert group.distance(canonical, z).max() < tol * unit * np.sqrt(y[0].size)
    np.testing.assert_allclose(
        group.centered(canonical) / unit,
        group.centered(group.representatives(y)),
        atol=100 * tol,
    )
    np.testing.assert_allclose(
        group.canonical_margin(z), group.canonical_margin(y), atol=100 * tol
    )


@pytest.mark.parametrize("scale", [1, 1e8, 1e16])
def test_orders_of_rigid_items_do_not_depend_on_their_size(scale, rng):
    x, w = normal(rng, (2, 10, 3, 4, 3))

    def gain(item, place):
        """The best rotation's, of centred points, by the singular values."""
        left, values, right = np.linalg.svd(place.T @ item)
        values[-1] *= np.sign(np.linalg.det(left @ right))
        return values.sum()

    group = Permutation(item_symmetry=RigidMotion())
    centred, places = (z - z.mean(axis=2, keepdims=True) for z in (x, w))
    best = [
        max(
            sum(gain(items[k], place) for k, place in zip(order, at, strict=True))
            for order in ORDERS
        )
        for items, at in zip(centred, places, strict=True)
    ]
    aligned, _ = group.align(scale * x, w)
    found = np.sum(places * group.centered(aligned), axis=(1, 2, 3)) / scale
    np.testing.assert_allclose(found, best, rtol=1e-9)
    np.testing.assert_allclose(
        group.margin(scale * x, w), group.margin(x, w), rtol=1e-9, atol=1e-9
    )


# Seeds of signals and templates that tie, of which rounding chose in the past.
@pytest.mark.parametrize(
    ("group", "shape", "seeds"),
    [
        (CyclicShift() * GlobalPhase(), (4,), [29, 38, 66]),
        (CyclicShift(ndim=2) * ConjugateFlip() * GlobalPhase(), (2, 3), [12, 55, 83]),
        (Itemwise(CyclicShift() * GlobalPhase()), (2, 3), [29, 69, 86]),
        (Permutation(item_symmetry=CyclicShift() * GlobalPhase()), (2, 3), [12, 63]),
    ],
    ids=range(4),
)
def test_ties_beside_a_phase_are_settled_in_single_precision(group, shape, seeds):
    for seed in [*seeds, *range(5)]:
        rng = np.random.RandomState(seed)
        template, y = (
            (rng.randint(-1, 2, size) + 1j * rng.randint(-1, 2, size)).astype("c8")
            for size in (shape, (1, *shape))
        )
        moved = np.concatenate([group.act(group.sample(y, rng), y) for _ in range(20)])
        found = group.representatives(moved, template)
        np.testing.assert_allclose(
            found, np.broadcast_to(found[:1], found.shape), atol=1e-5
        )


def test_gaps_of_real_phases_and_reflections_are_those_of_signs(rng):
    x, w = normal(rng, (50, 3, 4)), normal(rng, (3, 4))
    signs = SignFlip().gap(x, w)
    np.testing.assert_allclose(GlobalPhase().gap(x, w), signs)
    np.testing.assert_allclose(
        Rotation(reflections=True).gap(x.reshape(50, 12, 1), w.reshape(12, 1)), signs
    )
    margin = Permutation(item_symmetry=SignFlip()).margin(x, w)
    for items, shape in [(GlobalPhase(), (3, 4)), (Rotation(True), (3, 4, 1))]:
        found = Permutation(item_symmetry=items).margin(
            x.reshape(50, *shape), w.reshape(shape)
        )
        np.testing.assert_allclose(found, margin, atol=1e-9)


def test_gap_of_points_in_a_plane_is_that_of_turns_about_its_normal(rng):
    x, w = normal(rng, (50, 5, 2)), normal(rng, (5, 2))
    in_space = [np.pad(z, [(0, 0)] * (z.ndim - 1) + [(0, 1)]) for z in (x, w)]
    expected = Rotation(reflections=True, axis=(0, 0, 1)).gap(*in_space)
    np.testing.assert_allclose(Rotation(reflections=True).gap(x, w), expected)
    # In space they also turn out of the plane, as points beside it do.
    bent = in_space[0] + 1e-9 * normal(rng, in_space[0].shape)
    found = [Rotation().gap(z, in_space[1]) for z in (bent, in_space[0])]
    np.testing.assert_allclose(*found, atol=1e-7)
    assert (found[0] < expected).all()
