"""Looking at data and results: is there a symmetry, and what does it cost?"""

from sklearn_symbreak.inspection._ambiguity import Ambiguity, measure_ambiguity
from sklearn_symbreak.inspection._ambiguity_display import AmbiguityDisplay
from sklearn_symbreak.inspection._breaker_comparison_display import (
    BreakerComparisonDisplay,
)
from sklearn_symbreak.inspection._orbit_error_display import OrbitErrorDisplay
from sklearn_symbreak.inspection._signals_display import SignalsDisplay
from sklearn_symbreak.inspection._solver_curve_display import SolverCurveDisplay

__all__ = [
    "Ambiguity",
    "AmbiguityDisplay",
    "BreakerComparisonDisplay",
    "OrbitErrorDisplay",
    "SignalsDisplay",
    "SolverCurveDisplay",
    "measure_ambiguity",
]
