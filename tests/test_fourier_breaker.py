"""Centring of contents, and breaking by the phase of a Fourier transform."""

import pickle
import tracemalloc

import numpy as np
import pytest
from helpers import flip, normal, tolerance
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_symbreak import ContentCenterer
from sklearn_symbreak.breaking import FourierPhaseBreaker, make_paper_fourier_breaker
from sklearn_symbreak.datasets import (
    load_digit_images,
    make_fourier_phase_retrieval,
)
from sklearn_symbreak.forward import FourierPhaseRetrieval
from sklearn_symbreak.groups import (
    FourierSymmetry,
    Translation,
)
from sklearn_symbreak.utils.estimator_checks import check_symmetry_breaker


def content_of(image):
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def is_symmetric(image):
    return np.array_equal(image, image[::-1, ::-1])


class TestContentCenterer:
    @given(
        hnp.arrays(float, (3, 5, 6), elements=st.integers(0, 2).map(float)),
        st.sampled_from([(7, 8), (8, 9), (9, 9), (6, 11)]),
        st.tuples(st.integers(0, 1), st.integers(0, 2)),
    )
    def test_flip_and_shift_get_the_same_canonical_form(self, content, shape, offset):
        content[:, 2, 3] = 1
        y = np.zeros((3, *shape))
        y[:, : content.shape[1], : content.shape[2]] = content
        centerer = ContentCenterer().fit(y)
        centered = centerer.transform(y)
        moved = np.roll(y, offset, axis=(1, 2))
        np.testing.assert_array_equal(centerer.transform(moved), centered)
        np.testing.assert_array_equal(centerer.transform(centered), centered)
        turned = centerer.transform(flip(y))
        expected = flip(centered)
        # Content that is its own flip is centred the same way both times.
        own = np.array([is_symmetric(content_of(image)) for image in y])
        expected[own] = centered[own]
        np.testing.assert_array_equal(turned, expected)

    @given(hnp.arrays(float, (2, 7, 8), elements=st.integers(0, 2).map(float)))
    def test_box_is_in_the_middle(self, y):
        y[:, 3, 3] = 1
        centered = ContentCenterer().fit_transform(y)
        for image in centered:
            for axis, size in ((1, 7), (0, 8)):
                lines = np.flatnonzero(image.any(axis=axis))
                before, after = lines[0], size - 1 - lines[-1]
                assert abs(before - after) <= 1

    def test_dtype_is_kept(self, dtype, rng):
        y = np.zeros((2, 6, 7), dtype)
        y[:, 0:3, 1:3] = normal(rng, (2, 3, 2), dtype)
        centered = ContentCenterer().fit_transform(y)
        assert centered.dtype == dtype
        assert sorted(np.abs(centered[0].ravel())) == sorted(np.abs(y[0].ravel()))
        np.testing.assert_array_equal(
            ContentCenterer().fit(y).transform(flip(y)), flip(centered)
        )

    def test_threshold(self):
        y = np.full((1, 5, 5), 0.1)
        y[0, 0, 0] = 1
        np.testing.assert_array_equal(ContentCenterer().fit_transform(y), y)
        centered = ContentCenterer(threshold=0.5).fit_transform(y)
        assert centered[0, 2, 2] == 1
        assert np.count_nonzero(centered == 0.1) == 24

    @pytest.mark.parametrize("shape", [(7,), (4, 5), (3, 4, 5)])
    def test_any_number_of_axes(self, shape):
        y = np.zeros((1, *shape))
        y[(0, *(0 for _ in shape))] = 1
        centered = ContentCenterer().fit_transform(y)
        (position,) = np.argwhere(centered[0])
        assert (np.abs(2 * position - np.array(shape) + 1) <= 1).all()

    def test_blank_image(self):
        y = np.ones((3, 4, 4))
        y[1] = 0
        with pytest.raises(ValueError, match=r"blank images: 1 are, first number 1"):
            ContentCenterer().fit(y)
        centerer = ContentCenterer().fit(y[:1])
        with pytest.raises(ValueError, match="X must not hold blank images"):
            centerer.transform(y)

    @pytest.mark.parametrize(
        "threshold", [-1, 1, 2.0, np.nan, np.inf, "high", None, True]
    )
    @pytest.mark.parametrize("method", ["fit", "transform", "contains"])
    def test_bad_threshold(self, threshold, method):
        centerer = ContentCenterer(threshold=threshold)
        with pytest.raises(
            ValueError, match="threshold must be a number of at least 0 and below 1"
        ):
            getattr(centerer, method)(np.ones((1, 2, 2)))

    def test_bad_signals(self):
        with pytest.raises(ValueError, match="contains NaN or infinity"):
            ContentCenterer().fit(np.full((1, 2, 2), np.nan))
        with pytest.raises(ValueError, match="0 sample"):
            ContentCenterer().fit(np.ones((0, 2, 2)))

    def test_nothing_is_learned(self):
        y = np.eye(4)[None]
        np.testing.assert_array_equal(ContentCenterer().transform(y), y)
        assert ContentCenterer().contains(y).all()

    @given(
        hnp.arrays(float, (4, 3, 4), elements=st.integers(0, 2).map(float)),
        st.sampled_from([(3, 4), (7, 8), (8, 9), (6, 11)]),
        st.integers(0, 99),
    )
    def test_contains_what_transform_leaves_in_place(self, content, shape, seed):
        content[:, 1, 2] = 1
        y = np.zeros((4, *shape))
        y[:, :3, :4] = content
        y = Translation().act(Translation().sample(y, seed), y)
        centerer = ContentCenterer().fit(y)
        centered = centerer.transform(y)
        assert centerer.contains(centered).all()
        same = (centered == y).all(axis=(1, 2))
        np.testing.assert_array_equal(centerer.contains(y), same)

    def test_contains_of_tensors(self):
        torch = pytest.importorskip("torch")
        y = torch.zeros((2, 5, 5))
        y[0, 2, 2] = y[1, 0, 2] = 1
        assert ContentCenterer().contains(y).tolist() == [True, False]

    def test_contains_refuses_what_transform_refuses(self):
        centerer = ContentCenterer().fit(np.ones((1, 4, 4)))
        with pytest.raises(ValueError, match="X must not hold blank images"):
            centerer.contains(np.zeros((1, 4, 4)))
        with pytest.raises(ValueError, match="3 features, but ContentCenterer is exp"):
            centerer.contains(np.ones((1, 3, 4)))

    @pytest.mark.parametrize("kind", ["phase", "sign"])
    def test_centring_commutes_with_the_flip_where_the_modulus_is_symmetric(
        self, kind, rng
    ):
        # Only the phases of such objects tell which way they lie.
        shape = (60, 5, 5)
        y = np.zeros((60, 8, 8), complex if kind == "phase" else float)
        if kind == "phase":
            y[:, :5, :5] = np.exp(2j * np.pi * rng.random(shape))
        else:
            y[:, :5, :5] = rng.choice([-1.0, 1.0], shape)
        group = FourierSymmetry()
        representative, _ = group.canonicalize(y)
        moved = group.act(group.sample(y, 0), y)
        np.testing.assert_allclose(
            group.canonicalize(moved)[0], representative, atol=1e-12
        )
        again, _ = group.canonicalize(representative)
        np.testing.assert_allclose(again, representative, atol=1e-12)
        flipped = ContentCenterer().fit_transform(np.conj(y[:, ::-1, ::-1]))
        centered = ContentCenterer().fit_transform(y)
        np.testing.assert_allclose(np.conj(flipped[:, ::-1, ::-1]), centered)


