"""The paper's own rule for Fourier phase retrieval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sklearn_symbreak.breaking._centering import ContentCenterer
from sklearn_symbreak.breaking._fourier_phase import FourierPhaseBreaker
from sklearn_symbreak.utils._typing import Shape

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make_paper_fourier_breaker(
    measurement_shape: int | Shape,
    *,
    origin: Literal["center", "corner"] = "center",
    target: Literal["phase", "image"] = "phase",
) -> Pipeline:
    """The paper's rule for Fourier phase retrieval: centre, then break in the phase.

    Parameters
    ----------
    measurement_shape : int or tuple of int
        Shape of the measurement.
    origin : {"center", "corner"}, default="center"
        "corner" is the rule as printed; see `FourierPhaseBreaker`.
    target : {"phase", "image"}, default="phase"
        Targets of the regressor.

    Returns
    -------
    breaker : sklearn.pipeline.Pipeline
        Steps "center" (`ContentCenterer`) and "phase" (`FourierPhaseBreaker`), to be
        given to `SymmetryBreakingRegressor` as `breaker`.

    Raises
    ------
    ValueError
        Not here but in `fit`, if a parameter is not one of those allowed, or the
        measurement is smaller than the images.

    Examples
    --------
    >>> from sklearn_symbreak.breaking import make_paper_fourier_breaker
    >>> make_paper_fourier_breaker(24)["phase"].origin
    'center'
    """
    from sklearn.pipeline import Pipeline

    return Pipeline(
        [
            ("center", ContentCenterer()),
            (
                "phase",
                FourierPhaseBreaker(measurement_shape, origin=origin, target=target),
            ),
        ]
    )
