"""Whether measurements leave a symmetry of the signals open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.base import clone
from sklearn.utils import check_random_state, check_scalar

from sklearn_symbreak.breaking import OrbitEmbedding, SymmetryBreaker
from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.inspection._neighbor_pairs import (
    N_STANDARD_ERRORS,
    NeighborPairs,
    distances,
)
from sklearn_symbreak.inspection._predictions import short
from sklearn_symbreak.utils._array_api import (
    magnitude,
    squares_are_normal,
    to_numpy,
)
from sklearn_symbreak.utils._typing import Estimator, RandomState
from sklearn_symbreak.utils._validation import (
    check_acts_on,
    check_group,
    check_measurements,
    check_same_length,
    check_signals,
)

# A symmetry is found where it leaves less than this share of the ambiguity.
LARGEST_SHARE = 0.8
# Ambiguities up to this factor count as equal, and then the smaller group is named.
AS_GOOD = 1.25
# A breaker that leaves more than this share of the ambiguity breaks nothing.
USELESS_SHARE = 0.9
# Neighbours lie on two sides of a seam where targets are so many times farther apart
# than their orbits.
SEAM_RATIO = 2.0
SMALLEST_JUMP = 1e-8
# Invariants of longer signals are too many.
LARGEST_EMBEDDED = 100


@dataclass
class Ambiguity:
    """Result of `measure_ambiguity`; printed, it is a table.

    Attributes
    ----------
    untouched : float
        Ambiguity of the targets as they are.
    groups : list of dict
        For every candidate: `group`; `ambiguity` up to it; `found`, whether it explains
        the jumps; and `strategies`, see there.
    best : SymmetryGroup or None
        The group that was found with the least ambiguity.
    contained : list of SymmetryGroup
        Other groups that were found and that `best` contains. If the measurement does
        not hide all that `best` forgives, one of these is right.
    breakers : list of dict
        For every breaker that was given: `breaker`, its `ambiguity`, and
        `breaks_nothing`.
    names : list of str
        Names of the candidates, as in the table.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.inspection import measure_ambiguity
    >>> y = np.random.default_rng(0).normal(size=2000)
    >>> print(measure_ambiguity(y[:, None] ** 2, y, SignFlip(), random_state=0))
    ambiguity  seam          jump  targets
    ...
    Result: the targets are ambiguous up to SignFlip().
    """

    untouched: float
    groups: list[dict[str, Any]] = field(default_factory=list)
    best: SymmetryGroup | None = None
    contained: list[SymmetryGroup] = field(default_factory=list)
    breakers: list[dict[str, Any]] = field(default_factory=list)

    def __str__(self) -> str:
        lines = ["ambiguity  seam          jump  targets"]
        lines.append(f"{self.untouched:9.3f}  {'':>4}          {'':>4}  as they are")
        for row, name in zip(self.groups, self.names, strict=True):
            mark = "  <- found" if row["found"] else ""
            lines.append(
                f"{row['ambiguity']:9.3f}  {'':>4}          {'':>4}  up to {name}{mark}"
            )
            for name, left in row["strategies"].items():
                lines.append(
                    f"{left['ambiguity']:9.3f}  {left['seam']:4.0%}  of pairs  "
                    f"{left['jump']:4.2f}    {name}"
                )
        for row in self.breakers:
            mark = "  <- breaks nothing" if row["breaks_nothing"] else ""
            lines.append(
                f"{row['ambiguity']:9.3f}  {'':>4}          {'':>4}  "
                f"{short(row['breaker'])}{mark}"
            )
        verdict = "no candidate explains jumps of the targets"
        for row, name in zip(self.groups, self.names, strict=True):
            if row["group"] is self.best:
                verdict = f"the targets are ambiguous up to {name}"
        lines.append(f"Result: {verdict}.")
        for row, name in zip(self.groups, self.names, strict=True):
            if any(row["group"] is group for group in self.contained):
                lines.append(
                    f"It contains {name}, which leaves {row['ambiguity']:.3f}: right "
                    "only if the measurement hides no more."
                )
        return "\n".join(lines)

    @property
    def names(self) -> list[str]:
        """Names of the groups in a line, with their places in the list if alike."""
        names = [short(row["group"]) for row in self.groups]
        return [
            f"{name} [{place}]" if names.count(name) > 1 else name
            for place, name in enumerate(names)
        ]


def measure_ambiguity(
    X: ArrayLike,
    y: ArrayLike,
    groups: SymmetryGroup | Sequence[SymmetryGroup],
    *,
    breakers: Estimator | Sequence[Estimator] = (),
    max_samples: int = 2000,
    random_state: RandomState = None,
) -> Ambiguity:
    """Measure whether a symmetry makes targets jump between near measurements.

    Nothing is trained. Of every sample the nearest neighbour by its measurements is
    found. If the measurements determine the signals, and well, neighbours have near
    signals; if only up to a symmetry, they have near orbits, and signals that are as
    far apart as any.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_measurements)
        Measurements, as a nearest-neighbour regressor would get them: transformed, if
        the distances of raw ones mean little.
    y : array-like of shape (n_samples, *signal_shape)
        Signals, real or complex; of shape (n_samples,) for scalars.
    groups : SymmetryGroup or list of SymmetryGroup
        Candidates.
    breakers : transformer or list of transformers, default=()
        Breakers of which to see whether they break something.
    max_samples : int, default=2000
        Samples to look at, drawn at random; their neighbours are sought among all.
    random_state : int, RandomState instance or None, default=None
        Draws the samples, and pairs that are no neighbours, to compare with.

    Returns
    -------
    ambiguity : Ambiguity
        The findings; print it.

    Raises
    ------
    ValueError
        If X and y do not fit each other or a group, there are fewer than 10 samples,
        or `groups` is empty.
    TypeError
        If a candidate is no symmetry group.

    Notes
    -----
    The *ambiguity* of targets is the mean squared distance of neighbours over that of
    random pairs: 0 if the measurement determines them, 1 if it says nothing. Squares
    are relative to those of both signals, so that a few large ones do not decide. Up to
    a group, both distances are those of orbits, so that a larger group is not favoured.
    Blocks of a `BlockSymmetry` and the columns beside them, which may have other units,
    are first divided by their spread, unless another candidate mixes them. Of samples
    with equal targets, an object that was measured several times, the first counts
    alone, unless there are only few different targets.

    A group is *found* where the ambiguity up to it is at most 0.8 of that of the
    targets as they are, smaller by five standard errors of the paired difference, and
    explains at least half as much as the best candidate does. It must not change the
    measurements either: those of targets near to moved ones are compared with those of
    neighbours. Five standard errors are allowed; or a fifth of what they could change,
    times the square of the share of the ambiguity that the group explains, since a
    group that explains all of it and is nearly a symmetry is worth breaking. The *best*
    one has the lowest ambiguity, or one at most a quarter higher and orbits that are
    further apart: of a group and a larger one that explain as much, it is the smaller.

    Strategies of a group that was found are the templates "canonical" and "mean", and
    "embedding" if it has one and signals have at most 100 entries, with the ambiguity
    they leave. *seam* is the share of neighbours whose targets are more than twice as
    far apart as their orbits, on two sides of the seam, and *jump* the mean distance of
    such targets over that of random ones: a seam with small jumps is harmless.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.groups import Permutation, SignFlip
    >>> from sklearn_symbreak.inspection import measure_ambiguity
    >>> X, y = make_gaussian_phase_retrieval(2000, 3, random_state=0)
    >>> found = measure_ambiguity(X, y, [SignFlip(), Permutation()], random_state=0)
    >>> found.best
    SignFlip()
    >>> [row["found"] for row in found.groups]
    [True, False]
    """
    X = check_measurements(X, allow_nan=True)
    if np.isnan(X).any():
        raise ValueError(
            "X must not hold NaN, beside which nothing is near; impute what was not "
            "measured, as SimpleImputer does."
        )
    y = to_numpy(check_signals(y, name="y"))
    check_same_length(X=X, y=y)
    y = y[:, None] if y.ndim == 1 else y
    X, y = map(_of_moderate_size, (X, y))
    if len(X) < 10:
        raise ValueError(f"X must have at least 10 samples, got {len(X)}.")
    check_scalar(max_samples, "max_samples", Integral, min_val=10)
    candidates: list[Any] = (
        list(groups) if isinstance(groups, (list, tuple)) else [groups]
    )
    if not candidates:
        raise ValueError("groups must hold a candidate, got an empty list.")
    for group in candidates:
        check_group(group, "groups")
        try:
            check_acts_on(group, y, "y")
        except ValueError as error:
            raise ValueError(
                f"groups must act on y, which {short(group)} does not: {error}"
            ) from error
    breakers = breakers if isinstance(breakers, (list, tuple)) else [breakers]
    for breaker in breakers:
        if not (hasattr(breaker, "fit") and hasattr(breaker, "transform")):
            raise TypeError(
                "breakers must be transformers of targets, such as "
                f"SymmetryBreaker(group, 'mean'), got {breaker!r}."
            )
    random_state = check_random_state(random_state)
    X, given = _each_once(X, y)
    y = _in_units_of_spread(given, candidates)
    pairs = NeighborPairs(X, len(y), max_samples, random_state)
    plain = pairs.relative(distances, y)
    result = Ambiguity(untouched=float(plain.mean()))
    # Mean squared distance of random orbits: the smaller, the larger the group.
    spread: dict[int, float] = {}
    for group in candidates:
        near, far = pairs.squared(group.distance, y)
        orbits = near / far if far > 0 else np.zeros_like(near)
        spread[id(group)] = far
        row: dict[str, Any] = {
            "group": group,
            "ambiguity": float(orbits.mean()),
            "strategies": {},
        }
        row["found"] = _is_smaller(orbits, plain) and pairs.keeps_measurements(
            group, X, y, explained=1 - orbits.mean() / plain.mean()
        )
        result.groups.append(row)
    explained = [row for row in result.groups if row["found"]]
    if explained:
        lowest = min(row["ambiguity"] for row in explained)
        # A larger group brings neighbours a little closer by chance.
        as_good = [r for r in explained if r["ambiguity"] <= AS_GOOD * lowest + 0.01]
        best = max(as_good, key=lambda row: spread[id(row["group"])])
        result.best = best["group"]
        # Another group may bring some neighbours together by chance.
        limit = (result.untouched + best["ambiguity"]) / 2
        for row in explained:
            row["found"] = row["ambiguity"] <= limit
            if row["found"]:
                row["strategies"] = _strategies(row["group"], y, pairs)
        result.contained = [
            row["group"]
            for row in explained
            if row["found"]
            and _contains(result.best, row["group"], y)
            and not _contains(row["group"], result.best, y)
        ]
    for breaker in breakers:
        targets = np.asarray(clone(breaker).fit(given).transform(given))
        left = pairs.relative(distances, targets)
        plain = pairs.relative(distances, given)
        result.breakers.append(
            {
                "breaker": breaker,
                "ambiguity": float(left.mean()),
                "breaks_nothing": bool(left.mean() > USELESS_SHARE * plain.mean()),
            }
        )
    return result


def _of_moderate_size(values):
    """The values in a unit in which squares neither overflow nor vanish."""
    if squares_are_normal(values):
        return values
    return values / magnitude(values.reshape(1, -1))


def _in_units_of_spread(y, groups):
    """Targets whose parts, as far as no group mixes them, are equally spread.

    A translation in millimetres would hide a rotation beside it.
    """
    size, shape = y[0].size, y.shape[1:]
    entries, linked = [np.arange(size)], [np.arange(size)]
    for group in groups:
        units = group._entry_units(shape)
        if units is not None:
            _, first, which = np.unique(units, return_index=True, return_inverse=True)
            entries.append(entries[0])
            linked.append(first[which.reshape(-1)])
    if len(entries) == 1:
        return y
    ends = np.concatenate(entries), np.concatenate(linked)
    links = coo_array((np.ones(len(ends[0])), ends), (size, size))
    n_parts, part = connected_components(links, directed=False)
    if n_parts == 1:
        return y
    largest = np.abs(y).max(axis=0)
    largest[largest == 0] = 1
    spread = np.zeros(n_parts, largest.dtype)
    np.maximum.at(spread, part, (largest * (y / largest).std(axis=0)).reshape(-1))
    spread[spread == 0] = 1
    return y / spread[part].reshape(shape)


def _each_once(X, y):
    """One measurement of each target: others of it are near, and tell nothing."""
    # To sort long rows would take its time.
    keys = [hash(signal.tobytes()) for signal in y]
    _, first = np.unique(keys, return_index=True)
    # Few values, such as grades, are no objects that were measured again.
    if len(first) < max(10, len(y) // 100):
        return X, y
    first = np.sort(first)
    return X[first], y[first]


def _is_smaller(orbits, plain):
    """Whether a group explains the jumps, beyond chance."""
    gain = plain - orbits
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    is_clear = gain.mean() > N_STANDARD_ERRORS * error
    return bool(is_clear and orbits.mean() <= LARGEST_SHARE * plain.mean())


def _contains(larger, smaller, y):
    """Whether the larger group forgives all that the smaller one does to targets."""
    y = y[:100]
    moved = smaller.act(smaller.sample(y, 0), y)
    limit = np.finfo(y.dtype).eps ** 0.5 * np.linalg.norm(y.reshape(len(y), -1), axis=1)
    return bool(np.all(larger.distance(moved, y) <= limit))


def _strategies(group, y, pairs):
    """Ambiguity, share of the seam and size of jumps that strategies leave."""
    y, pairs = pairs.of_other_objects(group.distance, y).of_rows(y)
    transformers = {
        "canonical": SymmetryBreaker(group),
        "mean": SymmetryBreaker(group, "mean"),
    }
    if y[0].size <= LARGEST_EMBEDDED:
        transformers["embedding"] = OrbitEmbedding(group)
    orbits, _ = pairs.squared(group.distance, y)
    found = {}
    for name, transformer in transformers.items():
        try:
            targets = transformer.fit(y).transform(y)
        except ValueError:
            # The group has no embedding, or no mean that is not fixed by it.
            continue
        # Invariants have other units than signals, a mean, and no seam.
        invariants = name == "embedding"
        like = targets - targets.mean(axis=0) if invariants else y
        near, far = pairs.squared(distances, targets, like)
        # Two distances at rounding level do not tell a seam.
        jumps = (near > SEAM_RATIO**2 * orbits) & (near > SMALLEST_JUMP * far)
        if invariants:
            jumps[:] = False
        jump = float(np.sqrt(near[jumps].mean() / far)) if jumps.any() else 0.0
        found[name] = {
            "ambiguity": float(near.mean() / far) if far > 0 else 0.0,
            "seam": float(jumps.mean()),
            "jump": jump,
        }
    return found
