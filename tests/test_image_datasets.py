"""Images to make data of, and the autocorrelation of their measurements."""

import gzip
import hashlib
import math
import os
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import get_data_home
from sklearn.exceptions import NotFittedError

from sklearn_symbreak.datasets import (
    _images,
    fetch_fashion_mnist,
    load_digit_images,
    make_fourier_phase_retrieval,
)
from sklearn_symbreak.forward import FourierPhaseRetrieval
from sklearn_symbreak.phase_retrieval import (
    ADMM,
    RAAR,
    ErrorReduction,
    HybridInputOutput,
    Shrinkwrap,
)
from sklearn_symbreak.preprocessing import AutocorrelationTransformer


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


def test_one_image_is_not_taken_for_signals_silently():
    image = load_digit_images()[0][0]
    with pytest.warns(UserWarning, match=r"8 signals of one axis; one image is images"):
        make_fourier_phase_retrieval(image, canvas_shape=12, measurement_shape=24)
    X, y = make_fourier_phase_retrieval(
        image, canvas_shape=(12,), measurement_shape=(24,)
    )
    assert X.shape == (8, 24) and y.shape == (8, 12)


def test_zeros_behind_a_beam_stop_are_named():
    X, _, forward = make_fourier_phase_retrieval(
        load_digit_images()[0][:3],
        canvas_shape=12,
        measurement_shape=24,
        beam_stop=2,
        random_state=0,
        return_forward=True,
    )
    solver = ADMM(forward, max_iter=2, random_state=0)
    solver.predict(X)
    with pytest.warns(UserWarning, match="0 at the zero frequency of 3 of 3 samples"):
        solver.predict(np.nan_to_num(X))
    with pytest.raises(ValueError, match=r"got \(3, 24, 24\); patterns take X.reshape"):
        solver.predict(X.reshape(3, 24, 24))


def test_single_pixels_and_noise_are_no_wrong_order_and_no_scaler(recwarn):
    for canvas, frame in (((12,), (25,)), ((8, 8), (20, 20)), ((7, 7), (15, 15))):
        pixels = np.eye(math.prod(canvas)).reshape(-1, *canvas)
        forward = FourierPhaseRetrieval(canvas, frame)
        for pixel in pixels:
            ADMM(forward).fit(forward(0.7 * pixel[None]))
    X, _, forward = make_fourier_phase_retrieval(
        load_digit_images()[0][:50],
        canvas_shape=12,
        measurement_shape=24,
        snr=-5,
        random_state=0,
        return_forward=True,
    )
    ADMM(forward).fit(X)
    assert not recwarn


@pytest.mark.parametrize("cls", [ErrorReduction, HybridInputOutput, RAAR, ADMM])
def test_rows_with_gaps_leave_others_alone(cls):
    # A frame that is larger than needed is made smaller, where nothing is missing.
    forward = FourierPhaseRetrieval((8, 8), (32, 32))
    X = forward(load_digit_images()[0][:5])
    X[1, 0] = np.nan
    # This one is known from the opposite frequency.
    X[3, 3] = np.nan
    solver = cls(forward, max_iter=30, n_init=2, random_state=0)
    whole = solver.predict(X)
    seen = solver.residual_, solver.n_iter_
    assert solver.loss_curve_.shape == (62,)
    for row in range(5):
        alone = solver.predict(X[row : row + 1])[0]
        assert_allclose(alone, whole[row], atol=1e-6)
        assert_allclose(solver.residual_[0], seen[0][row], atol=1e-6)
        assert solver.n_iter_[0] == seen[1][row]
    alone = solver.initial_signals(X[1:2])[0]
    assert_allclose(alone, solver.initial_signals(X)[1], atol=1e-12)


@pytest.mark.parametrize("cls", [ErrorReduction, HybridInputOutput, RAAR, ADMM])
@pytest.mark.parametrize("factor", [1.0, 30.0, 255.0, 1e150])
def test_starts_in_another_unit(cls, factor):
    X, y, forward = make_fourier_phase_retrieval(
        load_digit_images()[0][:5],
        canvas_shape=8,
        measurement_shape=15,
        return_forward=True,
    )
    solver = cls(forward, max_iter=3)
    solver.solve(X, init=factor * y)
    assert solver.solved_.all()


