"""
From a folder of diffraction patterns to images
===============================================

A detector behind a beam stop records how a small object scatters light: the squared
magnitude of its Fourier transform, without the middle. The steps from files to images,
each as you would do it with files of your own.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from sklearn_symbreak.datasets import load_digit_images, make_fourier_phase_retrieval
from sklearn_symbreak.forward import FourierPhaseRetrieval
from sklearn_symbreak.inspection import SignalsDisplay, SolverCurveDisplay
from sklearn_symbreak.metrics import consistency_error
from sklearn_symbreak.phase_retrieval import ADMM, ErrorReduction, HybridInputOutput

# %%
# Here are the files: eight digits of scikit-learn on a canvas of 16 × 16 pixels, and
# patterns of 48 × 48 pixels with the zero frequency in the middle, as a detector has
# it. Nothing is measured behind the beam stop, which is marked by NaN.
folder = tempfile.TemporaryDirectory()
digits, _ = load_digit_images()
measured, canvases = make_fourier_phase_retrieval(
    digits[10:18],
    canvas_shape=16,
    measurement_shape=48,
    beam_stop=2,
    variant="shift_flip",
    random_state=0,
)
for number, pattern in enumerate(measured.reshape(-1, 48, 48)):
    np.save(Path(folder.name) / f"pattern_{number:03}.npy", np.fft.fftshift(pattern))
for number, canvas in enumerate(canvases):
    plt.imsave(
        Path(folder.name) / f"truth_{number:03}.png",
        canvas,
        cmap="gray",
        vmin=0,
        vmax=1,
    )

# %%
# Read them back: one row of `X` for each file.
files = sorted(Path(folder.name).glob("pattern_*.npy"))
patterns = np.stack([np.load(path) for path in files])
X = patterns.reshape(len(patterns), -1)
print(f"{len(X)} patterns, {np.isnan(X[0]).sum()} pixels of each not measured")

figure, axes = plt.subplots(2, 4, figsize=(7.5, 3.6), layout="constrained")
for axis, pattern in zip(axes.flat, patterns, strict=True):
    shown = axis.imshow(np.log10(1 + pattern), cmap="magma")
    # What is NaN is not drawn.
    axis.set_facecolor("C0")
    axis.set(xticks=[], yticks=[])
figure.colorbar(shown, ax=axes, label="log10(1 + intensity)")
figure.suptitle("measured, blue behind the beam stop")

# %%
# The forward model says how large the canvas is and where the detector has the zero
# frequency. A solver needs no training. Which one to take, the residuals tell, since no
# truth is needed for them. Images that are not solved are started again, which makes
# the peaks.
forward = FourierPhaseRetrieval((16, 16), (48, 48), zero_frequency="center")
solvers = {
    cls.__name__: cls(forward, max_iter=400, n_init=5, random_state=0)
    for cls in (ErrorReduction, HybridInputOutput, ADMM)
}
SolverCurveDisplay.from_estimator(solvers, X)
for name, solver in solvers.items():
    print(f"{name:<18} {solver.solved_.sum()} of {len(X)} solved")
best = min(solvers.values(), key=lambda solver: solver.residual_.mean())

# %%
# The images explain what was measured, and fill in what the beam stop hides.
images = best.predict(X)
print(
    f"residual of the measurements: {consistency_error(X, images, forward=forward):.1e}"
)

# %%
# Where the object lay on its canvas, and whether it was turned by 180 degrees, no
# pattern tells. To compare with the truth, if there is one, move the images onto it.
files = sorted(Path(folder.name).glob("truth_*.png"))
truth = np.stack([plt.imread(path)[..., 0] for path in files]).astype(float)
SignalsDisplay.from_predictions(
    truth,
    {"as found": images, "moved": forward.symmetry.align(images, truth)[0]},
)
folder.cleanup()
plt.show()
