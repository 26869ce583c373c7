"""The public law checks: pass on the package, fail on planted defects."""

import numpy as np
import pytest
from helpers import UNITS, normal
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

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
)


class Breaker(TransformerMixin, BaseEstimator):
    """A breaker of the sign by hand, right as it stands; subclasses have defects."""

    group = SignFlip()

    def fit(self, y):
        return self

    def key(self, y):
        return y[:, -1]

    def transform(self, y):
        return np.where(self.key(y)[:, None] < 0, -y, y)

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


class SevenAsMargin(SymmetryBreaker):
    def margin(self, X):
        return np.full(len(X), 7.0)


class MarginOfTheMember(SymmetryBreaker):
    def margin(self, X):
        return (X[:, 0] > 0).astype(float)


class OtherElement(SymmetryBreaker):
    def canonicalize(self, X):
        representative, element = super().canonicalize(X)
        return representative, -element


class OtherRepresentative(SymmetryBreaker):
    def canonicalize(self, X):
        return X, np.ones(len(X), X.dtype)


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


class TransformsInPlace(Breaker):
    def transform(self, y):
        y *= np.where(self.key(y) < 0, -1, 1)[:, None]
        return y


class FitsInPlace(Breaker):
    def fit(self, y):
        y /= 2
        return self


class InvertsInPlace(Breaker):
    def inverse_transform(self, z):
        z *= -1
        return z


class OtherPrecision(Breaker):
    def transform(self, y):
        return super().transform(y).astype(np.result_type(y.dtype, np.float64))


class InvertsToOtherPrecision(Breaker):
    def inverse_transform(self, z):
        return z.astype(np.result_type(z.dtype, np.float64))


class ComplexBreaker(Breaker):
    """The same for complex signals, by a real part."""

    def key(self, y):
        return y[:, -1].real


class OtherComplexPrecision(ComplexBreaker, OtherPrecision):
    pass


class NoGroup(Breaker):
    group = property()


class NoContains(Breaker):
    contains = property()


class DropsAColumn(Breaker):
    def transform(self, y):
        return super().transform(y)[:, 1:]


