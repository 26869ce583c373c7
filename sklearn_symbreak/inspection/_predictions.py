"""Predictions, their names and labels, as displays take them."""

from numbers import Real

import numpy as np
from sklearn.pipeline import Pipeline

from sklearn_symbreak.metrics._per_sample import check_pair
from sklearn_symbreak.utils._array_api import to_numpy
from sklearn_symbreak.utils._validation import check_group, check_signals


def by_name(things, default):
    """Things by name: a dictionary as it is, one thing under a default name."""
    things = things if isinstance(things, dict) else {default: things}
    if not things:
        raise ValueError("at least one prediction is needed, got an empty dictionary.")
    return things


def predict_by_name(estimator, X):
    """Predictions of one estimator, or of several by name."""
    estimators = by_name(estimator, "prediction")
    for name, model in estimators.items():
        if not hasattr(model, "predict"):
            raise TypeError(
                "estimator must be a fitted regressor, or a dictionary of them, got "
                f"{model!r} for {name!r}."
            )
    return {name: model.predict(X) for name, model in estimators.items()}


def first_attribute(estimator, *attributes):
    """The first attribute of the first estimator that has one and not None, or None.

    That of a search, a pipeline or a refinement is that of the model in it.
    """
    found = (
        _attribute_inside(model, attribute)
        for model in by_name(estimator, "prediction").values()
        for attribute in attributes
    )
    return next((value for value in found if value is not None), None)


def _attribute_inside(model, attribute):
    value = getattr(model, attribute, None)
    if value is not None:
        return value
    if isinstance(model, Pipeline):
        return _attribute_inside(model.steps[-1][1], attribute)
    if hasattr(model, "refines_"):
        return _attribute_inside(model.regressor_, attribute)
    inner = getattr(model, "best_estimator_", None)
    return None if inner is None else _attribute_inside(inner, attribute)


def check_predictions(y_true, y_pred, group=None, *, nonzero=False):
    """Validated truth and predictions by name, as numpy arrays; scalars as columns."""
    predictions = {}
    for name, values in by_name(y_pred, "prediction").items():
        if group is not None:
            check_group(group)
            truth, predicted = check_pair(y_true, values, group, nonzero=nonzero)
        else:
            truth = check_signals(y_true, name="y_true")
            predicted = check_signals(values, name="y_pred", finite=False)
            truth = truth[:, None] if truth.ndim == 1 else truth
            predicted = predicted[:, None] if predicted.ndim == 1 else predicted
            if truth.shape != predicted.shape:
                raise ValueError(
                    "y_true and y_pred must have the same shape, got "
                    f"{tuple(truth.shape)} and {tuple(predicted.shape)}."
                )
        predictions[name] = np.asarray(to_numpy(predicted))
    return np.asarray(to_numpy(truth)), predictions


def short(thing):
    """A name in one line: of a string itself, of numbers few digits."""
    if isinstance(thing, str):
        return thing
    if isinstance(thing, Real) and not isinstance(thing, bool):
        return f"{thing:.4g}"
    text = getattr(thing, "_summary", None) or repr(thing)
    text = " ".join(text.split())
    return text if len(text) <= 48 else text[:45].rstrip(" .,") + "..."
