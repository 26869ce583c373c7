"""The mean of signals up to a symmetry."""

import numpy as np

from sklearn_symbreak.groups._ties import rounding
from sklearn_symbreak.utils._array_api import (
    expand,
    get_namespace,
    is_complex,
    like,
    real_dtype,
    squared_norm,
    to_numpy,
)


def largest_signal(group, x):
    """The first of the largest signals, aligned to a fixed generic one.

    Whatever members of their orbits the signals are, it is the same.
    """
    xp = get_namespace(x)
    norm2 = squared_norm(x)
    large = norm2 >= (1 - rounding(x)) * xp.max(norm2)
    index = int(xp.argmax(xp.astype(large, xp.int8)))
    generic = np.random.RandomState(0).standard_normal(tuple(x.shape[1:]))
    generic = like(generic, x, x.dtype)
    return group.align(x[index : index + 1, ...], generic)[0][0, ...]


def procrustes_mean(group, x, start, sample_weight, max_iter, tol):
    """Align to the mean, average, repeat; see `SymmetryGroup.mean`.

    `start` is one signal, or a batch of representatives to average.
    """
    xp = get_namespace(x)
    weight = sample_weight
    if weight is not None:
        # In the precision of the signals, so that the mean keeps it.
        weight = expand(like(to_numpy(weight), x, real_dtype(x)), x)

    def average(signals):
        # A sum of many single-precision numbers would lose the last of them.
        dtype = xp.complex128 if is_complex(x) else xp.float64
        if weight is None:
            total, size = xp.sum(signals, axis=0, dtype=dtype), signals.shape[0]
        else:
            total = xp.sum(weight * signals, axis=0, dtype=dtype)
            size = xp.sum(weight, dtype=xp.float64)
        return xp.astype(total / size, x.dtype)

    mean = average(start) if start.ndim == x.ndim else start
    n_iter = 0
    for n_iter in range(1, max_iter + 1):  # noqa: B007
        previous, mean = mean, average(group.representatives(x, mean))
        change = squared_norm((mean - previous)[None])
        if bool(change[0] <= tol**2 * squared_norm(mean[None])[0]):
            break
    return mean, n_iter
