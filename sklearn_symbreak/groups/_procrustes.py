"""The mean of signals up to a symmetry."""

import math
import numbers

import numpy as np

from sklearn_symbreak.groups._products import rounding
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    expand,
    get_namespace,
    is_complex,
    magnitude,
    real_dtype,
    squared_norm,
    squares_are_normal,
    to_numpy,
)
from sklearn_symbreak.utils._validation import check_average_weight

# Averages, and signals, by which one of several starts is chosen; entries at a time.
TRIAL, TRIAL_SAMPLES, TRIAL_ENTRIES = 2, 128, 2**15


def quotient_mean(group, x, sample_weight, max_iter, tol, max_samples, n_init):
    """Align to the mean, average, repeat; see `SymmetryGroup.mean`."""
    _check_stopping(max_iter, tol, max_samples, n_init)
    xp = get_namespace(x)
    weight = check_average_weight(sample_weight, x.shape[0])
    if weight is not None:
        # Samples that do not count must not be where the iteration starts.
        index = np.flatnonzero(weight)
        x, weight = x[asarray_like(index, x), ...], weight[index]
    scale = 1.0
    if not squares_are_normal(x):
        scale = xp.max(magnitude(x))
        x = x / scale
    some, some_weight = _some(x, weight, max_samples)
    mean = _start(group, some, some_weight)
    starts = [mean, *_further_starts(group, some, n_init - 1)]
    if len(starts) > 1:
        few = _some(some, some_weight, TRIAL_SAMPLES)
        mean = _best_trial(group, *few, starts, min(TRIAL, max_iter))
    limit = tol * _mean_square(group, some, some_weight)
    mean, n_iter = _averages(group, some, some_weight, mean, max_iter, limit)
    if some is not x:
        mean = _average(group.representatives(x, mean), weight)
    return mean * scale, n_iter


def _some(x, weight, max_samples):
    """Signals and weights, drawn if there are more than `max_samples`."""
    if max_samples is None or x.shape[0] <= max_samples:
        return x, weight
    # The same for all members of the orbits: by place, and not by value.
    index = np.random.RandomState(0).permutation(x.shape[0])[:max_samples]
    return x[asarray_like(index, x), ...], None if weight is None else weight[index]


def _best_trial(group, x, weight, starts, n_averages):
    """The mean that explains most after some averages from each start."""
    xp = get_namespace(x)
    # Of few signals each call costs more than its work: starts go side by side.
    n_together = max(1, TRIAL_ENTRIES // math.prod(x.shape))
    tried = []
    for first in range(0, len(starts), n_together):
        means = starts[first : first + n_together]
        copies = xp.concat([x] * len(means))
        for _ in range(n_averages):
            reference = means[0]
            if len(means) > 1:
                reference = xp.repeat(xp.stack(means), x.shape[0], axis=0)
            members = group.representatives(copies, reference)
            members = xp.reshape(members, (len(means), *x.shape))
            means = [_average(members[i, ...], weight) for i in range(len(means))]
        tried += means
    explained = squared_norm(group.centered(xp.stack(tried)))
    return tried[int(xp.argmax(explained))]


def _averages(group, x, weight, mean, max_iter, limit):
    """The last of some averages from a start, and their number."""
    # The mean square that the average explains; it grows as signals agree.
    explained = 0.0
    for n_iter in range(1, max_iter + 1):  # noqa: B007
        mean = _average(group.representatives(x, mean), weight)
        before, explained = explained, _mean_square(group, mean[None, ...], None)
        if explained - before <= limit:
            break
    return mean, n_iter


def _check_stopping(max_iter, tol, max_samples, n_init):
    counts = {"max_iter": max_iter, "max_samples": max_samples, "n_init": n_init}
    for name, value in counts.items():
        if name == "max_samples" and value is None:
            continue
        integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        if not integer or value < 1:
            raise ValueError(f"{name} must be an int of at least 1, got {value!r}.")
    if not isinstance(tol, numbers.Real) or not 0 <= tol < np.inf:
        raise ValueError(f"tol must be a finite number of at least 0, got {tol!r}.")


def _mean_square(group, x, weight):
    norm2 = to_numpy(squared_norm(group.centered(x))).astype(np.float64)
    return float(np.average(norm2, weights=weight))


def _start(group, x, weight):
    """The same for every choice of members of the orbits, so that the mean is."""
    if group.has_natural_rule:
        return _average(group.canonicalize(x)[0], weight)
    # The first of the largest signals, at its generic place.
    xp = get_namespace(x)
    norm2 = squared_norm(group.centered(x))
    large = norm2 >= (1 - rounding(x)) * xp.max(norm2)
    index = int(xp.argmax(xp.astype(large, xp.int8)))
    return group.canonicalize(x[index : index + 1, ...])[0][0, ...]


def _further_starts(group, x, n_starts):
    """Some of the signals, at their generic places."""
    if n_starts == 0:
        return []
    index = np.random.RandomState(1).permutation(x.shape[0])[:n_starts]
    some = group.canonicalize(x[asarray_like(index, x), ...])[0]
    # To zero all would be as near.
    norm2 = squared_norm(group.centered(some))
    return [one for one, size in zip(some, norm2, strict=True) if size > 0]


def _average(x, weight):
    """Mean signal, accumulated in double precision."""
    # A sum of many single-precision numbers would lose the last of them.
    xp = get_namespace(x)
    dtype = xp.complex128 if is_complex(x) else xp.float64
    if weight is None:
        mean = xp.sum(x, axis=0, dtype=dtype) / x.shape[0]
    else:
        # In the precision of the signals, so that the mean keeps it, and in its range.
        weight = weight / np.max(weight)
        weight = expand(asarray_like(weight, x, real_dtype(x)), x)
        mean = xp.sum(weight * x, axis=0, dtype=dtype)
        mean = mean / xp.sum(weight, dtype=xp.float64)
    return xp.astype(mean, x.dtype)
