"""Nonstationarity: whether local statistics are the same all along an axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axis, axis_of, on_axes, promoted, require_dims, require_values
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError

__all__ = ["local_statistics", "nonstationarity", "pair_share"]


def local_statistics(x: xr.DataArray, window: Mapping[str, int]) -> xr.DataArray:
    """Describe each patch of an array: its mean, its spread, and its slope along each dim.

    Patches lie side by side. With the W samples ``v[n]`` of one: the mean ``m = (1/W) sum v[n]``,
    the spread ``((1/W) sum (v[n] - m)²)^(1/2)``, and along each dim with a window of 2 or more the
    slope, the root mean square of ``v[n + 1] - v[n]``. Spread and slope together say how much
    variation there is and at which frequencies.

    Parameters
    ----------
    x
        Labeled array, real.
    window
        Size of a patch along each dim, in samples. Samples that do not fill a patch are left out;
        along dims that are not named a patch has one sample.

    Returns
    -------
    xarray.DataArray
        With a new dim "statistic" ("mean", "spread", "slope along ..."), in the unit of `x`; the
        other samples stand at the middles of the patches.

    Raises
    ------
    ParameterError
        If a window is not a whole number of at least 1.
    AxisError
        If a window is longer than its axis.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0, 1.0, 0.0, 1.0, 3.0, 3.0, 3.0, 3.0], "x")
    >>> iv.measures.local_statistics(x, {"x": 4}).transpose("x", "statistic").values.tolist()
    [[0.5, 0.5, 1.0], [3.0, 0.0, 0.0]]
    """
    require_dims(x, list(window), "local_statistics")
    if x.dtype.kind == "c":
        raise DtypeError("local_statistics needs real values; take the modulus or the power.")
    if "statistic" in x.dims:
        raise DimError("The input has a dim 'statistic' already; rename it.")
    axes = [axis_of(x, dim) for dim in window]
    sizes = [_checked(axis, window[axis.dim]) for axis in axes]
    sloped = [place for place, size in enumerate(sizes) if size > 1]
    names = ["mean", *(["spread"] if sloped else [])]
    names += [f"slope along {axes[place].dim}" for place in sloped]

    def kernel(values: np.ndarray) -> np.ndarray:
        patches, within = _patches(values, sizes)
        mean = patches.mean(axis=within)
        found = [mean]
        if sloped:
            found.append(patches.std(axis=within))
        for place in sloped:
            step = np.diff(patches, axis=within[place])
            found.append(np.sqrt((step**2).mean(axis=within)))
        return np.stack(found, axis=mean.ndim - len(sizes))

    out_axes = [
        replace(
            axis.strided(size, size=axis.size // size, offset=(size - 1) / 2),
            period=axis.period if axis.periodic and axis.size % size == 0 else None,
        )
        for axis, size in zip(axes, sizes, strict=True)
    ]
    out = on_axes(kernel, x, axes, [Axis("statistic", size=len(names)), *out_axes])
    return out.assign_coords(statistic=names)


def nonstationarity(
    x: xr.DataArray,
    dim: str,
    *,
    item: str,
    window: Mapping[str, int],
    rng: np.random.Generator | int,
    shuffles: int = 999,
) -> xr.Dataset:
    """Share of the variance of local statistics that the place along an axis explains.

    ``share = mean_(i != j) (1/P) sum_p d_i[p] d_j[p] / mean_i V_i`` with the statistic
    ``s_i[p, q]`` of item i in the patch at place p along the axis and q along all others: the
    profile ``d_i[p] = mean_q s_i[p, q] - mean_pq s_i[p, q]``, and the variance ``V_i`` over all
    patches of the item. It is what two items have in common at the same place, as a part of all
    that varies within an item: the variance component of a two-way layout, so a level that differs
    from item to item does not count. At 0 the items are, as far as these statistics tell, drawn
    from an ensemble that is stationary along the axis, and what is right for one place (a filter
    with shared weights) is right for all. At 1 the place determines everything.

    A perfect, stationary ensemble scores 0 on average; by chance a little more or less. The
    ``floor`` is what it exceeds in one case of twenty: the profile of each item is rolled along the
    axis by a length of its own, which leaves its roughness unchanged and removes the agreement
    between items.

    *Blind to* what differs from place to place in one item and in no other: every sentence has its
    vowels somewhere. Blind to all that the statistics do not describe, to what happens within a
    patch, and to a level that changes along the other dims. Items that were all cut out beginning
    with an onset have a place of the onset, and so have pictures with their object in the middle:
    it is the ensemble, cuts included, that is or is not stationary.

    Parameters
    ----------
    x
        Labeled array, real.
    dim
        The axis.
    item
        The dim of recordings or pictures: independent of one another, at least 2.
    window
        Size of a patch along each dim, in samples, as for `local_statistics`; it names `dim`.
    rng
        Random generator, or a seed for one.
    shuffles
        How many times the profiles are rolled.

    Returns
    -------
    xarray.Dataset
        ``share``, the mean over the statistics, its ``floor`` and ``p_value``; ``share_of`` over
        "statistic"; and what they are made of: ``profile`` over (statistic, item, dim) and
        ``variance`` over (statistic, item). NaN where nothing varies.

    Raises
    ------
    DimError
        If `x` lacks a dim.
    ParameterError
        If there is one item, or one place; if `rng` cannot be repeated.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> noise = np.random.default_rng(1).standard_normal((8, 64, 64))
    >>> bright = np.linspace(2, 0, 64)[:, None]  # sky above ground
    >>> x = iv.label(noise + bright, "picture", "y", "x")
    >>> for dim in ("y", "x"):
    ...     found = iv.measures.nonstationarity(
    ...         x, dim, item="picture", window={"y": 8, "x": 8}, rng=1
    ...     )
    ...     print(dim, float(found.share_of.sel(statistic="mean").round(2)), float(found.p_value))
    y 0.96 0.001
    x 0.0 0.929

    References
    ----------
    Priestley & Subba Rao (1969), A test for non-stationarity of time-series, J. R. Statist. Soc. B
    31, an analysis of variance of local spectra over places; Shrout & Fleiss (1979), Intraclass
    correlations, doi:10.1037/0033-2909.86.2.420; Borgnat et al. (2010), Testing stationarity with
    surrogates, doi:10.1109/TSP.2010.2043971, who test one record.
    """
    require_values(x, "nonstationarity")
    require_dims(x, [dim, item], "nonstationarity")
    if item in window or dim not in window or item == dim:
        raise ParameterError(
            f"window={dict(window)} has to name {dim!r}, and not the dim of items, {item!r}."
        )
    if x.sizes[item] < 2:
        raise ParameterError(
            f"One item along {item!r} does not reveal what belongs to the place; give at least 2, "
            "such as excerpts of it."
        )
    if not isinstance(rng, (int, np.integer, np.random.Generator)):
        raise ParameterError(f"rng={rng!r} cannot be repeated; give a seed, or a numpy Generator.")
    shuffles = parameters.count(shuffles, "shuffles")
    found = local_statistics(x.copy(data=_wide(x)), window)
    if found.sizes[dim] < 2:
        raise ParameterError(
            f"{x.sizes[dim]} samples along {dim!r} hold one window of {window[dim]}, and a single "
            "place has nothing to compare with; give a shorter window."
        )
    others = [str(each) for each in found.dims if each not in ("statistic", item, dim)]
    whole = [*others, dim]
    mean = found.mean(whole, skipna=False)
    profile = (found.mean(others, skipna=False) - mean).transpose("statistic", item, dim)
    variance = ((found - mean) ** 2).mean(whole, skipna=False).transpose("statistic", item)
    profiles, variances = profile.to_numpy(), variance.to_numpy()
    variances = np.where(variances > _round_off(found, whole, item), variances, 0.0)
    shares = pair_share(profiles, variances)
    by_chance = _moved_round(profiles, variances, shuffles, np.random.default_rng(rng))
    share = float(shares.mean())
    known = np.isfinite(share)
    reached = int((by_chance >= share - 1e-12).sum())
    return xr.Dataset(
        {
            "share": share,
            "floor": float(np.quantile(by_chance, 0.95)) if known else np.nan,
            "p_value": (1 + reached) / (1 + shuffles) if known else np.nan,
            "share_of": ("statistic", shares),
            "profile": profile.variable,
            "variance": variance.copy(data=variances).variable,
        },
        coords={
            name: found.coords[name] for name in ("statistic", item, dim) if name in found.coords
        },
        attrs={"units": "1", "dim": dim, "item": item},
    )


def pair_share(
    profile: np.ndarray, variance: np.ndarray, which: Sequence[int] | np.ndarray | None = None
) -> np.ndarray:
    """Share of the variance that places explain, of each statistic: what `nonstationarity` gives.

    Parameters
    ----------
    profile
        Array (statistic, item, place), each item's mean removed.
    variance
        Array (statistic, item).
    which
        Items of a resample, by their numbers; pairs of an item with itself are left out. All
        items, each once, by default.

    Returns
    -------
    numpy.ndarray
        Over statistics; NaN where nothing varies, or no two items are distinct.
    """
    numbers = np.arange(profile.shape[1]) if which is None else np.asarray(which)
    times = np.bincount(numbers, minlength=profile.shape[1]).astype(float)
    # Sums over pairs from sums over items: every item with every other one, as often as drawn.
    total = np.einsum("i,sip->sp", times, profile)
    own = np.einsum("i,sip,sip->s", times**2, profile, profile)
    pairs = times.sum() ** 2 - (times**2).sum()
    common = ((total**2).sum(axis=-1) - own) / profile.shape[-1]
    varies = variance @ times / times.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((varies > 0) & (pairs > 0), common / pairs / varies, np.nan))


def _moved_round(
    profile: np.ndarray, variance: np.ndarray, shuffles: int, rng: np.random.Generator
) -> np.ndarray:
    """Mean share over the statistics with each item's profile rolled by a length of its own.

    All statistics of an item move together: they may well agree with each other.
    """
    _, items, places = profile.shape
    shares = np.empty(shuffles)
    for number in range(shuffles):
        starts = rng.integers(places, size=(items, 1))
        places_of = (starts + np.arange(places)) % places
        moved = np.take_along_axis(profile, places_of[None], axis=-1)
        shares[number] = pair_share(moved, variance).mean()
    return shares


def _patches(values: np.ndarray, sizes: Sequence[int]) -> tuple[np.ndarray, tuple[int, ...]]:
    """View ``(..., *axes)`` as ``(..., *places, *within)``; and which axes lie within patches."""
    lead = values.ndim - len(sizes)
    counts = [length // size for length, size in zip(values.shape[lead:], sizes, strict=True)]
    kept: tuple[Any, ...] = tuple(
        slice(count * size) for count, size in zip(counts, sizes, strict=True)
    )
    split = [part for pair in zip(counts, sizes, strict=True) for part in pair]
    tiled = values[(..., *kept)].reshape(*values.shape[:lead], *split)
    inner = [lead + 2 * place + 1 for place in range(len(sizes))]
    within = tuple(range(-len(sizes), 0))
    return np.moveaxis(tiled, inner, within), within


def _checked(axis: Axis, size: int) -> int:
    size = parameters.count(size, f"The window along {axis.dim!r}", " samples")
    if size > axis.size:
        raise AxisError(
            f"The window of {size} samples is longer than the axis {axis.dim!r}, which has "
            f"{axis.size}; give a shorter one."
        )
    return size


def _wide(x: xr.DataArray) -> np.ndarray:
    """Values in float64, whose sums lose nothing significant."""
    values = promoted(x.to_numpy())
    return values if values.dtype.kind == "c" else values.astype(np.float64)


def _round_off(found: xr.DataArray, whole: Sequence[str], item: str) -> np.ndarray:
    """Variance that is no more than the round-off of a statistic's own level."""
    level = (found**2).mean(whole, skipna=False).transpose("statistic", item)
    return level.to_numpy() * (8 * float(np.finfo(np.float64).eps)) ** 2
