"""Other inverse problems: models keep their laws, data are what is said of them."""

import warnings

import numpy as np
import pytest
from helpers import normal, norms, tensor
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.breaking import FactorBalancer
from sklearn_symbreak.compose import RefinedRegressor
from sklearn_symbreak.datasets import (
    make_bispectrum,
    make_blind_deconvolution,
    make_gaussian_phase_retrieval,
    make_point_distances,
    make_polynomial_roots,
    make_source_mixture,
    make_symmetric_pose,
    make_two_link_arm,
)
from sklearn_symbreak.forward import (
    Bispectrum,
    Convolution,
    ElbowFlip,
    ForwardModel,
    FourierPhaseRetrieval,
    GaussianPhaseRetrieval,
    MagnitudeModel,
    PointDistances,
    PolynomialCoefficients,
    SourceMixture,
    SymmetricPose,
    TwoLinkArm,
    add_noise,
)
from sklearn_symbreak.groups import (
    ConvolutionSymmetry,
    CyclicShift,
    GlobalPhase,
    Permutation,
    SignFlip,
)
from sklearn_symbreak.inspection import measure_ambiguity
from sklearn_symbreak.metrics import orbit_relative_error
from sklearn_symbreak.phase_retrieval import (
    ADMM,
    LevenbergMarquardt,
    SpectralInitializer,
    WirtingerFlow,
    _levenberg_marquardt,
)
from sklearn_symbreak.testing import check_forward_model, check_symmetry_group
from sklearn_symbreak.utils._array_api import to_numpy

ARM = np.array([[[1.0, 0.0], [0.0, 1.0]]])

MODELS = {
    "points-2d": PointDistances((5, 2)),
    "points-3d": PointDistances((4, 3)),
    "pair": PointDistances((2, 1)),
    "roots": PolynomialCoefficients(4),
    "one-root": PolynomialCoefficients(1),
    "complex-roots": PolynomialCoefficients(3, True),
    "bispectrum": Bispectrum(8),
    "bispectrum-odd": Bispectrum(7),
    "mixture": SourceMixture((3, 3)),
    "mixture-wide": SourceMixture((2, 4)),
    "convolution": Convolution(5),
    "image-convolution": Convolution((3, 4)),
    "complex-convolution": Convolution(4, True),
    "turns": SymmetricPose(),
    "axis": SymmetricPose("axis"),
    "quaternion": SymmetricPose("quaternion"),
    "arm": TwoLinkArm((1.0, 0.4)),
}
MAKERS = {
    "points": (make_point_distances, {}),
    "roots": (make_polynomial_roots, {}),
    "complex-roots": (make_polynomial_roots, {"complex_valued": True}),
    "bispectrum": (make_bispectrum, {}),
    "mixture": (make_source_mixture, {}),
    "convolution": (make_blind_deconvolution, {}),
    "complex-convolution": (make_blind_deconvolution, {"complex_valued": True}),
    "turns": (make_symmetric_pose, {}),
    "axis": (make_symmetric_pose, {"kind": "axis"}),
    "quaternion": (make_symmetric_pose, {"kind": "quaternion"}),
    "arm": (make_two_link_arm, {}),
}
over_models = pytest.mark.parametrize("forward", MODELS.values(), ids=MODELS)
over_makers = pytest.mark.parametrize(
    ("make", "params"), MAKERS.values(), ids=list(MAKERS)
)


def draw(forward, n_samples=5, seed=0):
    shape = (n_samples, *forward.signal_shape)
    dtype = complex if getattr(forward, "complex_valued", False) else float
    return normal(np.random.RandomState(seed), shape, dtype)


@over_models
def test_laws_of_models(forward):
    check_forward_model(forward)


