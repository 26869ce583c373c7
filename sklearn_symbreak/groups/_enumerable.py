"""Groups whose elements can all be scored at once."""

from abc import abstractmethod

import numpy as np

from sklearn_symbreak.groups._chunked import ChunkedGroup
from sklearn_symbreak.groups._gaps import gap_from_margin, gap_ratio
from sklearn_symbreak.groups._global_phase import phase_units
from sklearn_symbreak.groups._references import rows
from sklearn_symbreak.groups._ties import norm_product, prefers, rounding
from sklearn_symbreak.utils._array_api import (
    double,
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
        floor = rounding(x) * norm_product(x, references[0])
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

    def _margin(self, x, references):
        xp = get_namespace(x)
        # Gaps are small differences of large numbers where signals have an offset.
        tolerance = _equality_tolerance(x)
        x, *references = (double(z) for z in (x, *references))
        norm2 = squared_norm(x)
        margin = xp.ones_like(norm2)
        window = self._window(x, everywhere=True)
        allowed = self._allowed(x, window)
        unit = None
        lowest = xp.asarray(-xp.inf, dtype=norm2.dtype, device=x.device)
        # Elements that fix all references so far, one row per sample or one for all.
        fixing = None
        for reference in references:
            products = self._inner_products(x, reference, window)
            own = self._inner_products(reference, reference, window)
            own_norm2 = squared_norm(reference)
            if self._has_phase and unit is None:
                scores, own = xp.abs(products), xp.abs(own)
                possible = (
                    scores if allowed is None else xp.where(allowed, scores, lowest)
                )
                best = xp.max(possible, axis=1)
                margin = xp.minimum(
                    margin, gap_ratio(best, norm2, own_norm2, own_norm2)
                )
                unit, _ = phase_units(products, xp)
            else:
                scores = products if unit is None else products * unit
                scores = xp.real(scores) if is_complex(scores) else scores
                own = xp.real(own) if is_complex(own) else own
            if fixing is None:
                fixing = xp.ones_like(own, dtype=xp.bool)
            if allowed is not None:
                scores = xp.where(allowed, scores, lowest)
            own_norm2 = own_norm2[:, None]
            fixed = fixing & (own >= own_norm2 * (1 - tolerance))
            # The reference's own gap is one between the members of its own orbit.
            member = self._allowed(reference, self._window(reference, everywhere=True))
            if member is None:
                member = xp.ones_like(own, dtype=xp.bool)
            fixed = fixed & member
            separated = fixing & ~fixed
            if bool(xp.any(separated)):
                n_fixed = xp.count_nonzero(fixed, axis=1)[:, None]
                order = xp.argsort(scores, axis=1, descending=True)
                ranked = xp.take_along_axis(scores, order, axis=1)
                second = xp.broadcast_to(
                    xp.minimum(n_fixed, scores.shape[1] - 1 + 0 * n_fixed),
                    (x.shape[0], 1),
                )
                second = xp.take_along_axis(ranked, second, axis=1)[:, 0]
                alone = ~xp.any(separated & member, axis=1)[:, None]
                others = xp.where(separated & (member | alone), own, lowest)
                runner_up = xp.max(others, axis=1)
                gap = gap_ratio(
                    ranked[:, 0] - second,
                    norm2,
                    own_norm2[:, 0] - runner_up,
                    own_norm2[:, 0],
                )
                # A reference that separates nothing more leaves the margin as it is.
                some = xp.any(separated, axis=1)
                margin = xp.where(some, xp.minimum(margin, gap), margin)
                kept = xp.argsort(order, axis=1) < n_fixed
                kept = kept | ~some[:, None]
                allowed = kept if allowed is None else allowed & kept
            fixing = fixed
        left = xp.count_nonzero(fixing, axis=1)
        tied = (left > self._kernel_size(x, window, tolerance)) | (norm2 == 0)
        return xp.where(tied, 0 * margin, margin)

    def _gap(self, x, reference):
        return gap_from_margin(self._margin(x, [reference]), x, reference)

    def _kernel_size(self, x, window, tolerance):
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
        full = squared_norm(probe)[:, None] * (1 - tolerance)
        return int(xp.count_nonzero(scores >= full))


def _equality_tolerance(x):
    """Relative gap in correlation up to which two members are the same signal.

    The gap is half a squared distance, which rounding in the signals leaves far smaller
    than rounding in the correlations, computed in double precision.
    """
    eps = float(get_namespace(x).finfo(real_dtype(x)).eps)
    return max(1e3 * float(np.finfo(np.float64).eps), (100 * eps) ** 2)
