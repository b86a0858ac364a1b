"""Normalized variance: how much transformations change an output, relative to inputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Action
from invarsig.axes import plain
from invarsig.errors import DimError
from invarsig.measures.protocols import Protocol
from invarsig.measures.silence import is_round_off
from invarsig.measures.sweep import sweep
from invarsig.operators import Operator

__all__ = ["normalized_variance"]


def normalized_variance(
    op: Operator,
    x: xr.DataArray,
    action: Iterable[Action],
    *,
    samples: str,
    protocol: Protocol | None = None,
    moved_back: bool = False,
    keep: Sequence[str] = (),
) -> xr.DataArray:
    """Transform variance over sample variance: ``E_x var_g f(g x) / E_g var_x f(g x)``.

    Invariant outputs score 0; outputs that change under a move as much as between inputs score 1.
    Both variances are summed over all that is not kept before they are divided. With the output's
    units kept, it is the published measure of each unit by its formula. The authors' code takes
    standard deviations by default, ``E_x std_g f(g x) / E_g std_x f(g x)``: another number, and not
    the root of this one, as means of roots are no roots of means.

    A perfect operator scores 0: up to round-off for invariance, and for equivariance
    (``moved_back=True``) on a periodic axis.

    *Blind to* what all inputs share: a bias, or a bright edge, has no sample variance. Its
    denominator is a choice of inputs: similar inputs make any operator look variant, and varied
    ones invariant.

    Parameters
    ----------
    op
        Operator or pipeline f.
    x
        Labeled array with a dim of several inputs.
    action
        Two transformations or more; the identity counts only if it is among them.
    samples
        The dim of inputs.
    protocol
        "periodic" or "cut", as for `consistency`.
    moved_back
        Whether each output is moved back, ``g^-1 f(g x)``, which measures equivariance.
    keep
        Dims of the output that are kept.

    Returns
    -------
    xarray.DataArray
        At least 0; NaN where the inputs do not differ, or the output is nothing but round-off.

    Raises
    ------
    DimError
        If the output lacks the dim of inputs, or a kept dim.
    ParameterError
        If cut windows would have to be moved back.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([[1.0, 0.0], [3.0, 2.0]], "image", iv.Axis("x", period=2.0))
    >>> places = [iv.Translate(x=0), iv.Translate(x=1)]
    >>> float(iv.measures.normalized_variance(iv.Relu(), x, places, samples="image"))
    0.25
    >>> mean = iv.GlobalPool("x", kind="mean")
    >>> float(iv.measures.normalized_variance(mean, x, places, samples="image"))
    0.0

    References
    ----------
    Quiroga, Torrents-Barrena, Lanzarini & Puig (2019), Measuring (in)variances in convolutional
    networks, Cloud Computing and Big Data.
    """
    outputs = sweep(op, x, action, protocol, moved_back=moved_back)
    for dim in (samples, *keep):
        if dim not in outputs.dims or dim == "length":
            raise DimError(
                f"The output of {op} has no dim {dim!r}; its dims are "
                f"{tuple(d for d in outputs.dims if d != 'length')}."
            )
    wide = outputs.astype(np.complex128 if outputs.dtype.kind == "c" else np.float64)
    by_transform = _variance(wide, "length").mean(samples, skipna=False)
    by_sample = _variance(wide, samples).mean("length", skipna=False)
    rest = [dim for dim in by_transform.dims if dim not in keep]
    part, whole = (one.sum(rest, skipna=False) for one in (by_transform, by_sample))
    heard = whole > _round_off(outputs, samples, keep)
    heard &= ~is_round_off(op, x, op(x), keep=tuple(keep))
    out = part / whole.where(heard)
    out.attrs = {"units": "1", "samples": samples, "protocol": outputs.attrs["protocol"]}
    return out.rename("normalized_variance")


def _variance(x: xr.DataArray, dim: str) -> xr.DataArray:
    kept = {d: x.coords[d] for d in x.dims if d in x.coords and d != dim}
    place = x.get_axis_num(dim)
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.var(plain(x, x.dims), axis=place)
    dims = [d for d in x.dims if d != dim]
    return xr.DataArray(xr.Variable(dims, values), kept, dims)


def _round_off(x: xr.DataArray, samples: str, keep: Sequence[str]) -> xr.DataArray:
    """Variance that is no more than the round-off of the outputs' own level."""
    kept = {d: x.coords[d] for d in x.dims if d in x.coords}
    kind = x.dtype if x.dtype.kind in "fc" else np.dtype(np.float64)
    wide = plain(x, x.dims).astype(np.complex128 if kind.kind == "c" else np.float64)
    square = xr.DataArray(xr.Variable(x.dims, np.abs(wide) ** 2), kept, x.dims)
    level = square.mean(["length", samples], skipna=False)
    rest = [dim for dim in level.dims if dim not in keep]
    return level.sum(rest, skipna=False) * float(np.finfo(kind).eps) ** 2
