"""Prediction: the error of every shift, from the spectrum of the lift alone.

``E[j] = (1/S) sum_q Z[K_q] (exp(-2 pi i f(K_q) d) - exp(-2 pi i f0 d))`` for an input shift of d
samples: the baseband term cancels, an image m has the weight ``2 |sin(pi m d / S)| / S``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Action, Translate
from invarsig.aliasing.image_products import error_energies
from invarsig.aliasing.lift import default_divisor, folding_explains, total_stride
from invarsig.axes import (
    Axes,
    axis_of,
    bin_rule,
    center_frequency_name,
    center_of,
    difference,
    promoted,
)
from invarsig.errors import ParameterError
from invarsig.kernels.interpolation import is_whole
from invarsig.kernels.levels import exponent_of, scaled
from invarsig.kernels.levels import norm as norm_of_values
from invarsig.measures.equivariance import per_shift
from invarsig.measures.norms import Norm, energy, norm_of, relative, usual_norm
from invarsig.measures.silence import is_round_off
from invarsig.operators import Dense, Operator
from invarsig.operators.base import require_operator
from invarsig.spectra import baseband, phases

__all__ = [
    "errors_of_lift",
    "folding_errors",
    "nyquist_and_rest",
    "predict_error",
    "predicted_errors",
]


def predict_error(
    op: Operator,
    x: xr.DataArray,
    action: Action | Iterable[Action],
    *,
    norm: Norm | None = None,
    divisor: int | None = None,
) -> xr.DataArray:
    """Predict the relative equivariance error from the spectrum of the lift, without shifting.

    ``E[j] = (1/S) sum_q Z[K_q] (exp(-2 pi i f(K_q) d) - exp(-2 pi i f0 d))``, separably in several
    dims. Exact for every whole-sample shift, and for fractions where the operator is linear.

    Parameters
    ----------
    op
        Operator or pipeline that folding explains (see `folding_explains`).
    x
        Labeled array, periodic along the dims that are moved along.
    action
        One translation, or several.
    norm
        As for `equivariance_error`.
    divisor
        Grid of the lift, as for `orbit`; whole shifts are then multiples of it.

    Returns
    -------
    xarray.DataArray
        As `equivariance_error` gives, on the same ``length``. The coordinates ``nyquist`` and
        ``rest`` split it: their squares add up to its square. ``attrs["exact"]`` says whether all
        shifts are predicted exactly; a nonlinear operator at a fraction of a sample has only its
        folding part predicted (``exact=False``), as does one that folding does not explain.

    Raises
    ------
    AxisError
        If an axis is not periodic.
    UnexplainedError
        If the output has lost the dim.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal(24), iv.Axis("x", period=24.0))
    >>> pool, move = iv.MaxPool(window={"x": 2}), iv.Translate(x=1)
    >>> bool(np.isclose(iv.predict_error(pool, x, move), iv.equivariance_error(pool, x, move)))
    True

    References
    ----------
    Vaidyanathan (1993), Multirate systems and filter banks, section 4.1.
    """
    require_operator(op)
    op = op.on(x)
    norm = usual_norm(op, norm)
    moves = [_checked(each).on(x) for each in ([action] if isinstance(action, Action) else action)]
    dims = tuple(dict.fromkeys(dim for move in moves for dim in move.required))
    strides = {dim: total_stride(op, x, dim) for dim in dims}
    grids = {dim: default_divisor(op, x, dim) if divisor is None else divisor for dim in dims}
    for dim, grid in grids.items():
        if strides[dim] % grid:
            raise ParameterError(
                f"The divisor {grid} does not divide the stride {strides[dim]} along {dim!r}."
            )
    fine = {dim: grids[dim] for dim in dims if grids[dim] != strides[dim]}
    y = op(x)
    dense = Dense(op, fine)(x) if fine else y
    explained = all(folding_explains(op, x, dim).attrs["explained"] for dim in dims)
    counts = {dim: strides[dim] // grids[dim] for dim in dims}
    single = isinstance(action, Action)
    result = _predicted(
        op, x, moves[0] if single else moves, y, dense, grids, counts, norm, explained
    )
    return result.drop_vars("exact") if single else result


def predicted_errors(
    op: Operator,
    x: xr.DataArray,
    moves: Sequence[Translate],
    y: xr.DataArray,
    dense: xr.DataArray,
    grids: Mapping[str, int],
    strides: Mapping[str, int],
    norm: Norm = "centered",
) -> xr.DataArray:
    """As `predict_error` for several moves of an operator that folding explains, from its lift.

    Parameters
    ----------
    y
        ``op(x)``.
    dense
        The lift to the grid of every `grids` samples.
    grids, strides
        For each dim that is moved along, the grid of the lift and the total stride.
    norm
        As for `equivariance_error`.
    """
    counts = {dim: by // grids[dim] for dim, by in strides.items()}
    return _predicted(op, x, moves, y, dense, grids, counts, norm, True)


def _predicted(
    op: Operator,
    x: xr.DataArray,
    moves: Translate | Sequence[Translate],
    y: xr.DataArray,
    dense: xr.DataArray,
    grids: Mapping[str, int],
    counts: Mapping[str, int],
    norm: Norm,
    explained: bool,
) -> xr.DataArray:
    lifted = errors_of_lift(dense, y, x, counts, norm)
    silent = cache(lambda along: bool(is_round_off(op, x, y, norm, (), along)))

    def one(each: Action) -> xr.DataArray:
        move = _checked(each)
        nyquist, rest = (np.nan, np.nan) if silent(move.required) else lifted(move)
        whole = xr.DataArray(np.hypot(nyquist, rest))
        exact = bool(np.isfinite(whole)) and explained and _is_exact(op, x, move, grids)
        out = whole.assign_coords(nyquist=nyquist, rest=rest, exact=exact)
        out.attrs = {"norm": norm, "units": "1"}
        return out.rename("predicted_error")

    result = per_shift(moves, x, one)
    result.attrs["exact"] = bool(result.coords["exact"].all())
    return result


def errors_of_lift(
    dense: xr.DataArray, y: xr.DataArray, x: xr.DataArray, counts: Mapping[str, int], norm: Norm
) -> Callable[[Translate], tuple[float, float]]:
    """Function that predicts the relative error of a translation: Nyquist bin, and the rest.

    Parameters
    ----------
    dense
        A lift.
    y
        The lift, subsampled.
    x
        The input, which is translated about its own center frequency.
    counts
        For each dim that is moved along, the decimation factor from the lift.
    """
    parameters.one_of("norm", norm, Norm)
    dims = tuple(counts)
    # In units of the result: squares of very faint and very loud ones would lose their digits.
    level = exponent_of(promoted(y.to_numpy()))
    dense, y = (z.copy(data=scaled(promoted(z.to_numpy()), -level.ravel()[0])) for z in (dense, y))
    # NaN for silence, and the scale otherwise.
    scale = cache(lambda along: float(np.sqrt(energy(y)) / relative(y, y, norm, (), along)))
    if len(dims) == 1 and "c" not in (dense.dtype.kind, x.dtype.kind):
        return _along_one_axis(dense, x, dims[0], counts[dims[0]], scale((dims[0],)))
    spectrum, mask = _spectrum(dense, dims), _nyquist(y, dims)

    def errors(move: Translate) -> tuple[float, float]:
        parts = _error_spectrum(spectrum, dense, y, x, move, dims, counts)
        nyquist, rest = _split(parts, mask)
        return nyquist / scale(move.required), rest / scale(move.required)

    return errors


def _along_one_axis(
    dense: xr.DataArray, x: xr.DataArray, dim: str, count: int, scale: float
) -> Callable[[Translate], tuple[float, float]]:
    """The same for a real lift along one axis, where all shifts share one small matrix."""
    values = np.moveaxis(promoted(dense.to_numpy()), dense.get_axis_num(dim), -1)
    energies = error_energies(values, count)
    axis = axis_of(x, dim)

    def errors(move: Translate) -> tuple[float, float]:
        shift = move.samples(axis) if dim in move.required else 0.0
        nyquist, rest = energies(shift * dense.sizes[dim] / axis.size)
        return float(np.sqrt(nyquist)) / scale, float(np.sqrt(rest)) / scale

    return errors


def _checked(action: Action) -> Translate:
    if not isinstance(action, Translate):
        raise ParameterError(f"Folding predicts the error of translations, not of {action}.")
    return action


def _is_exact(op: Operator, x: xr.DataArray, move: Translate, grids: Mapping[str, int]) -> bool:
    shifts = {dim: move.samples(axis_of(x, dim)) / grids[dim] for dim in move.required}
    if all(is_whole(shift) for shift in shifts.values()):
        return True
    return op.linear and all(grid == 1 for grid in grids.values()) and not _mixes_centers(op, x)


def _mixes_centers(op: Operator, x: xr.DataArray) -> bool:
    """Whether channels with different center frequencies are combined before the output."""
    centered = {
        dim
        for name in x.coords
        if x.dtype.kind == "c" and str(name).endswith(center_frequency_name(""))
        for dim in x.coords[name].dims
    }
    return any(axis.dim in centered for axis in op.plan(Axes.of(x)).in_axes)


def _spectrum(dense: xr.DataArray, dims: Sequence[str]) -> np.ndarray:
    """Fourier transform over `dims`, which come last; energies add up as in the signal."""
    from scipy import fft

    batch = [dim for dim in dense.dims if dim not in dims]
    values = promoted(dense.transpose(*batch, *dims).to_numpy())
    wide = values.astype(np.complex128)
    return np.asarray(fft.fftn(wide, axes=tuple(range(-len(dims), 0))))


def _error_spectrum(
    spectrum: np.ndarray,
    dense: xr.DataArray,
    y: xr.DataArray,
    x: xr.DataArray,
    move: Translate,
    dims: Sequence[str],
    counts: Mapping[str, int],
) -> np.ndarray:
    """Spectrum of the commutator, normalized so that squares add up to its energy."""
    order = [*(dim for dim in dense.dims if dim not in dims), *dims]
    moved_first = moved_last = np.ones((1,) * spectrum.ndim)
    for dim in dims:
        fine, coarse = dense.sizes[dim], y.sizes[dim]
        shift = move.samples(axis_of(x, dim)) if dim in move.required else 0.0
        shift *= fine / axis_of(x, dim).size
        # The input is translated about its own center frequency, the output about the channel's. On
        # a grid coarser than the input's, what a channel holds is nearest to the channel's center,
        # too.
        decimated = fine < axis_of(x, dim).size and np.any(center_of(dense, dim))
        owner = dense if decimated else x
        first = _turns(owner, dim, fine, shift)
        last = _turns(y, dim, coarse, shift / counts[dim])
        last = np.concatenate([last] * counts[dim], axis=-1)
        moved_first = moved_first * _placed(first, owner, dim, order, dense)
        moved_last = moved_last * _placed(last, y, dim, order, dense)
    error = spectrum * (moved_first - moved_last)
    for place, dim in enumerate(dims):
        axis = spectrum.ndim - len(dims) + place
        count = counts[dim]
        shape = (*error.shape[:axis], count, error.shape[axis] // count, *error.shape[axis + 1 :])
        error = error.reshape(shape).sum(axis=axis) / count
    size = float(np.prod([y.sizes[dim] for dim in dims]))
    return np.asarray(error / np.sqrt(size))


def _turns(owner: xr.DataArray, dim: str, size: int, shift: float) -> np.ndarray:
    """Factors that translate an array by the rule of the action `Translate`."""
    ratio = size / owner.sizes[dim]
    rule = bin_rule(owner, dim)
    middle, half = rule["within"]
    return phases(
        size,
        shift,
        center=rule["center"] / ratio,
        nyquist=rule["nyquist"] / ratio,
        within=(middle / ratio, half / ratio),
        one_sided=rule["one_sided"],
        real=owner.dtype.kind != "c",
    )


def _placed(
    factors: np.ndarray,
    owner: xr.DataArray,
    dim: str,
    order: Sequence[object],
    result: xr.DataArray,
) -> np.ndarray:
    """Factors ``(*other dims of the owner, bins)`` in a shape that broadcasts over `order`.

    Channels of the owner that the result has mixed no longer have a center of their own: the first
    one's is taken, and then nothing is called exact at fractions.
    """
    names = [*(d for d in owner.dims if d != dim), dim] if factors.ndim > 1 else [dim]
    named = xr.Variable(names, factors)
    mixed = [d for d in names if d != dim and named.sizes[d] != result.sizes.get(d)]
    named = named.isel(dict.fromkeys(mixed, 0))
    there = [d for d in order if d in named.dims]
    shape = [named.sizes[d] if d in named.dims else 1 for d in order]
    return np.asarray(named.transpose(*there).to_numpy()).reshape(shape)


def _nyquist(y: xr.DataArray, dims: Sequence[str]) -> np.ndarray:
    """Which bins are half-way between two aliases, along any of the dims.

    Of a shape that broadcasts over the batch dims and `dims`, in this order.
    """
    order = [*(dim for dim in y.dims if dim not in dims), *dims]
    mask = np.zeros((1,) * len(order), dtype=bool)
    for dim in dims:
        size, center = y.sizes[dim], center_of(y, dim)
        away = np.abs(baseband(size, center) - np.asarray(center)[..., np.newaxis])
        mask = mask | _placed(away > 0.5 - 0.5 / size + 1e-9, y, dim, order, y)
    return mask


def _split(spectrum: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    """Norm of the bins that a mask picks, and of the rest."""
    if mask.size == mask.shape[-1]:
        bins = mask.ravel()
        return norm_of_values(spectrum[..., bins]), norm_of_values(spectrum[..., ~bins])
    return norm_of_values(spectrum * mask), norm_of_values(spectrum * ~mask)


def nyquist_and_rest(
    y: xr.DataArray, dims: Sequence[str], norm: Norm
) -> Callable[[xr.DataArray], xr.DataArray]:
    """Function of a commutator: its relative size, with ``nyquist`` and ``rest`` as coordinates."""
    size, mask = float(np.prod([y.sizes[dim] for dim in dims])), _nyquist(y, dims)
    scale = norm_of(y) / relative(y, y, norm, (), dims)

    def one(gap: xr.DataArray) -> xr.DataArray:
        nyquist, rest = _split(_spectrum(gap, dims) / np.sqrt(size), mask)
        whole = xr.DataArray(float(norm_of(gap))) / scale
        return whole.assign_coords(nyquist=nyquist / scale, rest=rest / scale)

    return one


def folding_errors(
    op: Operator,
    x: xr.DataArray,
    actions: Sequence[Translate],
    *,
    norm: Norm | None = None,
    divisor: int | None = None,
) -> xr.Dataset:
    """Predict and measure the error of several shifts, each also as Nyquist bin and rest.

    Parameters
    ----------
    op, x, norm, divisor
        As for `predict_error`.
    actions
        Translations, all along the same dims.

    Returns
    -------
    xarray.Dataset
        ``measured`` and ``predicted`` with ``measured_nyquist``, ``measured_rest``,
        ``predicted_nyquist``, ``predicted_rest`` and ``exact`` over "length"; NaN where the output
        is nothing but round-off.

    Raises
    ------
    AxisError
        If an axis is not periodic.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal(24), iv.Axis("x", period=24.0))
    >>> op, move = iv.Subsample(stride={"x": 3}), iv.Translate(x=0.37)
    >>> errors = iv.aliasing.folding_errors(op, x, [move])
    >>> bool(np.allclose(errors.measured, errors.predicted, rtol=1e-10))
    True
    """
    moves = [_checked(each).on(x) for each in actions]
    dims = tuple(dict.fromkeys(dim for move in moves for dim in move.required))
    norm = usual_norm(op, norm)
    predicted = predict_error(op, x, moves, norm=norm, divisor=divisor)
    y = op(x)
    split = nyquist_and_rest(y, dims, norm)
    # As for what is predicted: of an output that is nothing but round-off no error is known.
    known = np.nan if is_round_off(op, x, y, norm, (), dims) else 1.0

    def one(each: Action) -> xr.DataArray:
        return split(known * difference(op(each(x)), each.on_output(y)))

    measured = per_shift(moves, x, one)
    out = xr.Dataset({"measured": measured.drop_vars(["nyquist", "rest"])})
    for name, error in (("measured", measured), ("predicted", predicted)):
        out[name] = error.drop_vars(["nyquist", "rest", "exact"], errors="ignore").variable
        for part in ("nyquist", "rest"):
            out[f"{name}_{part}"] = error.coords[part].variable
    out["exact"] = predicted.coords["exact"].variable
    return out.assign_attrs(norm=norm)
