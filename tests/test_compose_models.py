"""Atlases, learned forward models, and what the regressors of compose refuse."""

import itertools

import numpy as np
import pytest
from helpers import normal
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.breaking import FourierPhaseBreaker, make_paper_fourier_breaker
from sklearn_symbreak.compose import AtlasRegressor, RefinedRegressor
from sklearn_symbreak.datasets import (
    make_fourier_phase_retrieval,
    make_gaussian_phase_retrieval,
)
from sklearn_symbreak.forward import (
    FourierPhaseRetrieval,
    GaussianPhaseRetrieval,
    LearnedForward,
)
from sklearn_symbreak.groups import (
    BlockSymmetry,
    ConjugateFlip,
    CyclicShift,
    FiniteGroup,
    FourierSymmetry,
    GlobalPhase,
    Itemwise,
    Permutation,
    Rotation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.metrics import orbit_r2_score, orbit_relative_error
from sklearn_symbreak.phase_retrieval import ADMM, LevenbergMarquardt, WirtingerFlow


def quaternions(n_samples, seed=0):
    rng = np.random.default_rng(seed)
    q = rng.normal(size=(n_samples, 4))
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    matrix = rng.normal(size=(16, 10))
    products = (q[:, :, None] * q[:, None])[:, *np.triu_indices(4)]
    return np.tanh(products @ matrix.T), q


def test_it_beats_one_template():
    X, y = quaternions(3000)
    train, test = slice(0, 2500), slice(2500, None)
    errors = {}
    for name, model in {
        "one": SymmetryBreakingRegressor(KNeighborsRegressor(), SignFlip()),
        "atlas": AtlasRegressor(KNeighborsRegressor(), SignFlip(), random_state=0),
    }.items():
        prediction = model.fit(X[train], y[train]).predict(X[test])
        errors[name] = orbit_relative_error(y[test], prediction, group=SignFlip())
    assert errors["atlas"] < 0.5 * errors["one"]


def test_one_template_is_a_breaker():
    X, y = quaternions(300)
    atlas = AtlasRegressor(KNeighborsRegressor(), SignFlip(), 1, random_state=0)
    atlas.fit(X, y)
    breaker = atlas.estimators_[0].breaker_
    assert_array_equal(breaker.template_, atlas.templates_[0])
    one = SymmetryBreakingRegressor(
        KNeighborsRegressor(), SignFlip(), breaker=clone(breaker)
    )
    assert_allclose(atlas.predict(X), one.fit(X, y).predict(X), atol=1e-12)


@pytest.mark.parametrize(
    ("group", "shape", "complex_valued"),
    [
        (SignFlip(), (), False),
        (SignFlip(), (3,), False),
        (GlobalPhase(), (3,), True),
        (Permutation(), (3,), False),
        (Rotation(), (4, 3), False),
        (Itemwise(SignFlip()), (2, 3), False),
        (BlockSymmetry([(SignFlip(), slice(0, 2))]), (4,), False),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shapes_and_precision_are_kept(group, shape, complex_valued, dtype, rng):
    y = rng.normal(size=(60, *shape)).astype(dtype)
    if complex_valued:
        y = y * np.exp(1j * y)
    X = rng.normal(size=(60, 5)).astype(dtype)
    atlas = AtlasRegressor(Ridge(), group, 3, random_state=0).fit(X, y)
    prediction = atlas.predict(X)
    assert prediction.shape == y.shape
    assert prediction.dtype == y.dtype
    assert np.isfinite(prediction).all()
    assert atlas.templates_.shape == (3, *(shape or (1,)))
    assert len({template.tobytes() for template in atlas.templates_}) == 3
    assert atlas.score(X, y) <= 1
    assert atlas.n_features_in_ == 5


@pytest.mark.usefixtures("processes")
def test_jobs_and_random_states():
    X, y = quaternions(200)
    atlas = AtlasRegressor(KNeighborsRegressor(), SignFlip(), random_state=0)
    expected = atlas.fit(X, y).predict(X)
    parallel = clone(atlas).set_params(n_jobs=2).fit(X, y)
    assert_array_equal(parallel.predict(X), expected)
    other = clone(atlas).set_params(random_state=1).fit(X, y)
    assert not np.array_equal(other.templates_, atlas.templates_)
    # The target of a member of the orbit is the same.
    flipped = clone(atlas).fit(X, -y)
    assert_allclose(SignFlip().distance(flipped.predict(X), expected), 0, atol=1e-12)


@pytest.mark.parametrize(
    "group",
    [
        Translation(),
        FourierSymmetry(),
        ConjugateFlip() * Translation(),
        Itemwise(Translation()),
        Permutation(item_symmetry=Translation()),
        BlockSymmetry([(Translation(ndim=1), slice(0, 2))]),
    ],
)
def test_translations_are_refused(group):
    atlas = AtlasRegressor(Ridge(), group)
    with pytest.raises(ValueError, match=r"(?s)translates content.*breaker='mean'"):
        atlas.fit(np.ones((4, 2)), np.ones((4, 3, 3)))
    with pytest.raises(NotFittedError):
        atlas.predict(np.ones((4, 2)))


@pytest.mark.parametrize(
    ("params", "y", "error", "match"),
    [
        ({"group": "sign"}, np.ones((4, 2)), TypeError, "group must be a symmetry"),
        ({"n_templates": 0}, np.ones((4, 2)), ValueError, "n_templates == 0"),
        ({"n_templates": 2.0}, np.ones((4, 2)), TypeError, "n_templates must be an"),
        ({}, np.zeros((4, 2)), ValueError, "y must hold a signal that is not zero"),
        ({}, np.full((4, 2), np.nan), ValueError, "y contains NaN"),
        ({}, None, ValueError, "requires y to be passed"),
    ],
)
def test_bad_parameters(params, y, error, match):
    atlas = AtlasRegressor(Ridge(), SignFlip()).set_params(**params)
    with pytest.raises(error, match=match):
        atlas.fit(np.ones((4, 3)), y)


class Failing(RegressorMixin, BaseEstimator):
    """Predict ones, but NaN where the first column is negative."""

    def fit(self, X, y):
        self.n_outputs_ = y.shape[1]
        return self

    def predict(self, X):
        failed = np.asarray(X)[:, :1] < 0
        return np.where(failed, np.nan, np.ones((len(X), self.n_outputs_)))


def test_predictions_that_failed_stay_so():
    X, y = quaternions(40)
    X[:, 0] = np.where(np.arange(40) < 5, -1, 1)
    prediction = AtlasRegressor(Failing(), SignFlip()).fit(X, y).predict(X)
    assert np.isnan(prediction[:5]).all()
    assert_allclose(np.abs(prediction[5:]), 1)


def test_gap_of_the_sign_and_the_phase():
    _, y = make_gaussian_phase_retrieval(20, 4, random_state=0)
    w = y[0]
    size = np.linalg.norm(y, axis=1) * np.linalg.norm(w)
    assert_allclose(SignFlip().gap(y, w), 2 * np.abs(y @ w) / size)
    assert_allclose(GlobalPhase().gap(y + 0j, w), np.abs(y @ w) / size)
    assert_allclose(SignFlip().gap(0 * y[:1], w), 0)
    assert_allclose(SignFlip().gap(1e-200 * y, 1e200 * w), SignFlip().gap(y, w))


@pytest.mark.parametrize(
    ("group", "largest", "shape"),
    [
        (Permutation(), 5, (4,)),
        (Permutation(), 2, (4,)),
        (ConjugateFlip(ndim=1), 2, (3,)),
        (CyclicShift(), 2, (4,)),
    ],
)
def test_signals_that_elements_fix_are_no_templates(group, largest, shape, rng):
    y = rng.integers(0, largest, size=(400, *shape)).astype(float)
    X = rng.uniform(size=(400, 3))
    atlas = AtlasRegressor(KNeighborsRegressor(3), group, random_state=0).fit(X, y)
    assert np.isfinite(atlas.predict(X)).all()
    assert len(atlas.templates_) == 4


@pytest.mark.parametrize(
    ("group", "fixed"),
    [
        (ConjugateFlip(ndim=1), [0.0, 1.0, 0.0]),
        (CyclicShift(), [1.0, 1.0, 1.0]),
        (Permutation(), [1.0, 1.0, 2.0]),
    ],
)
def test_all_signals_tie_to_what_an_element_fixes(group, fixed):
    x = np.random.default_rng(0).normal(size=(20, 3))
    assert_array_equal(group.gap(x, np.array(fixed)), 0)
    assert (group.gap(x, np.array([1.0, 2.0, 4.0])) > 0).all()


def data(n_samples=600, n_features=4, complex_valued=False, **params):
    return make_gaussian_phase_retrieval(
        n_samples,
        n_features,
        complex_valued=complex_valued,
        random_state=0,
        return_forward=True,
        **params,
    )


@pytest.mark.parametrize("complex_valued", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_phase_retrieval_is_learned_from_pairs(complex_valued, dtype):
    X, y, forward = data(complex_valued=complex_valued, dtype=dtype)
    learned = LearnedForward(forward.symmetry).fit(y[:500], X[:500])
    atol = 1e-2 if dtype == "float32" else 1e-9
    assert learned.signal_shape == (4,)
    assert learned.n_measurements == X.shape[1]
    assert learned.complex_valued == complex_valued
    assert learned(y[500:]).dtype == X.dtype
    assert_allclose(learned(y[500:]), X[500:], atol=atol)
    if dtype == "float64":
        v = np.random.RandomState(0).standard_normal((10, X.shape[1]))
        x, d = y[:10], y[10:20]
        assert_allclose(learned.vjp(x, v), forward.vjp(x, v), atol=1e-5)
        assert_allclose(learned.jvp(x, d), forward.jvp(x, d), atol=1e-5)


def test_groups_without_an_embedding_use_representatives():
    rng = np.random.RandomState(0)
    y = rng.standard_normal((400, 3))
    X = np.sort(y, axis=1) @ rng.standard_normal((3, 6))
    group = SignFlip() * Permutation()
    learned = LearnedForward(group, KNeighborsRegressor()).fit(y, X)
    moved = group.act(group.sample(y, 0), y)
    assert_allclose(learned(moved), learned(y))


def test_learned_model_refuses_bad_input():
    X, y, _ = data(20)
    learned = LearnedForward(SignFlip())
    with pytest.raises(NotFittedError):
        learned(y)
    with pytest.raises(ValueError, match="y has 19 and X has 20"):
        learned.fit(y[:-1], X)
    with pytest.raises(TypeError, match="group must be a symmetry group"):
        LearnedForward("sign").fit(y, X)
    with pytest.raises(ValueError, match="y must have 3 axes for FourierSymmetry"):
        LearnedForward(FourierSymmetry()).fit(y, X)
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match=r"X must not hold NaN .* got 1 of 320"):
        learned.fit(y, X)
    with pytest.raises(NotFittedError):
        learned(y)


@pytest.mark.parametrize("complex_valued", [False, True])
def test_refinement_by_a_learned_model_finds_the_signals(complex_valued):
    X, y, forward = data(1500, complex_valued=complex_valued)
    group = forward.symmetry
    regressor = SymmetryBreakingRegressor(
        make_pipeline(PolynomialFeatures(2), Ridge(1e-3)), group, breaker="embedding"
    )
    solver = LevenbergMarquardt(LearnedForward(group), tol=1e-7)
    refined = RefinedRegressor(regressor, solver).fit(X[:1200], y[:1200])
    assert refined.refines_
    errors = refined.validation_errors_
    assert errors["refined"] < errors["prediction"]
    found = refined.predict(X[1200:])
    errors = [
        orbit_relative_error(a[None], b[None], group=group)
        for a, b in zip(y[1200:], found, strict=True)
    ]
    # A start in the wrong valley stays there: some in a hundred may.
    assert np.mean(np.array(errors) < 1e-8) > 0.95
    # The parameter is not what was fitted.
    with pytest.raises(NotFittedError):
        _ = solver.forward.signal_shape


class NoisyTruth(RegressorMixin, BaseEstimator):
    """Predict the signal that a matrix of squares belongs to, almost."""

    def __init__(self, signals, noise):
        self.signals = signals
        self.noise = noise

    def fit(self, X, y):
        self.is_fitted_ = True
        return self

    def predict(self, X):
        rows = np.asarray(X)[:, 0].astype(int)
        rng = np.random.RandomState(0)
        shape = (len(rows), *self.signals.shape[1:])
        return self.signals[rows] + self.noise * rng.standard_normal(shape)


def numbered(n_samples=100):
    """Signals, and measurements that say which they are and else nothing."""
    rng = np.random.RandomState(0)
    y = rng.standard_normal((n_samples, 3))
    X = rng.standard_normal((n_samples, 8))
    X[:, 0] = np.arange(n_samples)
    return X, y


def test_refinement_that_hurts_is_left_out():
    X, y = numbered()
    regressor = NoisyTruth(y, 0.01)
    solver = LevenbergMarquardt(LearnedForward(SignFlip()), max_iter=5)
    refined = RefinedRegressor(regressor, solver).fit(X, y)
    assert not refined.refines_
    errors = refined.validation_errors_
    assert errors["refined"] > errors["prediction"]
    assert_array_equal(refined.predict(X), regressor.fit(X, y).predict(X))
    always = clone(refined).set_params(validation_fraction=None).fit(X, y)
    assert always.refines_
    assert always.validation_errors_ is None
    assert not np.allclose(always.predict(X), refined.predict(X))


@pytest.mark.parametrize(("factor", "offset"), [(0.1, 0), (2, 0), (1, 1.5)])
def test_known_models_that_contradict_the_pairs(factor, offset):
    X, y, forward = data(300)
    knn = make_pipeline(SimpleImputer(keep_empty_features=True), KNeighborsRegressor())
    regressor = SymmetryBreakingRegressor(knn, SignFlip())
    # Neither noise is a contradiction, nor what was never measured.
    noisy = X * np.random.RandomState(0).uniform(0, 2, size=X.shape)
    noisy[:, 0] = np.nan
    RefinedRegressor(regressor, WirtingerFlow(forward)).fit(noisy, y)
    match = f"gives other numbers than X: {factor} times .* plus {offset or ''}"
    with pytest.warns(UserWarning, match=match):
        RefinedRegressor(regressor, WirtingerFlow(forward)).fit(factor * X + offset, y)
    other = GaussianPhaseRetrieval.random(4, random_state=7)
    with pytest.warns(UserWarning, match="explains nothing of X: .* not scaled"):
        RefinedRegressor(regressor, WirtingerFlow(other)).fit(X, y)


def test_known_models_are_gated_on_request():
    X, y, forward = data(300)
    regressor = SymmetryBreakingRegressor(KNeighborsRegressor(), SignFlip())
    refined = RefinedRegressor(regressor, WirtingerFlow(forward))
    assert refined.fit(X, y).validation_errors_ is None
    weights = np.ones(300)
    gated = RefinedRegressor(
        SymmetryBreakingRegressor(Ridge(), SignFlip()), WirtingerFlow(forward), 0.2
    ).fit(X, y, sample_weight=weights)
    assert gated.refines_
    # A fifth was held out.
    other = SymmetryBreakingRegressor(Ridge(), SignFlip()).fit(X[:240], y[:240])
    assert_allclose(gated.regressor_.predict(X), other.predict(X))


def test_refined_signals_are_judged_by_the_group_of_the_regressor():
    X, y, forward = data(300)
    signs = itertools.product([1, -1], repeat=y.shape[1])
    every = FiniteGroup([np.diag(row) for row in signs])
    solver = WirtingerFlow(forward, max_iter=0)
    for regressor, group in [
        (SymmetryBreakingRegressor(KNeighborsRegressor(), every), every),
        (KNeighborsRegressor(), SignFlip()),
    ]:
        refined = RefinedRegressor(regressor, solver).fit(X, y)
        expected = orbit_r2_score(y, refined.predict(X), group=group)
        assert refined.score(X, y) == expected


@pytest.mark.parametrize(
    ("solver", "advice"),
    [
        (ADMM(FourierPhaseRetrieval((4, 4), (8, 8))), "take constraint='complex'"),
        (WirtingerFlow(GaussianPhaseRetrieval.random(4, 16)), ""),
    ],
    ids=["ADMM", "WirtingerFlow"],
)
def test_complex_targets_of_a_solver_of_real_signals(solver, advice, rng):
    y = normal(rng, (20, *solver.forward.signal_shape), complex)
    regressor = SymmetryBreakingRegressor(KNeighborsRegressor(), GlobalPhase())
    refined = RefinedRegressor(regressor, solver)
    with pytest.raises(ValueError, match=f"y must be real, as .*complex128.*{advice}"):
        refined.fit(solver.forward(y.real), y)
    with pytest.raises(NotFittedError):
        refined.predict(solver.forward(y.real))


def test_a_noisy_row_is_no_warning_of_the_batch():
    # Alone, the first row would look centred.
    X, y, forward = data(40)
    X[0, ::2] = -X[0, 1::2]
    RefinedRegressor(KNeighborsRegressor(), WirtingerFlow(forward)).fit(X, y)
    with pytest.warns(UserWarning, match="negative ones make up"):
        WirtingerFlow(forward).fit(X[:1])


@pytest.mark.parametrize("fraction", [0, 1.0, "half", True])
def test_bad_validation_fraction(fraction):
    X, y, forward = data(30)
    refined = RefinedRegressor(Ridge(), WirtingerFlow(forward), fraction)
    with pytest.raises(ValueError, match=r"validation_fraction must be 'auto', None"):
        refined.fit(X, y)
    with pytest.raises(NotFittedError):
        refined.predict(X)
    with pytest.raises(ValueError, match="leaves nothing to train on"):
        RefinedRegressor(Ridge(), WirtingerFlow(forward), 0.99).fit(X[:5], y[:5])


def test_complex_signals_of_a_learned_model_stay_complex():
    X, y, _ = data(200, 2, complex_valued=True)
    refined = RefinedRegressor(
        SymmetryBreakingRegressor(KNeighborsRegressor(), GlobalPhase()),
        LevenbergMarquardt(LearnedForward(GlobalPhase())),
    ).fit(X, y)
    assert refined.predict(X[:5]).dtype == np.complex128


def test_learned_model_takes_tensors_in_fit_only():
    torch = pytest.importorskip("torch")
    X, y, _ = data(100)
    learned = LearnedForward(SignFlip()).fit(torch.from_numpy(y), torch.from_numpy(X))
    assert_allclose(learned(y), X, atol=1e-8)
    with pytest.raises(TypeError, match="x must be a numpy array for a learned model"):
        learned(torch.from_numpy(y))
    with pytest.raises(ValueError, match="x must be real"):
        learned(y + 0j)


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

    def test_axes_of_the_breakers_group(self):
        breaker = SymmetryBreaker(FourierSymmetry())
        model = SymmetryBreakingRegressor(KNeighborsRegressor(), breaker=breaker)
        with pytest.raises(ValueError, match="y must have 3 axes for FourierSymmetry"):
            model.fit(self.X, self.y)

    def test_targets_are_called_y(self):
        model = SymmetryBreakingRegressor(KNeighborsRegressor(), SignFlip(), "mean")
        with pytest.raises(ValueError, match="breaker refuses the targets y, which it"):
            model.fit(self.X, 0 * self.y)
