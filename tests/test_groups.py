"""Laws of all groups, and comparison with brute force."""

import itertools

import numpy as np
import pytest
from conftest import QUARTER_TURNS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.base import clone
from sklearn.utils import check_random_state

from sklearn_symbreak import SymmetryBreaker
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
    SymmetryGroup,
    Translation,
    _engine,
)
from sklearn_symbreak.utils.estimator_checks import check_symmetry_group

rng = np.random.default_rng(0)


def normal(shape, dtype=np.float64):
    x = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.normal(size=shape)
    return x.astype(dtype)


def tolerance(x):
    return 1e-3 if x.dtype in (np.float32, np.complex64) else 1e-9


def norms(x):
    return np.linalg.norm(np.reshape(x, (len(x), -1)), axis=1)


def inner(a, b):
    return np.sum(np.conj(a) * b)


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
        self, group, signals
    ):
        reference = normal(signals.shape[1:], signals.dtype)
        np.testing.assert_array_equal(
            group.representatives(signals, reference),
            group.align(signals, reference)[0],
        )
        expected, _ = group.canonicalize(signals)
        np.testing.assert_array_equal(group.representatives(signals), expected)

    def test_distance_correlation_margin_are_invariant(self, group, signals):
        reference = normal(signals.shape[1:], signals.dtype)
        moved = group.act(group.sample(signals, 2), signals)
        for method in (group.distance, group.correlation, group.margin):
            expected = method(signals, reference)
            assert expected.shape == (len(signals),)
            np.testing.assert_allclose(
                method(moved, reference), expected, atol=10 * tolerance(signals)
            )

    def test_distance_follows_from_correlation(self, group, signals):
        reference = normal(signals.shape[1:], signals.dtype)
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

    @pytest.mark.parametrize("sign", [-1, 1])
    def test_margin_at_any_size(self, group, signals, sign):
        reference = normal(signals.shape[1:], signals.dtype)
        expected = group.margin(signals, reference)
        # A power of two, whose square leaves the range of the dtype.
        size = 2.0 ** (sign * (6 * np.finfo(signals.dtype).maxexp // 10))
        np.testing.assert_array_equal(group.margin(size * signals, reference), expected)
        np.testing.assert_array_equal(group.margin(signals, size * reference), expected)

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

    def test_torch_gives_the_same(self, group, signals):
        torch = pytest.importorskip("torch")
        reference = normal(signals.shape[1:], signals.dtype)
        aligned, _ = group.align(signals, reference)
        tensor = torch.from_numpy(signals.copy())
        aligned_t, element_t = group.align(tensor, torch.from_numpy(reference))
        assert isinstance(aligned_t, torch.Tensor)
        np.testing.assert_allclose(aligned_t.numpy(), aligned, atol=tolerance(signals))
        np.testing.assert_allclose(
            group.act(element_t, tensor).numpy(), aligned, atol=tolerance(signals)
        )
        np.testing.assert_allclose(
            group.margin(tensor, torch.from_numpy(reference)).numpy(),
            group.margin(signals, reference),
            atol=10 * tolerance(signals),
        )
        back = group.act(group.inverse(element_t), aligned_t)
        np.testing.assert_allclose(back.numpy(), signals, atol=tolerance(signals))
        drawn = group.sample(tensor, 0)
        np.testing.assert_allclose(
            group.act(drawn, tensor).numpy(),
            group.act(group.sample(signals, 0), signals),
            atol=tolerance(signals),
        )

    def test_chunks_change_nothing(self, group, signals, monkeypatch):
        reference = normal(signals.shape, signals.dtype)
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

    def test_ties_in_some_chunks(self, group, dtype):
        x = normal((2000, 3), dtype)
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
    def test_errors_reach_the_caller(self, group, dtype, index):
        x = normal((2000, 3), dtype)
        x[index, 2] = np.nan
        with pytest.raises(ValueError, match="x contains NaN or infinity"):
            group.align(x, self.template.astype(dtype))


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
    def test_squares_that_leave_the_range_of_the_numbers(self, group, scale):
        torch = pytest.importorskip("torch")
        x, w = normal((5, 4), np.float32), normal(4, np.float32)
        expected, _ = group.align(x, w)
        small = (scale * x).astype(np.float32)
        aligned, _ = group.align(small, w)
        np.testing.assert_allclose(aligned / scale, expected, rtol=1e-5)
        aligned, _ = group.align(torch.from_numpy(small), torch.from_numpy(w))
        np.testing.assert_allclose(aligned.numpy() / scale, expected, rtol=1e-5)

    def test_gradient_where_another_signal_ties(self):
        torch = pytest.importorskip("torch")
        x = normal((3, 4), np.complex128)
        w = np.array([0, 1.0, 1.0, 0])

        def gradient(x):
            x = torch.tensor(x, requires_grad=True)
            aligned, _ = GlobalPhase().align(x, torch.tensor(w))
            aligned[0].real.sum().backward()
            return x.grad[0].numpy()

        expected = gradient(x)
        x[1, 1:3] = 0
        np.testing.assert_allclose(gradient(x), expected)

    def test_ordered_lists_of_rotations_are_exact(self):
        rotations = Rotation()
        x = normal((50, 3, 3))
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

    def test_long_ordered_lists_over_vectors(self):
        rng = np.random.default_rng(0)
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

    def test_ordered_margin_is_decided_by_the_list(self):
        x = normal((5, 3, 4), np.complex128)
        group = ConjugateFlip() * GlobalPhase()
        templates = FourierSymmetry().canonical_templates((3, 4), complex_valued=True)
        assert not group.margin(x, templates[0]).any()
        assert (group.margin(x, templates) > 0).all()


class TestBruteForce:
    def test_sign_and_flip(self, dtype):
        x, w = normal((9, 4, 3), dtype), normal((4, 3), dtype)
        flipped = x[:, ::-1, ::-1].conj()
        for group, members in [
            (SignFlip(), [x, -x]),
            (ConjugateFlip(), [x, flipped]),
            (SignFlip() * ConjugateFlip(), [x, -x, flipped, -flipped]),
        ]:
            best = min_over(members, w)
            np.testing.assert_allclose(group.distance(x, w), best, rtol=1e-4)

    def test_phase(self):
        x, w = normal((9, 4), np.complex128), normal(4, np.complex128)
        angles = np.linspace(0, 2 * np.pi, 3601)
        best = min_over([np.exp(1j * angle) * x for angle in angles], w)
        distance = GlobalPhase().distance(x, w)
        assert (distance <= best + 1e-12).all()
        np.testing.assert_allclose(distance, best, rtol=1e-5)

    @pytest.mark.parametrize("shape", [(6,), (4, 5), (3, 4, 2)])
    def test_cyclic_shift(self, shape, dtype):
        x, w = normal((5, *shape), dtype), normal(shape, dtype)
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

    def test_permutation(self):
        for shape in [(6, 5), (6, 4, 2), (6, 3, 2, 2)]:
            x, w = normal(shape), normal(shape[1:])
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

    def test_complex_permutation(self):
        x, w = normal((6, 4), np.complex128), normal(4, np.complex128)
        members = [x[:, list(order)] for order in itertools.permutations(range(4))]
        np.testing.assert_allclose(Permutation().distance(x, w), min_over(members, w))

    def test_plane_rotation(self):
        x, w = normal((6, 5, 2)), normal((5, 2))
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

    def test_space_rotation_is_proper(self):
        x, w = normal((50, 6, 3)), normal((6, 3))
        _, matrices = Rotation().align(x, w)
        np.testing.assert_allclose(np.linalg.det(matrices), 1)
        drawn = Rotation().sample(x, 0)
        np.testing.assert_allclose(np.linalg.det(drawn), 1)
        mirrored = np.linalg.det(Rotation(reflections=True).sample(x, 0))
        assert (mirrored > 0).any() and (mirrored < 0).any()

    def test_finite_group(self):
        x, w = normal((9, 2)), normal(2)
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

    def test_translation_and_fourier(self, dtype):
        x = np.zeros((6, 7, 8), dtype)
        boxes = [(1, 2, 3, 4), (0, 0, 7, 8), (4, 4, 3, 2), (0, 3, 1, 5), (6, 7, 1, 1)]
        for image, (top, left, height, width) in zip(x, boxes, strict=False):
            image[top : top + height, left : left + width] = normal(
                (height, width), dtype
            )
        w = normal((7, 8), dtype)
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
                scores = [inner(w, member) for member in members]
                has_phase = isinstance(group, FourierSymmetry)
                best = max(map(abs, scores)) if has_phase else np.real(scores).max()
                actual = group.correlation(x[i : i + 1], w)[0]
                np.testing.assert_allclose(actual, best, atol=limit)
        drawn = Translation().sample(np.repeat(x[:1], 500, 0), 0)
        assert sorted(set(drawn[:, 0])) == [-1, 0, 1, 2, 3]
        assert sorted(set(drawn[:, 1])) == [-2, -1, 0, 1, 2]

    def test_joint_fourier_is_its_product(self, dtype):
        x = FourierSymmetry().example_signals(6, dtype=dtype, random_state=0)
        w = normal(x.shape[1:], dtype)
        product = Translation() * ConjugateFlip() * GlobalPhase()
        aligned, element = FourierSymmetry().align(x, w)
        expected, _ = product.align(x, w)
        np.testing.assert_allclose(aligned, expected, atol=1e-4)
        np.testing.assert_allclose(product.act(element, x), aligned, atol=1e-4)
        np.testing.assert_allclose(
            FourierSymmetry().margin(x, w), product.margin(x, w), atol=1e-3
        )


def min_over(members, reference):
    return np.min([norms(member - reference) for member in members], axis=0)


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


class Halves(SymmetryGroup):
    """A user's group: exchange of the two halves of a signal, the bare minimum."""

    def act(self, element, x):
        half = x.shape[1] // 2
        return np.where(element[:, None], np.roll(x, half, axis=1), x)

    def inverse(self, element):
        return element

    def compose(self, a, b):
        return a ^ b

    def sample(self, x, random_state=None):
        return check_random_state(random_state).uniform(size=len(x)) < 0.5

    def align(self, x, reference):
        exchanged = self.act(np.ones(len(x), bool), x)
        reference = np.broadcast_to(reference, x.shape)
        better = norms(exchanged - reference) < norms(x - reference)
        return np.where(better[:, None], exchanged, x), better


class TestOwnGroup:
    def test_five_methods_are_enough(self):
        group = Halves()
        check_symmetry_group(group, normal((9, 4)))
        x, w = normal((9, 4)), normal(4)
        np.testing.assert_allclose(group.margin(w[None], w), 1)
        np.testing.assert_allclose(
            group.margin(x, w), CyclicHalves.margin(x, w), atol=1e-12
        )
        assert group.mean(x)[0].shape == (4,)
        product = SignFlip() * group
        best = min_over([x, -x, np.roll(x, 2, 1), -np.roll(x, 2, 1)], w)
        np.testing.assert_allclose(product.distance(x, w), best)

    @pytest.mark.parametrize("dtype", [np.float64, np.complex128])
    def test_ordered_lists_work_by_default(self, dtype):
        group, rng = Halves(), np.random.RandomState(0)
        x, second = normal((40, 4), dtype), normal(4, dtype)
        # The first one ties some signals, all signals, or none.
        x[:20, 2:] = x[:20, :2][:, ::-1]
        for first in (np.ones(4), np.array([1.0, 2, 2, 1]), normal(4)):
            expected, _ = CyclicHalves.align(x, [first, second])
            aligned, element = group.align(x, [first, second])
            np.testing.assert_allclose(aligned, expected)
            np.testing.assert_allclose(group.act(element, x), expected)
            moved = group.act(group.sample(x, rng), x)
            np.testing.assert_allclose(group.align(moved, [first, second])[0], expected)
            three = [first, first, second]
            np.testing.assert_allclose(group.align(x, three)[0], expected)

    def test_breaking_with_an_ordered_list(self):
        y = normal((30, 4))
        templates = [np.ones(4), np.array([1.0, 0, 0, 0])]
        breaker = SymmetryBreaker(Halves(), templates).fit(y)
        moved = Halves().act(Halves().sample(y, 0), y)
        np.testing.assert_allclose(breaker.transform(moved), breaker.transform(y))
        np.testing.assert_allclose(
            breaker.transform(y),
            SymmetryBreaker(CyclicHalves, templates).fit_transform(y),
        )

    def test_generic_template(self):
        y = normal((30, 4))
        breaker = SymmetryBreaker(Halves(), "canonical").fit(y)
        moved = Halves().act(Halves().sample(y, 0), y)
        np.testing.assert_allclose(breaker.transform(moved), breaker.transform(y))
        generic = np.random.RandomState(0).standard_normal(4)
        np.testing.assert_array_equal(breaker.template_, generic)
        assert not Halves().has_natural_rule

    def test_references_and_signals_arrive_checked(self):
        x = [[1.0, 2.0, 0.0, 0.0]]
        np.testing.assert_array_equal(
            Halves().align(x, [0, 0, 1, 1])[0], [[0.0, 0.0, 1.0, 2.0]]
        )
        with pytest.raises(ValueError, match="x contains NaN or infinity"):
            Halves().align([[np.nan, 0, 0, 0]], np.ones(4))
        with pytest.raises(ValueError, match="reference must hold finite numbers"):
            Halves().align(x, [np.inf, 0, 0, 0])
        with pytest.raises(ValueError, match=r"reference must have shape \(4,\)"):
            Halves().align(x, np.ones(3))

    def test_in_items_and_blocks(self):
        x, w = normal((9, 3, 4)), normal((3, 4))
        for container, other in [
            (Itemwise(Halves()), Itemwise(CyclicHalves)),
            (
                Permutation(item_symmetry=Halves()),
                Permutation(item_symmetry=CyclicHalves),
            ),
        ]:
            np.testing.assert_allclose(container.distance(x, w), other.distance(x, w))
        blocks = [(Halves(), [0, 2, 1, 5])], [(CyclicHalves, [0, 2, 1, 5])]
        y, v = normal((9, 6)), normal(6)
        np.testing.assert_allclose(
            *(BlockSymmetry(pairs).align(y, v)[0] for pairs in blocks)
        )

    def test_missing_align(self):
        class Incomplete(SymmetryGroup):
            act, inverse = Halves.act, Halves.inverse
            compose, sample = Halves.compose, Halves.sample

        with pytest.raises(TypeError, match="Incomplete must define the method align"):
            Incomplete().align(np.ones((1, 4)), np.ones(4))

    def test_law_check_asks_for_signals(self):
        class NeedsPairs(Halves):
            def act(self, element, x):
                if x.shape[1] % 4:
                    raise ValueError("four entries, please")
                return super().act(element, x)

        with pytest.raises(ValueError, match=r"^x must be given, .*four entries, pl"):
            check_symmetry_group(NeedsPairs())
        check_symmetry_group(NeedsPairs(), normal((9, 4)))


CyclicHalves = FiniteGroup([np.eye(4), np.eye(4)[[2, 3, 0, 1]]])


class TestErrors:
    @pytest.mark.parametrize(
        ("group", "shape", "match"),
        [
            (ConjugateFlip(), (3, 4), "x must have 3 axes for ConjugateFlip"),
            (FourierSymmetry(), (3, 4), "x must have 3 axes for FourierSymmetry"),
            (Rotation(), (3, 4), "x must have 3 axes for Rotation"),
            (CyclicShift(ndim=2), (3, 4), "x must have 3 axes for CyclicShift"),
            (CyclicShift(), (3, 4, 5), "x must have 2 axes for CyclicShift"),
            (Permutation(item_ndim=0), (3, 4, 5), "x must have 2 axes for Permutation"),
            (SignFlip(), (3,), "at least one signal axis"),
            (SignFlip(), (0, 3), "0 sample"),
            (FiniteGroup(QUARTER_TURNS), (3, 5), "x must have signals of 2 entries"),
        ],
    )
    def test_wrong_shape(self, group, shape, match):
        with pytest.raises(ValueError, match=match):
            group.align(np.ones(shape), np.ones(shape[1:]))

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_not_finite(self, value):
        x = np.ones((2, 3))
        x[1, 1] = value
        with pytest.raises(ValueError, match="x contains NaN or infinity"):
            SignFlip().align(x, np.ones(3))

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("group", [SignFlip(), GlobalPhase()])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
    def test_not_finite_beside_the_entry_that_decides(self, group, dtype, value):
        # A template of zeros but for one entry: no zero of it hides a NaN.
        for entry in range(5):
            for row in (0, 2_500, 3_999):
                x = np.ones((4_000, 5), dtype=dtype)
                x[row, entry] = value
                with pytest.raises(ValueError, match="x contains NaN or infinity"):
                    group.canonicalize(x)

    def test_large_values_are_finite(self):
        x = np.full((2, 3), 1e300)
        np.testing.assert_array_equal(SignFlip().align(-x, np.ones(3))[0], x)

    def test_reference(self):
        x = np.ones((2, 3))
        with pytest.raises(ValueError, match=r"reference must have shape \(3,\)"):
            SignFlip().align(x, np.ones(4))
        with pytest.raises(ValueError, match="reference must be real"):
            SignFlip().align(x, 1j * np.ones(3))
        with pytest.raises(ValueError, match="at least one array"):
            SignFlip().align(x, [])

    def test_elements(self):
        x = np.ones((2, 3))
        with pytest.raises(ValueError, match="one sign per sample"):
            SignFlip().act(np.ones(3), x)
        with pytest.raises(ValueError, match="one angle per sample"):
            GlobalPhase().act(np.ones(3), x)
        with pytest.raises(ValueError, match="angles 0 or pi for real signals, got 1"):
            GlobalPhase().act(np.ones(2), x)
        with pytest.raises(ValueError, match="one integer shift per sample"):
            CyclicShift().act(np.ones((3, 1), int), x)
        with pytest.raises(ValueError, match="must hold integers"):
            CyclicShift().act(np.ones((2, 1)), x)
        with pytest.raises(ValueError, match="one row of 3 indices"):
            Permutation().act(np.zeros((2, 2), int), x)
        with pytest.raises(ValueError, match="one matrix per sample"):
            Rotation().act(np.eye(3), np.ones((2, 4, 3)))
        with pytest.raises(ValueError, match="one position per sample"):
            FiniteGroup(QUARTER_TURNS).act([0], np.ones((2, 2)))
        with pytest.raises(ValueError, match="tuple of 2 entries"):
            (SignFlip() * CyclicShift()).act(np.ones(2), x)

    def test_translation_refuses_to_lose_content(self):
        x = np.zeros((2, 3, 3))
        x[:, 1, 1] = 1
        with pytest.raises(ValueError, match=r"sample 1 has shift \(2, 0\)"):
            Translation().act(np.array([[1, 0], [2, 0]]), x)

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

    def test_rotation_is_real(self):
        with pytest.raises(ValueError, match="x must be real for Rotation"):
            Rotation().align(np.ones((2, 4, 3), complex), np.ones((4, 3)))

    def test_products_that_cannot_be_exact(self):
        points = normal((2, 4, 3))
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
    def test_factors_have_to_change_places(self, group, shape):
        x = normal((2, *shape))
        with pytest.raises(ValueError, match="factors of a product must form a group"):
            group.align(x, x)

    @pytest.mark.parametrize("group", [SignFlip(), Translation(), Rotation()])
    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_reference_is_finite(self, group, value):
        x = group.example_signals(2, random_state=0)
        reference = x[0].copy()
        reference[..., -1] = value
        with pytest.raises(ValueError, match="reference must hold finite numbers"):
            group.align(x, reference)

    def test_generic_template_where_there_is_no_natural_rule(self):
        assert not Rotation().has_natural_rule
        assert SignFlip().has_natural_rule
        x = normal((20, 4, 3))
        representative, _ = Rotation().canonicalize(x)
        generic = np.random.RandomState(0).standard_normal((4, 3))
        np.testing.assert_array_equal(representative, Rotation().align(x, generic)[0])


class TestDegenerateRotations:
    @pytest.mark.parametrize("reflections", [False, True])
    @pytest.mark.parametrize(("rank", "size"), [(1, 3), (2, 3), (2, 4), (1, 2)])
    def test_align_is_exact_where_rotations_tie(self, reflections, rank, size):
        points = np.zeros((6, size))
        points[:, :rank] = normal((6, rank))
        group = Rotation(reflections)
        x = np.repeat(points[None], 20, axis=0)
        moved = group.act(group.sample(x, 0), x)
        aligned, element = group.align(moved, points)
        np.testing.assert_allclose(aligned, x, atol=1e-12)
        if not reflections:
            np.testing.assert_allclose(np.linalg.det(element), 1)


@pytest.mark.parametrize(
    ("group", "match"),
    [
        (CyclicShift("a"), "ndim must be an int of at least 1, got 'a'"),
        (CyclicShift(0), "ndim must be an int of at least 1, got 0"),
        (CyclicShift(1.5), r"ndim must be an int of at least 1, got 1\.5"),
        (Permutation("a"), "item_ndim must be None or an int of at least 0, got 'a'"),
        (Permutation(-1), "item_ndim must be None or an int of at least 0, got -1"),
        (Rotation("no"), "reflections must be True or False, got 'no'"),
    ],
)
def test_parameters_of_groups(group, match):
    x = normal((2, 4, 3))
    with pytest.raises(ValueError, match=match):
        group.align(x, x)


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_weighted_mean_keeps_the_precision(dtype):
    x = normal((5, 4), dtype)
    mean, _ = CyclicShift().mean(x, sample_weight=np.arange(5.0))
    assert mean.dtype == dtype


class TestScales:
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


class TestIntegersAndLists:
    @pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool])
    @pytest.mark.parametrize(
        "group", [ConjugateFlip(), FourierSymmetry(), CyclicShift(2)], ids=str
    )
    def test_integers_are_as_good_as_floats(self, group, dtype):
        x = rng.integers(0, 2 if dtype is bool else 4, size=(5, 6, 7)).astype(dtype)
        reference = normal((6, 7))
        as_float = x.astype(float)
        np.testing.assert_allclose(
            group.distance(x, reference), group.distance(as_float, reference)
        )
        np.testing.assert_allclose(
            group.margin(x, reference), group.margin(as_float, reference)
        )
        if not isinstance(group, CyclicShift):
            np.testing.assert_allclose(
                group.canonicalize(x)[0], group.canonicalize(as_float)[0]
            )

    def test_unsigned_integers_do_not_wrap(self):
        x = np.array([[1, 2]], dtype=np.uint8)
        np.testing.assert_allclose(GlobalPhase().act(np.array([np.pi]), x), [[-1, -2]])

    def test_lists(self):
        np.testing.assert_allclose(
            SignFlip().distance([[1.0, 2.0]], [0.0, -1.0]), [np.sqrt(2)]
        )
        np.testing.assert_allclose(
            SignFlip().canonicalize([[1.0, -2.0]])[0], [[-1.0, 2.0]]
        )


