"""Data of crystals: hard, noisy, periodic phase retrieval."""

from __future__ import annotations

import numbers

import numpy as np
from numpy.typing import DTypeLike
from sklearn.utils import check_random_state, check_scalar

from sklearn_symbreak.forward import FourierPhaseRetrieval, add_noise
from sklearn_symbreak.forward._base import check_precision
from sklearn_symbreak.forward._noise import check_noise
from sklearn_symbreak.utils._typing import Data, RandomState

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
