"""Crystals: hard, noisy, periodic phase retrieval, and complex images of strain."""

from __future__ import annotations

import numbers

import numpy as np
from numpy.typing import DTypeLike
from sklearn.utils import check_random_state, check_scalar

from sklearn_symbreak.forward import FourierPhaseRetrieval, add_noise
from sklearn_symbreak.forward._base import check_precision
from sklearn_symbreak.forward._noise import check_noise
from sklearn_symbreak.utils._typing import Data, RandomState
from sklearn_symbreak.utils._validation import check_nonnegative

# Standard deviation of an atom in pixels: about 8 pixels hold 95 % of its power.
ATOM_WIDTH = 0.64
# Distance of atoms, in pixels, as a multiple of what a random packing would allow.
MIN_DISTANCE = 3.0


def make_crystal_phase_retrieval(
    n_atoms: int = 20,
    *,
    n_samples: int = 1,
    size: int = 64,
    photon_count: float | None = None,
    dtype: DTypeLike = np.float64,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    r"""Generate periodic contrast images of atoms and measure their diffraction.

    Equal atoms lie at random places, off the grid, in a periodic square; each is a
    Gaussian of about 8 pixels. The transform is as large as the image, so that shifts
    wrap around and the autocorrelation is of no help: what makes the problem solvable
    is that few pixels, about 8 for each atom, differ from zero. Neither the zero
    frequency nor the highest column is measured. After the benchmark of [1]_.

    Parameters
    ----------
    n_atoms : int, default=20
        Number of atoms. The problem is the harder the more there are.
    n_samples : int, default=1
        Number of crystals.
    size : int, default=64
        Height and width of the image and of the measurement, even.
    photon_count : float, optional
        Poisson noise of this expected number of photons per crystal, the zero frequency
        included; see :func:`~sklearn_symbreak.forward.add_noise`.
    dtype : {np.float64, np.float32} or their names, default=np.float64
        Precision of the output.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same data at every call.
    return_forward : bool, default=False
        Whether to return the forward model too.

    Returns
    -------
    X : ndarray of shape (n_samples, size * size)
        Measurements: squared magnitudes of the transforms, flattened in C order; NaN
        where nothing is measured.
    y : ndarray of shape (n_samples, size, size)
        Signals: nonnegative images.
    forward : FourierPhaseRetrieval
        The forward model, only if `return_forward` is true.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of the wrong type or out of its range, or the atoms do not
        find room.

    References
    ----------
    .. [1] V. Elser, T.-Y. Lan and T. Bendory, "Benchmark Problems for Phase
       Retrieval", SIAM Journal on Imaging Sciences 11(4), 2018.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_crystal_phase_retrieval
    >>> X, y = make_crystal_phase_retrieval(10, size=32, random_state=0)
    >>> X.shape, y.shape
    ((1, 1024), (1, 32, 32))
    """
    check_scalar(n_atoms, "n_atoms", numbers.Integral, min_val=1)
    check_scalar(n_samples, "n_samples", numbers.Integral, min_val=1)
    check_scalar(size, "size", numbers.Integral, min_val=4)
    if size % 2:
        raise ValueError(f"size must be even, got {size}.")
    check_noise(None, photon_count)
    dtype = check_precision(dtype)
    random_state = check_random_state(random_state)
    y = np.stack([_crystal(n_atoms, size, random_state) for _ in range(n_samples)])
    y = y.astype(dtype)
    forward = FourierPhaseRetrieval((size, size), (size, size))
    X = add_noise(forward(y), photon_count=photon_count, random_state=random_state)
    X = X.reshape(-1, size, size)
    X[:, 0, 0] = np.nan
    X[:, :, size // 2] = np.nan
    X = X.reshape(len(X), -1)
    return (X, y, forward) if return_forward else (X, y)


def make_bragg_crystals(
    n_samples: int = 100,
    size: int = 28,
    *,
    strain: float = 1.5,
    dtype: DTypeLike = np.float64,
    random_state: RandomState = None,
) -> np.ndarray:
    r"""Generate complex images of strained crystals, as Bragg diffraction sees them.

    Near a Bragg peak a crystal diffracts as the complex image

    .. math:: x(r) = s(r)\, e^{i (\varphi(r) + \alpha)}

    does. Its modulus :math:`s` is 1 inside the facets, here a convex polygon, and 0
    outside; its phase :math:`\varphi` is the displacement of the atoms along the
    scattering vector, which is smooth [1]_. Nothing tells the phase :math:`\alpha` of
    the whole image, which is uniform here. `make_fourier_phase_retrieval` places and
    measures them.

    Parameters
    ----------
    n_samples : int, default=100
        Number of crystals.
    size : int, default=28
        Height and width of the images in pixels, at least 8; crystals fill much of it.
    strain : float, default=1.5
        Standard deviation of :math:`\varphi` in a crystal, in radians.
    dtype : {np.float64, np.float32} or their names, default=np.float64
        Precision of the output.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same images at every call.

    Returns
    -------
    images : ndarray of shape (n_samples, size, size), complex
        The crystals, of modulus 0 to 1.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of the wrong type or out of its range.

    See Also
    --------
    make_fourier_phase_retrieval : Place images on a canvas and measure them.

    References
    ----------
    .. [1] I. Robinson and R. Harder, "Coherent X-ray diffraction imaging of strain at
       the nanoscale", Nature Materials 8, 2009.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import (
    ...     make_bragg_crystals,
    ...     make_fourier_phase_retrieval,
    ... )
    >>> images = make_bragg_crystals(10, random_state=0)
    >>> X, y, forward = make_fourier_phase_retrieval(
    ...     images,
    ...     canvas_shape=32,
    ...     measurement_shape=64,
    ...     variant="shift_flip",
    ...     return_forward=True,
    ... )
    >>> X.shape, y.shape, y.dtype
    ((10, 4096), (10, 32, 32), dtype('complex128'))
    """
    check_scalar(n_samples, "n_samples", numbers.Integral, min_val=1)
    check_scalar(size, "size", numbers.Integral, min_val=8)
    check_nonnegative(strain, "strain")
    dtype = np.result_type(check_precision(dtype), np.complex64)
    random_state = check_random_state(random_state)
    images = np.empty((n_samples, size, size), dtype=dtype)
    for image in images:
        shape = _polygon(size, random_state)
        phase = _displacement(size, random_state)
        phase = phase - np.average(phase, weights=shape)
        deviation = np.sqrt(np.average(phase**2, weights=shape))
        turn = random_state.uniform(-np.pi, np.pi)
        image[:] = shape * np.exp(1j * (strain / deviation * phase + turn))
    return images


def _polygon(size, random_state):
    """A convex polygon of 5 facets or more; pixels at its rim are covered in part."""
    n_facets = random_state.randint(5, 9)
    # Neighbouring facets differ by less than 180 degrees, so that they enclose it.
    spread = random_state.uniform(-0.3, 0.3, size=n_facets)
    angles = 2 * np.pi * (np.arange(n_facets) + spread) / n_facets
    angles = angles + random_state.uniform(0, 2 * np.pi)
    distances = size / 2 * random_state.uniform(0.45, 0.85, size=n_facets)
    rows, columns = np.indices((size, size)) - (size - 1) / 2
    depth = [
        distance - np.cos(angle) * rows - np.sin(angle) * columns
        for angle, distance in zip(angles, distances, strict=True)
    ]
    # Corners that reach beyond the image are cut off.
    depth += [size / 2 - 1 - np.abs(rows), size / 2 - 1 - np.abs(columns)]
    return np.clip(np.min(depth, axis=0) + 0.5, 0, 1)


def _displacement(size, random_state):
    """A smooth random field: a sum of wide bumps of either sign."""
    grid = np.arange(size)
    field = np.zeros((size, size))
    for _ in range(4):
        width = size * random_state.uniform(0.15, 0.35)
        rows, columns = (
            np.exp(-(((grid - place) / width) ** 2) / 2)
            for place in size * random_state.uniform(0.2, 0.8, size=2)
        )
        field += random_state.standard_normal() * np.multiply.outer(rows, columns)
    return field


def _crystal(n_atoms, size, random_state):
    places = _places(n_atoms, size, random_state)
    grid = np.arange(size)
    image = np.zeros((size, size))
    for place in places:
        offsets = ((grid - x + size / 2) % size - size / 2 for x in place)
        rows, columns = (np.exp(-((x / ATOM_WIDTH) ** 2) / 2) for x in offsets)
        image += np.multiply.outer(rows, columns)
    return image


def _places(n_atoms, size, random_state):
    """Random places that are not too near to each other."""
    places = np.empty((0, 2))
    for _ in range(100 * n_atoms):
        place = random_state.uniform(0, size, size=2)
        offset = (places - place + size / 2) % size - size / 2
        if (np.linalg.norm(offset, axis=1) >= MIN_DISTANCE).all():
            places = np.vstack([places, place])
            if len(places) == n_atoms:
                return places
    raise ValueError(
        f"n_atoms must leave each atom a distance of {MIN_DISTANCE} pixels, got "
        f"{n_atoms} atoms in {size} x {size} pixels, of which {len(places)} found room."
    )
