"""Symmetry breaking for regressors that invert physical systems."""

from sklearn_symbreak.breaking import ContentCenterer, SymmetryBreaker
from sklearn_symbreak.compose import SymmetryBreakingRegressor

__all__ = [
    "ContentCenterer",
    "SymmetryBreaker",
    "SymmetryBreakingRegressor",
    "__version__",
]

__version__ = "0.1.0.dev0"
