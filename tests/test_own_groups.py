"""Groups that users write, and the law check, which fails on planted defects."""

import numpy as np
import pytest
from helpers import QUARTER_TURNS, UNITS, Involution, min_over, normal, norms
from sklearn.linear_model import Ridge
from sklearn.utils import check_random_state

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.forward import GaussianPhaseRetrieval
from sklearn_symbreak.groups import (
    BlockSymmetry,
    ConjugateFlip,
    CyclicShift,
    FiniteGroup,
    GlobalPhase,
    Itemwise,
    Permutation,
    Rotation,
    SignFlip,
    SymmetryGroup,
)
from sklearn_symbreak.utils.estimator_checks import (
    check_forward_model,
    check_symmetry_breaker,
    check_symmetry_group,
)


class Halves(Involution):
    """A user's group: exchange of the two halves of a signal, the bare minimum."""

    def act(self, element, x):
        half = x.shape[1] // 2
        return np.where(element[:, None], np.roll(x, half, axis=1), x)

    def align(self, x, reference):
        exchanged = self.act(np.ones(len(x), bool), x)
        reference = np.broadcast_to(reference, x.shape)
        better = norms(exchanged - reference) < norms(x - reference)
        return np.where(better[:, None], exchanged, x), better


CyclicHalves = FiniteGroup([np.eye(4), np.eye(4)[[2, 3, 0, 1]]])


class EmbeddedHalves(Halves):
    """It embeds signals, and cannot lead back."""

    def embed(self, x):
        half = x.shape[1] // 2
        return np.hstack([x[:, :half] + x[:, half:], x[:, :half] * x[:, half:]])


class TestOwnGroup:
    def test_an_embedding_leads_back(self, rng):
        X, y = rng.uniform(size=(20, 3)), normal(rng, (20, 4))
        model = SymmetryBreakingRegressor(Ridge(), EmbeddedHalves(), "embedding")
        with pytest.raises(
            ValueError, match=r"must have an embedding: .* no method unemb"
        ):
            model.fit(X, y)

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


class WrongInverse(CyclicShift):
    def inverse(self, element):
        return element


class WrongCompose(CyclicShift):
    def compose(self, a, b):
        return a - b


class WrongIdentity(CyclicShift):
    def identity(self, x):
        return super().identity(x) + 1


class NotOptimal(CyclicShift):
    def align(self, x, reference):
        element = self.identity(x)
        return x.copy(), element


class OtherElement(CyclicShift):
    def align(self, x, reference):
        aligned, element = super().align(x, reference)
        return aligned, element + 1


class OtherDtype(SignFlip):
    def act(self, element, x):
        return super().act(element, x).astype(np.result_type(x.dtype, np.float64))

    def align(self, x, reference):
        aligned, element = super().align(x, reference)
        return aligned.astype(np.result_type(x.dtype, np.float64)), element


class OtherShape(SignFlip):
    def act(self, element, x):
        return super().act(element, x)[:, :-1]


class NoIsometry(SignFlip):
    def act(self, element, x):
        # An involution all the same.
        moved = x[:, ::-1] * np.arange(1, 7) / np.arange(6, 0, -1)
        return np.where(element[:, None] < 0, moved, x).astype(x.dtype)

    def align(self, x, reference):
        moved = self.act(-np.ones(len(x)), x)
        distances = [np.linalg.norm(z - reference, axis=1) for z in (x, moved)]
        element = np.where(distances[1] < distances[0], -1.0, 1.0)
        return self.act(element, x), element

    def distance(self, x, reference):
        return np.linalg.norm(self.align(x, reference)[0] - reference, axis=1)


class WrongDistance(SignFlip):
    def distance(self, x, reference):
        return super().distance(x, reference) ** 2


class WrongMargin(SignFlip):
    def margin(self, x, reference):
        return 2 + super().margin(x, reference)


class InPlace(SignFlip):
    def margin(self, x, reference):
        x *= -1
        return super().margin(x, reference)


class CertainMargin(SignFlip):
    def margin(self, x, reference):
        return np.ones(len(x))


class WideGap(SignFlip):
    def gap(self, x, reference):
        return 2 * super().gap(x, reference)


class NegativeCanonicalMargin(SignFlip):
    def canonical_margin(self, x):
        return -super().canonical_margin(x)


class FirstAsMean(SignFlip):
    def mean(self, x, **options):
        return x[0], 1


class DrawsSomeShifts(CyclicShift):
    def sample(self, x, random_state=None):
        return super().sample(x, random_state) % 3

    def elements(self, x):
        return None


class ActsInPlace(SignFlip):
    def act(self, element, x):
        x *= element[:, None].astype(x.dtype)
        return x


class OtherDtypeOfAlign(SignFlip):
    def align(self, x, reference):
        aligned, element = super().align(x, reference)
        return aligned.astype(np.result_type(x.dtype, np.float64)), element