SHAPES = [
    ((4, 5), (8, 9)),
    ((5, 4), (9, 11)),
    ((5, 5), (10, 12)),
    ((4, 4), (4, 4)),
    ((5, 3), (5, 3)),
    ((4, 5), (6, 5)),
]


def measure(y, shape):
    return FourierPhaseRetrieval(y.shape[1:], shape)(y)


@pytest.mark.parametrize("origin", ["center", "corner"])
@pytest.mark.parametrize(("canvas", "shape"), SHAPES, ids=str)
class TestFourierPhaseRoundTrip:
    @pytest.mark.parametrize("target", ["phase", "image"])
    def test_inverse_is_in_the_orbit(self, canvas, shape, origin, target, dtype, rng):
        y = normal(rng, (6, *canvas), dtype)
        X = measure(y, shape)
        breaker = FourierPhaseBreaker(shape, origin=origin, target=target).fit(y)
        back = breaker.inverse_transform(breaker.transform(y), X)
        assert back.dtype == dtype
        assert back.shape == y.shape
        group = FourierPhaseRetrieval(canvas, shape).symmetry
        size = np.linalg.norm(y.reshape(6, -1), axis=1)
        assert (group.distance(y, back) < 10 * tolerance(y) * size).all()
        np.testing.assert_allclose(measure(back, shape), X, rtol=0.02, atol=0.02)


