"""Classes of frequencies where a signal is decimated: aliased, tangled, kept, or none."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.aliasing.folding import fold
from invarsig.aliasing.lift import lift, total_stride
from invarsig.errors import DimError, ParameterError
from invarsig.operators import Operator

__all__ = ["CLASSES", "check_threshold", "classes_of", "frequency_classes"]

CLASSES = ("no pass", "non-aliased", "aliased", "tangled")


def frequency_classes(
    op: Operator,
    x: xr.DataArray,
    dim: str,
    *,
    threshold: float = -20.0,
    divisor: int = 1,
    keep: Sequence[str] = (),
) -> xr.Dataset:
    """Sort the output's frequencies by what has folded onto them.

    At each output frequency several bins of the lift coincide, one for each image (`fold`). Those
    that *pass* have more power than `threshold`, relative to the strongest bin of all. Then the
    frequency is

    - "no pass" if none passes,
    - "non-aliased" if only image 0 does: what belongs there,
    - "aliased" if one other image does, at a frequency where it does not belong; since it is alone,
      nothing is lost, and the signal could be moved back to its place,
    - "tangled" if two or more do, which no later stage can separate.

    Image numbers are relative to the center of a complex channel, and 0 for the alias that is
    *nearest* to it. The published code divides the output's frequencies evenly among the images
    instead, in the order of the transform, which is right only for a stride of two; and it also
    counts aliased frequencies as "no pass". It also takes its threshold relative to the strongest
    *sum* of images, which depends on how they happen to interfere, and thus on the shift.

    *Floor*: a perfect operator has no aliased and no tangled frequencies at any threshold above
    round-off (-300 dB). *Blind to* how much has folded, above the threshold and below:
    at -20 dB, folded energy of 1 % everywhere goes unnoticed. Read it beside `fold`.

    Parameters
    ----------
    op
        Operator or pipeline of total stride S along `dim`, which is lifted.
    x
        Labeled array, periodic along `dim`.
    dim
        The axis that is decimated.
    threshold
        In dB relative to the strongest bin, below 0; published: -20.
    divisor
        As for `lift`: the folding from its grid on.
    keep
        Dims of the output that are kept: each of their entries has its own strongest bin. Power is
        added up over the others.

    Returns
    -------
    xarray.Dataset
        ``frequency_class`` over ``{dim}_frequency`` and what is kept, the index of an entry of the
        coordinate "class"; ``frequency_share`` and ``power_share`` over "class", the shares of the
        frequencies and of the power. A silent output has no class: -1, and NaN.

    Raises
    ------
    AxisError
        If the axis is not periodic, or the operator does not wrap.
    ParameterError
        If the threshold is not below 0.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> wave = np.cos(0.75 * np.pi * np.arange(16))  # above the Nyquist frequency of every 2nd
    >>> x = iv.label(wave, iv.Axis("x", unit="px", period=16.0))
    >>> found = iv.aliasing.frequency_classes(iv.Subsample(stride={"x": 2}), x, "x")
    >>> found.power_share.to_series().round(6).to_dict()
    {'no pass': 0.0, 'non-aliased': 0.0, 'aliased': 1.0, 'tangled': 0.0}

    References
    ----------
    Ribeiro & Schön (2021), How convolutional neural networks deal with aliasing, arXiv:2102.07757.
    """
    check_threshold(threshold)
    lifted = lift(op, x, dim, divisor=divisor)
    factor = total_stride(op, x, dim) // divisor
    power = fold(lifted, dim, factor)
    for name in keep:
        if name not in power.dims or name in ("image", f"{dim}_frequency"):
            raise DimError(
                f"keep names {name!r}, which the output lacks; it has {tuple(lifted.dims)}."
            )
    return classes_of(power, dim, factor, threshold, keep)


def check_threshold(threshold: float) -> None:
    """Raise unless a threshold is below the strongest bin."""
    if not (math.isfinite(threshold) and threshold < 0):
        raise ParameterError(
            f"threshold={threshold!r} dB is relative to the strongest bin; give one below 0."
        )


def classes_of(
    power: xr.DataArray, dim: str, factor: int, threshold: float, keep: Sequence[str] = ()
) -> xr.Dataset:
    """Sort the frequencies of a folded spectrum, as `frequency_classes` gives them."""
    frequency = f"{dim}_frequency"
    power = power.sum([d for d in power.dims if d not in ("image", frequency, *keep)], skipna=False)
    power = power.transpose(*keep, frequency, "image")
    strongest = power.max(["image", frequency], skipna=False)
    passing = power > strongest * 10 ** (threshold / 10)
    count = passing.sum("image").to_numpy()
    own = passing.sel(image=0).to_numpy()
    index = np.where(count >= 2, 3, np.where(count == 0, 0, np.where(own, 1, 2)))
    heard = np.broadcast_to((strongest.to_numpy() > 0)[..., np.newaxis], index.shape)
    index = np.where(heard, index, -1)
    each = power.sum("image", skipna=False)
    is_of = xr.DataArray(
        index[..., np.newaxis] == np.arange(len(CLASSES)),
        dims=(*each.dims, "class"),
        coords={"class": list(CLASSES)},
    )
    some = strongest > 0
    whole = each.sum(frequency, skipna=False)
    return xr.Dataset(
        {
            "frequency_class": each.copy(data=index).rename("frequency_class"),
            "frequency_share": is_of.mean(frequency).where(some),
            "power_share": (each * is_of).sum(frequency, skipna=False) / whole.where(some),
        },
        attrs={"threshold": threshold, "along": dim, "factor": factor},
    ).assign_coords({"class": list(CLASSES)})
