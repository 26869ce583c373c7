"""The laws of a symmetry group on one batch of signals."""

import numpy as np

from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.groups._elements import map_parts, repeated, rows
from sklearn_symbreak.groups._embeddings import has_embedding
from sklearn_symbreak.testing._common import (
    assert_close,
    assert_kept,
    assert_same,
    assert_unchanged,
    inner,
    norm,
    standard_normal,
    tolerance,
    unit_of,
    without_writing,
)
from sklearn_symbreak.utils._array_api import expand

_N_DRAWS = 8
# So many draws of the identity alone happen to no group that has another element.
_N_TRIES = 64
_MAX_LISTED = 256
# So few elements that uniform draws for a few samples miss none.
_MAX_DRAWN = 8
# Of so many draws, one that comes up so often leaves little room for one that does not.
_N_REPEATED, _N_OFTEN = 128, 12


def check_group_on(group, x, random_state):
    """Raise an AssertionError if a law fails on the signals `x`."""
    rng = np.random.RandomState(random_state)
    original = x.copy()
    unit = unit_of(x)
    noise = 0.3 * unit * float(np.sqrt(np.mean(np.abs(x / unit) ** 2)))
    reference = rng.permutation(x)[0] + noise * standard_normal(
        x.shape[1:], x.dtype, rng
    )
    # Before all laws, since they compare with the signals.
    without_writing(lambda y: group.act(group.sample(y, rng), y), x, "act")
    aligned = _check_align(group, x, reference)
    _check_sample(group, x, rng)
    for _ in range(_N_DRAWS):
        _check_element(group, group.sample(x, rng), x, reference, aligned, rng)
    # By default the identity is a product, whose laws have to be checked before.
    assert_same(group.act(group.identity(x), x), x, "act(identity, x) == x")
    _check_elements(group, x, reference, aligned, rng)
    _check_aligned_is_drawn(group, x[:8], aligned[:8], rng)
    _check_margin(group, x, reference)
    _check_mean(group, x)
    _check_embedding(group, x / unit, rng)
    _check_gap(group, x, reference, aligned, rng)
    assert_unchanged(x, original, "align, distance, correlation or margin")


def _check_embedding(group, x, rng):
    """Invariants, if the group has them, are those of orbits and tell them apart."""
    if not has_embedding(group, x):
        return
    z = group.embed(x)
    assert z.ndim == 2 and len(z) == len(x), f"embed has a row a signal: {z.shape}"
    assert z.dtype.kind == "f", f"embed is real, got dtype {z.dtype}"
    limit = tolerance(x) * (norm(z) + norm(x) ** 2)
    moved = group.act(group.sample(x, rng), x)
    assert_close(group.embed(moved), z, limit[:, None], "embed(g·x) == embed(x)")
    back = group.unembed(z, x.shape[1:], complex_valued=x.dtype.kind == "c")
    assert back.shape == x.shape, f"unembed has the shape of x: {back.shape}"
    # Signals are roots of their invariants, which halves the digits.
    size = tolerance(x) ** 0.5 * norm(x)
    law = "unembed(embed(x)) is in the orbit of x"
    assert_close(group.distance(back.astype(x.dtype), x), 0 * size, size, law)
    apart = group.distance(x[1:], x[:-1]) > size[1:] + size[:-1]
    assert (norm(z[1:] - z[:-1]) > 0)[apart].all(), "embed tells orbits apart"


def _check_align(group, x, reference):
    """Results of align, distance and correlation agree with each other."""
    # As it was written, before ties are settled.
    written = getattr(type(group).align, "__wrapped__", type(group).align)
    for align in (written, type(group).align):
        aligned = _check_one_alignment(group, align, x, reference)
    limit = tolerance(x) * norm(x)
    centres = x[norm(group.centered(x)) == 0]
    if len(centres):
        apart = group.distance(centres, centres[0])
        law = "centered: signals of which nothing is left are in one orbit"
        assert_close(apart, 0 * apart, tolerance(x) * norm(x).max(), law)
    assert_same(
        group.representatives(x, reference), aligned, "representatives == align(x)[0]"
    )
    other = group.act(group.sample(x, 1), x)[-1]
    listed, _ = group.align(x, [reference, other])
    gaps = norm(listed - reference) - norm(aligned - reference)
    far = limit + tolerance(x) * norm(reference[None])
    assert (gaps >= -far).all(), (
        "align is at least as close as every other member: with another reference "
        f"behind this one it finds a closer one, by {-gaps.min():.2e}"
    )
    law = "align: in a list, no other reference costs closeness to the first"
    assert_close(gaps, 0 * gaps, far, law)
    # Exact, and in the range of the numbers.
    factor = 2.0 if unit_of(x) < 1 else 0.5
    assert_same(
        group.align(factor * x, factor * reference)[0],
        factor * aligned,
        f"align(a x, a w) == a align(x, w) for a = {factor}; about a fixed centre, "
        "subtract it from the targets",
    )
    _check_canonical(group, x)
    size, reference_size = norm(x), norm(reference[None])
    assert_close(
        group.distance(x, reference),
        norm(aligned - reference),
        tolerance(x) * (size + reference_size),
        "distance == ‖aligned - reference‖",
    )
    # Products of large or small signals leave the range of the numbers.
    unit = unit_of(x)
    assert_close(
        group.correlation(x / unit, reference / unit),
        inner(reference[None] / unit, aligned / unit),
        tolerance(x)
        * (np.maximum(size, norm(aligned)) / unit)
        * (reference_size / unit),
        "correlation == Re⟨reference, aligned⟩",
    )
    return aligned


