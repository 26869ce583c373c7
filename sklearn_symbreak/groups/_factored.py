"""Groups of products of elements of several factors."""

import itertools

import numpy as np
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._enumerable import EnumerableGroup
from sklearn_symbreak.groups._gaps import real_inner
from sklearn_symbreak.groups._global_phase import phase_units
from sklearn_symbreak.groups._references import as_argument
from sklearn_symbreak.groups._ties import leading_coefficient, prefers, rounding
from sklearn_symbreak.utils._array_api import (
    expand,
    get_namespace,
    is_complex,
    like,
    real_dtype,
    squared_norm,
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
        """Apply the factors' elements, the last one first."""
        self._check_signal_ndim(x)
        self._check_element(element)
        for factor, part in zip(self._factors[::-1], element[::-1], strict=True):
            x = factor.act(part, x)
        return x

    def inverse(self, element):
        """Inverse elements, brought back into the order of the factors."""
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
        """Products, brought back into the order of the factors."""
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
        """Where an odd number of conjugate flips is involved."""
        return _odd_flips(self._factors, element)

    def conjugated_by_flip(self, element, flipped):
        """Every part changes places with the flip."""
        return tuple(
            factor.conjugated_by_flip(part, flipped)
            for factor, part in zip(self._factors, element, strict=True)
        )

    def identity(self, x):
        """Identities of the factors."""
        return tuple(factor.identity(x) for factor in self._factors)

    def sample(self, x, random_state=None):
        """Sample every factor, among what it allows after those that act before."""
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

    def example_signals(
        self, n_samples=8, *, signal_shape=None, dtype=np.float64, random_state=None
    ):
        """Random signals that suit all factors."""
        # The factor that asks most of a signal decides: a dark border, a size.
        chosen = max(
            self._factors,
            key=lambda factor: (
                factor.partial,
                factor.signal_ndim or 0,
            ),
        )
        return chosen.example_signals(
            n_samples, signal_shape=signal_shape, dtype=dtype, random_state=random_state
        )

    def elements(self, x):
        """None: products are nested by their factors, not by their elements."""
        return

    @property
    def is_enumerable(self):
        """Whether the factor that is left when small ones are listed can be scored."""
        return all(factor.is_enumerable or factor.is_phase for factor in self._factors)

    @property
    def _has_phase(self):
        return any(factor.is_phase for factor in self._factors)

    def _check_element(self, element):
        if not isinstance(element, tuple) or len(element) != len(self._factors):
            raise ValueError(
                f"element must be a tuple of {len(self._factors)} entries, one per "
                f"factor, got {type(element).__name__}."
            )

    # -- alignment: list the elements of all factors but one, align by that one

    def _plan(self, x):
        """Which factor aligns, and the listed elements of the others.

        Returns
        -------
        inner : int or None
            Position of the factor that aligns.
        listed : dict of int to ndarray
            Elements of the factors that are listed.
        """
        listed = {}
        for position, factor in enumerate(self._factors):
            if not (factor.is_phase and self.is_enumerable):
                listed[position] = factor.elements(x)
        endless = [position for position, rows in listed.items() if rows is None]
        if len(endless) > 1:
            names = ", ".join(type(self._factors[p]).__name__ for p in endless)
            raise ValueError(
                "a product aligns exactly only if at most one factor has elements that "
                f"cannot be listed; got {names}."
            )
        if not listed:
            return None, {}
        inner = endless[0] if endless else max(listed, key=lambda p: len(listed[p]))
        del listed[inner]
        return inner, listed

    def _outer(self, listed, n_samples, like_x):
        """Every combination of the listed elements, as one row per sample."""
        for rows in itertools.product(*listed.values()):
            yield {
                position: like(
                    np.repeat(np.asarray(row)[None], n_samples, axis=0), like_x
                )
                for position, row in zip(listed, rows, strict=True)
            }

    def _before(self, inner, combination, x):
        """`x` after the listed factors that act before the aligning one."""
        for position in sorted(combination, reverse=True):
            if inner is None or position > inner:
                x = self._factors[position].act(combination[position], x)
        return x

    def _undo_after(self, inner, combination, reference):
        """The reference seen from before the factors that act after."""
        for position in sorted(combination):
            if inner is not None and position < inner:
                factor = self._factors[position]
                part = factor.inverse(combination[position][: reference.shape[0], ...])
                reference = factor.act(part, reference)
        return reference

    def _inner_products(self, x, reference, window):
        xp = get_namespace(x)
        inner, listed = self._plan(x)
        columns = []
        for combination in self._outer(listed, x.shape[0], x):
            before = self._before(inner, combination, x)
            seen = self._undo_after(inner, combination, reference)
            if inner is None:
                products = self._trivial_products(before, seen)
            else:
                factor = self._factors[inner]
                products = factor._inner_products(
                    before, seen, factor._window(before, everywhere=True)
                )
            after = {p: g for p, g in combination.items() if p < (inner or 0)}
            flipped = _odd_flips([self._factors[p] for p in after], after.values())
            if flipped is not None and is_complex(products):
                # An antilinear isometry F has ⟨w, F x⟩ = conj ⟨F⁻¹ w, x⟩.
                products = xp.where(flipped[:, None], xp.conj(products), products)
            columns.append(products)
        return xp.concat(columns, axis=1)

    @staticmethod
    def _trivial_products(x, reference):
        xp = get_namespace(x)
        flat = xp.reshape(x, (x.shape[0], -1))
        other = xp.reshape(reference, (reference.shape[0], -1))
        other = xp.conj(other) if is_complex(other) else other
        return xp.sum(flat * other, axis=1, keepdims=True)

    def _allowed(self, x, window):
        xp = get_namespace(x)
        inner, listed = self._plan(x)
        if inner is None:
            return None
        factor, columns = self._factors[inner], []
        for combination in self._outer(listed, x.shape[0], x):
            before = self._before(inner, combination, x)
            columns.append(
                factor._allowed(before, factor._window(before, everywhere=True))
            )
        return None if columns[0] is None else xp.concat(columns, axis=1)

    def _element_at(self, index, x, window):
        """Elements by position, without the phase."""
        inner, listed = self._plan(x)
        parts = list(self.identity(x))
        counts = [len(rows) for rows in listed.values()]
        n_outer = int(np.prod(counts, dtype=int))
        if inner is None:
            return tuple(parts)
        n_inner = self._n_inner_products(inner, x)
        combination, inner_index = index // n_inner, index % n_inner
        if n_outer > 1:
            stride = n_outer
            for (position, rows), count in zip(listed.items(), counts, strict=True):
                stride //= count
                parts[position] = like(rows, x)[(combination // stride) % count, ...]
        before = self._before(inner, {p: parts[p] for p in listed if p > inner}, x)
        factor = self._factors[inner]
        parts[inner] = factor._element_at(
            inner_index, before, factor._window(before, everywhere=True)
        )
        return tuple(parts)

    def _n_inner_products(self, inner, x):
        first, factor = x[:1, ...], self._factors[inner]
        window = factor._window(first, everywhere=True)
        return factor._inner_products(first, first, window).shape[1]

    def _member(self, index, x, references, window):
        element = self._element_at(index, x, window)
        aligned = self.act(element, x)
        if not self._has_phase:
            return aligned, element
        return self._with_phase(aligned, element, references)

    def _with_phase(self, aligned, element, references):
        """An orbit member and its element, with the best global phase put in."""
        xp = get_namespace(aligned)
        position = next(i for i, factor in enumerate(self._factors) if factor.is_phase)
        unit, angle = phase_units(
            leading_coefficient(aligned, references, real=False), xp
        )
        flipped = _odd_flips(self._factors[:position], element[:position])
        if flipped is not None:
            angle = xp.where(flipped, -angle, angle)
        parts = list(element)
        parts[position] = xp.astype(angle, real_dtype(aligned))
        if bool(xp.all(unit == 1)):
            return aligned, tuple(parts)
        return aligned * expand(unit, aligned), tuple(parts)

    def _align(self, x, references):
        if self.is_enumerable:
            return super()._align(x, references)
        return self._align_by_factor(x, references)

    def _align_by_factor(self, x, references):
        """Align by the one factor that cannot be scored, for all listed elements."""
        xp = get_namespace(x)
        inner, listed = self._plan(x)
        holder = element = best = None
        factor, neutral = self._factors[inner], self.identity(x)
        for combination in self._outer(listed, x.shape[0], x):
            before = self._before(inner, combination, x)
            seen = [self._undo_after(inner, combination, r) for r in references]
            candidate = [combination.get(p, neutral[p]) for p in range(len(neutral))]
            _, candidate[inner] = factor.align(before, as_argument(seen))
            candidate = tuple(candidate)
            # Ties are settled by entries as they come out, not as the factor sees them.
            again = list(neutral)
            _, again[inner] = factor.align(
                self.act(candidate, x), as_argument(references)
            )
            candidate = self.compose(tuple(again), candidate)
            challenger = self.act(candidate, x)
            score = real_inner(references[0], challenger)
            if holder is None:
                holder, element, best = challenger, candidate, score
                continue
            norm2 = squared_norm(x) * squared_norm(references[0])
            floor = rounding(x) * xp.sqrt(norm2)
            better = (score > best + floor) | (
                (xp.abs(score - best) <= floor)
                & prefers(challenger, holder, references[1:])
            )
            holder = xp.where(expand(better, holder), challenger, holder)
            best = xp.where(better, score, best)
            element = tuple(
                xp.where(expand(better, new), new, old)
                for new, old in zip(candidate, element, strict=True)
            )
        return holder, element

    def margin(self, x, reference):
        """Gap between best and second best; see `SymmetryGroup.margin`."""
        if self.is_enumerable:
            return super().margin(x, reference)
        return SymmetryGroup.margin(self, x, reference)


def _odd_flips(factors, element):
    """Where an odd number of the parts flips; None if no factor can."""
    odd = None
    for factor, part in zip(factors, element, strict=True):
        flipped = factor.flips(part)
        if flipped is not None:
            odd = flipped if odd is None else odd ^ flipped
    return odd
