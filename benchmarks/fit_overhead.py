"""Time of `FeedForwardRegressor.fit` over that of a bare torch loop.

Run ``python benchmarks/fit_overhead.py``. Both train the same net with the same
optimizer on the same training and validation split, and both evaluate the validation
loss after every epoch; what differs is everything around: scaling, skorch, callbacks.
"""

import argparse
import statistics
import time

import numpy as np
import torch

from sklearn_symbreak.neural_network import FeedForwardRegressor

N_SAMPLES, N_FEATURES, N_OUTPUTS = 20_000, 20, 5
HIDDEN_LAYER_SIZES = (256, 128, 64)
BATCH_SIZE = 128
VALIDATION_FRACTION = 0.1


def measure(n_repeats=5, max_epochs=3):
    """Time both, alternately, and compare the medians.

    Parameters
    ----------
    n_repeats : int, default=5
        Number of fits of each kind.
    max_epochs : int, default=3
        Number of epochs of every fit; early stopping cannot act in so few.

    Returns
    -------
    result : dict
        "regressor" and "bare_loop": median seconds; "ratio": median over the repeats
        of the ratio of neighbouring fits.
    """
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N_SAMPLES, N_FEATURES), dtype=np.float32)
    y = rng.standard_normal((N_SAMPLES, N_OUTPUTS), dtype=np.float32)
    regressor = FeedForwardRegressor(
        HIDDEN_LAYER_SIZES,
        max_epochs=max_epochs,
        batch_size=BATCH_SIZE,
        validation_fraction=VALIDATION_FRACTION,
        patience=max_epochs,
        random_state=0,
    )
    # The first training pays for imports and for the start of the thread pool.
    regressor.fit(X[:1000], y[:1000])
    fit_bare_loop(X[:1000], y[:1000], 1)
    pairs = [
        (
            _seconds(regressor.fit, X, y),
            _seconds(fit_bare_loop, X, y, max_epochs),
        )
        for _ in range(n_repeats)
    ]
    return {
        "regressor": statistics.median(a for a, _ in pairs),
        "bare_loop": statistics.median(b for _, b in pairs),
        "ratio": statistics.median(a / b for a, b in pairs),
    }


def fit_bare_loop(X, y, max_epochs):
    """Train the net of `FeedForwardRegressor` by the shortest loop in torch."""
    sizes = (X.shape[1], *HIDDEN_LAYER_SIZES, y.shape[1])
    layers = []
    for n_inputs, n_units in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [torch.nn.Linear(n_inputs, n_units), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    criterion = torch.nn.MSELoss()
    n_valid = int(VALIDATION_FRACTION * len(X))
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    X_valid, y_valid, X, y = X[:n_valid], y[:n_valid], X[n_valid:], y[n_valid:]
    for _ in range(max_epochs):
        net.train()
        train_loss = 0.0
        for rows in torch.randperm(len(X)).split(BATCH_SIZE):
            optimizer.zero_grad()
            loss = criterion(net(X[rows]), y[rows])
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * len(rows)
        net.eval()
        with torch.no_grad():
            criterion(net(X_valid), y_valid).item()


def _seconds(function, *args):
    start = time.perf_counter()
    function(*args)
    return time.perf_counter() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-repeats", type=int, default=7)
    parser.add_argument("--max-epochs", type=int, default=3)
    parser.add_argument("--n-threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.n_threads)
    result = measure(arguments.n_repeats, arguments.max_epochs)
    print(
        f"FeedForwardRegressor.fit {result['regressor']:.3f} s, "
        f"bare loop {result['bare_loop']:.3f} s, ratio {result['ratio']:.3f}"
    )
