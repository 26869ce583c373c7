"""The interface of a symmetry group, and what follows from ``align`` alone."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._gaps import gap_ratio, real_inner, sampled_gap
from sklearn_symbreak.groups._procrustes import (
    check_mean_weight,
    largest_signal,
    procrustes_mean,
)
from sklearn_symbreak.groups._references import check_references
from sklearn_symbreak.utils._array_api import (
    get_namespace,
    is_complex,
    like,
    squared_norm,
)
from sklearn_symbreak.utils._validation import check_signal_ndim, check_signals


class SymmetryGroup(BaseEstimator, ABC):
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

    #: Number of signal axes that the group requires; None accepts any.
    signal_ndim = None

    #: Whether each signal allows its own elements only.
    partial = False

    #: Whether the group acts on real signals only.
    real_only = False

    #: Whether the group acts on complex signals only.
    complex_only = False

    #: Whether signals have to be as large as those of `example_signals`.
    _fixes_size = False

    #: Whether the group scores all its elements at once, which products build on.
    is_enumerable = False

    #: Whether the group is the global phase, which products align in closed form.
    is_phase = False

    #: Whether `align` refuses NaN and infinity itself, so that callers need not.
    checks_finite = False

    @abstractmethod
    def act(self, element, x):
        """Apply one element per sample to a batch.

        Parameters
        ----------
        element : array of shape (n_samples, ...) or tuple of such arrays
            One group element per sample.
        x : array of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        transformed : array of shape (n_samples, *signal_shape)
            In the dtype of `x`.
        """

    @abstractmethod
    def inverse(self, element):
        """Inverse elements: ``act(inverse(g), act(g, x)) == x``.

        Parameters
        ----------
        element : array of shape (n_samples, ...) or tuple of such arrays
            One group element per sample.

        Returns
        -------
        inverse : array of shape (n_samples, ...) or tuple of such arrays
            Of the shape and dtype of `element`.
        """

    @abstractmethod
    def compose(self, a, b):
        """Products: ``act(compose(a, b), x) == act(a, act(b, x))``.

        Parameters
        ----------
        a, b : array of shape (n_samples, ...) or tuple of such arrays
            One group element per sample each.

        Returns
        -------
        product : array of shape (n_samples, ...) or tuple of such arrays
            Of the shape and dtype of `a` and `b`.
        """

    @abstractmethod
    def sample(self, x, random_state=None):
        """Draw one element per sample, uniformly among those allowed for `x`.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.
        random_state : int, RandomState instance or None, default=None
            Source of randomness.

        Returns
        -------
        element : array of shape (n_samples, ...) or tuple of such arrays
            One group element per sample.
        """

    @abstractmethod
    def align(self, x, reference):
        """Bring every signal as close to its reference as the group can.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.
        reference : array of shape signal_shape or (n_samples, *signal_shape), or \
                a list of such arrays
            What to align to: one template, or one reference per sample. In a list,
            each entry decides where the ones before it tie.

        Returns
        -------
        aligned : array of shape (n_samples, *signal_shape)
            ``argmin over g·x of ‖g·x - reference‖``.
        element : array of shape (n_samples, ...) or tuple of such arrays
            The elements that were applied: ``aligned == act(element, x)``.
        """

    def identity(self, x):
        """The neutral element, once per sample.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        element : array of shape (n_samples, ...) or tuple of such arrays
            Elements with ``act(element, x) == x``.
        """
        element = self.sample(x, random_state=0)
        return self.compose(self.inverse(element), element)

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
        xp = get_namespace(aligned)
        return xp.sqrt(squared_norm(aligned - check_references(reference, x)[0]))

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
        """
        x = check_signals(x, name="x")
        first = check_references(reference, x)[0]
        return gap_ratio(
            self._gap(x, first),
            squared_norm(x),
            self._gap(first, first),
            squared_norm(first),
        )

    def _gap(self, x, reference):
        """Inner product with the reference, of the best member less the second best."""
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
        sample_weight = check_mean_weight(sample_weight, x.shape[0])
        return procrustes_mean(
            self, x, self._mean_start(x), sample_weight, max_iter, tol
        )

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

    def example_signals(
        self, n_samples=8, *, signal_shape=None, dtype=np.float64, random_state=None
    ):
        """Random signals that the group can act on, for checks and examples.

        Parameters
        ----------
        n_samples : int, default=8
            Number of signals.
        signal_shape : tuple of int, optional
            Shape of one signal; by default a small one that fits the group.
        dtype : dtype, default=float64
            float32, float64, complex64 or complex128.
        random_state : int, RandomState instance or None, default=None
            Source of randomness.

        Returns
        -------
        x : ndarray of shape (n_samples, *signal_shape)
            Independent standard normal entries.
        """
        rng = check_random_state(random_state)
        shape = signal_shape or self._example_shape
        x = rng.standard_normal((n_samples, *shape))
        if np.dtype(dtype).kind == "c":
            x = x + 1j * rng.standard_normal(x.shape)
        return x.astype(dtype)

    @property
    def _example_shape(self):
        return (6, 5, 3, 2)[: self.signal_ndim or 1]

    def elements(self, x):
        """All elements that act on signals like `x`, identity first.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        elements : ndarray of shape (n_elements, ...) or None
            One row per element. None for a group that is infinite, has too many
            elements to list, or allows each signal its own elements.
        """
        return

    def flips(self, element):
        """Which elements contain a conjugate flip.

        Parameters
        ----------
        element : array of shape (n_samples, ...) or tuple of such arrays
            One group element per sample.

        Returns
        -------
        flipped : bool array of shape (n_samples,) or None
            None if no element of the group does.
        """
        return

    def conjugated_by_flip(self, element, flipped):
        """What the element becomes when it changes places with a conjugate flip.

        ``flip · g = conjugated_by_flip(g) · flip``, for the samples in `flipped`. Most
        groups commute with the flip; the phase and shifts are inverted by it.

        Parameters
        ----------
        element : array of shape (n_samples, ...) or tuple of such arrays
            One group element per sample.
        flipped : bool array of shape (n_samples,)
            Where a flip changes places with it.

        Returns
        -------
        element : array of shape (n_samples, ...) or tuple of such arrays
            In the shape and dtype of `element`.
        """
        return element

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

    def _check_signal_ndim(self, x, name="x"):
        check_signal_ndim(x, self, name)


class NoCanonicalTemplate(ValueError):
    """The group has no natural template."""