def _check_one_alignment(group, align, x, reference):
    aligned, element = align(group, x, reference)
    assert not isinstance(element, tuple) or len(element) > 1, (
        "element: an array, or a tuple of two arrays or more; align returns a tuple of "
        f"{len(element)}"
    )
    moved = group.act(element, x)
    assert_same(moved, aligned, "align: act(element, x) == aligned")
    assert_kept(moved, x, "act")
    assert_kept(aligned, x, "align")
    kept = [norm(group.centered(signals)) for signals in (aligned, x)]
    assert_close(*kept, tolerance(x) * norm(x), "align: ‖aligned‖ == ‖x‖")
    return aligned


def _check_canonical(group, x):
    """The canonical rule moves signals by the elements that it returns."""
    representative, element = group.canonicalize(x)
    law = "canonicalize: act(element, x) == representative"
    assert_same(group.act(element, x), representative, law)
    assert_same(
        group.representatives(x),
        representative,
        "representatives == canonicalize(x)[0]",
    )


def _check_element(group, g, x, reference, aligned, rng, prefix=""):
    """The laws of one element per sample."""
    original = x.copy()
    moved = group.act(g, x)
    assert_unchanged(x, original, prefix + "act")
    assert_kept(moved, x, prefix + "act")
    back = group.act(group.inverse(g), moved)
    assert_same(back, x, prefix + "g⁻¹·(g·x) == x")
    h = group.sample(moved, rng)
    product = group.act(group.compose(h, g), x)
    assert_same(product, group.act(h, moved), prefix + "(h g)·x == h·(g·x)")
    size = norm(x)
    kept = [norm(group.centered(signals)) for signals in (moved, x)]
    assert_close(*kept, tolerance(x) * size, prefix + "‖g·x‖ == ‖x‖")
    gap = norm(moved - reference) - norm(aligned - reference)
    limit = tolerance(x) * (size + norm(reference[None]))
    assert (gap >= -limit).all(), (
        f"{prefix}align is at least as close as every other member: a drawn member is "
        f"closer by {-gap.min():.2e}"
    )
    again, _ = group.align(moved, reference)
    assert_same(again, aligned, prefix + "align(g·x, w) == align(x, w)")
    recovered, _ = group.align(moved, x)
    assert_same(recovered, x, prefix + "align(g·x, x) == x")
    rules = [group.canonicalize(signals)[0] for signals in (moved, x)]
    assert_same(*rules, prefix + "canonicalize(g·x) == canonicalize(x)")


def _check_sample(group, x, rng):
    """Elements that leave every signal in place would make all laws empty."""
    some_move = any(
        _moves(group.act(group.sample(x, rng), x), x).any() for _ in range(_N_TRIES)
    )
    first, same = (group.act(group.sample(x, seed), x) for seed in (0, 0))
    assert_same(same, first, "sample: one random_state, one draw")
    others = (group.act(group.sample(x, seed), x) for seed in range(1, _N_TRIES))
    assert not some_move or any(_moves(other, first).any() for other in others), (
        "sample: other random states draw other elements"
    )
    assert some_move or _acts_trivially(group, x), (
        "sample: a drawn element moves a signal; or else, if the group leaves all of x "
        "in place, elements(x) lists its elements (give x of a kind that it moves, or "
        "set acts_on)"
    )


def _check_aligned_is_drawn(group, x, aligned, rng):
    """Where all draws repeat, they are the whole orbit, and align stays in it."""
    for signal, found in zip(x, aligned, strict=True):
        if norm(group.centered(signal[None]))[0] == 0:
            # It is its centre, and draws of the size of the signal leave it there.
            continue
        copies = np.repeat(signal[None], _N_REPEATED, axis=0)
        drawn = group.act(group.sample(copies, rng), copies)
        limit = tolerance(x) * norm(signal[None])[0]
        nearest = norm(drawn - found).min()
        assert nearest <= limit or not _all_repeat(drawn, limit), (
            "align: one of the members drawn, which are few and repeat; the nearest "
            f"misses what align returns by {nearest:.2e}, unless sample leaves it out"
        )


def _all_repeat(drawn, limit):
    """Whether every member was drawn so often that hardly any can have been missed."""
    while len(drawn):
        others = drawn[norm(drawn - drawn[0]) > limit]
        if len(drawn) - len(others) < _N_OFTEN:
            return False
        drawn = others
    return True


def _acts_trivially(group, x):
    listed = group.elements(x)
    return listed is not None and not any(
        _moves(group.act(repeated(element, x), x), x).any() for element in rows(listed)
    )