@over_models
@pytest.mark.parametrize("single", [False, True])
def test_tensors_and_precision(forward, single, device):
    x = draw(forward)
    x = x.astype(np.complex64 if np.iscomplexobj(x) else np.float32) if single else x
    v = np.random.RandomState(1).standard_normal((5, forward.n_measurements))
    v = v.astype(x.real.dtype)
    X = forward(x)
    assert X.dtype == x.real.dtype
    assert forward.vjp(x, v).dtype == x.dtype
    signals = tensor(x, device).requires_grad_()
    measured = forward(signals)
    atol = (1e-4 if single else 1e-11) * np.abs(X).max()
    assert_allclose(to_numpy(measured), X, atol=atol)
    (measured * tensor(v, device)).sum().backward()
    gradient = forward.vjp(x, v)
    atol = (1e-4 if single else 1e-11) * (1 + np.abs(gradient).max())
    assert_allclose(to_numpy(signals.grad), gradient, atol=atol)


@over_models
def test_clones_and_wrong_signals(forward):
    x = draw(forward)
    assert_array_equal(clone(forward)(x), forward(x))
    with pytest.raises(ValueError, match="x must have signals of shape"):
        forward(np.ones((2, 9, 9)))
    if not np.iscomplexobj(x):
        with pytest.raises(ValueError, match="x must be real"):
            forward(x + 0j)


@pytest.mark.parametrize(
    ("forward", "match"),
    [
        (PointDistances((1, 2)), "signal_shape must have at least 2 points"),
        (PointDistances("ab"), "signal_shape must be a positive int or a tuple"),
        (PolynomialCoefficients(0), "n_roots must be a positive int, got 0"),
        (Bispectrum(1), "n_features must be an int of at least 2, got 1"),
        (SourceMixture((3,)), "signal_shape must be a positive int or a tuple"),
    ],
)
def test_bad_models_are_refused_on_use(forward, match):
    with pytest.raises(ValueError, match=match):
        _ = forward.n_measurements


@over_makers
def test_data_are_measured_signals(make, params):
    X, y, forward = make(50, **params, random_state=0, return_forward=True)
    assert_allclose(X, forward(y))
    again, _ = make(50, **params, random_state=0)
    assert_array_equal(again, X)
    noisy, same = make(50, **params, noise=0.1, random_state=0)
    assert_array_equal(same, y)
    share = np.std(noisy - X) / np.sqrt(np.mean(X**2))
    # A standard deviation of at least 200 numbers, four standard errors.
    assert abs(share - 0.1) < 0.1 * 4 / np.sqrt(2 * X.size)


@over_makers
@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"n_samples": 0}, ValueError),
        ({"noise": -1}, ValueError),
        ({"noise": np.nan}, ValueError),
        ({"noise": np.inf}, ValueError),
        ({"noise": "0.1"}, TypeError),
    ],
)
def test_bad_parameters_of_data(make, params, bad, error):
    name = next(iter(bad))
    with pytest.raises(error, match=name):
        make(**params, **bad)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (make_point_distances, "n_points"),
        (make_polynomial_roots, "n_roots"),
        (make_bispectrum, "n_features"),
        (make_source_mixture, "n_sources"),
    ],
)
def test_sizes_are_checked_by_name(make, name):
    with pytest.raises(ValueError, match=f"{name} == 0"):
        make(**{name: 0})
    with pytest.raises(TypeError, match=f"{name} must be an instance of"):
        make(**{name: 2.5})


@over_makers
def test_the_symmetry_is_found_and_breaking_it_helps(make, params):
    X, y, forward = make(1500, **params, random_state=0, return_forward=True)
    # Fourth powers spread widely.
    X = np.cbrt(X) if make in (make_source_mixture, make_bispectrum) else X
    group = forward.symmetry
    found = measure_ambiguity(X, y, group, random_state=0)
    assert found.best is group
    scores = {
        breaker: SymmetryBreakingRegressor(KNeighborsRegressor(), group, breaker)
        .fit(X[:1200], y[:1200])
        .score(X[1200:], y[1200:])
        for breaker in ("mean", "passthrough")
    }
    assert scores["mean"] > scores["passthrough"] + 0.1


@over_models
def test_small_errors_are_refined(forward):
    y = draw(forward, 6)
    near = y + 1e-3 * np.random.RandomState(1).standard_normal(y.shape)
    solver = LevenbergMarquardt(forward, max_iter=200)
    solver.solve(forward(y), init=near)
    assert solver.residual_.max() < 1e-6


