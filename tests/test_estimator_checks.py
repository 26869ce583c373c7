"""The public law checks: pass on the package, fail on planted defects."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline

from sklearn_symbreak import ContentCenterer, SymmetryBreaker
from sklearn_symbreak.breaking import make_paper_fourier_breaker
from sklearn_symbreak.forward import (
    FourierPhaseRetrieval,
    GaussianPhaseRetrieval,
    Square,
)
from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import (
    ConjugateFlip,
    CyclicShift,
    FourierSymmetry,
    GlobalPhase,
    Permutation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.utils.estimator_checks import (
    check_forward_model,
    check_symmetry_breaker,
    check_symmetry_group,
)

rng = np.random.default_rng(0)

FORWARD_MODELS = [
    Square(),
    GaussianPhaseRetrieval.random(4, random_state=0),
    GaussianPhaseRetrieval.random(4, complex_valued=True, random_state=0),
    FourierPhaseRetrieval((5, 6), (9, 12)),
    FourierPhaseRetrieval((4, 5), (4, 5)),
    FourierPhaseRetrieval((30, 30), (60, 60)),
]


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


class TestSymmetryGroup:
    def test_own_signals(self):
        check_symmetry_group(ConjugateFlip(), rng.normal(size=(5, 7, 2)))
        check_symmetry_group(GlobalPhase(), rng.normal(size=(5, 3)) + 1j)

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
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_defect(self, group, match):
        with pytest.raises(AssertionError, match=match):
            check_symmetry_group(group)


class Breaker(TransformerMixin, BaseEstimator):
    """A breaker of the sign by hand, right as it stands; subclasses have defects."""

    group = SignFlip()

    def fit(self, y):
        return self

    def key(self, y):
        return y[:, -1]

    def transform(self, y):
        return y * np.where(self.key(y) < 0, -1, 1)[:, None]

    def inverse_transform(self, z):
        return z

    def contains(self, y):
        return self.key(y) >= 0


class Disconnected(Breaker):
    """The sign by the product of the entries: four cones that touch at the origin."""

    def key(self, y):
        return y[:, 0] * y[:, 1] * y[:, 2]


class LeavesTheOrbit(Breaker):
    def transform(self, y):
        return np.abs(y)


class Alternating(Breaker):
    def transform(self, y):
        return np.where(y[:, -1:] > 0, -y, y) * np.sign(y[:, :1])


class NotSmallest(Breaker):
    def contains(self, y):
        return np.ones(len(y), bool)


class NotRepresentative(Breaker):
    def contains(self, y):
        return self.key(y) > 0.5


class Passthrough(Breaker):
    def transform(self, y):
        return y

    def contains(self, y):
        return np.ones(len(y), bool)


class Half(Breaker):
    """What lies in the set already is taken for something else the second time."""

    def transform(self, y):
        broken = super().transform(y)
        return np.where(y[:, -1:] > 0, broken[:, [1, 0, 2]], broken)


class TestSymmetryBreaker:
    y = rng.normal(size=(32, 3))

    def test_hand_written_breaker(self):
        check_symmetry_breaker(Breaker(), self.y)

    def test_pipeline(self):
        group = FourierSymmetry()
        breaker = Pipeline(
            [("center", ContentCenterer()), ("turn", SymmetryBreaker(ConjugateFlip()))]
        )
        y = np.abs(group.example_signals(8, random_state=0))
        check_symmetry_breaker(breaker, y, group=ConjugateFlip() * Translation())

    @pytest.mark.parametrize(
        ("breaker", "match"),
        [
            (LeavesTheOrbit(), r"break\(x\) lies in the orbit of x: the largest dist"),
            (Half(), "lies in the orbit of x"),
            (Alternating(), r"break\(break\(x\)\) == break\(x\)"),
            (Passthrough(), r"break\(g·x\) == break\(x\)"),
            (NotSmallest(), "smallest: no other member of the orbit lies in the set"),
            (NotRepresentative(), r"representative: break\(x\) lies in the set"),
            (Disconnected(), "connected: the path between two representatives stays"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_defect(self, breaker, match):
        with pytest.raises(AssertionError, match=match):
            check_symmetry_breaker(breaker, self.y)

    def test_disconnected_set_has_no_other_defect(self):
        breaker = Disconnected()
        z = breaker.transform(self.y)
        np.testing.assert_array_equal(breaker.transform(-self.y), z)
        np.testing.assert_array_equal(breaker.transform(z), z)
        assert (breaker.contains(z) ^ breaker.contains(-z)).all()

    @pytest.mark.parametrize(
        ("breaker", "group"),
        [
            (SymmetryBreaker(Translation(), "mean"), FourierSymmetry()),
            (SymmetryBreaker(ConjugateFlip()), FourierSymmetry()),
            (SymmetryBreaker(GlobalPhase()), FourierSymmetry()),
            (SymmetryBreaker(SignFlip()), SignFlip() * CyclicShift()),
            (SymmetryBreaker(Permutation()), SignFlip() * Permutation()),
        ],
        ids=lambda value: repr(value)[:40],
    )
    def test_one_factor_is_ignored(self, breaker, group):
        y = group.example_signals(16, random_state=0)
        with pytest.raises(AssertionError, match=r"break\(g·x\) == break\(x\)"):
            check_symmetry_breaker(breaker, y, group=group)

    def test_paper_rule_taken_literally(self):
        group = FourierSymmetry()
        y = np.abs(group.example_signals(16, random_state=0))
        forward = FourierPhaseRetrieval((8, 9), (16, 18))
        breaker = make_paper_fourier_breaker((16, 18), origin="corner")
        with pytest.raises(AssertionError, match=r"break\(.*\) == break\(x\)"):
            check_symmetry_breaker(breaker, y, group=group, forward=forward)

    def test_forward_is_needed(self):
        y = FourierSymmetry().example_signals(4, random_state=0)
        with pytest.raises(AssertionError, match="forward must be given to invert"):
            check_symmetry_breaker(
                make_paper_fourier_breaker(18), y, group=FourierSymmetry()
            )


class Linear(ForwardModel):
    """A measurement that sees the sign."""

    signal_shape = (3,)
    n_measurements = 2
    symmetry = SignFlip()
    matrix = rng.normal(size=(2, 3))

    def _measure(self, x):
        return x @ self.matrix.T

    def _pull_back(self, x, v):
        return v @ self.matrix


class WrongFactor(FourierPhaseRetrieval):
    def _pull_back(self, x, v):
        return self.factor * super()._pull_back(x, v)


def wrong_factor(factor, canvas=(5, 6), shape=(9, 12)):
    forward = WrongFactor(canvas, shape)
    forward.factor = factor
    return forward


class TransposedGradient(GaussianPhaseRetrieval):
    def _pull_back(self, x, v):
        return super()._pull_back(x, v)[:, None]


class ComplexMeasurement(Square):
    def _measure(self, x):
        return super()._measure(x) + 0j


class MixedBatch(Square):
    def _measure(self, x):
        return super()._measure(x - x.mean())


class WrongSize(Square):
    n_measurements = 2


class TestForwardModel:
    @pytest.mark.parametrize("forward", FORWARD_MODELS, ids=lambda f: repr(f)[:40])
    def test_package(self, forward):
        check_forward_model(forward)

    def test_own_signals(self):
        check_forward_model(Square(), rng.normal(size=(5, 1)))

    @pytest.mark.parametrize(
        ("forward", "match"),
        [
            (Linear(), r"f\(g·x\) == f\(x\): largest difference"),
            (wrong_factor(2), "vjp == finite difference: largest difference"),
            (wrong_factor(1.001), "vjp == finite difference"),
            (wrong_factor(1.001, (40, 40), (80, 80)), "vjp == finite difference"),
            (
                TransposedGradient(rng.normal(size=(8, 3))),
                "vjp has the shape of x: .*",
            ),
            (ComplexMeasurement(), "measurements are real, got dtype complex128"),
            (MixedBatch(), "batches do not mix"),
            (WrongSize(), r"measurements have shape \(6, 2\), got \(6, 1\)"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_defect(self, forward, match):
        with pytest.raises(AssertionError, match=match):
            check_forward_model(forward)