class TestSymmetryBreaker:
    y = np.random.default_rng(0).normal(size=(32, 3))

    def test_hand_written_breaker(self):
        check_symmetry_breaker(Breaker(), self.y)
        check_symmetry_breaker(Breaker(), self.y.astype(np.float32))
        check_symmetry_breaker(ComplexBreaker(), self.y + 1j * self.y[::-1])
        check_symmetry_breaker(ComplexBreaker())

    @pytest.mark.parametrize("scale", [1e-170, 1e-9, 1e9, 1e160])
    def test_scale_of_the_signals(self, scale):
        check_symmetry_breaker(Breaker(), scale * self.y)
        check_symmetry_breaker(SymmetryBreaker(SignFlip()), scale * self.y)
        with pytest.raises(AssertionError, match=r"break\(g·x\) == break\(x\)"):
            check_symmetry_breaker(Passthrough(), scale * self.y)
        with pytest.raises(AssertionError, match="lies in the orbit of x"):
            check_symmetry_breaker(LeavesTheOrbit(), scale * self.y)
        with pytest.raises(AssertionError, match="smallest"):
            check_symmetry_breaker(NotSmallest(), scale * self.y)

    def test_complex_signals_only(self):
        check_symmetry_breaker(SymmetryBreaker(UNITS, template="mean"))

    def test_signals_of_the_caller_are_kept(self):
        y = self.y.copy()
        with pytest.raises(AssertionError, match="fit: the signals are not changed"):
            check_symmetry_breaker(FitsInPlace(), y)
        np.testing.assert_array_equal(y, self.y)

    def test_single_precision(self):
        y = self.y.astype(np.float32)
        with pytest.raises(AssertionError, match="keeps the dtype: float64, float32"):
            check_symmetry_breaker(OtherPrecision(), y)
        match = "keeps the dtype: complex128, complex64"
        for given in (y + 1j * y[::-1], self.y + 1j * self.y[::-1]):
            with pytest.raises(AssertionError, match=match):
                check_symmetry_breaker(OtherComplexPrecision(), given)

    @pytest.mark.parametrize(
        ("breaker", "match"),
        [
            (
                StandardScaler(),
                r"breaker must have the method contains, which Standard",
            ),
            (NoContains(), r"breaker must have the method contains, which NoContains"),
            (SignFlip(), "breaker must have the method fit and transform and inverse"),
            (make_pipeline(SymmetryBreaker(SignFlip()), StandardScaler()), "contains"),
            (make_pipeline(Normalizer(), Breaker()), "inverse_transform, which Norm"),
            (NoGroup(), r"group must be given, as NoGroup\(\) has no attribute group"),
            (SymmetryBreaker("sign"), "group must be a symmetry group"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_not_a_breaker(self, breaker, match):
        with pytest.raises(TypeError, match=match):
            check_symmetry_breaker(breaker, self.y)

    def test_group_is_given(self):
        check_symmetry_breaker(NoGroup(), self.y, group=SignFlip())

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
            (LeavesTheOrbit(), r"break\(x\) lies in the orbit of x under SignFlip"),
            (Half(), "lies in the orbit of x"),
            (Alternating(), r"break\(break\(x\)\) == break\(x\)"),
            (Passthrough(), r"break\(g·x\) == break\(x\)"),
            (NotSmallest(), "smallest: no other member of the orbit lies in the set"),
            (SevenAsMargin(SignFlip()), r"margin is in \[0, 1\]"),
            (MarginOfTheMember(SignFlip()), r"margin\(g·x\) == margin\(x\)"),
            (OtherElement(SignFlip()), r"canonicalize: act\(element, x\) == break"),
            (OtherRepresentative(SignFlip()), r"canonicalize\(x\)\[0\] == break"),
            (NotRepresentative(), r"representative: break\(x\) lies in the set"),
            (Disconnected(), "connected: the path between two representatives stays"),
            (TransformsInPlace(), "transform: the signals are not changed in place"),
            (FitsInPlace(), "fit: the signals are not changed in place"),
            (InvertsInPlace(), "inverse_transform: the signals are not changed in"),
            (DropsAColumn(), r"inverse_transform.* keeps the shape: \(32, 2\)"),
            (OtherPrecision(), "transform keeps the dtype: float64, float32"),
            (InvertsToOtherPrecision(), "inverse_transform keeps the dtype: float64"),
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


FORWARD_MODELS = [
    Square(),
    GaussianPhaseRetrieval.random(4, random_state=0),
    GaussianPhaseRetrieval.random(4, complex_valued=True, random_state=0),
    FourierPhaseRetrieval((5, 6), (9, 12)),
    FourierPhaseRetrieval((4, 5), (4, 5)),
    FourierPhaseRetrieval((30, 30), (60, 60)),
]


class Linear(ForwardModel):
    """A measurement that sees the sign."""

    signal_shape = (3,)
    n_measurements = 2
    symmetry = SignFlip()
    matrix = np.random.default_rng(0).normal(size=(2, 3))

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


class SeesTheSign(GaussianPhaseRetrieval):
    def _measure(self, x):
        return super()._measure(x) + 1e-10 * x[:, :1].real


class HalfGradient(GaussianPhaseRetrieval):
    def _pull_back(self, x, v):
        return super()._pull_back(x, v) / 2


class CrashesOnComplex(GaussianPhaseRetrieval):
    def _measure(self, x):
        if np.iscomplexobj(x):
            raise ValueError("a bug")
        return super()._measure(x)


class FourierThatCrashesOnComplex(FourierPhaseRetrieval):
    def _measure(self, x):
        if np.iscomplexobj(x):
            raise ValueError("a bug")
        return super()._measure(x)


class RealFourier(FourierThatCrashesOnComplex):
    complex_valued = False


class FourthPower(ForwardModel):
    """A model of complex signals whose symmetry has complex matrices."""

    signal_shape = (6,)
    n_measurements = 6
    symmetry = UNITS

    def _measure(self, x):
        return (x**4).real

    def _pull_back(self, x, v):
        return 4 * v * np.conj(x) ** 3


class FourthPowerOfReals(FourthPower):
    def _measure(self, x):
        return super()._measure(x.real)


GAUSSIAN = normal(np.random.default_rng(0), (8, 3))
COMPLEX_GAUSSIAN = normal(np.random.default_rng(1), (8, 3), complex)


class TestForwardModel:
    @pytest.mark.parametrize("forward", FORWARD_MODELS, ids=lambda f: repr(f)[:40])
    def test_package(self, forward):
        check_forward_model(forward)

    @pytest.mark.parametrize("scale", [1e-30, 1e-5, 1e5])
    @pytest.mark.parametrize("matrix", [GAUSSIAN, COMPLEX_GAUSSIAN], ids=["r", "c"])
    def test_scale_of_the_measurements(self, matrix, scale):
        check_forward_model(GaussianPhaseRetrieval(scale * matrix))
        with pytest.raises(AssertionError, match="vjp == finite difference"):
            check_forward_model(HalfGradient(scale * matrix))

    @pytest.mark.parametrize("matrix", [GAUSSIAN, COMPLEX_GAUSSIAN], ids=["r", "c"])
    def test_small_measurements(self, matrix):
        with pytest.raises(AssertionError, match=r"f\(g·x\) == f\(x\)"):
            check_forward_model(SeesTheSign(1e-5 * matrix))

    @pytest.mark.parametrize("scale", [1e-30, 1e-6, 1e6])
    def test_scale_of_the_signals(self, scale, rng):
        x = scale * rng.normal(size=(6, 3))
        check_forward_model(GaussianPhaseRetrieval(GAUSSIAN), x)
        with pytest.raises(AssertionError, match="vjp == finite difference"):
            check_forward_model(HalfGradient(GAUSSIAN), x)

    @pytest.mark.parametrize("seed", range(10))
    def test_signals_without_measurement(self, seed):
        rng = np.random.default_rng(seed)
        matrix = rng.normal(size=(2, 3)) + 1j * rng.normal(size=(2, 3))
        x = rng.normal(size=(6, 3)) + 0j
        x[0] = np.cross(*matrix)
        x[1] = 0
        check_forward_model(GaussianPhaseRetrieval(matrix), x)

    def test_single_precision(self, rng):
        x = rng.normal(size=(6, 3)).astype(np.float32)
        check_forward_model(GaussianPhaseRetrieval(GAUSSIAN), x)

    @pytest.mark.parametrize(
        "forward",
        [
            CrashesOnComplex(COMPLEX_GAUSSIAN),
            FourierThatCrashesOnComplex((4, 5), (8, 10)),
            FourierThatCrashesOnComplex((4, 5), (4, 5)),
        ],
        ids=lambda forward: repr(forward)[:40],
    )
    def test_error_on_complex_signals(self, forward):
        with pytest.raises(ValueError, match="a bug"):
            check_forward_model(forward)

    def test_complex_signals_only_where_the_model_takes_them(self):
        check_forward_model(CrashesOnComplex(GAUSSIAN))
        check_forward_model(RealFourier((4, 5), (8, 10)))

    def test_complex_signals_only(self):
        check_forward_model(FourthPower())
        with pytest.raises(AssertionError, match=r"f\(g·x\) == f\(x\)"):
            check_forward_model(FourthPowerOfReals())

    def test_own_signals(self, rng):
        check_forward_model(Square(), rng.normal(size=(5, 1)))

    @pytest.mark.parametrize(
        ("forward", "match"),
        [
            (Linear(), r"f\(g·x\) == f\(x\): largest difference"),
            (wrong_factor(2), "vjp == finite difference: largest difference"),
            (wrong_factor(1.001), "vjp == finite difference"),
            (wrong_factor(1.001, (40, 40), (80, 80)), "vjp == finite difference"),
            (
                TransposedGradient(GAUSSIAN),
                "vjp has the shape of x: .*",
            ),
            (ComplexMeasurement(), "measurements are real, got dtype complex128"),
            (MixedBatch(), "batches do not mix"),
            (WrongSize(), r"measurements have shape \(6, 2\), got \(6, 1\)"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_defect(self, forward, match, rng):
        with pytest.raises(AssertionError, match=match):
            check_forward_model(forward)

    @pytest.mark.parametrize(
        ("given", "match"),
        [
            (Square, "lacks a call on signals"),
            (np.square, "lacks signal_shape and n_measurements and symmetry and vjp"),
            (SignFlip(), "lacks a call on signals"),
        ],
        ids=["class", "function", "group"],
    )
    def test_not_a_forward_model(self, given, match):
        with pytest.raises(
            TypeError, match=f"forward must be a forward model.*{match}"
        ):
            check_forward_model(given)

    @pytest.mark.parametrize(
        ("name", "value", "match"),
        [
            (
                "symmetry",
                SignFlip,
                "forward.symmetry must be a symmetry group, such as",
            ),
            ("symmetry", None, "forward.symmetry must be a symmetry group.* got None"),
            ("signal_shape", 3, "signal_shape must be a tuple of ints, .* got 3"),
            ("signal_shape", (), r"tuple of ints, \(1,\) for scalars, got \(\)"),
        ],
    )
    def test_attributes_of_a_forward_model(self, name, value, match):
        kind = type("Other", (Square,), {name: value})
        with pytest.raises(TypeError, match=match):
            check_forward_model(kind())
