"""Groups of products of elements of several factors."""

import itertools

import numpy as np
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._enumerable import EnumerableGroup
from sklearn_symbreak.groups._global_phase import phase_units
from sklearn_symbreak.groups._ties import leading_coefficient
from sklearn_symbreak.utils._array_api import (
    expand,
    get_namespace,
    real_dtype,
)


class FactoredGroup(EnumerableGroup):
    """A group of products ``g_1 · … · g_k`` of elements of its factors.

    Subclasses give the factors in `_factors`. Elements are tuples with one entry per
    factor; the last acts first.
    """

    @property
    def _factors(self):
        raise AttributeError("a factored group defines its factors")

    @property
    def signal_ndim(self):
        """Number of signal axes that the factors agree on."""
        needed = {factor.signal_ndim for factor in self._factors} - {None}
        if len(needed) > 1:
            raise ValueError(
                "the factors of a product must act on the same number of axes, got "
                f"{sorted(needed)}."
            )
        return needed.pop() if needed else None

    def act(self, element, x):
        """Apply the factors' elements, the last one first; see `SymmetryGroup.act`."""
        self._check_signal_ndim(x)
        self._check_element(element)
        for factor, part in zip(self._factors[::-1], element[::-1], strict=True):
            x = factor.act(part, x)
        return x

    def inverse(self, element):
        """Inverse elements, brought back into the order of the factors.

        See `SymmetryGroup.inverse`.
        """
        self._check_element(element)
        parts = [
            factor.inverse(part)
            for factor, part in zip(self._factors, element, strict=True)
        ]
        # (g_1 … g_k)⁻¹ = g_k⁻¹ … g_1⁻¹: every pair has to change places once.
        for i, j in itertools.combinations(range(len(parts)), 2):
            parts[i], parts[j] = self._exchange(i, parts[i], j, parts[j])
        return tuple(parts)

    def compose(self, a, b):
        """Products, brought back into the order of the factors.

        See `SymmetryGroup.compose`.
        """
        self._check_element(a)
        self._check_element(b)
        a, b = list(a), list(b)
        for i in range(len(a)):
            for j in range(i + 1, len(a)):
                b[i], a[j] = self._exchange(i, b[i], j, a[j])
            a[i] = self._factors[i].compose(a[i], b[i])
        return tuple(a)

    def _exchange(self, i, part_i, j, part_j):
        """Parts with ``part_j · part_i = new_i · new_j``."""
        flip_i, flip_j = self._factors[i].flips(part_i), self._factors[j].flips(part_j)
        if flip_j is not None:
            part_i = self._factors[i].conjugated_by_flip(part_i, flip_j)
        if flip_i is not None:
            part_j = self._factors[j].conjugated_by_flip(part_j, flip_i)
        return part_i, part_j

    def flips(self, element):
        """Where an odd number of conjugate flips is involved.

        See `SymmetryGroup.flips`.
        """
        return odd_flips(self._factors, element)

    def conjugated_by_flip(self, element, flipped):
        """Every part changes places with the flip.

        See `SymmetryGroup.conjugated_by_flip`.
        """
        return tuple(
            factor.conjugated_by_flip(part, flipped)
            for factor, part in zip(self._factors, element, strict=True)
        )

    def identity(self, x):
        """Identities of the factors; see `SymmetryGroup.identity`."""
        return tuple(factor.identity(x) for factor in self._factors)

    def sample(self, x, random_state=None):
        """Sample every factor, among what it allows after those that act before.

        See `SymmetryGroup.sample`.
        """
        rng = check_random_state(random_state)
        parts = []
        for factor in self._factors[::-1]:
            parts.append(factor.sample(x, rng))
            x = factor.act(parts[-1], x)
        return tuple(parts[::-1])

    @property
    def real_only(self):
        """Whether a factor acts on real signals only."""
        return any(factor.real_only for factor in self._factors)

    @property
    def complex_only(self):
        """Whether a factor acts on complex signals only."""
        return any(factor.complex_only for factor in self._factors)

    def example_signals(
        self, n_samples=8, *, signal_shape=None, dtype=np.float64, random_state=None
    ):
        """Random signals that suit all factors."""
        # The factor that asks most of a signal decides: a dark border, a size.
        chosen = max(
            self._factors,
            key=lambda factor: (
                factor.partial,
                factor._fixes_size,
                factor.signal_ndim or 0,
            ),
        )
        return chosen.example_signals(
            n_samples, signal_shape=signal_shape, dtype=dtype, random_state=random_state
        )

    def elements(self, x):
        """None: products are nested by their factors, not by their elements.

        See `SymmetryGroup.elements`.
        """
        return

    @property
    def _has_phase(self):
        return any(factor.is_phase for factor in self._factors)

    def _check_element(self, element):
        if not isinstance(element, tuple) or len(element) != len(self._factors):
            raise ValueError(
                f"element must be a tuple of {len(self._factors)} entries, one per "
                f"factor, got {type(element).__name__}."
            )

    def _with_phase(self, aligned, element, references):
        """An orbit member and its element, with the best global phase put in."""
        xp = get_namespace(aligned)
        position = next(i for i, factor in enumerate(self._factors) if factor.is_phase)
        unit, angle = phase_units(
            leading_coefficient(aligned, references, real=False), xp
        )
        flipped = odd_flips(self._factors[:position], element[:position])
        if flipped is not None:
            angle = xp.where(flipped, -angle, angle)
        parts = list(element)
        parts[position] = xp.astype(angle, real_dtype(aligned))
        if bool(xp.all(unit == 1)):
            return aligned, tuple(parts)
        return aligned * expand(unit, aligned), tuple(parts)


def odd_flips(factors, element):
    """Where an odd number of the parts flips; None if no factor can."""
    odd = None
    for factor, part in zip(factors, element, strict=True):
        flipped = factor.flips(part)
        if flipped is not None:
            odd = flipped if odd is None else odd ^ flipped
    return odd