@over_models
@pytest.mark.parametrize("offset", [0, 1e3])
def test_derivatives_along_directions_far_from_zero(forward, offset):
    x, d = draw(forward) + offset, draw(forward, seed=1)
    v = np.random.RandomState(2).standard_normal((5, forward.n_measurements))
    forth = np.sum(v * forward.jvp(x, d), axis=1)
    back = np.sum((forward.vjp(x, v).conj() * d).reshape(5, -1).real, axis=1)
    size = np.linalg.norm(v * forward.jvp(x, d), axis=1)
    assert_allclose(forth, back, atol=1e-9 * size.max())


def test_points_that_coincide_have_no_slope():
    torch = pytest.importorskip("torch")
    x = torch.zeros((1, 3, 2), requires_grad=True)
    PointDistances((3, 2))(x).sum().backward()
    assert_array_equal(x.grad.numpy(), 0)
    assert_array_equal(
        PointDistances((3, 2)).vjp(np.zeros((1, 3, 2)), np.ones((1, 3))), 0
    )


def test_gradient_of_real_roots_of_a_complex_model_is_real():
    forward = PolynomialCoefficients(3, True)
    x, v = np.arange(3.0)[None], np.arange(6.0)[None]
    gradient = forward.vjp(x, v)
    assert gradient.dtype == np.float64
    assert_allclose(gradient, forward.vjp(x + 0j, v).real)
    assert_allclose(forward(x), forward(x + 0j))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lengths", [(1.0, 0.7), (0.5, 2.0), (1.0, 1.0)])
def test_laws_of_the_elbow(lengths, dtype):
    group = ElbowFlip(lengths)
    x = group.example_signals(12, dtype=dtype, random_state=0)
    check_symmetry_group(group, x)
    # Both arms reach the same place, and the canonical one has the elbow on one side.
    mirrored = group.act(-np.ones(12), x)
    forward = TwoLinkArm(lengths)
    assert_allclose(forward(mirrored), forward(x), atol=1e-5)
    assert_allclose(np.linalg.norm(mirrored, axis=2), 1, atol=1e-5)
    same, _ = group.canonicalize(mirrored)
    assert_allclose(same, group.canonicalize(x)[0], atol=1e-4)


