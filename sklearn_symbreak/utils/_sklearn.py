"""Names of scikit-learn that differ between releases, and metadata routing."""

from sklearn import get_config
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
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