def test_supports_shrink_around_edges_that_wrap():
    shrinkwrap = Shrinkwrap(sigma=1)
    corner, middle = np.zeros((2, 1, 9, 9))
    corner[0, 0, 0] = middle[0, 4, 4] = 1
    found = shrinkwrap.update(corner, 20, wraps=[True, True])
    expected = np.roll(shrinkwrap.update(middle, 20), (-4, -4), axis=(1, 2))
    assert_array_equal(found, expected)


# -- autocorrelation

SHAPES = [((5,), (11,)), ((3, 4), (6, 9)), ((3, 4), (5, 7)), ((2, 3, 2), (4, 6, 4))]


def images(shape, n_samples=6, seed=0):
    return np.random.RandomState(seed).standard_normal((n_samples, *shape))


def correlation(x, lag):
    """One lag by its definition."""
    padded = np.pad(x, [(0, 0)] + [(n, n) for n in x.shape[1:]])
    moved = np.roll(padded, tuple(-lag), axis=tuple(range(1, x.ndim)))
    return (padded.conj() * moved).reshape(len(x), -1).sum(axis=1)


@pytest.mark.parametrize(("canvas", "frame"), SHAPES)
@pytest.mark.parametrize("order", ["corner", "center"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_roots_of_the_autocorrelation(canvas, frame, order, dtype):
    x = images(canvas)
    X = FourierPhaseRetrieval(canvas, frame, order)(x).astype(dtype)
    transformer = AutocorrelationTransformer(frame, canvas, order)
    roots = transformer.fit_transform(X)
    assert roots.dtype == dtype
    # Each lag of the canvas once, or its opposite.
    n_lags = np.prod([2 * n - 1 for n in canvas])
    assert roots.shape == (6, (n_lags + 1) // 2)
    lags = {tuple(lag) for lag in transformer.lags_}
    assert len(lags | {tuple(-lag) for lag in transformer.lags_}) == n_lags
    atol = 1e-2 if dtype == "float32" else 1e-6
    for column, lag in zip(roots.T, transformer.lags_, strict=True):
        a = correlation(x, lag)
        expected = np.sign(a) * np.sqrt(np.abs(a))
        assert_allclose(transformer.scale_ * column, expected, atol=atol)
    deviations = roots - roots.mean(axis=0)
    assert_allclose(np.mean(deviations**2), 1, rtol=1e-3)


@pytest.mark.parametrize(("canvas", "frame"), SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_roots_of_the_autocorrelation_of_complex_images(canvas, frame, dtype):
    x = images(canvas) + 1j * images(canvas, seed=1)
    X = FourierPhaseRetrieval(canvas, frame)(x).astype(dtype)
    transformer = AutocorrelationTransformer(frame, canvas, complex_valued=True)
    roots = transformer.fit_transform(X)
    assert roots.dtype == dtype
    # Lag 0 is real; of the others there are real and imaginary parts.
    n_lags = np.prod([2 * n - 1 for n in canvas])
    assert roots.shape == (6, n_lags) == (6, len(transformer.get_feature_names_out()))
    n_real = (n_lags + 1) // 2
    lags = transformer.lags_
    assert_array_equal(lags[n_real:], [lag for lag in lags[:n_real] if lag.any()])
    atol = 1e-2 if dtype == "float32" else 1e-6
    for k, (column, lag) in enumerate(zip(roots.T, lags, strict=True)):
        a = correlation(x, lag)
        a = a / np.sqrt(np.abs(a))
        expected = a.real if k < n_real else a.imag
        assert_allclose(transformer.scale_ * column, expected, atol=atol)


def test_complex_images_with_lags_that_wrap_around():
    x = images((4, 6)) + 1j * images((4, 6), seed=1)
    X = FourierPhaseRetrieval((4, 6), (4, 6))(x)
    roots = AutocorrelationTransformer((4, 6), complex_valued=True).fit_transform(X)
    # As many as there are measurements, and none is constant: no information is lost.
    assert roots.shape == X.shape
    assert (roots.std(axis=0) > 0.1).all()
    dark = AutocorrelationTransformer((4, 6), complex_valued=True)
    assert_array_equal(dark.fit_transform(np.zeros((2, 24))), np.zeros((2, 24)))


def test_all_lags_by_default():
    transformer = AutocorrelationTransformer((4, 6))
    X = FourierPhaseRetrieval((4, 6), (4, 6))(images((4, 6)))
    roots = transformer.fit_transform(X)
    # They determine the measurement.
    power = np.copysign((transformer.scale_ * roots) ** 2, roots)
    whole = np.zeros((6, 4, 6))
    for column, (row, place) in zip(power.T, transformer.lags_, strict=True):
        whole[:, row % 4, place % 6] = whole[:, -row % 4, -place % 6] = column
    assert_allclose(np.fft.fft2(whole).real.reshape(6, -1), X, atol=1e-9)


def test_noise_at_opposite_frequencies_is_averaged():
    X = FourierPhaseRetrieval((3, 4), (6, 9))(images((3, 4))) + 10
    odd = np.random.RandomState(1).standard_normal((6, 6, 9))
    odd = odd - np.roll(odd[:, ::-1, ::-1], (1, 1), axis=(1, 2))
    transformer = AutocorrelationTransformer((6, 9), (3, 4)).fit(X)
    noisy = X + odd.reshape(6, -1)
    assert_allclose(transformer.transform(noisy), transformer.transform(X), atol=1e-6)


def test_batches_and_constant_columns(monkeypatch):
    X = FourierPhaseRetrieval((3, 4), (6, 9))(images((3, 4)))
    transformer = AutocorrelationTransformer((6, 9)).fit(X)
    expected = transformer.transform(X)
    name = "sklearn_symbreak.preprocessing._autocorrelation.CHUNK_BYTES"
    monkeypatch.setattr(name, 1)
    assert_array_equal(transformer.transform(X), expected)
    same = np.repeat(X[:1], 3, axis=0)
    assert clone(transformer).fit(same).scale_ == 1.0


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"measurement_shape": 8}, "measurement_shape must be a tuple of 1 to 3"),
        ({"signal_shape": (3,)}, r"signal_shape must have 2 axes, .* got \(3,\)"),
        ({"signal_shape": (3, 0)}, "signal_shape must be a positive int"),
        (
            {"signal_shape": (3, 10)},
            r"signal_shape must be at most .*got \(3, 10\)",
        ),
        ({"complex_valued": "yes"}, "complex_valued must be True or False, got 'yes'"),
        ({"zero_frequency": "left"}, "zero_frequency must be 'corner' or 'center'"),
        ({"measurement_shape": (6, 8)}, "X must have 48 columns"),
    ],
)
def test_bad_parameters(params, match):
    transformer = AutocorrelationTransformer((6, 9)).set_params(**params)
    with pytest.raises(ValueError, match=match):
        transformer.fit(np.ones((2, 54)))
    with pytest.raises(NotFittedError):
        transformer.transform(np.ones((2, 54)))


