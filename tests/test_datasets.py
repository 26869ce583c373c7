import gzip
import hashlib
import os
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import kstest
from sklearn.datasets import get_data_home

from sklearn_symbreak.datasets import (
    _images,
    fetch_fashion_mnist,
    load_digit_images,
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


@pytest.mark.parametrize("dtype", ["float32", np.float64])
def test_digits_are_images_in_the_unit_interval(dtype):
    images, labels = load_digit_images(dtype=dtype)
    assert images.shape == (1797, 8, 8)
    assert images.dtype == np.dtype(dtype)
    assert (images.min(), images.max()) == (0, 1)
    assert_array_equal(np.unique(labels), np.arange(10))


def test_digits_of_another_dtype_are_refused():
    with pytest.raises(ValueError, match="dtype must be float32 or float64"):
        load_digit_images(dtype=np.uint8)


def idx_bytes(values):
    header = np.array([0x0800 + values.ndim, *values.shape], dtype=">u4")
    return header.tobytes() + values.astype(np.uint8).tobytes()


IMAGES = np.arange(4 * 28 * 28).reshape(4, 28, 28).astype(np.uint8)
LABELS = np.array([9, 0, 3, 1], dtype=np.uint8)
FILES = {
    "train-images-idx3-ubyte.gz": gzip.compress(idx_bytes(IMAGES), mtime=0),
    "train-labels-idx1-ubyte.gz": gzip.compress(idx_bytes(LABELS), mtime=0),
    "t10k-images-idx3-ubyte.gz": gzip.compress(idx_bytes(IMAGES[:2]), mtime=0),
    "t10k-labels-idx1-ubyte.gz": gzip.compress(idx_bytes(LABELS[:2]), mtime=0),
}


@pytest.fixture
def small_files(monkeypatch):
    """Let four images be the published files."""
    assert set(_images._CHECKSUMS) == set(FILES)
    for name, content in FILES.items():
        digest = hashlib.sha256(content).hexdigest()
        monkeypatch.setitem(_images._CHECKSUMS, name, digest)
    return FILES


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


@pytest.fixture
def fake_pooch(monkeypatch):
    """A download that writes the small files and records what was asked of it."""
    calls = []

    def retrieve(url, known_hash, fname, path):
        calls.append((url, known_hash))
        write(path, {fname: FILES[fname]})
        return str(path / fname)

    monkeypatch.setitem(sys.modules, "pooch", SimpleNamespace(retrieve=retrieve))
    return calls


@pytest.mark.parametrize("folder", [".", "fashion-mnist"])
@pytest.mark.parametrize(("subset", "n_samples"), [("train", 4), ("test", 2)])
@pytest.mark.parametrize("as_type", [str, lambda path: path])
def test_fashion_mnist_is_read_from_data_home(
    tmp_path, small_files, folder, subset, n_samples, as_type
):
    write(tmp_path / folder, small_files)
    images, labels = fetch_fashion_mnist(
        subset=subset, data_home=as_type(tmp_path), download_if_missing=False
    )
    assert_array_equal(images, IMAGES[:n_samples])
    assert_array_equal(labels, LABELS[:n_samples])
    assert images.dtype == labels.dtype == np.uint8
    assert images.flags.writeable


def test_fashion_mnist_looks_into_scikit_learns_folder(
    tmp_path, small_files, monkeypatch
):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    write(tmp_path / "fashion-mnist", small_files)
    images, _ = fetch_fashion_mnist(download_if_missing=False)
    assert_array_equal(images, IMAGES)


def test_fashion_mnist_downloads_the_missing_files_once(
    tmp_path, small_files, fake_pooch
):
    for _ in range(2):
        images, labels = fetch_fashion_mnist(data_home=tmp_path)
        assert_array_equal(images, IMAGES)
        assert_array_equal(labels, LABELS)
    address = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    assert fake_pooch == [
        (address + name, f"sha256:{hashlib.sha256(small_files[name]).hexdigest()}")
        for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
    ]


def test_a_good_file_is_not_hidden_by_a_bad_one(tmp_path, small_files):
    write(tmp_path, small_files)
    write(tmp_path / "fashion-mnist", dict.fromkeys(small_files, b"cut off"))
    images, labels = fetch_fashion_mnist(data_home=tmp_path, download_if_missing=False)
    assert_array_equal(images, IMAGES)
    assert_array_equal(labels, LABELS)


def test_a_look_up_that_fails_creates_no_folder(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(home))
    for where in (home, None):
        with pytest.raises(OSError, match="home nor in its subfolder fashion-mnist"):
            fetch_fashion_mnist(data_home=where, download_if_missing=False)
    assert not home.exists()


def test_data_home_is_that_of_scikit_learn(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("SCIKIT_LEARN_DATA", raising=False)
    for home in (None, "~/data", tmp_path / "other"):
        found = _images._data_home(home)
        assert str(found) == get_data_home(home)


def test_data_home_that_is_no_path(tmp_path):
    with pytest.raises(TypeError, match="data_home must be a path or None, got 3"):
        fetch_fashion_mnist(data_home=3)


@pytest.mark.parametrize("error", [ConnectionError, TimeoutError, ValueError])
def test_a_failed_download_says_what_to_do(tmp_path, monkeypatch, error):
    def retrieve(*args, **kwargs):
        raise error("HTTPConnectionPool(host=...)")

    monkeypatch.setitem(sys.modules, "pooch", SimpleNamespace(retrieve=retrieve))
    match = (
        rf"train-images-idx3-ubyte.gz .* not be downloaded to .*fashion-mnist \("
        rf"{error.__name__}\). Get it by hand, from http://.*ubyte.gz .* this folder"
    )
    with pytest.raises(OSError, match=match) as caught:
        fetch_fashion_mnist(data_home=tmp_path)
    assert "HTTPConnectionPool" not in str(caught.value)


def test_our_call_fits_pooch(tmp_path, small_files, monkeypatch):
    pooch = pytest.importorskip("pooch")
    source = tmp_path / "published"
    write(source, small_files)

    def copy(url, output_file, pooch):
        with open(output_file, "wb") as file:
            file.write((source / url.rsplit("/", 1)[1]).read_bytes())

    monkeypatch.setattr("pooch.core.choose_downloader", lambda *a, **k: copy)
    pooch.get_logger().setLevel("WARNING")
    images, _ = fetch_fashion_mnist(data_home=tmp_path / "home")
    assert_array_equal(images, IMAGES)


def test_fashion_mnist_without_pooch_says_what_to_install(
    tmp_path, small_files, monkeypatch
):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r'pip install "sklearn-symbreak\[data\]"'):
        fetch_fashion_mnist(data_home=tmp_path)


def test_fashion_mnist_missing_and_not_to_be_downloaded(tmp_path, fake_pooch):
    with pytest.raises(OSError, match=r"train-images-idx3-ubyte.gz .*is neither in"):
        fetch_fashion_mnist(data_home=tmp_path, download_if_missing=False)
    assert fake_pooch == []


@pytest.mark.parametrize("damage", ["truncated", "changed"])
def test_damaged_fashion_mnist_is_refused(tmp_path, small_files, damage):
    files = dict(small_files)
    name = "train-labels-idx1-ubyte.gz"
    files[name] = files[name][:-1] if damage == "truncated" else files[name] + b"x"
    write(tmp_path, files)
    with pytest.raises(
        OSError, match=rf"{name} is damaged or not the published file.*Delete it"
    ):
        fetch_fashion_mnist(data_home=tmp_path)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (
            idx_bytes(IMAGES),
            "is not an IDX file of unsigned bytes with 1 ax.*00000803",
        ),
        (idx_bytes(LABELS)[:6], "is not an IDX file .*it starts with '000008010000'"),
        (b"", "is not an IDX file .*it starts with ''"),
        (idx_bytes(LABELS)[:-1], r"announces shape \(4,\) but holds 3 values"),
        (idx_bytes(LABELS) + b"x", r"announces shape \(4,\) but holds 5 values"),
    ],
)
def test_malformed_idx_files_are_refused(tmp_path, content, match):
    path = tmp_path / "labels.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(ValueError, match=match):
        _images._read_idx(path, ndim=1)


@pytest.mark.parametrize(
    "subset", ["validation", None, ["train"], np.array(["train", "test"])]
)
def test_unknown_subset_is_refused(subset):
    with pytest.raises(ValueError, match="subset must be one of 'train', 'test', got"):
        fetch_fashion_mnist(subset=subset)


@pytest.mark.skipif(
    "SKLEARN_SYMBREAK_DATA_HOME" not in os.environ,
    reason="SKLEARN_SYMBREAK_DATA_HOME does not say where the published files are",
)
@pytest.mark.parametrize(("subset", "n_samples"), [("train", 60_000), ("test", 10_000)])
def test_published_fashion_mnist(subset, n_samples):
    images, labels = fetch_fashion_mnist(
        subset=subset,
        data_home=os.environ["SKLEARN_SYMBREAK_DATA_HOME"],
        download_if_missing=False,
    )
    assert images.shape == (n_samples, 28, 28)
    assert_array_equal(np.bincount(labels), n_samples // 10)
    assert (images.min(), images.max()) == (0, 255)
    assert np.all(images.any(axis=(1, 2)))
