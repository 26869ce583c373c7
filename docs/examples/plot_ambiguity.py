"""
Which symmetry do my data have?
===============================

Before anything is trained, neighbours tell. If near measurements have near signals,
there is nothing to break. If their signals jump, and the jumps vanish up to a group,
the data have this symmetry.
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_symbreak.datasets import load_digit_images, make_fourier_phase_retrieval
from sklearn_symbreak.groups import ConjugateFlip, FourierSymmetry, Translation
from sklearn_symbreak.inspection import (
    AmbiguityDisplay,
    SignalsDisplay,
    measure_ambiguity,
)

# %%
# Digits somewhere on a dark canvas, half of them turned by 180 degrees, and the
# magnitudes of their Fourier transforms. Suppose that nobody told us so.
images, _ = load_digit_images()
X, y = make_fourier_phase_retrieval(
    images,
    canvas_shape=12,
    measurement_shape=24,
    variant="shift_flip",
    random_state=0,
)
magnitudes = np.sqrt(X)

# %%
# Here are signals whose measurements are neighbours. They look alike, but for their
# place and the turn.
nearest = [
    np.argsort(np.linalg.norm(magnitudes - row, axis=1))[1] for row in magnitudes[:4]
]
display = SignalsDisplay.from_predictions(
    y[:4],
    {
        "neighbour": y[nearest],
        "moved": FourierSymmetry().align(y[nearest], y[:4])[0],
    },
)
display.axes_[0, 0].set_title("signal")

# %%
# Three candidates. Shifts alone explain a part of the jumps, turns alone hardly any,
# both together most of them. Groups that are found are green; blue is what is left when
# their targets are aligned to a template.
candidates = [ConjugateFlip(), Translation(), FourierSymmetry()]
found = measure_ambiguity(magnitudes, y, candidates, random_state=0)
print(found)
AmbiguityDisplay.from_ambiguity(found)

# %%
# The answer may be no: the same digits, each in the middle and upright, have nothing to
# break.
X, y = make_fourier_phase_retrieval(
    images, canvas_shape=12, measurement_shape=24, variant="none"
)
found = measure_ambiguity(np.sqrt(X), y, candidates, random_state=0)
print(found)
AmbiguityDisplay.from_ambiguity(found)
plt.show()
