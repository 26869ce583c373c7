"""Laws of breakers by templates: any group, any kind of template."""

import functools
import itertools
import pickle
import warnings

import numpy as np
import pytest
from helpers import GROUPS, flip, group_id, normal, tolerance
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.breaking import OrbitEmbedding
from sklearn_symbreak.datasets import (
    make_gaussian_phase_retrieval,
)
from sklearn_symbreak.groups import (
    BlockSymmetry,
    ConjugateFlip,
    CyclicShift,
    FourierSymmetry,
    GlobalPhase,
    Permutation,
    RigidMotion,
    Rotation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.metrics import orbit_r2_score
from sklearn_symbreak.utils.estimator_checks import check_symmetry_breaker


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


def check_breaking(breaker, group, signals):
    """Laws of a fitted breaker."""
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
    # What is moved is no representative.
    moved = group.act(group.sample(broken, 4), broken)
    distance = np.abs(moved - broken).reshape(len(broken), -1).max(axis=1)
    np.testing.assert_array_equal(breaker.contains(moved), distance < 1e-2)


def test_breaking(group, signals):
    kinds = ["mean", "array", *(["canonical"] if group in CANONICAL_GROUPS else [])]
    for kind in kinds:
        check_breaking(make_breaker(group, kind).fit(signals), group, signals)


@pytest.mark.parametrize("group", CANONICAL_GROUPS, ids=group_id)
def test_canonical_rule_whatever_the_dtype_of_fit(group):
    kinds = {"real": "fd", "complex": "FD", None: "fdFD"}[group.acts_on]
    batches = [
        group.example_signals(5, dtype=kind, random_state=k)
        for k, kind in enumerate(kinds)
    ]
    for fitted, other in itertools.product(batches, repeat=2):
        breaker = SymmetryBreaker(group).fit(fitted)
        expected, _ = group.canonicalize(other)
        np.testing.assert_array_equal(breaker.transform(other), expected)
        np.testing.assert_array_equal(breaker.canonicalize(other)[0], expected)


@pytest.mark.parametrize("kind", ["canonical", "mean", "array"])
class TestLaws:
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


@functools.cache
def broken_examples(group, kind):
    """Example signals, moved ones, and their common representatives."""
    y = group.example_signals(20, random_state=0)
    breaker = make_breaker(group, kind).set_params(max_iter=1000).fit(y)
    return y, group.act(group.sample(y, 1), y), breaker.transform(y)


class TestAnyGroup:
    @pytest.mark.parametrize("kind", ["canonical", "mean"])
    def test_any_size_of_the_signals(self, group, kind):
        y, moved, expected = broken_examples(group, kind)
        for scale in (1e-25, 1e25):
            self.check_size(group, kind, np.float32, scale, y, moved, expected)
        for scale in (1e-160, 1e160):
            self.check_size(group, kind, np.float64, scale, y, moved, expected)

    @staticmethod
    def check_size(group, kind, dtype, scale, y, moved, expected):
        y, moved = (scale * y).astype(dtype), (scale * moved).astype(dtype)
        breaker = make_breaker(group, kind).set_params(max_iter=1000).fit(y)
        broken = breaker.transform(y)
        limit = 1e-3 if dtype == np.float32 else 1e-6
        np.testing.assert_allclose(broken / scale, expected, atol=limit)
        np.testing.assert_allclose(
            breaker.transform(moved) / scale, expected, atol=limit
        )
        assert breaker.contains(broken).all()
        distance = np.abs(moved - broken).reshape(len(y), -1).max(axis=1) / scale
        np.testing.assert_array_equal(breaker.contains(moved), distance < 1e-2)
        np.testing.assert_allclose(
            breaker.margin(moved), breaker.margin(y), atol=10 * limit
        )

    def test_public_check(self, group):
        kind = "canonical" if group in CANONICAL_GROUPS else "mean"
        check_symmetry_breaker(SymmetryBreaker(group, template=kind))

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

    def test_all_members_of_a_small_orbit_have_one_representative(self, rng):
        # All 2 · 3! members, listed by hand.
        y = normal(rng, (5, 3))
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
    def test_template_takes_the_dtype_of_the_signals(self, dtype, rng):
        y = normal(rng, (5, 3), dtype)
        for template in ("canonical", "mean", np.arange(1, 4)):
            breaker = SymmetryBreaker(SignFlip(), template=template).fit(y)
            assert breaker.template_.dtype == dtype

    def test_mean_does_not_depend_on_the_members_chosen(self, group, dtype):
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

    def test_mean_moves_the_seam_away(self, rng):
        y = normal(rng, (200, 3)) + np.array([6, 0, 0])
        canonical = SymmetryBreaker(SignFlip()).fit(y).margin(y)
        learned = SymmetryBreaker(SignFlip(), template="mean").fit(y).margin(y)
        assert learned.min() > 0.5 > canonical.min()

    def test_mean_of_signals_with_a_large_common_offset(self, rng):
        # Far from zero all members of an orbit are close to each other; that does
        # not make the template symmetric.
        y = 100 + normal(rng, (30, 6))
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

    def test_real_template_serves_complex_signals(self, rng):
        y = normal(rng, (5, 3), np.complex128)
        broken = SymmetryBreaker(GlobalPhase(), np.ones(3)).fit_transform(y)
        np.testing.assert_allclose(broken.sum(axis=1).imag, 0, atol=1e-12)
        assert (broken.sum(axis=1).real > 0).all()

    def test_nested_parameters(self, rng):
        breaker = SymmetryBreaker(CyclicShift(ndim=1), template="mean")
        breaker.set_params(group__ndim=2, tol=0.1)
        assert breaker.group.ndim == 2
        assert clone(breaker).get_params()["group__ndim"] == 2
        assert breaker.fit(normal(rng, (4, 3, 5))).signal_shape_ == (3, 5)

    def test_further_templates_make_up_for_one_that_the_group_fixes(self):
        X = np.random.default_rng(0).standard_normal((50, 3))
        group = Permutation() * SignFlip()
        fixed, other = np.array([-1.0, 0.0, 1.0]), np.array([0.0, 1.0, 5.0])
        breaker = SymmetryBreaker(group, template=[fixed, other]).fit(X)
        moved = group.act(group.sample(X, 0), X)
        np.testing.assert_allclose(breaker.transform(moved), breaker.transform(X))
        for template in (fixed, [fixed, 2 * fixed]):
            with pytest.raises(ValueError, match="template must not be fixed"):
                SymmetryBreaker(group, template=template).fit(X)


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

    def test_sample_weight_counts_repetitions(self, rng):
        y = normal(rng, (30, 6))
        weight = rng.integers(0, 4, size=30)
        breaker = SymmetryBreaker(CyclicShift(), "mean")
        weighted = breaker.fit(y, sample_weight=weight).template_
        repeated = clone(breaker).fit(np.repeat(y, weight, axis=0)).template_
        aligned, _ = CyclicShift().align(weighted[None], repeated)
        np.testing.assert_allclose(aligned[0], repeated, atol=1e-6)

    def test_bad_sample_weight(self, rng):
        y = normal(rng, (3, 6))
        breaker = SymmetryBreaker(CyclicShift(), "mean")
        with pytest.raises(ValueError, match="non-zero number"):
            breaker.fit(y, sample_weight=[0, 0, 0])
        with pytest.raises(ValueError, match="sample_weight"):
            breaker.fit(y, sample_weight=[1, 2])

    @pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
    def test_zero_mean(self):
        with pytest.raises(ValueError, match="mean up to the symmetry is not zero"):
            SymmetryBreaker(SignFlip(), "mean").fit(np.zeros((4, 3)))

    def test_template_is_a_copy(self, rng):
        template = np.array([0.0, 0.0, 1.0])
        breaker = SymmetryBreaker(SignFlip(), template).fit(normal(rng, (4, 3)))
        template[:] = 0
        assert breaker.template_[2] == 1


class TestSymmetryBreakerErrors:
    y = normal(np.random.default_rng(0), (4, 3))

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
        ids=repr,
    )
    def test_template_fixed_by_the_group(self, group, template):
        y = group.example_signals(5, signal_shape=template.shape, random_state=0)
        with pytest.raises(ValueError, match="template must not be fixed by an elem"):
            SymmetryBreaker(group, template=template).fit(y)

    def test_mean_fixed_by_the_group(self):
        y = np.ones((4, 3, 3))
        with pytest.raises(ValueError, match="the mean template of X must not be fix"):
            SymmetryBreaker(ConjugateFlip(), template="mean").fit(y)

    def test_fixed_template_is_rescued_by_a_second_one(self, rng):
        y = normal(rng, (5, 3, 4))
        order = [np.ones((3, 4)), np.arange(12.0).reshape(3, 4)]
        breaker = SymmetryBreaker(ConjugateFlip(), template=order).fit(y)
        np.testing.assert_array_equal(breaker.transform(flip(y)), breaker.transform(y))

    def test_generic_template_where_there_is_no_natural_rule(self, rng):
        y = normal(rng, (4, 5, 3))
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

    def test_other_shape_than_in_fit(self, rng):
        breaker = SymmetryBreaker(SignFlip()).fit(normal(rng, (4, 3, 5)))
        with pytest.raises(ValueError, match=r"signals of shape \(3, 5\), got .*3, 6"):
            breaker.transform(normal(rng, (4, 3, 6)))
        with pytest.raises(ValueError, match="2 features, but SymmetryBreaker is exp"):
            breaker.transform(normal(rng, (4, 2, 5)))

    @pytest.mark.parametrize(
        "method",
        ["canonicalize", "transform", "inverse_transform", "contains", "margin"],
    )
    def test_not_fitted(self, method):
        with pytest.raises(NotFittedError, match="SymmetryBreaker instance is not fit"):
            getattr(SymmetryBreaker(SignFlip()), method)(self.y)


