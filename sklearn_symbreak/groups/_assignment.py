"""Best assignments of items to places, from a batch of cost matrices."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from sklearn_symbreak.utils._array_api import get_namespace


def assign(gains):
    """The item that each place takes, for the largest total gain.

    Parameters
    ----------
    gains : ndarray of shape (n_samples, n_places, n_items)

    Returns
    -------
    order : ndarray of shape (n_samples, n_places)
    """
    order = np.empty(gains.shape[:2], dtype=np.int64)
    for row, gain in enumerate(gains):
        order[row] = linear_sum_assignment(gain, maximize=True)[1]
    return order


def exchange_costs(gains, order):
    """Loss of place k where it takes the item of place l instead of its own."""
    assigned = np.take_along_axis(gains, order[:, None, :], axis=2)
    return np.diagonal(assigned, axis1=1, axis2=2)[:, :, None] - assigned


def is_unique(cost, tolerance):
    """Whether every other assignment loses more than a tolerance.

    Parameters
    ----------
    cost : ndarray of shape (n_samples, n_places, n_places)
        Result of `exchange_costs` for a best assignment.
    tolerance : float or ndarray of shape (n_samples, 1, 1)

    Notes
    -----
    With potentials p, shortest distances along the steps from k to l, the reduced costs
    ``cost[k, l] + p[k] - p[l]`` are not negative and the other assignments are cycles;
    one without loss takes tight steps only. Whether tight steps hold a cycle shows by
    removing places that none leads to, until all or no more are gone.
    """
    n_places = cost.shape[1]
    potential = np.zeros(cost.shape[:2])
    # Most rows are done after a few rounds.
    open_rows = np.arange(len(cost))
    for _ in range(n_places):
        before = potential[open_rows]
        shorter = np.min(before[:, :, None] + cost[open_rows], axis=1)
        shorter = np.minimum(before, shorter)
        potential[open_rows] = shorter
        open_rows = open_rows[(shorter != before).any(axis=1)]
        if not len(open_rows):
            break
    tight = cost + potential[:, :, None] - potential[:, None, :]
    tight = tight <= tolerance
    tight[:, np.arange(n_places), np.arange(n_places)] = False
    left = np.ones(cost.shape[:2], dtype=bool)
    open_rows = np.arange(len(cost))
    for _ in range(n_places):
        before = left[open_rows]
        reached = before & np.any(tight[open_rows] & before[:, :, None], axis=1)
        left[open_rows] = reached
        open_rows = open_rows[(reached != before).any(axis=1)]
        if not len(open_rows):
            break
    return ~left.any(axis=1)


def shortest_detours(cost):
    """Least cost of the chains of steps between any two places (Floyd-Warshall)."""
    xp = get_namespace(cost)
    for via in range(cost.shape[1]):
        cost = xp.minimum(cost, cost[:, :, via, None] + cost[:, None, via, :])
    return cost


def cheapest_cycle(gains):
    """Smallest loss over all assignments but the diagonal, which is a best one.

    The second best differs from the best by one cycle of exchanges.
    """
    xp = get_namespace(gains)
    # Step from k to l: place k takes the item of place l instead of its own.
    cost = xp.linalg.diagonal(gains)[:, :, None] - gains
    own = xp.eye(gains.shape[1], dtype=xp.bool, device=gains.device)[None, ...]
    cost = xp.where(own, xp.full_like(cost, xp.inf), cost)
    return xp.min(xp.linalg.diagonal(shortest_detours(cost)), axis=1)


def assign_in_order(all_gains, floors):
    """Best assignments by several gains, each deciding where the ones before it tie.

    At last a fixed order of pairs decides, the same whatever rounding did to the gains.

    Parameters
    ----------
    all_gains : iterable of ndarray of shape (n_samples, n_places, n_items)
    floors : list of ndarray of shape (1 or n_samples,)
        Rounding of differences of total gains.
    """
    possible = None
    for gains, floor in zip(all_gains, floors, strict=True):
        if possible is not None:
            gains = _among(gains, possible)
        order = assign(gains)
        equal = _interchangeable(gains, order, floor)
        possible = equal if possible is None else possible & equal
    generic = np.random.RandomState(0).random_sample(gains.shape[1:])
    return assign(_among(np.broadcast_to(generic, gains.shape), possible))


def _among(gains, possible):
    """No sum of the others makes up for one pair that is not possible."""
    size = np.abs(gains).max(axis=(1, 2), keepdims=True)
    return np.where(possible, gains, -(2 * gains.shape[1] + 1) * np.maximum(size, 1))


def _interchangeable(gains, order, floor):
    """Which item may take which place in an assignment that is as good as the best."""
    cost = exchange_costs(gains, order)
    # Place k takes the item of place l; a chain of exchanges from l leads back to k.
    loss = cost + shortest_detours(cost).transpose(0, 2, 1)
    equal = loss <= np.broadcast_to(floor, len(loss))[:, None, None]
    possible = np.empty_like(equal)
    np.put_along_axis(possible, order[:, None, :], equal, axis=2)
    return possible
