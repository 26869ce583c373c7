"""Which templates an atlas has, and how it averages."""

import warnings

import numpy as np

from sklearn_symbreak.utils._array_api import expand

# Templates are chosen from so many signals, by so many others.
N_CANDIDATES, N_JUDGES = 64, 512
# A template to which all signals have smaller gaps is fixed by an element.
SMALLEST_GAP = 1e-6


def choose_templates(group, signals, n_templates, random_state):
    """Signals such that each one is far from the seam of one of them.

    One by one, so that the largest gap of a signal to any of them is as large as
    possible on average.

    Warns
    -----
    UserWarning
        If there are fewer different signals than templates.

    Raises
    ------
    ValueError
        If all signals are zero.
    """
    some = signals[random_state.permutation(len(signals))]
    some = some[some.reshape(len(some), -1).any(axis=1)]
    if not len(some):
        raise ValueError("y must hold a signal that is not zero.")
    n_candidates = max(N_CANDIDATES, n_templates)
    candidates = _distinct(some[:n_candidates])
    if len(candidates) < n_templates:
        candidates = _distinct(some)[:n_candidates]
    if len(candidates) < n_templates:
        warnings.warn(
            f"n_templates={n_templates} templates need as many different signals that "
            f"are not zero; y holds {len(candidates)}, and so many are taken.",
            UserWarning,
            stacklevel=5,
        )
    candidates = _without_fixed(group, candidates, random_state)
    judges = some[-N_JUDGES:]
    gaps = np.stack([group.gap(judges, one) for one in candidates])
    chosen, reached = [], np.zeros(len(judges))
    for _ in range(min(n_templates, len(candidates))):
        gains = np.maximum(gaps, reached).mean(axis=1)
        # A signal twice is no second template.
        gains[chosen] = -1
        best = int(np.argmax(gains))
        chosen.append(best)
        reached = np.maximum(reached, gaps[best])
    return candidates[chosen]


def _distinct(signals):
    """The signals that differ, in their order."""
    rows = signals.reshape(len(signals), -1)
    _, first = np.unique(rows, axis=0, return_index=True)
    return signals[np.sort(first)]


def _without_fixed(group, candidates, random_state):
    """Candidates, those that an element fixes moved to generic ones beside them."""
    noise = random_state.standard_normal(candidates.shape)
    probes = noise[:4].astype(candidates.dtype)
    fixed = np.array(
        [group.gap(probes, one).max() < SMALLEST_GAP for one in candidates]
    )
    size = 0.1 * np.abs(candidates).reshape(len(candidates), -1).max(axis=1)
    moved = candidates + expand(fixed * size, candidates) * noise
    return moved.astype(candidates.dtype)


def average(group, templates, predictions):
    """Average of predictions, aligned to the one farthest from its own seam.

    Parameters
    ----------
    group : SymmetryGroup
        The symmetry.
    templates : ndarray of shape (n_templates, *signal_shape)
        The template of each prediction.
    predictions : ndarray of shape (n_templates, n_samples, *signal_shape)
        A prediction that is not finite does not count.

    Returns
    -------
    average : ndarray of shape (n_samples, *signal_shape)
        NaN where no prediction is finite.
    """
    if not predictions.shape[1]:
        return predictions[0]
    entries = predictions.reshape(*predictions.shape[:2], -1)
    finite = np.isfinite(entries).all(axis=2)
    predictions = np.where(finite[..., None], entries, 0).reshape(predictions.shape)
    gaps = np.stack(
        [group.gap(one, w) for one, w in zip(predictions, templates, strict=True)]
    )
    weights = np.where(finite, np.maximum(gaps, 0), 0)
    columns = np.arange(weights.shape[1])
    clearest = np.argmax(np.where(finite, weights, -1), axis=0)
    # Where all tie, the first one that is finite counts alone.
    weights[clearest, columns] += weights.sum(axis=0) == 0
    weights = (weights / weights.sum(axis=0)).astype(predictions.real.dtype)
    reference = predictions[clearest, columns]
    total = np.zeros_like(reference)
    for prediction, weight in zip(predictions, weights, strict=True):
        aligned = group.representatives(prediction, reference)
        total = total + expand(weight, total) * aligned
    total[~finite.any(axis=0)] = np.nan
    return total
