"""Fitted estimators of scikit-learn as labeled operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.adapters.estimator_operator import EstimatorOperator, Method, called_on
from invarsig.adapters.finite import require_finite
from invarsig.adapters.function_probe import Probe
from invarsig.axes import promoted, require_dims, require_labels
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from invarsig.operators import Operator, Pipeline

__all__ = ["from_sklearn"]

# What an estimator is asked for, in this order.
_METHODS: tuple[Method, ...] = ("transform", "decision_function", "predict_proba", "predict")


def from_sklearn(
    estimator: Any,
    x: xr.DataArray,
    dims: str | Sequence[str],
    *,
    method: Method | None = None,
    name: str = "feature",
) -> Operator:
    """Make an operator of a fitted estimator of scikit-learn; steps of a pipeline become stages.

    The dims are flattened to features in the order in which they are named, the last one fastest;
    every other dim of the input is a batch dim, whose items are the samples. Each feature has its
    own weight, so places are not treated alike: what comes of that counts as position.

    Parameters
    ----------
    estimator
        A fitted transformer, classifier, regressor or clusterer, or a ``Pipeline`` of them.
    x
        A labeled input. Which results belong to which feature is measured on it, and that the
        operator gives what the estimator gives.
    dims
        The dims that become features.
    method
        What is asked of the last estimator: "transform", "decision_function", "predict_proba" or
        "predict"; the first of these that it has, where omitted.
    name
        Name of the new dim, where dims do not stay.

    Returns
    -------
    Operator
        The dims stay where each result belongs to the feature of its place, as those of
        ``StandardScaler`` do. Otherwise they are replaced by the dim `name`; a classifier's carries
        its classes. A number for each sample (a binary decision function) adds no dim.

    Raises
    ------
    ParameterError
        If the estimator is not fitted, lacks the method, or does not run on `x`.
    AxisError
        If `x` does not have as many features as it was fitted to.
    DimError
        If `x` lacks a dim.
    DtypeError
        If it is not an estimator, or the values are complex.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.decomposition import PCA
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal((20, 4, 3)), "sample", "y", "x")
    >>> model = make_pipeline(StandardScaler(), PCA(2)).fit(x.values.reshape(20, 12))
    >>> op = iv.from_sklearn(model, x, dims=("y", "x"))
    >>> print(op)
    StandardScaler(keeps y, x) >> PCA(flattens y, x)
    >>> dict(op(x).sizes)
    {'sample': 20, 'feature': 2}
    """
    over = parameters.dims_once(dims, "Features are over")
    _check(estimator, x, over)
    if name in x.dims:
        raise DimError(f"The input has a dim {name!r} already; give name= another one.")
    whole = x.transpose(..., *over)
    rows = promoted(whole.to_numpy()).reshape(-1, int(np.prod([x.sizes[d] for d in over])))
    require_finite(rows)
    last, now, names = _method_of(estimator, method), rows, over
    stages: list[EstimatorOperator] = []
    steps = _steps(estimator)
    for place, step in enumerate(steps):
        stage, now = _stage(
            step, last if place == len(steps) - 1 else "transform", now, names, name
        )
        stages.append(stage)
        names = names if stage.kept else (stage.new,)
    if not np.allclose(now, called_on(estimator, last, rows), rtol=1e-6, atol=0, equal_nan=True):
        raise ParameterError(
            f"The steps of {type(estimator).__name__}, one after the other, do not give what it "
            "gives as a whole; give one step at a time."
        )
    return stages[0] if len(stages) == 1 else Pipeline(tuple(stages))


def _check(estimator: Any, x: xr.DataArray, over: Sequence[str]) -> None:
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    if isinstance(estimator, type) or not isinstance(estimator, BaseEstimator):
        what = estimator.__name__ if isinstance(estimator, type) else type(estimator).__name__
        raise DtypeError(
            f"iv.from_sklearn takes a fitted estimator of scikit-learn, not {what}; for a function "
            "of plain arrays there is iv.from_function."
        )
    try:
        check_is_fitted(estimator)
    except NotFittedError as error:
        raise ParameterError(
            f"{type(estimator).__name__} is not fitted; call its fit(samples) first."
        ) from error
    require_labels(x, "iv.from_sklearn")
    require_dims(x, over, type(estimator).__name__)
    if x.dtype.kind == "c":
        raise DtypeError(
            f"{type(estimator).__name__} needs real values, and these are complex; take their "
            "modulus first."
        )
    count, wanted = int(np.prod([x.sizes[d] for d in over])), _wanted(estimator)
    if wanted is not None and count != wanted:
        sizes = " x ".join(f"{x.sizes[dim]} along {dim!r}" for dim in over)
        raise AxisError(
            f"{type(estimator).__name__} was fitted to {wanted} features, and {sizes} make "
            f"{count}; name the dims that it was fitted to in dims=."
        )


def _wanted(estimator: Any) -> int | None:
    """How many features an estimator was fitted to; of some that is not known."""
    wanted = getattr(estimator, "n_features_in_", None)
    return None if wanted is None else int(wanted)


def _steps(estimator: Any) -> list[Any]:
    """Steps of a pipeline, and those of pipelines among them; what passes through is left out."""
    from sklearn.pipeline import Pipeline as Steps

    if not isinstance(estimator, Steps):
        return [estimator]
    found = [one for _, step in estimator.steps for one in _steps(step)]
    return [step for step in found if step is not None and not isinstance(step, str)] or [estimator]


def _method_of(estimator: Any, method: str | None) -> Method:
    """The method that is asked for, or the first one that there is."""
    there = [each for each in _METHODS if hasattr(estimator, each)]
    if method is not None:
        parameters.one_of("method", method, Method)
    if not there or (method is not None and method not in there):
        raise ParameterError(
            f"{type(estimator).__name__} has no method {method or 'that gives features'!r}; it has "
            f"{', '.join(there) or 'none of ' + ', '.join(_METHODS)}."
        )
    return method or there[0]


def _stage(
    step: Any, method: Method, rows: np.ndarray, over: tuple[str, ...], name: str
) -> tuple[EstimatorOperator, np.ndarray]:
    """One estimator as an operator, and what it gives."""
    try:
        made = called_on(step, method, rows)
        alone = np.ndim(getattr(step, method)(rows)) == 1
    except (ValueError, TypeError) as error:
        raise ParameterError(
            f"{type(step).__name__}.{method} does not run on {len(rows)} samples of "
            f"{rows.shape[1]} features: {error}"
        ) from error
    again = called_on(step, method, rows)
    if not np.array_equal(made, again, equal_nan=True):
        raise ParameterError(
            f"{type(step).__name__}.{method} is not deterministic: two runs on one input differ. "
            "Fix its random_state."
        )
    probe = Probe(lambda values: called_on(step, method, values), rows, promoted(made), 1e-9)
    single = made.shape == rows.shape and not alone
    pointwise = single and _is_pointwise(probe)
    kept = pointwise or (single and _names_stay(step))
    new = "" if kept or alone else name
    count = made.shape[1]
    return EstimatorOperator(
        step, method, over, new, kept, pointwise, probe.linear(), count
    ), promoted(made)


def _names_stay(step: Any) -> bool:
    """Whether scikit-learn says that each result belongs to the feature of its place."""
    from sklearn.base import OneToOneFeatureMixin

    return isinstance(step, OneToOneFeatureMixin)


def _is_pointwise(probe: Probe) -> bool:
    """Whether each result depends on the feature of its place alone.

    Two features differ in some binary digit of their place: all features with that digit are
    changed, and what belongs to the others has to stay.
    """
    rng, rows = np.random.default_rng(0), probe.values
    places = np.arange(rows.shape[1])
    low, high = rows.min(), rows.max()
    whole = float(np.abs(probe.result).max(initial=0.0))
    for digit in range(max(int(places[-1]).bit_length(), 1)):
        for wanted in (0, 1):
            changed = (places >> digit & 1) == wanted
            others = rows.copy()
            others[:, changed] = rng.uniform(low, high, (len(rows), int(changed.sum())))
            gap = np.abs(probe.run(others) - probe.result)[:, ~changed]
            if not gap.max(initial=0.0) <= 1e-12 * whole:
                return False
    return True