class TestMargins:
    @pytest.mark.parametrize(
        "group", [SignFlip(), CyclicShift(), SignFlip() * CyclicShift()], ids=str
    )
    def test_one_reference_per_sample(self, group):
        x, references = normal((6, 5)), normal((6, 5))
        references[3:] *= 10
        alone = [group.margin(x[i : i + 1], references[i])[0] for i in range(len(x))]
        np.testing.assert_allclose(group.margin(x, references), alone)

    def test_only_allowed_shifts_count(self):
        # The image fills its canvas, and its template is orthogonal to it: on the seam.
        x = normal((1, 3, 4))
        template = np.roll(x[0], 1, axis=1)
        template -= x[0] * np.sum(template * x[0]) / np.sum(x[0] ** 2)
        group = Translation() * GlobalPhase()
        np.testing.assert_allclose(group.margin(x, template), 0, atol=1e-12)


class TestMarginsOfProducts:
    @pytest.mark.parametrize("shape", [(4,), (4, 2)])
    @pytest.mark.parametrize("listed", ["sign", "finite"])
    def test_permutations_against_all_elements(self, shape, listed):
        size = int(np.prod(shape))
        outer = (
            SignFlip()
            if listed == "sign"
            else FiniteGroup([np.eye(size), -np.eye(size)])
        )
        x, (w,) = normal((20, *shape)), normal((1, *shape))

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

    def test_members_that_two_elements_share(self):
        # In the plane, -1 is a rotation by half a turn: nothing ties.
        x, (w,) = normal((10, 4, 2)), normal((1, 4, 2))
        expected = Rotation().margin(x, w)
        np.testing.assert_allclose((SignFlip() * Rotation()).margin(x, w), expected)


