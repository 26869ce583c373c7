"""Time of `FeedForwardRegressor.fit` over that of a bare torch loop.

Run ``python benchmarks/fit_overhead.py``. Both train the same net for the same number
of epochs on the same numbers of training and validation samples, and evaluate the
validation loss after every epoch. What differs is everything around: scaling, skorch,
callbacks.
"""

import argparse
import time
from itertools import pairwise
from operator import truediv
from statistics import median

import numpy as np
import torch

from sklearn_symbreak.neural_network import FeedForwardRegressor

N_SAMPLES, N_FEATURES, N_OUTPUTS = 20_000, 20, 5
HIDDEN_LAYER_SIZES = (256, 128, 64)
BATCH_SIZE = 128
VALIDATION_FRACTION = 0.1


def measure(n_repeats=7, max_epochs=5):
    """Time the regressor and two bare loops by turns.

    Parameters
    ----------
    n_repeats : int, default=7
        Number of fits of each kind.
    max_epochs : int, default=5
        Epochs of every fit; early stopping is on but cannot act.

    Returns
    -------
    seconds : dict of list of float
        Of the "regressor", of the "bare loop" with Adam as torch's users call it, and
        of the "fused bare loop" with the fused Adam of the regressor.
    """
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N_SAMPLES, N_FEATURES), dtype=np.float32)
    y = rng.standard_normal((N_SAMPLES, N_OUTPUTS), dtype=np.float32)
    regressor = FeedForwardRegressor(
        HIDDEN_LAYER_SIZES,
        max_epochs=max_epochs,
        batch_size=BATCH_SIZE,
        validation_fraction=VALIDATION_FRACTION,
        patience=max_epochs + 1,
        random_state=0,
    )
    contestants = {
        "regressor": lambda: regressor.fit(X, y),
        "bare loop": lambda: fit_bare_loop(X, y, max_epochs, fused=False),
        "fused bare loop": lambda: fit_bare_loop(X, y, max_epochs, fused=True),
    }
    # The first fit pays for imports and for the start of the threads.
    for fit in contestants.values():
        fit()
    seconds = {name: [] for name in contestants}
    for _ in range(n_repeats):
        for name, fit in contestants.items():
            start = time.perf_counter()
            fit()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def fit_bare_loop(X, y, max_epochs, *, fused):
    """Train the net of `FeedForwardRegressor` by the shortest loop in torch."""
    layers = []
    for n_inputs, n_units in pairwise((X.shape[1], *HIDDEN_LAYER_SIZES, y.shape[1])):
        layers += [torch.nn.Linear(n_inputs, n_units), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=fused)
    criterion = torch.nn.MSELoss()
    n_valid = int(VALIDATION_FRACTION * len(X))
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    X_valid, y_valid, X, y = X[:n_valid], y[:n_valid], X[n_valid:], y[n_valid:]
    for _ in range(max_epochs):
        train_loss = 0.0
        for rows in torch.randperm(len(X)).split(BATCH_SIZE):
            optimizer.zero_grad()
            loss = criterion(net(X[rows]), y[rows])
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * len(rows)
        with torch.no_grad():
            criterion(net(X_valid), y_valid).item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-repeats", type=int, default=7)
    parser.add_argument("--max-epochs", type=int, default=5)
    parser.add_argument("--n-threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.n_threads)
    seconds = measure(arguments.n_repeats, arguments.max_epochs)
    for name, times in seconds.items():
        ratios = map(truediv, seconds["regressor"], times)
        print(f"{name:16}{median(times):8.3f} s, ratio {median(ratios):6.3f}")
