"""Shared docstring parts of the nets."""

OPTIMIZATION = """\
    max_epochs : int, default=100
        Largest number of passes through the training data.
    batch_size : int, default=128
        Samples per step.
    learning_rate : float, default=1e-3
        Step size of Adam; the peak of the schedule "one_cycle", the start of others.
    learning_rate_schedule : {"one_cycle", "cosine", "plateau"}, default=None
        - None: constant.
        - "one_cycle": up from 1/25 of `learning_rate` and down to nearly zero [3]_.
        - "cosine": down to zero along half a cosine.
        - "plateau": divided by ten whenever the validation loss (the training loss,
          without validation) has not decreased for ``patience // 2`` epochs.

        The first two run over `max_epochs`: a training that stops early does not see
        their end, so give a large `patience`.
    l1_penalty : float, default=0.0
        Factor of the sum of absolute weights, biases excluded, in the training loss.
    l2_penalty : float, default=0.0
        Factor of the sum of squared weights, biases excluded, in the training loss.
        Both penalties add to the mean squared error of targets of unit scale, see
        Notes.
"""

TRAINING = """\
    device : str, default="cpu"
        Torch device to train and predict on, such as "cuda".
    callbacks : list of skorch callbacks, default=None
        Passed to skorch as they are, hence modified by the training.
    checkpoint_dir : str or path-like, default=None
        Directory in which to save the training after every epoch. A `fit` with the
        same data and parameters continues where a killed one stopped, and gives what
        an uninterrupted one gives; it needs an int as `random_state`. Each training
        has a folder of its own in it, so that all fits of a search may share one.
        With a larger `max_epochs`, training goes on where it ended; under "one_cycle"
        and "cosine", which depend on `max_epochs`, this is another training. So is
        one on other data or with other parameters, but for `device`, `verbose` and
        `callbacks`, whose state is not saved: give callbacks that change the training
        a directory of their own.
    warm_start : bool, default=False
        Whether `fit` starts at the weights of the former fit, with a new optimizer and
        a new history, on data with as many columns. The scaling of inputs and targets
        stays that of the first fit: the weights mean something only in its units.
        Neither the layers nor `input_transform` may have changed.
    verbose : bool, default=False
        Whether to show a progress bar, which needs tqdm.

    Attributes
    ----------
    net_ : skorch.NeuralNet
        The trained net; its history is ``net_.history``. Its outputs are in the
        units of the scaled targets.
    n_iter_ : int
        Number of epochs.
    loss_curve_ : list of float
        Training loss of every epoch, with penalties, in squared units of `y`.
    validation_loss_curve_ : list of float or None
        Mean squared error of the validation part; None without one.
    best_loss_ : float
        Smallest validation loss, or training loss without validation.
"""