def test_mirror_images_lie_on_the_seam_of_rotations():
    # The cross-covariance is diag(9, 4, -4): s₂ + s₃ = 0 with the determinant's sign.
    w = np.diag([3.0, 2.0, 2.0])
    x = (w * [1, 1, -1])[None]
    np.testing.assert_allclose(Rotation().margin(x, w), 0, atol=1e-12)
    assert Rotation(reflections=True).margin(x, w) == pytest.approx(1)


class TestFewPoints:
    @pytest.mark.parametrize("reflections", [False, True])
    @pytest.mark.parametrize(("n_points", "size"), [(1, 3), (2, 3), (3, 4), (2, 5)])
    def test_directions_without_points_do_not_tie(self, n_points, size, reflections):
        group = Rotation(reflections=reflections)
        x = normal((20, n_points, size))
        assert (group.margin(x, x[0]) > 0).all()
        z, _ = group.align(x, x[0])
        moved = group.act(group.sample(x, 0), x) + 1e-9
        np.testing.assert_allclose(group.align(moved, x[0])[0], z, atol=1e-6)
        mean, _ = group.mean(x)
        assert np.linalg.norm(mean) > 0

    def test_planar_points_under_reflections(self):
        x = normal((10, 4, 3)) * np.array([1.0, 1.0, 0.0])
        assert (Rotation(reflections=True).margin(x, x[0]) > 0).all()


