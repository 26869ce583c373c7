"""Data: generators of measured signals, and images to measure."""

from sklearn_symbreak.datasets._crystal import (
    make_bragg_crystals,
    make_crystal_phase_retrieval,
)
from sklearn_symbreak.datasets._fourier import make_fourier_phase_retrieval
from sklearn_symbreak.datasets._geometry import (
    make_point_distances,
    make_symmetric_pose,
    make_two_link_arm,
)
from sklearn_symbreak.datasets._images import fetch_fashion_mnist, load_digit_images
from sklearn_symbreak.datasets._problems import (
    make_bispectrum,
    make_blind_deconvolution,
    make_polynomial_roots,
    make_source_mixture,
)
from sklearn_symbreak.datasets._random_projections import (
    make_gaussian_phase_retrieval,
    make_square_root,
)

__all__ = [
    "fetch_fashion_mnist",
    "load_digit_images",
    "make_bispectrum",
    "make_blind_deconvolution",
    "make_bragg_crystals",
    "make_crystal_phase_retrieval",
    "make_fourier_phase_retrieval",
    "make_gaussian_phase_retrieval",
    "make_point_distances",
    "make_polynomial_roots",
    "make_source_mixture",
    "make_square_root",
    "make_symmetric_pose",
    "make_two_link_arm",
]
