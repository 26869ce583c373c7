"""Products of groups, semidirect where a conjugate flip is involved."""

from sklearn_symbreak.groups._factored import FactoredGroup


class ProductGroup(FactoredGroup):
    """Product of two groups, usually written ``left * right``.

    Elements are flat tuples, one entry per factor, and the rightmost factor acts first.
    Factors that do not commute (a conjugate flip with a phase or a shift) make the
    product semidirect: `compose` and `inverse` bring elements back into this order.

    Parameters
    ----------
    left, right : SymmetryGroup
        The factors. All elements of all factors but one are listed and tried, so that
        at most one factor may be infinite or have many elements; a global phase is
        aligned in closed form beside any group that can be scored by inner products.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import CyclicShift, SignFlip
    >>> group = CyclicShift() * SignFlip()
    >>> x = np.array([[0.0, 0.0, -1.0, -2.0]])
    >>> aligned, (shift, sign) = group.align(x, np.array([1.0, 2.0, 0.0, 0.0]))
    >>> aligned + 0
    array([[1., 2., 0., 0.]])
    """

    def __init__(self, left, right):
        self.left = left
        self.right = right

    @property
    def _factors(self):
        return [
            factor
            for side in (self.left, self.right)
            for factor in getattr(side, "_factors", [side])
        ]

    def _mean_start(self, x):
        start = super()._mean_start(x)
        for factor in self._factors:
            if factor.partial:
                # Where the signal happens to lie limits what can be aligned to it.
                start = factor.canonicalize(start[None, ...])[0][0, ...]
        return start
