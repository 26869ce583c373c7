"""The shifts that keep the content of each image inside its canvas."""

from sklearn_symbreak.utils._array_api import get_namespace


class ShiftWindow:
    """Allowed shifts of a batch of images and, if asked, of their flips.

    A shift s is counted circularly, by ``s mod size``. Position
    ``(flip, i, j)`` in C order stands for the shift ``(rows[i], columns[j])`` of the
    image (flip 0) or of its flip (flip 1). Position 0 is the identity.

    Parameters
    ----------
    first, last : integer arrays of shape (n_samples, 2)
        Bounding box of the content.
    shape : tuple of int
        Height and width of the canvas.
    flips : bool
        Whether flips count too.
    everywhere : bool
        Whether rows and columns are all of the canvas, or only those that are allowed
        for some image.
    """

    def __init__(self, first, last, shape, *, flips, everywhere=False):
        xp = get_namespace(first)
        self.shape = shape
        end = xp.asarray(shape, dtype=last.dtype, device=last.device)[None, :] - 1
        boxes = [(first, last)]
        if flips:
            boxes.append((end - last, end - first))
        #: Largest allowed shift, shape (n_samples, n_flips, 2).
        self.highest = xp.stack([end - high for _, high in boxes], axis=1)
        #: Smallest allowed shift, as a positive number.
        self.lowest = xp.stack([low for low, _ in boxes], axis=1)
        masks = [self._mask(axis) for axis in (0, 1)]
        if everywhere:
            self.rows, self.columns = (
                xp.arange(size, dtype=first.dtype, device=first.device)
                for size in shape
            )
        else:
            self.rows, self.columns = (
                xp.nonzero(xp.any(mask, axis=(0, 1)))[0] for mask in masks
            )
        self._row_mask = masks[0][:, :, self.rows]
        self._column_mask = masks[1][:, :, self.columns]

    def _mask(self, axis):
        xp = get_namespace(self.highest)
        size = self.shape[axis]
        shift = xp.arange(size, dtype=self.highest.dtype, device=self.highest.device)
        up = shift[None, None, :] <= self.highest[:, :, axis, None]
        down = size - shift[None, None, :] <= self.lowest[:, :, axis, None]
        return up | down

    def take(self, index):
        """The same positions for some of the images."""
        taken = object.__new__(ShiftWindow)
        taken.__dict__.update(self.__dict__)
        for name in ("highest", "lowest", "_row_mask", "_column_mask"):
            setattr(taken, name, getattr(self, name)[index, ...])
        return taken

    def allowed(self):
        """Bool array of shape (n_samples, n_positions)."""
        xp = get_namespace(self.highest)
        mask = self._row_mask[:, :, :, None] & self._column_mask[:, :, None, :]
        return xp.reshape(mask, (mask.shape[0], -1))

    def locate(self, position):
        """Flip (0 or 1) and signed shift at one position per sample."""
        xp = get_namespace(position)
        n_columns, n_rows = self.columns.shape[0], self.rows.shape[0]
        flip = position // (n_rows * n_columns)
        row = self.rows[xp.remainder(position // n_columns, n_rows)]
        column = self.columns[xp.remainder(position, n_columns)]
        shift = xp.stack([row, column], axis=1)
        sizes = xp.asarray(self.shape, dtype=shift.dtype, device=shift.device)
        samples = xp.arange(position.shape[0], device=shift.device)
        highest = self.highest[samples, flip, :]
        return flip, xp.where(shift > highest, shift - sizes[None, :], shift)