class WrongCorrelation(SignFlip):
    def correlation(self, x, reference):
        return np.zeros(len(x))


class OnlyIdentity(SignFlip):
    def sample(self, x, random_state=None):
        return self.identity(x)


class DoesNothing(OnlyIdentity):
    def elements(self, x):
        return

    def align(self, x, reference):
        return x.copy(), self.identity(x)

    def distance(self, x, reference):
        return np.linalg.norm(x - reference, axis=1)

    def correlation(self, x, reference):
        return np.sum(np.real(np.conj(reference) * x), axis=1)


class ForeignElement(SignFlip):
    def elements(self, x):
        return np.array([1.0, -1.0, 2.0])

    def act(self, element, x):
        return x * element[:, None].astype(x.dtype)


class AlignsScale(SignFlip):
    """Fits a scale, too."""

    def act(self, element, x):
        return x * element[:, None].astype(x.dtype)

    def inverse(self, element):
        return 1 / element

    def align(self, x, reference):
        best = (x @ np.conj(reference)).real / np.sum(np.abs(x) ** 2, axis=1)
        return self.act(best, x), best


class AlignsByAnyPhase(SymmetryGroup):
    """Draws signs, but aligns by complex units."""

    acts_on = "complex"

    def act(self, element, x):
        return x * element[:, None].astype(x.dtype)

    def inverse(self, element):
        return np.conj(element)

    def compose(self, a, b):
        return a * b

    def sample(self, x, random_state=None):
        return SignFlip().sample(x, random_state).astype(x.dtype)

    def align(self, x, reference):
        best = np.conj(np.sum(x * np.conj(reference), axis=1))
        best = best / np.abs(best)
        return self.act(best, x), best


class MissingElement(SignFlip):
    def elements(self, x):
        return np.array([1.0])


class IdentityLast(SignFlip):
    def elements(self, x):
        return np.array([-1.0, 1.0])


class UnseededDraws(SignFlip):
    draws = np.random.RandomState(0)

    def sample(self, x, random_state=None):
        return super().sample(x, self.draws)


class OneDraw(SignFlip):
    def sample(self, x, random_state=None):
        return super().sample(x, 0)


class MarginBelowOne(SignFlip):
    def margin(self, x, reference):
        return super().margin(x, reference) / 2


class ZeroMean(SignFlip):
    def mean(self, x, **kwargs):
        mean, n_iter = super().mean(x, **kwargs)
        return 0 * mean, n_iter


class DrawsHalfTurnsOnly(FiniteGroup):
    def sample(self, x, random_state=None):
        return 2 * check_random_state(random_state).randint(2, size=len(x))


class RotationThatReflects(Rotation):
    """The second element is orthogonal, but no rotation."""

    def elements(self, x):
        first = np.diag([-1.0] + [1.0] * (x.shape[2] - 1))
        return np.stack([np.eye(x.shape[2]), first])

    def act(self, element, x):
        return (x @ element.transpose(0, 2, 1)).astype(x.dtype)


class NotInverted(Rotation):
    def inverse(self, element):
        return element


class OtherRepresentatives(SignFlip):
    def representatives(self, x, reference=None):
        return -super().representatives(x, reference)


class OtherCanonicalElements(SignFlip):
    def canonicalize(self, x):
        representative, element = super().canonicalize(x)
        return representative, -element


