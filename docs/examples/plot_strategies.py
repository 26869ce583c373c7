"""
What to do about a symmetry: six strategies on one problem
==========================================================

Signals of six entries are measured by the squares of 24 random projections, so that `x`
and `-x` look the same. One ridge regression learns the way back. What it is given as a
target decides how well.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.compose import AtlasRegressor, RefinedRegressor
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.forward import LearnedForward
from sklearn_symbreak.groups import SignFlip
from sklearn_symbreak.inspection import (
    BreakerComparisonDisplay,
    OrbitErrorDisplay,
    SignalsDisplay,
)
from sklearn_symbreak.metrics import make_orbit_scorer, orbit_relative_error
from sklearn_symbreak.phase_retrieval import LevenbergMarquardt

X, y = make_gaussian_phase_retrieval(3000, 6, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

group = SignFlip()
ridge = make_pipeline(
    StandardScaler(), PolynomialFeatures(2), StandardScaler(), Ridge(1e-3)
)
embedding = SymmetryBreakingRegressor(ridge, group, "embedding")
strategies = {
    "untouched": SymmetryBreakingRegressor(ridge, group, "passthrough"),
    "canonical template": SymmetryBreakingRegressor(ridge, group, "canonical"),
    "mean template": SymmetryBreakingRegressor(ridge, group, "mean"),
    "atlas of 4 templates": AtlasRegressor(ridge, group, random_state=0),
    "embedding": embedding,
    "embedding, refined": RefinedRegressor(
        embedding, LevenbergMarquardt(LearnedForward(group))
    ),
}

# %%
# Three test signals and what was made of them, turned to the sign of the truth.
shown = ("untouched", "canonical template", "embedding, refined")
fitted = {name: strategies[name].fit(X_train, y_train) for name in shown}
SignalsDisplay.from_estimator(fitted, X_test, y_test, group=group, n_signals=3)

# %%
# Five folds each, on a logarithmic scale. Untouched targets are hopeless. A template
# leaves a seam where targets jump; several templates have their seams at different
# places; an embedding has none. Its errors are small enough for a solver to finish,
# with a forward model that is learned from the same pairs.
scorer = make_orbit_scorer(group, orbit_relative_error)
scores = {}
for name, model in strategies.items():
    errors = -cross_val_score(model, X_train, y_train, cv=5, scoring=scorer)
    scores[name] = np.log10(errors)
    print(f"{name:<22} relative error {errors.mean():.1e}")
BreakerComparisonDisplay.from_scores(
    scores, score_label="log10 of the relative error up to the sign, 5 folds"
)

# %%
# Where the error of a template comes from: the canonical rule flips the signs so that
# the last entry is positive, and where this entry is nearly zero the target jumps. A
# polynomial pays for a jump everywhere.
fitted = {
    name: strategies[name].fit(X_train, y_train)
    for name in ("canonical template", "atlas of 4 templates", "embedding")
}
breaker = SymmetryBreaker(group).fit(y_train)
OrbitErrorDisplay.from_estimator(fitted, X_test, y_test, breaker=breaker)
plt.show()
