"""Train a skorch net on prepared arrays; imported only when a net is fitted."""

import warnings
from copy import deepcopy

import torch
from skorch.callbacks import Callback, EarlyStopping

from sklearn_symbreak.neural_network._callbacks import (
    EARLY_STOPPING,
    LEARNING_RATE,
    Checkpoint,
    ProgressBar,
    hash_training,
    make_early_stopping,
    make_learning_rate_schedule,
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
    net = _make_net(regressor, module, module_params, callbacks, seed)
    if weights is not None:
        net.module_.load_state_dict(weights)
    _train(net, train, valid)
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


def train_one_epoch(regressor, module, module_params, train, seed, former=None):
    """Train a net for one epoch: a new one, or a copy of a former one.

    Parameters
    ----------
    regressor : BaseNeuralRegressor
        Holds the parameters.
    module : class
        Torch module to train.
    module_params : dict
        Its arguments.
    train : tuple of (X, y, sample_weight)
        Float32 arrays; the weights may be None.
    seed : int
        Seed of a new net.
    former : RegressionNet, optional
        Net whose weights, optimizer, history and generators go on in the copy.

    Returns
    -------
    net : RegressionNet
        The trained net; `former` is as it was.

    Raises
    ------
    ValueError
        If the device cannot be used.
    KeyboardInterrupt
        If the epoch was interrupted.
    """
    callbacks = _make_callbacks(regressor, module_params, train, None, seed, None)
    net = _make_net(regressor, module, module_params, callbacks, seed)
    if former is not None:
        net.module_.load_state_dict(former.module_.state_dict())
        # Torch would share the moments, and the parameters of today belong to groups.
        groups = [
            {name: value for name, value in group.items() if name != "params"}
            for group in net.optimizer_.param_groups
        ]
        net.optimizer_.load_state_dict(deepcopy(former.optimizer_.state_dict()))
        for group, params in zip(net.optimizer_.param_groups, groups, strict=True):
            group.update(params)
        net.generators_.set_state(former.random_state_)
        net.history.extend({**epoch, "batches": []} for epoch in former.history)
    n_epochs = len(net.history)
    net.max_epochs = n_epochs + 1
    _train(net, train, None)
    if len(net.history) == n_epochs:
        raise KeyboardInterrupt
    return net


def predict_net(net, X):
    """Output of the net for float32 inputs, as a numpy array."""
    return net.forward(RegressionData(torch.from_numpy(X))).numpy()


def _make_net(regressor, module, module_params, callbacks, seed):
    try:
        torch.zeros(1, device=regressor.device).numpy(force=True)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            "device must be one that torch can use here, such as 'cpu', got "
            f"{regressor.device!r}: {str(error).splitlines()[0]}"
        ) from error
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
    return net.initialize()


def _train(net, train, valid):
    """Train for the epochs that the history lacks, up to an interrupt."""
    train = _to_dataset(train, net.device)
    valid = None if valid is None else _to_dataset(valid, net.device)
    with torch.enable_grad():
        net.partial_fit((train, valid))
    # Left to the first prediction, threads that predict at once would race for it.
    net.module_.eval()
    # Copies hold no generators.
    net.random_state_ = net.generators_.get_state()
    last_loss = "train_loss" if valid is None else "valid_loss"
    if net.history and last_loss not in net.history[-1]:
        net.history.pop()


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