class TestFourierPhaseBreaker:
    def test_entries_without_phase_are_one(self):
        # The transform of a constant image has exact zeros.
        y = np.ones((1, 2, 2))
        breaker = FourierPhaseBreaker(4).fit(y)
        phase = breaker.transform(y)
        np.testing.assert_allclose(phase[0, 2], 1)
        np.testing.assert_allclose(breaker.transform(-y), phase)

    @pytest.mark.parametrize("target", ["phase", "image"])
    @pytest.mark.parametrize("origin", ["center", "corner"])
    def test_tensors(self, target, origin, dtype, rng):
        torch = pytest.importorskip("torch")
        y = normal(rng, (3, 4, 5), dtype)
        X = measure(y, (8, 9))
        breaker = FourierPhaseBreaker((8, 9), target=target, origin=origin).fit(y)
        phase = breaker.transform(y)
        as_tensor = clone(breaker).fit(torch.asarray(y))
        assert as_tensor.real_ == breaker.real_
        for method, arrays in [
            ("transform", [y]),
            ("represent", [y]),
            ("contains", [phase]),
            ("inverse_transform", [phase, X]),
        ]:
            expected = getattr(breaker, method)(*arrays)
            tensors = [torch.asarray(array).requires_grad_() for array in arrays]
            found = getattr(as_tensor, method)(*tensors)
            assert type(found) is np.ndarray
            assert found.dtype == expected.dtype
            np.testing.assert_allclose(found, expected, atol=tolerance(y))

    @pytest.mark.parametrize("target", ["phase", "image"])
    def test_complex_breaker_takes_real_images(self, target, rng):
        y = normal(rng, (3, 4, 4))
        breaker = FourierPhaseBreaker(8, target=target).fit(y + 0j)
        np.testing.assert_allclose(breaker.transform(y), breaker.transform(y + 0j))

    def test_number_of_measurements(self):
        assert FourierPhaseBreaker((8, 9)).n_measurements == 72
        assert FourierPhaseBreaker(8).n_measurements == 64

    def test_law_check_passes_on_digits(self):
        images, _ = load_digit_images()
        _, y, forward = make_fourier_phase_retrieval(
            images[:60],
            canvas_shape=12,
            measurement_shape=24,
            variant="flip",
            random_state=0,
            return_forward=True,
        )
        breaker = FourierPhaseBreaker(24)
        check_symmetry_breaker(breaker, y, forward=forward)

    def test_failed_predictions_stay_failed(self, rng):
        y = normal(rng, (3, 4, 4))
        X = measure(y, (8, 8))
        breaker = FourierPhaseBreaker(8).fit(y)
        phase = breaker.transform(y)
        phase[1, 2, 2] = np.nan
        failed = ~np.isfinite(breaker.inverse_transform(phase, X)).all(axis=(1, 2))
        assert failed.tolist() == [False, True, False]

    @pytest.mark.parametrize("target", ["phase", "image"])
    def test_memory_stays_bounded(self, target, rng):
        y = normal(rng, (6_000, 6, 6), np.float32)
        shape = (32, 32)
        X = measure(y, shape).astype(np.float32)
        breaker = FourierPhaseBreaker(shape, target=target).fit(y)
        tracemalloc.start()
        try:
            broken = breaker.transform(y)
            breaker.inverse_transform(broken, X)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        # All transforms at once take 49 MB in single precision.
        assert peak - broken.nbytes < 1.5 * 49e6
        np.testing.assert_array_equal(breaker.transform(y[-3:]), broken[-3:])

    @pytest.mark.parametrize(("canvas", "shape"), SHAPES[:3], ids=str)
    @pytest.mark.parametrize("target", ["phase", "image"])
    def test_break_is_constant_on_orbits(self, canvas, shape, target, dtype, rng):
        y = normal(rng, (6, *canvas), dtype)
        breaker = FourierPhaseBreaker(shape, target=target).fit(y)
        broken = breaker.transform(y)
        group = breaker.group
        for seed in range(4):
            moved = group.act(group.sample(y, seed), y)
            np.testing.assert_allclose(
                breaker.transform(moved), broken, atol=30 * tolerance(y)
            )
        assert breaker.contains(broken).all()
        if target == "image":
            assert broken.dtype == dtype
        else:
            assert broken.dtype == np.result_type(dtype, np.complex64)
            np.testing.assert_allclose(np.abs(broken), 1, atol=1e-4)

    def test_phase_is_that_of_the_literal_rule(self, rng):
        y = normal(rng, (5, 4, 4), np.complex128)
        phase = FourierPhaseBreaker(8, origin="corner").fit_transform(y)
        spectrum = np.fft.fft2(y, s=(8, 8))
        omega = spectrum / np.abs(spectrum)
        omega /= omega[:, :1, :1]
        conjugated = omega[:, 0, 1].imag < 0
        omega[conjugated] = omega[conjugated].conj()
        np.testing.assert_allclose(phase, omega, atol=1e-9)
        np.testing.assert_allclose(phase[:, 0, 0], 1)
        assert (phase[:, 0, 1].imag >= 0).all()

    @pytest.mark.parametrize("frequency", [(0, 1), (1, 0), (1, -1), (-2, 1)])
    def test_frequency(self, frequency, rng):
        y = normal(rng, (5, 4, 5), np.complex128)
        breaker = FourierPhaseBreaker((8, 9), frequency=frequency).fit(y)
        phase = breaker.transform(y)
        assert (phase[(slice(None), *frequency)].imag >= 0).all()
        np.testing.assert_allclose(breaker.transform(flip(y)), phase, atol=1e-9)
        wrong = phase.copy()
        wrong[(0, *frequency)] = -1j
        np.testing.assert_array_equal(breaker.contains(wrong), [False] + 4 * [True])

    @pytest.mark.parametrize("side", [8, 9])
    def test_literal_rule_changes_nothing_for_digits(self, side):
        images = load_digit_images()[0]
        y = np.zeros((len(images), side + 4, side + 4))
        y[:, 2:10, 2:10] = images
        y = ContentCenterer().fit_transform(y)
        shape = 2 * (side + 4)
        both = np.concatenate([y, flip(y)])
        decisions = {}
        for origin in ("corner", "center"):
            breaker = FourierPhaseBreaker(shape, origin=origin, target="image")
            turned = breaker.fit(both).transform(both)
            decisions[origin] = np.any(turned != both, axis=(1, 2))
        # One decision for all originals and for all their flips: nothing is broken.
        assert len(set(decisions["corner"])) == 1
        first, second = np.split(decisions["center"], 2)
        assert (first != second).all()
        phase = FourierPhaseBreaker(shape).fit(y)
        np.testing.assert_allclose(
            phase.transform(flip(y)), phase.transform(y), atol=1e-6
        )
        literal = FourierPhaseBreaker(shape, origin="corner").fit(y)
        gap = np.abs(literal.transform(y) - literal.transform(flip(y))).max(axis=(1, 2))
        assert (gap > 0.1).mean() > 0.99

    def test_zeros_of_the_transform_have_phase_one(self, dtype):
        y = np.zeros((1, 6, 6), dtype)
        y[0, 1:3, 0:3] = 1
        breaker = FourierPhaseBreaker(12).fit(y)
        phase = breaker.transform(y)
        zeros = np.abs(np.fft.fft2(y.astype(complex), s=(12, 12))) < 1e-12
        assert zeros.sum() > 10
        np.testing.assert_array_equal(phase[zeros], 1)
        np.testing.assert_allclose(
            breaker.transform(flip(y)), phase, atol=10 * tolerance(y)
        )

    def test_only_the_direction_of_a_prediction_counts(self, rng):
        y = normal(rng, (3, 4, 4))
        X = measure(y, (8, 8))
        breaker = FourierPhaseBreaker(8).fit(y)
        phase = breaker.transform(y)
        expected = breaker.inverse_transform(phase, X)
        scaled = breaker.inverse_transform(3.5 * phase, X)
        np.testing.assert_allclose(scaled, expected, atol=1e-12)

    def test_real_phases_are_phases(self, rng):
        y = normal(rng, (3, 4, 5))
        breaker = FourierPhaseBreaker((8, 9)).fit(y)
        ones = np.ones((3, 8, 9))
        np.testing.assert_allclose(
            breaker.inverse_transform(ones, measure(y, (8, 9))),
            breaker.inverse_transform(ones + 0j, measure(y, (8, 9))),
        )

    def test_negative_measurements_count_as_zero(self, rng):
        y = normal(rng, (3, 4, 4))
        X = measure(y, (8, 8))
        breaker = FourierPhaseBreaker(8).fit(y)
        phase = breaker.transform(y)
        noisy, clipped = X.copy(), X.copy()
        noisy[:, 5], clipped[:, 5] = -3, 0
        np.testing.assert_array_equal(
            breaker.inverse_transform(phase, noisy),
            breaker.inverse_transform(phase, clipped),
        )

    def test_copies(self, rng):
        y = normal(rng, (3, 4, 4))
        breaker = FourierPhaseBreaker(8).set_params(frequency=(1, 0)).fit(y)
        for copy in (pickle.loads(pickle.dumps(breaker)), clone(breaker).fit(y)):
            np.testing.assert_array_equal(copy.transform(y), breaker.transform(y))

    @pytest.mark.parametrize("complex_valued", [False, True])
    @pytest.mark.parametrize("target", ["phase", "image"])
    def test_public_check(self, target, complex_valued, rng):
        y = normal(rng, (16, 4, 5), np.complex128 if complex_valued else np.float64)
        forward = FourierPhaseRetrieval((4, 5), (8, 10))
        breaker = FourierPhaseBreaker((8, 10), target=target)
        check_symmetry_breaker(breaker, y, forward=forward)


