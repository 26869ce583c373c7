"""Transformers of measurements."""

from sklearn_symbreak.preprocessing._autocorrelation import AutocorrelationTransformer

__all__ = ["AutocorrelationTransformer"]
