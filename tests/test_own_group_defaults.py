"""What follows from the five methods of a group of one's own."""

import numpy as np
import pytest
from helpers import Involution, normal
from sklearn.dummy import DummyRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.utils import check_random_state

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.compose import AtlasRegressor
from sklearn_symbreak.groups import (
    BlockSymmetry,
    GlobalPhase,
    Itemwise,
    Permutation,
    SignFlip,
    SymmetryGroup,
)
from sklearn_symbreak.testing import check_symmetry_breaker, check_symmetry_group


class ChannelSwap(Involution):
    signal_ndim = 2

    def act(self, element, x):
        return np.where(element[:, None, None], x[:, ::-1], x)

    def align(self, x, reference):
        gain = np.real(np.conj(reference) * (x[:, ::-1] - x)).sum(axis=(1, 2))
        return self.act(gain > 0, x), gain > 0


class SwapByRule(ChannelSwap):
    """The channel whose first entry is larger comes first."""

    def canonicalize(self, x):
        swap = x[:, 0, 0] < x[:, 1, 0]
        return self.act(swap, x), swap


class SwapByRuleWithMargin(SwapByRule):
    def canonical_margin(self, x):
        apart = np.abs(x[:, 0, 0] - x[:, 1, 0])
        return apart / np.maximum(np.linalg.norm(x, axis=(1, 2)), apart)


class Turns(SymmetryGroup):
    """Quarter turns and mirrors of images, elements (number of turns, mirrored)."""

    signal_ndim = 2

    def act(self, element, x):
        turns, mirrored = element
        x = np.where(mirrored[:, None, None], x[:, :, ::-1], x)
        turned = np.stack([np.rot90(x, k, axes=(1, 2)) for k in range(4)])
        return turned[turns % 4, np.arange(len(x))]

    def inverse(self, element):
        turns, mirrored = element
        return np.where(mirrored, turns, -turns) % 4, mirrored

    def compose(self, a, b):
        (turns, mirrored), (before, other) = a, b
        return (turns + np.where(mirrored, -before, before)) % 4, mirrored ^ other

    def sample(self, x, random_state=None):
        rng = check_random_state(random_state)
        return rng.randint(4, size=len(x)), rng.uniform(size=len(x)) < 0.5

    def elements(self, x):
        return np.tile(np.arange(4), 2), np.repeat([False, True], 4)

    def align(self, x, reference):
        every = [
            tuple(np.repeat(part, len(x)) for part in element)
            for element in zip(*self.elements(x), strict=True)
        ]
        members = np.stack([self.act(element, x) for element in every])
        gains = np.real(np.conj(reference) * members).sum(axis=(2, 3))
        best = np.argmax(gains, axis=0)
        element = tuple(
            np.stack([row[i] for row in every])[best, np.arange(len(x))] for i in (0, 1)
        )
        return self.act(element, x), element


class Unitary(SymmetryGroup):
    """Unitary matrices from the left."""

    signal_ndim = 2
    acts_on = "complex"

    def act(self, element, x):
        return (element @ x).astype(x.dtype)

    def inverse(self, element):
        return np.conj(element.swapaxes(1, 2))

    def compose(self, a, b):
        return a @ b

    def sample(self, x, random_state=None):
        rng = check_random_state(random_state)
        shape = (len(x), x.shape[1], x.shape[1])
        matrices = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
        return np.linalg.qr(matrices)[0].astype(x.dtype)

    def align(self, x, reference):
        u, _, vh = np.linalg.svd(reference @ np.conj(x.swapaxes(1, 2)))
        return self.act(u @ vh, x), u @ vh


class EntrySigns(SymmetryGroup):
    """Signs of all entries, too many to list."""

    signal_ndim = 1
    acts_on = "real"

    def act(self, element, x):
        return x * element.astype(x.dtype)

    def inverse(self, element):
        return element

    def compose(self, a, b):
        return a * b

    def sample(self, x, random_state=None):
        return check_random_state(random_state).choice([-1.0, 1.0], size=x.shape)

    def align(self, x, reference):
        element = np.where(x * reference < 0, -1.0, 1.0)
        return self.act(element, x), element