class TestPaperPreset:
    @pytest.mark.parametrize("target", ["phase", "image"])
    def test_public_check(self, target):
        group = FourierSymmetry()
        y = group.example_signals(16, random_state=0)
        shape = tuple(2 * n for n in y.shape[1:])
        check_symmetry_breaker(
            make_paper_fourier_breaker(shape, target=target),
            y,
            group=group,
            forward=FourierPhaseRetrieval(y.shape[1:], shape),
        )

    def test_digits_and_their_flips_share_a_target(self):
        images = load_digit_images()[0][:50]
        canvas = np.zeros((50, 13, 14))
        canvas[:, 1:9, 4:12] = images
        turned = np.roll(flip(canvas), (1, 0), axis=(1, 2))
        breaker = make_paper_fourier_breaker(28).fit(canvas)
        np.testing.assert_allclose(
            breaker.transform(turned), breaker.transform(canvas), atol=1e-6
        )
        literal = make_paper_fourier_breaker(28, origin="corner").fit(canvas)
        gap = literal.transform(turned) - literal.transform(canvas)
        assert np.abs(gap).max(axis=(1, 2)).min() > 0.1


class TestFourierPhaseBreakerErrors:
    y = normal(np.random.default_rng(0), (3, 4, 5))

    @pytest.mark.parametrize(
        ("parameters", "match"),
        [
            ({"measurement_shape": (8, 4)}, r"at least .*\(4, 5\), got \(8, 4\)"),
            ({"measurement_shape": 3}, r"measurement_shape must be at least"),
            ({"measurement_shape": (8,)}, r"tuple of 2 positive ints, got \(8,\)"),
            ({"measurement_shape": 8.0}, "measurement_shape must be a positive int"),
            ({"origin": "middle"}, r"origin must be one of .*center.*, got 'middle'"),
            ({"target": "angle"}, r"target must be one of .*phase.*, got 'angle'"),
            (
                {"origin": np.array([1, 2])},
                r"origin must be one of .*got array\(\[1, 2",
            ),
            ({"target": ["phase"]}, r"target must be one of .*got \['phase'\]"),
            ({"frequency": (0, 0)}, r"frequency must be other than \(0, 0\)"),
            ({"frequency": (-8, 0)}, r"frequency must be other than \(0, 0\)"),
            ({"frequency": (8, 0)}, r"two ints from \(-8, -8\) to \(7, 7\), got \(8"),
            ({"frequency": 1}, "frequency must be a row and a column .* got 1"),
            ({"frequency": (0.5, 1)}, r"frequency must be a row .* got \(0.5, 1\)"),
            ({"frequency": (1, 1, 1)}, "frequency must be a row and a column"),
        ],
    )
    def test_parameters(self, parameters, match):
        breaker = FourierPhaseBreaker(8).set_params(**parameters)
        with pytest.raises(ValueError, match=match):
            breaker.fit(self.y)

    def test_images(self):
        breaker = FourierPhaseBreaker(8)
        with pytest.raises(ValueError, match="X must have 3 axes"):
            breaker.fit(np.ones((3, 4)))
        with pytest.raises(ValueError, match="contains NaN or infinity"):
            breaker.fit(np.full((3, 4, 4), np.inf))
        with pytest.raises(ValueError, match="0 sample"):
            breaker.fit(np.ones((0, 4, 4)))
        with pytest.raises(ValueError, match=r"signals of shape \(4, 5\), got shape"):
            breaker.fit(self.y).transform(np.ones((3, 4, 6)))

    @pytest.mark.parametrize("target", ["phase", "image"])
    @pytest.mark.parametrize("method", ["transform", "represent"])
    def test_complex_images_after_real_ones(self, method, target):
        breaker = FourierPhaseBreaker(8, target=target).fit(self.y)
        match = "X must be real, as the images in fit were, got dtype complex128"
        with pytest.raises(ValueError, match=match):
            getattr(breaker, method)(self.y + 1j)

    @pytest.mark.parametrize("method", ["contains", "inverse_transform"])
    def test_complex_targets_after_real_images(self, method):
        breaker = FourierPhaseBreaker(8, target="image").fit(self.y)
        with pytest.raises(ValueError, match="phase must be real, as the images in f"):
            getattr(breaker, method)(self.y + 1j)

    def test_inverse(self):
        breaker = FourierPhaseBreaker(8).fit(self.y)
        phase, X = breaker.transform(self.y), measure(self.y, (8, 8))
        with pytest.raises(ValueError, match="X must be given"):
            breaker.inverse_transform(phase)
        with pytest.raises(ValueError, match=r"X must have 64 columns.*got shape"):
            breaker.inverse_transform(phase, X[:, 1:])
        with pytest.raises(ValueError, match="same number of samples, got 3 and 2"):
            breaker.inverse_transform(phase, X[:2])
        with pytest.raises(ValueError, match=r"phase must have signals of shape \(8"):
            breaker.inverse_transform(phase[:, 1:], X)
        with pytest.raises(ValueError, match="Complex data not supported: X"):
            breaker.inverse_transform(phase, X + 1j)
        with pytest.raises(ValueError, match="Input X contains NaN"):
            breaker.inverse_transform(phase, np.full_like(X, np.nan))

    @pytest.mark.parametrize(
        "method", ["transform", "inverse_transform", "contains", "represent"]
    )
    def test_not_fitted(self, method):
        with pytest.raises(NotFittedError, match="FourierPhaseBreaker instance is not"):
            getattr(FourierPhaseBreaker(8), method)(self.y)


