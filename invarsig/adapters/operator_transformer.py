"""An operator as a transformer of scikit-learn: rows of features in, rows of features out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from invarsig.axes import Axes, Axis, label
from invarsig.operators import Operator

__all__ = ["OperatorTransformer"]

# The dim of the samples, which no axis is likely to have.
_SAMPLE = "_sample"


class OperatorTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """An operator as a transformer of scikit-learn.

    A sample is an item of the batch; its features are the values of one array, the last axis
    fastest (the order of C), and so are those of the result.

    Parameters
    ----------
    op
        The operator; None passes samples through.
    axes
        The axes of one sample. One alone may have another number of samples than it says: that of
        the features. None counts features along one dim, "feature".
    """

    def __init__(self, op: Operator | None = None, axes: Sequence[Axis] | None = None) -> None:
        self.op = op
        self.axes = axes

    def fit(self, X: Any, y: Any = None) -> OperatorTransformer:
        """Learn the number of features, and run the operator once; nothing else is learned.

        Raises
        ------
        ValueError
            If the features do not fit the axes, or the result is complex.
        """
        rows = validate_data(self, X, dtype=[np.float64, np.float32])
        axes = self._fitted(rows.shape[1])
        first = self._run(rows[:1], axes)
        if first.dtype.kind == "c":
            raise ValueError(f"{self.op} gives complex values; put iv.Modulus() after it.")
        one = first.isel({_SAMPLE: 0}, drop=True) if _SAMPLE in first.dims else first
        self._n_features_out = int(one.size)
        self._names = _names_of(one)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Run the operator on each row.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        ValueError
            If the number of features is not the one of `fit`.
        """
        check_is_fitted(self, "_n_features_out")
        rows = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        made = self._run(rows, self._fitted(rows.shape[1]))
        return np.asarray(made.transpose(_SAMPLE, ...).to_numpy().reshape(len(rows), -1))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name what comes out by its place along each axis: "frequency=100,time=0.5"."""
        check_is_fitted(self, "_n_features_out")
        if input_features is not None:
            known = getattr(self, "feature_names_in_", None)
            if known is not None and not np.array_equal(known, input_features):
                raise ValueError("input_features is not equal to feature_names_in_")
            if len(input_features) != self.n_features_in_:
                raise ValueError(
                    "input_features should have length equal to number of features "
                    f"({self.n_features_in_}), got {len(input_features)}"
                )
        return np.asarray(self._names, dtype=object)

    def _fitted(self, count: int) -> tuple[Axis, ...]:
        """The axes, the only one with as many samples as there are features."""
        axes = (Axis("feature"),) if self.axes is None else tuple(self.axes)
        if len(axes) == 1:
            (axis,) = axes
            period = count * abs(axis.step) if axis.periodic else None
            return (replace(axis, size=count, period=period),)
        size = int(np.prod([axis.size for axis in axes]))
        if size != count:
            sizes = " x ".join(f"{axis.size} along {axis.dim!r}" for axis in axes)
            raise ValueError(
                f"X has {count} features, but {sizes} make {size}; give samples of that shape, "
                "flattened in the order of C."
            )
        return axes

    def _run(self, rows: np.ndarray, axes: Sequence[Axis]) -> xr.DataArray:
        x = label(rows.reshape(len(rows), *(axis.size for axis in axes)), _SAMPLE, *axes)
        return x if self.op is None else self.op(x)

    def __sklearn_is_fitted__(self) -> bool:
        """Whether it was fitted."""
        return hasattr(self, "_n_features_out")


def _names_of(one: xr.DataArray) -> list[str]:
    """A name for each value: where it stands along each axis."""
    if not one.dims:
        return ["value" if one.name is None else str(one.name)]
    axes = Axes.of(one)
    marks = []
    for dim in map(str, one.dims):
        placed = axes.placed(dim)
        places = axes[dim].positions() if placed else one[dim].to_numpy()
        marks.append([f"{dim}={p:.9g}" if placed else f"{dim}={p}" for p in places])
    names = [""]
    for each in marks:
        names = [f"{first},{mark}".lstrip(",") for first in names for mark in each]
    return names
