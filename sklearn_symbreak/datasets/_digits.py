"""scikit-learn's handwritten digits as images."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike
from sklearn.datasets import load_digits

from sklearn_symbreak.forward._base import check_precision


def load_digit_images(
    *, dtype: DTypeLike = np.float64
) -> tuple[np.ndarray, np.ndarray]:
    """Load scikit-learn's 1797 handwritten digits as a batch of images.

    They come with scikit-learn, so that nothing is downloaded: small images to
    measure with :func:`make_fourier_phase_retrieval`.

    Parameters
    ----------
    dtype : {np.float64, np.float32} or their names, default=np.float64
        Dtype of the images.

    Returns
    -------
    images : ndarray of shape (1797, 8, 8)
        Grey values in [0, 1]: those of scikit-learn divided by 16.
    labels : ndarray of shape (1797,)
        The digits, int.

    Raises
    ------
    ValueError
        If `dtype` is another one.

    See Also
    --------
    sklearn.datasets.load_digits : The source of the images.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import load_digit_images
    >>> images, labels = load_digit_images(dtype="float32")
    >>> images.shape, images.dtype, float(images.max())
    ((1797, 8, 8), dtype('float32'), 1.0)
    >>> labels[:3]
    array([0, 1, 2])
    """
    dtype = check_precision(dtype)
    digits = load_digits()
    return (digits.images / 16).astype(dtype), digits.target
