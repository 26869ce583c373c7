"""Shared docstring parts of the solvers."""

GRADIENT_SOLVER = """\
    tol : float, default=1e-6
        A sample stops at a relative measurement residual of at most this.
    accept : float, default=5e-3
        A sample counts as solved at a residual of at most this.
    n_init : int, default=1
        Largest number of starts; only samples that are not solved are started again, in
        random directions. The signal of the lowest residual wins.
    random_state : int, RandomState instance or None, default=None
        Draws the starts, the same for all samples.
    verbose : bool, default=False
        Whether to show a progress bar, by tqdm.

    Attributes
    ----------
    n_iter_ : ndarray of shape (n_samples,), int
        Iterations of every sample in the last solve, of all its starts.
    loss_curve_ : ndarray of shape (n_curve,)
        Mean residual by iteration, the initial signals first, start after start.
    residual_ : ndarray of shape (n_samples,)
        Relative measurement residuals of the signals.
    converged_ : ndarray of shape (n_samples,), bool
        Whether the residual is at most `tol`.
    solved_ : ndarray of shape (n_samples,), bool
        Whether the residual is at most `accept`, or at most `tol`.
"""

FOURIER_SOLVER = """\
    constraint : {"nonnegative", "real", "complex"}, default="nonnegative"
        Knowledge of the pixels. Images are complex for "complex", else real; of
        these, measurements at opposite frequencies, which noise alone tells apart, are
        averaged, and residuals are taken of the averages.
    support : str, Shrinkwrap, SupportSize or bool array, default="canvas"
        Where an image may differ from zero: "canvas" is the whole canvas; "shrinkwrap"
        a support that shrinks around the estimate (see `Shrinkwrap`; by name with its
        defaults); `SupportSize` the largest pixels; an array a mask of shape
        `forward.signal_shape`.
    max_iter : int, default=200
        Largest number of iterations of one start.
    tol : float, default=1e-6
        A sample stops at a relative measurement residual of at most this.
    accept : float, default=5e-3
        A sample counts as solved at a residual of at most this.
    n_init : int, default=1
        Largest number of starts; only samples that are not solved are started again.
        The image of the lowest residual wins.
    random_state : int, RandomState instance or None, default=None
        Draws the starts, random images on the support, the same for all samples.
    verbose : bool, default=False
        Whether to show a progress bar, by tqdm.

    Attributes
    ----------
    n_iter_ : ndarray of shape (n_samples,), int
        Iterations of every sample in the last solve, of all its starts.
    loss_curve_ : ndarray of shape (n_curve,)
        Mean residual by iteration, the initial images first, start after start.
    residual_ : ndarray of shape (n_samples,)
        Relative measurement residuals of the images. A transform larger than the
        autocorrelation of the canvas is first brought to the smallest fast frame that
        determines as much, unless the sample has gaps; the residuals are
        those in this frame.
    converged_ : ndarray of shape (n_samples,), bool
        Whether the residual is at most `tol`.
    solved_ : ndarray of shape (n_samples,), bool
        Whether the residual is at most `accept`, or at most `tol`.
"""
