"""Results of a search as a table of two parameters, and labels of their values."""

from collections import Counter
from numbers import Real

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_symbreak.inspection._predictions import short

# Of an estimator that prints more than this, the class is named, if it is the only one.
LONGEST_LABEL = 36
# One of several steps is named by its class if it prints more than this.
LONGEST_STEP = 20


class _Lacking:
    """What a candidate has that lacks the parameter, being of another grid."""


LACKING = _Lacking()


def distinct(values):
    """Distinct values, and of every value the place among them.

    Numbers are sorted by size, others stay as given; what lacks the parameter comes
    last.
    """
    found, places, known = [], [], {}
    for value in values:
        # Names and numbers are many in a search at random: they are looked up.
        key = _key(value)
        if key is not None:
            place = known.setdefault(key, len(found))
        else:
            same = (k for k, other in enumerate(found) if _are_equal(value, other))
            place = next(same, len(found))
        if place == len(found):
            found.append(value)
        places.append(place)
    order = list(range(len(found)))
    if all(_is_number(value) or value is LACKING for value in found):
        order.sort(key=lambda k: 0 if found[k] is LACKING else found[k])
    order.sort(key=lambda k: found[k] is LACKING)
    return [found[k] for k in order], [order.index(place) for place in places]


def labels_of(values):
    """A label for every value, all of them different.

    A pipeline is named by its last step, by all steps if others have that label too.
    What is still equal is numbered.
    """
    shown = [value.steps[-1][1] if _is_pipeline(value) else value for value in values]
    classes = Counter(type(value).__name__ for value in shown)
    labels = [_label(value, classes) for value in shown]
    counts = Counter(labels)
    for k, value in enumerate(values):
        if counts[labels[k]] > 1:
            labels[k] = _longer_label(value, labels[k])
    counts, seen = Counter(labels), Counter()
    for k, label in enumerate(labels):
        if counts[label] > 1:
            seen[label] += 1
            labels[k] = f"{label} ({seen[label]})"
    return labels


def _label(value, classes):
    if value is LACKING:
        return ""
    label, name = short(value), type(value).__name__
    return name if len(label) > LONGEST_LABEL and classes[name] == 1 else label


def _longer_label(value, label):
    if _is_pipeline(value):
        steps = [step for _, step in value.steps]
        labels = [short(step) for step in steps]
        return " + ".join(
            label if len(label) <= LONGEST_STEP else type(step).__name__
            for step, label in zip(steps, labels, strict=True)
        )
    return str(value) if _is_number(value) else label


def _is_pipeline(value):
    return isinstance(value, Pipeline)


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


def _key(value):
    """A key by which names and numbers are equal, None for other values."""
    if isinstance(value, str):
        return "name", str(value)
    return ("number", value) if _is_number(value) else None


def _are_equal(a, b):
    """Whether values are the same or equal; estimators are if their parameters are."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, FrozenEstimator):
        # Its parameters do not tell what was learned.
        return a.estimator is b.estimator
    if hasattr(a, "get_params") and not isinstance(a, type):
        return _are_equal(a.get_params(deep=False), b.get_params(deep=False))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_are_equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_are_equal, a, b))
    try:
        return np.shape(a) == np.shape(b) and bool(np.all(a == b))
    except (TypeError, ValueError, RuntimeError):
        return False


# A heat map of fewer cells than this share would be mostly blank.
SMALLEST_FILLED = 0.5


def read_search(search, parameter, columns):
    """Scores by values of two parameters: arguments of `BreakerComparisonDisplay`."""
    check_is_fitted(search, "cv_results_")
    results, metric = search.cv_results_, "score"
    if search.multimetric_:
        metric = search.refit
        if not isinstance(metric, str):
            raise ValueError(
                "search must have one score, or name by refit the one to plot, "
                f"got refit={metric!r}."
            )
    is_named = metric == "score" and isinstance(search.scoring, str)
    label = search.scoring if is_named else metric
    candidates = results["params"]
    searched = list(dict.fromkeys(name for params in candidates for name in params))
    if parameter is None:
        breakers = [name for name in searched if name.split("__")[-1] == "breaker"]
        parameter = breakers[0] if len(breakers) == 1 else "breaker"
    for argument, name in (("parameter", parameter), ("columns", columns)):
        if name is not None and name not in searched:
            raise ValueError(
                f"{argument} must be one that was searched, {searched}, got {name!r}, "
                "which was not searched."
            )
    if columns is None:
        columns = _only_other(candidates, searched, parameter)
    rows, row_of = _values(candidates, parameter)
    others, column_of = _values(candidates, columns)
    folds = range(search.n_splits_)
    scores = np.full((len(rows), len(others), len(folds)), np.nan)
    # The worst comes first: the best candidate of a cell stays. Of a search by halving,
    # it is one of the last iteration, which has most samples.
    rank = results[f"rank_test_{metric}"]
    for index in np.lexsort((-rank, results.get("iter", np.zeros(len(rank))))):
        scores[row_of[index], column_of[index]] = [
            results[f"split{fold}_test_{metric}"][index] for fold in folds
        ]
    return {
        "scores": scores,
        "breakers": labels_of(rows),
        "columns": labels_of(others),
        "score_label": f"{label.replace('_', ' ')}, {len(folds)} folds",
        "column_label": columns or "",
    }


def _values(candidates, parameter):
    """Distinct values of a parameter, and which of them each candidate has."""
    return distinct([params.get(parameter, LACKING) for params in candidates])


def _only_other(candidates, searched, parameter):
    """The one other parameter that has several values, or None."""
    counts = {name: len(_values(candidates, name)[0]) for name in searched}
    others = [name for name in searched if name != parameter and counts[name] > 1]
    if len(others) != 1:
        return None
    n_cells = counts[parameter] * counts[others[0]]
    return others[0] if len(candidates) >= SMALLEST_FILLED * n_cells else None