def test_a_hand_at_the_shoulder_leaves_the_links_as_they_are():
    x = np.array([[[1.0, 0.0], [-1.0, 0.0]]])
    assert_array_equal(ElbowFlip((1.0, 1.0)).act(-np.ones(1), x), x)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: ElbowFlip((1, 0)).align(ARM, ARM[0]), "lengths must be two positive"),
        (lambda: TwoLinkArm(3)(ARM), "lengths must be two positive numbers, got 3"),
        (lambda: ElbowFlip().act([2.0], ARM), "element must hold one sign, 1 or -1"),
        (lambda: ElbowFlip().act([1.0], np.ones((1, 3, 2))), r"shape \(2, 2\), got"),
        (lambda: SymmetricPose("turn").signal_shape, "kind must be 'turns', 'axis' or"),
        (lambda: SymmetricPose(fold=1).symmetry, "fold must be an int of at least 2"),
        (lambda: Convolution((0,)).signal_shape, "factor_shape must be a positive int"),
        (lambda: FactorBalancer().fit(np.ones((3, 3, 4))), "X must hold two factors"),
        (
            lambda: ConvolutionSymmetry().act(([0], [0.0]), np.ones((1, 3, 4))),
            r"signals of shape \(2, size\), got shape \(1, 3, 4\)",
        ),
        (
            lambda: ConvolutionSymmetry().act(([0], [1.0]), np.ones((1, 2, 4))),
            "angles 0 or pi",
        ),
    ],
)
def test_bad_input_of_arms_poses_and_convolutions(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def pairs(complex_valued, n_samples=20):
    _, y, forward = make_blind_deconvolution(
        n_samples, complex_valued=complex_valued, random_state=0, return_forward=True
    )
    return y, forward


@pytest.mark.parametrize("complex_valued", [False, True])
def test_balanced_factors_have_one_norm_and_the_same_product(complex_valued):
    y, forward = pairs(complex_valued)
    balancer = FactorBalancer().fit(y)
    balanced = balancer.transform(y)
    sizes = np.linalg.norm(balanced, axis=2)
    assert_allclose(sizes[:, 0], sizes[:, 1])
    assert_allclose(forward(balanced), forward(y), atol=1e-12)
    # No scale of the factors is left.
    scaled = np.stack([3 * y[:, 0], y[:, 1] / 3], axis=1)
    assert_allclose(balancer.transform(scaled), balanced)
    assert_array_equal(balancer.inverse_transform(balanced), balanced)


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_balancing_at_extreme_scales_and_with_a_zero_factor(size):
    y = np.array([[[size, 0.0], [0.0, 1 / size]], [[0.0, 0.0], [1.0, 2.0]]])
    balanced = FactorBalancer().fit_transform(y)
    assert_allclose(balanced[0], np.eye(2))
    assert_array_equal(balanced[1], y[1])


@pytest.mark.parametrize("complex_valued", [False, True])
def test_scale_then_shift_and_phase_break_the_symmetry_of_convolutions(complex_valued):
    y, forward = pairs(complex_valued, 60)
    group = forward.symmetry
    breaker = make_pipeline(FactorBalancer(), SymmetryBreaker(group, "mean"))
    broken = breaker.fit_transform(y)
    rng = np.random.RandomState(1)
    moved = group.act(group.sample(y, rng), y)
    scale = np.exp(rng.standard_normal((60, 1)))
    moved = np.stack([moved[:, 0] * scale, moved[:, 1] / scale], axis=1)
    assert_allclose(breaker.transform(moved), broken, atol=1e-8)
    assert_allclose(forward(broken), forward(y), atol=1e-8)


def test_a_regressor_takes_the_pipeline_of_breakers():
    X, y, forward = make_blind_deconvolution(1200, random_state=0, return_forward=True)
    y = FactorBalancer().fit_transform(y)
    breaker = make_pipeline(FactorBalancer(), SymmetryBreaker(forward.symmetry, "mean"))
    model = SymmetryBreakingRegressor(KNeighborsRegressor(), breaker=breaker)
    assert model.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) > 0.3
    assert repr(model.group_) == repr(forward.symmetry)


ARM = [[[1.0, 0.0], [0.0, 1.0]]]


def test_identity_takes_lists():
    group = ElbowFlip()
    np.testing.assert_array_equal(group.act(group.identity(ARM), ARM), ARM)


def test_identity_refuses_other_shapes():
    with pytest.raises(ValueError, match="directions of two links"):
        ElbowFlip().identity(np.ones((1, 3, 2)))


@pytest.mark.parametrize("fold", [2, 3, 4, 5, 6, 7, 8, 12, 18])
def test_no_more_than_turns_hides_the_pose(fold):
    # Poses a tenth of a turn or more apart, up to the symmetry, look different.
    angle = np.linspace(0, 2 * np.pi / fold, 200, endpoint=False)
    X = SymmetricPose("turns", fold)(np.stack([np.cos(angle), np.sin(angle)], axis=1))
    apart = np.abs(angle[:, None] - angle) * fold
    apart = np.minimum(apart, 2 * np.pi - apart) > 2 * np.pi / 10
    looks = np.linalg.norm(X[:, None] - X, axis=2)
    assert looks[apart].min() > 0.01 * X.mean()


@pytest.mark.parametrize("flipped", [False, True])
def test_two_phases_beside_each_other_are_refused(flipped):
    factors = [ConvolutionSymmetry(), GlobalPhase()]
    left, right = factors[::-1] if flipped else factors
    group, y = left * right, pairs(True, 5)[0]
    with pytest.raises(ValueError, match="at most one factor of a product may"):
        group.align(y, y[0])
    with pytest.raises(ValueError, match="at most one factor of a product may"):
        group.margin(y, y[0])
    # Of real signals both are signs, and the product is a group.
    check_symmetry_group(group, pairs(False, 12)[0])


