"""Base of the neural regressors: validation, scaling, training and prediction."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_symbreak.neural_network._scaling import (
    CommonScaler,
    InputTransform,
    check_same_net,
    square,
)
from sklearn_symbreak.utils._array_api import to_numpy
from sklearn_symbreak.utils._decorators import all_or_nothing
from sklearn_symbreak.utils._sklearn import (
    Interval,
    StrOptions,
    check_sample_weight,
)
from sklearn_symbreak.utils._validation import (
    check_same_length,
    check_signals,
    fill_masked,
    refuse_complex,
    refuse_missing_targets,
)


class BaseNeuralRegressor(RegressorMixin, BaseEstimator, ABC):
    """Base of regressors that build a skorch net in `fit`.

    The net is an attribute: a subclass of a skorch class fails most of scikit-learn's
    estimator checks. A derived class says which torch module to train.
    """

    _parameter_constraints: dict = {
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "learning_rate_schedule": [
            StrOptions({"one_cycle", "cosine", "plateau"}),
            None,
        ],
        "l1_penalty": [Interval(Real, 0, None, closed="left")],
        "l2_penalty": [Interval(Real, 0, None, closed="left")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="left"), None],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "input_transform": [
            StrOptions({"standardize", "log_magnitude", "autocorrelation", "none"})
        ],
        "random_state": ["random_state"],
        "device": [str],
        "callbacks": [list, tuple, None],
        "checkpoint_dir": [str, os.PathLike, None],
        "warm_start": ["boolean"],
        "verbose": ["boolean"],
    }

    @abstractmethod
    def _make_module(self, target_shape):
        """Class and arguments of the torch module for targets of this shape."""

    def _input_shape(self):
        """Height and width of a measurement: a square, if its size is one."""
        return square(self.n_features_in_) or (1, self.n_features_in_)

    def _warn_after_training(self, targets, sample_weight):
        """Warn of a net that cannot learn these targets, whatever the training."""

    @all_or_nothing
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train a net: a new one, or with `warm_start` that of the former fit.

        A fit that fails or is interrupted in its first epoch leaves the regressor as
        it was.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Real measurements.
        y : array-like of shape (n_samples,) or (n_samples, *target_shape)
            Real targets. `predict` returns the same shape per sample.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the squared errors, in training and in validation. Samples of
            weight 0 are left out.

        Returns
        -------
        self : object
            The fitted regressor.

        Raises
        ------
        ImportError
            If torch or skorch is not installed.
        TypeError
            If `callbacks` holds what is no callback of skorch.
        ValueError
            If the data are complex, empty, not finite or of the wrong shape, if too
            few samples are left for training, if the loss diverges, if a file in
            `checkpoint_dir` is damaged, or if `warm_start` is to continue a net with
            other inputs, outputs or layers.
        """
        self._validate_params()
        self._check_checkpoint_dir()
        _check_neural_dependencies()
        from sklearn_symbreak.neural_network._training import train_net

        warm = self.warm_start and hasattr(self, "net_")
        X, y, sample_weight = self._validate_training_data(
            X, y, sample_weight, reset=not warm
        )
        module, module_params = self._make_module(self._target_shape)
        weights = None
        if warm:
            check_same_net(
                self,
                module_params,
                cause="warm_start=True",
                remedy="use warm_start=False",
            )
            weights = self.net_.module_.state_dict()

        random_state = check_random_state(self.random_state)
        seed = self._draw_seed(random_state)
        parts = [
            (X[rows], y[rows], None if sample_weight is None else sample_weight[rows])
            for rows in self._split(len(X), random_state)
        ]
        X, y, sample_weight = parts[0]
        self._fit_scaling(X, y, sample_weight, reset=not warm)
        train = self._scale(X, y, sample_weight)
        valid = self._scale(*parts[1]) if len(parts[1][0]) else None
        self.net_: Any = train_net(
            self, module, module_params, train, valid, seed, weights
        )
        self._set_training_results()
        self._warn_after_training(*train[1:])
        return self

    @all_or_nothing
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train the net for one epoch on these data, such as fresh draws of a model.

        The first call makes a net. Later ones, or one after `fit`, go on with its
        weights, its optimizer and its random numbers, as if all were epochs of one
        training, with today's `learning_rate`, `batch_size`, penalties and
        `weight_decay`. There is no validation and no early stopping: `max_epochs`,
        `validation_fraction`, `patience` and `warm_start` have no effect. The scaling
        of inputs and targets is that of the first call, whose data should be typical.

        A call that fails or is interrupted leaves the regressor as it was.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Real measurements.
        y : array-like of shape (n_samples,) or (n_samples, *target_shape)
            Real targets. `predict` returns the same shape per sample.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the squared errors, of mean one after scaling in every call.
            Samples of weight 0 are left out.

        Returns
        -------
        self : object
            The fitted regressor.

        Raises
        ------
        ImportError
            If torch or skorch is not installed.
        TypeError
            If `callbacks` holds what is no callback of skorch.
        ValueError
            If `learning_rate_schedule` or `checkpoint_dir` is not None, if the data
            are complex, empty, not finite or of the wrong shape, if the loss diverges,
            or if inputs, outputs or layers are others than in the former call.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_symbreak.neural_network import FeedForwardRegressor
        >>> rng = np.random.default_rng(0)
        >>> net = FeedForwardRegressor((32, 32), batch_size=32, random_state=0)
        >>> for _ in range(20):
        ...     X = rng.uniform(size=(500, 1))
        ...     net = net.partial_fit(X, np.sqrt(X))
        >>> net.predict([[0.25]]).round(1)
        array([[0.5]])
        """
        self._validate_params()
        for name in ("learning_rate_schedule", "checkpoint_dir"):
            if getattr(self, name) is not None:
                raise ValueError(
                    f"partial_fit, which does not know the length of a training, needs "
                    f"{name}=None, got {getattr(self, name)!r}."
                )
        _check_neural_dependencies()
        from sklearn_symbreak.neural_network._training import train_one_epoch

        former = getattr(self, "net_", None)
        X, y, sample_weight = self._validate_training_data(
            X, y, sample_weight, reset=former is None
        )
        module, module_params = self._make_module(self._target_shape)
        seed = 0
        if former is None:
            seed = self._draw_seed(check_random_state(self.random_state))
        else:
            check_same_net(
                self,
                module_params,
                cause="partial_fit",
                remedy="use fit for a new net",
            )
        self._fit_scaling(X, y, sample_weight, reset=former is None)
        train = self._scale(X, y, sample_weight)
        self.net_ = train_one_epoch(self, module, module_params, train, seed, former)
        self._set_training_results()
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict targets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Real measurements.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, *target_shape)
            Targets, float32 if the training targets were, else float64.

        Raises
        ------
        ValueError
            If `X` is complex, empty, not finite or has another number of columns than
            in `fit`.
        """
        check_is_fitted(self, "net_")
        from sklearn_symbreak.neural_network._training import predict_net

        X = self._check_measurements(X, reset=False)
        outputs = predict_net(self.net_, self._input_transform.transform(X))
        y = self._target_scaling.inverse_transform(outputs)
        return y.astype(self._target_dtype).reshape(len(X), *self._target_shape)

    def score(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Coefficient of determination, averaged over all outputs.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Real measurements.
        y : array-like of shape (n_samples,) or (n_samples, *target_shape)
            True targets.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the samples.

        Returns
        -------
        score : float
            R², at most 1, the best.
        """
        from sklearn.metrics import r2_score

        y_pred = self.predict(X)
        y_true = to_numpy(check_signals(y, name="y", dtype="real"))
        check_same_length(X=y_pred, y=y_true)
        if y_true.ndim > 2:
            y_true = y_true.reshape(len(y_true), -1)
            y_pred = y_pred.reshape(len(y_pred), -1)
        return r2_score(y_true, y_pred, sample_weight=sample_weight)

    def _check_measurements(self, X, *, reset):
        refuse_complex(X)
        # scikit-learn reads no tensors with a gradient, or on a GPU.
        X = to_numpy(X) if hasattr(X, "detach") else fill_masked(X)
        return validate_data(self, X, dtype=(np.float64, np.float32), reset=reset)

    def _validate_training_data(self, X, y, sample_weight, *, reset):
        """Return float arrays: X and y 2-D, weights 1-D and positive, or None."""
        X = self._check_measurements(X, reset=reset)
        refuse_missing_targets(self, y)
        y = to_numpy(check_signals(y, name="y", dtype="real"))
        check_same_length(X=X, y=y)
        self._target_shape, self._target_dtype = y.shape[1:], y.dtype
        y = y.reshape(len(y), -1)
        if sample_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
            kept = sample_weight > 0
            # Older releases of scikit-learn let all-zero weights pass.
            if not kept.any():
                raise ValueError("sample_weight must hold a non-zero number.")
            X, y, sample_weight = X[kept], y[kept], sample_weight[kept]
            # Their ratios count; their squares are to be in the range.
            sample_weight = sample_weight / sample_weight.max()
        return X, y, sample_weight

    def _check_checkpoint_dir(self):
        if self.checkpoint_dir is None:
            return
        if not isinstance(self.random_state, Integral):
            raise ValueError(
                "checkpoint_dir needs an int as random_state, since the validation "
                f"split must not change in between; got {self.random_state!r}."
            )
        if os.path.isfile(self.checkpoint_dir):
            raise ValueError(
                "checkpoint_dir must be a folder, got the file "
                f"{str(self.checkpoint_dir)!r}."
            )

    def _draw_seed(self, random_state):
        return int(random_state.randint(np.iinfo(np.int32).max))

    def _fit_scaling(self, X, y, sample_weight, *, reset):
        """Learn how to scale inputs and targets, unless there are weights already.

        Weights mean something only in the units in which they were learned.
        """
        if reset:
            self._input_transform = InputTransform(
                self.input_transform, self._input_shape()
            )
            self._input_transform.fit(X, sample_weight)
        # Equal targets had no unit.
        if reset or self._target_scaling.scale_ == 0:
            self._target_scaling = CommonScaler().fit(y, sample_weight)

    def _split(self, n_samples, random_state):
        """Row numbers of the training and of the validation part."""
        n_valid = int(np.ceil((self.validation_fraction or 0) * n_samples))
        if n_valid >= n_samples:
            raise ValueError(
                f"validation_fraction={self.validation_fraction} leaves nothing to "
                f"train on with n_samples={n_samples} (1 sample is needed at least); "
                "use validation_fraction=None."
            )
        order = random_state.permutation(n_samples)
        return order[n_valid:], order[:n_valid]

    def _scale(self, X, y, sample_weight):
        """Float32 inputs, targets and weights of the net."""
        if sample_weight is not None:
            sample_weight = (sample_weight / sample_weight.mean()).astype(np.float32)
        return (
            self._input_transform.transform(X),
            self._target_scaling.transform(y),
            sample_weight,
        )

    def _set_training_results(self):
        epochs = self.net_.history
        # Back from the units of the scaled targets; equal ones are met exactly.
        unit = float(np.square(self._target_scaling.scale_))
        self.n_iter_ = len(epochs)
        self.loss_curve_ = [unit * epoch["train_loss"] for epoch in epochs]
        self.validation_loss_curve_ = (
            [unit * epoch["valid_loss"] for epoch in epochs]
            if "valid_loss" in epochs[-1]
            else None
        )
        self.best_loss_ = min(self.validation_loss_curve_ or self.loss_curve_)
        self.n_parameters_ = sum(p.numel() for p in self.net_.module_.parameters())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.input_tags.positive_only = self.input_transform == "log_magnitude"
        return tags


def _check_neural_dependencies():
    try:
        import skorch  # noqa: F401
        import torch  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "The neural regressors need torch and skorch: "
            'pip install "sklearn-symbreak[neural]"'
        ) from error
