"""Which representative of an orbit to keep."""

from sklearn_symbreak.breaking._breaker import SymmetryBreaker
from sklearn_symbreak.breaking._centering import ContentCenterer
from sklearn_symbreak.breaking._embedding import OrbitEmbedding
from sklearn_symbreak.breaking._factor_balancer import FactorBalancer
from sklearn_symbreak.breaking._fourier_phase import FourierPhaseBreaker
from sklearn_symbreak.breaking._paper_rule import make_paper_fourier_breaker

__all__ = [
    "ContentCenterer",
    "FactorBalancer",
    "FourierPhaseBreaker",
    "OrbitEmbedding",
    "SymmetryBreaker",
    "make_paper_fourier_breaker",
]
