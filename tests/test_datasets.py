"""Makers of data: measurements, places, orientations, noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import kstest

from sklearn_symbreak.datasets import (
    make_fourier_phase_retrieval,
    make_gaussian_phase_retrieval,
    make_square_root,
)
from sklearn_symbreak.forward import (
    FourierPhaseRetrieval,
    GaussianPhaseRetrieval,
    Square,
)

VARIANTS = ("none", "flip", "shift", "shift_flip")


def random_images(n_samples=7, shape=(3, 4), dtype="float64", seed=0):
    rng = np.random.RandomState(seed)
    images = rng.uniform(0.5, 1, size=(n_samples, *shape))
    if np.dtype(dtype).kind == "c":
        images = images + 1j * rng.uniform(size=images.shape)
    return images.astype(dtype)


def make_fourier(images=None, **parameters):
    parameters = {"canvas_shape": (6, 8), "measurement_shape": (12, 15)} | parameters
    images = random_images() if images is None else images
    return make_fourier_phase_retrieval(images, **parameters)


GENERATORS = {
    "square-root": make_square_root,
    "gaussian-real": make_gaussian_phase_retrieval,
    "gaussian-complex": lambda **p: make_gaussian_phase_retrieval(
        complex_valued=True, **p
    ),
    "fourier": lambda **p: make_fourier(random_images(100), variant="shift_flip", **p),
    "fourier-complex": lambda **p: make_fourier(
        random_images(100, dtype="complex128"), variant="shift_flip", **p
    ),
}
over_generators = pytest.mark.parametrize(
    "make", GENERATORS.values(), ids=GENERATORS.keys()
)


@over_generators
@pytest.mark.parametrize("dtype", ["float32", np.float64])
def test_measurements_are_the_forward_model_of_the_signals(make, dtype):
    X, y, forward = make(random_state=0, dtype=dtype, return_forward=True)
    assert_array_equal(X, forward(y))
    assert X.dtype == y.real.dtype == np.dtype(dtype)
    assert X.shape == (100, forward.n_measurements)
    assert y.shape == (100, *forward.signal_shape)


@over_generators
@pytest.mark.parametrize("noise", [{}, {"snr": 10}, {"photon_count": 100}])
def test_same_seed_same_data(make, noise):
    X, y = make(random_state=0, **noise)
    X_again, y_again = make(random_state=0, **noise)
    assert_array_equal(X, X_again)
    assert_array_equal(y, y_again)
    _, y_other = make(random_state=1, **noise)
    assert not np.array_equal(y, y_other)


@over_generators
@pytest.mark.parametrize("noise", [{"snr": 10}, {"photon_count": 100}])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_changes_the_measurements_only(make, noise, dtype):
    X, y = make(random_state=0, dtype=dtype)
    X_noisy, y_noisy = make(random_state=0, dtype=dtype, **noise)
    assert_array_equal(y_noisy, y)
    assert X_noisy.dtype == dtype
    assert not np.array_equal(X_noisy, X)
    if "snr" in noise:
        ratio = np.sum((X_noisy - X) ** 2, axis=1) / np.sum(X**2, axis=1)
        assert ratio.mean() == pytest.approx(0.1, rel=0.5)


@over_generators
def test_both_kinds_of_noise_at_once_are_refused(make):
    with pytest.raises(ValueError, match=r"snr .*photon_count .*exclude each other"):
        make(snr=10, photon_count=100)


@over_generators
@pytest.mark.parametrize("dtype", [int, "complex128", "nonsense"])
def test_other_dtypes_are_refused(make, dtype):
    with pytest.raises(ValueError, match="dtype must be float32 or float64"):
        make(dtype=dtype)


@pytest.mark.parametrize("make", [make_square_root, make_gaussian_phase_retrieval])
@pytest.mark.parametrize(
    ("n_samples", "error", "match"),
    [
        (0, ValueError, "n_samples == 0, must be >= 1"),
        (2.0, TypeError, "n_samples must be an instance of int"),
    ],
)
def test_bad_number_of_samples_is_refused(make, n_samples, error, match):
    with pytest.raises(error, match=match):
        make(n_samples)


def test_square_root_is_uniform():
    X, y, forward = make_square_root(5000, random_state=0, return_forward=True)
    assert y.shape == (5000, 1)
    assert isinstance(forward, Square)
    assert_array_equal(X, y**2)
    # One seed in 10,000 is below; another distribution falls far below.
    assert kstest(y[:, 0], "uniform", args=(-1, 2)).pvalue > 1e-4


@pytest.mark.parametrize("complex_valued", [False, True])
@pytest.mark.parametrize("n_features", [1, 2, 5, 15])
def test_gaussian_signals_are_uniform_in_the_unit_ball(n_features, complex_valued):
    _, y = make_gaussian_phase_retrieval(
        5000, n_features, complex_valued=complex_valued, random_state=0
    )
    assert np.iscomplexobj(y) == complex_valued
    dimension = 2 * n_features if complex_valued else n_features
    radius = np.linalg.norm(y, axis=1)
    assert np.mean(radius**2) == pytest.approx(dimension / (dimension + 2), abs=0.02)
    assert kstest(radius**dimension, "uniform").pvalue > 1e-4
    # Every direction is as likely: no mean, and the same variance in every real
    # coordinate, uncorrelated.
    coordinates = np.hstack([y.real, y.imag]) if complex_valued else y
    assert_allclose(coordinates.mean(axis=0), 0, atol=0.04)
    covariance = np.atleast_2d(np.cov(coordinates.T)) * (dimension + 2)
    assert_allclose(covariance, np.eye(dimension), atol=0.1)


@pytest.mark.parametrize("complex_valued", [False, True])
def test_gaussian_has_four_measurements_per_feature_by_default(complex_valued):
    X, _, forward = make_gaussian_phase_retrieval(
        10, 3, complex_valued=complex_valued, return_forward=True
    )
    assert X.shape == (10, 12)
    assert isinstance(forward, GaussianPhaseRetrieval)
    assert forward.complex_valued == complex_valued
    assert make_gaussian_phase_retrieval(10, 3, n_measurements=7)[0].shape == (10, 7)


def test_sensing_matrix_does_not_depend_on_the_number_of_samples():
    matrices = [
        make_gaussian_phase_retrieval(n, random_state=0, return_forward=True)[
            2
        ].sensing_matrix
        for n in (1, 50)
    ]
    assert_array_equal(*matrices)


@pytest.mark.parametrize("name", ["n_features", "n_measurements"])
def test_bad_gaussian_sizes_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} == 0, must be >= 1"):
        make_gaussian_phase_retrieval(**{name: 0})


@pytest.mark.parametrize("complex_valued", ["no", 1, None])
def test_other_than_bool_for_complex_valued_is_refused(complex_valued):
    match = f"complex_valued must be True or False, got {complex_valued!r}"
    with pytest.raises(TypeError, match=match):
        make_gaussian_phase_retrieval(complex_valued=complex_valued)


@pytest.mark.parametrize("value", [False, True])
def test_complex_valued_may_be_a_numpy_bool(value):
    _, y = make_gaussian_phase_retrieval(complex_valued=np.bool_(value))
    assert np.iscomplexobj(y) == value


@settings(max_examples=40, deadline=None)
@given(
    variant=st.sampled_from(VARIANTS),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    freedom=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    n_samples=st.integers(1, 9),
    dtype=st.sampled_from(["float32", "float64", "complex64", "complex128"]),
    seed=st.integers(0, 1000),
)
def test_canvas_holds_each_image_turned_or_not(
    variant, shape, freedom, n_samples, dtype, seed
):
    images = random_images(n_samples, shape, dtype)
    canvas_shape = (shape[0] + freedom[0], shape[1] + freedom[1])
    _, y = make_fourier_phase_retrieval(
        images,
        canvas_shape=canvas_shape,
        measurement_shape=canvas_shape,
        variant=variant,
        random_state=seed,
    )
    assert y.dtype == images.dtype
    assert y.shape == (n_samples, *canvas_shape)
    # The images are nowhere zero, so that the content is the whole image.
    n_turned = 0
    for image, canvas in zip(images, y, strict=True):
        top, left = (np.flatnonzero(canvas.any(axis=a))[0] for a in (1, 0))
        content = canvas[top : top + shape[0], left : left + shape[1]]
        assert np.count_nonzero(canvas) == np.count_nonzero(content)
        if "shift" not in variant:
            assert (top, left) == (freedom[0] // 2, freedom[1] // 2)
        turned = not np.array_equal(content, image)
        assert_array_equal(content, image[::-1, ::-1].conj() if turned else image)
        n_turned += turned
    if shape == (1, 1) and not np.iscomplexobj(images):
        assert n_turned == 0
    else:
        assert n_turned == (n_samples // 2 if "flip" in variant else 0)


def test_places_are_uniform():
    _, y = make_fourier(
        np.ones((6000, 1, 1)),
        canvas_shape=(2, 3),
        measurement_shape=(2, 3),
        variant="shift",
        random_state=0,
    )
    # 1000 expected at each place; the standard deviation is 29.
    assert_allclose(y.sum(axis=0), 1000, atol=120)


def test_every_image_is_as_likely_turned():
    images = random_images(4, (1, 2))
    turned = np.zeros(4)
    for seed in range(400):
        _, y = make_fourier(
            images,
            canvas_shape=(1, 2),
            measurement_shape=(1, 2),
            variant="flip",
            random_state=seed,
        )
        turned += (y != images).any(axis=(1, 2))
    assert turned.sum() == 800
    assert_allclose(turned, 200, atol=40)


def test_variants_of_one_seed_share_their_draws():
    y = {v: make_fourier(variant=v, random_state=0)[1] for v in VARIANTS}
    turned = (y["flip"] != y["none"]).any(axis=(1, 2))
    assert_array_equal((y["shift_flip"] != y["shift"]).any(axis=(1, 2)), turned)
    assert_array_equal(y["shift_flip"] != 0, y["shift"] != 0)


def test_draws_do_not_depend_on_pixels():
    first, second = (
        make_fourier(images, variant="shift_flip", random_state=0)[1]
        for images in (random_images(seed=0), random_images(seed=1))
    )
    assert_array_equal(first != 0, second != 0)


def test_images_are_left_as_they_were():
    images = random_images(dtype="complex128")
    before = images.copy()
    make_fourier(images, variant="shift_flip", random_state=0)
    assert_array_equal(images, before)


def test_images_may_be_a_tensor_with_gradient():
    torch = pytest.importorskip("torch")
    images = random_images()
    tensor = torch.asarray(images.copy()).requires_grad_()
    expected = make_fourier(images, variant="shift_flip", random_state=0)
    for found, array in zip(
        make_fourier(tensor, variant="shift_flip", random_state=0),
        expected,
        strict=True,
    ):
        assert type(found) is np.ndarray
        assert_array_equal(found, array)


def test_integer_images_become_float64_without_rescaling():
    images = np.full((2, 3, 4), 255, dtype=np.uint8)
    X, y = make_fourier(images)
    assert X.dtype == y.dtype == np.float64
    assert y.max() == 255


def test_shapes_may_be_single_ints():
    X, y, forward = make_fourier(
        canvas_shape=5, measurement_shape=9, return_forward=True
    )
    assert X.shape == (7, 81)
    assert y.shape == (7, 5, 5)
    assert isinstance(forward, FourierPhaseRetrieval)
    assert forward.get_params() == {
        "signal_shape": (5, 5),
        "measurement_shape": (9, 9),
        "zero_frequency": "corner",
    }


def test_many_images_are_measured_as_few_are():
    image = random_images(1, (2, 2))
    shapes = {"canvas_shape": 2, "measurement_shape": 3}
    X, y, forward = make_fourier(
        np.repeat(image, 1100, axis=0), **shapes, return_forward=True
    )
    assert_array_equal(X, forward(y))
    noisy, _ = make_fourier(
        np.repeat(image, 1100, axis=0), **shapes, snr=10, random_state=0
    )
    assert len(np.unique(noisy, axis=0)) == 1100


def blank_at(*rows):
    images = random_images(9)
    images[list(rows)] = 0
    return images


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        (
            {"variant": "turn"},
            "variant must be one of 'none', 'flip', 'shift', 'shift_flip', got 'turn'",
        ),
        ({"variant": ["flip"]}, r"variant must be one of .*got \['flip'\]"),
        ({"variant": np.array(["flip", "shift"])}, "variant must be one of .*array"),
        (
            {"canvas_shape": (6, 3)},
            r"canvas_shape must be at least the shape \(3, 4\) .*got \(6, 3\)",
        ),
        ({"canvas_shape": (6, -1)}, r"canvas_shape must be a positive int or .*-1"),
        (
            {"measurement_shape": (12, 7)},
            r"measurement_shape must be at least canvas_shape \(6, 8\).*got \(12, 7\)",
        ),
        ({"measurement_shape": 9.5}, "measurement_shape must be a positive int .*9.5"),
        ({"images": np.ones(3)}, r"images must have 2 to 4 axes.*got shape \(3,\)"),
        ({"images": np.ones((3, 4))}, "canvas_shape must be .* tuple of 1 positive"),
        ({"beam_stop": -1}, "beam_stop == -1, must be >= 0"),
        ({"beam_stop": 100}, "beam_stop must leave some of the .* got 100"),
        ({"images": np.ones((0, 3, 4))}, r"0 sample\(s\).* in images"),
        ({"images": np.full((1, 3, 4), np.nan)}, "Input images contains NaN"),
        (
            {"images": blank_at(2, 5)},
            r"images must not be blank.*got 2 blank at index 2, 5\.$",
        ),
        (
            {"images": blank_at(*range(7))},
            r"got 7 blank at index 0, 1, 2, 3, 4, \.\.\.",
        ),
    ],
)
def test_bad_fourier_parameters_are_refused(parameters, match):
    with pytest.raises(ValueError, match=match):
        make_fourier(**parameters)
