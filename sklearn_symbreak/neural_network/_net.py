"""The skorch net behind the regressors; imported only when a net is fitted."""

import math

import torch
from skorch import NeuralNet
from skorch.dataset import Dataset

from sklearn_symbreak.neural_network._layers import Generators, initialize_layers


class RegressionData(Dataset):
    """Tensors of inputs, targets and sample weights, read whole batches at a time.

    A dataset of skorch's kind, since only of these do its callbacks find the targets.
    """

    def __init__(self, X, y=None, sample_weight=None):
        # A callback may hand over a batch as it comes, with its weights.
        self.X = X["X"] if isinstance(X, dict) else X
        self.y = y
        self.sample_weight = sample_weight

    def __len__(self):
        return len(self.X)

    def __getitem__(self, indices):
        """Inputs and targets of a batch; weights come with the inputs.

        That is where skorch wants them: its scoring callbacks collect the targets.
        """
        X, y = self.X[indices], None if self.y is None else self.y[indices]
        if self.sample_weight is None:
            return X, y
        return {"X": X, "sample_weight": self.sample_weight[indices]}, y


class BatchIterator:
    """Iterate over a `RegressionData` by one index operation a batch.

    A `torch.utils.data.DataLoader` fetches and collates sample by sample, which costs
    more than the training step of a small net.
    """

    def __init__(self, dataset, batch_size, shuffle=False, generator=None):
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.generator = generator

    def __iter__(self):
        n_samples = len(self.dataset)
        if self.shuffle:
            # Drawn on the CPU, so that every device sees the same order.
            order = torch.randperm(n_samples, generator=self.generator, device="cpu")
            for indices in order.to(self.dataset.X.device).split(self.batch_size):
                yield self.dataset[indices]
        else:
            for start in range(0, n_samples, self.batch_size):
                yield self.dataset[start : start + self.batch_size]


class RegressionNet(NeuralNet):
    """A skorch net that minimises the weighted mean squared error plus penalties.

    The history holds mean losses per epoch and, of the current epoch only, losses per
    batch: over a long training on many samples the latter would fill the memory.
    """

    def __init__(self, *args, seed, l1_penalty=0.0, l2_penalty=0.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.seed = seed
        self.l1_penalty = l1_penalty
        self.l2_penalty = l2_penalty

    @property
    def _default_callbacks(self):
        return []

    def initialize_module(self):
        """Make a module of single precision, whatever torch's default is."""
        super().initialize_module()
        self.module_.float()
        self.generators_ = Generators(self.seed, self.device)
        initialize_layers(self.module_, self.generators_)
        return self

    def get_params_for_optimizer(self, prefix, named_parameters):
        """Parameters in two groups, of which only the first, the weights, decays."""
        (groups,), options = super().get_params_for_optimizer(prefix, named_parameters)
        params = [p for group in groups for p in group["params"]]
        # Biases and batch norms have one axis.
        weights = [p for p in params if p.ndim > 1]
        others = [p for p in params if p.ndim <= 1]
        return (
            [{"params": weights}, {"params": others, "weight_decay": 0.0}],
        ), options

    def get_iterator(self, dataset, training=False):
        """Iterate over batches, in training in an order of the net's own generator."""
        iterator = super().get_iterator(dataset, training)
        if training:
            iterator.generator = self.generators_.cpu
        return iterator

    def infer(self, x, **fit_params):
        """Output of the module, which does not see the weights."""
        return super().infer(x["X"] if isinstance(x, dict) else x, **fit_params)

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Mean over the batch of the weighted squared error, plus the penalties."""
        if isinstance(X, dict):
            weight = X["sample_weight"]
            loss = ((y_pred - y_true).square().mean(dim=1) * weight).mean()
        else:
            loss = self.criterion_(y_pred, y_true)
        if training and (self.l1_penalty or self.l2_penalty):
            # Biases, which have one axis, are not penalised.
            weights = [p for p in self.module_.parameters() if p.ndim > 1]
            if self.l1_penalty:
                loss = loss + self.l1_penalty * sum(w.abs().sum() for w in weights)
            if self.l2_penalty:
                loss = loss + self.l2_penalty * sum(w.square().sum() for w in weights)
        return loss

    def get_split_datasets(self, X, y=None, **fit_params):
        """Return the training and validation data, which arrive already split.

        A `train_split` would stay in the fitted net, and the data with it.
        """
        return X

    def train_step(self, batch, **fit_params):
        """Take one step, without the closure that only other optimizers need."""
        self.optimizer_.zero_grad()
        step = self.train_step_single(batch, **fit_params)
        self.notify(
            "on_grad_computed",
            named_parameters=self.module_.named_parameters(),
            batch=batch,
            training=True,
        )
        self.optimizer_.step()
        return step

    def _set_training(self, training=True):
        # skorch switches before every batch, which walks through all layers.
        if self.module_.training != training:
            super()._set_training(training)

    def fit_loop(self, X, y=None, epochs=None, **fit_params):
        """Train for the epochs that the history lacks."""
        remaining = self.max_epochs - len(self.history)
        return super().fit_loop(X, y, epochs=remaining, **fit_params)

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Run one epoch and record its mean loss.

        Raises
        ------
        ValueError
            If the loss is not finite.
        """
        super().run_single_epoch(iterator, training, prefix, step_fn, **fit_params)
        if iterator is None:
            return
        keys = (f"{prefix}_loss", f"{prefix}_batch_size")
        batches = self.history[-1, "batches", :, keys]
        n_samples = sum(size for _, size in batches)
        mean_loss = sum(loss * size for loss, size in batches) / n_samples
        if not math.isfinite(mean_loss):
            raise ValueError(
                f"The {'training' if training else 'validation'} loss became "
                f"{mean_loss} in epoch {len(self.history)}; a learning_rate smaller "
                f"than {self.lr} may help."
            )
        earlier = [epoch[f"{prefix}_loss"] for epoch in self.history[:-1]]
        self.history.record(f"{prefix}_loss", mean_loss)
        # skorch's own Checkpoint asks for these.
        self.history.record(
            f"{prefix}_loss_best", mean_loss < min(earlier, default=math.inf)
        )

    def on_epoch_begin(self, net, **kwargs):
        """Open a new epoch in the history and drop the batches of the last one."""
        if self.history:
            self.history[-1]["batches"].clear()
        super().on_epoch_begin(net, **kwargs)
