"""Neural networks as scikit-learn regressors.

Importing this subpackage does not load torch; fitting does.
"""

from sklearn_symbreak.neural_network._feed_forward import (
    FEED_FORWARD_PRESETS,
    FeedForwardRegressor,
)
from sklearn_symbreak.neural_network._unet import UNetRegressor

__all__ = ["FEED_FORWARD_PRESETS", "FeedForwardRegressor", "UNetRegressor"]