class TestWholeNumbers:
    def test_matrices_are_not_cut(self):
        c = np.sqrt(0.5)
        turn = np.array([[c, -c], [c, c]])
        x = np.array([[[1, 0], [0, 2]]])
        rotated = Rotation().act(turn[None], x)
        np.testing.assert_allclose(rotated, x.astype(float) @ turn.T)
        eighths = FiniteGroup([np.linalg.matrix_power(turn, k) for k in range(8)])
        turned = eighths.act(np.array([1]), np.array([[1, 2]]))
        np.testing.assert_allclose(turned, [turn @ [1, 2]])

    def test_unsigned_shifts(self):
        x = np.arange(5.0)[None]
        for dtype in (np.uint8, np.uint64):
            rolled = CyclicShift().act(np.array([[1]], dtype=dtype), x)
            assert (rolled == np.roll(x, 1)).all()


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
    def test_signals_of_one_norm(self, group, binary):
        # The members that the data hold must not matter, not even by rounding.
        x = normal((30, 6))
        x = (x > 0) - 0.5 if binary else x / np.linalg.norm(x, axis=1, keepdims=True)
        mean, _ = group.mean(x)
        for seed in range(3):
            moved, _ = group.mean(group.act(group.sample(x, seed), x))
            np.testing.assert_allclose(moved, mean, atol=1e-9)

    @pytest.mark.parametrize(
        ("weight", "match"),
        [
            ([1.0], r"sample_weight must have shape \(3,\), got \(1,\)"),
            ([0, 0, 0], "sample_weight must be finite, not negative and not all zero"),
            ([-1, 1, 1], "sample_weight must be finite, not negative"),
            ([np.nan, 1, 1], "sample_weight must be finite"),
        ],
    )
    def test_weights(self, weight, match):
        with pytest.raises(ValueError, match=match):
            SignFlip().mean(normal((3, 4)), sample_weight=weight)

    def test_signals(self):
        assert SignFlip().mean([[1.0, 2.0], [-1.0, -2.0]])[0].tolist() == [1.0, 2.0]
        with pytest.raises(ValueError, match="Input x contains NaN"):
            CyclicShift().mean(np.full((2, 3), np.nan))


