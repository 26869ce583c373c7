"""The one place that imports private names of scikit-learn."""

from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = ["Interval", "StrOptions", "check_sample_weight", "n_threads"]


def n_threads():
    """Threads to use, as scikit-learn's own loops do (obeys OMP_NUM_THREADS)."""
    return _openmp_effective_n_threads()
