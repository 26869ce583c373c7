"""
Search over breakers, regressors and their parameters in one grid
=================================================================

The symmetry breaker is a parameter like any other. The default score of
:class:`~sklearn_symbreak.SymmetryBreakingRegressor` is the same for all members of an
orbit, so the search compares ``"passthrough"`` (targets as they are) with breakers
fairly, complex targets included.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor

from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.metrics import orbit_relative_error
from sklearn_symbreak.neural_network import FeedForwardRegressor

# A few passes are enough to compare; MLPRegressor says that more would be better.
warnings.simplefilter("ignore", ConvergenceWarning)

X, y, forward = make_gaussian_phase_retrieval(
    n_samples=4000,
    n_features=3,
    complex_valued=True,
    random_state=0,
    return_forward=True,
)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=forward.symmetry)
breakers = ["passthrough", "canonical", "mean"]
search = GridSearchCV(
    model,
    [
        {
            "breaker": breakers,
            "regressor": [KNeighborsRegressor()],
            "regressor__n_neighbors": [3, 5],
        },
        {
            "breaker": breakers,
            "regressor": [FeedForwardRegressor(max_epochs=15, random_state=0)],
            "regressor__learning_rate": [1e-3, 3e-3],
        },
        {
            "breaker": breakers,
            "regressor": [MLPRegressor(max_iter=30, random_state=0)],
            "regressor__hidden_layer_sizes": [(64, 64)],
        },
    ],
    cv=3,
)
search.fit(X_train, y_train)

# %%
# The score is the coefficient of determination up to the symmetry: 1 is perfect, 0 is
# the best constant.
results = search.cv_results_
for rank in np.argsort(results["rank_test_score"]):
    params = dict(results["params"][rank])
    regressor = type(params.pop("regressor")).__name__
    breaker = params.pop("breaker")
    options = ", ".join(f"{k.split('__')[1]}={v}" for k, v in params.items())
    score = results["mean_test_score"][rank]
    print(f"{score:7.3f}  {breaker:<12}{regressor:<22}{options}")

# %%
# Test data were never broken; the error of the best model is taken up to the phase.
error = orbit_relative_error(y_test, search.predict(X_test), group=forward.symmetry)
print(f"relative error on the test set: {error:.4f}")
