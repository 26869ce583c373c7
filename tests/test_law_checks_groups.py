"""The public law check of groups: passes on the package, fails on planted defects."""

import numpy as np
import pytest
from conftest import QUARTER_TURNS, UNITS
from sklearn.utils import check_random_state

from sklearn_symbreak.groups import (
    ConjugateFlip,
    CyclicShift,
    FiniteGroup,
    GlobalPhase,
    Rotation,
    SignFlip,
    SymmetryGroup,
)
from sklearn_symbreak.utils.estimator_checks import (
    check_symmetry_group,
)


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