def _moves(moved, x):
    return norm(moved - x) > tolerance(x) * norm(x)


def _check_margin(group, x, reference):
    """Between 0 and 1, which it is at the reference."""
    margin = without_writing(lambda y: group.margin(y, reference), x, "margin")
    margin = np.asarray(margin)
    assert margin.shape == (len(x),), f"margin has one entry per sample: {margin.shape}"
    assert ((margin >= 0) & (margin <= 1)).all(), f"margin is in [0, 1]: {margin}"
    if norm(group.centered(reference[None]))[0] > 0:
        there = np.asarray(group.margin(reference[None], reference))
        assert there[0] > 1 - 1e-3, f"margin is 1 at the reference: {there[0]}"
    own, base = type(group), SymmetryGroup
    if (own.margin, own.gap) != (base.margin, base.gap):
        gap, own_gap = (group.gap(y, reference) for y in (x, reference[None]))
        expected = np.minimum(gap / np.where(own_gap > 0, own_gap, 1), 1)
        law = "margin is the gap in units of that at the reference, 1 at most"
        assert_close(margin, expected, 1e-3, law)
    rule = np.asarray(group.canonical_margin(x))
    assert rule.shape == (len(x),), f"canonical_margin has one entry a sample: {rule}"
    assert ((rule >= 0) & (rule <= 1)).all(), f"canonical_margin is in [0, 1]: {rule}"


def _check_gap(group, x, reference, aligned, rng):
    """No member drawn is nearer to the best than the gap says, if they are listed.

    Among the members of an endless group none is second best.
    """
    if group.elements(x) is None:
        return
    gap = np.asarray(group.gap(x, reference))
    target = _of_norm_one(group.centered(reference[None]))
    best = inner(target, _of_norm_one(group.centered(aligned)))
    for _ in range(_N_DRAWS):
        moved = group.act(group.sample(x, rng), x)
        found = best - inner(target, _of_norm_one(group.centered(moved)))
        # Of the best member itself and of its like nothing is said.
        other = norm(moved - aligned) > 1e-3 * norm(aligned)
        assert (gap <= found + 1e-3)[other].all(), (
            "gap is that of the second best member: one that is drawn is nearer by "
            f"{(gap - found)[other].max():.2e}"
        )


def _of_norm_one(x):
    size = norm(x)
    return x / expand(np.where(size > 0, size, 1), x)


def _check_mean(group, x):
    """The average of what is aligned to it, and of a single signal in its orbit."""
    mean, _ = group.mean(x)
    assert mean.shape == x.shape[1:], f"mean is one signal: {mean.shape}"
    single, _ = group.mean(x[:1])
    distance = group.distance(single[None], x[0])
    assert (distance <= tolerance(x) * norm(x[:1])).all(), (
        f"mean of one signal lies in its orbit: it misses it by {distance[0]:.2e}"
    )
    again = group.representatives(x, mean).mean(axis=0)
    size = np.concatenate(
        [norm(group.centered(y)) for y in (x, mean[None], again[None])]
    )
    power = (size / (size.max() or 1)) ** 2
    change = abs(power[-1] - power[-2]) / (np.mean(power[:-2]) or 1)
    assert change < 0.05, (
        "mean is the average of the signals aligned to it: of their mean square, that "
        f"explains {change:.2f} more or less than the mean"
    )


def _check_elements(group, x, reference, aligned, rng):
    """The list holds elements only, the identity first, and none is missing."""
    listed = group.elements(x)
    if listed is None:
        return
    listed = rows(listed)
    first = group.act(repeated(listed[0], x), x)
    assert_same(first, x, "elements: the first is the identity")
    places = rng.permutation(len(listed))[:_MAX_LISTED]
    chosen = map_parts(lambda *parts: np.stack(parts), *(listed[p] for p in places))
    # One batch with another element for every sample is cheaper than many batches.
    row = np.arange(len(places)) % len(x)
    _check_element(group, chosen, x[row], reference, aligned[row], rng, "elements: ")
    if len(listed) <= _MAX_LISTED:
        _check_none_missing(group, listed, x[:8], aligned[:8])
    if len(listed) <= _MAX_DRAWN:
        _check_all_drawn(group, listed, x[:8], rng)


def _check_none_missing(group, listed, x, aligned):
    members = (group.act(repeated(element, x), x) for element in listed)
    nearest = np.min([norm(member - aligned) for member in members], axis=0)
    assert (nearest <= tolerance(x) * norm(x)).all(), (
        "elements: one of them leads to what align returns; the nearest misses it by "
        f"{nearest.max():.2e}"
    )


def _check_all_drawn(group, listed, x, rng):
    """Laws are checked on what is drawn, and so on no part of the group alone."""
    n_tries = _N_TRIES * 8 // len(x)
    draws = [group.act(group.sample(x, rng), x) for _ in range(n_tries)]
    for element in listed:
        member = group.act(repeated(element, x), x)
        assert any(not _moves(drawn, member).all() for drawn in draws), (
            f"sample: every element is drawn, but {element} never was in "
            f"{n_tries * len(x)} draws"
        )
