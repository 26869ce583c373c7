"""Alignment by one group while the elements of others are listed and tried.

A product ``g_1 · … · g_k`` aligns exactly if all factors but one can be listed: for
every combination of the listed elements, the one that is left aligns what comes before
it to the reference as seen from there.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np

from sklearn_symbreak.groups._elements import (
    choose,
    join,
    map_parts,
    repeated,
    rows,
)
from sklearn_symbreak.groups._products import (
    Scores,
    flat,
    norm_product,
    prefers,
    real_inner,
    rounding,
)
from sklearn_symbreak.groups._references import as_argument
from sklearn_symbreak.groups._semidirect import odd_flips
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    expand,
    get_namespace,
    is_complex,
    squared_norm,
    vecdot,
)


class Plan(NamedTuple):
    """Roles of the factors of a product on some signals."""

    #: Position of the factor that aligns; None where only unit numbers are left.
    inner: int | None
    #: Elements of the factors that are listed, by position.
    listed: dict

    def combinations(self, x):
        """Every combination of the listed elements, as one row per sample."""
        for chosen in itertools.product(*self.listed.values()):
            yield {
                position: repeated(row, x)
                for position, row in zip(self.listed, chosen, strict=True)
            }

    def before(self, factors, combination, x):
        """`x` after the listed factors that act before the aligning one."""
        for position in sorted(combination, reverse=True):
            if self.inner is None or position > self.inner:
                x = factors[position].act(combination[position], x)
        return x

    def seen(self, factors, combination, reference):
        """The reference as seen from before the factors that act after."""
        for position in sorted(combination):
            if self.inner is not None and position < self.inner:
                factor = factors[position]
                row = map_parts(
                    lambda part, n=reference.shape[0]: part[:n, ...],
                    combination[position],
                )
                reference = factor.act(factor.inverse(row), reference)
        return reference


def _plan(factors, x, *, table):
    listed = {}
    for position, factor in enumerate(factors):
        # Beside a table, unit numbers need not be listed.
        if not (table and not factor._has_table):
            listed[position] = rows(factor.elements(x))
    endless = [position for position, found in listed.items() if found is None]
    if len(endless) > 1:
        names = ", ".join(type(factors[p]).__name__ for p in endless)
        raise ValueError(
            "a product aligns exactly only if at most one factor has elements that "
            f"cannot be listed; got {names}. A group of few elements lists them in its "
            "method `elements`."
        )
    if not listed:
        return Plan(None, {})
    inner = endless[0] if endless else max(listed, key=lambda p: len(listed[p]))
    del listed[inner]
    return Plan(inner, listed)


# -- products of groups with tables


def scores(factors, x, reference, everywhere):
    """The table of a product: that of one factor for every combination of the others.

    A code is the number of the combination, then the code of the factor.
    """
    xp, plan = get_namespace(x), _plan(factors, x, table=True)
    phases = [f for f in factors if f._units is not None and not f._units.real]
    if is_complex(x) and len(phases) > 1 and not all(f._units_multiply for f in phases):
        raise ValueError(
            "at most one factor of a product may have phases if those of one do not "
            f"multiply the whole signal, got {' and '.join(map(repr, phases))}."
        )
    if plan.inner is None:
        return Scores(vecdot(flat(reference), flat(x))[:, None])
    products, allowed, codes = [], [], []
    for number, combination in enumerate(plan.combinations(x)):
        before = plan.before(factors, combination, x)
        seen = plan.seen(factors, combination, reference)
        table = factors[plan.inner]._scores(before, seen, everywhere=everywhere)
        after = [p for p in combination if p < plan.inner]
        flipped = odd_flips(
            [factors[p] for p in after], [combination[p] for p in after]
        )
        if flipped is not None and is_complex(table.products):
            # An antilinear isometry F has ⟨w, F x⟩ = conj ⟨F⁻¹ w, x⟩.
            conjugated = xp.conj(table.products)
            table = table._replace(
                products=xp.where(flipped[:, None], conjugated, table.products)
            )
        products.append(table.products)
        allowed.append(table.allowed)
        own = table.codes
        if own is None:
            own = xp.arange(table.products.shape[1], device=x.device)
        own = own if own.ndim == 2 else own[:, None]
        first = xp.full((own.shape[0], 1), number, dtype=own.dtype, device=x.device)
        codes.append(xp.concat([first, own], axis=1))
    join = functools.partial(xp.concat, axis=1)
    masks = None if allowed[0] is None else join(allowed)
    return Scores(join(products), masks, xp.concat(codes, axis=0))


def element(factors, code, unit, x):
    """The parts of all factors; `unit` multiplies after all of them."""
    xp, plan = get_namespace(x), _plan(factors, x, table=True)
    parts = [factor.identity(x) for factor in factors]
    if plan.inner is not None:
        combination, stride = code[:, 0], 1
        for position in reversed(plan.listed):
            listed = plan.listed[position]
            index = xp.remainder(combination // stride, len(listed))
            dtype = parts[position].dtype
            parts[position] = asarray_like(listed, x, dtype)[index, ...]
            stride *= len(listed)
        inner = factors[plan.inner]
        before = {p: parts[p] for p in plan.listed if p > plan.inner}
        own = code[:, 1] if code.shape[1] == 2 else code[:, 1:]
        if inner._units is not None:
            own = (own, xp.ones(x.shape[0], dtype=x.dtype, device=x.device))
        parts[plan.inner] = inner._element(own, plan.before(factors, before, x))
    if unit is not None:
        _put_unit(factors, parts, unit, x)
    return parts


def _put_unit(factors, parts, unit, x):
    """Multiply the part of the factor that has unit numbers by the one that is left."""
    owners = [p for p, factor in enumerate(factors) if factor._units is not None]
    owner = min(owners, key=lambda p: (factors[p]._units.real, p))
    flipped = odd_flips(factors[:owner], parts[:owner])
    if flipped is not None and is_complex(unit):
        unit = get_namespace(x).where(flipped, unit.conj(), unit)
    factor = factors[owner]
    parts[owner] = factor.compose(factor._unit_element(unit, x), parts[owner])


# -- products with a factor that has no table


def align_by_factor(product, x, references):
    """Elements of a product, by the one factor that cannot be scored."""
    xp, factors = get_namespace(x), product._factors
    plan = _plan(factors, x, table=False)
    neutral = [factor.identity(x) for factor in factors]
    inner = factors[plan.inner]
    holder = best = found = None
    for combination in plan.combinations(x):
        before = plan.before(factors, combination, x)
        seen = [plan.seen(factors, combination, entry) for entry in references]
        candidate = [combination.get(p, neutral[p]) for p in range(len(neutral))]
        _, candidate[plan.inner] = inner.align(before, as_argument(seen))
        candidate = join(candidate)
        # Ties are settled by entries as they come out, not as the factor sees them.
        again = list(neutral)
        member = product.act(candidate, x)
        _, again[plan.inner] = inner.align(member, as_argument(references))
        candidate = product.compose(join(again), candidate)
        challenger = product.act(candidate, x)
        score = _closeness(product, challenger, references[0])
        if holder is None:
            holder, found, best = challenger, candidate, score
            continue
        floor = rounding(x) * norm_product(x, references[0])
        better = (score > best + floor) | (
            (xp.abs(score - best) <= floor)
            & prefers(challenger, holder, references[1:])
        )
        holder = xp.where(expand(better, holder), challenger, holder)
        best = xp.where(better, score, best)
        found = choose(better, candidate, found)
    return found


def _closeness(product, member, reference):
    """Larger for members, aligned by one factor, that are closer to the reference."""
    return real_inner(product.centered(reference), product.centered(member))


def gap(product, x, reference):
    """Gap over all listed elements, and inside the factor that aligns."""
    xp, factors = get_namespace(x), product._factors
    plan = _plan(factors, x, table=False)
    neutral = [factor.identity(x) for factor in factors]
    inner = factors[plan.inner]
    best = product.representatives(x, as_argument([reference]))
    tolerance = np.sqrt(rounding(x)) * xp.sqrt(squared_norm(x))
    gap = None
    for combination in plan.combinations(x):
        before = plan.before(factors, combination, x)
        seen = plan.seen(factors, combination, reference)
        candidate = [combination.get(p, neutral[p]) for p in range(len(neutral))]
        _, candidate[plan.inner] = inner.align(before, as_argument([seen]))
        member = product.act(join(candidate), x)
        # Another element may give the same signal: then the next best counts.
        other = xp.sqrt(squared_norm(member - best)) > tolerance
        inside = inner._gap(before, seen)
        loss = xp.astype(real_inner(reference, best - member), inside.dtype)
        found = xp.where(other, loss, inside)
        gap = found if gap is None else xp.minimum(gap, found)
    return gap
