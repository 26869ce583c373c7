"""Signals and elements as they come: converted alike, or refused by name."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from sklearn_symbreak.groups import (
    BlockSymmetry,
    ConjugateFlip,
    CyclicShift,
    FourierSymmetry,
    GlobalPhase,
    Itemwise,
    Permutation,
    Rotation,
    SignFlip,
    Translation,
)

VECTOR_GROUPS = [
    SignFlip(),
    GlobalPhase(),
    CyclicShift(),
    Permutation(),
    BlockSymmetry([(SignFlip(), slice(0, 2))]),
    SignFlip() * CyclicShift(),
]
TABLE = np.array([[1.0, -2.0, 4.0], [0.5, 3.0, -1.0]])


@pytest.fixture(params=VECTOR_GROUPS, ids=lambda g: type(g).__name__)
def group(request):
    return request.param


class TestSignals:
    @pytest.mark.parametrize(
        "convert",
        [
            np.ndarray.tolist,
            pd.DataFrame,
            lambda x: np.ma.masked_array(x, mask=False),
            np.asfortranarray,
            lambda x: x.astype(">f8"),
            lambda x: np.repeat(x, 2, axis=0)[::2],
        ],
        ids=["list", "frame", "masked", "fortran", "big-endian", "strided"],
    )
    def test_conversions_in_act_as_in_align(self, group, convert):
        element = group.sample(TABLE, 0)
        given = convert(TABLE)
        np.testing.assert_array_equal(
            group.act(element, given), group.act(element, TABLE)
        )
        expected, _ = group.align(TABLE, TABLE[1])
        np.testing.assert_array_equal(group.align(given, TABLE[1])[0], expected)
        again = group.act(group.sample(given, 0), TABLE)
        np.testing.assert_array_equal(again, group.act(element, TABLE))

    @pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
    def test_half_precision_becomes_double(self, group, dtype):
        torch = pytest.importorskip("torch")
        element = group.sample(TABLE, 0)
        results = []
        if dtype == "float16":
            results.append(group.act(element, TABLE.astype(dtype)))
        tensor = torch.from_numpy(TABLE).to(getattr(torch, dtype))
        drawn = group.sample(tensor, 0)
        results += [group.act(drawn, tensor).numpy(), group.align(tensor, tensor[1])[0]]
        assert results[0].dtype == np.float64
        np.testing.assert_array_equal(results[0], group.act(element, TABLE))
        expected, _ = group.align(TABLE, TABLE[1])
        np.testing.assert_allclose(np.asarray(results[-1]), expected)

    @pytest.mark.parametrize("method", ["act", "align", "sample", "identity"])
    def test_refusals(self, group, method):
        torch = pytest.importorskip("torch")
        element = group.sample(TABLE, 0)

        def call(x):
            arguments = {"act": (element, x), "align": (x, TABLE[0])}
            return getattr(group, method)(*arguments.get(method, (x,)))

        for x, error, match in [
            (scipy.sparse.csr_array(TABLE), TypeError, "x must be dense, got a sparse"),
            (
                torch.from_numpy(TABLE).to_sparse(),
                TypeError,
                "x must be dense, got a sp",
            ),
            (
                np.ma.masked_array(TABLE, mask=TABLE > 3),
                ValueError,
                "x must not hold masked entries, got 1",
            ),
            ([["a", "b", "c"]] * 2, ValueError, "x must be numeric"),
            (np.ones(3), ValueError, "x must have .*signal axis"),
        ]:
            with pytest.raises(error, match=match):
                call(x)


class TestReferences:
    @pytest.mark.parametrize(
        "convert", [list, pd.Series, lambda w: np.ma.masked_array(w, mask=False)]
    )
    def test_conversions(self, group, convert):
        expected, _ = group.align(TABLE, TABLE[1])
        np.testing.assert_array_equal(
            group.align(TABLE, convert(TABLE[1]))[0], expected
        )

    def test_refusals(self, group):
        torch = pytest.importorskip("torch")
        tensor = torch.from_numpy(TABLE)
        for x, reference, error, match in [
            (
                TABLE,
                scipy.sparse.csr_matrix(TABLE),
                TypeError,
                "reference must be dense",
            ),
            (tensor, tensor.to_sparse(), TypeError, "reference must be dense"),
            (TABLE, "mean", ValueError, "array or a list of arrays, got 'mean'; Sym"),
            (TABLE, None, ValueError, "array or a list of arrays, got None; Symm"),
            (TABLE, ["a", "b", "c"], ValueError, "reference must be numeric"),
            (TABLE, [[1.0], [1.0, 2.0]], ValueError, "reference must be a regular arr"),
            (
                TABLE,
                np.ma.masked_array(TABLE[0], mask=[0, 1, 0]),
                ValueError,
                "reference must not hold masked entries",
            ),
        ]:
            with pytest.raises(error, match=match):
                group.align(x, reference)


class TestElements:
    @pytest.mark.parametrize(
        ("group", "element", "match"),
        [
            (GlobalPhase(), [np.nan, 0.0], "finite angles, got NaN or infinity"),
            (GlobalPhase(), [np.inf, 0.0], "finite angles, got NaN or infinity"),
            (GlobalPhase(), [1j, 0], "one angle per sample, got .*complex128"),
            (SignFlip(), ["a", "b"], "one sign per sample"),
            (GlobalPhase(), np.array(["a", "b"]), "one angle per sample"),
            (SignFlip(), [[1.0], [1.0, 2.0]], "one sign per sample"),
            (SignFlip(), [1j, 1], "one sign per sample, got .*complex128"),
            (CyclicShift(), [[0.5], [1.0]], "hold integers, got dtype float64"),
            (Permutation(), [[0.0, 1, 2]] * 2, "hold integers, got dtype float64"),
            (SignFlip() * CyclicShift(), ([1.0, 1.0],), "tuple of 2 entries, .*1 ent"),
        ],
    )
    def test_bad_elements(self, group, element, match):
        with pytest.raises(ValueError, match="element must .*" + match):
            group.act(element, TABLE)

    @pytest.mark.parametrize(
        ("group", "element"),
        [
            (SignFlip(), [1, -1]),
            (GlobalPhase(), [0, np.pi]),
            (CyclicShift(), [1, 2]),
            (CyclicShift(), [[1], [2]]),
            (Permutation(), [[0, 1, 2], [2, 1, 0]]),
        ],
    )
    def test_lists_and_tensors(self, group, element):
        torch = pytest.importorskip("torch")
        expected = group.act(np.array(element), TABLE)
        np.testing.assert_allclose(group.act(element, TABLE), expected)
        moved = group.act(element, torch.from_numpy(TABLE))
        np.testing.assert_allclose(moved.numpy(), expected)
        moved = group.act(torch.tensor(element), TABLE)
        np.testing.assert_allclose(moved, expected)


class TestMean:
    @pytest.mark.parametrize(
        ("parameters", "match"),
        [
            ({"max_iter": 0}, "max_iter must be an int of at least 1, got 0"),
            ({"max_iter": 1.5}, "max_iter must be an int of at least 1, got 1.5"),
            ({"tol": np.nan}, "tol must be a finite number of at least 0, got nan"),
            ({"tol": -1.0}, "tol must be a finite number of at least 0, got -1"),
            ({"tol": np.inf}, "tol must be a finite number of at least 0, got inf"),
            ({"tol": "low"}, "tol must be a finite number of at least 0, got 'low'"),
            ({"max_iter": True}, "max_iter must be an int of at least 1, got True"),
            ({"sample_weight": ["a", "b"]}, "sample_weight must hold numbers"),
            ({"max_samples": 0}, "max_samples must be an int of at least 1, got 0"),
        ],
    )
    def test_parameters(self, group, parameters, match):
        with pytest.raises(ValueError, match=match):
            group.mean(TABLE, **parameters)


class Growing(SignFlip):
    """Moves nothing; averages explain more of the mean square by given amounts."""

    gains = (1.0, 0.1, 0.02, 0.0099, 0.0, 0.0)

    def representatives(self, x, reference=None):
        if reference is None:
            self.n_averages = 0
            return x
        self.n_averages += 1
        explained = sum(self.gains[: self.n_averages])
        # One entry holds it; the others keep the mean square at 100.
        x = np.zeros_like(x)
        x[:, 0] = np.sqrt(explained)
        return x

    def canonicalize(self, x):
        return self.representatives(x), None


class TestStoppingRule:
    @pytest.mark.parametrize(
        ("tol", "n_averages"), [(5e-3, 2), (5e-4, 3), (1.5e-4, 4), (5e-5, 5), (0.0, 5)]
    )
    def test_stops_at_the_first_small_gain(self, tol, n_averages):
        # The mean square is 100, so that gains count as 1e-2, 1e-3, 2e-4, 0.99e-4, 0.
        group, x = Growing(), np.full((4, 25), 2.0)
        _, n_iter = group.mean(x, tol=tol)
        assert n_iter == n_averages == group.n_averages

    def test_weights_count_in_the_mean_square(self):
        x = np.full((5, 25), 2.0)
        x[4] = 2000
        _, n_iter = Growing().mean(x, tol=1.5e-4, sample_weight=[1, 1, 1, 1, 0])
        assert n_iter == 4

    def test_max_iter(self):
        assert Growing().mean(np.full((4, 25), 2.0), max_iter=3, tol=0)[1] == 3

    def test_isotropic_data_stop(self):
        rng = np.random.default_rng(0)
        for group, x in [
            (SignFlip(), rng.normal(size=(3000, 15))),
            (GlobalPhase(), rng.normal(size=(3000, 15)) + 1j),
            (Rotation(), rng.normal(size=(1000, 6, 3))),
            (CyclicShift(), rng.normal(size=(1000, 16))),
            (Permutation(), rng.normal(size=(500, 5, 3))),
            (Itemwise(SignFlip()), rng.normal(size=(1000, 4, 5))),
        ]:
            assert group.mean(x)[1] < 60

    def test_all_samples_enter_the_last_average(self):
        rng = np.random.default_rng(0)
        template = np.array([3.0, 1, 0, 0, -1, 0])
        x = np.array([np.roll(template, k) for k in rng.integers(6, size=500)])
        x = x + rng.normal(size=x.shape)
        group = CyclicShift()
        some, _ = group.mean(x, max_samples=50)
        aligned = group.representatives(x, some)
        # Near the optimum one more average hardly moves it. Fifty signals alone would
        # leave an error of 1 / √50 in every entry.
        np.testing.assert_allclose(aligned.mean(axis=0), some, atol=0.05)
        whole, _ = group.mean(x, max_samples=None)
        assert group.distance(some[None], whole)[0] < 0.1

    def test_members_do_not_matter_to_the_subsample(self):
        group, x = CyclicShift(), np.random.default_rng(0).normal(size=(300, 6))
        moved = group.act(group.sample(x, 0), x)
        means = [group.mean(z, max_samples=20)[0] for z in (x, moved)]
        np.testing.assert_allclose(*means, atol=1e-9)


def test_every_method_that_takes_signals_names_missing_axes():
    for group in (FourierSymmetry(), Translation(), ConjugateFlip()):
        for method in ("sample", "identity", "canonicalize", "mean"):
            with pytest.raises(ValueError, match="x must have 3 axes for"):
                getattr(group, method)(np.ones((2, 3)))


@pytest.mark.parametrize(
    "method", ["align", "representatives", "distance", "correlation", "margin"]
)
def test_names_of_templates_are_no_references(group, method):
    x = group.example_signals(3, random_state=0)
    match = "reference must be an array or a list of arrays, got 'canonical'; Symmetry"
    with pytest.raises(ValueError, match=match):
        getattr(group, method)(x, "canonical")
