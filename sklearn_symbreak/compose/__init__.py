"""Estimators built on breakers."""

from sklearn_symbreak.compose._atlas import AtlasRegressor
from sklearn_symbreak.compose._regressor import SymmetryBreakingRegressor

__all__ = ["AtlasRegressor", "SymmetryBreakingRegressor"]
