"""What leaves a measurement unchanged: groups that act on signals and can align."""

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._conjugate_flip import ConjugateFlip
from sklearn_symbreak.groups._cyclic_shift import CyclicShift
from sklearn_symbreak.groups._finite import FiniteGroup
from sklearn_symbreak.groups._fourier import FourierSymmetry
from sklearn_symbreak.groups._global_phase import GlobalPhase
from sklearn_symbreak.groups._permutation import Permutation
from sklearn_symbreak.groups._product import ProductGroup
from sklearn_symbreak.groups._rotation import Rotation
from sklearn_symbreak.groups._sign_flip import SignFlip
from sklearn_symbreak.groups._translation import Translation

__all__ = [
    "ConjugateFlip",
    "CyclicShift",
    "FiniteGroup",
    "FourierSymmetry",
    "GlobalPhase",
    "Permutation",
    "ProductGroup",
    "Rotation",
    "SignFlip",
    "SymmetryGroup",
    "Translation",
]
