"""Alignment in cache-sized chunks, on several threads where that pays."""

import math
from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._references import check_references, rows
from sklearn_symbreak.utils._array_api import all_finite, is_numpy, squares_are_finite
from sklearn_symbreak.utils._sklearn import n_threads
from sklearn_symbreak.utils._validation import check_signals

# Below this size, starting threads costs more than they save.
THREADING_BYTES = 2**22


class ChunkedGroup(SymmetryGroup):
    """A group whose `align` runs a kernel over chunks of the batch.

    Subclasses define ``_align(x, references) -> (aligned, element)`` on validated
    arrays. Memory beyond the output stays bounded by the chunk.
    """

    checks_finite = True

    #: Size of a chunk; by default the passes of one kernel stay in the cache of a core.
    _chunk_bytes = 2**20

    @abstractmethod
    def _align(self, x, references): ...

    def _align_clear_cases(self, x, references, out):
        """Align one chunk, not checked yet, into `out`, or return None to decline."""
        return

    def align(self, x, reference):
        """Bring every signal as close to its reference as the group can.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals, real or complex, numpy or torch.
        reference : array of shape signal_shape or (n_samples, *signal_shape), or \
                a list of such arrays
            One template, or one reference per sample. In a list, each entry decides
            where the ones before it tie; what is still tied then is decided by the
            signals' own entries, in order.

        Returns
        -------
        aligned : array of shape (n_samples, *signal_shape)
            ``argmin over g·x of ‖g·x - reference‖``, exactly, in the dtype of `x`.
        element : array of shape (n_samples, ...) or tuple of such arrays
            The elements that were applied: ``aligned == act(element, x)``.

        Raises
        ------
        ValueError
            If `x` is empty, not finite, or of the wrong shape for the group or the
            reference.
        """
        x = check_signals(x, name="x", finite=False)
        self._check_signal_ndim(x)
        references = check_references(reference, x)
        if not is_numpy(x):
            # An accelerator wants the whole batch, and autograd no writes in place.
            _check_finite(x)
            return self._align(x, references)
        row_bytes = max(1, x.nbytes // x.shape[0])
        n_rows = max(1, min(x.shape[0], self._chunk_bytes // row_bytes))
        starts = range(0, x.shape[0], n_rows)
        out = np.empty(x.shape, dtype=x.dtype)

        element = _Pieces(x.shape[0])

        def run(start):
            chunk = slice(start, start + n_rows)
            element.put(start, self._align_chunk(x[chunk], references, chunk, out))

        # One sample shows what elements look like, so that threads can write them.
        first = slice(0, 1)
        element.put(0, self._align_chunk(x[first], references, first, out))
        workers = min(n_threads(), len(starts)) if x.nbytes > THREADING_BYTES else 1
        if workers > 1:
            # A few chunks a task: handing one over costs about as much as a chunk.
            step = max(1, math.ceil(len(starts) / (4 * workers)))
            tasks = [starts[i : i + step] for i in range(0, len(starts), step)]
            with ThreadPoolExecutor(workers) as pool:
                for _ in pool.map(lambda task: [*map(run, task)], tasks):
                    pass
        else:
            for start in starts:
                run(start)
        return out, element.whole

    def _align_chunk(self, x, references, chunk, out):
        references = rows(references, chunk)
        element = self._align_clear_cases(x, references, out[chunk])
        if element is not None:
            return element
        if squares_are_finite(x):
            out[chunk], element = self._align(x, references)
            return element
        _check_finite(x)
        # Squares overflow: the same elements align the signals scaled down.
        _, element = self._align(x / np.abs(x).max(), references)
        out[chunk] = self.act(element, x)
        return element


def _check_finite(x):
    if not all_finite(x):
        raise ValueError("Input x contains NaN or infinity; signals must be finite.")


class _Pieces:
    """Elements of all samples, put together chunk by chunk."""

    def __init__(self, n_samples):
        self.n_samples = n_samples
        self.whole = None

    def put(self, start, part):
        if self.whole is None:
            self.whole = _map(self._empty_like, part)
        for whole, piece in zip(_parts(self.whole), _parts(part), strict=True):
            whole[start : start + len(piece)] = piece

    def _empty_like(self, piece):
        return np.empty((self.n_samples, *piece.shape[1:]), dtype=piece.dtype)


def _parts(element):
    return element if isinstance(element, tuple) else (element,)


def _map(function, element):
    if isinstance(element, tuple):
        return tuple(map(function, element))
    return function(element)
