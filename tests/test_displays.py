"""Displays draw what they were given, up to the symmetry, and say what they refuse."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.compose import AtlasRegressor
from sklearn_symbreak.datasets import (
    load_digit_images,
    make_fourier_phase_retrieval,
    make_gaussian_phase_retrieval,
)
from sklearn_symbreak.groups import (
    FourierSymmetry,
    GlobalPhase,
    Permutation,
    Rotation,
    SignFlip,
)
from sklearn_symbreak.inspection import (
    BreakerComparisonDisplay,
    OrbitErrorDisplay,
    SignalsDisplay,
)
from sklearn_symbreak.metrics import orbit_relative_error

plt = pytest.importorskip("matplotlib.pyplot")
pytestmark = pytest.mark.usefixtures("figures")


@pytest.fixture(scope="module")
def data():
    X, y = make_gaussian_phase_retrieval(600, 3, random_state=0)
    return X[:400], X[400:], y[:400], y[400:]


@pytest.fixture(scope="module")
def models(data):
    X, _, y, _ = data
    model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())
    return {
        "untouched": model.set_params(breaker="passthrough").fit(X, y),
        "broken": SymmetryBreakingRegressor(
            KNeighborsRegressor(), group=SignFlip()
        ).fit(X, y),
    }


# -- signals


@pytest.mark.parametrize(
    ("group", "shape"),
    [
        (SignFlip(), (6,)),
        (GlobalPhase(), (6,)),
        (Permutation(item_ndim=1), (5, 2)),
        (Rotation(), (7, 3)),
    ],
    ids=repr,
)
def test_members_of_an_orbit_are_drawn_alike(group, shape, rng):
    y = rng.normal(size=(3, *shape))
    if group.acts_on == "complex" or isinstance(group, GlobalPhase):
        y = y + 1j * rng.normal(size=y.shape)
    moved = group.act(group.sample(y, 0), y)
    display = SignalsDisplay.from_predictions(y, moved, group=group)
    np.testing.assert_allclose(display.predictions["prediction"], y, atol=1e-12)
    display.figure_.canvas.draw()


def test_without_a_group_predictions_stay():
    y = np.random.default_rng(0).normal(size=(3, 6))
    display = SignalsDisplay.from_predictions(y, -y)
    np.testing.assert_array_equal(display.predictions["prediction"], -y)


def test_vectors_are_lines():
    y = np.random.default_rng(0).normal(size=(9, 6))
    display = SignalsDisplay.from_predictions(y, {"a": y + 1, "b": y}, n_signals=3)
    assert display.axes_.shape == (3, 1)
    lines = display.axes_[2, 0].get_lines()
    assert [line.get_label() for line in lines] == ["truth", "a", "b"]
    np.testing.assert_array_equal(lines[1].get_ydata(), y[2] + 1)


def test_complex_vectors_have_modulus_and_phase(rng):
    y = rng.normal(size=(2, 6)) + 1j * rng.normal(size=(2, 6))
    display = SignalsDisplay.from_predictions(y, y)
    assert display.axes_.shape == (2, 2)
    modulus, phase = (axis.get_lines()[0].get_ydata() for axis in display.axes_[0])
    np.testing.assert_allclose(modulus * np.exp(1j * phase), y[0])


@pytest.mark.parametrize("complex_valued", [False, True])
def test_images_are_images(complex_valued):
    y = np.random.default_rng(0).uniform(size=(2, 5, 4))
    y = y * 1j if complex_valued else y
    display = SignalsDisplay.from_predictions(y, {"before": 0 * y, "after": y})
    n_panels = 6 if complex_valued else 3
    assert display.axes_.shape == (2, n_panels)
    shown = display.axes_[1, 0].get_images()[0]
    np.testing.assert_allclose(shown.get_array(), np.abs(y[1]))
    assert shown.get_clim() == pytest.approx((0, np.abs(y[1]).max()))
    last = display.axes_[0, -1]
    assert last.get_title() == ("after, phase" if complex_valued else "after")
    expected = np.full((5, 4), np.pi / 2) if complex_valued else y[0]
    np.testing.assert_allclose(last.get_images()[0].get_array(), expected)


@pytest.mark.parametrize("n_axes", [2, 3])
def test_points_are_points(n_axes):
    y = np.random.default_rng(0).normal(size=(2, 6, n_axes))
    display = SignalsDisplay.from_predictions(y, y + 0.1)
    truth, predicted = display.axes_[0, 1].collections
    assert display.axes_.shape == (2, 2)
    if n_axes == 2:
        np.testing.assert_allclose(truth.get_offsets(), y[0])
        np.testing.assert_allclose(predicted.get_offsets(), y[0] + 0.1)
    else:
        assert display.axes_[0, 0].name == "3d"


@pytest.mark.parametrize("values", ["finite", "missing", "equal"])
def test_points_in_space_share_their_limits(values, rng):
    y = np.ones((2, 6, 3)) if values == "equal" else rng.normal(size=(2, 6, 3))
    predicted = y if values == "equal" else 3 * y
    predicted[1, 2] = np.nan if values == "missing" else predicted[1, 2]
    display = SignalsDisplay.from_predictions(y, predicted)
    display.figure_.canvas.draw()
    for row, (left, right) in enumerate(display.axes_):
        for k, name in enumerate(["get_xlim", "get_ylim", "get_zlim"]):
            low, high = getattr(left, name)()
            assert getattr(right, name)() == (low, high)
            for drawn in (y[row, :, k], predicted[row, :, k]):
                assert low < np.nanmin(drawn) <= np.nanmax(drawn) < high


@pytest.mark.parametrize(
    ("shape", "drawn"),
    [
        ((2, 30), "lines"),
        ((2, 5), "lines"),
        ((4, 8), "lines"),
        ((1, 9), "lines"),
        ((4, 7), "image"),
        ((5, 30), "image"),
        ((2, 3), "points"),
    ],
)
@pytest.mark.parametrize("complex_valued", [False, True])
def test_few_rows_are_lines(shape, drawn, complex_valued, rng):
    y = rng.normal(size=(3, *shape)) * (1j if complex_valued else 1)
    display = SignalsDisplay.from_predictions(y, {"a": y + 1})
    n_parts = 1 + complex_valued
    first, last = display.axes_[2, 0], display.axes_[2, -1]
    if drawn == "lines" or (drawn == "points" and complex_valued):
        assert display.axes_.shape == (3, shape[0] * n_parts)
        expected = np.angle(y[2, -1]) if complex_valued else y[2, -1]
        np.testing.assert_array_equal(last.get_lines()[0].get_ydata(), expected)
        expected = np.abs(y[2, 0] + 1) if complex_valued else y[2, 0] + 1
        np.testing.assert_array_equal(first.get_lines()[1].get_ydata(), expected)
        title = display.axes_[0, -1].get_title()
        assert title == ("" if shape[0] == 1 else f"row {shape[0] - 1}")
    else:
        assert display.axes_.shape == (3, 2 * n_parts)
        assert bool(first.get_images()) == (drawn == "image")


@pytest.mark.parametrize("shape", [(), (6,), (2, 9), (5, 5), (5, 2)])
def test_complex_predictions_of_real_signals(shape, rng):
    y = rng.normal(size=(3, *shape))
    display = SignalsDisplay.from_predictions(y, {"real": y, "complex": 1j * y})
    display.figure_.canvas.draw()
    phases = display.axes_[0, -1]
    if phases.get_images():
        drawn, expected = phases.get_images()[0].get_array(), np.angle(1j * y[0])
    else:
        drawn = phases.get_lines()[-1].get_ydata()
        expected = np.angle(1j * y[0].reshape(-1, drawn.size)[-1])
    np.testing.assert_allclose(drawn, expected)


def test_real_and_complex_are_aligned(rng):
    y = np.abs(rng.normal(size=(2, 6)))
    display = SignalsDisplay.from_predictions(1j * y, y, group=GlobalPhase())
    np.testing.assert_allclose(display.predictions["prediction"], 1j * y)
    display = SignalsDisplay.from_predictions(y, -y + 1j, group=SignFlip())
    np.testing.assert_allclose(display.predictions["prediction"], y - 1j)


@pytest.mark.parametrize(
    ("n_signals", "error", "match"),
    [
        (0, ValueError, "n_signals == 0, must be >= 1"),
        (-1, ValueError, "n_signals == -1, must be >= 1"),
        ("2", TypeError, "n_signals must be an instance of int, not str"),
        (2.5, TypeError, "n_signals must be an instance of int, not float"),
    ],
)
def test_refused_numbers_of_signals(n_signals, error, match):
    y = np.ones((3, 4))
    with pytest.raises(error, match=match):
        SignalsDisplay.from_predictions(y, y, n_signals=n_signals)


def test_all_scalars_are_drawn():
    y = np.random.default_rng(0).normal(size=50)
    display = SignalsDisplay.from_predictions(
        y, {"before": 0 * y, "after": np.abs(y)}, group=SignFlip(), n_signals=2
    )
    assert display.axes_.shape == (1, 2)
    np.testing.assert_allclose(
        display.axes_[0, 1].collections[0].get_offsets(), np.c_[y, y]
    )


def test_predictions_with_a_background_are_moved(rng):
    images, _ = load_digit_images()
    _, y, forward = make_fourier_phase_retrieval(
        images[:3],
        canvas_shape=14,
        measurement_shape=28,
        random_state=0,
        return_forward=True,
    )
    group = forward.symmetry
    predicted = group.act(group.sample(y, 0), y) + 0.02 * rng.normal(size=y.shape)
    display = SignalsDisplay.from_predictions(y, predicted, group=group)
    np.testing.assert_allclose(display.predictions["prediction"], y, atol=0.1)
    assert group.threshold == FourierSymmetry().threshold


def test_failed_predictions_are_drawn_as_they_are():
    y = np.ones((2, 4))
    predicted = np.array([[np.nan, 1, 1, 1], [-1, -1, -1, -1]])
    display = SignalsDisplay.from_predictions(y, predicted, group=SignFlip())
    np.testing.assert_array_equal(display.predictions["prediction"][0], predicted[0])
    np.testing.assert_array_equal(display.predictions["prediction"][1], y[1])


def test_signals_of_estimators(data, models):
    _, X, _, y = data
    display = SignalsDisplay.from_estimator(models, X, -y, n_signals=5)
    assert list(display.predictions) == ["untouched", "broken"]
    # The group is that of the estimators.
    aligned = SignFlip().align(models["broken"].predict(X[:5]), -y[:5])[0]
    np.testing.assert_array_equal(display.predictions["broken"], aligned)
    figure = plt.figure()
    again = SignalsDisplay.from_estimator(models["broken"], X, y, figure=figure)
    assert again.figure_ is figure
    part = plt.figure().subfigures(1, 2)[1]
    assert display.plot(figure=part).figure_ is part


def wrapped(model):
    """The model in a pipeline in a search in a pipeline."""
    grid = {"model__regressor__n_neighbors": [2, 3]}
    inner = Pipeline([("scale", StandardScaler()), ("model", model)])
    return make_pipeline(StandardScaler(), GridSearchCV(inner, grid, cv=2))


def test_group_and_breaker_of_wrapped_estimators(data):
    X, X_test, y, y_test = data
    model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())
    model = wrapped(model).fit(X, y)
    predicted = model.predict(X_test)
    signals = SignalsDisplay.from_estimator(model, X_test, -y_test)
    aligned = SignFlip().align(predicted[:4], -y_test[:4])[0]
    np.testing.assert_array_equal(signals.predictions["prediction"], aligned)
    errors = OrbitErrorDisplay.from_estimator(model, X_test, y_test)
    breaker = model[-1].best_estimator_[-1].breaker_
    np.testing.assert_array_equal(errors.margin, breaker.margin(y_test))


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((np.ones((2, 3)), np.ones((2, 4))), ValueError, "must have the same shape"),
        ((np.ones((2, 3)), {}), ValueError, "at least one prediction"),
        ((np.ones((2, 3, 3, 3)), np.ones((2, 3, 3, 3))), ValueError, "scalars, vec"),
    ],
)
def test_refused_signals(arguments, error, match):
    with pytest.raises(error, match=match):
        SignalsDisplay.from_predictions(*arguments)


def test_what_is_no_estimator_and_no_group():
    y = np.ones((2, 3))
    with pytest.raises(TypeError, match="estimator must be a fitted regressor"):
        SignalsDisplay.from_estimator({"a": "model"}, y, y)
    with pytest.raises(TypeError, match="group must be a symmetry group"):
        SignalsDisplay.from_predictions(y, y, group="sign")


# -- errors against the margin


def test_errors_are_those_of_the_metric(data, models):
    _, X, _, y = data
    display = OrbitErrorDisplay.from_estimator(models, X, y)
    for name, model in models.items():
        expected = orbit_relative_error(y, model.predict(X), group=SignFlip())
        assert np.mean(display.errors[name] ** 2) == pytest.approx(expected)
    np.testing.assert_array_equal(display.margin, models["broken"].breaker_.margin(y))
    moved = OrbitErrorDisplay.from_predictions(
        -y, models["broken"].predict(X), breaker=models["broken"].breaker_
    )
    np.testing.assert_allclose(moved.errors["prediction"], display.errors["broken"])


def test_lines_are_quantiles_over_bins(data, models):
    _, X, _, y = data
    display = OrbitErrorDisplay.from_estimator(models, X, y)
    median, high = display.lines_["broken"]
    assert np.all(np.diff(median.get_xdata()) > 0)
    assert np.all(median.get_ydata() <= high.get_ydata())
    order = np.argsort(display.margin, kind="stable")
    rows = np.array_split(order, len(median.get_xdata()))[0]
    errors = display.errors["broken"][rows]
    assert median.get_ydata()[0] == pytest.approx(np.median(errors))
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels == ["untouched", "broken"]


def test_failed_predictions_have_error_one():
    y = np.random.default_rng(0).normal(size=(5, 3))
    predicted = y.copy()
    predicted[2] = np.nan
    breaker = SymmetryBreaker(SignFlip()).fit(y)
    _, ax = plt.subplots()
    display = OrbitErrorDisplay.from_predictions(y, predicted, breaker=breaker, ax=ax)
    np.testing.assert_array_equal(display.errors["prediction"], [0, 0, 1, 0, 0])
    assert display.ax_ is ax


def test_perfect_predictions_can_be_drawn():
    y = np.random.default_rng(0).normal(size=(5, 3))
    breaker = SymmetryBreaker(SignFlip()).fit(y)
    display = OrbitErrorDisplay.from_predictions(y, -y, breaker=breaker)
    assert display.ax_.get_yscale() == "linear"


def test_refused_breakers(data):
    X, _, y, _ = data
    model = SymmetryBreakingRegressor(KNeighborsRegressor(), SignFlip(), "embedding")
    with pytest.raises(TypeError, match="breaker must be a fitted SymmetryBreaker"):
        OrbitErrorDisplay.from_estimator(model.fit(X, y), X, y)
    breaker = SymmetryBreaker(SignFlip()).fit(y)
    with pytest.raises(ValueError, match="y_true must not hold zero signals"):
        OrbitErrorDisplay.from_predictions(0 * y, y, breaker=breaker)


def test_estimators_without_a_breaker(data, models):
    X, X_test, y, y_test = data
    atlas = AtlasRegressor(KNeighborsRegressor(), group=SignFlip(), random_state=0)
    atlas.fit(X, y)
    untouched = models["untouched"]
    for model, name in [
        (atlas, "AtlasRegressor"),
        (untouched, "SymmetryBreakingRegressor"),
        ({"a": untouched}, "'a': SymmetryBreakingRegressor"),
    ]:
        match = rf"estimator has no fitted breaker, got {name}.*; breaker= takes"
        with pytest.raises(TypeError, match=match):
            OrbitErrorDisplay.from_estimator(model, X_test, y_test)
    breaker = models["broken"].breaker_
    OrbitErrorDisplay.from_estimator(atlas, X_test, y_test, breaker=breaker)


# -- searches over breakers

BREAKERS = ["passthrough", "canonical", "embedding"]


def search_over(data, grid, model=None, **params):
    X, _, y, _ = data
    if model is None:
        model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())
    return GridSearchCV(model, grid, cv=3, **params).fit(X, y)


def test_one_parameter_is_drawn_with_its_spread(data):
    search = search_over(data, {"breaker": BREAKERS})
    display = BreakerComparisonDisplay.from_estimator(search)
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == display.breakers == BREAKERS
    means = search.cv_results_["mean_test_score"]
    np.testing.assert_allclose(display.scores.mean(axis=2).ravel(), means)
    assert "3 folds" in display.ax_.get_xlabel()
    assert not display.ax_.get_images()
    model = make_pipeline(StandardScaler(), search.estimator)
    grid = {"symmetrybreakingregressor__breaker": BREAKERS}
    found = BreakerComparisonDisplay.from_estimator(search_over(data, grid, model))
    assert found.breakers == BREAKERS


def test_two_parameters_are_a_heat_map(data):
    grid = {"breaker": BREAKERS, "regressor__n_neighbors": [9, 2]}
    search = search_over(data, grid)
    display = BreakerComparisonDisplay.from_estimator(search)
    assert display.columns == ["2", "9"]
    assert display.ax_.get_xlabel() == "regressor__n_neighbors"
    drawn = display.ax_.get_images()[0].get_array()
    for params, mean in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        row = BREAKERS.index(params["breaker"])
        column = display.columns.index(str(params["regressor__n_neighbors"]))
        assert drawn[row, column] == pytest.approx(mean)
    bold = [text for text in display.ax_.texts if text.get_weight() == "bold"]
    assert len(bold) == 1
    assert f"{drawn.max():.3f}" in bold[0].get_text()


def test_further_parameters_count_by_the_best(data):
    grid = {
        "breaker": BREAKERS[:2],
        "regressor__n_neighbors": [2, 5, 50],
        "regressor__weights": ["uniform", "distance"],
    }
    search = search_over(data, grid)
    means = search.cv_results_["mean_test_score"]
    display = BreakerComparisonDisplay.from_estimator(search)
    assert display.scores.shape == (2, 1, 3)
    best = [
        max(
            mean
            for mean, params in zip(means, search.cv_results_["params"], strict=True)
            if params["breaker"] == breaker
        )
        for breaker in BREAKERS[:2]
    ]
    np.testing.assert_allclose(display.scores.mean(axis=2)[:, 0], best)
    chosen = BreakerComparisonDisplay.from_estimator(
        search, columns="regressor__weights"
    )
    assert chosen.columns == ["uniform", "distance"]
    np.testing.assert_allclose(chosen.scores.mean(axis=2).max(axis=1), best)


def test_pairs_that_were_not_tried_stay_blank(data):
    grid = [
        {"breaker": ["passthrough"]},
        {"breaker": [SymmetryBreaker(SignFlip())], "regressor__n_neighbors": [2, 5]},
    ]
    display = BreakerComparisonDisplay.from_estimator(search_over(data, grid))
    assert display.breakers == ["passthrough", "SymmetryBreaker(group=SignFlip())"]
    assert display.columns == ["2", "5", ""]
    missing = np.isnan(display.scores).all(axis=2)
    np.testing.assert_array_equal(missing, [[True, True, False], [False, False, True]])
    assert len(display.ax_.texts) == 3


def unchanged(y, weights=None):
    """The targets as they are."""
    return y


def test_values_are_told_apart_by_what_they_are(data):
    weights = np.zeros((3, 2000))
    weights[2, 1000] = 1
    # All three have the same representation; the first two are equal.
    breakers = [
        FunctionTransformer(unchanged, unchanged, kw_args={"weights": values})
        for values in weights
    ]
    display = BreakerComparisonDisplay.from_estimator(
        search_over(data, {"breaker": breakers})
    )
    assert display.scores.shape == (2, 1, 3)
    first, second = display.breakers
    assert first.startswith("FunctionTransformer(func=")
    assert first.removesuffix(" (1)") == second.removesuffix(" (2)")


def test_fitted_values_are_told_apart(data):
    X, _, y, _ = data
    regressors = [
        FrozenEstimator(KNeighborsRegressor().fit(X, targets))
        for targets in (y, -2 * y)
    ]
    display = BreakerComparisonDisplay.from_estimator(
        search_over(data, {"regressor": regressors}), parameter="regressor"
    )
    assert display.scores.shape == (2, 1, 3)


def test_numbers_that_look_alike_keep_their_digits(data):
    grid = {"breaker": BREAKERS[:2], "regressor__p": [1.00002, 1.00001]}
    display = BreakerComparisonDisplay.from_estimator(search_over(data, grid))
    assert display.columns == ["1.00001", "1.00002"]


def test_pipelines_are_named_by_what_tells_them_apart(data):
    flip, mean = (SymmetryBreaker(SignFlip(), name) for name in ("canonical", "mean"))
    breakers = [
        make_pipeline(FunctionTransformer(), mean),
        make_pipeline(FunctionTransformer(), flip),
        flip,
        make_pipeline(FunctionTransformer(), FunctionTransformer(), flip),
        make_pipeline(FunctionTransformer(check_inverse=False), flip),
    ]
    display = BreakerComparisonDisplay.from_estimator(
        search_over(data, {"breaker": breakers})
    )
    assert display.breakers == [
        "SymmetryBreaker(group=SignFlip(), template='mean')"[:45] + "...",
        "FunctionTransformer + SymmetryBreaker (1)",
        "SymmetryBreaker(group=SignFlip())",
        "FunctionTransformer + FunctionTransformer + SymmetryBreaker",
        "FunctionTransformer + SymmetryBreaker (2)",
    ]


def test_random_searches_and_pipelines(data):
    X, _, y, _ = data
    model = make_pipeline(
        SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())
    )
    search = RandomizedSearchCV(
        model,
        {
            "symmetrybreakingregressor__breaker": BREAKERS,
            "symmetrybreakingregressor__regressor__n_neighbors": range(1, 200),
        },
        n_iter=8,
        cv=3,
        random_state=0,
    ).fit(X, y)
    display = BreakerComparisonDisplay.from_estimator(
        search, parameter="symmetrybreakingregressor__breaker"
    )
    # Nearly every candidate has a column of its own.
    assert display.scores.shape == (3, 1, 3)


def test_scores_by_name(data, models):
    X, _, y, _ = data
    scores = {name: cross_val_score(model, X, y) for name, model in models.items()}
    _, ax = plt.subplots()
    display = BreakerComparisonDisplay.from_scores(scores, score_label="R²", ax=ax)
    assert display.breakers == ["untouched", "broken"]
    assert display.ax_ is ax
    assert ax.get_xlabel().startswith("R²")


def test_searches_with_several_scores(data):
    scoring = {
        "up_to_sign": lambda model, X, y: model.score(X, y),
        "constant": lambda model, X, y: 1.0,
    }
    search = search_over(data, {"breaker": BREAKERS}, scoring=scoring, refit="constant")
    display = BreakerComparisonDisplay.from_estimator(search)
    assert display.score_label == "constant, 3 folds"
    assert (display.scores == 1).all()
    search = search_over(data, {"breaker": BREAKERS}, scoring=scoring, refit=False)
    with pytest.raises(ValueError, match="name by refit the one to plot"):
        BreakerComparisonDisplay.from_estimator(search)
    search = search_over(data, {"breaker": BREAKERS}, scoring="r2")
    assert BreakerComparisonDisplay.from_estimator(search).score_label == "r2, 3 folds"


def test_refused_searches(data):
    search = search_over(data, {"regressor__n_neighbors": [2, 5]})
    with pytest.raises(
        ValueError, match=r"parameter must be one that was searched, .*'breaker'"
    ):
        BreakerComparisonDisplay.from_estimator(search)
    with pytest.raises(NotFittedError):
        BreakerComparisonDisplay.from_estimator(GridSearchCV(search.estimator, {}))
    with pytest.raises(ValueError, match="scores must hold equally many"):
        BreakerComparisonDisplay.from_scores({"a": [1, 2], "b": [1]})
    with pytest.raises(ValueError, match="scores must hold equally many"):
        BreakerComparisonDisplay.from_scores({})


@pytest.mark.parametrize(
    ("scores", "error", "match"),
    [
        ([[1.0, 2.0]], TypeError, r"must be a dictionary of names .*, got \[\[1.0, 2"),
        ({"a": []}, ValueError, r"one number or more .*, got \[\] for 'a'"),
        ({"a": 1.0}, ValueError, "list of one number or more .*, got 1 for 'a'"),
        ({"b": "high"}, ValueError, "list of one number .*, got high for 'b'"),
        ({"c": [[1.0], [2.0]]}, ValueError, r"got \[\[1.0\], \[2.0\]\] for 'c'"),
        ({"d": {"test_score": [1.0]}}, ValueError, "got {'test_score': .* for 'd'"),
    ],
)
def test_refused_scores(scores, error, match):
    with pytest.raises(error, match=match):
        BreakerComparisonDisplay.from_scores(scores)
