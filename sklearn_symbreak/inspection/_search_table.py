"""Results of a search as a table of two parameters."""

from numbers import Real

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_symbreak.inspection._predictions import short

# A heat map of fewer cells than this share would be mostly blank.
SMALLEST_FILLED = 0.5
# Of an estimator that prints more than this, the class is named, if it is the only one.
LONGEST_LABEL = 36


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
    candidates = results["params"]
    searched = list(dict.fromkeys(name for params in candidates for name in params))
    for name in (parameter, columns):
        if name is not None and name not in searched:
            raise ValueError(f"{name!r} was not searched; {searched} were.")
    if columns is None:
        columns = _only_other(candidates, searched, parameter)
    rows, others = _labels(candidates, parameter), _labels(candidates, columns)
    folds = range(search.n_splits_)
    scores = np.full((len(rows), len(others), len(folds)), np.nan)
    # The worst comes first: the best candidate of a cell stays.
    for index in np.argsort(-results[f"rank_test_{metric}"], kind="stable"):
        row, column = (
            [*labels].index(_key(candidates[index], name))
            for labels, name in ((rows, parameter), (others, columns))
        )
        scores[row, column] = [
            results[f"split{fold}_test_{metric}"][index] for fold in folds
        ]
    return {
        "scores": scores,
        "breakers": [*rows.values()],
        "columns": [*others.values()],
        "score_label": f"{metric.replace('_', ' ')}, {len(folds)} folds",
        "column_label": columns or "",
    }


def _key(params, parameter):
    """Key that tells values apart; estimators are compared by their representation."""
    return repr(params[parameter]) if parameter in params else ""


def _labels(candidates, parameter):
    """Labels of the values of a parameter by key: numbers by size, others as given."""
    values = {
        _key(params, parameter): params.get(parameter, "") for params in candidates
    }
    # Candidates of another grid may lack the parameter: they come last.
    lacking = {key: values.pop(key) for key in [""] if key in values}
    if all(isinstance(value, Real) for value in values.values()):
        values = dict(sorted(values.items(), key=lambda item: item[1]))
    values |= lacking
    classes = [type(value).__name__ for value in values.values()]
    labels = {}
    for key, value in values.items():
        label, name = short(value), type(value).__name__
        is_long = len(label) > LONGEST_LABEL and classes.count(name) == 1
        labels[key] = name if is_long else label
    return labels


def _only_other(candidates, searched, parameter):
    """The one other parameter that has several values, or None."""
    counts = {name: len(_labels(candidates, name)) for name in searched}
    others = [name for name in searched if name != parameter and counts[name] > 1]
    if len(others) != 1:
        return None
    n_cells = counts[parameter] * counts[others[0]]
    return others[0] if len(candidates) >= SMALLEST_FILLED * n_cells else None
