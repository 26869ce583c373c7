"""
A symmetry of your own: a chain measured from the wrong end
===========================================================

Beads on a string have the same frequencies when the string is turned round. Whoever
wants their masses from the frequencies has a symmetry, the reversal. Five methods make
it a group of the package; breakers, scores and displays follow.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.inspection import OrbitErrorDisplay, SignalsDisplay
from sklearn_symbreak.neural_network import FeedForwardRegressor
from sklearn_symbreak.testing import check_symmetry_group


class Reversal(SymmetryGroup):
    """Leave a signal as it is, or reverse it; elements are booleans."""

    signal_ndim = 1

    def act(self, element, x):
        return np.where(element[:, None], x[:, ::-1], x)

    def inverse(self, element):
        return element

    def compose(self, a, b):
        return a ^ b

    def sample(self, x, random_state=None):
        return check_random_state(random_state).uniform(size=len(x)) < 0.5

    def align(self, x, reference):
        gain = np.sum(np.conj(reference) * (x[:, ::-1] - x), axis=1).real
        element = gain > 0
        return self.act(element, x), element


check_symmetry_group(Reversal())
print("Reversal keeps the laws of a group.")

# %%
# The measurement: frequencies of six beads on springs, once with fixed and once with
# free ends. Both are those of the reversed chain, too.
N_BEADS = 6


def frequencies(masses):
    springs = 2 * np.eye(N_BEADS) - np.eye(N_BEADS, k=1) - np.eye(N_BEADS, k=-1)
    free = springs.copy()
    free[0, 0] = free[-1, -1] = 1
    scale = 1 / np.sqrt(masses[:, :, None] * masses[:, None, :])
    squares = [np.linalg.eigvalsh(stiffness * scale) for stiffness in (springs, free)]
    # A free chain can move as a whole: its first frequency is zero.
    return np.sqrt(np.concatenate([squares[0], squares[1][:, 1:]], axis=1))


y = np.random.default_rng(0).uniform(1, 3, size=(4000, N_BEADS))
X = frequencies(y)
print("same frequencies:", np.allclose(X, frequencies(y[:, ::-1])))
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# %%
# The group goes where those of the package go. Untouched, the net learns the mean of a
# chain and its reverse: its predictions are the same from both ends.
net = FeedForwardRegressor(
    (128, 128),
    max_epochs=30,
    learning_rate=3e-3,
    learning_rate_schedule="one_cycle",
    patience=40,
    random_state=0,
)
models = {
    "untouched": SymmetryBreakingRegressor(net, Reversal(), "passthrough"),
    "reversal broken": SymmetryBreakingRegressor(net, Reversal(), "mean"),
}
for name, model in models.items():
    score = model.fit(X_train, y_train).score(X_test, y_test)
    print(f"{name:<16} R² up to the reversal: {score:.3f}")

display = SignalsDisplay.from_estimator(models, X_test, y_test, n_signals=3)
for axis in display.axes_[:, 0]:
    axis.set_ylabel("mass")
display.axes_[-1, 0].set_xlabel("bead")

# %%
# So does the margin. The error grows towards the seam, where chains are nearly as heavy
# on the one side as on the other.
OrbitErrorDisplay.from_estimator(models, X_test, y_test)
plt.show()
