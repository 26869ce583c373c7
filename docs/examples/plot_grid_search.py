"""
Search over breakers, regressors and their parameters in one grid
=================================================================

The symmetry breaker is a parameter like any other. The default score of
:class:`~sklearn_symbreak.SymmetryBreakingRegressor` is the same for all members of an
orbit, so the search compares ``"passthrough"`` (targets as they are) with breakers
fairly, complex targets included.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor

from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.inspection import BreakerComparisonDisplay
from sklearn_symbreak.metrics import orbit_relative_error
from sklearn_symbreak.neural_network import FeedForwardRegressor

# A few passes are enough to compare; MLPRegressor says that more would be better.
warnings.simplefilter("ignore", ConvergenceWarning)

X, y, forward = make_gaussian_phase_retrieval(
    n_samples=1000,
    n_features=3,
    complex_valued=True,
    random_state=0,
    return_forward=True,
)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# %%
# Breakers by regressors. The score is the coefficient of determination up to the
# symmetry: 1 is perfect, 0 is the best constant.
model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=forward.symmetry)
breakers = ["passthrough", "canonical", "mean", "embedding"]
search = GridSearchCV(
    model,
    {
        "breaker": breakers,
        "regressor": [
            KNeighborsRegressor(),
            MLPRegressor(hidden_layer_sizes=(64, 64), max_iter=30, random_state=0),
            FeedForwardRegressor((64, 64), max_epochs=15, random_state=0),
        ],
    },
    cv=3,
)
search.fit(X_train, y_train)
BreakerComparisonDisplay.from_estimator(search)

# %%
# Breakers by a parameter of one regressor.
neighbors = GridSearchCV(
    model, {"breaker": breakers, "regressor__n_neighbors": [2, 4, 8, 16, 32]}, cv=3
)
neighbors.fit(X_train, y_train)
BreakerComparisonDisplay.from_estimator(neighbors)

# %%
# Test data were never broken; the error of the best model is taken up to the phase.
print(f"best: {search.best_params_}")
error = orbit_relative_error(y_test, search.predict(X_test), group=forward.symmetry)
print(f"relative error on the test set: {error:.4f}")
plt.show()
