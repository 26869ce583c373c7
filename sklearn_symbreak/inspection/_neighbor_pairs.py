"""Pairs of samples with near measurements, and pairs at random to compare with."""

from copy import copy

import numpy as np
from sklearn.neighbors import NearestNeighbors

from sklearn_symbreak.utils._array_api import norms

# Among so many, the sample itself included, one of another object is looked for.
N_NEIGHBORS = 6
MIN_PAIRS = 10
# A neighbour of a moved target is as near as one of the target up to this factor, and
# of so many the measurements are compared.
FARTHER, MIN_FAIR = 1.5, 30
# A group changes measurements where they are farther apart by more than this share of
# what they could be, and by so many standard errors. A group that explains all of the
# ambiguity, and is nearly a symmetry, may change so much; one that explains half, a
# quarter of it.
LARGEST_CHANGE, N_STANDARD_ERRORS = 0.2, 5.0


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

    def squared(self, distance, y, like=None):
        """Squared distances of neighbours, and the mean of random pairs.

        Both are relative to the sizes of `y`, or of the signals that they stand for.
        """
        size = sizes(y if like is None else like)
        near = relative_squares(distance, y, size, self.first, self.neighbor)
        far = relative_squares(distance, y, size, self.first, self.other)
        return near, far.mean()

    def relative(self, distance, y):
        """Squared distances of neighbours over the mean of random pairs."""
        near, far = self.squared(distance, y)
        return near / far if far > 0 else np.zeros_like(near)

    def keeps_measurements(self, group, X, y, explained):
        """Whether moved targets have the measurements of targets that are as near.

        The nearest target to a moved one, among those that were measured, stands for
        it, where it is hardly farther than the nearest to the target itself. Where few
        are, nobody can tell.
        """
        rows = _as_rows(y)
        search = NearestNeighbors(n_neighbors=2).fit(rows)
        moved = group.act(group.sample(y[self.first], 0), y[self.first])
        (own, own_distance), (other, distance) = (
            _nearest_of_others(search, _as_rows(targets), self.first)
            for targets in (y[self.first], moved)
        )
        fair = distance <= FARTHER * own_distance
        if np.count_nonzero(fair) < MIN_FAIR:
            return True
        first, own, other = (index[fair] for index in (self.first, own, other))
        size = sizes(X)
        far = relative_squares(distances, X, size, self.first, self.other).mean()
        if far == 0:
            return True
        kept, changed = (
            relative_squares(distances, X, size, first, index) / far
            for index in (own, other)
        )
        # So much a larger distance alone may change.
        longer = np.ones_like(distance)
        np.divide(distance, own_distance, out=longer, where=own_distance > 0)
        change = changed - np.maximum(longer[fair], 1) ** 2 * kept
        error = change.std(ddof=1) / np.sqrt(len(change))
        share = LARGEST_CHANGE * explained**2 * (1 - kept.mean())
        return bool(change.mean() <= max(share, N_STANDARD_ERRORS * error))


def _nearest_of_others(search, rows, itself):
    distance, found = search.kneighbors(rows)
    place = (found[:, 0] == itself).astype(int)
    row = np.arange(len(rows))
    return found[row, place], distance[row, place]


def _as_rows(y):
    rows = np.ascontiguousarray(y.reshape(len(y), -1))
    return rows.view(rows.real.dtype)


def sizes(y):
    """Squared norms."""
    return norms(y).astype(float) ** 2


def relative_squares(distance, y, size, first, second):
    """Squared distances, relative to the sizes of both: large ones decide no more."""
    size = size[first] + size[second]
    squares = np.asarray(distance(y[first], y[second]), float) ** 2
    return np.divide(squares, size, out=np.zeros_like(squares), where=size > 0)


def distances(a, b):
    """Distances of targets as they are."""
    return norms(np.asarray(a) - np.asarray(b))
