"""Products of groups, semidirect where a conjugate flip is involved."""

import itertools

import numpy as np

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._factored import FactoredGroup, odd_flips
from sklearn_symbreak.groups._gaps import real_inner
from sklearn_symbreak.groups._references import as_argument
from sklearn_symbreak.groups._ties import norm_product, prefers, rounding
from sklearn_symbreak.utils._array_api import (
    expand,
    get_namespace,
    is_complex,
    like,
    squared_norm,
)
from sklearn_symbreak.utils._validation import check_signals


class ProductGroup(FactoredGroup):
    """Product of two groups, usually written ``left * right``.

    Elements are flat tuples, one entry per factor, and the rightmost factor acts first.
    Factors that do not commute (a conjugate flip with a phase or a shift) make the
    product semidirect: `compose` and `inverse` bring elements back into this order.
    Other factors have to commute; `align` refuses those that do not.

    Parameters
    ----------
    left, right : SymmetryGroup
        The factors. All elements of all factors but one are listed and tried, so that
        at most one factor may be infinite or have many elements; a global phase is
        aligned in closed form beside any group that can be scored by inner products.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import CyclicShift, SignFlip
    >>> group = CyclicShift() * SignFlip()
    >>> x = np.array([[0.0, 0.0, -1.0, -2.0]])
    >>> aligned, (shift, sign) = group.align(x, np.array([1.0, 2.0, 0.0, 0.0]))
    >>> aligned + 0
    array([[1., 2., 0., 0.]])
    """

    def __init__(self, left, right):
        self.left = left
        self.right = right

    @property
    def _factors(self):
        return [
            factor
            for side in (self.left, self.right)
            for factor in getattr(side, "_factors", [side])
        ]

    @property
    def is_enumerable(self):
        """Whether the factor that is left when small ones are listed can be scored."""
        return all(factor.is_enumerable or factor.is_phase for factor in self._factors)

    def _mean_start(self, x):
        start = super()._mean_start(x)
        for factor in self._factors:
            if factor.partial:
                # Where the signal happens to lie limits what can be aligned to it.
                start = factor.canonicalize(start[None, ...])[0][0, ...]
        return start

    def align(self, x, reference):
        """Bring every signal as close to its reference as the product can.

        Parameters and returns as in `SymmetryGroup.align`.

        Raises
        ------
        ValueError
            If the factors do not form a group on signals like `x`, or for one of the
            reasons of `SymmetryGroup.align`.
        """
        x = check_signals(x, name="x", finite=False)
        self._check_signal_ndim(x)
        self._check_exchange(x)
        return super().align(x, reference)

    def _check_exchange(self, x):
        """Products of elements are a group only if factors can change places."""
        dtype = np.dtype(str(x.dtype).removeprefix("torch."))
        probe = self.example_signals(
            24, signal_shape=tuple(x.shape[1:]), dtype=dtype, random_state=0
        )
        rng = np.random.RandomState(0)
        for (i, left), (j, right) in itertools.combinations(
            enumerate(self._factors), 2
        ):
            part_i = left.sample(probe, rng)
            moved = left.act(part_i, probe)
            part_j = right.sample(moved, rng)
            moved = right.act(part_j, moved)
            tolerance = np.sqrt(np.finfo(dtype).eps) * np.abs(moved).max()
            try:
                part_i, part_j = self._exchange(i, part_i, j, part_j)
                same = left.act(part_i, right.act(part_j, probe))
                exchanged = np.allclose(same, moved, rtol=0, atol=tolerance)
            except ValueError:
                # Such as a shift that is not allowed in the other order.
                exchanged = False
            if not exchanged:
                raise ValueError(
                    "the factors of a product must form a group: elements of "
                    f"{left!r} and {right!r} must change places, up to a conjugate "
                    "flip, and do not. Give the group that they generate as a "
                    "FiniteGroup, or as a group of your own."
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
            flipped = odd_flips([self._factors[p] for p in after], after.values())
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
            floor = rounding(x) * norm_product(x, references[0])
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

    def _margin(self, x, references):
        # Where one factor has no inner products to rank, its own gap counts.
        if self.is_enumerable:
            return super()._margin(x, references)
        return SymmetryGroup._margin(self, x, references)

    def _gap(self, x, reference):
        """Gap over all listed elements, and inside the factor that aligns."""
        xp = get_namespace(x)
        inner, listed = self._plan(x)
        factor, neutral = self._factors[inner], self.identity(x)
        best, _ = self.align(x, reference)
        tolerance = np.sqrt(rounding(x)) * xp.sqrt(squared_norm(x))
        gap = None
        for combination in self._outer(listed, x.shape[0], x):
            before = self._before(inner, combination, x)
            seen = self._undo_after(inner, combination, reference)
            element = [combination.get(p, neutral[p]) for p in range(len(neutral))]
            _, element[inner] = factor.align(before, seen)
            member = self.act(tuple(element), x)
            # Another element may give the same signal: then the next best counts.
            other = xp.sqrt(squared_norm(member - best)) > tolerance
            inside = factor._gap(before, seen)
            loss = xp.astype(real_inner(reference, best - member), inside.dtype)
            found = xp.where(other, loss, inside)
            gap = found if gap is None else xp.minimum(gap, found)
        return gap
