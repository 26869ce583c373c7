"""Groups whose elements can all be scored at once."""

from abc import abstractmethod

import numpy as np

from sklearn_symbreak.groups._chunked import ChunkedGroup
from sklearn_symbreak.groups._gaps import gap_ratio
from sklearn_symbreak.groups._references import check_references, rows
from sklearn_symbreak.groups._ties import prefers, rounding
from sklearn_symbreak.utils._array_api import (
    expand,
    get_namespace,
    is_complex,
    like,
    real_dtype,
    squared_norm,
)


class EnumerableGroup(ChunkedGroup):
    """A group that aligns by comparing all its elements.

    Subclasses define `_inner_products` and `_element_at`. Element 0 is the identity.
    """

    is_enumerable = True

    #: Whether a global phase acts after the enumerated elements (products set it).
    _has_phase = False

    def _window(self, x, *, everywhere=False):
        """What the other methods need to know of the batch to number its elements.

        None where all signals share all elements. With `everywhere`, the numbering must
        not depend on the batch.
        """
        return

    @abstractmethod
    def _inner_products(self, x, reference, window):
        """``⟨reference, g·x⟩`` for all elements, shape (n_samples, n_elements)."""

    @abstractmethod
    def _element_at(self, index, x, window):
        """The elements with these positions, one per sample."""

    def _allowed(self, x, window):
        """Bool array (n_samples, n_elements) of elements allowed for each signal.

        None where all are.
        """
        return None if window is None else window.allowed()

    def _member(self, index, x, references, window):
        """Orbit members at these positions, and the elements that lead there."""
        element = self._element_at(index, x, window)
        return self.act(element, x), element

    def _scores(self, x, reference, window):
        xp = get_namespace(x)
        scores = self._inner_products(x, reference, window)
        if self._has_phase:
            scores = xp.abs(scores)
        elif is_complex(scores):
            scores = xp.real(scores)
        allowed = self._allowed(x, window)
        if allowed is not None:
            lowest = xp.asarray(-xp.inf, dtype=scores.dtype, device=x.device)
            scores = xp.where(allowed, scores, lowest)
        return scores

    def _align(self, x, references):
        xp = get_namespace(x)
        window = self._window(x)
        scores = self._scores(x, references[0], window)
        index = xp.argmax(scores, axis=1)
        top = xp.take_along_axis(scores, index[:, None], axis=1)
        norm2 = squared_norm(x)
        floor = rounding(x) * xp.sqrt(norm2 * squared_norm(references[0]))
        near = scores >= top - floor[:, None]
        tied = (xp.count_nonzero(near, axis=1) > 1) & (norm2 > 0)
        if bool(xp.any(tied)):
            where = xp.nonzero(tied)[0]
            index[where] = self._settle(
                x[where, ...],
                rows(references, where),
                near[where, :],
                None if window is None else window.take(where),
            )
        return self._member(index, x, references, window)

    def _settle(self, x, references, near, window):
        """Positions of the preferred members among those that tie."""
        xp = get_namespace(x)
        index = xp.argmax(xp.astype(near, xp.int8), axis=1)
        holder, _ = self._member(index, x, references, window)
        candidates = xp.nonzero(xp.any(near, axis=0))[0]
        for position in candidates:
            challenge = xp.full_like(index, int(position))
            eligible = near[:, int(position)]
            # A member that is not allowed may not be formed: its holder stands in.
            challenge = xp.where(eligible, challenge, index)
            challenger, _ = self._member(challenge, x, references, window)
            better = eligible & prefers(challenger, holder, references[1:])
            index = xp.where(better, challenge, index)
            holder = xp.where(expand(better, holder), challenger, holder)
        return index

    def margin(self, x, reference):
        """Gap between best and second best, exactly; see `SymmetryGroup.margin`.

        In an ordered list, a reference that some elements fix leaves these tied for all
        signals; the next one has to separate them, and the margin is the smallest over
        the references. It is 0 for all signals if elements are left that fix all of
        them.
        """
        self._check_signal_ndim(x)
        xp = get_namespace(x)
        references = check_references(reference, x)
        norm2 = squared_norm(x)
        margin = xp.ones_like(norm2)
        window = self._window(x, everywhere=True)
        allowed = self._allowed(x, window)
        unit = None
        # Elements that fix all references so far, by the first sample's references.
        fixing = None
        for reference in references:
            products = self._inner_products(x, reference, window)
            first = reference[:1, ...]
            own = self._inner_products(first, first, window)[0, :]
            own_norm2 = squared_norm(reference)
            if self._has_phase and unit is None:
                scores, own = xp.abs(products), xp.abs(own)
                best = xp.max(scores, axis=1)
                margin = xp.minimum(
                    margin, gap_ratio(best, norm2, own_norm2, own_norm2)
                )
                unit = xp.conj(products) / xp.where(scores > 0, scores, scores + 1)
            else:
                scores = products if unit is None else products * unit
                scores = xp.real(scores) if is_complex(scores) else scores
                own = xp.real(own) if is_complex(own) else own
            if fixing is None:
                fixing = xp.ones(own.shape[0], dtype=xp.bool, device=own.device)
            if allowed is not None:
                lowest = xp.asarray(-xp.inf, dtype=scores.dtype, device=x.device)
                scores = xp.where(allowed, scores, lowest)
            fixed = fixing & (own >= own_norm2[0] * (1 - _equality_tolerance(x)))
            n_fixed, n_left = (
                int(xp.count_nonzero(fixed)),
                int(xp.count_nonzero(fixing)),
            )
            if n_fixed < n_left:
                order = xp.argsort(scores, axis=1, descending=True)
                ranked = xp.take_along_axis(scores, order, axis=1)
                margin = xp.minimum(
                    margin,
                    gap_ratio(
                        ranked[:, 0] - ranked[:, n_fixed],
                        norm2,
                        own_norm2 - xp.max(own[fixing & ~fixed]),
                        own_norm2,
                    ),
                )
                kept = xp.argsort(order, axis=1) < n_fixed
                allowed = kept if allowed is None else allowed & kept
            fixing = fixed
        if int(xp.count_nonzero(fixing)) > self._kernel_size(x, window):
            return xp.zeros_like(margin)
        return margin

    def _kernel_size(self, x, window):
        """How many elements act as the identity on every signal."""
        xp = get_namespace(x)
        rng = np.random.RandomState(0)
        probe = rng.standard_normal((1, *x.shape[1:]))
        if is_complex(x):
            probe = probe + 1j * rng.standard_normal((1, *x.shape[1:]))
        probe = like(probe, x, x.dtype)
        scores = self._inner_products(probe, probe, window)
        if self._has_phase:
            scores = xp.abs(scores)
        elif is_complex(scores):
            scores = xp.real(scores)
        full = squared_norm(probe)[:, None] * (1 - _equality_tolerance(x))
        return int(xp.count_nonzero(scores >= full))


def _equality_tolerance(x):
    """Relative gap in correlation up to which two members are the same signal."""
    return 1e3 * float(get_namespace(x).finfo(real_dtype(x)).eps)
