"""Groups that act on signals, leave the measurement unchanged, and can align."""

from sklearn_symbreak.groups._base import ProductGroup, SymmetryGroup
from sklearn_symbreak.groups._block_symmetry import BlockSymmetry
from sklearn_symbreak.groups._conjugate_flip import ConjugateFlip
from sklearn_symbreak.groups._convolution import ConvolutionSymmetry
from sklearn_symbreak.groups._cyclic_shift import CyclicShift
from sklearn_symbreak.groups._finite import FiniteGroup
from sklearn_symbreak.groups._fourier import FourierSymmetry
from sklearn_symbreak.groups._global_phase import GlobalPhase
from sklearn_symbreak.groups._itemwise import Itemwise
from sklearn_symbreak.groups._permutation import Permutation
from sklearn_symbreak.groups._rigid_motion import RigidMotion
from sklearn_symbreak.groups._rotation import Rotation
from sklearn_symbreak.groups._sign_flip import SignFlip
from sklearn_symbreak.groups._translation import Translation

__all__ = [
    "BlockSymmetry",
    "ConjugateFlip",
    "ConvolutionSymmetry",
    "CyclicShift",
    "FiniteGroup",
    "FourierSymmetry",
    "GlobalPhase",
    "Itemwise",
    "Permutation",
    "ProductGroup",
    "RigidMotion",
    "Rotation",
    "SignFlip",
    "SymmetryGroup",
    "Translation",
]
