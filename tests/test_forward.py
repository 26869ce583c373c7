"""Laws of the models of phase retrieval, and what they refuse."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from helpers import coded_patterns, normal, tensor
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import coo_array, csr_array
from scipy.sparse.linalg import LinearOperator
from sklearn.base import clone

import sklearn_symbreak.forward as forward_module
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.forward import (
    ForwardModel,
    FourierPhaseRetrieval,
    GaussianPhaseRetrieval,
    LearnedForward,
    LinearPhaseRetrieval,
    MagnitudeModel,
    PointDistances,
    Square,
)
from sklearn_symbreak.groups import (
    BlockSymmetry,
    ConjugateFlip,
    CyclicShift,
    FourierSymmetry,
    GlobalPhase,
    SignFlip,
)
from sklearn_symbreak.utils._array_api import to_numpy

FOURIER_SHAPES = [
    ((1, 1), (1, 1), "corner"),
    ((4, 3), (4, 3), "corner"),
    ((3, 4), (3, 4), "center"),
    ((2, 1), (2, 2), "corner"),
    ((3, 4), (6, 9), "corner"),
    ((3, 4), (5, 8), "center"),
    ((4, 2), (4, 5), "corner"),
    ((5,), (9,), "corner"),
    ((4,), (8,), "center"),
    ((2, 3, 2), (4, 5, 4), "corner"),
    ((2, 2, 3), (3, 4, 5), "center"),
]
MODELS = {
    "square": Square(),
    "gaussian-real": GaussianPhaseRetrieval.random(4, random_state=0),
    "gaussian-complex": GaussianPhaseRetrieval.random(
        4, 7, complex_valued=True, random_state=0
    ),
    "linear-real": LinearPhaseRetrieval(np.arange(12.0).reshape(4, 3) % 5),
} | {
    f"fourier-{s}-{m}-{order}": FourierPhaseRetrieval(s, m, order)
    for s, m, order in FOURIER_SHAPES
}
REAL_ONLY = ("square", "gaussian-real", "linear-real")
CASES = [
    pytest.param(model, dtype, id=f"{name}-{dtype}")
    for name, model in MODELS.items()
    for dtype in ("float32", "float64", "complex64", "complex128")
    if not (name in REAL_ONLY and dtype.startswith("complex"))
]
over_cases = pytest.mark.parametrize(("forward", "dtype"), CASES)


def draw(forward, dtype, n_samples=5, seed=0):
    shape = (n_samples, *forward.signal_shape)
    return normal(np.random.RandomState(seed), shape, dtype)


def draw_weights(forward, n_samples=5, seed=1):
    return np.random.RandomState(seed).standard_normal(
        (n_samples, forward.n_measurements)
    )


def rounding(dtype):
    return {"rtol": 0, "atol": 1e-11 if np.finfo(dtype).bits == 64 else 1e-2}


def inner(a, b):
    return np.sum(np.conj(a) * b).real


@over_cases
def test_output_is_real_two_dimensional_and_keeps_precision(forward, dtype):
    X = forward(draw(forward, dtype))
    assert isinstance(forward, ForwardModel)
    assert X.shape == (5, forward.n_measurements)
    assert X.dtype == np.empty(0, dtype).real.dtype
    assert np.all(X >= 0)


@over_cases
def test_samples_are_measured_independently(forward, dtype):
    x = draw(forward, dtype)
    X = forward(x)
    assert_allclose(forward(x[3:4])[0], X[3], rtol=1e-4)
    assert_allclose(forward(x[::-1]), X[::-1], rtol=1e-4)


@over_cases
@settings(max_examples=10, deadline=None)
@given(scale=st.floats(0.1, 10))
def test_measurement_is_homogeneous_of_degree_two(forward, dtype, scale):
    x = draw(forward, dtype)
    assert_allclose(
        forward((scale * x).astype(dtype)),
        scale**2 * forward(x),
        rtol=1e-3 if np.finfo(dtype).bits == 32 else 1e-9,
        atol=1e-2 if np.finfo(dtype).bits == 32 else 1e-10,
    )


@over_cases
def test_vjp_is_the_gradient(forward, dtype):
    x, direction = draw(forward, dtype), draw(forward, dtype, seed=2)
    v = draw_weights(forward).astype(np.empty(0, dtype).real.dtype)
    gradient = forward.vjp(x, v)
    assert gradient.shape == x.shape
    assert gradient.dtype == x.dtype
    # The models are quadratic: a central difference of any step is exact.
    high, low = forward(x + direction), forward(x - direction)
    assert_allclose(
        np.sum(v * (high - low)) / 2, inner(gradient, direction), **rounding(dtype)
    )


@over_cases
def test_vjp_casts_the_weights_to_the_precision_of_the_signals(forward, dtype):
    x, v = draw(forward, dtype), draw_weights(forward)
    assert forward.vjp(x, v).dtype == x.dtype
    assert_array_equal(forward.vjp(x, v), forward.vjp(x, v.astype(x.real.dtype)))


@over_cases
def test_tensors_give_the_same_measurements_and_gradients(forward, dtype, device):
    torch = pytest.importorskip("torch")
    x, v = draw(forward, dtype), draw_weights(forward).astype(dtype).real
    signals, weights = tensor(x, device).requires_grad_(), tensor(v, device)
    X = forward(signals)
    assert (X.dtype, X.device) == (weights.dtype, weights.device)
    assert_allclose(to_numpy(X), forward(x), **rounding(dtype))
    (autograd,) = torch.autograd.grad(torch.sum(weights * X), signals)
    gradient = forward.vjp(signals.detach(), weights)
    assert (gradient.dtype, gradient.device) == (signals.dtype, signals.device)
    assert_allclose(to_numpy(gradient), to_numpy(autograd), **rounding(dtype))
    assert_allclose(to_numpy(gradient), forward.vjp(x, v), **rounding(dtype))


@over_cases
def test_symmetry_leaves_the_measurement_unchanged(forward, dtype):
    group = forward.symmetry
    x = draw(forward, dtype)
    moved = group.act(group.sample(x, random_state=0), x)
    assert moved.dtype == x.dtype
    assert_allclose(forward(moved), forward(x), **rounding(dtype))


@pytest.mark.parametrize("forward", MODELS.values(), ids=MODELS)
def test_model_is_a_parameter_object(forward):
    x = draw(forward, "float64")
    for copy in (clone(forward), pickle.loads(pickle.dumps(forward))):
        assert copy is not forward
        assert copy.get_params().keys() == forward.get_params().keys()
        assert_array_equal(copy(x), forward(x))
    assert repr(forward).startswith(type(forward).__name__)
    assert isinstance(forward.signal_shape, tuple)


@pytest.mark.parametrize("name", REAL_ONLY)
def test_complex_signals_of_a_real_model_are_refused(name):
    forward = MODELS[name]
    with pytest.raises(ValueError, match="x must be real, got dtype complex128"):
        forward(draw(forward, "float64").astype(complex))


@over_cases
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_signals_that_are_not_finite_are_refused(forward, dtype, bad):
    x = draw(forward, dtype)
    x.flat[0] = bad
    with pytest.raises(ValueError, match="Input x contains NaN or infinity"):
        forward(x)
    with pytest.raises(ValueError, match="Input x contains NaN or infinity"):
        forward.vjp(x, draw_weights(forward))


@pytest.mark.parametrize("forward", MODELS.values(), ids=MODELS)
def test_empty_batch_and_wrong_shape_are_refused(forward):
    x = draw(forward, "float64")
    with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\).* in x"):
        forward(x[:0])
    with pytest.raises(ValueError, match=r"x must have .*shape .*got shape \(5, "):
        forward(np.concatenate([x, x], axis=-1))


@pytest.mark.parametrize("forward", MODELS.values(), ids=MODELS)
def test_bad_weights_of_vjp_are_refused(forward):
    x, v = draw(forward, "float64"), draw_weights(forward)
    with pytest.raises(ValueError, match="v must have signals of shape"):
        forward.vjp(x, v[:, 1:] if v.shape[1] > 1 else np.hstack([v, v]))
    with pytest.raises(
        ValueError, match=r"v must have one row per sample of x, which has 5, got"
    ):
        forward.vjp(x, v[:1])
    with pytest.raises(ValueError, match="v must be real"):
        forward.vjp(x, v * 1j)
    with pytest.raises(ValueError, match="Input v contains NaN"):
        forward.vjp(x, v * np.nan)


def test_weights_of_another_library_are_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(
        TypeError, match=r"v must belong to the array library of x.*nump"
    ):
        Square().vjp(torch.ones(2), np.ones((2, 1)))


def test_integers_count_as_float64():
    forward = FourierPhaseRetrieval((2, 2), (3, 3))
    x = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    assert_array_equal(forward(x), forward(x.astype(float)))
    assert forward.vjp(x, np.ones((2, 9))).dtype == np.float64


def test_square_takes_a_flat_batch_and_a_column():
    x = np.array([-2.0, 0.0, 3.0])
    forward = Square()
    assert_array_equal(forward(x), [[4], [0], [9]])
    assert_array_equal(forward(x[:, None]), forward(x))
    v = np.array([[1.0], [1.0], [-1.0]])
    assert_array_equal(forward.vjp(x, v), [-4, 0, -6])
    assert_array_equal(forward.vjp(x[:, None], v), [[-4], [0], [-6]])
    assert isinstance(forward.symmetry, SignFlip)


@pytest.mark.parametrize("name", ["gaussian-real", "gaussian-complex"])
def test_gaussian_model_is_the_squared_magnitude_of_a_matrix_product(name):
    forward = MODELS[name]
    x = draw(forward, "float64" if name == "gaussian-real" else "complex128")
    expected = [
        [abs(np.sum(row * s)) ** 2 for row in forward.sensing_matrix] for s in x
    ]
    assert_allclose(forward(x), expected, rtol=1e-12)


def test_gaussian_symmetry_follows_the_matrix():
    real, complex_ = MODELS["gaussian-real"], MODELS["gaussian-complex"]
    assert not real.complex_valued
    assert isinstance(real.symmetry, SignFlip)
    assert complex_.complex_valued
    assert isinstance(complex_.symmetry, GlobalPhase)


def test_gaussian_measurement_ignores_sign_and_phase():
    real, complex_ = MODELS["gaussian-real"], MODELS["gaussian-complex"]
    x = draw(real, "float64")
    assert_array_equal(real(-x), real(x))
    z = draw(complex_, "complex128")
    phase = np.exp(1j * np.arange(5))[:, None]
    assert_allclose(complex_(phase * z), complex_(z), rtol=1e-12)
    assert not np.allclose(complex_(z.conj()), complex_(z))


@pytest.mark.parametrize("complex_valued", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, "float64"])
def test_random_sensing_matrix(complex_valued, dtype):
    forward = GaussianPhaseRetrieval.random(
        50, 400, complex_valued=complex_valued, dtype=dtype, random_state=0
    )
    A = forward.sensing_matrix
    assert A.shape == (400, 50)
    assert A.real.dtype == np.dtype(dtype)
    # 20,000 entries: the standard error of a mean of squares is at most 0.01.
    assert np.mean(np.abs(A) ** 2) == pytest.approx(1, abs=0.04)
    assert abs(np.mean(A)) < 0.04
    if complex_valued:
        assert np.mean(A.real**2) == pytest.approx(0.5, abs=0.02)
        assert abs(np.mean(A.real * A.imag)) < 0.02
    again = GaussianPhaseRetrieval.random(
        50, 400, complex_valued=complex_valued, dtype=dtype, random_state=0
    )
    assert_array_equal(A, again.sensing_matrix)


@pytest.mark.parametrize(
    ("parameters", "error", "match"),
    [
        ({"n_features": 0}, ValueError, "n_features == 0, must be >= 1"),
        ({"n_features": 2.5}, TypeError, "n_features must be an instance of int"),
        (
            {"n_features": 2, "n_measurements": -1},
            ValueError,
            "n_measurements == -1, must be >= 1",
        ),
        (
            {"n_features": 2, "dtype": "int32"},
            ValueError,
            "dtype must be float32 or float64.*got 'int32'",
        ),
        ({"n_features": 2, "dtype": None}, ValueError, "dtype must be .*got None"),
        (
            {"n_features": 2, "complex_valued": "no"},
            TypeError,
            "complex_valued must be True or False, got 'no'",
        ),
        ({"n_features": 2, "complex_valued": 1}, TypeError, "True or False, got 1"),
        ({"n_features": 2, "dtype": "f99"}, ValueError, "dtype must be .*got 'f99'"),
    ],
)
def test_random_sensing_matrix_refuses(parameters, error, match):
    with pytest.raises(error, match=match):
        GaussianPhaseRetrieval.random(**parameters)


@pytest.mark.parametrize(
    ("matrix", "match"),
    [
        (np.ones(3), r"sensing_matrix must have shape \(n_meas.*got shape \(3,\)"),
        (np.ones((2, 2, 2)), r"sensing_matrix must have shape .*got shape \(2, 2, 2\)"),
        ([[1.0, np.nan]], "Input sensing_matrix contains NaN or infinity"),
        ([["a"]], "sensing_matrix must be numeric"),
        (None, r"sensing_matrix must be an array of shape \(n_meas.*, got None"),
        (2.0, r"sensing_matrix must be an array of shape \(n_meas.*, got 2\.0"),
    ],
)
def test_bad_sensing_matrix_is_refused_on_use(matrix, match):
    forward = GaussianPhaseRetrieval(matrix)
    with pytest.raises(ValueError, match=match):
        forward(np.ones((1, 2)))


@pytest.mark.parametrize("complex_valued", [False, True])
def test_sensing_matrix_may_be_a_tensor_with_gradient(complex_valued):
    torch = pytest.importorskip("torch")
    forward = MODELS["gaussian-complex" if complex_valued else "gaussian-real"]
    matrix = torch.asarray(forward.sensing_matrix.copy()).requires_grad_()
    as_tensor = GaussianPhaseRetrieval(matrix)
    x, v = draw(forward, "float64"), draw_weights(forward)
    X = as_tensor(x)
    assert type(X) is np.ndarray
    assert_array_equal(X, forward(x))
    assert_array_equal(as_tensor.vjp(x, v), forward.vjp(x, v))
    # On tensors the matrix can be learned.
    torch.sum(as_tensor(torch.asarray(x))).backward()
    assert matrix.grad.abs().sum() > 0


def dense_transform(x, measurement_shape):
    """The padded transform by one matrix product per axis."""
    for axis, (size, wanted) in enumerate(
        zip(x.shape[1:], measurement_shape, strict=True), start=1
    ):
        angle = np.outer(np.arange(wanted), np.arange(size)) / wanted
        moved = np.moveaxis(x, axis, -1) @ np.exp(-2j * np.pi * angle).T
        x = np.moveaxis(moved, -1, axis)
    return x


over_fourier = pytest.mark.parametrize(
    ("signal_shape", "frame", "order"), FOURIER_SHAPES
)


@over_fourier
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_fourier_model_is_the_padded_transform(signal_shape, frame, order, dtype):
    forward = FourierPhaseRetrieval(signal_shape, frame, order)
    x = draw(forward, dtype)
    transform = dense_transform(x, frame)
    if order == "center":
        transform = np.fft.fftshift(transform, axes=range(1, transform.ndim))
    expected = np.abs(transform) ** 2
    assert_allclose(forward(x), expected.reshape(5, -1), atol=1e-12 * expected.max())
    assert_allclose(
        forward(x).sum(axis=1),
        np.prod(frame) * np.sum(np.abs(x.reshape(5, -1)) ** 2, axis=1),
        rtol=1e-12,
    )
    assert_allclose(forward.apply(x), transform.reshape(5, -1), atol=1e-11)


@over_fourier
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_fourier_measurement_ignores_flip_and_phase(signal_shape, frame, order, dtype):
    forward = FourierPhaseRetrieval(signal_shape, frame, order)
    x = draw(forward, dtype)
    flipped = np.flip(x, axis=tuple(range(1, x.ndim))).conj()
    assert_allclose(forward(flipped), forward(x), atol=1e-11)
    assert_allclose(forward(np.exp(1j) * x), forward(x), atol=1e-11)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_fourier_measurement_ignores_translation_of_the_content(dtype):
    forward = FourierPhaseRetrieval((5, 6), (9, 12))
    content = draw(FourierPhaseRetrieval((2, 3), (2, 3)), dtype)
    here, there = np.zeros((2, 5, 5, 6), dtype=dtype)
    here[:, :2, 1:4] = content
    there[:, 3:, 2:5] = content
    assert_allclose(forward(here), forward(there), atol=1e-11)
    assert isinstance(forward.symmetry, FourierSymmetry)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_fourier_without_oversampling_ignores_cyclic_shifts_and_only_then(dtype):
    tight, padded = (FourierPhaseRetrieval((4, 3), m) for m in [(4, 3), (7, 5)])
    x = draw(tight, dtype)
    rolled = np.roll(x, (1, 2), axis=(1, 2))
    assert_allclose(tight(rolled), tight(x), atol=1e-11)
    assert not np.allclose(padded(rolled), padded(x))
    assert repr(tight.symmetry) == repr(
        CyclicShift(ndim=2) * ConjugateFlip() * GlobalPhase()
    )


@over_cases
def test_adjoint_is_the_adjoint_and_jvp_the_transpose_of_vjp(forward, dtype):
    if np.finfo(dtype).bits == 32:
        pytest.skip("an identity, tested where rounding is small")
    x, v = draw(forward, dtype), draw_weights(forward)
    d = draw(forward, dtype, seed=2)
    # A square has central differences for a derivative, which are exact for squares.
    assert_allclose(
        inner(v, forward.jvp(x, d)), inner(forward.vjp(x, v), d), rtol=1e-6, atol=1e-6
    )
    if isinstance(forward, MagnitudeModel):
        w = v + 1j * draw_weights(forward, seed=3) if forward.complex_valued else v
        assert_allclose(inner(w, forward.apply(x)), inner(forward.adjoint(w), x))
        assert_allclose(forward(x), np.abs(forward.apply(x)) ** 2)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_linear_operator_measures_as_its_matrix_does(dtype):
    operator, matrix = coded_patterns()
    by_operator, by_matrix = map(LinearPhaseRetrieval, (operator, matrix))
    x, v = draw(by_matrix, dtype), draw_weights(by_matrix)
    bound = 1e-3 if np.finfo(dtype).bits == 32 else 1e-10
    assert by_operator.symmetry.get_params() == by_matrix.symmetry.get_params()
    for name in ("signal_shape", "n_measurements", "complex_valued"):
        assert getattr(by_operator, name) == getattr(by_matrix, name)
    for got, expected in (
        (by_operator(x), by_matrix(x)),
        (by_operator.vjp(x, v), by_matrix.vjp(x, v)),
        (by_operator.jvp(x, x), by_matrix.jvp(x, x)),
    ):
        assert got.dtype == expected.dtype
        assert_allclose(got, expected, atol=bound * np.abs(expected).max())
    assert_array_equal(clone(by_operator)(x), by_operator(x))


@pytest.mark.parametrize("kind", [csr_array, coo_array])
def test_sparse_matrix_measures_as_the_dense_one(kind):
    matrix = np.arange(12.0).reshape(4, 3) % 5
    x = np.random.RandomState(0).standard_normal((6, 3))
    sparse = LinearPhaseRetrieval(kind(matrix))
    assert_allclose(sparse(x), LinearPhaseRetrieval(matrix)(x))
    assert isinstance(sparse.symmetry, SignFlip)
    matrix[0, 0] = np.nan
    with pytest.raises(ValueError, match="operator must be finite, got NaN"):
        LinearPhaseRetrieval(kind(matrix))(x)


def test_linear_operator_refuses_tensors():
    torch = pytest.importorskip("torch")
    forward = LinearPhaseRetrieval(coded_patterns()[0])
    with pytest.raises(TypeError, match="operator must be a matrix to measure torch"):
        forward(torch.zeros(1, 16, dtype=torch.complex128))


@pytest.mark.parametrize("operator", [None, 3.0, "A"])
def test_bad_operator_is_refused_on_use(operator):
    with pytest.raises(ValueError, match="operator must be an array of shape"):
        LinearPhaseRetrieval(operator)(np.ones((1, 3)))


@pytest.mark.parametrize("shape", [(12,), (8, 9), (4, 5, 6)])
@pytest.mark.parametrize("order", ["corner", "center"])
def test_wrong_order_of_the_detector_is_noticed(shape, order):
    canvas = tuple(size // 2 for size in shape)
    x = np.random.RandomState(0).uniform(size=(5, *canvas))
    right = FourierPhaseRetrieval(canvas, shape, order)
    other = {"corner": "center", "center": "corner"}[order]
    wrong = FourierPhaseRetrieval(canvas, shape, other)
    X = right(x)
    right.warn_of_order(X)
    with pytest.warns(UserWarning, match=f"Use zero_frequency='{order}'"):
        wrong.warn_of_order(X)


def test_order_is_noticed_behind_a_beam_stop():
    forward = FourierPhaseRetrieval((8, 8), (24, 24), "center")
    X = forward(np.random.RandomState(0).uniform(size=(5, 8, 8)))
    rows = np.abs(np.arange(24) - 12)
    X[:, (np.maximum(rows[:, None], rows) <= 1).ravel()] = np.nan
    forward.warn_of_order(X)
    with pytest.warns(UserWarning, match="zero_frequency='corner', but the brightest"):
        FourierPhaseRetrieval((8, 8), (24, 24)).warn_of_order(X)


def test_symmetry_is_a_subgroup_where_one_axis_is_oversampled():
    forward = FourierPhaseRetrieval((4, 3), (4, 6))
    x = draw(forward, "float64")
    rolled = np.roll(x, 1, axis=1)
    assert_allclose(forward(rolled), forward(x), atol=1e-11)
    group = forward.symmetry
    assert isinstance(group, FourierSymmetry)
    assert (group.distance(rolled, x) > 0.1).all()
    for text in (FourierPhaseRetrieval.__doc__, FourierPhaseRetrieval.symmetry.__doc__):
        assert "proper subgroup of the true symmetry" in " ".join(text.split())


@pytest.mark.parametrize(
    ("shapes", "match"),
    [
        (
            ((4, 4), (8, 3)),
            r"measurement_shape must be at least signal_shape \(4, 4\).*got \(8, 3\)",
        ),
        ((4, (8, 8)), "signal_shape must be a tuple of 1 to 3 positive ints, got 4"),
        (
            ((4, 4), 8),
            "measurement_shape must be a tuple of 1 to 3 positive ints",
        ),
        (((4, 0), (8, 8)), r"signal_shape must be .* 2 positive ints, got \(4, 0\)"),
        (((4,), (8, 8)), r"measurement_shape must be at least signal_shape \(4,\)"),
        (((4,) * 4, (8,) * 4), r"must be a tuple of 1 to 3 .* got \(4, 4, 4, 4\)"),
        (((4, 4), (8, 8), "middle"), "zero_frequency must be .* got 'middle'"),
        (((4, 4), (8.0, 8)), "measurement_shape must be .* 2 positive ints, got"),
    ],
)
def test_bad_fourier_shapes_are_refused_on_use(shapes, match):
    forward = FourierPhaseRetrieval(*shapes)
    with pytest.raises(ValueError, match=match):
        forward(np.ones((1, 4, 4)))
    with pytest.raises(ValueError, match=match):
        _ = forward.n_measurements
    with pytest.raises(ValueError, match=match):
        _ = forward.symmetry


def test_public_names_are_in_the_api_reference():
    reference = Path(__file__).parents[1] / "docs" / "api.rst"
    listed = reference.read_text(encoding="utf-8").split()
    for name in forward_module.__all__:
        assert f"forward.{name}" in listed


def test_operator_without_adjoint_is_named():
    operator = LinearOperator((6, 3), matvec=lambda x: np.repeat(x, 2), dtype=float)
    forward = LinearPhaseRetrieval(operator)
    assert forward(np.ones((1, 3))).shape == (1, 6)
    with pytest.raises(ValueError, match="operator must have rmatvec or rmatmat"):
        forward.vjp(np.ones((1, 3)), np.ones((1, 6)))


@pytest.mark.parametrize(
    ("unit", "dtype"), [(1, "f8"), (1e20, "f4"), (1e-30, "f4"), (1e-160, "f8")]
)
@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (1, 0.1, 0.01, 5e-4)])
def test_learned_models_are_exact_in_any_unit(sizes, unit, dtype, rng):
    y = rng.normal(size=(400, 4)) * sizes
    X = (y / sizes @ rng.normal(size=(4, 16))) ** 2
    signals = (unit * y).astype(dtype)
    learned = LearnedForward(SignFlip()).fit(signals[:300], X[:300])
    error = np.linalg.norm(learned(signals[300:]) - X[300:]) / np.linalg.norm(X[300:])
    assert error < (1e-4 if dtype == "f4" else 1e-10)


def test_learned_models_of_blocks_in_different_units(rng):
    blocks = [make_gaussian_phase_retrieval(400, n, random_state=n) for n in (4, 3)]
    X, y = (np.hstack(parts) for parts in zip(*blocks, strict=True))
    group = BlockSymmetry([(SignFlip(), slice(0, 4)), (SignFlip(), slice(4, 7))])
    y[:, 4:] *= 1e-3
    learned = LearnedForward(group).fit(y[:300], X[:300])
    assert_allclose(learned(y[300:]), X[300:], atol=1e-9)


def test_scalars_without_an_axis_are_named():
    with pytest.raises(ValueError, match=r"scalars take reshape\(-1, 1\)"):
        LinearPhaseRetrieval(np.ones((2, 1)))(np.ones(3))


@pytest.mark.parametrize(
    ("dtype", "size"), [("d", 1e-170), ("d", 1e160), ("f", 1e-24), ("f", 1e20)]
)
def test_distances_of_points_in_any_unit(dtype, size):
    points = np.array([[[0, 0], [3 * size, 4 * size]]], dtype)
    assert_allclose(PointDistances((2, 2))(points) / size, 5, rtol=1e-6)
