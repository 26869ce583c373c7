"""Alignment in cache-sized chunks, on several threads where that pays."""

import math
import threading
from abc import abstractmethod
from collections import deque

import numpy as np

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._references import check_references, rows
from sklearn_symbreak.utils._array_api import (
    all_finite,
    is_numpy,
    rescaled,
    squares_are_normal,
)
from sklearn_symbreak.utils._sklearn import n_threads
from sklearn_symbreak.utils._validation import check_signals

# Below this size, starting threads costs more than they save.
THREADING_BYTES = 2**22
LARGE_PAGE_BYTES = 2**21
# Memory of smaller arrays is kept for the next one; of larger ones, always new.
NEW_MEMORY_BYTES = 2**25


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

    def _clear_case_kernel(self, x, references, wanted):
        """Return a function that aligns chunks that need no care, or None.

        It takes a chunk of `x`, not checked yet, the chunk of the output, and where the
        elements belong, or None. It returns that place, or a new array, or None if it
        declines. What the place holds does not matter if elements are not `wanted`.
        """
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
        return self._align_in_chunks(x, reference)

    def representatives(self, x, reference=None):
        """Align without keeping elements; see `SymmetryGroup.representatives`."""
        kind = type(self)
        if kind.align is not ChunkedGroup.align or (
            reference is None and kind.canonicalize is not SymmetryGroup.canonicalize
        ):
            # What a subclass does instead holds for its representatives, too.
            return super().representatives(x, reference)
        x = check_signals(x, name="x", finite=False)
        if reference is None:
            reference = self._canonical_references(x)
        return self._align_in_chunks(x, reference, wanted=False)[0]

    def _align_in_chunks(self, x, reference, *, wanted=True):
        x = check_signals(x, name="x", finite=False)
        self._check_signal_ndim(x)
        references = [_scaled(entry) for entry in check_references(reference, x)]
        if not is_numpy(x):
            # An accelerator wants the whole batch, and autograd no writes in place.
            _check_finite(x)
            return self._align_at_any_scale(x, references)
        workers = n_threads() if x.nbytes > THREADING_BYTES else 1
        # As many chunks for each thread, so that none waits for another.
        n_chunks = workers * math.ceil(x.nbytes / (workers * self._chunk_bytes))
        n_rows = math.ceil(x.shape[0] / n_chunks)
        starts = range(0, x.shape[0], n_rows)
        chunks = [slice(i, min(i + n_rows, x.shape[0])) for i in starts]
        out = _empty_in_whole_pages(x)
        element = _Pieces(x.shape[0])
        kernel = self._clear_case_kernel(x, references, wanted)

        def run(chunk):
            place, part = element.part(chunk), None
            if kernel is not None:
                part = kernel(x[chunk], out[chunk], place)
            if part is None:
                part = self._align_chunk(x[chunk], references, chunk, out)
            if wanted and part is not place:
                element.put(chunk, part)

        if wanted:
            # One sample shows what elements look like, so that threads can write them.
            run(slice(0, 1))
        _run_on_threads(run, chunks, workers)
        return out, element.whole

    def _align_chunk(self, x, references, chunk, out):
        out[chunk], element = self._align_at_any_scale(x, rows(references, chunk))
        return element

    def _align_at_any_scale(self, x, references):
        if squares_are_normal(x):
            return self._align(x, references)
        _check_finite(x)
        # Squares overflow or vanish: the same elements align the signals rescaled.
        _, element = self._align(rescaled(x), references)
        return self.act(element, x), element


def _empty_in_whole_pages(x):
    """New memory for an array like `x`, from the start of a page if it is large.

    Linux gives large arrays pages of 2 MB, but what lies before the first and after the
    last whole one comes in pages of 4 kB, one costly request each.
    """
    if x.nbytes <= NEW_MEMORY_BYTES:
        return np.empty(x.shape, dtype=x.dtype)
    n_pages = math.ceil(x.nbytes / LARGE_PAGE_BYTES) + 1
    memory = np.empty(n_pages * LARGE_PAGE_BYTES, dtype=np.uint8)
    start = -memory.ctypes.data % LARGE_PAGE_BYTES
    return memory[start : start + x.nbytes].view(x.dtype).reshape(x.shape)


def _run_on_threads(run, chunks, workers):
    """Call `run` for every chunk, on the calling thread and on others."""
    left, failures = deque(chunks), []

    def work(take):
        try:
            for chunk in _until_empty(take):
                run(chunk)
        except BaseException as failure:
            # What the others have not begun is of no use any more.
            left.clear()
            failures.append(failure)

    # Were the calling thread to wait instead, the others would often share one core.
    # From both ends: neighbours share memory pages, for which threads would wait.
    others = [
        threading.Thread(target=work, args=(left.pop,))
        for _ in range(min(workers, len(chunks)) - 1)
    ]
    for thread in others:
        thread.start()
    work(left.popleft)
    for thread in others:
        thread.join()
    if failures:
        raise failures[0]


def _until_empty(take):
    while True:
        try:
            item = take()
        except IndexError:
            return
        yield item


def _scaled(reference):
    """The reference, of moderate size, so that its squares neither overflow nor vanish.

    It aligns the same way.
    """
    if squares_are_normal(reference):
        return reference
    return rescaled(reference)


def _check_finite(x):
    if not all_finite(x):
        raise ValueError("Input x contains NaN or infinity; signals must be finite.")


class _Pieces:
    """Elements of all samples, put together chunk by chunk."""

    def __init__(self, n_samples):
        self.n_samples = n_samples
        self.whole = None

    def part(self, chunk):
        """Where the elements of a chunk belong; None before any are known."""
        if self.whole is None:
            return None
        return _map(lambda whole: whole[chunk], self.whole)

    def put(self, chunk, part):
        if self.whole is None:
            self.whole = _map(self._empty_like, part)
        for whole, piece in zip(_parts(self.whole), _parts(part), strict=True):
            whole[chunk] = piece

    def _empty_like(self, piece):
        return np.empty((self.n_samples, *piece.shape[1:]), dtype=piece.dtype)


def _parts(element):
    return element if isinstance(element, tuple) else (element,)


def _map(function, element):
    if isinstance(element, tuple):
        return tuple(map(function, element))
    return function(element)
