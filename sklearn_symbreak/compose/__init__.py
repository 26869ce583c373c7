"""Estimators built on breakers."""

from sklearn_symbreak.compose._atlas import AtlasRegressor
from sklearn_symbreak.compose._regressor import SymmetryBreakingRegressor
from sklearn_symbreak.phase_retrieval._refined import RefinedRegressor

__all__ = ["AtlasRegressor", "RefinedRegressor", "SymmetryBreakingRegressor"]
