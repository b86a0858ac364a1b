"""A fitted estimator of scikit-learn as a labeled operator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from invarsig.adapters.without_source import WithoutSource
from invarsig.axes import AuxiliaryCoordinate, Axes, Axis
from invarsig.errors import AxisError, DtypeError, ParameterError
from invarsig.operators import Operator, Plan
from invarsig.operators.base import ArrayOperator
from invarsig.operators.fields import dims_field
from invarsig.operators.strides import every_sample

__all__ = ["EstimatorOperator", "Method"]

Method = Literal["transform", "decision_function", "predict_proba", "predict"]


@dataclass(frozen=True, eq=False, repr=False)
class EstimatorOperator(WithoutSource, ArrayOperator):
    """A fitted estimator of scikit-learn: each item of the batch is one of its samples.

    Made by `invarsig.from_sklearn`, which finds the parameters.

    Parameters
    ----------
    estimator
        The estimator.
    method
        Which of its methods is called.
    over
        Dims that are flattened to features, the last one fastest (the order of C).
    new
        The dim of what it gives; "" where that is one number for a sample, or where the dims stay.
    kept
        Whether each of its results belongs to the feature of the same place, so that the dims stay.
    pointwise
        Whether it depends on that feature alone.
    is_linear
        Whether it is linear.
    count
        How many numbers it gives for a sample.
    """

    estimator: Any
    method: Method
    over: tuple[str, ...] = dims_field()
    new: str = dims_field(default="feature")
    kept: bool = False
    pointwise: bool = False
    is_linear: bool = False
    count: int = 1

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether it is linear, as measured."""
        return self.is_linear

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that become features."""
        return self.over

    def plan(self, axes: Axes) -> Plan:
        """The dims stay, or are replaced by one; weights belong to places, so none is shared."""
        before = tuple(axes.read_or_counted(dim) for dim in self.over)
        self._require_features(before)
        out: tuple[Axis, ...] = (Axis(self.new, size=self.count),) if self.new else ()
        if self.kept:
            out = before
        far = 0.0 if self.pointwise else math.inf
        return Plan(
            before,
            out,
            {axis.dim: 1 for axis in before} if self.kept else {},
            {axis.dim: (far, far) for axis in before} if self.kept else {},
            lambda values: self._each(values, tuple(axis.size for axis in out)),
            self._coords(),
            operations=float(self.count * math.prod(axis.size for axis in before)),
        )

    def _require_features(self, axes: tuple[Axis, ...]) -> None:
        wanted = getattr(self.estimator, "n_features_in_", None)
        count = math.prod(axis.size for axis in axes)
        if wanted is not None and wanted != count:
            sizes = " x ".join(f"{axis.size} along {axis.dim!r}" for axis in axes)
            raise AxisError(
                f"{type(self.estimator).__name__} was fitted to {wanted} features, and {sizes} "
                f"make {count}; give the dims and sizes that it was fitted to."
            )

    def _coords(self) -> Mapping[str, AuxiliaryCoordinate]:
        """Classes along the dim of what a classifier gives."""
        classes = getattr(self.estimator, "classes_", None)
        named = self.method in ("decision_function", "predict_proba")
        if not (self.new and named) or classes is None or len(classes) != self.count:
            return {}
        return {self.new: ((self.new,), np.asarray(classes), {})}

    def _each(self, values: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
        batch = values.shape[: values.ndim - len(self.over)]
        if np.iscomplexobj(values):
            raise DtypeError(
                f"{type(self.estimator).__name__} needs real values, and these are complex; put a "
                "Modulus before it."
            )
        rows = values.reshape(math.prod(batch), -1)
        return self._run(rows).reshape((*batch, *sizes))

    def _run(self, rows: np.ndarray) -> np.ndarray:
        """Run on samples; where it refuses NaN, those that hold any give NaN."""
        try:
            return self._called(rows)
        except ValueError as error:
            finite = np.isfinite(rows).all(axis=1)
            if finite.all():
                raise ParameterError(
                    f"{type(self.estimator).__name__}.{self.method} does not run on "
                    f"{len(rows)} samples of {rows.shape[1]} features: {error}"
                ) from error
        out = np.full((len(rows), self.count), np.nan, rows.dtype)
        if finite.any():
            out[finite] = self._called(rows[finite])
        return out

    def _called(self, rows: np.ndarray) -> np.ndarray:
        return called_on(self.estimator, self.method, rows)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    def __str__(self) -> str:
        """Its class, and what it does to its dims."""
        how = "keeps" if self.kept else "flattens"
        method = "" if self.method == "transform" else f".{self.method}"
        return f"{type(self.estimator).__name__}{method}({how} {', '.join(self.over)})"


def called_on(estimator: Any, method: str, rows: np.ndarray) -> np.ndarray:
    """What a method gives for samples x features, one row for each sample."""
    made = getattr(estimator, method)(rows)
    dense = made.toarray() if hasattr(made, "toarray") else np.asarray(made)
    if dense.dtype.kind not in "fiub":
        raise DtypeError(
            f"{type(estimator).__name__}.{method} gives {dense.dtype}, which is not a number; "
            "take method='decision_function' or 'predict_proba'."
        )
    return dense.reshape(len(rows), -1)