class ExactEntrySigns(EntrySigns):
    def gap(self, x, reference):
        size = np.linalg.norm(x, axis=1) * np.linalg.norm(reference, axis=-1)
        return 2 * np.abs(x * reference).min(axis=1) / size


class SampledGap(EntrySigns):
    def gap(self, x, reference):
        return super().gap(x, reference)


class OneTuple(ChannelSwap):
    """Elements are tuples of one array."""

    def act(self, element, x):
        return super().act(*element, x)

    def compose(self, a, b):
        return (super().compose(*a, *b),)

    def sample(self, x, random_state=None):
        return (super().sample(x, random_state),)

    def align(self, x, reference):
        gain = np.real(np.conj(reference) * (x[:, ::-1] - x)).sum(axis=(1, 2))
        return self.act((gain > 0,), x), (gain > 0,)


class MirrorImage(Involution):
    """One's own mirror, which the next class extends."""

    signal_ndim = 1

    def act(self, element, x):
        return np.where(element[:, None], x[:, ::-1], x)

    def align(self, x, reference):
        gain = np.real(np.conj(reference) * (x[:, ::-1] - x)).sum(axis=1)
        return MirrorImage.act(self, gain > 0, x), gain > 0


class MirrorWithNote(MirrorImage):
    """Elements are tuples, which those of its base are not."""

    def act(self, element, x):
        return super().act(element[0] & element[1], x)

    def compose(self, a, b):
        return a[0] ^ b[0], a[1] ^ b[1]

    def sample(self, x, random_state=None):
        return (super().sample(x, random_state),) * 2

    def align(self, x, reference):
        aligned, element = super().align(x, reference)
        return aligned, (element, element)


class Offset(SymmetryGroup):
    """x + c, about the mean of a signal."""

    signal_ndim = 1
    acts_on = "real"

    def act(self, element, x):
        return x + element[:, None].astype(x.dtype)

    def inverse(self, element):
        return -element

    def compose(self, a, b):
        return a + b

    def sample(self, x, random_state=None):
        return check_random_state(random_state).normal(size=len(x)).astype(x.dtype)

    def centered(self, x):
        return x - x.mean(axis=1, keepdims=True)

    def align(self, x, reference):
        element = (reference - x).mean(axis=1)
        return self.act(element, x), element


def entry(*place, shape=(2, 3)):
    template = np.zeros(shape)
    template[place] = 1
    return template


