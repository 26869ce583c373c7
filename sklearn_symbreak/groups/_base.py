"""Interface of a symmetry group, what follows from ``align``, and products."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from sklearn_symbreak.groups import (
    _engine,
    _five_methods,
    _listing,
    _search,
    _semidirect,
)
from sklearn_symbreak.groups._elements import join, split, total_parts
from sklearn_symbreak.groups._procrustes import quotient_mean
from sklearn_symbreak.groups._products import (
    gap_ratio,
    leading_coefficient,
    moderate,
    norm_product,
    real_inner,
    real_part,
    rounding,
    select_rows,
    with_norm,
)
from sklearn_symbreak.groups._references import (
    as_argument,
    check_references,
    generic_template,
)
from sklearn_symbreak.groups._units import PHASES
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    get_namespace,
    is_complex,
    norms,
    real_dtype,
    squared_norm,
)
from sklearn_symbreak.utils._typing import (
    Array,
    Element,
    RandomState,
    References,
    Shape,
)
from sklearn_symbreak.utils._validation import check_acts_on, check_signals


class SymmetryGroup(BaseEstimator, ABC):
    """A group that acts on signals, keeps their norms and can align.

    A new symmetry is one subclass with `act`, `inverse`, `compose`, `sample` and
    `align`. Everything else (breakers, errors, scorers, law checks) works for it
    without further code: ordered lists of references, a canonical rule, margins, means
    and products have defaults that follow from these five, and may be overridden where
    a closed form exists.

    A batch of signals has shape (n_samples, *signal_shape); the group acts on the axes
    after the first. An element is an array with one row per sample, or a tuple of
    two or more such arrays. `align` is given validated arrays: finite signals, and one
    reference of shape signal_shape or (n_samples, *signal_shape).

    Attributes
    ----------
    signal_ndim : int or None
        Number of signal axes that the group requires; None, the default, accepts any.
    acts_on : {"real", "complex"} or None
        The kind of signals that the group acts on; None, the default, on both.
    moves_all_signals : bool
        Whether every signal can be moved by every element, by default True.
        Translations of content move a signal as far as it has room, so that predictions
        cannot follow each other.

    Examples
    --------
    A group of one's own, cyclic shifts by half of the signal:

    >>> import numpy as np
    >>> from sklearn.utils import check_random_state
    >>> from sklearn_symbreak.groups import SymmetryGroup
    >>> from sklearn_symbreak.testing import check_symmetry_group
    >>> class HalfShift(SymmetryGroup):
    ...     def act(self, element, x):
    ...         moved = np.roll(x, x.shape[1] // 2, axis=1)
    ...         return np.where(element[:, None], moved, x)
    ...
    ...     def inverse(self, element):
    ...         return element
    ...
    ...     def compose(self, a, b):
    ...         return a ^ b
    ...
    ...     def sample(self, x, random_state=None):
    ...         return check_random_state(random_state).uniform(size=len(x)) < 0.5
    ...
    ...     def align(self, x, reference):
    ...         gain = np.roll(x, x.shape[1] // 2, axis=1) - x
    ...         element = np.sum(np.real(np.conj(reference) * gain), axis=1) > 0
    ...         return self.act(element, x), element
    >>> check_symmetry_group(HalfShift())
    """

    # Any, so that a subclass may set these or make properties of them.
    signal_ndim: Any = None
    acts_on: Any = None
    moves_all_signals: Any = True

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "align" in vars(cls):
            cls.align = _five_methods.takes_ordered_lists(vars(cls)["align"])

    # -- five methods make a group

    @abstractmethod
    def act(self, element: Element, x: ArrayLike) -> Array:
        """Apply one element per sample to a batch.

        Parameters
        ----------
        element : array of shape (n_samples, ...) or tuple of such arrays
            One group element per sample.
        x : array-like of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        transformed : array of shape (n_samples, *signal_shape)
            In the dtype of `x`.

        Raises
        ------
        ValueError
            If the signals or the elements do not fit the group.
        """

    @abstractmethod
    def inverse(self, element: Element) -> Element:
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
    def compose(self, a: Element, b: Element) -> Element:
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
    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Element:
        """Draw one element per sample, uniformly among those allowed for `x`.

        Parameters
        ----------
        x : array-like of shape (n_samples, *signal_shape)
            Signals.
        random_state : int, RandomState instance or None, default=None
            Source of randomness.

        Returns
        -------
        element : array of shape (n_samples, ...) or tuple of such arrays
            One group element per sample.
        """

    def align(self, x: ArrayLike, reference: References) -> tuple[Array, Element]:
        """Bring every signal as close to its reference as the group can.

        Parameters
        ----------
        x : array-like of shape (n_samples, *signal_shape)
            Signals, real or complex, numpy or torch.
        reference : array of shape signal_shape or (n_samples, *signal_shape), or \
                a list of such arrays
            One template, or one reference per sample. In a list, each entry decides
            where the ones before it tie; what is still tied then is decided by the
            signals' own entries, in order.

        Returns
        -------
        aligned : array of shape (n_samples, *signal_shape)
            ``argmin over g·x of ‖g·x - reference‖``, exactly, in the dtype of `x`.
        element : array of shape (n_samples, ...) or tuple of such arrays
            The elements that were applied: ``aligned == act(element, x)``.

        Raises
        ------
        ValueError
            If `x` is empty, not finite, or of the wrong shape for the group or the
            reference.
        """
        x = self._check_signals(x)
        self._prepare(x)
        return _engine.align(self, x, check_references(reference, x))

    # -- a group of the package gives a kernel instead of `align`

    def _prepare(self, x):
        """Look at a batch before it is aligned, to refuse it or to warn."""

    #: Unit numbers that its table, or its closed form, leaves open; None without.
    _units: Any = None

    #: Whether they multiply the whole signal, as those of other factors do.
    _units_multiply = True

    #: Whether elements but for unit numbers move entries and change signs: no rounding.
    _keeps_digits = True

    def _find(self, x, references, settle=True):
        """Codes for signals and references of any size.

        Without `settle`, any of several best members does.
        """
        own, base = type(self), SymmetryGroup
        if own._code is not base._code or self._has_table:
            x, norm = with_norm(x)
            first, first_norm = with_norm(references[0], reference=True)
            later = [moderate(entry, reference=True) for entry in references[1:]]
            floor = rounding(x) * norm * first_norm
            return self._code(x, [first, *later], floor, settle)
        if own.align is base.align:
            raise TypeError(f"{own.__name__} must define the method align.")
        return self.align(x, as_argument(references))[1]

    def _code(self, x, references, floor, settle):
        """Codes that the kernel finds: one per sample, an array or a tuple of arrays.

        In closed form, or by default the best entry of the group's table. Differences
        of inner products with the first reference that exceed `floor` are no rounding.
        """
        code, products = _search.best_codes(self, x, references, floor, settle)
        if self._units is None:
            return self._resolve(code, None, x)
        unit = self._units.unit(products)
        vanishing = self._rank(products) <= rounding(x) * norm_product(x, references[0])
        if bool(get_namespace(x).any(vanishing)):
            index = get_namespace(x).nonzero(vanishing)[0]
            unit[index] = self._best_unit(
                code[index, ...], x[index, ...], select_rows(references, index)
            )
        return self._resolve(code, unit, x)

    def _scores(self, x, reference, *, everywhere=False):
        """Table of inner products with all elements, as `_search.Scores`.

        With `everywhere`, positions must not depend on the batch. A group whose kernel
        is a closed form, or that has `align` instead of a kernel, has none.
        """
        raise NotImplementedError(f"{type(self).__name__} has no table of scores.")

    def _move(self, x, code, out=None):
        """Orbit members with these codes, into `out` if it is given.

        By default codes are elements.
        """
        moved = self.act(code, x)
        if out is None:
            return moved
        out[...] = moved
        return out

    def _element(self, code, x):
        """Public elements with these codes."""
        return code

    @property
    def _has_table(self):
        return type(self)._scores is not SymmetryGroup._scores

    def _rank(self, products):
        """Real scores of inner products, with the best unit number."""
        return (
            real_part(products) if self._units is None else self._units.score(products)
        )

    def _best_unit(self, code, x, references, precision=None):
        """The unit numbers that the references choose for members of a table."""
        xp = get_namespace(x)
        dtype = real_dtype(x) if self._units.real else x.dtype
        one = xp.ones(x.shape[0], dtype=dtype, device=x.device)
        member = self._move(x, self._resolve(code, one, x))
        member, *seen = (self._seen_by_units(z) for z in (member, *references))
        coefficient = leading_coefficient(
            member, seen, real=self._units.real, precision=precision
        )
        return self._units.unit(coefficient)

    def _seen_by_units(self, x):
        """Signals that unit numbers multiply: `x`, unless some parts take inverses."""
        return x

    def _resolve(self, code, unit, x):
        """The code of `_move` from that of the table and a unit number (or None)."""
        return code if unit is None else (code, unit)

    @property
    def _summary(self):
        """The group in a line of a message or a table."""
        return repr(self)

    @property
    def _n_parts(self):
        """Number of arrays of an element that is a tuple; 0 of one that is not.

        None where nobody knows before elements have been seen.
        """
        return 0 if type(self).align is SymmetryGroup.align else None

    def _check_signals(self, x, *, name="x", finite=False):
        x = check_signals(x, name=name, finite=finite)
        check_acts_on(self, x, name)
        return x

    def _check_shape(self, x, name):
        """Refuse signals on which the group does not act, by the name of the argument.

        The number of axes and the kind of numbers are right already.
        """

    # -- what follows

    def identity(self, x: ArrayLike) -> Element:
        """The neutral element, once per sample.

        Parameters
        ----------
        x : array-like of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        element : array of shape (n_samples, ...) or tuple of such arrays
            Elements with ``act(element, x) == x``.
        """
        element = self.sample(x, random_state=0)
        return self.compose(self.inverse(element), element)

    def elements(self, x: Array) -> np.ndarray | tuple[np.ndarray, ...] | None:
        """All elements that act on signals like `x`, identity first.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        elements : ndarray of shape (n_elements, ...), tuple of these, or None
            One row per element. None for a group that is infinite, has too many
            elements to list, or allows each signal its own elements.
        """
        return None

    def correlation(self, x: ArrayLike, reference: References) -> Array:
        """``Re⟨reference, g·x⟩`` of the closest member, the largest of the orbit.

        Parameters
        ----------
        x : array-like of shape (n_samples, *signal_shape)
            Signals.
        reference : array of shape signal_shape or (n_samples, *signal_shape)
            Reference to correlate with, as in `align`.

        Returns
        -------
        correlation : array of shape (n_samples,)
            In the precision of `x`.
        """
        x = self._check_signals(x)
        aligned = self._nearest(x, reference)
        return real_inner(check_references(reference, x)[0], aligned)

    def distance(self, x: ArrayLike, reference: References) -> Array:
        """Smallest ``‖g·x - reference‖`` over the group, per sample.

        Parameters
        ----------
        x : array-like of shape (n_samples, *signal_shape)
            Signals.
        reference : array of shape signal_shape or (n_samples, *signal_shape)
            Reference to compare with, as in `align`.

        Returns
        -------
        distance : array of shape (n_samples,)
            In the precision of `x`.
        """
        x = self._check_signals(x)
        references = check_references(reference, x)
        if type(self).align is not SymmetryGroup.align:
            return norms(_five_methods.nearest(self, x, references) - references[0])
        self._prepare(x)
        return _engine.distances(self, x, references)

    def centered(self, x: Array) -> Array:
        """Signals relative to the centre about which the group acts.

        Norms of what is left are the same for all members of an orbit. It is `x` itself
        for a group that acts by linear maps. The centre may depend on the signal, as
        the mean of its points; it scales with the signal.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        centered : array of shape (n_samples, *signal_shape)
        """
        return x

    def margin(self, x: ArrayLike, reference: References) -> Array:
        """How far each signal is from the seam of the cut made by a template.

        The gap between the best and the second best correlation with the reference,
        divided by the norm of the signal, in units of the same gap at the reference
        itself, and at most 1. Zero means a tie: two members of the orbit fit the
        reference equally well, and which one is chosen can jump under a small change.

        Parameters
        ----------
        x : array-like of shape (n_samples, *signal_shape)
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
        It follows from `gap`, which is exact for the package's own groups.

        Of an ordered list, a reference that some elements fix leaves these tied for all
        signals; the next one has to separate them, and the margin is the smallest over
        the references. It is 0 for all signals if elements are left that fix all of
        them. Groups that list their elements look at each of them so, groups of items
        and of blocks at each item and block; others take the first reference that no
        element fixes.
        """
        x = self._check_signals(x, finite=True)
        margin = _engine.by_chunks(self._margin, x, check_references(reference, x))
        return get_namespace(x).astype(margin, real_dtype(x))

    def gap(self, x: ArrayLike, reference: Array) -> Array:
        """How clearly one member of each orbit fits a reference best.

        The gap between the best and the second best correlation with the reference,
        over the product of the norms. Unlike `margin` it is not in units of the
        reference's own gap, so that references can be compared by it.

        Parameters
        ----------
        x : array-like of shape (n_samples, *signal_shape)
            Signals.
        reference : array of shape signal_shape or (n_samples, *signal_shape)
            Reference to fit.

        Returns
        -------
        gap : array of shape (n_samples,)
            Between 0, a tie, and 2; 0 for zero signals and references, and for a
            reference that an element fixes, which all signals tie to.

        Notes
        -----
        This default tries the elements that `elements` lists. Without a list it finds
        the second best among 64 sampled elements, so that it bounds the gap from above.
        A group that knows better overrides it, and margins follow.
        """
        x = self._check_signals(x, finite=True)
        gap = _engine.by_chunks(self._relative_gap, x, check_references(reference, x))
        return get_namespace(x).astype(gap, real_dtype(x))

    def _relative_gap(self, x, references):
        xp, reference = get_namespace(x), references[0]
        if type(self).gap is SymmetryGroup.gap:
            ((gap, _, _),), tied = self._gaps_in_order(x, [reference])
            gap = xp.where(tied, 0.0, gap)
        else:
            # An override that asks this default must not be asked in turn.
            gap = self._default_gap(x, reference)
        size = norm_product(self.centered(x), self.centered(reference))
        size = xp.astype(size, gap.dtype)
        # Where nothing is left to tie with, the margin is 1.
        gap = xp.where(xp.isinf(gap), size, gap)
        gap = gap / xp.where(size > 0, size, 1 + size)
        return xp.where(size > 0, gap, 0 * size)

    def _margin(self, x, references):
        xp, norm2 = get_namespace(x), squared_norm(self.centered(x))
        gaps, tied = self._gaps_in_order(x, references)
        margin = xp.ones_like(norm2)
        for (gap, own_gap, decides), reference in zip(gaps, references, strict=True):
            own_norm2 = squared_norm(self.centered(reference))
            own_gap = xp.where(xp.isinf(own_gap), own_norm2, own_gap)
            # Where nothing is left to tie with, the margin is 1.
            lone = xp.isinf(gap)
            found = gap_ratio(xp.where(lone, 0.0, gap), norm2, own_gap, own_norm2)
            found = xp.where(decides & ~lone, found, 1.0)
            margin = xp.minimum(margin, xp.astype(found, margin.dtype))
        return xp.where(tied | (norm2 == 0), 0 * margin, margin)

    def _gaps_in_order(self, x, references):
        """Gaps among the members that each reference has to tell apart.

        Returns
        -------
        gaps : list of tuple of arrays that broadcast to (n_samples,)
            For each reference: the inner product of the best member less that of the
            next one, the same at the reference itself, and whether it tells any apart
            that those before it leave. Infinite where an orbit is one point.
        tied : bool array that broadcasts to (n_samples,)
            Where all of them leave members that are not told apart.
        """
        if self._has_table:
            return _search.gaps_in_order(self, x, references)
        xp, gaps, undecided = get_namespace(x), [], True
        for reference in references:
            if gaps and not bool(xp.any(undecided)):
                # Nothing is left to be told apart: what follows does not matter.
                gaps.append((*gaps[0][:2], undecided))
                continue
            gap, own = self._gap(x, reference), self._gap(reference, reference)
            own_norm2 = squared_norm(self.centered(reference))
            separates = own > self._gap_floor(x, own) * own_norm2
            gaps.append((gap, own, undecided & separates))
            # The next reference decides where one is fixed, or zero.
            undecided = undecided & ~separates
        return gaps, undecided

    def _gap(self, x, reference):
        """Inner product with the reference, of the best member less the second best.

        Infinite where the orbit is one point.
        """
        own, base = type(self), SymmetryGroup
        if own.gap is not base.gap:
            size = norm_product(self.centered(x), self.centered(reference))
            return self.gap(x, as_argument([reference])) * size
        return self._default_gap(x, reference)

    def _default_gap(self, x, reference):
        given = type(self)._gaps_in_order is not SymmetryGroup._gaps_in_order
        if self._has_table or given:
            ((gap, _, _),), tied = self._gaps_in_order(x, [reference])
            return get_namespace(gap).where(tied, 0.0, gap)
        return _five_methods.sampled_gap(self, x, reference)

    def _gap_floor(self, x, gap):
        """Relative gap up to which a reference counts as fixed: rounding."""
        return 1e3 * float(get_namespace(gap).finfo(gap.dtype).eps)

    def mean(
        self,
        x: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        max_iter: int = 100,
        tol: float = 1e-4,
        max_samples: int | None = 2048,
        n_init: int = 1,
    ) -> tuple[Array, int]:
        """Mean signal up to the symmetry (Procrustes or quotient mean).

        Align all signals to the current mean, average, repeat. No step decreases
        ``Σ max_g Re⟨w, g·x_i⟩ / ‖w‖``, so the iteration moves the seam away from the
        data; it finds a local optimum.

        Parameters
        ----------
        x : array-like of shape (n_samples, *signal_shape)
            Signals.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the average, not negative.
        max_iter : int, default=100
            Largest number of averages.
        tol : float, default=1e-4
            Stop when an average explains no more than this fraction of the signals'
            mean square beyond what the one before it did.
        max_samples : int or None, default=2048
            Iterate on at most so many signals, drawn by a fixed seed; all of them enter
            one last average. None iterates on all.
        n_init : int, default=1
            Number of starts: the canonical one, and signals drawn by a fixed seed. The
            one that explains most after two averages goes on. Few signals without a
            preferred direction have poor local optima.

        Returns
        -------
        mean : array of shape signal_shape
            The mean.
        n_iter : int
            Number of averages taken until the iteration stopped.

        Raises
        ------
        ValueError
            If `x` is empty, not finite or of the wrong shape, if the weights are
            negative, not finite, all zero, or not one per sample, or if `max_iter`,
            `tol`, `max_samples` or `n_init` is out of its range.

        References
        ----------
        J. C. Gower, "Generalized Procrustes analysis", Psychometrika 40 (1975).
        """
        x = self._check_signals(x, finite=True)
        return quotient_mean(self, x, sample_weight, max_iter, tol, max_samples, n_init)

    @property
    def has_natural_rule(self) -> bool:
        """Whether the group has a canonical rule of its own, not the generic one."""
        own, base = type(self), SymmetryGroup
        return (
            own.canonical_templates is not base.canonical_templates
            or own.canonicalize is not base.canonicalize
        )

    def canonical_templates(
        self, signal_shape: Shape, *, complex_valued: bool = False
    ) -> list[np.ndarray]:
        """The templates of the canonical rule, in order of precedence.

        Parameters
        ----------
        signal_shape : tuple of int
            Shape of one signal.
        complex_valued : bool, default=False
            Whether the signals are complex.

        Returns
        -------
        templates : list of ndarray of shape signal_shape
            In double precision. By default one generic template: standard normal
            entries drawn with seed 0.
        """
        template = generic_template(signal_shape, complex_valued=complex_valued)
        # About the centre of the group: what is far from it costs digits.
        return [self.centered(template[None])[0]]

    def canonicalize(self, x: ArrayLike) -> tuple[Array, Element]:
        """Align to the canonical templates.

        Parameters
        ----------
        x : array-like of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        representative : array of shape (n_samples, *signal_shape)
            In the dtype of `x`.
        element : array of shape (n_samples, ...) or tuple of such arrays
        """
        x = self._check_signals(x)
        return self.align(x, self._canonical_references(x))

    def representatives(
        self, x: ArrayLike, reference: References | None = None
    ) -> Array:
        """Aligned signals alone, where the elements that lead there do not matter.

        Parameters
        ----------
        x : array-like of shape (n_samples, *signal_shape)
            Signals.
        reference : array or list of arrays, optional
            Reference as in `align`; by default, that of `canonicalize`.

        Returns
        -------
        representative : array of shape (n_samples, *signal_shape)
            In the dtype of `x`.
        """
        own, base = type(self), SymmetryGroup
        if reference is None and own.canonicalize is not base.canonicalize:
            return self.canonicalize(x)[0]
        x = self._check_signals(x)
        if reference is None:
            reference = self._canonical_references(x)
        if own.align is not base.align:
            # An `align` of the subclass holds for its representatives, too.
            return self.align(x, reference)[0]
        self._prepare(x)
        return _engine.align(self, x, check_references(reference, x), elements=False)[0]

    def _nearest(self, x, reference):
        """Orbit members nearest to the reference; of several, any."""
        x = self._check_signals(x)
        references = check_references(reference, x)
        if type(self).align is not SymmetryGroup.align:
            return _five_methods.nearest(self, x, references)
        self._prepare(x)
        return _engine.align(self, x, references, elements=False, settle=False)[0]

    def canonical_margin(self, x: ArrayLike) -> Array:
        """Margin of the cut that `canonicalize` makes.

        Parameters
        ----------
        x : array-like of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        margin : array of shape (n_samples,)
            From 0 to 1, see `margin`.
        """
        x = self._check_signals(x, finite=True)
        own, base = type(self), SymmetryGroup
        if own.canonicalize is not base.canonicalize:
            raise TypeError(
                f"{own.__name__} has a rule of its own in canonicalize, and must "
                "define canonical_margin, the distance from the seam of that rule."
            )
        return self.margin(x, self._canonical_references(x))

    def _canonical_references(self, x):
        templates = self.canonical_templates(
            tuple(x.shape[1:]), complex_valued=is_complex(x)
        )
        return [asarray_like(template, x, x.dtype) for template in templates]

    # -- products

    #: The global phase, itself a group, which its module puts here.
    _phase: Any = None

    def flips(self, element: Element) -> Array | None:
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
        return None

    def conjugated_by_flip(self, element: Element, flipped: Array) -> Element:
        """Elements as they become when they change places with a conjugate flip.

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

    def embed(self, x: Array) -> Array:
        """Invariants that determine the orbit and are continuous; optional.

        Whoever gives it gives `unembed` too.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        z : array of shape (n_samples, n_invariants)
            Real, in the precision of `x`; the same for all members of an orbit.

        Raises
        ------
        NotImplementedError
            If the group has no embedding.
        """
        raise NotImplementedError(
            f"{self._summary} has no embedding; break the symmetry by a template, as "
            "SymmetryBreaker does."
        )

    def unembed(
        self, z: Array, signal_shape: Shape, *, complex_valued: bool = False
    ) -> Array:
        """Signals that have these invariants, or are near to having them.

        Parameters
        ----------
        z : array of shape (n_samples, n_invariants)
            Result of `embed`, or a prediction of it.
        signal_shape : tuple of int
            Shape of one signal.
        complex_valued : bool, default=False
            Whether the signals are complex.

        Returns
        -------
        x : array of shape (n_samples, *signal_shape)
            ``unembed(embed(x), ...)`` is in the orbit of x.

        Raises
        ------
        NotImplementedError
            If the group has no embedding.
        """
        raise NotImplementedError(
            f"{self._summary} has no method unembed, which leads from invariants to "
            "signals."
        )

    def _entry_units(self, signal_shape):
        """Numbers of the units of entries, equal where they have to have the same.

        The group stays as it is if entries are divided by a factor for each number. By
        default they all need the same; None if none do.
        """
        return np.zeros(signal_shape, dtype=int)

    def _embedding_scales(self, x):
        """Scales of the entries of signals like `x`, and of their invariants.

        Divided by the first, entries are near one, so that powers of them weigh alike
        whatever the unit of `x`; times the second, invariants have its unit. None, the
        default, for a group that need not commute with a change of units.
        """
        return

    def up_to_phase(self) -> SymmetryGroup:
        """This group extended by the global phase (the sign, on real signals)."""
        has_phase = self._units == PHASES and self._units_multiply
        return self if has_phase else ProductGroup(self, self._phase)

    def __mul__(self, other: SymmetryGroup) -> ProductGroup:
        """Product of groups: ``(g * h)`` acts by `h` first, then by `g`."""
        if not isinstance(other, SymmetryGroup):
            raise TypeError(
                "a product needs symmetry groups, such as SignFlip() * CyclicShift(), "
                f"got {other!r}."
            )
        return ProductGroup(self, other)

    # -- checks and examples

    def example_signals(
        self,
        n_samples: int = 8,
        *,
        signal_shape: Shape | None = None,
        dtype: DTypeLike = np.float64,
        random_state: RandomState = None,
    ) -> np.ndarray:
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
        shape = self._example_shape if signal_shape is None else signal_shape
        x = rng.standard_normal((n_samples, *shape))
        if np.dtype(dtype).kind == "c":
            x = x + 1j * rng.standard_normal(x.shape)
        return x.astype(dtype)

    @property
    def _example_shape(self):
        return (6, 5, 3, 2)[: self.signal_ndim or 1]


class ProductGroup(SymmetryGroup):
    """Product of two groups, usually written ``left * right``.

    Elements are flat tuples of those of the factors, and the rightmost factor acts
    first.
    Factors that do not commute (a conjugate flip with a phase or a shift) make the
    product semidirect: `compose` and `inverse` bring elements back into this order.
    Other factors have to commute; `align` refuses those that do not.

    Parameters
    ----------
    left, right : SymmetryGroup
        The factors. All elements of all factors but one are listed and tried, so that
        at most one factor may be infinite or have many elements; a sign or a global
        phase is aligned in closed form beside any group that can be scored by inner
        products. `align` raises a ValueError if the factors do not form a group on
        the signals.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import CyclicShift, SignFlip
    >>> group = CyclicShift() * SignFlip()
    >>> x = np.array([[0.0, 0.0, -1.0, -2.0]])
    >>> aligned, (shift, sign) = group.align(x, np.array([1.0, 2.0, 0.0, 0.0]))
    >>> aligned + 0
    array([[1., 2., 0., 0.]])
    """

    def __init__(self, left: SymmetryGroup, right: SymmetryGroup) -> None:
        self.left = left
        self.right = right

    @property
    def _summary(self):
        return " * ".join(factor._summary for factor in self._factors)

    @property
    def _factors(self):
        return [
            factor
            for side in (self.left, self.right)
            for factor in getattr(side, "_factors", [side])
        ]

    @property
    def signal_ndim(self) -> int | None:
        """Number of signal axes that the factors agree on."""
        needed = {factor.signal_ndim for factor in self._factors} - {None}
        if len(needed) > 1:
            raise ValueError(
                "the factors of a product must act on the same number of axes, got "
                f"{sorted(needed)}."
            )
        return needed.pop() if needed else None

    @property
    def moves_all_signals(self) -> bool:
        """Whether both factors do."""
        return self.left.moves_all_signals and self.right.moves_all_signals

    @property
    def acts_on(self) -> Literal["real", "complex"] | None:
        needed = {factor.acts_on for factor in self._factors} - {None}
        if len(needed) > 1:
            raise ValueError(
                "the factors of a product must act on the same signals, got one that "
                "acts on real signals only and one that acts on complex signals only."
            )
        return needed.pop() if needed else None

    def act(self, element: Element, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        for factor, part in zip(
            self._factors[::-1], self._split(element)[::-1], strict=True
        ):
            x = factor.act(part, x)
        return x

    def inverse(self, element: Element) -> Element:
        """Inverse elements, brought back into the order of the factors."""
        return join(_semidirect.inverse(self._factors, self._split(element)))

    def compose(self, a: Element, b: Element) -> Element:
        """Products, brought back into the order of the factors."""
        return join(_semidirect.compose(self._factors, self._split(a), self._split(b)))

    def identity(self, x: ArrayLike) -> Element:
        x = self._check_signals(x)
        return join(factor.identity(x) for factor in self._factors)

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Element:
        """Sample every factor, among what it allows after those that act before."""
        x, rng = self._check_signals(x), check_random_state(random_state)
        parts = []
        for factor in self._factors[::-1]:
            parts.append(factor.sample(x, rng))
            x = factor.act(parts[-1], x)
        return join(parts[::-1])

    def centered(self, x: Array) -> Array:
        for factor in self._factors:
            x = factor.centered(x)
        return x

    def flips(self, element: Element) -> Array | None:
        """Where an odd number of conjugate flips is involved."""
        return _semidirect.odd_flips(self._factors, self._split(element))

    def conjugated_by_flip(self, element: Element, flipped: Array) -> Element:
        """Every part changes places with the flip."""
        pairs = zip(self._factors, self._split(element), strict=True)
        return join(factor.conjugated_by_flip(part, flipped) for factor, part in pairs)

    def example_signals(
        self,
        n_samples: int = 8,
        *,
        signal_shape: Shape | None = None,
        dtype: DTypeLike = np.float64,
        random_state: RandomState = None,
    ) -> np.ndarray:
        """Random signals that suit all factors."""
        base = SymmetryGroup

        # The factor that asks most of a signal decides: a dark border, a size.
        def demands(factor):
            own = type(factor)
            return (
                own.example_signals is not base.example_signals,
                own._example_shape is not base._example_shape,
                factor.signal_ndim or 0,
            )

        return max(self._factors, key=demands).example_signals(
            n_samples, signal_shape=signal_shape, dtype=dtype, random_state=random_state
        )

    def _check_shape(self, x, name):
        for factor in self._factors:
            check_acts_on(factor, x, name)

    @property
    def _n_parts(self):
        return total_parts(self._factors)

    def _split(self, element):
        return split(element, self._factors, "those of the factors in order")

    def _prepare(self, x):
        _semidirect.check_exchange(self, x)
        for factor in self._factors:
            factor._prepare(x)

    # -- kernel: list the elements of all factors but one, align by that one

    @property
    def _units_multiply(self):
        return all(factor._units_multiply for factor in self._factors)

    @property
    def _keeps_digits(self):
        return all(factor._keeps_digits for factor in self._factors)

    @property
    def _units(self):
        found = [f._units for f in self._factors if f._units is not None]
        return min(found, key=lambda units: units.real) if found else None

    def _seen_by_units(self, x):
        for factor in self._factors:
            x = factor._seen_by_units(x)
        return x

    @property
    def _has_table(self):
        return all(f._has_table or f._units is not None for f in self._factors)

    def _scores(self, x, reference, *, everywhere=False):
        return _listing.scores(self._factors, x, reference, everywhere)

    def _code(self, x, references, floor, settle):
        if self._has_table:
            return super()._code(x, references, floor, settle)
        return _listing.align_by_factor(self, x, references)

    def _resolve(self, code, unit, x):
        return join(_listing.element(self._factors, code, unit, x))

    def _gap(self, x, reference):
        if self._has_table:
            return super()._gap(x, reference)
        return _listing.gap(self, x, reference)