@pytest.mark.parametrize("group", [SignFlip(), CyclicShift(), Permutation()], ids=repr)
def test_gradient_of_a_distance_at_an_exact_hit_is_zero(group):
    torch = pytest.importorskip("torch")
    y = torch.tensor([[1.0, 2.0, 4.0], [3.0, 4.0, 7.0]])
    p = (y + torch.tensor([[0.0], [0.1]])).requires_grad_()
    (group.distance(p, y) ** 2).mean().backward()
    assert torch.isfinite(p.grad).all()
    assert_array_equal(p.grad[0].numpy(), 0)
    zero = torch.zeros((1, 2, 3), requires_grad=True)
    FactorBalancer().fit(zero.detach()).transform(zero).sum().backward()
    assert torch.isfinite(zero.grad).all()


def test_elements_of_another_library_are_taken():
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(pairs(False, 2)[0])
    element = (np.array([[1], [2]]), np.array([0.0, np.pi]))
    moved = ConvolutionSymmetry().act(element, x)
    assert_allclose(moved, ConvolutionSymmetry().act(element, x.numpy()))


class OwnPhaseRetrieval(ForwardModel):
    """A model of complex signals as a user would write it."""

    signal_shape, n_measurements, symmetry = (3,), 12, GlobalPhase()
    matrix = normal(np.random.RandomState(0), (12, 3), np.complex128)

    def _measure(self, x):
        return np.abs(x @ self.matrix.T) ** 2

    def _pull_back(self, x, v):
        return 2 * (x @ self.matrix.T * v) @ self.matrix.conj()


class OwnRealModel(OwnPhaseRetrieval):
    symmetry = SignFlip()

    def _pull_back(self, x, v):
        return super()._pull_back(x, v).real


def test_own_models_seek_the_signals_that_their_symmetry_has(rng):
    y = normal(rng, (20, 3), np.complex128)
    forward = OwnPhaseRetrieval()
    check_forward_model(forward)
    near = y + 0.01 * normal(rng, y.shape)
    found = LevenbergMarquardt(forward).solve(forward(y), init=near)
    assert orbit_relative_error(y, found, group=GlobalPhase()) < 1e-12
    real = LevenbergMarquardt(OwnRealModel())
    check_forward_model(OwnRealModel())
    assert real.predict(forward(y.real)).dtype == np.float64
    with pytest.raises(ValueError, match=r"must be real, .*set complex_valued = True"):
        real.solve(forward(y), init=near)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_hands_above_the_shoulder_have_one_representative(dtype):
    # Both elbows fit the first canonical template equally well.
    height = np.linspace(0.35, 1.65, 200)
    angle = np.arccos((1 + height**2 - 0.49) / (2 * height))
    upper = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    lower = (np.stack([0 * height, height], axis=1) - upper) / 0.7
    x = np.stack([upper, lower], axis=1).astype(dtype)
    group = ElbowFlip((1.0, 0.7))
    breaker = SymmetryBreaker(group).fit(x)
    broken = breaker.transform(x)
    flipped = breaker.transform(group.act(-np.ones(200, dtype), x))
    assert_allclose(flipped, broken, atol=1e-3)
    assert breaker.contains(broken).all()


