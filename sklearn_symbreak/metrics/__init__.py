"""Errors, scores and scorers up to a symmetry."""

from sklearn_symbreak.metrics._consistency import consistency_error
from sklearn_symbreak.metrics._errors import (
    orbit_mean_squared_error,
    orbit_r2_score,
    orbit_relative_error,
    scaled_orbit_residual,
)
from sklearn_symbreak.metrics._scorers import ConsistencyScorer, make_orbit_scorer

__all__ = [
    "ConsistencyScorer",
    "consistency_error",
    "make_orbit_scorer",
    "orbit_mean_squared_error",
    "orbit_r2_score",
    "orbit_relative_error",
    "scaled_orbit_residual",
]
