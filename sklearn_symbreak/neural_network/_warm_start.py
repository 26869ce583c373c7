"""What a net that goes on from a former one must have in common with it."""

import math


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
