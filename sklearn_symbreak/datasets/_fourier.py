"""Data of Fourier phase retrieval."""

from __future__ import annotations

import math
import warnings
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.utils import check_random_state, gen_batches

from sklearn_symbreak.forward import FourierPhaseRetrieval, add_noise
from sklearn_symbreak.forward._base import check_precision
from sklearn_symbreak.forward._noise import check_noise
from sklearn_symbreak.utils._array_api import to_numpy
from sklearn_symbreak.utils._typing import Data, RandomState, Shape
from sklearn_symbreak.utils._validation import (
    check_nonnegative,
    check_shape,
    check_signals,
)

# variant: (turn half of the images, place the images at random)
_VARIANTS = {
    "none": (False, False),
    "flip": (True, False),
    "shift": (False, True),
    "shift_flip": (True, True),
}


def make_fourier_phase_retrieval(
    images: ArrayLike,
    *,
    canvas_shape: int | Shape,
    measurement_shape: int | Shape,
    variant: Literal["none", "flip", "shift", "shift_flip"] = "none",
    snr: float | None = None,
    photon_count: float | None = None,
    beam_stop: float | None = None,
    dtype: DTypeLike | None = None,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    """Place images on a black canvas and measure the magnitude of their transform.

    The four variants show the symmetries of the problem one by one, as in the
    experiment of section 4 of [1]_. The paper takes 28 x 28 images, a canvas of
    42 x 42 and a transform of 96 x 96.

    Parameters
    ----------
    images : array-like of shape (n_samples, *image_shape)
        Real or complex signals, images or volumes of 1 to 3 axes, none of them blank.
        Their values are kept: integers become floats without a rescaling.
    canvas_shape : int or tuple of ints
        Shape of the canvas, at least that of the images.
    measurement_shape : int or tuple of ints
        Shape of the transform, at least that of the canvas.
    variant : {"none", "flip", "shift", "shift_flip"}, default="none"
        How the images come onto the canvas:

        - "none": in the middle, with `(canvas - image) // 2` pixels before them;
        - "flip": a random half of them, `n_samples // 2`, is turned by 180 degrees,
          and conjugated, then all are put in the middle;
        - "shift": each at a place of its own, uniform over all places where the
          canvas holds the whole image;
        - "shift_flip": a random half is turned, then all are placed at random.
    snr : float, optional
        Gaussian noise of this signal-to-noise ratio in decibels; see
        :func:`~sklearn_symbreak.forward.add_noise`.
    photon_count : float, optional
        Poisson noise of this expected number of photons per image; see
        :func:`~sklearn_symbreak.forward.add_noise`.
    beam_stop : float, optional
        Radius, in pixels of the measurement, within which nothing is measured: an
        entry whose distance from the zero frequency is smaller is NaN. Photons count
        before they are lost.
    dtype : {None, np.float64, np.float32} or their names, default=None
        Precision of the output; None keeps that of the images, where integers count
        as float64. Complex images become complex128 or complex64.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same data at every call. The turned images and the places
        depend on it and the shapes alone, not on the pixels, and are the same in
        every variant that has them.
    return_forward : bool, default=False
        Whether to return the forward model too.

    Returns
    -------
    X : ndarray of shape (n_samples, n_measurements)
        Measurements: squared magnitudes of the transforms, flattened in C order; NaN
        behind a beam stop.
    y : ndarray of shape (n_samples, *canvas_shape)
        Signals: the canvases.
    forward : FourierPhaseRetrieval
        The forward model, only if `return_forward` is true.

    Raises
    ------
    ValueError
        If the images do not have 1 to 3 axes, are not finite or blank, the canvas is
        smaller than they are, the transform is smaller than the canvas, the beam stop
        hides everything, or another parameter is out of its range.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar and J. Sun, "Inverse Problems, Deep
       Learning, and Symmetry Breaking", arXiv:2003.09077, 2020.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import (
    ...     load_digit_images,
    ...     make_fourier_phase_retrieval,
    ... )
    >>> images, _ = load_digit_images()
    >>> X, y = make_fourier_phase_retrieval(
    ...     images[:10],
    ...     canvas_shape=12,
    ...     measurement_shape=24,
    ...     variant="shift_flip",
    ...     random_state=0,
    ... )
    >>> X.shape, y.shape
    ((10, 576), (10, 12, 12))
    """
    images = to_numpy(check_signals(images, name="images"))
    ndim = images.ndim - 1
    if not 1 <= ndim <= 3:
        raise ValueError(
            "images must have 2 to 4 axes, n_samples and 1 to 3 of the image; got "
            f"shape {images.shape}."
        )
    if ndim == 1 and len(images) == images.shape[1] and np.ndim(canvas_shape) == 0:
        warnings.warn(
            f"images of shape {images.shape} are {len(images)} signals of one axis; "
            "one image is images[np.newaxis]. canvas_shape and measurement_shape as "
            "tuples say which, and end this warning.",
            UserWarning,
            stacklevel=2,
        )
    canvas_shape = check_shape(canvas_shape, name="canvas_shape", ndim=ndim)
    measurement_shape = check_shape(
        measurement_shape, name="measurement_shape", ndim=ndim
    )
    if any(c < i for c, i in zip(canvas_shape, images.shape[1:], strict=True)):
        raise ValueError(
            f"canvas_shape must be at least the shape {images.shape[1:]} of the images "
            f"along all axes, got {canvas_shape}."
        )
    if any(m < c for m, c in zip(measurement_shape, canvas_shape, strict=True)):
        raise ValueError(
            f"measurement_shape must be at least canvas_shape {canvas_shape} along "
            f"all axes, got {measurement_shape}."
        )
    if not isinstance(variant, str) or variant not in _VARIANTS:
        raise ValueError(
            f"variant must be one of {', '.join(map(repr, _VARIANTS))}, got "
            f"{variant!r}."
        )
    check_noise(snr, photon_count)
    hidden = _hidden_frequencies(beam_stop, measurement_shape)
    if dtype is not None:
        complex_part = np.complex64 if np.iscomplexobj(images) else np.float32
        dtype = np.result_type(check_precision(dtype), complex_part)
        images = images.astype(dtype, copy=False)
    blank = np.flatnonzero(~images.reshape(len(images), -1).any(axis=1))
    if blank.size:
        shown = ", ".join(map(str, blank[:5])) + (", ..." if blank.size > 5 else "")
        raise ValueError(
            f"images must not be blank: an image without content has no place or "
            f"orientation to recover, got {blank.size} blank at index {shown}."
        )
    random_state = check_random_state(random_state)
    y = _place(images, canvas_shape, variant, random_state)
    forward = FourierPhaseRetrieval(canvas_shape, measurement_shape)
    X = _measure(forward, y, snr, photon_count, random_state)
    X[:, hidden] = np.nan
    return (X, y, forward) if return_forward else (X, y)


def _hidden_frequencies(radius, measurement_shape):
    """Which entries of a flat measurement lie behind a beam stop."""
    if radius is None:
        return np.zeros(math.prod(measurement_shape), dtype=bool)
    check_nonnegative(radius, "beam_stop")
    frequencies = np.meshgrid(
        *(np.fft.fftfreq(m, 1 / m) for m in measurement_shape), indexing="ij"
    )
    hidden = np.sqrt(sum(axis**2 for axis in frequencies)).ravel() < radius
    if hidden.all():
        raise ValueError(
            f"beam_stop must leave some of the {hidden.size} frequencies, got {radius}."
        )
    return hidden


def _place(images, canvas_shape, variant, random_state):
    n_samples, ndim = images.shape[0], images.ndim - 1
    freedom = np.array(canvas_shape) - images.shape[1:]
    # Drawn in every variant, so that variants of one seed differ only by what they
    # are about.
    turned = random_state.permutation(n_samples)[: n_samples // 2]
    offsets = random_state.randint(freedom + 1, size=(n_samples, ndim))
    flip, shift = _VARIANTS[variant]
    if flip:
        images = images.copy()
        axes = tuple(range(1, ndim + 1))
        images[turned] = np.flip(images[turned], axis=axes).conj()
    if not shift:
        offsets[:] = freedom // 2
    places = [np.arange(n_samples).reshape(-1, *(1,) * ndim)]
    for axis, size in enumerate(images.shape[1:]):
        place = offsets[:, axis, None] + np.arange(size)
        others = tuple(other + 1 for other in range(ndim) if other != axis)
        places.append(np.expand_dims(place, others))
    y = np.zeros((n_samples, *canvas_shape), dtype=images.dtype)
    y[tuple(places)] = images
    return y


def _measure(forward, y, snr, photon_count, random_state):
    # In batches: the transforms of all images at once would take several times the
    # memory of the measurements.
    X = np.empty((y.shape[0], forward.n_measurements), dtype=y.real.dtype)
    for batch in gen_batches(y.shape[0], 512):
        X[batch] = add_noise(
            forward(y[batch]),
            snr=snr,
            photon_count=photon_count,
            random_state=random_state,
        )
    return X