class TestSymmetryGroup:
    def test_own_signals(self, rng):
        check_symmetry_group(ConjugateFlip(), rng.normal(size=(5, 7, 2)))
        check_symmetry_group(GlobalPhase(), rng.normal(size=(5, 3)) + 1j)

    @pytest.mark.parametrize("scale", [1e-60, 1e-10, 1e60])
    def test_scale_of_the_signals(self, scale, rng):
        x = scale * rng.normal(size=(6, 5, 3))
        check_symmetry_group(Rotation(), x)
        with pytest.raises(AssertionError, match=r"g⁻¹·\(g·x\) == x"):
            check_symmetry_group(NotInverted(), x)

    def test_scale_of_one_signal(self, rng):
        x = rng.normal(size=(6, 5, 3))
        x[3:] *= 1e-12
        check_symmetry_group(Rotation(), x)
        x[:3] = 0
        with pytest.raises(AssertionError, match=r"g⁻¹·\(g·x\) == x"):
            check_symmetry_group(NotInverted(), x)

    @pytest.mark.parametrize(
        "group",
        [UNITS, UNITS * CyclicShift(), CyclicShift() * UNITS],
        ids=["alone", "first", "last"],
    )
    def test_complex_signals_only(self, group):
        check_symmetry_group(group)

    @pytest.mark.parametrize("seed", range(8))
    def test_draws_that_leave_elements_out(self, seed):
        # Of 5 shifts 2 are never drawn, but may be those to which signals are aligned.
        x = np.random.default_rng(seed).standard_normal((12, 5))
        with pytest.raises(AssertionError, match="unless sample leaves it out"):
            check_symmetry_group(DrawsSomeShifts(), x, random_state=seed)

    def test_tensors_are_signals_to_check_on(self):
        torch = pytest.importorskip("torch")
        x = torch.linspace(-1, 2, 15).reshape(5, 3)
        check_symmetry_group(SignFlip(), x)
        check_symmetry_breaker(SymmetryBreaker(SignFlip()), x)
        check_forward_model(GaussianPhaseRetrieval.random(3, 7, random_state=0), x)

    def test_trivial_groups_list_their_elements(self, rng):
        check_symmetry_group(FiniteGroup([np.eye(3)]))
        check_symmetry_group(CyclicShift(), rng.normal(size=(5, 1)))
        check_symmetry_group(ConjugateFlip(), rng.normal(size=(5, 1, 1)))
        # One point of one coordinate can only stay where it is.
        with pytest.raises(AssertionError, match="leaves all of x in place"):
            check_symmetry_group(Rotation(), rng.normal(size=(5, 1, 1)))

    @pytest.mark.parametrize(
        ("group", "match"),
        [
            (WrongInverse(), r"g⁻¹·\(g·x\) == x: largest difference"),
            (WrongCompose(), r"\(h g\)·x == h·\(g·x\): largest difference"),
            (WrongIdentity(), r"act\(identity, x\) == x"),
            (NotOptimal(), "align is at least as close as every other member"),
            (OtherElement(), r"align: act\(element, x\) == aligned"),
            (OtherDtype(), "act keeps the dtype: float64, float32"),
            (OtherShape(), r"act\(element, x\) == aligned: shapes"),
            (NoIsometry(), r"‖g·x‖ == ‖x‖"),
            (WrongDistance(), "distance == ‖aligned - reference‖"),
            (WrongMargin(), r"margin is in \[0, 1\]"),
            (InPlace(), "the signals are not changed in place"),
            (ActsInPlace(), "the signals are not changed in place"),
            (OtherDtypeOfAlign(), "align keeps the dtype: float64, float32"),
            (WrongCorrelation(), "correlation == Re⟨reference, aligned⟩"),
            (OnlyIdentity(), "sample: a drawn element moves a signal"),
            (DoesNothing(), "sample: a drawn element moves a signal"),
            (ForeignElement(), "elements: g⁻¹"),
            (RotationThatReflects(), "elements: align"),
            (AlignsScale(), "align: ‖aligned‖ == ‖x‖"),
            (AlignsByAnyPhase(), "align: one of the members drawn"),
            (MissingElement(), "elements: one of them leads to what align returns"),
            (IdentityLast(), "elements: the first is the identity"),
            (UnseededDraws(), "sample: one random_state, one draw"),
            (OneDraw(), "sample: other random states draw other elements"),
            (
                DrawsHalfTurnsOnly(QUARTER_TURNS),
                "sample: every element is drawn, but 1 never was in 512 draws",
            ),
            (MarginBelowOne(), "margin is 1 at the reference: 0.5"),
            (ZeroMean(), "mean of one signal lies in its orbit"),
            (CertainMargin(), "margin is the gap in units of that at the reference"),
            (WideGap(), "gap is that of the second best member"),
            (NegativeCanonicalMargin(), r"canonical_margin is in \[0, 1\]"),
            (FirstAsMean(), "mean is the average of the signals aligned to it"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_defect(self, group, match):
        with pytest.raises(AssertionError, match=match):
            check_symmetry_group(group)

    @pytest.mark.parametrize(
        "group", [OtherRepresentatives(), OtherCanonicalElements()]
    )
    def test_what_breakers_and_errors_use_is_checked(self, group):
        with pytest.raises(AssertionError, match="representative"):
            check_symmetry_group(group)

    @pytest.mark.parametrize("given", [3, SignFlip], ids=["number", "class"])
    def test_not_a_group(self, given):
        with pytest.raises(TypeError, match="group must be a symmetry group"):
            check_symmetry_group(given)

    def test_a_group_that_acts_on_nothing_is_refused(self):
        scalars = FiniteGroup([1j**k * np.eye(4) for k in range(4)])
        with pytest.raises(
            ValueError, match="factors of a product must act on the same sig"
        ):
            check_symmetry_group(Rotation() * scalars)


class FlatRule(Halves):
    def canonical_templates(self, signal_shape, *, complex_valued=False):
        return [np.ones(signal_shape)]


def test_a_rule_of_its_own_that_breaks_nothing_is_refused(rng):
    with pytest.raises(ValueError, match="the canonical template must not be fixed"):
        SymmetryBreaker(FlatRule()).fit(rng.normal(size=(9, 4)))
