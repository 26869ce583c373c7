"""Columns of a block, given as by a user."""

import numbers

import numpy as np


def column_indices(columns, n_columns, number):
    """Columns as an array of indices from 0."""
    if isinstance(columns, slice):
        ends = [end for end in (columns.start, columns.stop) if end is not None]
        step = 1 if columns.step is None else columns.step
        if step == 0 or not all(isinstance(n, numbers.Integral) for n in (*ends, step)):
            raise ValueError(
                f"columns of blocks[{number}] must be a slice of integers with a step "
                f"that is not zero, got {columns!r}."
            )
        place = np.arange(n_columns)[columns]
        outside = any(abs(end) > n_columns for end in ends)
    else:
        try:
            place = np.asarray(columns)
        except ValueError:
            place = np.empty(0)
        if place.size and (place.dtype.kind not in "iu" or place.ndim == 0):
            raise ValueError(
                f"columns of blocks[{number}] must be a slice or an array of integers, "
                f"got {columns!r}."
            )
        place = place if place.size else place.astype(int)
        outside = bool(((place >= n_columns) | (place < -n_columns)).any())
        place = place % n_columns if not outside else place
    if outside or not place.size:
        raise ValueError(
            f"columns of blocks[{number}] must lie in the row of {n_columns} columns "
            f"and not be empty, got {columns!r}."
        )
    return place
