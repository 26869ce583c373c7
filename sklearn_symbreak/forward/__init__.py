"""Forward models: what is measured of a signal, and which symmetry that leaves."""

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.forward._blind import Convolution, SourceMixture
from sklearn_symbreak.forward._fourier import FourierPhaseRetrieval
from sklearn_symbreak.forward._gaussian import GaussianPhaseRetrieval
from sklearn_symbreak.forward._invariants import Bispectrum, PointDistances
from sklearn_symbreak.forward._learned import LearnedForward
from sklearn_symbreak.forward._linear import LinearPhaseRetrieval
from sklearn_symbreak.forward._magnitude import MagnitudeModel
from sklearn_symbreak.forward._noise import add_noise
from sklearn_symbreak.forward._pose import SymmetricPose
from sklearn_symbreak.forward._roots import PolynomialCoefficients, Square
from sklearn_symbreak.forward._two_link_arm import ElbowFlip, TwoLinkArm

__all__ = [
    "Bispectrum",
    "Convolution",
    "ElbowFlip",
    "ForwardModel",
    "FourierPhaseRetrieval",
    "GaussianPhaseRetrieval",
    "LearnedForward",
    "LinearPhaseRetrieval",
    "MagnitudeModel",
    "PointDistances",
    "PolynomialCoefficients",
    "SourceMixture",
    "Square",
    "SymmetricPose",
    "TwoLinkArm",
    "add_noise",
]