def test_names_and_later_parameters():
    X = np.ones((2, 54))
    transformer = AutocorrelationTransformer((6, 9), (2, 2)).fit(X)
    names = transformer.get_feature_names_out()
    assert list(names[:2]) == [f"autocorrelationtransformer{k}" for k in range(2)]
    assert len(names) == 5
    before = transformer.transform(X)
    transformer.set_params(measurement_shape=(9, 6), zero_frequency="center")
    assert_array_equal(transformer.transform(X), before)
    for value in (np.nan, np.inf):
        X[0, 0] = value
        with pytest.raises(ValueError, match="Input X contains"):
            transformer.transform(X)
    with pytest.raises(ValueError, match="AutocorrelationTransformer does not accept"):
        transformer.transform(np.full((2, 54), np.nan))


def test_centered_measurements_are_noticed():
    X = FourierPhaseRetrieval((3, 4), (6, 9))(images((3, 4), 200))
    transformer = AutocorrelationTransformer((6, 9))
    noise = np.random.RandomState(1).standard_normal(X.shape)
    transformer.fit(X + 0.5 * X.std() * noise)
    match = r"negative ones make up \d+%.*front of AutocorrelationTransformer\?"
    for centered in (X - X.mean(axis=0), -X):
        with pytest.warns(UserWarning, match=match):
            transformer.fit(centered)


@pytest.mark.parametrize("frame", [(4, 4), (5, 8), (4, 6, 8), (8,), (7, 9)])
def test_opposite_lags_are_kept_once(frame):
    X = FourierPhaseRetrieval(frame, frame)(images(frame, 20))
    roots = AutocorrelationTransformer(frame).fit_transform(X)
    distinct = np.unique(roots.round(8), axis=1).shape[1]
    assert roots.shape[1] == distinct
    assert distinct == len({tuple(row) for row in roots.T.round(8)})