def test_margin_of_a_zero_reference_is_zero():
    for group in (SignFlip(), Permutation(), CyclicShift()):
        assert not group.margin(np.ones((2, 3)), np.zeros(3)).any()


def test_products_take_the_size_of_given_matrices():
    quarters = FiniteGroup(QUARTER_TURNS)
    for group in (SignFlip() * quarters, quarters * SignFlip()):
        assert group.example_signals(3).shape == (3, 2)
        check_symmetry_group(group)
    scalars = FiniteGroup([1j**k * np.eye(2) for k in range(4)])
    assert (scalars * SignFlip()).acts_on == "complex"
    assert quarters.acts_on is None


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


class TestMarginsAtTheLimits:
    @pytest.mark.parametrize(
        "group", [Swap() * GlobalPhase(), Swap()], ids=["product", "group"]
    )
    def test_no_sample_depends_on_the_others(self, group):
        x = normal((6, 4), np.complex128)
        single = np.concatenate([group.margin(x[k : k + 1], x[0]) for k in range(6)])
        np.testing.assert_allclose(group.margin(x, x[0]), single, atol=1e-12)

    @pytest.mark.parametrize("scale", [1e-12, 1e10])
    def test_size_does_not_matter(self, scale):
        x = normal((20, 4), np.float32)
        scaled = x * np.float32(scale)
        for group in (SignFlip(), CyclicShift(), Permutation()):
            margin = group.margin(scaled, scaled[0])
            np.testing.assert_allclose(margin, group.margin(x, x[0]), rtol=1e-3)
            aligned, _ = group.align(scaled, scaled[0])
            expected, _ = group.align(x, x[0])
            np.testing.assert_allclose(aligned, expected * np.float32(scale), rtol=1e-5)

    def test_points_on_a_line_in_single_precision(self):
        x = normal((4, 5, 3), np.float32) * np.array([1, 0, 0], dtype=np.float32)
        w = normal((5, 3), np.float32)
        group = Rotation() * SignFlip()
        moved = Rotation().act(Rotation().sample(x, 0), x)
        np.testing.assert_allclose(
            group.margin(moved, w), group.margin(x, w), rtol=1e-3
        )

    def test_axes_and_kinds(self):
        for shape in ((5, 3), (4, 2, 3, 3)):
            x = normal(shape)
            with pytest.raises(ValueError, match="x must have 3 axes for Rotation"):
                Rotation().margin(x, x[0])
        x = normal((4, 5, 3), np.complex128)
        with pytest.raises(ValueError, match="x must be real for Rotation"):
            Rotation().margin(x, x[0])

    def test_one_item(self):
        assert Permutation().margin(np.zeros((1, 1)), np.ones(1)) == 0
        x = np.array([[[0.6, 0.8]]])
        for scale in (0.1, 1.0, 10.0):
            w = scale * np.array([[1.0, 0.0]])
            margin = (Permutation() * SignFlip()).margin(x, w)
            np.testing.assert_allclose(margin, 0.6)


