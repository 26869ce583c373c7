"""Products and inverses of finitely many isometries, by what they do to one signal.

Generic signals p and q tell all elements apart: element g has the key ``⟨q, g p⟩``, and
the product of a and b that of ``⟨a* q, b p⟩``. So products are looked up among n sorted
keys, without a table of n² entries and without multiplying matrices. That the
elements form a group is shown by multiplying all of them by a few that generate them.
"""

import numpy as np

# Relative accuracy of keys of given matrices.
_TOLERANCE = 1e-6
# So many that no two of thousands of elements agree in all of them.
_N_KEYS = 3


class Structure:
    """Products and inverses of the elements of a finite group.

    Parameters
    ----------
    apply, apply_adjoint : callable
        ``apply(index, signals)`` and its adjoint, one element per signal.
    n_elements, size : int
        Number of elements, and of entries of a signal.
    name : str
        How error messages call the elements.
    complex_valued : bool
        Whether signals are complex.

    Raises
    ------
    ValueError
        If two elements are equal or the elements do not form a group.
    """

    def __init__(self, apply, apply_adjoint, n_elements, size, name, complex_valued):
        rng = np.random.RandomState(0)
        p, *tests = rng.standard_normal((1 + _N_KEYS, 1, size))
        if complex_valued:
            p, *tests = (z + 1j * rng.standard_normal((1, size)) for z in (p, *tests))
        every = np.arange(n_elements)
        # ⟨q, g p⟩ is ⟨left, right⟩ of g and the identity.
        self._left = [
            apply_adjoint(every, np.broadcast_to(q, (n_elements, size))) for q in tests
        ]
        self._right = apply(every, np.broadcast_to(p, (n_elements, size)))
        self._name = name
        self._limit = _TOLERANCE * np.linalg.norm(p) * np.linalg.norm(tests[0])
        keys = _keys(tests, self._right)
        self._order = np.argsort(keys[:, 0].real, kind="stable")
        self._known = keys[self._order]
        self._check_distinct()
        self.neutral = int(self._find(_keys(tests, p), "the identity")[0])
        adjoint = apply_adjoint(every, np.broadcast_to(p, (n_elements, size)))
        self.inverses = self._find(_keys(tests, adjoint), "the inverse of number {0}")
        self._check_closed(apply)

    def product(self, a, b):
        """Positions of the products, ``a`` after ``b``."""
        keys = _keys([left[a] for left in self._left], self._right[b])
        return self._find(keys, "a product")

    def _find(self, keys, what):
        first, known = keys[:, 0].real, self._known
        position = np.searchsorted(known[:, 0].real, first - self._limit)
        found = np.full(len(keys), -1)
        # Elements whose first keys are close are few: the other keys tell them apart.
        for _ in range(len(known)):
            place = np.minimum(position, len(known) - 1)
            left = (found < 0) & (position < len(known))
            left &= known[place, 0].real <= first + self._limit
            if not left.any():
                break
            hit = left & (np.abs(known[place] - keys) <= self._limit).all(axis=1)
            found[hit] = self._order[place[hit]]
            position = position + 1
        if (found < 0).any():
            missing = what.format(int(np.argmin(found >= 0)))
            raise ValueError(
                f"{self._name} must form a group: {missing} is not among them."
            )
        return found

    def _check_distinct(self):
        # Equal elements have equal keys, and neighbouring ones unless others come in.
        for step in range(1, min(4, len(self._order))):
            gap = np.abs(self._known[step:] - self._known[:-step]).max(axis=1)
            if gap.min() <= self._limit:
                row = int(gap.argmin())
                pair = sorted((int(self._order[row]), int(self._order[row + step])))
                raise ValueError(
                    f"{self._name} must be distinct, but numbers {pair[0]} and "
                    f"{pair[1]} are equal."
                )

    def _check_closed(self, apply):
        """Multiply all elements by generators: closed under these is a group."""
        n_elements = len(self._order)
        reached = np.zeros(n_elements, dtype=bool)
        reached[self.neutral] = True
        generators = []
        while not reached.all():
            new = int(np.argmin(reached))
            generators.append((new, self._row(apply, new)))
            # Products of the generators with all that is reached, until none is new.
            frontier = np.flatnonzero(reached)
            while len(frontier):
                before = reached.copy()
                for _, row in generators:
                    reached[row[frontier]] = True
                frontier = np.flatnonzero(reached & ~before)

    def _row(self, apply, g):
        """Positions of the products of element g with all."""
        n_elements = len(self._order)
        moved = apply(np.full(n_elements, g), self._right)
        keys = _keys([left[g] for left in self._left], self._right)
        row = self._find(keys, f"the product of numbers {g} and {{0}}")
        error = np.linalg.norm(moved - self._right[row], axis=1)
        if error.max() > 10 * self._limit:
            raise ValueError(
                f"{self._name} must form a group: the product of numbers {g} and "
                f"{int(error.argmax())} is not among them."
            )
        return row


def _keys(tests, moved):
    """``⟨q, ·⟩`` for all test signals q, shape (n_elements, n_keys)."""
    return np.stack([np.vecdot(q, moved) for q in tests], axis=1)
