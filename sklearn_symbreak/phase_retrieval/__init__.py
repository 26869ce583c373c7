"""Classical phase retrieval: solvers that invert one measurement at a time."""

from sklearn_symbreak.phase_retrieval._admm import ADMM
from sklearn_symbreak.phase_retrieval._error_reduction import ErrorReduction
from sklearn_symbreak.phase_retrieval._hybrid_input_output import HybridInputOutput
from sklearn_symbreak.phase_retrieval._raar import RAAR
from sklearn_symbreak.phase_retrieval._refined import RefinedRegressor
from sklearn_symbreak.phase_retrieval._reweighted_amplitude_flow import (
    ReweightedAmplitudeFlow,
)
from sklearn_symbreak.phase_retrieval._spectral import SpectralInitializer
from sklearn_symbreak.phase_retrieval._support import Shrinkwrap
from sklearn_symbreak.phase_retrieval._wirtinger_flow import WirtingerFlow

__all__ = [
    "ADMM",
    "RAAR",
    "ErrorReduction",
    "HybridInputOutput",
    "RefinedRegressor",
    "ReweightedAmplitudeFlow",
    "Shrinkwrap",
    "SpectralInitializer",
    "WirtingerFlow",
]
