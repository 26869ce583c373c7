"""Classical phase retrieval: solvers that invert one measurement at a time."""

from sklearn_symbreak.phase_retrieval._classical_projections import (
    RAAR,
    ErrorReduction,
    HybridInputOutput,
)
from sklearn_symbreak.phase_retrieval._levenberg_marquardt import LevenbergMarquardt
from sklearn_symbreak.phase_retrieval._refined import RefinedRegressor
from sklearn_symbreak.phase_retrieval._reweighted_amplitude_flow import (
    ReweightedAmplitudeFlow,
)
from sklearn_symbreak.phase_retrieval._spectral import SpectralInitializer
from sklearn_symbreak.phase_retrieval._splitting import (
    ADMM,
    RelaxedReflectReflect,
)
from sklearn_symbreak.phase_retrieval._support import Shrinkwrap, SupportSize
from sklearn_symbreak.phase_retrieval._truncated_flows import (
    TruncatedAmplitudeFlow,
    TruncatedWirtingerFlow,
)
from sklearn_symbreak.phase_retrieval._wirtinger_flow import WirtingerFlow

__all__ = [
    "ADMM",
    "RAAR",
    "ErrorReduction",
    "HybridInputOutput",
    "LevenbergMarquardt",
    "RefinedRegressor",
    "RelaxedReflectReflect",
    "ReweightedAmplitudeFlow",
    "Shrinkwrap",
    "SpectralInitializer",
    "SupportSize",
    "TruncatedAmplitudeFlow",
    "TruncatedWirtingerFlow",
    "WirtingerFlow",
]
