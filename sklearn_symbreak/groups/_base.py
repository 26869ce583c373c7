"""A symmetry group: its interface, and what follows from ``align`` alone."""

from sklearn_symbreak.groups._gaps import gap_ratio, real_inner, sampled_gap
from sklearn_symbreak.groups._interface import GroupInterface
from sklearn_symbreak.groups._procrustes import (
    largest_signal,
    procrustes_mean,
)
from sklearn_symbreak.groups._references import check_references
from sklearn_symbreak.groups._ties import norm_product
from sklearn_symbreak.utils._array_api import (
    expand,
    get_namespace,
    is_complex,
    like,
    magnitude,
    real_dtype,
    rescaled,
    squared_norm,
    squares_are_normal,
)
from sklearn_symbreak.utils._validation import check_average_weight, check_signals


class SymmetryGroup(GroupInterface):
    """A group that acts on signals by isometries and can align.

    A new symmetry is one subclass with `act`, `inverse`, `compose`, `sample` and
    `align`. Everything else (breakers, errors, scorers, law checks) works for it
    without further code; the other methods here have defaults that follow from these
    five and may be overridden where a closed form exists.

    A batch of signals has shape (n_samples, *signal_shape); the group acts on the axes
    after the first. An element is an array with one row per sample, or a tuple of
    such arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import SignFlip
    >>> group = SignFlip()
    >>> x = np.array([[1.0, -2.0], [0.5, 3.0]])
    >>> aligned, signs = group.align(x, np.array([0.0, 1.0]))
    >>> aligned
    array([[-1. ,  2. ],
           [ 0.5,  3. ]])
    >>> bool((group.act(signs, x) == aligned).all())
    True
    """

    def correlation(self, x, reference):
        """Largest ``Re⟨reference, g·x⟩`` over the group, per sample.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.
        reference : array of shape signal_shape or (n_samples, *signal_shape)
            What to correlate with, as in `align`.

        Returns
        -------
        correlation : array of shape (n_samples,)
            In the precision of `x`.
        """
        x = check_signals(x, name="x", finite=False)
        aligned, _ = self.align(x, reference)
        return real_inner(check_references(reference, x)[0], aligned)

    def distance(self, x, reference):
        """Smallest ``‖g·x - reference‖`` over the group, per sample.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.
        reference : array of shape signal_shape or (n_samples, *signal_shape)
            What to compare with, as in `align`.

        Returns
        -------
        distance : array of shape (n_samples,)
            In the precision of `x`.
        """
        x = check_signals(x, name="x", finite=False)
        aligned, _ = self.align(x, reference)
        difference = aligned - check_references(reference, x)[0]
        # Its square may leave the range of numbers where it does not.
        size = magnitude(difference)
        difference = difference / expand(size, difference)
        return size * get_namespace(aligned).sqrt(squared_norm(difference))

    def margin(self, x, reference):
        """How far each signal is from the seam of the cut made by a template.

        The gap between the best and the second best correlation with the reference,
        divided by the norm of the signal, in units of the same gap at the reference
        itself, and at most 1. Zero means a tie: two members of the orbit fit the
        reference equally well, and which one is chosen can jump under a small change.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.
        reference : array, or list of arrays
            As in `align`.

        Returns
        -------
        margin : array of shape (n_samples,)
            Between 0, on the seam, and 1, as clear as the reference itself. A zero
            signal has margin 0.

        Notes
        -----
        This default finds the second best among 64 sampled elements, so that it
        bounds the margin from above; the package's own groups compute it exactly.

        Groups that list their elements look at all references of an ordered list. One
        that some elements fix leaves these tied for all signals; the next one has to
        separate them, and the margin is the smallest over the references. It is 0 for
        all signals if elements are left that fix all of them.
        """
        x = check_signals(x, name="x")
        self._check_signal_ndim(x)
        references = check_references(reference, x)
        # Sizes do not matter, except that squares may overflow or vanish.
        margin = self._margin(rescaled(x), [rescaled(entry) for entry in references])
        return get_namespace(x).astype(margin, real_dtype(x))

    def _margin(self, x, references):
        first = references[0]

        def gap(signals):
            gap, xp = self._gap(signals, first), get_namespace(signals)
            # Where nothing is left to tie with, the margin is 1.
            largest = xp.astype(norm_product(signals, first), gap.dtype)
            return xp.where(xp.isinf(gap), largest, gap)

        return gap_ratio(
            gap(x),
            squared_norm(x),
            gap(first),
            squared_norm(first),
            exact=self._gap_is_exact(x),
        )

    def _gap_is_exact(self, x):
        """Whether `_gap` is no difference of large numbers, but free of rounding."""
        return False

    def _gap(self, x, reference):
        """Inner product with the reference, of the best member less the second best.

        Infinite where the orbit is one point.
        """
        return sampled_gap(self, x, reference)

    def mean(self, x, *, sample_weight=None, max_iter=100, tol=1e-6):
        """Mean signal up to the symmetry (Procrustes or quotient mean).

        Align all signals to the current mean, average, repeat. No step decreases
        ``Σ max_g Re⟨w, g·x_i⟩ / ‖w‖``, so the iteration moves the seam away from the
        data; it finds a local optimum.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.
        sample_weight : array of shape (n_samples,), optional
            Weights of the average, not negative.
        max_iter : int, default=100
            Largest number of averages.
        tol : float, default=1e-6
            Stop when the mean moves by less than this fraction of its norm.

        Returns
        -------
        mean : array of shape signal_shape
            The mean.
        n_iter : int
            Number of averages taken.

        Raises
        ------
        ValueError
            If `x` is empty, not finite or of the wrong shape, or if the weights are
            negative, not finite, all zero, or not one per sample.

        References
        ----------
        J. C. Gower, "Generalized Procrustes analysis", Psychometrika 40 (1975).
        """
        x = check_signals(x, name="x")
        self._check_signal_ndim(x)
        sample_weight = check_average_weight(sample_weight, x.shape[0])
        if sample_weight is not None:
            # Samples that do not count must not be where the iteration starts.
            kept = sample_weight > 0
            x, sample_weight = x[kept, ...], sample_weight[kept]
        xp = get_namespace(x)
        scale = 1.0
        if not squares_are_normal(x):
            scale = xp.max(magnitude(x))
            x = x / scale
        mean, n_iter = procrustes_mean(
            self, x, self._mean_start(x), sample_weight, max_iter, tol
        )
        return mean * scale, n_iter

    def _mean_start(self, x):
        """Canonical representatives; without any, the signal of largest norm.

        Both are the same for every choice of members of the orbits, so the mean is.
        """
        try:
            return self.canonicalize(x)[0]
        except NoCanonicalTemplate:
            return largest_signal(self, x)

    def canonical_templates(self, signal_shape, *, complex_valued=False):
        """The group's natural templates, in order of precedence.

        Parameters
        ----------
        signal_shape : tuple of int
            Shape of one signal.
        complex_valued : bool, default=False
            Whether the signals are complex.

        Returns
        -------
        templates : list of ndarray of shape signal_shape
            In double precision.

        Raises
        ------
        ValueError
            If the group has no natural template.
        """
        raise NoCanonicalTemplate(
            f"{type(self).__name__} has no canonical template; template must be 'mean' "
            "or an array of the shape of one signal."
        )

    def canonicalize(self, x):
        """Align to the canonical templates.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        representative : array of shape (n_samples, *signal_shape)
            In the dtype of `x`.
        element : array of shape (n_samples, ...) or tuple of such arrays
        """
        x = check_signals(x, name="x", finite=False)
        return self.align(x, self._canonical_references(x))

    def representatives(self, x, reference=None):
        """Aligned signals alone, where the elements that lead there do not matter.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.
        reference : array or list of arrays, optional
            What to align to, as in `align`; by default, what `canonicalize` does.

        Returns
        -------
        representative : array of shape (n_samples, *signal_shape)
            In the dtype of `x`.
        """
        if reference is None:
            return self.canonicalize(x)[0]
        return self.align(x, reference)[0]

    def canonical_margin(self, x):
        """Margin of the cut that `canonicalize` makes.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        margin : array of shape (n_samples,)
            From 0 to 1, see `margin`.
        """
        x = check_signals(x, name="x")
        return self.margin(x, self._canonical_references(x))

    def _canonical_references(self, x):
        self._check_signal_ndim(x)
        templates = self.canonical_templates(
            tuple(x.shape[1:]), complex_valued=is_complex(x)
        )
        return [like(template, x, x.dtype) for template in templates]

    def up_to_phase(self):
        """This group extended by the global phase (the sign, on real signals)."""
        from sklearn_symbreak.groups._global_phase import GlobalPhase

        return self * GlobalPhase()

    def __mul__(self, other):
        """Product of groups: ``(g * h)`` acts by `h` first, then by `g`."""
        if not isinstance(other, SymmetryGroup):
            return NotImplemented
        from sklearn_symbreak.groups._product import ProductGroup

        return ProductGroup(self, other)


class NoCanonicalTemplate(ValueError):
    """The group has no natural template."""
