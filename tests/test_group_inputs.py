"""Signals and elements of any kind, size and precision: converted alike, or refused."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from helpers import GROUPS, QUARTER_TURNS, group_id, normal
from sklearn.linear_model import Ridge

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.groups import (
    BlockSymmetry,
    ConjugateFlip,
    CyclicShift,
    FiniteGroup,
    FourierSymmetry,
    GlobalPhase,
    Itemwise,
    Permutation,
    RigidMotion,
    Rotation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.metrics import orbit_mean_squared_error

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

    @pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool])
    @pytest.mark.parametrize(
        "group", [ConjugateFlip(), FourierSymmetry(), CyclicShift(2)], ids=str
    )
    def test_integers_are_as_good_as_floats(self, group, dtype, rng):
        x = rng.integers(0, 2 if dtype is bool else 4, size=(5, 6, 7)).astype(dtype)
        reference = normal(rng, (6, 7))
        as_float = x.astype(float)
        np.testing.assert_allclose(
            group.distance(x, reference), group.distance(as_float, reference)
        )
        np.testing.assert_allclose(
            group.margin(x, reference), group.margin(as_float, reference)
        )
        if not isinstance(group, CyclicShift):
            np.testing.assert_allclose(
                group.canonicalize(x)[0], group.canonicalize(as_float)[0]
            )

    def test_unsigned_integers_do_not_wrap(self):
        x = np.array([[1, 2]], dtype=np.uint8)
        np.testing.assert_allclose(GlobalPhase().act(np.array([np.pi]), x), [[-1, -2]])

    def test_lists(self):
        np.testing.assert_allclose(
            SignFlip().distance([[1.0, 2.0]], [0.0, -1.0]), [np.sqrt(2)]
        )
        np.testing.assert_allclose(
            SignFlip().canonicalize([[1.0, -2.0]])[0], [[-1.0, 2.0]]
        )

    @pytest.mark.parametrize(
        ("group", "shape", "match"),
        [
            (ConjugateFlip(), (3, 4), "x must have 3 axes for ConjugateFlip"),
            (FourierSymmetry(), (3, 4), "x must have 3 axes for FourierSymmetry"),
            (Rotation(), (3, 4), "x must have 3 axes for Rotation"),
            (CyclicShift(ndim=2), (3, 4), "x must have 3 axes for CyclicShift"),
            (CyclicShift(), (3, 4, 5), "x must have 2 axes for CyclicShift"),
            (Permutation(item_ndim=0), (3, 4, 5), "x must have 2 axes for Permutation"),
            (SignFlip(), (3,), "at least one signal axis"),
            (SignFlip(), (0, 3), "0 sample"),
            (FiniteGroup(QUARTER_TURNS), (3, 5), "x must have signals of 2 entries"),
        ],
    )
    def test_wrong_shape(self, group, shape, match):
        with pytest.raises(ValueError, match=match):
            group.align(np.ones(shape), np.ones(shape[1:]))

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_not_finite(self, value):
        x = np.ones((2, 3))
        x[1, 1] = value
        with pytest.raises(ValueError, match="x contains NaN or infinity"):
            SignFlip().align(x, np.ones(3))

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("group", [SignFlip(), GlobalPhase()])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
    def test_not_finite_beside_the_entry_that_decides(self, group, dtype, value):
        # A template of zeros but for one entry: no zero of it hides a NaN.
        for entry in range(5):
            for row in (0, 2_500, 3_999):
                x = np.ones((4_000, 5), dtype=dtype)
                x[row, entry] = value
                with pytest.raises(ValueError, match="x contains NaN or infinity"):
                    group.canonicalize(x)

    def test_rotation_is_real(self):
        with pytest.raises(ValueError, match="x must be real for Rotation"):
            Rotation().align(np.ones((2, 4, 3), complex), np.ones((4, 3)))

    def test_every_method_that_takes_signals_names_missing_axes(self):
        for group in (FourierSymmetry(), Translation(), ConjugateFlip()):
            for method in ("sample", "identity", "canonicalize", "mean"):
                with pytest.raises(ValueError, match="x must have 3 axes for"):
                    getattr(group, method)(np.ones((2, 3)))


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

    def test_reference(self):
        x = np.ones((2, 3))
        with pytest.raises(ValueError, match=r"reference must have shape \(3,\)"):
            SignFlip().align(x, np.ones(4))
        with pytest.raises(ValueError, match="reference must be real"):
            SignFlip().align(x, 1j * np.ones(3))
        with pytest.raises(ValueError, match="at least one array"):
            SignFlip().align(x, [])

    @pytest.mark.parametrize("group", [SignFlip(), Translation(), Rotation()])
    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_reference_is_finite(self, group, value):
        x = group.example_signals(2, random_state=0)
        reference = x[0].copy()
        reference[..., -1] = value
        with pytest.raises(ValueError, match="reference must hold finite numbers"):
            group.align(x, reference)

    @pytest.mark.parametrize(
        "method", ["align", "representatives", "distance", "correlation", "margin"]
    )
    def test_names_of_templates_are_no_references(self, group, method):
        x = group.example_signals(3, random_state=0)
        match = (
            "reference must be an array or a list of arrays, got 'canonical'; Symmetry"
        )
        with pytest.raises(ValueError, match=match):
            getattr(group, method)(x, "canonical")


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

    def test_elements(self):
        x = np.ones((2, 3))
        with pytest.raises(ValueError, match="one sign per sample"):
            SignFlip().act(np.ones(3), x)
        with pytest.raises(ValueError, match="one angle per sample"):
            GlobalPhase().act(np.ones(3), x)
        with pytest.raises(ValueError, match="angles 0 or pi for real signals, got 1"):
            GlobalPhase().act(np.ones(2), x)
        with pytest.raises(ValueError, match="one integer shift per sample"):
            CyclicShift().act(np.ones((3, 1), int), x)
        with pytest.raises(ValueError, match="must hold integers"):
            CyclicShift().act(np.ones((2, 1)), x)
        with pytest.raises(ValueError, match="one row of 3 indices"):
            Permutation().act(np.zeros((2, 2), int), x)
        with pytest.raises(ValueError, match="one matrix per sample"):
            Rotation().act(np.eye(3), np.ones((2, 4, 3)))
        with pytest.raises(ValueError, match="one position per sample"):
            FiniteGroup(QUARTER_TURNS).act([0], np.ones((2, 2)))
        with pytest.raises(ValueError, match="tuple of 2 entries"):
            (SignFlip() * CyclicShift()).act(np.ones(2), x)

    def test_translation_refuses_to_lose_content(self):
        x = np.zeros((2, 3, 3))
        x[:, 1, 1] = 1
        with pytest.raises(ValueError, match=r"sample 1 has shift \(2, 0\)"):
            Translation().act(np.array([[1, 0], [2, 0]]), x)

    @pytest.mark.parametrize(
        ("group", "element", "match"),
        [
            (SignFlip(), [2.0, 1.0], "signs, 1 or -1, got 2.0"),
            (SignFlip(), [np.nan, 1.0], "signs, 1 or -1, got nan"),
            (ConjugateFlip(), [0.0, 1.0], "signs, 1 or -1, got 0.0"),
            (
                Permutation(),
                [[0, 1], [1, 1]],
                r"permutations of 0 to 1, got in row 1: \[1",
            ),
            (Permutation(), [[0, 1], [0, 2]], "permutations of 0 to 1, got in row 1"),
            (
                Rotation(),
                [np.eye(2), 2 * np.eye(2)],
                "rotations for Rotation.*in row 1",
            ),
            (Rotation(), [np.eye(2), np.diag([1.0, -1])], "rotations for Rotation"),
            (Rotation(True), [np.eye(2), np.ones((2, 2))], "orthogonal matrices for"),
            (FiniteGroup([np.eye(4)]), [0, 1], "positions from 0 to 0, got 1"),
            (FiniteGroup([np.eye(4)]), [0, -1], "positions from 0 to 0, got -1"),
        ],
    )
    def test_illegal_elements(self, group, element, match, rng):
        with pytest.raises(ValueError, match="element must hold .*" + match):
            group.act(np.array(element), normal(rng, (2, 2, 2)))

    def test_matrices_are_not_cut(self):
        c = np.sqrt(0.5)
        turn = np.array([[c, -c], [c, c]])
        x = np.array([[[1, 0], [0, 2]]])
        rotated = Rotation().act(turn[None], x)
        np.testing.assert_allclose(rotated, x.astype(float) @ turn.T)
        eighths = FiniteGroup([np.linalg.matrix_power(turn, k) for k in range(8)])
        turned = eighths.act(np.array([1]), np.array([[1, 2]]))
        np.testing.assert_allclose(turned, [turn @ [1, 2]])

    def test_unsigned_shifts(self):
        x = np.arange(5.0)[None]
        for dtype in (np.uint8, np.uint64):
            rolled = CyclicShift().act(np.array([[1]], dtype=dtype), x)
            assert (rolled == np.roll(x, 1)).all()

    def test_opposites_and_sums_of_small_integers(self):
        x = np.arange(6.0)[None]
        group = CyclicShift()
        for dtype in (np.uint8, np.int8):
            one = np.array([[1]], dtype=dtype)
            assert (group.act(group.inverse(one), group.act(one, x)) == x).all()
            assert group.compose(one * 100, one * 100) == 200


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


@pytest.mark.parametrize(
    ("group", "match"),
    [
        (CyclicShift("a"), "ndim must be an int of at least 1, got 'a'"),
        (CyclicShift(0), "ndim must be an int of at least 1, got 0"),
        (CyclicShift(1.5), r"ndim must be an int of at least 1, got 1\.5"),
        (Permutation("a"), "item_ndim must be None or an int of at least 0, got 'a'"),
        (Permutation(-1), "item_ndim must be None or an int of at least 0, got -1"),
        (Rotation("no"), "reflections must be True or False, got 'no'"),
    ],
)
def test_parameters_of_groups(group, match, rng):
    x = normal(rng, (2, 4, 3))
    with pytest.raises(ValueError, match=match):
        group.align(x, x)


class TestAnySize:
    @pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
    def test_phases_of_subnormal_numbers(self, dtype):
        # Their reciprocals are infinite.
        unit = np.finfo(dtype).smallest_subnormal
        x = (unit * np.array([[3 + 4j, 1], [0, 12 - 5j], [1j, 1]])).astype(dtype)
        for group in (GlobalPhase(), FourierSymmetry()):
            signals = x if group.signal_ndim is None else x[:, None]
            aligned, _ = group.align(signals, np.ones_like(signals[0]))
            assert np.isfinite(aligned).all()
            assert np.isfinite(group.margin(signals, np.ones_like(signals[0]))).all()
        aligned, _ = GlobalPhase().align(x, np.array([1, 1j], dtype=dtype))
        assert (aligned.real >= -unit).all()
        first = GlobalPhase().align(x, np.array([1, 0], dtype=dtype))[0][[0, 2], 0]
        assert (np.abs(first - unit * np.array([5, 1])) <= unit).all()

    @pytest.mark.parametrize(
        "dtype", [np.float32, np.float64, np.complex64, np.complex128]
    )
    @pytest.mark.parametrize("group", [SignFlip(), GlobalPhase()], ids=repr)
    def test_products_that_overflow(self, group, dtype):
        # Those of the template and the signal do, the signals themselves are finite.
        large = np.finfo(dtype).max / 16
        x = np.array([[-large, 1], [large, 2], [-1, large]]).astype(dtype)
        if x.dtype.kind == "c":
            x[0, 0] = complex(-large, large)
        aligned, element = group.align(x, np.array([1e10, 0], dtype=dtype))
        assert np.isfinite(aligned).all()
        assert (aligned[:, 0].real > 0).all()
        np.testing.assert_allclose(np.abs(aligned), np.abs(x), rtol=1e-6)
        np.testing.assert_allclose(group.act(element, x), aligned, rtol=1e-5)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_largest_numbers(self, dtype):
        # What numpy.nan_to_num makes of infinity.
        large = np.finfo(dtype).max
        x = np.array([[-large, 1, 0]], dtype=dtype)
        _, sign = SignFlip().align(x, [1.0, 1.0, 0.0])
        assert sign == -1
        _, shift = CyclicShift().align(-x, [0.0, 1.0, 0.0])
        assert shift == 1

    @pytest.mark.parametrize("scale", [1e-30, 1e30])
    @pytest.mark.parametrize(
        "group", [CyclicShift(), CyclicShift() * SignFlip(), Permutation()], ids=repr
    )
    def test_squares_that_leave_the_range_of_the_numbers(self, group, scale, rng):
        torch = pytest.importorskip("torch")
        x, w = normal(rng, (5, 4), np.float32), normal(rng, 4, np.float32)
        expected, _ = group.align(x, w)
        small = (scale * x).astype(np.float32)
        aligned, _ = group.align(small, w)
        np.testing.assert_allclose(aligned / scale, expected, rtol=1e-5)
        aligned, _ = group.align(torch.from_numpy(small), torch.from_numpy(w))
        np.testing.assert_allclose(aligned.numpy() / scale, expected, rtol=1e-5)

    def test_huge_reference(self):
        x = np.array([[1.0, -3.0, 1.0]])
        _, signs = SignFlip().align(x, np.full(3, 1e200))
        assert signs == -1
        shifted, _ = CyclicShift().align(
            1e160 * np.array([[0, 1.0, 2]]), 1e160 * np.array([1.0, 2, 0])
        )
        np.testing.assert_allclose(shifted, [[1e160, 2e160, 0]])

    def test_huge_row_leaves_its_neighbours_alone(self):
        x = np.array([[1e200, 1e200], [-1e-125, -1e-125]])
        _, signs = SignFlip().align(x, np.array([1.0, 2.0]))
        assert signs.tolist() == [1, -1]

    def test_large_values_are_finite(self):
        x = np.full((2, 3), 1e300)
        np.testing.assert_array_equal(SignFlip().align(-x, np.ones(3))[0], x)

    @pytest.mark.parametrize("scale", [1e-12, 1e10])
    def test_size_does_not_matter(self, scale, rng):
        x = normal(rng, (20, 4), np.float32)
        scaled = x * np.float32(scale)
        for group in (SignFlip(), CyclicShift(), Permutation()):
            margin = group.margin(scaled, scaled[0])
            np.testing.assert_allclose(margin, group.margin(x, x[0]), rtol=1e-3)
            aligned, _ = group.align(scaled, scaled[0])
            expected, _ = group.align(x, x[0])
            np.testing.assert_allclose(aligned, expected * np.float32(scale), rtol=1e-5)

    @pytest.mark.parametrize("size", [2.0**-700, 2.0**700])
    def test_distance_at_any_size(self, size, rng):
        x, w = normal(rng, (5, 4)), normal(rng, 4)
        for group in (SignFlip(), GlobalPhase(), CyclicShift(), Permutation()):
            expected = size * group.distance(x, w)
            np.testing.assert_allclose(group.distance(size * x, size * w), expected)

    @pytest.mark.parametrize(
        ("dtype", "size"), [(np.float32, 3e18), (float, 1e153), (float, 1e300)]
    )
    def test_no_warning_where_sums_of_squares_overflow(self, dtype, size):
        for group in (
            CyclicShift(),
            Permutation(item_ndim=1),
            Rotation(),
            RigidMotion(),
            Permutation(item_symmetry=SignFlip()),
            ConjugateFlip() * GlobalPhase(),
        ):
            x = group.example_signals(6, random_state=0)
            large = (size * x).astype(dtype)
            moved = group.act(group.sample(large, 0), large)
            aligned, _ = group.align(moved, large)
            np.testing.assert_allclose(aligned / size, x, rtol=1e-3, atol=1e-4)


class TestSinglePrecisionWithAnOffset:
    """Gaps are small differences of large numbers."""

    @pytest.mark.parametrize("group", [CyclicShift(), ConjugateFlip()], ids=repr)
    def test_template_is_not_fixed(self, group, rng):
        shape = (12,) if group.signal_ndim == 1 else (8, 8)
        w = 300 + normal(rng, shape)
        x = 300 + normal(rng, (5, *shape))
        expected = group.margin(x, w)
        single = group.margin(x.astype(np.float32), w.astype(np.float32))
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, expected, atol=0.01)
        y = x.astype(np.float32)
        SymmetryBreaker(group, w).fit(y)

    def test_symmetric_up_to_rounding_is_fixed(self, rng):
        half = normal(rng, (8, 4))
        w = np.concatenate([half, half[::-1, ::-1]], axis=1).astype(np.float32)
        w = w * (1 + 1e-7 * normal(rng, w.shape, np.float32))
        with pytest.raises(ValueError, match="must not be fixed by"):
            SymmetryBreaker(ConjugateFlip(), w).fit(normal(rng, (3, 8, 8), np.float32))


@pytest.mark.parametrize(
    ("group", "shape"),
    [
        (FiniteGroup([np.eye(2), -np.eye(2)]), (3,)),
        (SignFlip() * FiniteGroup([np.eye(2), -np.eye(2)]), (3,)),
        (Rotation(axis=(0, 0, 1)), (3, 2)),
        (Itemwise(SignFlip()), (3,)),
        (Permutation(item_symmetry=SignFlip()), (3,)),
        (BlockSymmetry([(SignFlip(), slice(0, 9))]), (3,)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_messages_name_the_argument_of_the_user(group, shape):
    y = np.ones((60, *shape))
    size = r"\(60, 3|9"
    with pytest.raises(ValueError, match=rf"(y must|columns of blocks).*{size}"):
        SymmetryBreakingRegressor(Ridge(), group).fit(np.ones((60, 2)), y)
    with pytest.raises(ValueError, match=rf"(y_true must|columns of blocks).*{size}"):
        orbit_mean_squared_error(y, y, group=group)
    with pytest.raises(ValueError, match=rf"(X must|columns of blocks).*{size}"):
        SymmetryBreaker(group).fit(y)


@pytest.mark.parametrize("method", ["distance", "margin", "gap"])
@pytest.mark.parametrize("group", GROUPS, ids=group_id)
def test_gradients_are_those_of_small_steps(group, method):
    torch = pytest.importorskip("torch")
    dtype = complex if group.acts_on == "complex" else float
    y, w, step = (
        group.example_signals(2, dtype=dtype, random_state=seed) for seed in range(3)
    )
    # Content keeps the room that it has.
    step = np.where(y != 0, step, 0)
    values = getattr(group, method)
    x = torch.tensor(y, requires_grad=True)
    values(x, torch.tensor(w)).sum().backward()
    slope = (x.grad.numpy().conj() * step).sum().real
    ahead, behind = (values(y + h * step, w).sum() for h in (1e-6, -1e-6))
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, rtol=1e-5, atol=1e-7)
