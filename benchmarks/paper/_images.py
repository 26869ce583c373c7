"""The few images that a record keeps for the figures."""

import zlib

import numpy as np

from sklearn_symbreak.groups import ConjugateFlip, CyclicShift


def register_and_encode(images):
    """Move images onto the truth for the eye, and pack them into text."""
    # Predictions are not dark at the border, so they are moved circularly.
    mover = CyclicShift(ndim=2) * ConjugateFlip()
    truth = images["truth"]
    return {
        name: encode_images(mover.align(shown, truth)[0])
        for name, shown in images.items()
    }


def encode_images(images):
    """Images with grey values in [0, 1] as a dict of a shape and compressed bytes."""
    grey = np.round(255 * np.clip(images, 0, 1)).astype(np.uint8)
    packed = zlib.compress(grey.tobytes(), level=9)
    return {"shape": list(grey.shape), "bytes": packed.hex()}


def decode_images(encoded):
    """Inverse of `encode_images`, uint8."""
    content = zlib.decompress(bytes.fromhex(encoded["bytes"]))
    return np.frombuffer(content, dtype=np.uint8).reshape(encoded["shape"])
