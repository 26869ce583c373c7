"""Names for the types of public signatures."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

#: A numpy array or torch tensor; what is returned is of the library of what was given.
#: No type says so while torch is optional, so that checkers let any object pass.
Array: TypeAlias = Any

#: Elements of a group, one per sample: an array, or a tuple of arrays.
Element: TypeAlias = Array | tuple[Array, ...]

#: One reference, or several in order of precedence.
References: TypeAlias = Array | list[Array]

#: Shape of one signal or measurement.
Shape: TypeAlias = tuple[int, ...]

#: What `sklearn.utils.check_random_state` takes.
RandomState: TypeAlias = int | np.random.RandomState | None

#: A forward model, or any function from signals to measurements.
Forward: TypeAlias = Callable[[Array], Array]

#: `(X, y)`, measurements and signals, and after them the forward model if asked for.
Data: TypeAlias = tuple[Any, ...]

#: Called with the number of the iteration and the signals.
Callback: TypeAlias = Callable[[int, np.ndarray], object]

#: An object with `fit`, and `predict` or `transform`: scikit-learn has no types.
Estimator: TypeAlias = Any

#: Of matplotlib, which is optional and imported where something is plotted.
Axes: TypeAlias = Any
Figure: TypeAlias = Any