class TestTies:
    @pytest.mark.parametrize(
        "template", [entry(0, 0), [entry(0, 0), entry(0, 1)], "canonical", "mean"]
    )
    def test_members_of_an_orbit_have_one_representative(self, template, dtype, rng):
        y = rng.integers(0, 3, size=(300, 2, 3)).astype(dtype)
        breaker = SymmetryBreaker(ChannelSwap(), template).fit(y)
        broken = breaker.transform(y)
        assert broken.dtype == dtype
        np.testing.assert_array_equal(breaker.transform(y[:, ::-1]), broken)
        check_symmetry_breaker(breaker, y)

    def test_ties_cost_no_closeness(self, rng):
        y = rng.integers(0, 3, size=(300, 2, 3)).astype(float)
        found = ChannelSwap().distance(y, entry(0, 0))
        np.testing.assert_allclose(
            found, Permutation(item_ndim=1).distance(y, entry(0, 0)), rtol=1e-12
        )

    @pytest.mark.parametrize("scale", [1e-23, 1e20])
    def test_small_and_large_signals(self, scale, rng):
        y = (scale * normal(rng, (300, 2, 3))).astype(np.float32)
        breaker = SymmetryBreaker(ChannelSwap(), "mean").fit(y)
        np.testing.assert_array_equal(
            breaker.transform(y), breaker.transform(y[:, ::-1])
        )

    @pytest.mark.parametrize("group", [ChannelSwap(), Turns(), Unitary()])
    def test_laws(self, group, rng):
        dtypes = [np.complex64, complex]
        if group.acts_on != "complex":
            dtypes += [np.float32, float]
        for dtype in dtypes:
            x = normal(rng, (20, 2 if group.signal_ndim != 2 else 3, 3), dtype)
            x = x[:, :2] if isinstance(group, ChannelSwap) else x
            check_symmetry_group(group, x)

    @pytest.mark.parametrize("scale", [1, 1e-30])
    def test_a_subclass_may_ask_its_base(self, scale, dtype, rng):
        x = (scale * normal(rng, (20, 6), dtype)).astype(dtype)
        check_symmetry_group(MirrorWithNote(), x)

    @pytest.mark.parametrize("size", [1e-12, 1e-3, 1, 1e6])
    @pytest.mark.parametrize("precision", [np.float32, float])
    def test_groups_that_move_the_centre(self, size, precision, rng):
        x = (size * normal(rng, (200, 3))).astype(precision)
        group, far = Offset(), x + precision(size)
        limit = 100 * float(np.finfo(precision).eps) * size
        assert group.distance(far, x).max() < limit
        for reference in (x, [x, x[::-1]]):
            np.testing.assert_allclose(
                group.align(far, reference)[0], x, rtol=0, atol=limit
            )
        if size == 1:
            # Its elements are of size 1.
            check_symmetry_group(group, x[:20])

    def test_no_reference_depends_on_the_others(self, rng):
        x = rng.integers(0, 3, size=(200, 2, 3)).astype(float)
        reference = normal(rng, (200, 2, 3))
        reference[:, 1] = reference[:, 0]
        alone, _ = ChannelSwap().align(x, reference)
        reference[0] *= 1e9
        np.testing.assert_array_equal(ChannelSwap().align(x, reference)[0], alone)
        np.testing.assert_array_equal(
            ChannelSwap().align(x[:, ::-1], reference)[0], alone
        )


class TestMargins:
    @pytest.mark.parametrize("scale", [1, 1e5, 1e8, 1e-20])
    def test_do_not_depend_on_the_unit(self, scale, dtype, rng):
        y = normal(rng, (50, 2, 3), dtype)
        found = ChannelSwap().canonical_margin((scale * y).astype(dtype))
        tolerance = 100 * float(np.finfo(dtype).eps)
        expected = ChannelSwap().canonical_margin(y)
        np.testing.assert_allclose(found, expected, atol=tolerance)

    def test_an_atlas_keeps_its_templates_in_any_unit(self, rng):
        y = normal(rng, (300, 2, 3))
        X = np.concatenate([y.sum(1), (y**2).sum(1), y[:, 0] * y[:, 1]], axis=1)
        scores = [
            AtlasRegressor(KNeighborsRegressor(), ChannelSwap(), random_state=0)
            .fit(X[:200], (scale * y[:200]).astype(np.float32))
            .score(X[200:], (scale * y[200:]).astype(np.float32))
            for scale in (1, 2.0**-26, 2.0**26)
        ]
        np.testing.assert_allclose(scores, scores[0], rtol=1e-4)

    def test_templates_that_a_continuum_fixes_are_refused(self, rng):
        x = normal(rng, (50, 2, 3), complex)
        # A matrix of rank 1: what moves the other row leaves it in place.
        template = np.outer([1, 0], [1, 2, 3]).astype(complex)
        with pytest.raises(ValueError, match=r"fixed by an element of Unitary\(\)"):
            SymmetryBreaker(Unitary(), template).fit(x)
        assert not Unitary().gap(x, template).any()
        SymmetryBreaker(Unitary(), [template, x[0]]).fit(x)

    def test_follow_a_gap_of_ones_own(self, rng):
        x, reference = normal(rng, (20, 12)), normal(rng, (12,))
        check_symmetry_group(ExactEntrySigns(), x)
        gaps = np.abs(x * reference).min(axis=1)
        own = (reference**2).min() / np.linalg.norm(reference)
        expected = np.minimum(gaps / np.linalg.norm(x, axis=1) / own, 1)
        group = ExactEntrySigns()
        for found in (
            group.margin(x, reference),
            BlockSymmetry([(group, slice(0, 12))]).margin(x, reference),
            Itemwise(group).margin(x[:, None], reference[None]),
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-10)

    def test_a_gap_may_ask_the_default(self, rng):
        x, reference = normal(rng, (20, 6)), normal(rng, (6,))
        for method in ("gap", "margin"):
            np.testing.assert_allclose(
                getattr(SampledGap(), method)(x, reference),
                getattr(EntrySigns(), method)(x, reference),
                rtol=1e-12,
            )


