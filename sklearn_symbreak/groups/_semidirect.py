"""Products of elements of several factors, and whether they form a group.

An element is one part per factor, and the last part acts first. Parts change places
where a conjugate flip inverts what it passes: the product is semidirect.
"""

import itertools

import numpy as np

from sklearn_symbreak.utils._decorators import remembered


def odd_flips(factors, element):
    """Where an odd number of the parts flips; None if no factor can."""
    odd = None
    for factor, part in zip(factors, element, strict=True):
        flipped = factor.flips(part)
        if flipped is not None:
            odd = flipped if odd is None else odd ^ flipped
    return odd


def _exchange(left, left_part, right, right_part):
    """Parts with ``right_part · left_part = new_left · new_right``."""
    flip_left, flip_right = left.flips(left_part), right.flips(right_part)
    if flip_right is not None:
        left_part = left.conjugated_by_flip(left_part, flip_right)
    if flip_left is not None:
        right_part = right.conjugated_by_flip(right_part, flip_left)
    return left_part, right_part


def inverse(factors, element):
    """Inverse of a product of elements, in the order of the factors."""
    parts = [
        factor.inverse(part) for factor, part in zip(factors, element, strict=True)
    ]
    # (g_1 … g_k)⁻¹ = g_k⁻¹ … g_1⁻¹: every pair has to change places once.
    for i, j in itertools.combinations(range(len(parts)), 2):
        parts[i], parts[j] = _exchange(factors[i], parts[i], factors[j], parts[j])
    return parts


def compose(factors, a, b):
    """Product of two products of elements, in the order of the factors."""
    a, b = list(a), list(b)
    for i in range(len(a)):
        for j in range(i + 1, len(a)):
            b[i], a[j] = _exchange(factors[i], b[i], factors[j], a[j])
        a[i] = factors[i].compose(a[i], b[i])
    return a


def check_exchange(product, x):
    """Raise a ValueError unless the factors can change places on signals like `x`.

    Products of elements are a group only then. It is tried once for a group, a shape
    and a dtype.
    """
    parameters = [value for f in product._factors for value in vars(f).values()]
    key = (tuple(x.shape[1:]), str(x.dtype).removeprefix("torch."))
    remembered(product, parameters, key, lambda: _try_exchange(product, *key))


def _try_exchange(product, signal_shape, dtype):
    probe = product.example_signals(
        24, signal_shape=signal_shape, dtype=np.dtype(dtype), random_state=0
    )
    rng = np.random.RandomState(0)
    for left, right in itertools.combinations(product._factors, 2):
        left_part = left.sample(probe, rng)
        moved = left.act(left_part, probe)
        right_part = right.sample(moved, rng)
        moved = right.act(right_part, moved)
        tolerance = np.sqrt(np.finfo(moved.dtype).eps) * np.abs(moved).max()
        try:
            left_part, right_part = _exchange(left, left_part, right, right_part)
            same = left.act(left_part, right.act(right_part, probe))
            exchanged = np.allclose(same, moved, rtol=0, atol=tolerance)
        except ValueError:
            # Such as a shift that is not allowed in the other order.
            exchanged = False
        if not exchanged:
            raise ValueError(
                "the factors of a product must form a group: elements of "
                f"{left!r} and {right!r} must change places, up to a conjugate flip, "
                "and do not. Give the group that they generate as a FiniteGroup, or as "
                "a group of your own. A group of your own that contains a conjugate "
                "flip says by its method `flips` which elements do."
            )