def test_samples_of_no_weight_do_not_count():
    group = FiniteGroup(QUARTER_TURNS)
    x = normal((12, 2))
    more = np.concatenate([x, 10 * normal((1, 2))])
    weight = np.append(np.ones(12), 0)
    mean, _ = group.mean(more, sample_weight=weight)
    np.testing.assert_allclose(mean, group.mean(x)[0])


def test_opposites_and_sums_of_small_integers():
    x = np.arange(6.0)[None]
    group = CyclicShift()
    for dtype in (np.uint8, np.int8):
        one = np.array([[1]], dtype=dtype)
        assert (group.act(group.inverse(one), group.act(one, x)) == x).all()
        assert group.compose(one * 100, one * 100) == 200


@pytest.mark.parametrize(
    ("group", "element", "match"),
    [
        (SignFlip(), [2.0, 1.0], "signs, 1 or -1, got 2.0"),
        (SignFlip(), [np.nan, 1.0], "signs, 1 or -1, got nan"),
        (ConjugateFlip(), [0.0, 1.0], "signs, 1 or -1, got 0.0"),
        (Permutation(), [[0, 1], [1, 1]], r"permutations of 0 to 1, got in row 1: \[1"),
        (Permutation(), [[0, 1], [0, 2]], "permutations of 0 to 1, got in row 1"),
        (Rotation(), [np.eye(2), 2 * np.eye(2)], "rotations for Rotation.*in row 1"),
        (Rotation(), [np.eye(2), np.diag([1.0, -1])], "rotations for Rotation"),
        (Rotation(True), [np.eye(2), np.ones((2, 2))], "orthogonal matrices for"),
        (FiniteGroup([np.eye(4)]), [0, 1], "positions from 0 to 0, got 1"),
        (FiniteGroup([np.eye(4)]), [0, -1], "positions from 0 to 0, got -1"),
    ],
)
def test_illegal_elements(group, element, match):
    with pytest.raises(ValueError, match="element must hold .*" + match):
        group.act(np.array(element), normal((2, 2, 2)))


