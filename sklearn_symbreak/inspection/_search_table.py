"""Results of a search as a table of two parameters."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_symbreak.inspection._value_labels import LACKING, distinct, labels_of

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
    candidates = results["params"]
    searched = list(dict.fromkeys(name for params in candidates for name in params))
    for name in (parameter, columns):
        if name is not None and name not in searched:
            raise ValueError(f"{name!r} was not searched; {searched} were.")
    if columns is None:
        columns = _only_other(candidates, searched, parameter)
    rows, row_of = _values(candidates, parameter)
    others, column_of = _values(candidates, columns)
    folds = range(search.n_splits_)
    scores = np.full((len(rows), len(others), len(folds)), np.nan)
    # The worst comes first: the best candidate of a cell stays.
    for index in np.argsort(-results[f"rank_test_{metric}"], kind="stable"):
        scores[row_of[index], column_of[index]] = [
            results[f"split{fold}_test_{metric}"][index] for fold in folds
        ]
    return {
        "scores": scores,
        "breakers": labels_of(rows),
        "columns": labels_of(others),
        "score_label": f"{metric.replace('_', ' ')}, {len(folds)} folds",
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
