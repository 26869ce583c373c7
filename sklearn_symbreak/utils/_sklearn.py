"""The one place that imports private names of scikit-learn."""

from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_method_params as params_of_rows
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = [
    "Interval",
    "StrOptions",
    "check_sample_weight",
    "params_of_rows",
    "take_rows",
]
