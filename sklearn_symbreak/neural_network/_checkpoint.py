"""Save the state of a training after every epoch and continue from it.

Imported only when a net is fitted.
"""

import os
from pathlib import Path

import torch
from skorch.callbacks import Callback, EarlyStopping, LRScheduler

EARLY_STOPPING_STATE = (
    "misses_",
    "dynamic_threshold_",
    "best_epoch_",
    "best_model_weights_",
)


class Checkpoint(Callback):
    """Save a training after every epoch; begin where the saved one ended.

    It must be the last callback: it restores the state of the others after they have
    begun, and saves it after they have ended an epoch. The epoch in which early
    stopping strikes is not saved: a finished training, started again, repeats that
    epoch and stops again.

    Parameters
    ----------
    directory : str or path-like
        Where `checkpoint.pt` lies; created if it does not exist.
    fingerprint : str
        Hash of all that the training depends on.
    """

    def __init__(self, directory, fingerprint):
        self.directory = directory
        self.fingerprint = fingerprint

    def on_train_begin(self, net, **kwargs):
        """Restore the saved state, if there is one.

        Raises
        ------
        ValueError
            If the saved state belongs to another training, or cannot be read.
        """
        path = self._path()
        if not path.exists():
            return
        try:
            state = torch.load(path, map_location=net.device, weights_only=True)
            fingerprint = state["fingerprint"]
        # What a damaged or foreign file raises depends on where it is damaged.
        except Exception as error:
            raise ValueError(
                f"checkpoint_dir={str(self.directory)!r} holds a checkpoint.pt that "
                f"cannot be read ({type(error).__name__}); delete it or give another "
                "directory."
            ) from error
        if fingerprint != self.fingerprint:
            raise ValueError(
                f"checkpoint_dir={str(self.directory)!r} holds the checkpoint of a "
                "training with other data or other parameters; delete it or give "
                "another directory."
            )
        net.module_.load_state_dict(state["module"])
        net.optimizer_.load_state_dict(state["optimizer"])
        net.history.extend(state["history"])
        net.generators_.set_state(state["random_state"])
        for name, callback in net.callbacks_:
            if isinstance(callback, EarlyStopping) and name in state["callbacks"]:
                vars(callback).update(state["callbacks"][name])
            elif isinstance(callback, LRScheduler) and name in state["callbacks"]:
                callback.lr_scheduler_.load_state_dict(state["callbacks"][name])

    def on_epoch_end(self, net, **kwargs):
        """Save the state."""
        callbacks = {}
        for name, callback in net.callbacks_:
            if isinstance(callback, EarlyStopping):
                callbacks[name] = {
                    k: getattr(callback, k) for k in EARLY_STOPPING_STATE
                }
            elif isinstance(callback, LRScheduler):
                callbacks[name] = callback.lr_scheduler_.state_dict()
        state = {
            "fingerprint": self.fingerprint,
            "module": net.module_.state_dict(),
            "optimizer": net.optimizer_.state_dict(),
            "history": [{**epoch, "batches": []} for epoch in net.history],
            "random_state": net.generators_.get_state(),
            "callbacks": callbacks,
        }
        path = self._path()
        path.parent.mkdir(parents=True, exist_ok=True)
        # A kill in the midst of writing must leave the previous checkpoint whole.
        partial = path.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, path)

    def _path(self):
        return Path(self.directory) / "checkpoint.pt"
