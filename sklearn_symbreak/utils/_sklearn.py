"""Names of scikit-learn that differ between releases, and metadata routing."""

import numpy as np
from sklearn import get_config
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metadata_routing import (
    MetadataRequest,
    MetadataRouter,
    MethodMapping,
    get_routing_for_object,
    process_routing,
)
from sklearn.utils.validation import _check_method_params as params_of_rows
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = [
    "Interval",
    "StrOptions",
    "check_sample_weight",
    "params_of_rows",
    "take_rows",
]


def route_fit_to_regressor(estimator):
    """Router that hands metadata of `fit` to the parameter `regressor`."""
    mapping = MethodMapping().add(caller="fit", callee="fit")
    return (
        MetadataRouter(owner=type(estimator).__name__)
        .add_self_request(estimator)
        .add(regressor=estimator.regressor, method_mapping=mapping)
    )


def routed_fit_params(estimator, fit_params):
    """Parameters for the regressor's `fit`: all, or with routing those it requests."""
    if not get_config()["enable_metadata_routing"]:
        return fit_params
    return process_routing(estimator, "fit", **fit_params).regressor.fit


def weights_among(fit_params, regressor):
    """Sample weights in what `fit` is given, by any name; None without, or of several.

    Steps of pipelines, and requests for metadata, have names of their own for them.
    """
    given = {name: value for name, value in fit_params.items() if value is not None}
    if not given:
        return None
    names = {"sample_weight"}
    if get_config()["enable_metadata_routing"]:
        names = _weight_names(get_routing_for_object(regressor), "fit")
    found = [
        value
        for name, value in given.items()
        if name in names or name.endswith("__sample_weight")
    ]
    same = all(np.array_equal(one, found[0]) for one in found)
    return found[0] if found and same else None


def _weight_names(routing, method):
    """What a method's sample weights are called where a fit below requests them."""
    if isinstance(routing, MetadataRequest):
        request = getattr(routing, method).requests.get("sample_weight")
        if isinstance(request, str):
            return {request}
        return {"sample_weight"} if request is True else set()
    return set().union(
        *(
            _weight_names(pair.router, step.callee)
            for _, pair in routing
            for step in pair.mapping
            if step.caller == method and step.callee in ("fit", "fit_transform")
        )
    )
