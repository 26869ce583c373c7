"""What a symmetry group has to say about itself."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from sklearn_symbreak.utils._validation import check_signal_ndim


class GroupInterface(BaseEstimator, ABC):
    """Elements, their action, and how they align; see `SymmetryGroup`."""

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

    def _check_signal_ndim(self, x, name="x"):
        check_signal_ndim(x, self, name)
