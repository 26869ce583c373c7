"""Looking at data and results: is there a symmetry, and what does it cost?"""

from sklearn_symbreak.inspection._ambiguity import Ambiguity, measure_ambiguity
from sklearn_symbreak.inspection._ambiguity_display import AmbiguityDisplay

__all__ = ["Ambiguity", "AmbiguityDisplay", "measure_ambiguity"]
