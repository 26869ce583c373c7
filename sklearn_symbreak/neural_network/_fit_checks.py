"""Checks of a fit: narrow last layers, other layers on a warm start."""

import math

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
    >>> from sklearn_symbreak.neural_network._fit_checks import unreachable_error
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


def check_same_net(regressor, module_params, *, cause, remedy):
    """Refuse data and parameters that the former weights and scaling do not fit.

    Parameters
    ----------
    regressor : BaseNeuralRegressor
        A regressor with the net and the scaling of a former fit.
    module_params : dict
        Arguments of the torch module that is to be trained.
    cause, remedy : str
        For the message: what goes on from the former net, and what to do otherwise.

    Raises
    ------
    ValueError
        If the numbers of outputs, the layers or the input transforms differ.
    """
    n_outputs = math.prod(regressor._target_shape)
    n_former = len(regressor._target_scaling.mean_)
    if n_outputs != n_former:
        raise ValueError(
            f"y has {n_outputs} outputs per sample, but {cause} continues a "
            f"fit with {n_former}; {remedy}."
        )
    kind = regressor._input_transform.kind
    if regressor.input_transform != kind:
        raise ValueError(
            f"{cause} keeps the scaling of the former fit, which had "
            f"input_transform={kind!r}, got {regressor.input_transform!r}; {remedy}."
        )
    former = regressor.net_.get_params_for("module")
    for name, value in module_params.items():
        # Dropout has no weights.
        if name != "dropout" and value != former[name]:
            raise ValueError(
                f"{cause} starts at the weights of the former fit, which had "
                f"{name}={former[name]}, got {name}={value}; {remedy}."
            )