class TestCanonicalRules:
    def test_a_rule_needs_a_margin_of_its_own(self, rng):
        y = normal(rng, (50, 2, 3))
        breaker = SymmetryBreaker(SwapByRule()).fit(y)
        assert breaker.template_ is None
        with pytest.raises(TypeError, match="must define canonical_margin"):
            breaker.margin(y)

    def test_a_rule_with_a_margin(self, rng):
        y = normal(rng, (50, 2, 3))
        y[:5, 1, 0] = y[:5, 0, 0] + 1e-9
        breaker = SymmetryBreaker(SwapByRuleWithMargin()).fit(y)
        assert breaker.margin(y)[:5].max() < 1e-8 < breaker.margin(y)[5:].min()
        assert (breaker.transform(y)[:, 0, 0] >= breaker.transform(y)[:, 1, 0]).all()


class TestTuplesOfArrays:
    def test_may_be_listed(self, rng):
        x = normal(rng, (20, 4, 4))
        group = Turns()
        check_symmetry_group(group, x)
        check_symmetry_group(group * SignFlip(), x)
        members = np.stack(
            [
                np.rot90(part, k, axes=(1, 2))
                for part in (x, x[:, :, ::-1])
                for k in range(4)
            ]
        )
        products = np.sort(np.sum(members * x[0], axis=(2, 3)), axis=0)
        size = np.linalg.norm(x, axis=(1, 2)) * np.linalg.norm(x[0])
        np.testing.assert_allclose(
            group.gap(x, x[0]), (products[-1] - products[-2]) / size, rtol=1e-10
        )
        signed = np.concatenate([members, -members])
        nearest = np.linalg.norm(signed - x[0], axis=(2, 3)).min(axis=0)
        np.testing.assert_allclose(
            (group * SignFlip()).distance(x, x[0]), nearest, atol=1e-12
        )

    def test_of_one_array_are_refused(self, rng):
        with pytest.raises(AssertionError, match="a tuple of two arrays or more"):
            check_symmetry_group(OneTuple(), normal(rng, (20, 2, 3)))


class TestRegressors:
    @pytest.mark.parametrize("order", [1, -1])
    def test_breakers_one_after_the_other_are_no_breaker_of_the_product(
        self, order, rng
    ):
        y = normal(rng, (200, 3))
        X = np.stack([(y**2).sum(axis=1), y.sum(axis=1) ** 2], axis=1)
        steps = [SymmetryBreaker(SignFlip()), SymmetryBreaker(Permutation())][::order]
        model = SymmetryBreakingRegressor(
            KNeighborsRegressor(), breaker=make_pipeline(*steps)
        )
        with pytest.warns(UserWarning, match="one breaker of the product"):
            model.fit(X, y)

    def test_no_rows(self, rng):
        X, y = np.ones((20, 16)), normal(rng, (20, 4), np.complex64)
        for model in (
            SymmetryBreakingRegressor(DummyRegressor(), GlobalPhase()),
            SymmetryBreakingRegressor(DummyRegressor(), GlobalPhase(), "embedding"),
            AtlasRegressor(DummyRegressor(), GlobalPhase()),
        ):
            found = model.fit(X, y).predict(X[:0])
            assert found.shape == (0, 4) and found.dtype == np.complex64