@pytest.mark.parametrize("place", [slice(0, 4), slice(4, 8)])
def test_invariants_of_a_block_do_not_depend_on_the_unit_of_another(place, rng):
    group = BlockSymmetry([(SignFlip(), slice(0, 4)), (Permutation(), slice(4, 8))])
    x = normal(rng, (4, 9))
    expected = OrbitEmbedding(group).fit(x).transform(x)
    x[:, place] *= 1e6
    z = OrbitEmbedding(group).fit(x).transform(x)
    ratio = z / expected
    own = np.repeat([1, 1e6], [10, 4] if place == slice(4, 8) else [0, 10])
    own = np.concatenate([own, np.ones(15 - len(own))])
    np.testing.assert_allclose(ratio, np.broadcast_to(own, ratio.shape))


@pytest.mark.parametrize("unit", [2.0**-20, 2.0**20])
def test_predictions_keep_the_unit_of_the_targets(unit, rng):
    # Trees weigh all invariants against each other.
    X, y = normal(rng, (9, 3)), normal(rng, (9, 5))
    model = SymmetryBreakingRegressor(
        ExtraTreesRegressor(5, random_state=0), Permutation(), "embedding"
    )
    expected = model.fit(X, y).predict(X + 0.1)
    np.testing.assert_allclose(model.fit(X, unit * y).predict(X + 0.1), unit * expected)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize(
    "group",
    [FourierSymmetry(2), CyclicShift(2) * GlobalPhase()],
    ids=["content", "all"],
)
def test_signals_orthogonal_to_the_first_template(group, dtype, rng):
    # Their phase is that of the rounding, unless it counts as zero.
    x = np.zeros((60, 9, 9), dtype)
    x[:, 2:6, 2:6] = normal(rng, (60, 4, 4), dtype)
    x[:, 2:6, 2:6] -= x.sum(axis=(1, 2), keepdims=True) / 16
    breaker = SymmetryBreaker(group).fit(x)
    broken = breaker.transform(x)
    moved = breaker.transform(group.act(group.sample(x, 0), x))
    np.testing.assert_allclose(moved, broken, atol=tolerance(x))
    assert breaker.contains(broken).all()


@pytest.mark.parametrize(
    "group", [RigidMotion(), Permutation(item_symmetry=RigidMotion())], ids=range(2)
)
def test_single_points_have_one_representative(group, rng):
    y = rng.normal(size=(5, 1, 2) if group.signal_ndim == 2 else (5, 2, 1, 2))
    broken = SymmetryBreaker(group).fit_transform(y)
    np.testing.assert_allclose(broken, np.zeros_like(y), atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_embedded_signals_come_back_in_the_dtype_of_fit(dtype, rng):
    torch = pytest.importorskip("torch")
    y = normal(rng, (8, 3), dtype)
    group = GlobalPhase() if dtype.startswith("complex") else SignFlip()
    for signals in (y, torch.from_numpy(y)):
        embedding = OrbitEmbedding(group).fit(signals)
        z = embedding.transform(signals)
        for values in (np.asarray(z, dtype=np.float64), torch.as_tensor(z).double()):
            back = embedding.inverse_transform(values)
            assert isinstance(back, type(values))
            assert str(back.dtype).removeprefix("torch.") == dtype
            assert np.max(group.distance(np.asarray(back), y)) < 1e-2