class TestSinglePrecisionWithAnOffset:
    """Gaps are small differences of large numbers."""

    @pytest.mark.parametrize("group", [CyclicShift(), ConjugateFlip()], ids=repr)
    def test_template_is_not_fixed(self, group):
        shape = (12,) if group.signal_ndim == 1 else (8, 8)
        w = 300 + normal(shape)
        x = 300 + normal((5, *shape))
        expected = group.margin(x, w)
        single = group.margin(x.astype(np.float32), w.astype(np.float32))
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, expected, atol=0.01)
        y = x.astype(np.float32)
        SymmetryBreaker(group, w).fit(y)

    def test_symmetric_up_to_rounding_is_fixed(self):
        half = normal((8, 4))
        w = np.concatenate([half, half[::-1, ::-1]], axis=1).astype(np.float32)
        w = w * (1 + 1e-7 * normal(w.shape, np.float32))
        with pytest.raises(ValueError, match="must not be fixed by"):
            SymmetryBreaker(ConjugateFlip(), w).fit(normal((3, 8, 8), np.float32))

    def test_mean_of_many(self):
        y = (1000 + 0.1 * normal((300_000, 2))).astype(np.float32)
        mean, _ = SignFlip().mean(y)
        np.testing.assert_allclose(mean, y.mean(axis=0, dtype=np.float64), rtol=1e-6)
        mean, _ = SignFlip().mean(y, sample_weight=np.ones(len(y)))
        np.testing.assert_allclose(mean, y.mean(axis=0, dtype=np.float64), rtol=1e-6)


@pytest.mark.parametrize("size", [2.0**-700, 2.0**700])
def test_distance_at_any_size(size):
    x, w = normal((5, 4)), normal(4)
    for group in (SignFlip(), GlobalPhase(), CyclicShift(), Permutation()):
        expected = size * group.distance(x, w)
        np.testing.assert_allclose(group.distance(size * x, size * w), expected)


