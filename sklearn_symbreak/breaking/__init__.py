"""Which representative of an orbit to keep."""

from sklearn_symbreak.breaking._breaker import SymmetryBreaker
from sklearn_symbreak.breaking._centering import (
    ContentCenterer,
    make_paper_fourier_breaker,
)
from sklearn_symbreak.breaking._embedding import OrbitEmbedding
from sklearn_symbreak.breaking._factor_balancer import FactorBalancer
from sklearn_symbreak.breaking._fourier_phase import FourierPhaseBreaker

__all__ = [
    "ContentCenterer",
    "FactorBalancer",
    "FourierPhaseBreaker",
    "OrbitEmbedding",
    "SymmetryBreaker",
    "make_paper_fourier_breaker",
]
