"""Run the kernel of a group over a batch: in chunks, at any size, into one output."""

import math

import numpy as np

from sklearn_symbreak.groups._elements import map_parts, parts
from sklearn_symbreak.groups._products import moderate, select_rows
from sklearn_symbreak.utils._array_api import (
    constant,
    get_namespace,
    is_numpy,
    norms,
)

# The passes of one kernel over a chunk stay in the last cache.
CHUNK_BYTES = 2**22


def chunks(x, chunk_bytes=None):
    """Slices of samples; a single one for tensors.

    An accelerator wants the whole batch, and autograd no writes in place.
    """
    n_samples = x.shape[0]
    limit = CHUNK_BYTES if chunk_bytes is None else chunk_bytes
    if not is_numpy(x) or x.nbytes <= limit:
        return [slice(0, n_samples)]
    n_rows = math.ceil(n_samples / max(1, math.ceil(x.nbytes / limit)))
    return [
        slice(start, min(start + n_rows, n_samples))
        for start in range(0, n_samples, n_rows)
    ]


def align(group, x, references, *, elements=True, settle=True):
    """Align by the codes that a group's kernel finds.

    Parameters
    ----------
    group : SymmetryGroup
        With `_find`, `_move` and `_element`.
    x : array of shape (n_samples, *signal_shape)
        Signals, not checked for NaN yet.
    references : list of arrays
        Checked references.
    elements : bool, default=True
        Whether to return elements.
    settle : bool, default=True
        Whether it matters which one of several best members is found.

    Returns
    -------
    aligned : array of shape (n_samples, *signal_shape)
    element : array or tuple of arrays, or None
    """
    if not is_numpy(x):
        seen = x
        if not settle and group.centered(x) is x:
            # At the best member the correlation does not change with the element.
            seen, references = constant(x), [constant(z) for z in references]
        code = group._find(seen, references, settle)
        return group._move(x, code), group._element(code, x) if elements else None
    out = np.empty(x.shape, dtype=x.dtype)
    element = _empty_elements(group, x) if elements else None
    for chunk in chunks(x):
        part = x[chunk]
        code = group._find(part, select_rows(references, chunk), settle)
        group._move(part, code, out[chunk])
        if elements:
            found = group._element(code, part)
            for whole, piece in zip(parts(element), parts(found), strict=True):
                whole[chunk] = piece
    return out, element


def distances(group, x, references):
    """``‖g·x - reference‖`` of the best member, without keeping the members."""
    if not is_numpy(x):
        # At the best member the distance does not change with the element.
        code = group._find(constant(x), [constant(z) for z in references], False)
        return norms(group._move(x, code) - references[0])
    found = np.empty(x.shape[0], dtype=x.real.dtype)
    memory = None
    for chunk in chunks(x):
        part, own = x[chunk], select_rows(references, chunk)
        code, target = group._find(part, own, False), found[chunk]
        # Members that stay in the cache, in memory that is used again.
        for some in chunks(part, 2**19):
            if memory is None:
                memory = np.empty(part[some].shape, dtype=x.dtype)
            member = memory[: some.stop - some.start]
            group._move(part[some], map_parts(lambda c, i=some: c[i], code), member)
            np.subtract(member, select_rows(own, some)[0], out=member)
            target[some] = norms(member)
    return found


def _empty_elements(group, x):
    """Memory for one element per sample, of the kind of the identity."""

    def empty(part):
        return np.empty((x.shape[0], *part.shape[1:]), dtype=part.dtype)

    return map_parts(empty, group.identity(x[:1]))


def by_chunks(function, x, references):
    """Values per sample, ``function(x, references)``, of signals of moderate size.

    Tables in double precision take many times the memory of the signals, so that chunks
    are small.
    """
    references = [moderate(entry, reference=True) for entry in references]
    values = [
        function(moderate(x[chunk, ...]), select_rows(references, chunk))
        for chunk in chunks(x, 2**19)
    ]
    return values[0] if len(values) == 1 else get_namespace(x).concat(values)
