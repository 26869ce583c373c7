"""Groups that users write: five methods are enough."""

import numpy as np
import pytest
from helpers import min_over, normal, norms
from sklearn.utils import check_random_state

from sklearn_symbreak import SymmetryBreaker
from sklearn_symbreak.groups import (
    BlockSymmetry,
    FiniteGroup,
    GlobalPhase,
    Itemwise,
    Permutation,
    SignFlip,
    SymmetryGroup,
)
from sklearn_symbreak.testing import check_symmetry_group


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


CyclicHalves = FiniteGroup([np.eye(4), np.eye(4)[[2, 3, 0, 1]]])


class TestOwnGroup:
    def test_five_methods_are_enough(self, rng):
        group = Halves()
        check_symmetry_group(group, normal(rng, (9, 4)))
        x, w = normal(rng, (9, 4)), normal(rng, 4)
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
        x, second = normal(rng, (40, 4), dtype), normal(rng, 4, dtype)
        # The first one ties some signals, all signals, or none.
        x[:20, 2:] = x[:20, :2][:, ::-1]
        for first in (np.ones(4), np.array([1.0, 2, 2, 1]), normal(rng, 4)):
            expected, _ = CyclicHalves.align(x, [first, second])
            aligned, element = group.align(x, [first, second])
            np.testing.assert_allclose(aligned, expected)
            np.testing.assert_allclose(group.act(element, x), expected)
            moved = group.act(group.sample(x, rng), x)
            np.testing.assert_allclose(group.align(moved, [first, second])[0], expected)
            three = [first, first, second]
            np.testing.assert_allclose(group.align(x, three)[0], expected)

    def test_breaking_with_an_ordered_list(self, rng):
        y = normal(rng, (30, 4))
        templates = [np.ones(4), np.array([1.0, 0, 0, 0])]
        breaker = SymmetryBreaker(Halves(), templates).fit(y)
        moved = Halves().act(Halves().sample(y, 0), y)
        np.testing.assert_allclose(breaker.transform(moved), breaker.transform(y))
        np.testing.assert_allclose(
            breaker.transform(y),
            SymmetryBreaker(CyclicHalves, templates).fit_transform(y),
        )

    def test_generic_template(self, rng):
        y = normal(rng, (30, 4))
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

    def test_in_items_and_blocks(self, rng):
        x, w = normal(rng, (9, 3, 4)), normal(rng, (3, 4))
        for container, other in [
            (Itemwise(Halves()), Itemwise(CyclicHalves)),
            (
                Permutation(item_symmetry=Halves()),
                Permutation(item_symmetry=CyclicHalves),
            ),
        ]:
            np.testing.assert_allclose(container.distance(x, w), other.distance(x, w))
        blocks = [(Halves(), [0, 2, 1, 5])], [(CyclicHalves, [0, 2, 1, 5])]
        y, v = normal(rng, (9, 6)), normal(rng, 6)
        np.testing.assert_allclose(
            *(BlockSymmetry(pairs).align(y, v)[0] for pairs in blocks)
        )

    def test_missing_align(self):
        class Incomplete(SymmetryGroup):
            act, inverse = Halves.act, Halves.inverse
            compose, sample = Halves.compose, Halves.sample

        with pytest.raises(TypeError, match="Incomplete must define the method align"):
            Incomplete().align(np.ones((1, 4)), np.ones(4))

    def test_law_check_asks_for_signals(self, rng):
        class NeedsPairs(Halves):
            def act(self, element, x):
                if x.shape[1] % 4:
                    raise ValueError("four entries, please")
                return super().act(element, x)

        with pytest.raises(ValueError, match=r"^x must be given, .*four entries, pl"):
            check_symmetry_group(NeedsPairs())
        check_symmetry_group(NeedsPairs(), normal(rng, (9, 4)))

    @pytest.mark.parametrize("size", [1e-300, 1e-200, 1.0, 1e200])
    @pytest.mark.parametrize("group", [SignFlip(), GlobalPhase(), Halves()], ids=repr)
    def test_second_references(self, group, size):
        x = np.array([[2.0, -2, 1, -1], [1.0, 1, -1, -1], [0.0, 3, 0, -3]])
        references = [np.ones(4), np.array([0.3, 1, 0, -0.2])]
        expected, _ = group.align(x, references)
        aligned, _ = group.align(size * x, references)
        np.testing.assert_allclose(aligned / size, expected)


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
    def test_products_items_and_blocks(self, rng):
        x, w = normal(rng, (6, 7)), normal(rng, 7)
        members = [x, -x, x[:, ::-1], -x[:, ::-1]]
        for product in (OfSevenEntries() * SignFlip(), SignFlip() * OfSevenEntries()):
            np.testing.assert_allclose(product.distance(x, w), min_over(members, w))
            aligned, element = product.align(x, w)
            assert len(element) == 3
            np.testing.assert_allclose(product.act(element, x), aligned)
            assert product.margin(x, w).shape == (6,)
        y = np.hstack([x, normal(rng, (6, 2))])
        group = BlockSymmetry([(OfSevenEntries(), slice(0, 7)), (SignFlip(), [8])])
        aligned, element = group.align(y, y[0])
        np.testing.assert_allclose(group.act(element, y), aligned)
        items = normal(rng, (6, 3, 7))
        for group in (
            Itemwise(OfSevenEntries()),
            Permutation(item_symmetry=OfSevenEntries()),
        ):
            aligned, element = group.align(items, items[0])
            np.testing.assert_allclose(group.act(element, items), aligned)
