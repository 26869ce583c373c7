"""Forward models: what is measured of a signal, and which symmetry that leaves."""

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.forward._fourier import FourierPhaseRetrieval
from sklearn_symbreak.forward._gaussian import GaussianPhaseRetrieval
from sklearn_symbreak.forward._learned import LearnedForward
from sklearn_symbreak.forward._linear import LinearPhaseRetrieval
from sklearn_symbreak.forward._magnitude import MagnitudeModel
from sklearn_symbreak.forward._noise import add_noise
from sklearn_symbreak.forward._square import Square

__all__ = [
    "ForwardModel",
    "FourierPhaseRetrieval",
    "GaussianPhaseRetrieval",
    "LearnedForward",
    "LinearPhaseRetrieval",
    "MagnitudeModel",
    "Square",
    "add_noise",
]
