"""Results of a search as a table of two parameters."""

from numbers import Real

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_symbreak.inspection._labels import short

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
    rows, names = _values(candidates, parameter), _values(candidates, columns)
    folds = range(search.n_splits_)
    scores = np.full((len(rows), len(names), len(folds)), np.nan)
    # The worst comes first: the best candidate of a cell stays.
    for index in np.argsort(-results[f"rank_test_{metric}"], kind="stable"):
        params = candidates[index]
        cell = rows.index(_name(params, parameter))
        scores[cell, names.index(_name(params, columns))] = [
            results[f"split{fold}_test_{metric}"][index] for fold in folds
        ]
    return {
        "scores": scores,
        "breakers": rows,
        "columns": names,
        "score_label": f"{metric.replace('_', ' ')}, {len(folds)} folds",
        "column_label": columns or "",
    }


def _name(params, parameter):
    return "" if parameter is None else short(params.get(parameter, ""))


def _values(candidates, parameter):
    """Names of the values of a parameter: numbers by size, others in their order."""
    if parameter is None:
        return [""]
    values = [params[parameter] for params in candidates if parameter in params]
    if all(isinstance(value, Real) for value in values):
        values = sorted(values)
    names = [short(value) for value in values]
    if any(parameter not in params for params in candidates):
        names.append("")
    return list(dict.fromkeys(names))


def _only_other(candidates, searched, parameter):
    """The one other parameter that has several values, or None."""
    others = [
        name
        for name in searched
        if name != parameter and len(_values(candidates, name)) > 1
    ]
    if len(others) != 1:
        return None
    n_cells = len(_values(candidates, parameter)) * len(_values(candidates, others[0]))
    return others[0] if len(candidates) >= SMALLEST_FILLED * n_cells else None