@pytest.mark.parametrize("n_features", [3, 4, 5, 9, 12])
def test_bispectra_tell_shifts_by_parts_of_a_step(n_features, rng):
    forward, x = Bispectrum(n_features), rng.normal(size=(20, n_features))
    steps = np.exp(-2j * np.pi * 0.37 * np.arange(n_features // 2 + 1) / n_features)
    between = np.fft.irfft(np.fft.rfft(x, axis=1) * steps, n_features, axis=1)
    X = forward(x)
    change = norms(forward(between) - X)
    assert (change > 1e-6 * norms(X)).all()


@pytest.mark.parametrize("fold", [2, 5, 60, 1000])
def test_detectors_see_every_polygon(fold):
    X, _ = make_symmetric_pose(50, fold=fold, random_state=0)
    assert 0.5 < X.max() < 3
    assert X.std(axis=0).max() > 0.01


SMALL_MODELS = [
    PointDistances((4, 2)),
    Bispectrum(5),
    SourceMixture((2, 3)),
    SymmetricPose("quaternion"),
    PolynomialCoefficients(3, complex_valued=True),
    Convolution(3, complex_valued=True),
]


@pytest.mark.parametrize("forward", SMALL_MODELS, ids=lambda f: type(f).__name__)
def test_steps_do_not_depend_on_memory_or_on_the_way_to_the_jacobian(
    forward, rng, monkeypatch
):
    y = normal(rng, (7, *forward.signal_shape))
    if getattr(forward, "complex_valued", False):
        y = y + 1j * normal(rng, y.shape)
    X = forward(y)
    near = y + 0.05 * normal(rng, y.shape)
    solver = LevenbergMarquardt(forward, max_iter=2, tol=0)
    expected = solver.solve(X, init=near)
    monkeypatch.setattr(_levenberg_marquardt, "CHUNK_BYTES", 1)
    assert_allclose(solver.solve(X, init=near), expected, atol=1e-9)
    # By gradients alone, as of a model of one's own.
    monkeypatch.setattr(type(forward), "_push_forward", ForwardModel._push_forward)
    assert_allclose(solver.solve(X, init=near), expected, atol=1e-7)


class Magnitudes(MagnitudeModel):
    signal_shape = 3
    n_measurements = 3
    complex_valued = False

    def _apply(self, x):
        return x

    def _apply_adjoint(self, values):
        return values


@pytest.mark.parametrize(
    "solver",
    [
        LevenbergMarquardt(PointDistances(3)),
        LevenbergMarquardt(Magnitudes()),
        WirtingerFlow(Magnitudes()),
        SpectralInitializer(Magnitudes()),
    ],
    ids=lambda solver: type(solver).__name__,
)
def test_number_as_shape_is_refused(solver):
    with pytest.raises(ValueError, match="a tuple as its signal_shape, got 3"):
        solver.predict(np.ones((1, 3)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_refined_regressors_predict_in_the_precision_of_x(dtype):
    X, y, forward = make_gaussian_phase_retrieval(
        60, 3, random_state=0, return_forward=True
    )
    inner = SymmetryBreakingRegressor(Ridge(), group=forward.symmetry)
    # In no step nothing becomes better.
    for fraction, max_iter in ((None, 5), (0.2, 0)):
        solver = LevenbergMarquardt(forward, max_iter=max_iter)
        model = RefinedRegressor(inner, solver, fraction)
        model.fit(X.astype(dtype), y.astype(np.float32))
        assert model.refines_ == (fraction is None)
        assert model.predict(X.astype(dtype)).dtype == dtype


@pytest.mark.parametrize("unit", [1e-15, 1e12])
def test_refined_regressors_in_any_unit_of_single_precision(unit):
    matrix = np.random.default_rng(0).standard_normal((16, 4))
    forward = GaussianPhaseRetrieval((unit * matrix).astype(np.float32))
    y = normal(np.random.default_rng(1), (100, 4), np.float32)
    X = forward(y)
    inner = SymmetryBreakingRegressor(KNeighborsRegressor(), SignFlip())
    model = RefinedRegressor(inner, WirtingerFlow(forward)).fit(X, y)
    assert model.score(X, y) > inner.fit(X, y).score(X, y)


@pytest.mark.parametrize("case", ["noise", "bright", "same"])
def test_known_models_that_hold_are_not_doubted(case, rng):
    forward = FourierPhaseRetrieval((6, 6), (12, 12))
    y = rng.uniform(size=(20, 6, 6))
    X = forward(y)
    if case == "noise":
        X = add_noise(X, snr=0, random_state=0)
    elif case == "bright":
        # One sample outshines all, in a shot that was brighter than others.
        y[3] *= 30
        X = forward(y)
        X[3] *= 1.5
    else:
        y = np.repeat(y[:1], 20, axis=0).astype(np.float32)
        X = X[np.zeros(20, dtype=int)]
    inner = SymmetryBreakingRegressor(DummyRegressor(), forward.symmetry, "mean")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        RefinedRegressor(inner, ADMM(forward, max_iter=1)).fit(X, y)
    assert told == []