@pytest.mark.parametrize(
    ("shape", "frequency", "breaks"),
    [
        ((5, 5), (0, 1), True),
        ((5, 5), (0, 4), False),
        ((5, 4), (4, 4), True),
        ((4, 4), (4, 4), False),
        ((4, 4), (0, 4), True),
        ((4, 1), (0, 1), False),
        ((4, 1), (1, 0), True),
        ((1, 4), (-4, 4), True),
    ],
)
def test_frequencies_whose_phase_is_always_real_are_refused(
    shape, frequency, breaks, rng
):
    y = rng.uniform(size=(50, *shape))
    breaker = FourierPhaseBreaker(8, frequency=frequency)
    if not breaks:
        with pytest.raises(ValueError, match="tells none from its turned copy"):
            breaker.fit(y)
        return
    broken = breaker.fit_transform(y)
    np.testing.assert_allclose(breaker.transform(y[:, ::-1, ::-1]), broken, atol=1e-9)


def test_a_real_phase_about_the_corner_is_refused(rng):
    for shape, frequency, dtype in [((1, 3), (1, 0), complex), ((4, 4), (4, 0), float)]:
        breaker = FourierPhaseBreaker(8, origin="corner", frequency=frequency)
        with pytest.raises(ValueError, match="tells none from its turned copy"):
            breaker.fit(normal(rng, (5, *shape), dtype))


def test_a_complex_row_is_not_told_from_its_copy_by_a_column(rng):
    y = normal(rng, (5, 1, 4), complex)
    with pytest.raises(ValueError, match="real phase in all images of shape"):
        FourierPhaseBreaker(8, frequency=(-1, 0)).fit(y)
    breaker = FourierPhaseBreaker(8, frequency=(0, 4)).fit(y)
    turned = breaker.transform(flip(y))
    np.testing.assert_allclose(turned, breaker.transform(y), atol=1e-9)
