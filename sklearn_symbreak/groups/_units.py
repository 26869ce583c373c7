"""Numbers of modulus 1 that act by multiplication: signs and phases.

For a coefficient c, the best of them makes ``Re(u c)`` largest. Every group that
contains them aligns in closed form: scores are `score(c)` of its inner products, and
the unit number is `unit(c)` of the one that wins.
"""

from dataclasses import dataclass

import numpy as np

from sklearn_symbreak.groups._products import real_part
from sklearn_symbreak.utils._array_api import expand, get_namespace, is_complex


@dataclass(frozen=True)
class Units:
    """A group of unit numbers: the signs, or all phases."""

    #: Whether complex coefficients count by their real part.
    real: bool

    def score(self, products):
        """Largest ``Re(u c)``."""
        products = real_part(products) if self.real else products
        return get_namespace(products).abs(products)

    def unit(self, products):
        """The unit number that reaches it, 1 for a coefficient of 0."""
        return _sign(real_part(products)) if self.real else _phase(products)


SIGNS = Units(real=True)
PHASES = Units(real=False)


def multiply(x, unit, out=None):
    """Every signal times its unit number."""
    if out is None:
        return x * expand(unit, x)
    rows, target = x, out
    if is_complex(x) and not is_complex(unit) and x.flags.c_contiguous:
        # Real factors take half the products.
        rows, target = x.view(unit.dtype), out.view(unit.dtype)
    np.multiply(rows, expand(unit, rows), out=target)
    return out


def _sign(coefficient):
    xp = get_namespace(coefficient)
    if type(coefficient) is np.ndarray:
        return np.copysign(coefficient.dtype.type(1), coefficient)
    return xp.copysign(xp.ones_like(coefficient), coefficient)


def _phase(coefficient):
    xp = get_namespace(coefficient)
    if not is_complex(coefficient):
        return _sign(coefficient)
    limits = xp.finfo(coefficient.dtype)
    size = xp.abs(coefficient)
    if not bool(xp.all(size >= limits.smallest_normal)):
        # Reciprocals of subnormal numbers overflow.
        coefficient = xp.where(
            size < limits.smallest_normal, coefficient / limits.eps, coefficient
        )
        coefficient = xp.where(size == 0, xp.ones_like(coefficient), coefficient)
        size = xp.abs(coefficient)
    return xp.conj(coefficient) / size
