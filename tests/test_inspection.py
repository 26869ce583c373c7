"""Ambiguity of data, curves of solvers, and pictures of signals."""

import numpy as np
import pandas as pd
import pytest
from helpers import normal
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import TransformedTargetRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.breaking import FourierPhaseBreaker
from sklearn_symbreak.compose import RefinedRegressor
from sklearn_symbreak.datasets import (
    load_digit_images,
    make_fourier_phase_retrieval,
    make_gaussian_phase_retrieval,
)
from sklearn_symbreak.groups import (
    BlockSymmetry,
    ConjugateFlip,
    CyclicShift,
    FiniteGroup,
    FourierSymmetry,
    GlobalPhase,
    Permutation,
    Rotation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.inspection import (
    AmbiguityDisplay,
    BreakerComparisonDisplay,
    OrbitErrorDisplay,
    SignalsDisplay,
    SolverCurveDisplay,
    measure_ambiguity,
)
from sklearn_symbreak.phase_retrieval import WirtingerFlow

CANDIDATES = [SignFlip(), CyclicShift(), Permutation()]


def smooth(y, rng, n_measurements=12):
    """A smooth function of the signals without a symmetry of its own."""
    hidden = np.tanh(y @ rng.normal(size=(y.shape[1], 20)) + rng.normal(size=20))
    return hidden @ rng.normal(size=(20, n_measurements))


def planted(name, seed):
    """Measurements of 1,500 signals of length 4 that keep one symmetry."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(1500, 4))
    if name == "sign":
        invariants = (y[:, :, None] * y[:, None])[:, *np.triu_indices(4)]
    elif name == "shift":
        spectrum = np.fft.fft(y)
        phase = spectrum[:, 1] / np.abs(spectrum[:, 1])
        # A shift multiplies the three factors by i, i and -1.
        twist = phase**2 * spectrum[:, 2]
        invariants = np.c_[
            spectrum[:, 0].real, np.abs(spectrum[:, 1]), twist.real, twist.imag
        ]
    elif name == "permutation":
        invariants = np.sort(y, axis=1)
    else:
        invariants = y
    return smooth(invariants, rng), y


@pytest.mark.parametrize(
    ("name", "index"), [("sign", 0), ("shift", 1), ("permutation", 2), ("none", None)]
)
@pytest.mark.parametrize("seed", range(3))
def test_planted_symmetries_are_found(name, index, seed):
    X, y = planted(name, seed)
    found = measure_ambiguity(X, y, CANDIDATES, random_state=0)
    assert found.best is (None if index is None else CANDIDATES[index])
    if index is None:
        assert not any(row["found"] for row in found.groups)
        assert "no candidate explains jumps" in str(found)
    else:
        row = found.groups[index]
        assert row["ambiguity"] < 0.5 * found.untouched
        assert "<- found" in str(found)
        assert {"canonical", "mean"} <= set(row["strategies"])


def test_nothing_is_found_in_noise(rng):
    X, y = rng.normal(size=(500, 3)), rng.normal(size=(500, 4))
    found = measure_ambiguity(X, y, CANDIDATES, random_state=0)
    assert found.best is None
    assert 0.8 < found.untouched < 1.2


def test_images_and_a_rule_that_breaks_nothing():
    images, _ = load_digit_images()
    X, y = make_fourier_phase_retrieval(
        images[:800],
        canvas_shape=8,
        measurement_shape=16,
        variant="flip",
        random_state=0,
    )
    literal = FourierPhaseBreaker(16, origin="corner", target="image")
    joint = SymmetryBreaker(ConjugateFlip(), "mean")
    found = measure_ambiguity(
        np.sqrt(X),
        y,
        [ConjugateFlip(), Translation()],
        breakers=[literal, joint],
        random_state=0,
    )
    assert isinstance(found.best, ConjugateFlip)
    assert [row["breaks_nothing"] for row in found.breakers] == [True, False]
    assert "<- breaks nothing" in str(found)


def test_seams_are_told_with_their_jumps():
    X, y = make_gaussian_phase_retrieval(3000, 2, random_state=0)
    found = measure_ambiguity(X, y, SignFlip(), random_state=0)
    left = found.groups[0]["strategies"]
    assert left["embedding"]["seam"] == left["embedding"]["jump"] == 0
    # Only next to the line where the last entry is zero.
    assert 0 < left["canonical"]["seam"] < 0.2
    assert left["canonical"]["jump"] > 0.3
    assert left["embedding"]["ambiguity"] < left["canonical"]["ambiguity"]


def test_complex_signals_scalars_and_lists():
    X, y = make_gaussian_phase_retrieval(1500, 2, complex_valued=True, random_state=0)
    found = measure_ambiguity(X, y, [GlobalPhase(), SignFlip()], random_state=0)
    assert isinstance(found.best, GlobalPhase)
    y = np.random.default_rng(0).normal(size=300)
    found = measure_ambiguity((y**2)[:, None].tolist(), y.tolist(), SignFlip())
    assert found.best is not None


def test_equal_measurements_have_other_neighbours():
    y = np.random.default_rng(0).normal(size=(50, 3))
    y = np.concatenate([y, -y])
    X = np.abs(y)
    found = measure_ambiguity(X, y, SignFlip(), random_state=0)
    assert found.groups[0]["ambiguity"] < 1e-12


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((np.ones((5, 2)), np.ones((5, 2)), SignFlip()), ValueError, "10 samples"),
        ((np.ones((20, 2)), np.ones((19, 2)), SignFlip()), ValueError, "y has 19"),
        ((np.ones((20, 2)), np.ones((20, 2)), []), ValueError, "groups must hold a"),
        ((np.ones((20, 2)), np.ones((20, 2)), ["sign"]), TypeError, "groups must be a"),
        (
            (np.ones((20, 2)), np.ones((20, 2)), FourierSymmetry()),
            ValueError,
            r"groups must act on y, which FourierSymmetry\(\) does not: y must have 3",
        ),
        (
            (np.full((20, 2), np.nan), np.ones((20, 2)), SignFlip()),
            ValueError,
            "impute",
        ),
    ],
)
def test_bad_input(arguments, error, match):
    with pytest.raises(error, match=match):
        measure_ambiguity(*arguments)


def test_breakers_that_are_none():
    with pytest.raises(TypeError, match=r"breakers must be transformers .* 'mean'"):
        measure_ambiguity(
            np.ones((20, 2)), np.ones((20, 2)), SignFlip(), breakers="mean"
        )


def test_display():
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    X, y = planted("sign", 0)
    display = AmbiguityDisplay.from_data(
        X, y, CANDIDATES, breakers=[SymmetryBreaker(SignFlip())], random_state=0
    )
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels[0] == "as they are"
    assert "up to SignFlip()" in labels
    assert len(display.bars_) == len(labels)
    _, ax = plt.subplots()
    again = AmbiguityDisplay.from_ambiguity(display.ambiguity, ax=ax)
    assert again.ax_ is ax
    plt.close("all")


LONG_NAMED = BlockSymmetry([(SignFlip(), [0, 1, 2, 3])])


@pytest.fixture(scope="module")
def long_names():
    X, y = planted("sign", 0)
    breaker = SymmetryBreaker(LONG_NAMED)
    return measure_ambiguity(X, y, LONG_NAMED, breakers=breaker, random_state=0)


def test_long_names_stay_in_their_line(long_names):
    assert long_names.best is LONG_NAMED
    lines = str(long_names).split("\n")
    n_strategies = len(long_names.groups[0]["strategies"])
    assert len(lines) == 3 + n_strategies + 1 + 1
    assert max(map(len, lines)) <= 100
    assert lines[2].endswith("...  <- found")
    assert lines[-2].split("  ")[-1].startswith("SymmetryBreaker(group=BlockSymmetry(")
    assert lines[-1].startswith(
        "Result: the targets are ambiguous up to BlockSymmetry("
    )


def test_labels_of_long_names_fit_the_figure(figures, long_names):
    display = AmbiguityDisplay.from_ambiguity(long_names)
    figure, ax = display.figure_, display.ax_
    figure.canvas.draw()
    for text in [ax.xaxis.label, *ax.get_yticklabels(), *ax.texts]:
        box = text.get_window_extent()
        assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1, text
    # The bars keep most of the figure.
    assert ax.bbox.width > 0.4 * figure.bbox.width


@pytest.mark.parametrize("n_values", [1, 2, 4, 16])
def test_repeated_measurements_give_no_false_alarm(n_values):
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = rng.integers(0, n_values, size=(500, 1)).astype(float)
        y = rng.standard_normal((500, 1))
        ambiguity = measure_ambiguity(X, y, SignFlip(), random_state=seed)
        found += ambiguity.best is not None
        # The mean of 500 numbers of standard deviation about 1.7: four errors.
        assert abs(ambiguity.untouched - 1) < 0.4
    assert found == 0


@pytest.mark.parametrize("n_times", [2, 5])
def test_objects_that_are_measured_again(rng, n_times):
    y = normal(rng, (400, 4))
    X = (y[:, :, None] * y[:, None]).reshape(400, -1)
    X, y = np.repeat(X, n_times, axis=0), np.repeat(y, n_times, axis=0)
    X = X * (1 + 1e-6 * normal(rng, (len(X), 1)))
    result = measure_ambiguity(X, y, SignFlip(), random_state=0)
    # Otherwise each one's neighbour is itself.
    assert result.untouched > 0.5
    assert isinstance(result.best, SignFlip)


def test_rounding_is_no_seam(rng):
    y = rng.standard_normal((200, 5, 3))
    X = rng.standard_normal((200, 4))
    group = Rotation(reflections=True)
    moved = group.act(group.sample(y, 0), y)
    found = measure_ambiguity(
        np.concatenate([X, X]), np.concatenate([y, moved]), group, random_state=0
    )
    assert found.best is group
    assert {left["seam"] for left in found.groups[0]["strategies"].values()} == {0}


def test_images_are_not_embedded(rng):
    hidden = rng.standard_normal((300, 2))
    y = (hidden @ rng.standard_normal((2, 400))).reshape(300, 20, 20)
    X = np.c_[hidden[:, 0] ** 2, hidden[:, 0] * hidden[:, 1], hidden[:, 1] ** 2]
    found = measure_ambiguity(X, y, SignFlip(), max_samples=100, random_state=0)
    assert found.best is not None
    assert set(found.groups[0]["strategies"]) == {"canonical", "mean"}


def test_one_breaker_and_data_frames():
    pd = pytest.importorskip("pandas")
    X, y = planted("sign", 0)
    breaker = StandardScaler().set_output(transform="pandas")
    found = measure_ambiguity(
        pd.DataFrame(X), y, SignFlip(), breakers=breaker, random_state=0
    )
    assert found.breakers[0]["breaks_nothing"]


# -- curves of solvers


def test_curves_are_means_over_trials(figures, rng):
    records = [
        {"solver": name, "m": m, "found": bool(rng.uniform() < 0.5)}
        for m in (4, 2, 3)
        for _ in range(10)
        for name in ("a", "b")
    ]
    display = SolverCurveDisplay.from_records(records, x="m", y="found")
    assert list(display.lines_) == ["a", "b"]
    assert display.ax_.get_xlabel() == "m"
    assert display.ax_.get_ylabel() == "found"
    x, y = display.lines_["b"].get_data()
    assert_array_equal(x, [2, 3, 4])
    for m, share in zip(x, y, strict=True):
        found = [r["found"] for r in records if r["m"] == m and r["solver"] == "b"]
        assert share == pytest.approx(np.mean(found))
    # The standard error of a share.
    share, error = (array[0] for array in display.curves["a"][1:])
    assert error == pytest.approx(np.sqrt(share * (1 - share) / 9))
    assert len(display.ax_.collections) == 2


def test_one_trial_has_no_band(figures):
    record = {"solver": "a", "measurements per unknown": 2, "success": 0.5}
    display = SolverCurveDisplay.from_records([record])
    assert not display.ax_.collections


def test_residuals_over_iterations(figures):
    X, _, forward = make_gaussian_phase_retrieval(
        3, 5, random_state=0, return_forward=True
    )
    solver = WirtingerFlow(forward, max_iter=15, random_state=0)
    _, ax = figures.subplots()
    display = SolverCurveDisplay.from_estimator(solver, X, ax=ax)
    line = display.lines_["WirtingerFlow"]
    assert_array_equal(line.get_ydata(), solver.loss_curve_)
    assert line.get_xdata()[0] == 0
    assert ax.get_yscale() == "log"
    with pytest.raises(TypeError, match="must be a solver of phase_retrieval"):
        SolverCurveDisplay.from_estimator(KNeighborsRegressor(1).fit(X, X), X)


def test_refused_records():
    with pytest.raises(ValueError, match="records must hold a trial"):
        SolverCurveDisplay.from_records([])
    with pytest.raises(ValueError, match=r"must have the keys \['success'\]"):
        SolverCurveDisplay.from_records([{"solver": "a", "m": 2}], x="m")


# -- what the result names


@pytest.mark.parametrize("seed", range(3))
def test_of_two_groups_that_explain_as_much_the_smaller_is_named(seed):
    rng = np.random.default_rng(seed)
    reversal = FiniteGroup.from_permutations([range(6), range(5, -1, -1)], [[1], [-1]])
    y = rng.standard_normal((1000, 6)).cumsum(axis=1)
    even, odd = y[:, :3] - y[:, :2:-1], y[:, :3] + y[:, :2:-1]
    squares = np.hstack([odd**2, odd[:, :1] * odd[:, 1:]])
    X = np.hstack([even, squares])
    both = reversal * SignFlip()
    assert measure_ambiguity(X, y, [both, reversal], random_state=0).best is reversal
    X = np.hstack([even**2, even[:, :1] * even[:, 1:], squares])
    assert measure_ambiguity(X, y, [both, reversal], random_state=0).best is both


def test_a_larger_group_tells_what_it_contains(rng):
    # Targets turn by 90 degrees; measurements hardly tell the angle at all.
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    turns = FiniteGroup([np.linalg.matrix_power(turn, k) for k in range(4)])
    angle, radius = rng.uniform(0, 2 * np.pi, 2000), rng.uniform(1, 5, 2000)
    y = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    X = np.column_stack([radius, 0.2 * np.cos(4 * angle), 0.2 * np.sin(4 * angle)])
    X += 0.1 * rng.standard_normal(X.shape)
    found = measure_ambiguity(X, y[:, None], [Rotation(), SignFlip()], random_state=0)
    assert found.best == found.groups[0]["group"] and not found.contained
    both = [turns, Rotation()]
    found = measure_ambiguity(X, y[:, None], both, random_state=0)
    assert found.best is both[1] and found.contained == [turns]
    assert "It contains FiniteGroup of 4 on 2 entries, which leaves" in str(found)


@pytest.mark.parametrize("units", [(1e160, 1), (1e-170, 1), (1, 1e160), (1, 1e-170)])
def test_units_do_not_matter(units):
    X, y = make_gaussian_phase_retrieval(300, 3, random_state=0)
    plain = measure_ambiguity(X, y, SignFlip(), random_state=0)
    found = measure_ambiguity(units[0] * X, units[1] * y, SignFlip(), random_state=0)
    assert isinstance(found.best, SignFlip)
    assert found.untouched == pytest.approx(plain.untouched, rel=1e-6)
    assert found.groups[0]["ambiguity"] == pytest.approx(
        plain.groups[0]["ambiguity"], rel=1e-6
    )


@pytest.mark.parametrize("unit", [1e-3, 1, 1000])
def test_units_of_blocks_do_not_matter(unit, rng):
    q, shift = rng.normal(size=(1500, 4)), rng.normal(size=(1500, 3))
    X = np.hstack([(q[:, :, None] * q[:, None]).reshape(1500, 16), shift])
    pose = BlockSymmetry([(SignFlip(), slice(0, 4))])
    plain, found = (
        measure_ambiguity(
            X, np.hstack([q, size * shift]), [SignFlip(), pose], random_state=0
        )
        for size in (1, unit)
    )
    assert found.best is pose
    assert found.untouched == pytest.approx(plain.untouched, rel=1e-6)
    for one, other in zip(found.groups, plain.groups, strict=True):
        assert one["ambiguity"] == pytest.approx(other["ambiguity"], rel=1e-6)


def test_candidates_with_the_same_name_are_numbered(rng):
    y = rng.normal(size=(500, 2))
    X = np.stack([y[:, 0] ** 2, y[:, 1]], axis=1)
    groups = [FiniteGroup([np.eye(2), np.diag(d)]) for d in ([1, -1], [-1, 1])]
    found = measure_ambiguity(X, y, groups, random_state=0)
    assert found.names == [f"FiniteGroup of 2 on 2 entries [{k}]" for k in (0, 1)]
    assert "Result: the targets are ambiguous up to " + found.names[1] in str(found)


@pytest.mark.parametrize("noise", [0, 1e-6])
def test_other_members_of_an_orbit_are_no_other_objects(noise, rng):
    X, y = make_gaussian_phase_retrieval(500, 3, random_state=0)
    X = np.concatenate([X, X * (1 + noise * rng.normal(size=X.shape))])
    found = measure_ambiguity(
        X, np.concatenate([y, -y]), SignFlip(), random_state=0
    ).groups[0]
    assert found["found"]
    assert found["strategies"]["canonical"]["seam"] > 0.01
    assert found["strategies"]["canonical"]["ambiguity"] > 0.05
    assert found["strategies"]["embedding"]["ambiguity"] < 0.05


def test_curves_of_what_is_no_solver_and_of_frames(figures):
    X = np.ones((3, 4))
    for wrong in (KNeighborsRegressor(), [WirtingerFlow(None)]):
        with pytest.raises(TypeError, match="must be a solver of phase_retrieval or a"):
            SolverCurveDisplay.from_estimator(wrong, X)
    records = [
        {"solver": "a", "measurements per unknown": k, "success": k > 1}
        for k in (1, 2, 3)
    ]
    lines = [
        SolverCurveDisplay.from_records(given).lines_["a"].get_xydata()
        for given in (records, pd.DataFrame(records))
    ]
    assert_array_equal(*lines)


@pytest.mark.parametrize("seed", [2, 4])
def test_search_by_halving_shows_its_last_iteration(seed, figures):
    # Where there is nothing to learn, few samples score best by chance.
    X, y = make_gaussian_phase_retrieval(120, 3, random_state=seed)
    y = np.random.default_rng(seed).permutation(y)
    model = SymmetryBreakingRegressor(KNeighborsRegressor(2), group=SignFlip())
    grid = {"breaker": ["canonical", "mean"], "regressor__n_neighbors": [1, 2, 3]}
    search = HalvingGridSearchCV(model, grid, cv=3, min_resources=20, random_state=0)
    display = BreakerComparisonDisplay.from_estimator(search.fit(X, y))
    last = {str(c): k for k, c in enumerate(search.cv_results_["params"])}
    means = search.cv_results_["mean_test_score"]
    found = np.asarray(display.scores).mean(axis=-1).ravel()
    assert_allclose(np.sort(found), np.sort([means[k] for k in last.values()]))


# -- pictures of signals


@pytest.mark.parametrize("size", [None, (8, 5)])
def test_long_names_stay_over_their_panels(size, figures):
    names = ["KNeighborsRegressor", "x" * 60, "UNetRegressor, mean " * 3, 7]
    for y in (np.ones((2, 9, 9)), np.ones((2, 5, 2)), np.ones((2, 5, 3)), np.ones(4)):
        figure = size and figures.figure(figsize=size)
        predictions = dict.fromkeys(names, y)
        display = SignalsDisplay.from_predictions(y, predictions, figure=figure)
        display.figure_.canvas.draw()
        ends = []
        for axis in display.axes_[0]:
            extent = axis.title.get_window_extent()
            ends += [extent.x0, extent.x1]
        assert np.all(np.diff(ends) > 0)
        assert ends[0] > 0 and ends[-1] < display.figure_.bbox.width


@pytest.mark.parametrize("complex_valued", [False, True])
def test_pixels_that_are_not_finite_are_no_bright_ones(complex_valued, figures):
    y = np.ones((1, 4, 4)) * (1j if complex_valued else 1)
    failed = np.where(np.eye(4) > 0, np.nan, y)
    display = SignalsDisplay.from_predictions(y, failed)
    for axis in display.axes_[0][len(display.axes_[0]) // 2 :]:
        image = axis.images[0]
        red, green, blue, alpha = image.to_rgba(image.get_array())[0, 0]
        assert red > 0.5 > max(green, blue) and alpha == 1


def test_no_prediction_may_be_named_truth(figures):
    y = np.ones((1, 5, 5))
    match = r"other names than 'truth', that of y_true, got \['net', 'truth'\]"
    with pytest.raises(ValueError, match=match):
        SignalsDisplay.from_predictions(y, {"net": y, "truth": y})


def test_products_are_named_as_they_are_written(rng):
    X = rng.normal(size=(200, 4))
    y = X.reshape(200, 2, 2)
    group = CyclicShift(2) * ConjugateFlip()
    found = measure_ambiguity(X**2, y, [group, SignFlip()], random_state=0)
    assert found.names[0] == "CyclicShift(ndim=2) * ConjugateFlip()"


def test_signals_of_solvers_and_refinements_are_aligned():
    X, y, forward = make_gaussian_phase_retrieval(
        100, 3, random_state=0, return_forward=True
    )
    solver = WirtingerFlow(forward, random_state=0).fit(X)
    broken = SymmetryBreakingRegressor(KNeighborsRegressor(), SignFlip())
    refined = RefinedRegressor(broken, solver).fit(X, y)
    for model in (solver, refined, {"solver": solver, "refined": refined}):
        display = SignalsDisplay.from_estimator(model, X, -y, n_signals=20)
        for drawn in display.predictions.values():
            assert (np.sum(drawn * -y[:20], axis=1) > 0).all()
    errors = OrbitErrorDisplay.from_estimator(refined, X, y)
    assert_array_equal(errors.margin, refined.regressor_.breaker_.margin(y))


def test_targets_of_another_unit_have_no_symmetry_to_draw_by():
    X, y = make_gaussian_phase_retrieval(100, 3, random_state=0)
    broken = SymmetryBreakingRegressor(KNeighborsRegressor(), SignFlip())
    model = TransformedTargetRegressor(
        broken, func=lambda y: y - 5, inverse_func=lambda z: z + 5
    ).fit(X, y)
    display = SignalsDisplay.from_estimator(model, X, y)
    assert_array_equal(display.predictions["prediction"], model.predict(X[:4]))
    with pytest.raises(TypeError, match="no fitted breaker"):
        OrbitErrorDisplay.from_estimator(model, X, y)


@pytest.mark.parametrize("n_entries", [2, 4, 8])
def test_a_group_that_changes_measurements_is_not_found(n_entries):
    # The sign is not among the candidates; others bring neighbours a little closer.
    X, y = make_gaussian_phase_retrieval(2000, n_entries, random_state=1)
    groups = [Permutation(), CyclicShift()]
    found = measure_ambiguity(X, y, groups, random_state=0)
    assert found.best is None
    found = measure_ambiguity(X, y, [*groups, SignFlip()], random_state=0)
    assert found.best is not None and found.names.index("SignFlip()") == 2
    assert [row["found"] for row in found.groups] == [False, False, True]


@pytest.mark.parametrize("logarithms", [True, False])
@pytest.mark.parametrize("spread", [0, 1.5])
def test_large_signals_do_not_decide(logarithms, spread, rng):
    y = rng.normal(size=(2000, 3)) * np.exp(spread * rng.normal(size=(2000, 1)))
    X = np.abs(y @ rng.normal(size=(3, 12)))
    X = np.log(X) if logarithms else X
    groups = [Permutation(), SignFlip(), CyclicShift()]
    assert measure_ambiguity(X, y, groups, random_state=0).best is groups[1]


def test_a_group_does_not_contain_itself():
    X, y = make_gaussian_phase_retrieval(1000, 3, random_state=0)
    groups = [SignFlip(), SignFlip(), GlobalPhase()]
    found = measure_ambiguity(X, y, groups, random_state=0)
    assert [row["found"] for row in found.groups] == [True] * 3
    assert found.contained == [] and "contains" not in str(found)


def test_measurements_that_say_nothing(rng):
    y = rng.normal(size=(200, 3))
    found = measure_ambiguity(np.ones((200, 4)), y, SignFlip(), random_state=0)
    assert found.best is None


def test_the_truth_of_complex_scalars_is_seen(figures):
    truth = np.array([1 + 1j, 2j])
    display = SignalsDisplay.from_predictions(truth, 1.1 * truth)
    line = display.axes_[0, 0].lines[0]
    assert line.get_label() == "truth" and line.get_marker() == "o"


@pytest.mark.parametrize("offset", [0, 1000, -2])
def test_images_have_the_grey_scale_of_their_truth(offset, figures, rng):
    images = offset + rng.random((1, 8, 8))
    display = SignalsDisplay.from_predictions(images, images + 1)
    low = images.min() if offset else 0
    for axis in display.axes_[0]:
        assert axis.images[0].get_clim() == (low, images.max())


@pytest.mark.parametrize("slope", [0.9, 0.7, 0.5])
def test_members_of_an_orbit_may_be_rare(slope, rng):
    sign = np.where(rng.random(3000) < 0.9, 1, -1)[:, None]
    y = sign * (np.array([2, -2 * slope]) + 0.35 * rng.normal(size=(3000, 2)))
    X = StandardScaler().fit_transform((y[:, :, None] * y[:, None]).reshape(3000, -1))
    X = X + 0.3 * rng.normal(size=X.shape)
    groups = [Permutation(), SignFlip()]
    assert measure_ambiguity(X, y, groups, random_state=0).best is groups[1]
