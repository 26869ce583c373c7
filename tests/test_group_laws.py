"""Laws that all groups keep, and means of orbits."""

import numpy as np
import pytest
from conftest import QUARTER_TURNS
from helpers import normal, norms, tolerance
from sklearn.base import clone

from sklearn_symbreak.groups import (
    CyclicShift,
    FiniteGroup,
    GlobalPhase,
    Itemwise,
    Permutation,
    Rotation,
    SignFlip,
    _engine,
)
from sklearn_symbreak.testing import check_symmetry_group


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

    @pytest.mark.parametrize("sign", [-1, 1])
    def test_margin_at_any_size(self, group, signals, sign, rng):
        reference = normal(rng, signals.shape[1:], signals.dtype)
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

    def test_torch_gives_the_same(self, group, signals, rng):
        torch = pytest.importorskip("torch")
        reference = normal(rng, signals.shape[1:], signals.dtype)
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
