"""Batch normalization in evaluation: an affine map of each channel."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.errors import DimError, ParameterError
from invarsig.operators.pointwise.normalization import PositionAffine

__all__ = ["batch_norm"]


def batch_norm(
    mean: xr.DataArray,
    variance: xr.DataArray,
    weight: xr.DataArray | None = None,
    bias: xr.DataArray | None = None,
    *,
    epsilon: float = 1e-5,
) -> PositionAffine:
    """Batch normalization in evaluation: ``y = w (x - mean) / sqrt(variance + epsilon) + b``.

    The running moments of a trained network do not depend on its input, so this is an affine map of
    each channel, which commutes with every move of the places.

    Parameters
    ----------
    mean, variance
        Running moments over the dim of the channels, in the unit of the samples and its square.
    weight, bias
        Factors w and offsets b of the affine map after it; 1 and 0 by default.
    epsilon
        Added to the variance, in its unit; at least 0.

    Returns
    -------
    PositionAffine
        Over the dim of the channels.

    Raises
    ------
    DimError
        If the arrays span other dims than the mean.
    ParameterError
        If a variance and epsilon add up to no number above 0.

    Examples
    --------
    >>> import invarsig as iv
    >>> layer = iv.operators.batch_norm(
    ...     iv.label([1.0, 2.0], "channel"), iv.label([4.0, 9.0], "channel"), epsilon=0.0
    ... )
    >>> layer(iv.label([[3.0], [5.0]], "channel", "x")).values.round(12).tolist()
    [[1.0], [1.0]]

    References
    ----------
    Ioffe & Szegedy (2015), Batch normalization, arXiv:1502.03167.
    """
    given = {"mean": mean, "variance": variance, "weight": weight, "bias": bias}
    for name, array in given.items():
        if array is None and name in ("weight", "bias"):
            continue
        if not isinstance(array, xr.DataArray):
            kind = type(array).__name__
            raise ParameterError(f"{name} must be an xarray.DataArray over channels, not {kind}.")
        if dict(array.sizes) != dict(mean.sizes):
            raise DimError(
                f"{name} spans {dict(array.sizes)} and mean {dict(mean.sizes)}; give them alike."
            )
    parameters.finite(epsilon, "epsilon", least=0, wanted="a finite value of at least 0")
    total = _plain(variance, mean) + epsilon
    if not (total > 0).all():
        raise ParameterError(
            f"variance + epsilon is {float(np.min(total)):g} at its least; give values above 0."
        )
    scale = 1 / np.sqrt(total)
    if weight is not None:
        scale = scale * _plain(weight, mean)
    offset = -_plain(mean, mean) * scale
    if bias is not None:
        offset = offset + _plain(bias, mean)
    return PositionAffine(*(xr.DataArray(each, dims=mean.dims) for each in (scale, offset)))


def _plain(array: xr.DataArray, like: xr.DataArray) -> np.ndarray:
    """Values in double precision, in the dimension order of another array."""
    return array.transpose(*like.dims).to_numpy().astype(np.float64)
