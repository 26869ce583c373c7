"""Learning-rate schedules, early stopping and the progress bar of a training.

Imported only when a net is fitted.
"""

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
