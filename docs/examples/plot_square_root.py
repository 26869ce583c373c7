"""
The smallest problem: learn x from its square
=============================================

A number and its negative have the same square. Between them, a regressor that minimises
the mean squared error takes the middle, which is zero, whatever it is shown. Keeping
one of the two as the training target cures it.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.datasets import make_square_root
from sklearn_symbreak.groups import SignFlip
from sklearn_symbreak.inspection import SignalsDisplay
from sklearn_symbreak.neural_network import FeedForwardRegressor

X, y = make_square_root(2000, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# %%
# The same net is trained twice. Only its training targets differ: as they are, and with
# the sign flipped where they are negative. The best constant has a score of 0. It is
# one half, since minus one half counts as the same, and zero is worse.
net = FeedForwardRegressor((64, 64), batch_size=64, max_epochs=40, random_state=0)
models = {
    "targets as they are": SymmetryBreakingRegressor(
        net, SignFlip(), breaker="passthrough"
    ),
    "sign broken": SymmetryBreakingRegressor(net, SignFlip()),
}
for name, model in models.items():
    score = model.fit(X_train, y_train).score(X_test, y_test)
    print(f"{name:<20} R² up to the sign: {score:6.3f}")

# %%
# What they see is in grey, what they learn in colour.
targets = {
    "targets as they are": y_train,
    "sign broken": SymmetryBreaker(SignFlip()).fit_transform(y_train),
}
grid = np.linspace(0, 1, 200)[:, None]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True, layout="constrained")
for axis, (name, model) in zip(axes, models.items(), strict=True):
    axis.scatter(X_train, targets[name], s=6, color="0.75", label="training targets")
    axis.plot(grid, model.predict(grid), color="C1", linewidth=2.5, label="net")
    axis.set(title=name, xlabel="measurement x²")
axes[0].set_ylabel("signal x")
axes[1].legend(loc="lower right")

# %%
# Test data keep both signs, and nobody can tell which one was measured. Predictions are
# therefore compared up to the sign: each is moved onto its truth first.
SignalsDisplay.from_estimator(models, X_test, y_test)
plt.show()
