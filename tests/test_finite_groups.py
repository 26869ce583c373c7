"""Finite groups of matrices and of permutations."""

import itertools

import numpy as np
import pytest
from conftest import QUARTER_TURNS

from sklearn_symbreak.groups import CyclicShift, FiniteGroup, SignFlip
from sklearn_symbreak.testing import check_symmetry_group

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
