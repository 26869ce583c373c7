"""
Watch a net learn, with and without the symmetry
================================================

The history of a training shows the symptom: with untouched targets the loss goes down a
little and stops, as if there were nothing more to learn. With the symmetry broken the
same net goes on learning.
"""

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.groups import SignFlip
from sklearn_symbreak.inspection import OrbitErrorDisplay
from sklearn_symbreak.neural_network import FeedForwardRegressor

X, y = make_gaussian_phase_retrieval(4000, 4, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# %%
# A tenth of the training samples is held out. Training ends ten epochs after the best
# loss on them, and the weights of that best epoch come back.
net = FeedForwardRegressor(max_epochs=50, patience=10, random_state=0)
models = {
    "targets as they are": SymmetryBreakingRegressor(net, SignFlip(), "passthrough"),
    "sign broken": SymmetryBreakingRegressor(net, SignFlip()),
}
figure, axes = plt.subplots(1, 2, figsize=(8, 3.8), sharey=True, layout="constrained")
for axis, (name, model) in zip(axes, models.items(), strict=True):
    net = model.fit(X_train, y_train).regressor_
    epochs = range(1, net.n_iter_ + 1)
    axis.semilogy(epochs, net.loss_curve_, label="training")
    axis.semilogy(epochs, net.validation_loss_curve_, label="validation")
    best = net.validation_loss_curve_.index(net.best_loss_)
    axis.axvline(1 + best, color="0.6", linestyle=":", label="best epoch, kept")
    axis.set(title=name, xlabel="epoch")
    axis.grid(alpha=0.3)
    print(f"{name}: best of {net.n_iter_} epochs is {1 + best}")
axes[0].set_ylabel("mean squared error of the targets")
axes[0].legend(loc="lower left")

# %%
# The losses of the two have different targets. What counts is the error up to the sign
# on test data, which were never broken.
for name, model in models.items():
    print(f"{name:<20} R² up to the sign: {model.score(X_test, y_test):.3f}")
OrbitErrorDisplay.from_estimator(models, X_test, y_test)
plt.show()
