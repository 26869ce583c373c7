"""The one place that imports private names of scikit-learn."""

from sklearn.utils._openmp_helpers import _openmp_effective_n_threads


def n_threads():
    """Threads to use, as scikit-learn's own loops do (obeys OMP_NUM_THREADS)."""
    return _openmp_effective_n_threads()
