"""The shifts that keep the content of each signal inside its canvas."""

from dataclasses import dataclass

from sklearn_symbreak.utils._array_api import get_namespace


def shift_range(first, last, sizes):
    """Smallest and largest shift, per sample and axis, that carries no content over.

    Parameters
    ----------
    first, last : integer arrays of shape (n_samples, n_axes)
        Bounding box of the content.
    sizes : tuple of int
        Shape of the canvas.
    """
    xp = get_namespace(first)
    end = xp.asarray(sizes, dtype=last.dtype, device=last.device) - 1
    return -first, end[None, :] - last


@dataclass(frozen=True)
class ShiftWindow:
    """A grid of shifts, and which of them each signal allows.

    Position ``(flip, i, j, …)`` in C order stands for the shift ``(shifts[0][i],
    shifts[1][j], …)`` of a signal (flip 0) or of its flip (flip 1).
    """

    #: For every axis, the shifts that are listed.
    shifts: tuple
    #: For every axis, bool array (n_samples, n_flips, n_shifts).
    masks: tuple

    def allowed(self):
        """Bool array of shape (n_samples, n_positions)."""
        n_axes, allowed = len(self.masks), True
        for axis, mask in enumerate(self.masks):
            before, after = (None,) * axis, (None,) * (n_axes - 1 - axis)
            mask = mask[(slice(None), slice(None), *before, slice(None), *after)]
            allowed = mask & allowed
        return get_namespace(allowed).reshape(allowed, (allowed.shape[0], -1))

    def codes(self):
        """Integer array of shape (n_positions, 1 + n_axes): flip and shifts."""
        xp, first = get_namespace(*self.shifts), self.shifts[0]
        flips = xp.arange(
            self.masks[0].shape[1], dtype=first.dtype, device=first.device
        )
        # Without meshgrid, whose indexing a release of array-api-compat gets wrong.
        lists = [flips, *self.shifts]
        shape = tuple(entries.shape[0] for entries in lists)
        columns = []
        for axis, entries in enumerate(lists):
            alone = (1,) * axis + (-1,) + (1,) * (len(lists) - axis - 1)
            column = xp.broadcast_to(xp.reshape(entries, alone), shape)
            columns.append(xp.reshape(column, (-1,)))
        return xp.stack(columns, axis=1)


def shift_window(low, high, sizes, *, flips, everywhere):
    """The window of a batch.

    Parameters
    ----------
    low, high : integer arrays of shape (n_samples, n_axes)
        Result of `shift_range`.
    sizes : tuple of int
        Shape of the canvas.
    flips : bool
        Whether the flip of each signal counts, too.
    everywhere : bool
        Whether all circular shifts are listed, so that the positions do not depend on
        the batch, or only those that some signal allows.
    """
    xp = get_namespace(low)
    # The flip of a signal has its content at the opposite place.
    lows, highs = ([low, -high], [high, -low]) if flips else ([low], [high])
    lows, highs = xp.stack(lows, axis=1), xp.stack(highs, axis=1)
    shifts, masks = [], []
    for axis, size in enumerate(sizes):
        smallest, largest = lows[:, :, axis, None], highs[:, :, axis, None]
        start, stop = (
            (0, size) if everywhere else (xp.min(smallest), xp.max(largest) + 1)
        )
        shift = xp.arange(int(start), int(stop), dtype=low.dtype, device=low.device)
        shifts.append(shift)
        shift = shift[None, None, :]
        mask = (shift >= smallest) & (shift <= largest)
        if everywhere:
            mask = mask | (shift - size >= smallest)
        masks.append(mask)
    return ShiftWindow(tuple(shifts), tuple(masks))
