"""The error that a linear filter and its stride will cause, before any data is seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.axes import Axis, label, lengths_along
from invarsig.errors import DimError, ParameterError
from invarsig.operators import Operator
from invarsig.operators.linear_filter import LinearFilter, axes_from
from invarsig.operators.strides import decimating
from invarsig.spectra import baseband

__all__ = ["expected_error"]


def expected_error(
    op: Operator,
    x: xr.DataArray | Axis | Sequence[Axis],
    action: Translate,
    *,
    exponent: float = 0.0,
) -> xr.Dataset:
    """Expect the relative equivariance error of a linear filter from its response and stride alone.

    A frequency f that lies m output rates from the frequency that its output bin stands for is
    turned by m d / s too much when the input moves by d samples at stride s, so its error is
    ``2 |sin(pi m d / s)|`` times what comes through:
    ``sqrt(sum |H|² A² 4 sin²(pi m d / s) / sum' |H|² A²)`` for random signals of amplitude spectrum
    A with independent frequencies: the ratio of mean energies, around which single signals scatter,
    the more so the steeper their spectrum. The second sum leaves out the mean of the output. In
    Nyquist bins the error of a real signal differs, which is visible where there are few samples.

    Parameters
    ----------
    op
        Filter bank, blur pool, decimator: an operator whose response is known.
    x
        Labeled array that it is applied to, or the axes it lies along: the sums run over their
        bins. A finite axis is extended to the next multiple of the stride.
    action
        Translation along dims that it filters.
    exponent
        The amplitude spectrum is ``A(f) = |f|^-exponent``, f in cycles per sample: 0 is white
        noise, 1 the spectrum of photographs.

    Returns
    -------
    xarray.Dataset
        Over the channels: ``expected``, relative to the output without its mean, and ``worst``, the
        error of the worst sine, relative to the output amplitude of the sine that is passed best.

    Raises
    ------
    DimError
        If the operator does not filter along a dim that is moved along.
    ParameterError
        If `op` has no response.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.Axis("x", size=64, unit="px", period=64.0)
    >>> [
    ...     round(float(iv.aliasing.expected_error(op, x, iv.Translate(x=1.0)).expected), 3)
    ...     for op in (iv.Subsample(stride={"x": 2}), iv.BlurPool(taps=5, stride={"x": 2}))
    ... ]
    [1.437, 0.254]

    References
    ----------
    Vaidyanathan (1993), Multirate systems and filter banks, section 4.1; van der Schaaf & van
    Hateren (1996), doi:10.1016/0042-6989(96)00002-8, on the spectra of photographs.
    """
    if not isinstance(op, LinearFilter) or not op.linear:
        raise ParameterError(
            f"{op} has no frequency response to expect an error from; measure it with "
            "equivariance_error."
        )
    if not isinstance(action, Translate):
        raise ParameterError(
            f"A response determines the error of a translation, and {action!r} is not one; give "
            "one such as iv.Translate(x=1), or measure with equivariance_error."
        )
    parameters.finite(exponent, "exponent")
    axes = axes_from(x)
    met = {dim: axes[dim] for dim in action.required if dim in axes}
    action = Translate(lengths_along(action.lengths, met), boundary=action.boundary)
    channels = op._channels(axes)
    dims = op._filtered(axes)
    stray = [dim for dim in action.required if dim not in dims]
    if stray:
        raise DimError(
            f"{op} does not filter along {stray[0]!r}; it filters along "
            f"{', '.join(map(repr, dims))}."
        )
    # A filter keeps every s-th sample, or all of them.
    strides = {**dict.fromkeys(dims, 1), **decimating(op.plan(axes).stride)}
    # As many output samples as there are; the size of a periodic axis is a multiple of its stride.
    kept = [-(-axes[dim].size // strides[dim]) for dim in dims]
    bins = [np.fft.fftfreq(n * strides[dim]) for n, dim in zip(kept, dims, strict=True)]
    power = np.abs(op._response(axes, bins)) ** 2
    lead = power.ndim - len(dims)
    turns = np.zeros(power.shape)
    complex_input = isinstance(x, xr.DataArray) and x.dtype.kind == "c"
    for place, dim in enumerate(dims):
        if dim in action.required:
            by, center = strides[dim], channels.centers.get(dim, 0.0)
            center = np.broadcast_to(center, power.shape[:lead])
            # Channels of a real signal have no frequencies beyond its Nyquist frequency.
            edge = np.inf if complex_input or dim not in channels.centers else 0.5 * by
            base = np.tile(baseband(kept[place], center * by, nyquist=edge), by) / by
            images = np.rint((bins[place] - base) * by)
            shape = [*power.shape[:lead], *np.ones(len(dims), dtype=int)]
            shape[lead + place] = bins[place].size
            shift = action.shifts[dim] / axes[dim].step
            turns = turns + images.reshape(shape) * (shift / by)
    lost = power * 4 * np.sin(np.pi * turns) ** 2
    squared = sum(f**2 for f in np.meshgrid(*bins, indexing="ij", sparse=True))
    signal = np.where(squared > 0, squared, np.inf) ** -exponent if exponent else squared > 0
    numbers = [np.arange(f.size) % n for f, n in zip(bins, kept, strict=True)]
    fluctuates = sum(np.meshgrid(*numbers, indexing="ij", sparse=True)) > 0
    space = tuple(range(lead, power.ndim))
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.sqrt(
            (lost * signal).sum(axis=space) / (power * signal * fluctuates).sum(axis=space)
        )
        worst = np.sqrt(lost.max(axis=space) / power.max(axis=space))
    found = {"expected": expected, "worst": worst}
    out = xr.Dataset({name: label(values, *channels.axes) for name, values in found.items()})
    coords = {name: xr.Variable(*parts) for name, parts in channels.coords.items()}
    return out.assign_coords(coords).assign_attrs(exponent=exponent, units="1")
