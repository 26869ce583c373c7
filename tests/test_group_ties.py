"""Ties between members of an orbit, and signals of any size and precision."""

import itertools

import numpy as np
import pytest
from helpers import normal
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sklearn_symbreak import SymmetryBreaker
from sklearn_symbreak.groups import (
    ConjugateFlip,
    CyclicShift,
    FourierSymmetry,
    GlobalPhase,
    Permutation,
    RigidMotion,
    Rotation,
    SignFlip,
)

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


class TestAnySize:
    @pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
    def test_phases_of_subnormal_numbers(self, dtype):
        # Their reciprocals are infinite.
        unit = np.finfo(dtype).smallest_subnormal
        x = (unit * np.array([[3 + 4j, 1], [0, 12 - 5j], [1j, 1]])).astype(dtype)
        for group in (GlobalPhase(), FourierSymmetry()):
            signals = x if group.signal_ndim is None else x[:, None]
            aligned, _ = group.align(signals, np.ones_like(signals[0]))
            assert np.isfinite(aligned).all()
            assert np.isfinite(group.margin(signals, np.ones_like(signals[0]))).all()
        aligned, _ = GlobalPhase().align(x, np.array([1, 1j], dtype=dtype))
        assert (aligned.real >= -unit).all()
        first = GlobalPhase().align(x, np.array([1, 0], dtype=dtype))[0][[0, 2], 0]
        assert (np.abs(first - unit * np.array([5, 1])) <= unit).all()

    @pytest.mark.parametrize(
        "dtype", [np.float32, np.float64, np.complex64, np.complex128]
    )
    @pytest.mark.parametrize("group", [SignFlip(), GlobalPhase()], ids=repr)
    def test_products_that_overflow(self, group, dtype):
        # Those of the template and the signal do, the signals themselves are finite.
        large = np.finfo(dtype).max / 16
        x = np.array([[-large, 1], [large, 2], [-1, large]]).astype(dtype)
        if x.dtype.kind == "c":
            x[0, 0] = complex(-large, large)
        aligned, element = group.align(x, np.array([1e10, 0], dtype=dtype))
        assert np.isfinite(aligned).all()
        assert (aligned[:, 0].real > 0).all()
        np.testing.assert_allclose(np.abs(aligned), np.abs(x), rtol=1e-6)
        np.testing.assert_allclose(group.act(element, x), aligned, rtol=1e-5)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_largest_numbers(self, dtype):
        # What numpy.nan_to_num makes of infinity.
        large = np.finfo(dtype).max
        x = np.array([[-large, 1, 0]], dtype=dtype)
        _, sign = SignFlip().align(x, [1.0, 1.0, 0.0])
        assert sign == -1
        _, shift = CyclicShift().align(-x, [0.0, 1.0, 0.0])
        assert shift == 1

    @pytest.mark.parametrize("scale", [1e-30, 1e30])
    @pytest.mark.parametrize(
        "group", [CyclicShift(), CyclicShift() * SignFlip(), Permutation()], ids=repr
    )
    def test_squares_that_leave_the_range_of_the_numbers(self, group, scale, rng):
        torch = pytest.importorskip("torch")
        x, w = normal(rng, (5, 4), np.float32), normal(rng, 4, np.float32)
        expected, _ = group.align(x, w)
        small = (scale * x).astype(np.float32)
        aligned, _ = group.align(small, w)
        np.testing.assert_allclose(aligned / scale, expected, rtol=1e-5)
        aligned, _ = group.align(torch.from_numpy(small), torch.from_numpy(w))
        np.testing.assert_allclose(aligned.numpy() / scale, expected, rtol=1e-5)

    def test_huge_reference(self):
        x = np.array([[1.0, -3.0, 1.0]])
        _, signs = SignFlip().align(x, np.full(3, 1e200))
        assert signs == -1
        shifted, _ = CyclicShift().align(
            1e160 * np.array([[0, 1.0, 2]]), 1e160 * np.array([1.0, 2, 0])
        )
        np.testing.assert_allclose(shifted, [[1e160, 2e160, 0]])

    def test_huge_row_leaves_its_neighbours_alone(self):
        x = np.array([[1e200, 1e200], [-1e-125, -1e-125]])
        _, signs = SignFlip().align(x, np.array([1.0, 2.0]))
        assert signs.tolist() == [1, -1]

    def test_large_values_are_finite(self):
        x = np.full((2, 3), 1e300)
        np.testing.assert_array_equal(SignFlip().align(-x, np.ones(3))[0], x)

    @pytest.mark.parametrize("scale", [1e-12, 1e10])
    def test_size_does_not_matter(self, scale, rng):
        x = normal(rng, (20, 4), np.float32)
        scaled = x * np.float32(scale)
        for group in (SignFlip(), CyclicShift(), Permutation()):
            margin = group.margin(scaled, scaled[0])
            np.testing.assert_allclose(margin, group.margin(x, x[0]), rtol=1e-3)
            aligned, _ = group.align(scaled, scaled[0])
            expected, _ = group.align(x, x[0])
            np.testing.assert_allclose(aligned, expected * np.float32(scale), rtol=1e-5)

    @pytest.mark.parametrize("size", [2.0**-700, 2.0**700])
    def test_distance_at_any_size(self, size, rng):
        x, w = normal(rng, (5, 4)), normal(rng, 4)
        for group in (SignFlip(), GlobalPhase(), CyclicShift(), Permutation()):
            expected = size * group.distance(x, w)
            np.testing.assert_allclose(group.distance(size * x, size * w), expected)

    @pytest.mark.parametrize(
        ("dtype", "size"), [(np.float32, 3e18), (float, 1e153), (float, 1e300)]
    )
    def test_no_warning_where_sums_of_squares_overflow(self, dtype, size):
        for group in (
            CyclicShift(),
            Permutation(item_ndim=1),
            Rotation(),
            RigidMotion(),
            Permutation(item_symmetry=SignFlip()),
            ConjugateFlip() * GlobalPhase(),
        ):
            x = group.example_signals(6, random_state=0)
            large = (size * x).astype(dtype)
            moved = group.act(group.sample(large, 0), large)
            aligned, _ = group.align(moved, large)
            np.testing.assert_allclose(aligned / size, x, rtol=1e-3, atol=1e-4)


class TestSinglePrecisionWithAnOffset:
    """Gaps are small differences of large numbers."""

    @pytest.mark.parametrize("group", [CyclicShift(), ConjugateFlip()], ids=repr)
    def test_template_is_not_fixed(self, group, rng):
        shape = (12,) if group.signal_ndim == 1 else (8, 8)
        w = 300 + normal(rng, shape)
        x = 300 + normal(rng, (5, *shape))
        expected = group.margin(x, w)
        single = group.margin(x.astype(np.float32), w.astype(np.float32))
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, expected, atol=0.01)
        y = x.astype(np.float32)
        SymmetryBreaker(group, w).fit(y)

    def test_symmetric_up_to_rounding_is_fixed(self, rng):
        half = normal(rng, (8, 4))
        w = np.concatenate([half, half[::-1, ::-1]], axis=1).astype(np.float32)
        w = w * (1 + 1e-7 * normal(rng, w.shape, np.float32))
        with pytest.raises(ValueError, match="must not be fixed by"):
            SymmetryBreaker(ConjugateFlip(), w).fit(normal(rng, (3, 8, 8), np.float32))
