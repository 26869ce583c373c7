"""Train a skorch net on prepared arrays; imported only when a net is fitted."""

import warnings

import torch
from skorch.callbacks import Callback, EarlyStopping

from sklearn_symbreak.neural_network._callbacks import (
    ProgressBar,
    make_early_stopping,
    make_learning_rate_schedule,
)
from sklearn_symbreak.neural_network._checkpoint import (
    EARLY_STOPPING,
    LEARNING_RATE,
    Checkpoint,
    hash_training,
)
from sklearn_symbreak.neural_network._net import (
    BatchIterator,
    RegressionData,
    RegressionNet,
)

# Predictions keep no gradients, so more samples fit into memory than in training.
MIN_PREDICTION_BATCH_SIZE = 512


def train_net(regressor, module, module_params, train, valid, seed, weights=None):
    """Build a net as the parameters of a regressor say, and train it.

    Parameters
    ----------
    regressor : BaseNeuralRegressor
        Holds the parameters.
    module : class
        Torch module to train.
    module_params : dict
        Its arguments.
    train, valid : tuple of (X, y, sample_weight)
        Float32 arrays; `valid` may be None, and so may the weights.
    seed : int
        Seed of the initial weights, the order of the samples and dropout.
    weights : dict, optional
        State of the module to start at, in place of the initial weights.

    Returns
    -------
    net : RegressionNet
        The trained net. After an interrupt, its history ends with the last complete
        epoch.

    Raises
    ------
    ValueError
        If the device cannot be used, or a saved training is damaged.
    KeyboardInterrupt
        If the training was interrupted before its first epoch was complete.
    """
    callbacks = _make_callbacks(regressor, module_params, train, valid, seed, weights)
    try:
        torch.zeros(1, device=regressor.device).numpy(force=True)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            "device must be one that torch can use here, such as 'cpu', got "
            f"{regressor.device!r}: {str(error).splitlines()[0]}"
        ) from error
    train = _to_dataset(train, regressor.device)
    valid = None if valid is None else _to_dataset(valid, regressor.device)
    net = RegressionNet(
        module,
        criterion=torch.nn.MSELoss,
        # Without weight decay, this is Adam.
        optimizer=torch.optim.AdamW,
        optimizer__fused=True,
        optimizer__weight_decay=regressor.weight_decay,
        lr=regressor.learning_rate,
        max_epochs=regressor.max_epochs,
        batch_size=regressor.batch_size,
        # Callbacks may ask for predictions of arrays.
        dataset=RegressionData,
        iterator_train=BatchIterator,
        iterator_train__shuffle=True,
        iterator_valid=BatchIterator,
        iterator_valid__batch_size=max(regressor.batch_size, MIN_PREDICTION_BATCH_SIZE),
        callbacks=callbacks,
        predict_nonlinearity=None,
        verbose=0,
        device=regressor.device,
        seed=seed,
        l1_penalty=regressor.l1_penalty,
        l2_penalty=regressor.l2_penalty,
        **{f"module__{name}": value for name, value in module_params.items()},
    )
    net.initialize()
    if weights is not None:
        net.module_.load_state_dict(weights)
    net.partial_fit((train, valid))
    # Left to the first prediction, threads that predict at once would race for it.
    net.module_.eval()

    last_loss = "train_loss" if valid is None else "valid_loss"
    if net.history and last_loss not in net.history[-1]:
        net.history.pop()
    if not net.history:
        raise KeyboardInterrupt
    stopped_early = any(
        isinstance(callback, EarlyStopping) and callback.misses_ == callback.patience
        for _, callback in net.callbacks_
    )
    if len(net.history) < regressor.max_epochs and not stopped_early:
        warnings.warn(
            f"Training was interrupted after {len(net.history)} of "
            f"max_epochs={regressor.max_epochs} epochs.",
            UserWarning,
            # The line that called `fit`, two frames above it with its decorator.
            stacklevel=4,
        )
    return net


def predict_net(net, X):
    """Output of the net for float32 inputs, as a numpy array."""
    return net.forward(RegressionData(torch.from_numpy(X))).numpy()


def _make_callbacks(regressor, module_params, train, valid, seed, weights):
    callbacks = []
    if regressor.learning_rate_schedule is not None:
        schedule = make_learning_rate_schedule(
            regressor.learning_rate_schedule,
            learning_rate=regressor.learning_rate,
            max_epochs=regressor.max_epochs,
            n_batches=-(-len(train[0]) // regressor.batch_size),
            patience=regressor.patience,
            monitor="train_loss" if valid is None else "valid_loss",
        )
        callbacks.append((LEARNING_RATE, schedule))
    for entry in regressor.callbacks or []:
        callback = entry[1] if isinstance(entry, tuple) and len(entry) == 2 else entry
        if not isinstance(callback, Callback) and not (
            isinstance(callback, type) and issubclass(callback, Callback)
        ):
            raise TypeError(
                "callbacks must hold callbacks of skorch, or pairs of a name and a "
                f"callback, got {entry!r}."
            )
        callbacks.append(entry)
    if regressor.verbose:
        callbacks.append(("progress_bar", ProgressBar()))
    if valid is not None:
        early_stopping = make_early_stopping(regressor.patience)
        callbacks.append((EARLY_STOPPING, early_stopping))
    if regressor.checkpoint_dir is not None:
        start = {name: w.numpy(force=True) for name, w in (weights or {}).items()}
        fingerprint = hash_training(regressor, module_params, train, valid, seed, start)
        checkpoint = Checkpoint(regressor.checkpoint_dir, fingerprint)
        callbacks.append(("checkpoint", checkpoint))
    return callbacks


def _to_dataset(arrays, device):
    return RegressionData(
        *(None if a is None else torch.from_numpy(a).to(device) for a in arrays)
    )
