"""Laws of the breakers, and the paper's rules as special cases."""

import itertools
import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
from conftest import GROUPS, group_id
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from sklearn_symbreak import ContentCenterer, SymmetryBreaker
from sklearn_symbreak.breaking import FourierPhaseBreaker, make_paper_fourier_breaker
from sklearn_symbreak.datasets import (
    load_digit_images,
    make_fourier_phase_retrieval,
    make_gaussian_phase_retrieval,
)
from sklearn_symbreak.forward import FourierPhaseRetrieval
from sklearn_symbreak.groups import (
    ConjugateFlip,
    CyclicShift,
    FourierSymmetry,
    GlobalPhase,
    Permutation,
    Rotation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.metrics import orbit_r2_score
from sklearn_symbreak.utils.estimator_checks import check_symmetry_breaker

rng = np.random.default_rng(0)


def normal(shape, dtype=np.float64):
    x = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.normal(size=shape)
    return x.astype(dtype)


def tolerance(x):
    return 1e-3 if x.dtype in (np.float32, np.complex64) else 1e-9


def flip(x):
    return np.conj(x[:, ::-1, ::-1])


def content_of(image):
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def is_symmetric(image):
    return np.array_equal(image, image[::-1, ::-1])


def has_canonical_rule(group):
    try:
        group.canonicalize(group.example_signals(2, random_state=0))
    except ValueError:
        return False
    return True


CANONICAL_GROUPS = [group for group in GROUPS if has_canonical_rule(group)]


def make_breaker(group, kind):
    if kind == "canonical" and group not in CANONICAL_GROUPS:
        pytest.skip("the group has no canonical template")
    if kind == "array":
        template = group.example_signals(1, dtype=np.float64, random_state=99)[0]
        return SymmetryBreaker(group, template=template)
    return SymmetryBreaker(group, template=kind)


@pytest.mark.parametrize("kind", ["canonical", "mean", "array"])
class TestLaws:
    def test_breaking(self, group, signals, kind):
        breaker = make_breaker(group, kind).fit(signals)
        broken, element = breaker.canonicalize(signals)
        assert broken.dtype == signals.dtype
        assert broken.shape == signals.shape
        limit = tolerance(signals)
        np.testing.assert_array_equal(breaker.transform(signals), broken)
        np.testing.assert_allclose(group.act(element, signals), broken, atol=limit)
        moved = group.act(group.sample(signals, 4), signals)
        np.testing.assert_allclose(breaker.transform(moved), broken, atol=limit)
        np.testing.assert_allclose(breaker.transform(broken), broken, atol=limit)
        assert breaker.contains(broken).all()
        margin = breaker.margin(signals)
        assert margin.shape == (len(signals),)
        assert ((margin >= 0) & (margin <= 1)).all()
        np.testing.assert_allclose(breaker.margin(moved), margin, atol=10 * limit)
        np.testing.assert_array_equal(breaker.inverse_transform(broken), broken)

    def test_contains_refuses_what_is_moved(self, group, signals, kind):
        breaker = make_breaker(group, kind).fit(signals)
        broken = breaker.transform(signals)
        moved = group.act(group.sample(broken, 4), broken)
        distance = np.abs(moved - broken).reshape(len(broken), -1).max(axis=1)
        np.testing.assert_array_equal(breaker.contains(moved), distance < 1e-2)

    def test_attributes_and_copies(self, group, kind):
        y = group.example_signals(9, random_state=1)
        breaker = make_breaker(group, kind)
        parameters = breaker.get_params(deep=False).copy()
        assert breaker.fit(y) is breaker
        assert breaker.signal_shape_ == y.shape[1:]
        assert breaker.n_iter_ >= 1
        assert breaker.get_params(deep=False) == parameters
        for template in breaker.templates_:
            assert template.shape == y.shape[1:]
        if breaker.templates_:
            assert breaker.template_ is breaker.templates_[0]
        else:
            assert breaker.template_ is None
        expected = breaker.transform(y)
        for copy in (pickle.loads(pickle.dumps(breaker)), clone(breaker).fit(y)):
            np.testing.assert_array_equal(copy.transform(y), expected)


@pytest.mark.parametrize(
    ("dtype", "scale"),
    [(np.float32, 1e-25), (np.float32, 1e25), (float, 1e-160), (float, 1e160)],
)
@pytest.mark.parametrize("kind", ["canonical", "mean"])
def test_any_size_of_the_signals(group, kind, dtype, scale):
    y = group.example_signals(20, random_state=0)
    moved = group.act(group.sample(y, 1), y)
    expected = make_breaker(group, kind).set_params(max_iter=1000).fit(y).transform(y)
    y, moved = (scale * y).astype(dtype), (scale * moved).astype(dtype)
    breaker = make_breaker(group, kind).set_params(max_iter=1000).fit(y)
    broken = breaker.transform(y)
    limit = 1e-3 if dtype == np.float32 else 1e-6
    np.testing.assert_allclose(broken / scale, expected, atol=limit)
    np.testing.assert_allclose(breaker.transform(moved) / scale, expected, atol=limit)
    assert breaker.contains(broken).all()
    distance = np.abs(moved - broken).reshape(len(y), -1).max(axis=1) / scale
    np.testing.assert_array_equal(breaker.contains(moved), distance < 1e-2)
    np.testing.assert_allclose(
        breaker.margin(moved), breaker.margin(y), atol=10 * limit
    )


def test_public_check(group):
    kind = "canonical" if group in CANONICAL_GROUPS else "mean"
    check_symmetry_breaker(SymmetryBreaker(group, template=kind))


class TestRandomSeeds:
    @given(st.sampled_from(GROUPS), st.integers(0, 2**31 - 1), st.booleans())
    def test_break_is_constant_on_orbits(self, group, seed, complex_valued):
        dtype = np.complex128 if complex_valued and group.acts_on != "real" else float
        y = group.example_signals(4, dtype=dtype, random_state=seed)
        kind = "canonical" if group in CANONICAL_GROUPS else "mean"
        breaker = SymmetryBreaker(group, template=kind).fit(y)
        broken = breaker.transform(y)
        moved = group.act(group.sample(y, seed), y)
        np.testing.assert_allclose(breaker.transform(moved), broken, atol=1e-6)
        assert group.distance(y, broken).max() < 1e-6


small = st.integers(-1, 1).map(float)


class TestTies:
    @pytest.mark.parametrize("group", [SignFlip(), GlobalPhase()], ids=group_id)
    @given(y=hnp.arrays(float, (3, 4), elements=small))
    def test_every_nonzero_vector_is_broken(self, group, y):
        breaker = SymmetryBreaker(group).fit(y)
        broken = breaker.transform(y)
        np.testing.assert_array_equal(breaker.transform(-y), broken)
        nonzero = y.any(axis=1)
        both = breaker.contains(y) & breaker.contains(-y)
        np.testing.assert_array_equal(both, ~nonzero)

    @given(hnp.arrays(float, (3, 4), elements=small))
    def test_last_coordinate_decides_the_sign(self, y):
        broken = SymmetryBreaker(SignFlip()).fit(y).transform(y)
        assert (broken[:, -1] >= 0).all()
        np.testing.assert_array_equal(broken[:, -1], np.abs(y[:, -1]))

    @given(
        hnp.arrays(float, (3, 4), elements=small),
        hnp.arrays(float, (3, 4), elements=small),
    )
    def test_first_coordinate_decides_the_phase(self, real, imaginary):
        y = real + 1j * imaginary
        broken = SymmetryBreaker(GlobalPhase()).fit(y).transform(y)
        np.testing.assert_allclose(broken[:, 0], np.abs(y[:, 0]), atol=1e-12)
        turned = SymmetryBreaker(GlobalPhase()).fit(y).transform(y * np.exp(0.7j))
        np.testing.assert_allclose(turned, broken, atol=1e-9)

    @given(hnp.arrays(float, (2, 5), elements=small))
    def test_permutations_are_sorted(self, y):
        broken = SymmetryBreaker(Permutation()).fit(y).transform(y)
        np.testing.assert_array_equal(broken, np.sort(y, axis=1))

    def test_ordered_list(self):
        y = np.array([[0.0, -2.0, 5.0], [0.0, 0.0, -5.0], [-1.0, 9.0, 9.0]])
        order = [np.eye(3)[0], np.eye(3)[1], np.eye(3)[2]]
        breaker = SymmetryBreaker(SignFlip(), template=order).fit(y)
        expected = [[0, 2, -5], [0, 0, 5], [1, -9, -9]]
        np.testing.assert_array_equal(breaker.transform(y), expected)
        assert len(breaker.templates_) == 3
        np.testing.assert_array_equal(breaker.template_, order[0])
        rows = SymmetryBreaker(SignFlip(), template=[list(w) for w in order]).fit(y)
        np.testing.assert_array_equal(rows.transform(y), expected)

    def test_zero_signal_stays(self):
        y = np.array([[0.0, 0.0], [1.0, -1.0]])
        breaker = SymmetryBreaker(SignFlip()).fit(y)
        np.testing.assert_array_equal(breaker.transform(y)[0], [0, 0])
        assert breaker.margin(y)[0] == 0
        assert breaker.contains(y)[0]


class TestTemplates:
    def test_margin_on_the_seam_and_at_the_template(self):
        w = np.array([3.0, 4.0, 0.0])
        y = np.stack([w, -2 * w, [4, -3, 7], [3, 4, 5]])
        margin = SymmetryBreaker(SignFlip(), template=w).fit(y).margin(y)
        np.testing.assert_allclose(margin, [1, 1, 0, 1 / np.sqrt(2)], atol=1e-12)
        phase = SymmetryBreaker(GlobalPhase(), template=w * (1 + 0j)).fit(y + 0j)
        turned = np.exp(0.3j) * y
        np.testing.assert_allclose(phase.margin(turned), margin, atol=1e-12)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_margin_of_many_items_is_not_lost_in_rounding(self, dtype):
        y = np.arange(300, dtype=dtype)[None, ::-1] ** 2
        margin = SymmetryBreaker(Permutation()).fit(y).margin(y)
        # The closest neighbours are 0 and 1, at the ramp all are one apart.
        ramp = np.arange(1, 301.0)
        expected = np.linalg.norm(ramp) / np.linalg.norm(y[0])
        np.testing.assert_allclose(margin, expected, rtol=1e-4)

    @pytest.mark.parametrize("dtype", [np.float32, np.complex64])
    def test_template_takes_the_dtype_of_the_signals(self, dtype):
        y = normal((5, 3), dtype)
        for template in ("canonical", "mean", np.arange(1, 4)):
            breaker = SymmetryBreaker(SignFlip(), template=template).fit(y)
            assert breaker.template_.dtype == dtype

    def test_mean_does_not_depend_on_the_members_chosen(self, group, dtype):
        if np.dtype(dtype).kind == "c" and group.acts_on == "real":
            pytest.skip("the group acts on real signals only")
        y = group.example_signals(12, dtype=dtype, random_state=5)
        first = SymmetryBreaker(group, template="mean").fit(y)
        moved = group.act(group.sample(y, 6), y)
        second = SymmetryBreaker(group, template="mean").fit(moved)
        size = np.linalg.norm(first.template_)
        limit = 1e-2 if y.dtype in (np.float32, np.complex64) else 1e-4
        distance = group.distance(second.template_[None], first.template_)[0]
        assert distance < limit * size

    def test_mean_of_one_orbit_is_a_member(self):
        y = np.array([[1.0, 2.0], [-1.0, -2.0], [1.0, 2.0]])
        breaker = SymmetryBreaker(SignFlip(), template="mean").fit(y)
        np.testing.assert_allclose(np.abs(breaker.template_), [1, 2])
        np.testing.assert_allclose(breaker.margin(y), 1)

    def test_mean_moves_the_seam_away(self):
        y = normal((200, 3)) + np.array([6, 0, 0])
        canonical = SymmetryBreaker(SignFlip()).fit(y).margin(y)
        learned = SymmetryBreaker(SignFlip(), template="mean").fit(y).margin(y)
        assert learned.min() > 0.5 > canonical.min()

    def test_mean_of_signals_with_a_large_common_offset(self):
        # Far from zero all members of an orbit are close to each other; that does
        # not make the template symmetric.
        y = 100 + normal((30, 6))
        breaker = SymmetryBreaker(CyclicShift(), template="mean").fit(y)
        shifted = np.roll(y, 2, axis=1)
        np.testing.assert_array_equal(breaker.transform(shifted), breaker.transform(y))
        assert breaker.margin(y).max() > 0.1

    def test_max_iter_and_tol_stop_the_mean(self):
        y = CyclicShift().example_signals(50, random_state=0)
        once = SymmetryBreaker(CyclicShift(), "mean", max_iter=1)
        with pytest.warns(ConvergenceWarning, match="not converged in max_iter=1 aver"):
            once.fit(y)
        rough = SymmetryBreaker(CyclicShift(), "mean", tol=0.5).fit(y)
        fine = SymmetryBreaker(CyclicShift(), "mean").fit(y)
        assert once.n_iter_ == 1
        assert 1 <= rough.n_iter_ < fine.n_iter_ <= 100

    def test_real_template_serves_complex_signals(self):
        y = normal((5, 3), np.complex128)
        broken = SymmetryBreaker(GlobalPhase(), np.ones(3)).fit_transform(y)
        np.testing.assert_allclose(broken.sum(axis=1).imag, 0, atol=1e-12)
        assert (broken.sum(axis=1).real > 0).all()

    def test_nested_parameters(self):
        breaker = SymmetryBreaker(CyclicShift(ndim=1), template="mean")
        breaker.set_params(group__ndim=2, tol=0.1)
        assert breaker.group.ndim == 2
        assert clone(breaker).get_params()["group__ndim"] == 2
        assert breaker.fit(normal((4, 3, 5))).signal_shape_ == (3, 5)


class TestSymmetryBreakerErrors:
    y = normal((4, 3))

    @pytest.mark.parametrize(
        ("template", "match"),
        [
            ("median", r"template must be 'canonical', 'mean', .* got 'median'"),
            (np.ones(4), r"template must be .* shape \(3,\).* got shape \(4,\)"),
            (np.ones((1, 3)), r"got shape \(1, 3\)"),
            (2.0, r"template must be .* got 2\.0"),
            (None, r"template must be .* got None"),
            ([], r"template must be .* got shape \(0,\)"),
            (
                [np.ones(3), np.ones(2)],
                r"template must be .* shapes \[\(3,\), \(2,\)\]",
            ),
            ([np.ones(2), np.ones(2)], r"got shape \(2, 2\)"),
            (np.zeros(3), "template must not be zero"),
            ([np.ones(3), np.zeros(3)], "template must not be zero"),
            (1j * np.ones(3), "template must be real for real signals, got .*complex"),
            (np.full(3, np.nan), "template contains NaN"),
            (["a", "b", "c"], "template must be numeric"),
        ],
    )
    def test_template(self, template, match):
        with pytest.raises(ValueError, match=match):
            SymmetryBreaker(SignFlip(), template=template).fit(self.y)

    @pytest.mark.parametrize(
        ("group", "template"),
        [
            (ConjugateFlip(), np.ones((3, 4))),
            (CyclicShift(ndim=2), np.ones((3, 4))),
            (Translation(), np.ones((3, 4))),
            (Permutation(item_ndim=1), np.ones((3, 4))),
            (Rotation(), np.eye(3, 4)[:, :3] * [1, 0, 0]),
            (SignFlip() * CyclicShift(ndim=2), np.ones((3, 4))),
            (FourierSymmetry(), np.ones((3, 4))),
        ],
        ids=group_id,
    )
    def test_template_fixed_by_the_group(self, group, template):
        y = group.example_signals(5, signal_shape=template.shape, random_state=0)
        with pytest.raises(ValueError, match="template must not be fixed by an elem"):
            SymmetryBreaker(group, template=template).fit(y)

    def test_mean_fixed_by_the_group(self):
        y = np.ones((4, 3, 3))
        with pytest.raises(ValueError, match="the mean template of X must not be fix"):
            SymmetryBreaker(ConjugateFlip(), template="mean").fit(y)

    def test_fixed_template_is_rescued_by_a_second_one(self):
        y = normal((5, 3, 4))
        order = [np.ones((3, 4)), np.arange(12.0).reshape(3, 4)]
        breaker = SymmetryBreaker(ConjugateFlip(), template=order).fit(y)
        np.testing.assert_array_equal(breaker.transform(flip(y)), breaker.transform(y))

    def test_generic_template_where_there_is_no_natural_rule(self):
        y = normal((4, 5, 3))
        breaker = SymmetryBreaker(Rotation()).fit(y)
        moved = Rotation().act(Rotation().sample(y, 0), y)
        np.testing.assert_allclose(breaker.transform(moved), breaker.transform(y))

    @pytest.mark.parametrize("group", [None, "sign", SignFlip])
    def test_group(self, group):
        with pytest.raises(TypeError, match=r"group must be a symmetry group, .* got"):
            SymmetryBreaker(group).fit(self.y)

    @pytest.mark.parametrize(
        ("parameters", "error", "match"),
        [
            ({"max_iter": 0}, ValueError, "max_iter == 0, must be >= 1"),
            ({"max_iter": 2.5}, TypeError, "max_iter must be an instance of"),
            ({"tol": -1.0}, ValueError, "tol == -1.0, must be >= 0"),
            ({"tol": "a"}, TypeError, "tol must be an instance of"),
        ],
    )
    def test_mean_parameters(self, parameters, error, match):
        with pytest.raises(error, match=match):
            SymmetryBreaker(SignFlip(), "mean", **parameters).fit(self.y)

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    @pytest.mark.parametrize(
        "method", ["fit", "canonicalize", "transform", "contains", "margin"]
    )
    def test_not_finite(self, method, value):
        bad = self.y.copy()
        bad[2, 1] = value
        breaker = SymmetryBreaker(SignFlip()).fit(self.y)
        with pytest.raises(ValueError, match="Input X contains NaN or infinity"):
            getattr(breaker, method)(bad)

    @pytest.mark.parametrize("template", ["mean", np.array([1j, 1.0, 0.0])])
    def test_real_signals_after_complex_ones(self, template):
        breaker = SymmetryBreaker(SignFlip(), template).fit(self.y + 1j)
        with pytest.raises(
            ValueError, match=r"X must be complex, .* got dtype float64"
        ):
            breaker.transform(self.y)

    @pytest.mark.parametrize(
        ("y", "match"),
        [
            (np.ones(3), r"X must have shape \(n_samples, \*signal_shape\), got \(3,"),
            (np.ones((0, 3)), "0 sample"),
            (np.ones((3, 0)), "0 feature"),
            (np.array([["a", "b"]]), "X must be numeric"),
        ],
    )
    def test_signals(self, y, match):
        with pytest.raises(ValueError, match=match):
            SymmetryBreaker(SignFlip()).fit(y)

    @pytest.mark.parametrize(
        "group", [ConjugateFlip(), FourierSymmetry(), Translation()], ids=group_id
    )
    def test_wrong_number_of_axes(self, group):
        with pytest.raises(ValueError, match=r"X must have 3 axes for .*\(.*\)"):
            SymmetryBreaker(group).fit(self.y)

    def test_other_shape_than_in_fit(self):
        breaker = SymmetryBreaker(SignFlip()).fit(normal((4, 3, 5)))
        with pytest.raises(ValueError, match=r"signals of shape \(3, 5\), got .*3, 6"):
            breaker.transform(normal((4, 3, 6)))
        with pytest.raises(ValueError, match="2 features, but SymmetryBreaker is exp"):
            breaker.transform(normal((4, 2, 5)))

    @pytest.mark.parametrize(
        "method",
        ["canonicalize", "transform", "inverse_transform", "contains", "margin"],
    )
    def test_not_fitted(self, method):
        with pytest.raises(NotFittedError, match="SymmetryBreaker instance is not fit"):
            getattr(SymmetryBreaker(SignFlip()), method)(self.y)


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

    def test_dtype_is_kept(self, dtype):
        y = np.zeros((2, 6, 7), dtype)
        y[:, 0:3, 1:3] = normal((2, 3, 2), dtype)
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
    def test_inverse_is_in_the_orbit(self, canvas, shape, origin, target, dtype):
        y = normal((6, *canvas), dtype)
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
    def test_tensors(self, target, origin, dtype):
        torch = pytest.importorskip("torch")
        y = normal((3, 4, 5), dtype)
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
    def test_complex_breaker_takes_real_images(self, target):
        y = normal((3, 4, 4))
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

    def test_failed_predictions_stay_failed(self):
        y = normal((3, 4, 4))
        X = measure(y, (8, 8))
        breaker = FourierPhaseBreaker(8).fit(y)
        phase = breaker.transform(y)
        phase[1, 2, 2] = np.nan
        failed = ~np.isfinite(breaker.inverse_transform(phase, X)).all(axis=(1, 2))
        assert failed.tolist() == [False, True, False]

    @pytest.mark.parametrize("target", ["phase", "image"])
    def test_memory_stays_bounded(self, target):
        y = normal((6_000, 6, 6), np.float32)
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
    def test_break_is_constant_on_orbits(self, canvas, shape, target, dtype):
        y = normal((6, *canvas), dtype)
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

    def test_phase_is_that_of_the_literal_rule(self):
        y = normal((5, 4, 4), np.complex128)
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
    def test_frequency(self, frequency):
        y = normal((5, 4, 5), np.complex128)
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

    def test_only_the_direction_of_a_prediction_counts(self):
        y = normal((3, 4, 4))
        X = measure(y, (8, 8))
        breaker = FourierPhaseBreaker(8).fit(y)
        phase = breaker.transform(y)
        expected = breaker.inverse_transform(phase, X)
        scaled = breaker.inverse_transform(3.5 * phase, X)
        np.testing.assert_allclose(scaled, expected, atol=1e-12)

    def test_real_phases_are_phases(self):
        y = normal((3, 4, 5))
        breaker = FourierPhaseBreaker((8, 9)).fit(y)
        ones = np.ones((3, 8, 9))
        np.testing.assert_allclose(
            breaker.inverse_transform(ones, measure(y, (8, 9))),
            breaker.inverse_transform(ones + 0j, measure(y, (8, 9))),
        )

    def test_negative_measurements_count_as_zero(self):
        y = normal((3, 4, 4))
        X = measure(y, (8, 8))
        breaker = FourierPhaseBreaker(8).fit(y)
        phase = breaker.transform(y)
        noisy, clipped = X.copy(), X.copy()
        noisy[:, 5], clipped[:, 5] = -3, 0
        np.testing.assert_array_equal(
            breaker.inverse_transform(phase, noisy),
            breaker.inverse_transform(phase, clipped),
        )

    def test_copies(self):
        y = normal((3, 4, 4))
        breaker = FourierPhaseBreaker(8).set_params(frequency=(1, 0)).fit(y)
        for copy in (pickle.loads(pickle.dumps(breaker)), clone(breaker).fit(y)):
            np.testing.assert_array_equal(copy.transform(y), breaker.transform(y))

    @pytest.mark.parametrize("complex_valued", [False, True])
    @pytest.mark.parametrize("target", ["phase", "image"])
    def test_public_check(self, target, complex_valued):
        y = normal((16, 4, 5), np.complex128 if complex_valued else np.float64)
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
    y = normal((3, 4, 5))

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


def test_all_members_of_a_small_orbit_have_one_representative():
    # All 2 · 3! members, listed by hand.
    y = normal((5, 3))
    group = SignFlip() * Permutation()
    breaker = SymmetryBreaker(group, template=np.array([-1.0, 0.5, 2.0])).fit(y)
    members = [
        sign * y[:, list(order)]
        for sign in (1, -1)
        for order in itertools.permutations(range(3))
    ]
    contained = np.sum([breaker.contains(member) for member in members], axis=0)
    np.testing.assert_array_equal(contained, 1)
    for member in members:
        np.testing.assert_allclose(breaker.transform(member), breaker.transform(y))


class TestMeanTemplate:
    @pytest.mark.parametrize("n_samples", [100, 1000, 5000])
    @pytest.mark.parametrize("length", [1, 2, 5, 30])
    @pytest.mark.parametrize("complex_valued", [False, True])
    def test_converges_on_data_that_prefer_no_mean(
        self, complex_valued, length, n_samples
    ):
        _, y = make_gaussian_phase_retrieval(
            n_samples,
            length,
            n_measurements=1,
            complex_valued=complex_valued,
            random_state=0,
        )
        group = GlobalPhase() if complex_valued else SignFlip()
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            breaker = SymmetryBreaker(group, "mean").fit(y)
            assert np.isfinite(orbit_r2_score(y, y + 1, group=group))
        assert breaker.n_iter_ < breaker.max_iter

    def test_sample_weight_counts_repetitions(self):
        y = normal((30, 6))
        weight = rng.integers(0, 4, size=30)
        breaker = SymmetryBreaker(CyclicShift(), "mean")
        weighted = breaker.fit(y, sample_weight=weight).template_
        repeated = clone(breaker).fit(np.repeat(y, weight, axis=0)).template_
        aligned, _ = CyclicShift().align(weighted[None], repeated)
        np.testing.assert_allclose(aligned[0], repeated, atol=1e-6)

    def test_bad_sample_weight(self):
        y = normal((3, 6))
        breaker = SymmetryBreaker(CyclicShift(), "mean")
        with pytest.raises(ValueError, match="non-zero number"):
            breaker.fit(y, sample_weight=[0, 0, 0])
        with pytest.raises(ValueError, match="sample_weight"):
            breaker.fit(y, sample_weight=[1, 2])

    @pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
    def test_zero_mean(self):
        with pytest.raises(ValueError, match="mean up to the symmetry is not zero"):
            SymmetryBreaker(SignFlip(), "mean").fit(np.zeros((4, 3)))

    def test_template_is_a_copy(self):
        template = np.array([0.0, 0.0, 1.0])
        breaker = SymmetryBreaker(SignFlip(), template).fit(normal((4, 3)))
        template[:] = 0
        assert breaker.template_[2] == 1


@pytest.mark.parametrize("kind", ["phase", "sign"])
def test_centring_commutes_with_the_flip_where_the_modulus_is_symmetric(kind):
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
    np.testing.assert_allclose(group.canonicalize(moved)[0], representative, atol=1e-12)
    again, _ = group.canonicalize(representative)
    np.testing.assert_allclose(again, representative, atol=1e-12)
    flipped = ContentCenterer().fit_transform(np.conj(y[:, ::-1, ::-1]))
    centered = ContentCenterer().fit_transform(y)
    np.testing.assert_allclose(np.conj(flipped[:, ::-1, ::-1]), centered)


def test_further_templates_make_up_for_one_that_the_group_fixes():
    X = np.random.default_rng(0).standard_normal((50, 3))
    group = Permutation() * SignFlip()
    fixed, other = np.array([-1.0, 0.0, 1.0]), np.array([0.0, 1.0, 5.0])
    breaker = SymmetryBreaker(group, template=[fixed, other]).fit(X)
    moved = group.act(group.sample(X, 0), X)
    np.testing.assert_allclose(breaker.transform(moved), breaker.transform(X))
    for template in (fixed, [fixed, 2 * fixed]):
        with pytest.raises(ValueError, match="template must not be fixed"):
            SymmetryBreaker(group, template=template).fit(X)
