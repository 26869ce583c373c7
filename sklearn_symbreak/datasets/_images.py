"""Images to measure: digits of scikit-learn, Fashion-MNIST."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
from os import PathLike
from pathlib import Path
from typing import Literal

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


_URL = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_FOLDER = "fashion-mnist"
# SHA-256 of the published files.
_CHECKSUMS = {
    "train-images-idx3-ubyte.gz": (
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    "train-labels-idx1-ubyte.gz": (
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
    ),
}
_PREFIXES = {"train": "train", "test": "t10k"}


def fetch_fashion_mnist(
    *,
    subset: Literal["train", "test"] = "train",
    data_home: str | PathLike[str] | None = None,
    download_if_missing: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Load Fashion-MNIST [1]_, downloading it if necessary.

    Images of ten kinds of clothes, 60,000 to train and 10,000 to test on. The files
    are read as published and checked against their SHA-256.

    Parameters
    ----------
    subset : {"train", "test"}, default="train"
        Which images to load.
    data_home : str or path-like, optional
        Where to look for the published `.gz` files: in the subfolder `fashion-mnist` of
        this folder, into which a download goes, then in the folder itself. By default
        scikit-learn's data folder, see :func:`sklearn.datasets.get_data_home`. A folder
        that is not there is only created for a download.
    download_if_missing : bool, default=True
        Whether to download (31 MB) files that are not there. It takes the package
        pooch.

    Returns
    -------
    images : ndarray of shape (60000, 28, 28) or (10000, 28, 28)
        Grey values, uint8.
    labels : ndarray of shape (60000,) or (10000,)
        Kinds of clothes, uint8 from 0 to 9.

    Raises
    ------
    ValueError
        If `subset` is another one.
    TypeError
        If `data_home` is no path.
    OSError
        If a file is not there and `download_if_missing` is false, if the only file of
        its name is not the published one, or if a download fails or is damaged.
    ImportError
        If pooch is needed and not installed.

    References
    ----------
    .. [1] H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset
       for Benchmarking Machine Learning Algorithms", arXiv:1708.07747, 2017.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import fetch_fashion_mnist
    >>> images, labels = fetch_fashion_mnist(subset="test")  # doctest: +SKIP
    >>> images.shape  # doctest: +SKIP
    (10000, 28, 28)
    """
    if not isinstance(subset, str) or subset not in _PREFIXES:
        raise ValueError(
            f"subset must be one of {', '.join(map(repr, _PREFIXES))}, got {subset!r}."
        )
    prefix = _PREFIXES[subset]
    data_home = _data_home(data_home)
    names = (f"{prefix}-images-idx3-ubyte.gz", f"{prefix}-labels-idx1-ubyte.gz")
    images_path, labels_path = (
        _find_or_download(name, data_home, download_if_missing) for name in names
    )
    return _read_idx(images_path, ndim=3), _read_idx(labels_path, ndim=1)


def _data_home(given):
    """The folder of scikit-learn's `get_data_home`, which would create it."""
    if given is None:
        given = os.environ.get("SCIKIT_LEARN_DATA", Path("~", "scikit_learn_data"))
    if not isinstance(given, (str, os.PathLike)):
        raise TypeError(f"data_home must be a path or None, got {given!r}.")
    return Path(given).expanduser()


def _find_or_download(name, data_home, download_if_missing):
    """Path of a file that has the published checksum."""
    damaged = None
    for path in (data_home / _FOLDER / name, data_home / name):
        if path.is_file():
            try:
                _check_integrity(path)
            except OSError as error:
                # The other place may have a good one.
                damaged = damaged or error
            else:
                return path
    if damaged is not None:
        raise damaged
    if not download_if_missing:
        raise OSError(
            f"{name} of Fashion-MNIST is neither in {data_home} nor in its subfolder "
            f"{_FOLDER}, and download_if_missing is False."
        )
    try:
        import pooch
    except ImportError as error:
        raise ImportError(
            f"{name} of Fashion-MNIST is not in {data_home}, and its download needs "
            'pooch: pip install "sklearn-symbreak[data]"'
        ) from error
    folder = data_home / _FOLDER
    try:
        # pooch keeps a file only once its checksum is right: if not, a ValueError.
        path = pooch.retrieve(
            _URL + name,
            known_hash=f"sha256:{_CHECKSUMS[name]}",
            fname=name,
            path=folder,
        )
    except (OSError, ValueError) as error:
        raise OSError(
            f"{name} of Fashion-MNIST could not be downloaded to {folder} "
            f"({type(error).__name__}). Get it by hand, from {_URL + name} or from a "
            "copy of the data set elsewhere, and put it into this folder."
        ) from error
    return Path(path)


def _check_integrity(path):
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _CHECKSUMS[path.name]:
        raise OSError(
            f"{path} is damaged or not the published file: its SHA-256 is {found}, "
            f"that of the published file {_CHECKSUMS[path.name]}. Delete it and call "
            "fetch_fashion_mnist again."
        )


def _read_idx(path, ndim):
    """Read a gzipped IDX file of bytes.

    It starts with the magic number 0x0000080N for N axes of unsigned bytes and their
    lengths as big-endian 32-bit integers; the values follow in C order.
    """
    content = gzip.decompress(path.read_bytes())
    magic = (0x0800 + ndim).to_bytes(4, "big")
    n_header = 4 * (1 + ndim)
    if content[:4] != magic or len(content) < n_header:
        raise ValueError(
            f"{path} is not an IDX file of unsigned bytes with {ndim} axes: it starts "
            f"with {content[:n_header].hex()!r}, not with {magic.hex()!r} and the "
            "lengths of the axes."
        )
    lengths = np.frombuffer(content, dtype=">u4", count=ndim, offset=4)
    shape = tuple(map(int, lengths))
    if len(content) != n_header + math.prod(shape):
        raise ValueError(
            f"{path} announces shape {shape} but holds {len(content) - n_header} "
            "values."
        )
    return np.frombuffer(content, dtype=np.uint8, offset=n_header).reshape(shape).copy()
