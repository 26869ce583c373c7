"""
The pose of an object that looks the same from several sides
============================================================

A propeller of three blades looks the same after a third of a turn. Its angle is
therefore known up to a third of a turn only, and a regressor of the angle is taught
three answers for one picture.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline

from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.groups import FiniteGroup
from sklearn_symbreak.inspection import BreakerComparisonDisplay, OrbitErrorDisplay

N_BLADES, SIZE = 3, 20


def pictures(angles, rng):
    """Noisy pictures of propellers at these angles, each a little off the centre."""
    center = (SIZE - 1) / 2 + rng.uniform(-1, 1, size=(2, len(angles), 1, 1))
    rows, columns = np.mgrid[:SIZE, :SIZE]
    y, x = center[1] - rows, columns - center[0]
    radius, direction = np.hypot(x, y), np.arctan2(y, x)
    blade = np.cos(N_BLADES * (direction - angles[:, None, None]))
    image = (blade > 0.5) * (radius < 0.42 * SIZE) + (radius < 0.12 * SIZE)
    return np.clip(image, 0, 1) + 0.2 * rng.normal(size=image.shape)


# %%
# A pose is a unit vector along a blade, which has no jump at a full turn as an angle
# has. The group holds the turns that take a blade to another one.
rng = np.random.default_rng(0)
angles = rng.uniform(0, 2 * np.pi, size=1500)
images = pictures(angles, rng)
X, y = images.reshape(len(images), -1), np.c_[np.cos(angles), np.sin(angles)]
turns = 2 * np.pi * np.arange(N_BLADES) / N_BLADES
group = FiniteGroup([[[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]] for t in turns])
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)


def draw(axis, image, arrows, colors):
    """A picture with arrows along blades."""
    axis.imshow(image.reshape(SIZE, SIZE), cmap="gray_r", vmin=0, vmax=2.5)
    for vector, color in zip(arrows, colors, strict=True):
        tip = (SIZE - 1) / 2 + 0.42 * SIZE * vector * [1, -1]
        start = ((SIZE - 1) / 2, (SIZE - 1) / 2)
        style = {"arrowstyle": "-|>", "color": color, "linewidth": 2}
        axis.annotate("", tip, start, arrowprops=style)
    axis.set(xticks=[], yticks=[])


# %%
# Pictures that look alike have targets that differ: three training pictures, close to
# one another, and the pose that each of them should be given.
turned = np.angle(
    np.exp(1j * N_BLADES * (np.arctan2(y_train[:, 1], y_train[:, 0]) - 0.3))
)
figure, axes = plt.subplots(1, 3, figsize=(6.5, 2.4), layout="constrained")
for axis, target in zip(axes, turns + 0.3, strict=True):
    direction = y_train @ [np.cos(target), np.sin(target)]
    row = np.argmax(np.where(np.abs(turned) < 0.3, direction, -1))
    draw(axis, X_train[row], [y_train[row]], ["C3"])
figure.suptitle("nearly the same picture, three targets")

# %%
# The strategy and the width of the kernel are chosen together, by cross-validation.
# Untouched targets cancel each other. A template has a seam, where its representative
# jumps. The embedding learns three times the angle, which has none.
regressor = make_pipeline(PCA(20), KernelRidge(kernel="rbf", alpha=0.1))
breakers = ["passthrough", "canonical", "embedding"]
search = GridSearchCV(
    SymmetryBreakingRegressor(regressor, group),
    {
        "breaker": breakers,
        "regressor__kernelridge__gamma": [0.001, 0.003, 0.01, 0.03],
    },
    cv=3,
)
search.fit(X_train, y_train)
BreakerComparisonDisplay.from_estimator(search)
print(f"chosen: {search.best_params_}")
print(f"R² up to thirds of a turn, test: {search.score(X_test, y_test):.3f}")

# %%
# Predicted poses of test pictures, each strategy with the width that was best for it.
results = search.cv_results_
models = {}
for breaker in breakers:
    tried = np.flatnonzero(results["param_breaker"] == breaker)
    best = tried[np.argmax(results["mean_test_score"][tried])]
    model = SymmetryBreakingRegressor(regressor, group)
    models[breaker] = model.set_params(**results["params"][best]).fit(X_train, y_train)

margin = models["canonical"].breaker_.margin(y_test)
rows = [np.argmin(margin), *range(4)]
figure, axes = plt.subplots(3, 5, figsize=(7.5, 4.8), layout="constrained")
for k, (name, model) in enumerate(models.items()):
    line = axes[k]
    for axis, row, vector in zip(line, rows, model.predict(X_test[rows]), strict=True):
        draw(axis, X_test[row], [vector], [f"C{k}"])
    line[0].set_ylabel(name)
axes[0, 0].set_title("on the seam")

# %%
# On the seam of the template, two blades fit equally well, and the regressor takes the
# middle between them.
OrbitErrorDisplay.from_estimator(models, X_test, y_test)
plt.show()
