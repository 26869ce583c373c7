"""Callbacks of a training: schedules, early stopping, progress, checkpoints."""

import os
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import joblib
import numpy as np
import torch
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from torch.optim import lr_scheduler


def make_learning_rate_schedule(
    name, *, learning_rate, max_epochs, n_batches, patience, monitor
):
    """The callback that carries out the schedule of this name."""
    if name == "one_cycle":
        options = {
            "policy": lr_scheduler.OneCycleLR,
            "step_every": "batch",
            "max_lr": learning_rate,
            "total_steps": max_epochs * n_batches,
        }
    elif name == "cosine":
        options = {
            "policy": lr_scheduler.CosineAnnealingLR,
            "step_every": "batch",
            "T_max": max_epochs * n_batches,
        }
    else:
        options = {
            "policy": lr_scheduler.ReduceLROnPlateau,
            "monitor": monitor,
            # With the patience of early stopping, the latter would act first.
            "patience": patience // 2,
        }
    return LRScheduler(event_name=None, **options)


def make_early_stopping(patience):
    """The callback that ends a training and restores the weights of the best epoch."""
    return EarlyStopping(
        monitor="valid_loss", patience=patience, threshold=0, load_best=True
    )


class ProgressBar(Callback):
    """A bar that advances once an epoch and shows the latest losses."""

    def on_train_begin(self, net, **kwargs):
        """Open the bar."""
        from tqdm.auto import tqdm

        self.bar_ = tqdm(total=net.max_epochs, unit="epoch")

    def on_epoch_end(self, net, **kwargs):
        """Advance the bar."""
        epoch = net.history[-1]
        losses = {key: epoch[key] for key in epoch if key.endswith("_loss")}
        self.bar_.set_postfix(losses, refresh=False)
        self.bar_.update(epoch["epoch"] - self.bar_.n)

    def on_train_end(self, net, **kwargs):
        """Close the bar and forget it, since it does not pickle."""
        self.bar_.close()
        del self.bar_


# Names of the callbacks without whose state a training cannot go on.
EARLY_STOPPING, LEARNING_RATE = "early_stopping", "learning_rate"
EARLY_STOPPING_STATE = (
    "misses_",
    "dynamic_threshold_",
    "best_epoch_",
    "best_model_weights_",
)
# These do not change the result, or are hashed in another form: the seed drawn from
# `random_state`, `max_epochs` where the schedule depends on it, and the weights at
# which a warm start begins.
NOT_HASHED = {
    "callbacks",
    "checkpoint_dir",
    "device",
    "max_epochs",
    "random_state",
    "verbose",
    "warm_start",
}


def hash_training(regressor, *more):
    """Hash of all that the state of a training after some epochs depends on.

    Parameters
    ----------
    regressor : BaseNeuralRegressor
        Holds the parameters.
    *more : object
        Prepared data, the seed and what else matters.

    Returns
    -------
    fingerprint : str
        A valid name of a folder.
    """
    params = regressor.get_params(deep=False)
    # These schedules are stretched over all epochs.
    stretched = params["learning_rate_schedule"] in {"one_cycle", "cosine"}
    length = params["max_epochs"] if stretched else None
    hashed = {name: params[name] for name in params.keys() - NOT_HASHED}
    return joblib.hash((type(regressor).__name__, hashed, length, *more))


class Checkpoint(Callback):
    """Save a training after every epoch; begin where a saved one ended.

    Each `max_epochs` has a file of its own, so that a short training leaves a longer
    one as it is, and begins at the latest epoch of all files that it may reach.

    It must be the last callback: it restores the state of the others after they have
    begun, and saves it after they have ended an epoch. The epoch in which early
    stopping strikes is not saved: a finished training, started again, repeats that
    epoch and stops again.

    Parameters
    ----------
    directory : str or path-like
        The user's folder, shared by all trainings; created if it does not exist.
    fingerprint : str
        Name of the folder of this training, see `hash_training`.
    """

    def __init__(self, directory, fingerprint):
        self.directory = directory
        self.fingerprint = fingerprint

    def on_train_begin(self, net, **kwargs):
        """Restore the latest saved state that has not more than `max_epochs` epochs.

        Raises
        ------
        ValueError
            If a file cannot be read, or lacks a part.
        """
        latest, latest_path = {"history": []}, None
        for path in self._folder().glob("*.pt"):
            with self._naming(path):
                state = torch.load(path, map_location=net.device, weights_only=True)
                if len(latest["history"]) < len(state["history"]) <= net.max_epochs:
                    latest, latest_path = state, path
        if latest_path is not None:
            with self._naming(latest_path):
                _restore(net, latest)

    def on_epoch_end(self, net, **kwargs):
        """Save the state."""
        path = self._folder() / f"{net.max_epochs}.pt"
        path.parent.mkdir(parents=True, exist_ok=True)
        # A kill in the midst of writing must leave the previous checkpoint whole, and
        # another process that trains the same must not write into this file.
        partial = path.with_suffix(f".{uuid4().hex}.partial")
        try:
            torch.save(_get_state(net), partial)
            os.replace(partial, path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def _folder(self):
        return Path(self.directory) / self.fingerprint

    @contextmanager
    def _naming(self, path):
        """Name the file in what is raised, which depends on where it is damaged."""
        try:
            yield
        except Exception as error:
            raise ValueError(
                f"checkpoint_dir={str(self.directory)!r} holds a checkpoint that is "
                f"damaged or lacks a part, {path.relative_to(self.directory)} "
                f"({type(error).__name__}); delete this file or give another directory."
            ) from error


def _get_state(net):
    callbacks = {}
    for name, callback in net.callbacks_:
        if isinstance(callback, EarlyStopping):
            callbacks[name] = {k: getattr(callback, k) for k in EARLY_STOPPING_STATE}
        elif isinstance(callback, LRScheduler):
            callbacks[name] = callback.lr_scheduler_.state_dict()
    return {
        "module": net.module_.state_dict(),
        "optimizer": net.optimizer_.state_dict(),
        "history": [_plain(epoch) for epoch in net.history],
        "random_state": net.generators_.get_state(),
        "callbacks": callbacks,
    }


def _restore(net, state):
    net.module_.load_state_dict(state["module"])
    net.optimizer_.load_state_dict(state["optimizer"])
    net.history.extend(state["history"])
    net.generators_.set_state(state["random_state"])
    for name, callback in net.callbacks_:
        # A callback of the user's may be new.
        if name not in state["callbacks"] and name not in {
            EARLY_STOPPING,
            LEARNING_RATE,
        }:
            continue
        if isinstance(callback, EarlyStopping):
            saved = state["callbacks"][name]
            vars(callback).update({k: saved[k] for k in EARLY_STOPPING_STATE})
        elif isinstance(callback, LRScheduler):
            callback.lr_scheduler_.load_state_dict(state["callbacks"][name])


def _plain(epoch):
    """An epoch of the history without batches and without scalars of numpy.

    Torch does not load the latter safely; scoring callbacks record them.
    """
    plain = {
        key: value.item() if isinstance(value, np.generic) else value
        for key, value in epoch.items()
    }
    return {**plain, "batches": []}
