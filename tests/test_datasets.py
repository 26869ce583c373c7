"""Makers of data, and noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import kstest

from sklearn_symbreak.datasets import (
    make_bragg_crystals,
    make_fourier_phase_retrieval,
    make_gaussian_phase_retrieval,
    make_square_root,
)
from sklearn_symbreak.forward import (
    FourierPhaseRetrieval,
    GaussianPhaseRetrieval,
    Square,
    add_noise,
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
        ({"beam_stop": np.nan}, "beam_stop must be a finite number .* got nan"),
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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("snr", [-3, 0.0, 20])
def test_gaussian_noise_has_the_signal_to_noise_ratio_in_every_sample(snr, dtype):
    X = np.random.RandomState(0).uniform(size=(4, 20_000)).astype(dtype)
    X *= np.array([[1e-3], [1], [10], [1e4]], dtype=dtype)
    noisy = add_noise(X, snr=snr, random_state=1)
    assert noisy.dtype == X.dtype
    noise = noisy - X
    ratio = 10 * np.log10(np.sum(X**2, axis=1) / np.sum(noise**2, axis=1))
    assert_allclose(ratio, snr, atol=0.2)
    assert_allclose(noise.mean(axis=1) / noise.std(axis=1), 0, atol=0.04)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("photon_count", [3, 1e4])
def test_poisson_noise_has_the_mean_and_variance_of_photons(photon_count, dtype):
    row = np.array([0, 1, 2, 3, 10], dtype=dtype)
    noisy = add_noise(
        np.tile(row, (50_000, 1)), photon_count=photon_count, random_state=0
    )
    assert noisy.dtype == row.dtype
    photons = noisy.astype(float) * photon_count / row.sum()
    assert_allclose(photons, np.round(photons), atol=1e-6 * photon_count)
    expected = photon_count * row / row.sum()
    assert_allclose(photons.mean(axis=0), expected, rtol=0.03)
    assert_allclose(photons.var(axis=0), expected, rtol=0.05)


def test_poisson_noise_leaves_a_sample_of_zeros():
    X = np.array([[0.0, 0.0], [1.0, 1.0]])
    noisy = add_noise(X, photon_count=100, random_state=0)
    assert_array_equal(noisy[0], 0)
    assert np.all(noisy[1] > 0)


def test_without_noise_the_measurements_stay():
    X = np.ones((2, 3), dtype=np.float32)
    assert add_noise(X) is X


@pytest.mark.parametrize("noise", [{"snr": 10}, {"photon_count": 50}])
def test_noise_is_reproducible_and_leaves_its_input(noise):
    X = np.random.RandomState(0).uniform(size=(3, 10))
    before = X.copy()
    first = add_noise(X, **noise, random_state=3)
    assert_array_equal(first, add_noise(X, **noise, random_state=3))
    assert not np.array_equal(first, add_noise(X, **noise, random_state=4))
    assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("X", "noise", "error", "match"),
    [
        (
            [[1.0]],
            {"snr": 10, "photon_count": 5},
            ValueError,
            "exclude each other, got snr=10 and photon_count=5",
        ),
        ([[1.0]], {"snr": np.nan}, ValueError, "snr must be a finite .*got nan"),
        ([[1.0]], {"snr": -7000}, ValueError, "from -3000 to 3000, .* got -7000"),
        ([[1.0]], {"snr": 10**400}, ValueError, "snr must be a finite .*got 1000"),
        ([[1.0]], {"snr": "high"}, TypeError, "snr must be an instance of float"),
        (
            [[1.0]],
            {"photon_count": 0},
            ValueError,
            "photon_count must be positive and at most 1e18.*got 0",
        ),
        ([[1.0]], {"photon_count": 1e19}, ValueError, r"at most 1e18.*got 1e\+19"),
        ([[1.0]], {"photon_count": np.nan}, ValueError, "photon_count .*got nan"),
        ([[1.0]], {"photon_count": "many"}, TypeError, "photon_count must be an inst"),
        (
            [[1.0, -0.5]],
            {"photon_count": 5},
            ValueError,
            r"X must be nonnegative under Poisson noise .*got a minimum of -0\.5",
        ),
        ([[np.inf]], {"snr": 5}, ValueError, "Input X contains infinity"),
        ([[-np.inf]], {"photon_count": 5}, ValueError, "Input X contains infinity"),
        (
            [[1e308, 1e308]],
            {"snr": -200},
            ValueError,
            "X must stay in the range of float64.* got snr=-200, which makes noise be",
        ),
        (
            np.ones((1, 2), np.float32),
            {"snr": -2000},
            ValueError,
            "X must stay in the range of float32.* got snr=-2000",
        ),
        (
            np.full((1, 50), 1.7e308),
            {"photon_count": 50, "random_state": 0},
            ValueError,
            "X must stay in the range of float64.* got photon_count=50, which",
        ),
        ([[1j]], {"snr": 5}, ValueError, "Complex data not supported"),
    ],
)
def test_noise_refuses(X, noise, error, match):
    with pytest.raises(error, match=match):
        add_noise(X, **noise)


@pytest.mark.parametrize("noise", [{"snr": 10}, {"photon_count": 1e6}])
def test_noise_leaves_what_is_not_measured(noise):
    rng = np.random.RandomState(0)
    X = rng.uniform(1, 2, size=(50, 400))
    missing = rng.uniform(size=X.shape) < 0.5
    missing[0] = True
    with_gaps = np.where(missing, np.nan, X)
    before = with_gaps.copy()
    noisy = add_noise(with_gaps, **noise, random_state=1)
    assert_array_equal(np.isnan(noisy), missing)
    assert_array_equal(with_gaps, before)
    # The noise is that of the measured entries alone.
    for row in range(1, 50):
        known = ~missing[row]
        difference = noisy[row, known] - X[row, known]
        energy = np.sum(X[row, known] ** 2)
        if "snr" in noise:
            expected = energy / 10
        else:
            expected = np.sum(X[row, known]) ** 2 / noise["photon_count"]
        assert_allclose(np.sum(difference**2), expected, rtol=0.5)


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**-600, 2.0**600, 2.0**1000])
@pytest.mark.parametrize("noise", [{"snr": 10}, {"photon_count": 50}])
def test_noise_at_any_size_of_the_measurements(noise, scale):
    X = np.random.RandomState(0).uniform(size=(3, 10))
    expected = scale * add_noise(X, **noise, random_state=0)
    assert_array_equal(add_noise(scale * X, **noise, random_state=0), expected)


def test_hardly_any_light():
    assert_array_equal(add_noise(np.ones((2, 3)), photon_count=1e-320), 0)


def test_noise_of_tensors():
    torch = pytest.importorskip("torch")
    X = np.random.RandomState(0).uniform(size=(3, 10))
    tensor = torch.asarray(X.copy()).requires_grad_()
    noisy = add_noise(tensor, snr=10, random_state=0)
    assert type(noisy) is np.ndarray
    assert_array_equal(noisy, add_noise(X, snr=10, random_state=0))
    with pytest.raises(ValueError, match=r"Complex data not supported.*torch\.complex"):
        add_noise(tensor + 1j, snr=10)


@pytest.mark.parametrize("dtype", ["float32", np.float64])
@pytest.mark.parametrize("size", [8, 28, 41])
def test_crystals_are_strained_polygons(size, dtype):
    images = make_bragg_crystals(30, size, strain=0.8, dtype=dtype, random_state=0)
    assert images.shape == (30, size, size)
    assert images.dtype == np.result_type(dtype, np.complex64)
    modulus = np.abs(images)
    # Dark outside of what is convex, at most 1, and most of it 1.
    assert modulus.max() <= 1 + 1e-6
    assert ((modulus > 0.99).sum(axis=(1, 2)) > size**2 / 10).all()
    for shape in modulus > 0.5:
        rows = np.flatnonzero(shape.any(axis=1))
        assert (np.diff(rows) == 1).all()
        for line in (*shape[rows], *shape.T[shape.any(axis=0)]):
            assert (np.diff(np.flatnonzero(line)) == 1).all()
    # The phase about its mean has the standard deviation of the strain: that of small
    # strains can be read from the images.
    images = make_bragg_crystals(30, size, strain=0.05, random_state=0)
    for image in images:
        mean = np.average(image / np.maximum(abs(image), 1e-300), weights=abs(image))
        phase = np.angle(image * np.conj(mean))
        deviation = np.sqrt(np.average(phase**2, weights=abs(image)))
        assert_allclose(deviation, 0.05, rtol=0.01)


def test_crystals_of_any_phase():
    # Each image has a phase of its own, which is uniform.
    images = make_bragg_crystals(400, 8, strain=0, random_state=0)
    phases = np.angle(images[:, 4, 4])
    assert kstest(phases / (2 * np.pi) + 0.5, "uniform").pvalue > 0.001
    assert_allclose(images, images[:, 4:5, 4:5] * np.abs(images), atol=1e-12)
    again = make_bragg_crystals(400, 8, strain=0, random_state=0)
    assert_array_equal(images, again)


@pytest.mark.parametrize("variant", ["none", "flip", "shift", "shift_flip"])
def test_crystals_lose_their_phase_in_every_variant(variant):
    X, y, forward = make_fourier_phase_retrieval(
        make_bragg_crystals(10, 12, random_state=0),
        canvas_shape=16,
        measurement_shape=32,
        variant=variant,
        random_state=0,
        return_forward=True,
    )
    group = forward.symmetry
    element = group.sample(y, np.random.RandomState(0))
    assert_allclose(forward(group.act(element, y)), X, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("params", "error", "match"),
    [
        ({"n_samples": 0}, ValueError, "n_samples == 0, must be >= 1"),
        ({"size": 4}, ValueError, "size == 4, must be >= 8"),
        ({"size": 9.5}, TypeError, "size must be an instance of int"),
        ({"strain": -1}, ValueError, "strain == -1, must be >= 0"),
        ({"strain": np.nan}, ValueError, "strain must be a finite number .*got nan"),
        ({"strain": np.inf}, ValueError, "strain must be a finite number .*got inf"),
        ({"dtype": "complex128"}, ValueError, "dtype must be"),
    ],
)
def test_bad_parameters_of_crystals(params, error, match):
    with pytest.raises(error, match=match):
        make_bragg_crystals(**params)