def test_margin_of_translations_in_the_unit_of_the_reference():
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


def test_flip_and_permutation_of_four_rows_are_no_group():
    x = normal((6, 4, 3))
    with pytest.raises(ValueError, match="factors of a product must form a group"):
        (ConjugateFlip() * Permutation()).align(x, x[0])


@pytest.mark.parametrize(
    ("dtype", "size"), [(np.float32, 3e18), (float, 1e153), (float, 1e300)]
)
def test_no_warning_where_sums_of_squares_overflow(dtype, size):
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


class TestSmallSignals:
    """What vanishes when it is squared is still compared exactly."""

    @pytest.mark.parametrize("size", [1e-300, 1e-200, 1e-170, 1.0])
    def test_ties_of_the_phase(self, size):
        x, w = size * np.array([[-1, -1j, 1 - 1j]]), np.array([-1j, -1j, -1])
        group = GlobalPhase()
        aligned, _ = group.align(x, w)
        moved = group.act(np.array([1.0]), x)
        np.testing.assert_allclose(group.align(moved, w)[0] / size, aligned / size)

    @pytest.mark.parametrize("size", [1e-300, 1e-200, 1.0, 1e200])
    @pytest.mark.parametrize("group", [SignFlip(), GlobalPhase(), Halves()], ids=repr)
    def test_second_references(self, group, size):
        x = np.array([[2.0, -2, 1, -1], [1.0, 1, -1, -1], [0.0, 3, 0, -3]])
        references = [np.ones(4), np.array([0.3, 1, 0, -0.2])]
        expected, _ = group.align(x, references)
        aligned, _ = group.align(size * x, references)
        np.testing.assert_allclose(aligned / size, expected)


class TestOrdersByOneEntry:
    def test_rank_one_templates_tie_as_inner_products_do(self):
        ramp = np.array([1.0, 2, 3])
        references = [ramp[:, None] * [4.0, 3.0], ramp[:, None] * [-4.0, 5.0]]
        # 0 · 4 + 4 · 3 = 3 · 4 + 0 · 3: the first one ties, the second decides.
        x = np.array([[[0.0, 4], [3, 0], [3, 0]]])
        aligned, _ = Permutation().align(x, references)
        np.testing.assert_array_equal(aligned, [[[3.0, 0], [3, 0], [0, 4]]])


class TestMarginsOfSigns:
    def test_a_zero_reference_leaves_the_margin_to_the_next(self):
        x = np.array([[1.0, 2.0]])
        for group in (SignFlip(), GlobalPhase()):
            found = group.margin(x, [np.zeros(2), np.ones(2)])
            np.testing.assert_allclose(found, group.margin(x, np.ones(2)))

    def test_the_phase_of_real_signals_is_the_sign(self):
        x = Translation(1).example_signals(9, random_state=0)
        w = Translation(1).example_signals(1, random_state=1)[0]
        signs = Translation(1) * ConjugateFlip(1) * SignFlip()
        phases = Translation(1) * ConjugateFlip(1) * GlobalPhase()
        expected = signs.margin(x, w)
        np.testing.assert_allclose(phases.margin(x, w), expected)
        np.testing.assert_allclose(FourierSymmetry(1).margin(x, w), expected)


class OfSevenEntries(Halves):
    """A group that acts on signals of one size, with a tuple as its element."""

    def act(self, element, x):
        assert x.shape[1] == 7
        return np.where(element[0][:, None], x[:, ::-1], x)

    def inverse(self, element):
        return element

    def compose(self, a, b):
        return (a[0] ^ b[0], a[1] + b[1])

    def sample(self, x, random_state=None):
        assert x.shape[1] == 7
        exchange = check_random_state(random_state).uniform(size=len(x)) < 0.5
        return exchange, np.zeros(len(x))

    def align(self, x, reference):
        element = np.sum(reference * (x[:, ::-1] - x), axis=1) > 0, np.zeros(len(x))
        return self.act(element, x), element


class TestGroupsThatKnowTheirSize:
    def test_products_items_and_blocks(self):
        x, w = normal((6, 7)), normal(7)
        members = [x, -x, x[:, ::-1], -x[:, ::-1]]
        for product in (OfSevenEntries() * SignFlip(), SignFlip() * OfSevenEntries()):
            np.testing.assert_allclose(product.distance(x, w), min_over(members, w))
            aligned, element = product.align(x, w)
            assert len(element) == 3
            np.testing.assert_allclose(product.act(element, x), aligned)
            assert product.margin(x, w).shape == (6,)
        y = np.hstack([x, normal((6, 2))])
        group = BlockSymmetry([(OfSevenEntries(), slice(0, 7)), (SignFlip(), [8])])
        aligned, element = group.align(y, y[0])
        np.testing.assert_allclose(group.act(element, y), aligned)
        items = normal((6, 3, 7))
        for group in (
            Itemwise(OfSevenEntries()),
            Permutation(item_symmetry=OfSevenEntries()),
        ):
            aligned, element = group.align(items, items[0])
            np.testing.assert_allclose(group.act(element, items), aligned)
