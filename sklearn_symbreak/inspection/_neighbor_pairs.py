"""Pairs of samples with near measurements, and pairs at random to compare with."""

from copy import copy

import numpy as np
from sklearn.neighbors import NearestNeighbors

from sklearn_symbreak.utils._array_api import norms

# Among so many, the sample itself included, one of another object is looked for.
N_NEIGHBORS = 6
MIN_PAIRS = 10


class NeighborPairs:
    """Neighbours by measurement, and pairs at random, as row numbers."""

    def __init__(self, X, n_samples, max_samples, random_state):
        n_drawn = min(max_samples, n_samples)
        self.first = random_state.permutation(n_samples)[:n_drawn]
        search = NearestNeighbors(n_neighbors=min(N_NEIGHBORS, n_samples)).fit(X)
        found = search.kneighbors(X[self.first], return_distance=False)
        # Of equal measurements another one may come first.
        itself = found[:, 0] == self.first
        self.neighbor = np.where(itself, found[:, 1], found[:, 0])
        self._nearest = found
        self._draw_among_equals(X, random_state)
        shift = random_state.randint(1, n_samples, size=n_drawn)
        self.other = (self.first + shift) % n_samples

    def _draw_among_equals(self, X, random_state):
        """Of equal measurements take any: the first of all would be a pair for all."""
        _, groups, sizes = np.unique(X, axis=0, return_inverse=True, return_counts=True)
        groups = groups.reshape(-1)
        order = np.argsort(groups, kind="stable")
        starts = np.cumsum(sizes) - sizes
        place = np.empty(len(X), dtype=int)
        place[order] = np.arange(len(X)) - starts[groups[order]]
        group = groups[self.first]
        several = sizes[group] > 1
        step = random_state.randint(1, np.maximum(sizes[group], 2))
        other = (place[self.first] + step) % sizes[group]
        drawn = order[starts[group] + other]
        self.neighbor = np.where(several, drawn, self.neighbor)

    def of_other_objects(self, distance, y):
        """Pairs with the nearest neighbour that is not the same object.

        The same object in another member of its orbit is as near as can be, and tells
        nothing of the way from one object to the next.
        """
        limit = np.finfo(y.dtype).eps ** 0.5 * norms(y[self.first])
        neighbor = self.neighbor.copy()
        same = np.asarray(distance(y[self.first], y[neighbor])) <= limit
        for candidate in self._nearest.T:
            rows = np.flatnonzero(same & (candidate != self.first))
            if not rows.size:
                continue
            apart = distance(y[self.first[rows]], y[candidate[rows]]) > limit[rows]
            rows = rows[np.asarray(apart)]
            neighbor[rows], same[rows] = candidate[rows], False
        if np.count_nonzero(~same) < MIN_PAIRS:
            return self
        part = copy(self)
        part.first, part.neighbor, part.other = (
            rows[~same] for rows in (self.first, neighbor, self.other)
        )
        return part

    def of_rows(self, y):
        """The rows that pairs have, and the pairs of these rows."""
        rows, places = np.unique(
            np.concatenate([self.first, self.neighbor, self.other]),
            return_inverse=True,
        )
        part = copy(self)
        part.first, part.neighbor, part.other = places.reshape(3, -1)
        return y[rows], part

    def squared(self, distance, y):
        """Squared distances of neighbours, and the mean of random pairs."""
        near = np.asarray(distance(y[self.first], y[self.neighbor]), float) ** 2
        far = np.asarray(distance(y[self.first], y[self.other]), float) ** 2
        return near, far.mean()

    def relative(self, distance, y):
        """Squared distances of neighbours over the mean of random pairs."""
        near, far = self.squared(distance, y)
        return near / far if far > 0 else np.zeros_like(near)


def distances(a, b):
    """Distances of targets as they are."""
    return norms(np.asarray(a) - np.asarray(b))
