"""Names of scikit-learn that differ between releases, and metadata routing."""

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
    names = {"sample_weight"}
    if get_config()["enable_metadata_routing"]:
        names = _weight_names(get_routing_for_object(regressor))
    found = [
        value
        for name, value in fit_params.items()
        if name in names or name.endswith("__sample_weight")
    ]
    return found[0] if found and all(one is found[0] for one in found) else None


def _weight_names(routing):
    if not isinstance(routing, MetadataRequest):
        return set().union(*(_weight_names(pair.router) for _, pair in routing))
    request = routing.fit.requests.get("sample_weight")
    return {request if isinstance(request, str) else "sample_weight"}
