"""Random points, poses and postures, with their measurements."""

from __future__ import annotations

import numbers
from typing import Literal

import numpy as np
from sklearn.utils import check_scalar

from sklearn_symbreak.datasets._problems import COMMON, measured
from sklearn_symbreak.forward import PointDistances, SymmetricPose, TwoLinkArm
from sklearn_symbreak.utils._decorators import share_docs
from sklearn_symbreak.utils._typing import Data, RandomState


@share_docs(common=COMMON)
def make_point_distances(
    n_samples: int = 100,
    n_points: int = 5,
    n_dimensions: int = 2,
    *,
    noise: float = 0.0,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    """Generate normal points in space and all their distances.

    Parameters
    ----------
    n_samples : int, default=100
        Number of point sets.
    n_points : int, default=5
        Points of a set, at least 2.
    n_dimensions : int, default=2
        Dimensions of space.
    {common}

    Returns
    -------
    X : ndarray of shape (n_samples, n_points * (n_points - 1) / 2)
        Distances.
    y : ndarray of shape (n_samples, n_points, n_dimensions)
        Points.
    forward : PointDistances
        The forward model, only if `return_forward` is true.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_point_distances
    >>> X, y = make_point_distances(10, 4, 3, random_state=0)
    >>> X.shape, y.shape
    ((10, 6), (10, 4, 3))
    """
    for name, size in (("n_points", n_points), ("n_dimensions", n_dimensions)):
        check_scalar(size, name, numbers.Integral, min_val=1)
    forward = PointDistances((n_points, n_dimensions))
    return measured(forward, _normal, n_samples, noise, random_state, return_forward)


@share_docs(common=COMMON)
def make_symmetric_pose(
    n_samples: int = 100,
    kind: Literal["turns", "axis", "quaternion"] = "turns",
    fold: int = 5,
    *,
    noise: float = 0.0,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    """Generate uniform poses of an object, and what detectors see of it.

    Parameters
    ----------
    n_samples : int, default=100
        Number of poses.
    kind : {"turns", "axis", "quaternion"}, default="turns"
        The pose: the direction of a regular polygon in the plane, the rotation
        matrix of a body with an axis, or the unit quaternion of a body without
        symmetry. See `SymmetricPose`.
    fold : int, default=5
        Corners of the polygon, at least 2.
    {common}

    Returns
    -------
    X : ndarray of shape (n_samples, 12) or (n_samples, 20)
        Signals of the detectors.
    y : ndarray of shape (n_samples, 2), (n_samples, 3, 3) or (n_samples, 4)
        Poses.
    forward : SymmetricPose
        The forward model, only if `return_forward` is true.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_symmetric_pose
    >>> X, y = make_symmetric_pose(10, "axis", random_state=0)
    >>> X.shape, y.shape
    ((10, 20), (10, 3, 3))
    """
    forward = SymmetricPose(kind, fold)
    return measured(forward, _poses, n_samples, noise, random_state, return_forward)


@share_docs(common=COMMON)
def make_two_link_arm(
    n_samples: int = 100,
    lengths: tuple[float, float] = (1.0, 0.7),
    *,
    noise: float = 0.0,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    """Generate postures of a planar arm and the places of its hand.

    Parameters
    ----------
    n_samples : int, default=100
        Number of postures.
    lengths : pair of float, default=(1.0, 0.7)
        Lengths of the links, positive.
    {common}

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        Places of the hand.
    y : ndarray of shape (n_samples, 2, 2)
        Directions of the links, unit vectors.
    forward : TwoLinkArm
        The forward model, only if `return_forward` is true.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_two_link_arm
    >>> X, y = make_two_link_arm(10, random_state=0)
    >>> X.shape, y.shape
    ((10, 2), (10, 2, 2))
    """
    forward = TwoLinkArm(lengths)
    return measured(
        forward, _directions, n_samples, noise, random_state, return_forward
    )


def _normal(random_state, shape):
    return random_state.standard_normal(shape)


def _directions(random_state, shape):
    x = random_state.standard_normal(shape)
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def _poses(random_state, shape):
    if shape[1:] != (3, 3):
        return _directions(random_state, shape)
    # Columns of Q are uniform once the diagonal of R is positive.
    q, r = np.linalg.qr(random_state.standard_normal(shape))
    q = q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]
    return q * np.linalg.det(q)[:, None, None]
