"""What the regressor that breaks a symmetry refuses, and warns of."""

import numpy as np
import pytest
from helpers import normal
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_symbreak import (
    SymmetryBreaker,
    SymmetryBreakingRegressor,
)
from sklearn_symbreak.breaking import FourierPhaseBreaker, make_paper_fourier_breaker
from sklearn_symbreak.datasets import (
    make_fourier_phase_retrieval,
    make_gaussian_phase_retrieval,
)
from sklearn_symbreak.groups import (
    ConjugateFlip,
    FourierSymmetry,
    Permutation,
    SignFlip,
)


class TestErrors:
    X = normal(np.random.default_rng(0), (6, 4))
    y = normal(np.random.default_rng(1), (6, 3))

    @pytest.mark.parametrize(
        ("X", "y", "match"),
        [
            (X + 1j, y, "Complex data not supported"),
            (X * np.nan, y, "Input X contains NaN"),
            (X, y * np.inf, "Input y contains NaN or infinity"),
            (X, y[:5], r"inconsistent numbers of samples: \[6, 5\]"),
            (X[:0], y[:0], "0 sample"),
            (X, y[:0], "0 sample"),
            (X[:, 0], y, "Expected 2D array, got 1D array"),
            (X[:, :, None], y, "Found array with dim 3"),
            (X, None, "requires y to be passed"),
            (X, [["a"]] * 6, "y must be numeric"),
        ],
    )
    def test_fit(self, X, y, match):
        with pytest.raises(ValueError, match=match):
            SymmetryBreakingRegressor(Ridge(), SignFlip()).fit(X, y)

    @pytest.mark.parametrize(
        ("parameters", "match"),
        [
            (
                {"breaker": "median"},
                "breaker must be 'auto', 'canonical', 'mean', .*'median'",
            ),
            ({"breaker": 3}, "breaker must be 'auto', .* an instance .* got 3"),
            (
                {"breaker": SymmetryBreaker},
                r"such as SymmetryBreaker\(group\), got <cl",
            ),
            ({"breaker": None}, "breaker must be 'auto', .* got None"),
            ({"group": None}, "group must be given with breaker='auto', got None"),
            ({"group": None, "breaker": "passthrough"}, "group must be given, got Non"),
            ({"group": ConjugateFlip()}, "y must have 3 axes for ConjugateFlip"),
        ],
    )
    def test_parameters(self, parameters, match):
        model = SymmetryBreakingRegressor(Ridge(), SignFlip()).set_params(**parameters)
        with pytest.raises(ValueError, match=match):
            model.fit(self.X, self.y)

    @pytest.mark.parametrize("breaker", ["canonical", "passthrough"])
    @pytest.mark.parametrize("group", ["sign", SignFlip])
    def test_group(self, group, breaker):
        model = SymmetryBreakingRegressor(Ridge(), group, breaker)
        with pytest.raises(TypeError, match="group must be a symmetry group, such as"):
            model.fit(self.X, self.y)

    def test_breaker_without_group(self):
        model = SymmetryBreakingRegressor(Ridge(), breaker=StandardScaler())
        with pytest.raises(ValueError, match="the breaker has none, and the score"):
            model.fit(self.X, self.y)

    @pytest.mark.parametrize(
        "breaker", [FourierPhaseBreaker(6), make_paper_fourier_breaker(6)]
    )
    def test_phase_breaker_that_does_not_fit_the_measurements(self, breaker, rng):
        X, y = normal(rng, (6, 30)), normal(rng, (6, 3, 3))
        match = r"X must have 36 columns, .*FourierPhaseBreaker\(.* got shape \(6, 30\)"
        with pytest.raises(ValueError, match=match):
            SymmetryBreakingRegressor(KNeighborsRegressor(1), breaker=breaker).fit(X, y)
        # Images are not recovered from the measurements.
        breaker = FourierPhaseBreaker(6, target="image")
        assert (
            SymmetryBreakingRegressor(KNeighborsRegressor(1), breaker=breaker)
            .fit(X, y)
            .predict(X)
            .shape
            == y.shape
        )

    def test_phase_breaker_with_a_bad_shape(self, rng):
        with pytest.raises(ValueError, match="measurement_shape must be a positive"):
            SymmetryBreakingRegressor(
                KNeighborsRegressor(1), breaker=FourierPhaseBreaker("6")
            ).fit(self.X, normal(rng, (6, 3, 3)))

    def test_predict(self):
        model = SymmetryBreakingRegressor(Ridge(), SignFlip())
        for method in ("predict", "score"):
            arguments = (self.X, self.y)[: 1 + (method == "score")]
            with pytest.raises(NotFittedError, match="SymmetryBreakingRegressor inst"):
                getattr(model, method)(*arguments)
        model.fit(self.X, self.y)
        with pytest.raises(ValueError, match=r"X has 3 features, .* expecting 4"):
            model.predict(self.X[:, :3])
        with pytest.raises(ValueError, match="Complex data not supported"):
            model.predict(self.X + 0j)
        with pytest.raises(ValueError, match="Input X contains infinity"):
            model.predict(np.full_like(self.X, np.inf))

    @pytest.mark.parametrize(
        ("y", "match"),
        [
            (y[:, :2], r"same shape, got \(6, 2\) and \(6, 3\)"),
            (y[:5], r"same shape, got \(5, 3\) and \(6, 3\)"),
            (y * np.nan, "Input y_true contains NaN"),
        ],
    )
    def test_score(self, y, match):
        model = SymmetryBreakingRegressor(Ridge(), SignFlip()).fit(self.X, self.y)
        with pytest.raises(ValueError, match=match):
            model.score(self.X, y)


class TestMistakesThatFitSees:
    X, y = make_gaussian_phase_retrieval(200, 3, random_state=0)

    def test_no_regressor(self):
        for given in (None, "knn", KNeighborsRegressor):
            model = SymmetryBreakingRegressor(given, SignFlip())
            with pytest.raises(TypeError, match="regressor must be a scikit-learn"):
                model.fit(self.X, self.y)

    def test_breaker_of_another_group(self):
        model = SymmetryBreakingRegressor(
            KNeighborsRegressor(), SignFlip(), SymmetryBreaker(Permutation())
        )
        with pytest.warns(UserWarning, match="orbits: up to group=SignFlip"):
            model.fit(self.X, self.y)

    def test_scaled_measurements_of_a_phase(self):
        images = np.random.default_rng(0).random((60, 4, 4))
        X, y = make_fourier_phase_retrieval(
            images, canvas_shape=6, measurement_shape=12, random_state=0
        )
        model = SymmetryBreakingRegressor(
            KNeighborsRegressor(), breaker=make_paper_fourier_breaker(12)
        )
        model.fit(X, y)
        with pytest.warns(UserWarning, match="measurements X that have not been scale"):
            make_pipeline(StandardScaler(), model).fit(X, y)

    @pytest.mark.parametrize("breaker", [SymmetryBreaker(FourierSymmetry())])
    def test_axes_of_the_breakers_group(self, breaker):
        model = SymmetryBreakingRegressor(KNeighborsRegressor(), breaker=breaker)
        with pytest.raises(ValueError, match="y must have 3 axes for FourierSymmetry"):
            model.fit(self.X, self.y)

    def test_targets_are_called_y(self):
        model = SymmetryBreakingRegressor(
            KNeighborsRegressor(), SignFlip(), breaker="mean"
        )
        with pytest.raises(ValueError, match="breaker refuses the targets y, which it"):
            model.fit(self.X, 0 * self.y)
