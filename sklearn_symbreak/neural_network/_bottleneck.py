"""The error that a narrow last hidden layer leaves, whatever the other layers do."""

import numpy as np

# Enough to see the spectrum; all eigenvalues of more samples would take seconds.
MAX_SAMPLES = 1000


def unreachable_error(targets, n_units, sample_weight=None):
    """Smallest mean squared error of outputs that are linear in a few units.

    Such outputs lie in an affine subspace of `n_units` dimensions, and no subspace is
    nearer to the targets than that of their first principal components.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        Centred targets, in random order: the first thousand stand for all.
    n_units : int
        Number of units of the last hidden layer.
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the squared errors.

    Returns
    -------
    error : float
        The mean square, over samples and outputs, of what no such layer explains: an
        estimate from below, and 0 where `n_units` are enough.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.neural_network._bottleneck import unreachable_error
    >>> targets = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> unreachable_error(targets, 1)
    0.25
    """
    targets = targets[:MAX_SAMPLES].astype(np.float64)
    if n_units >= min(targets.shape):
        return 0.0
    if sample_weight is not None:
        weight = sample_weight[: len(targets)] / sample_weight[: len(targets)].mean()
        targets *= np.sqrt(weight)[:, None]
    n_samples, n_outputs = targets.shape
    if n_samples < n_outputs:
        targets = targets.T
    # In ascending order; rounding may make zeros negative.
    squares = np.linalg.eigvalsh(targets.T @ targets)
    rest = squares[: len(squares) - n_units]
    return float(max(rest.sum(), 0) / (n_samples * n_outputs))
