"""Anyone's function of plain arrays as a labeled operator, measured where nothing is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.adapters.effects import Effect
from invarsig.adapters.finite import require_finite
from invarsig.adapters.function_axes import named_axes
from invarsig.adapters.function_effects import effect_along
from invarsig.adapters.function_operator import FunctionOperator
from invarsig.adapters.function_probe import Probe, called
from invarsig.aliasing.wrapped import computes_in_single
from invarsig.axes import Axes, promoted, require_dims, require_labels
from invarsig.errors import DtypeError, ParameterError
from invarsig.operators.function_name import name_of
from invarsig.operators.hop_parameter import check_hops

__all__ = ["from_function"]


def from_function(
    function: Callable[..., Any],
    x: xr.DataArray,
    dims: str | Sequence[str] | None = None,
    *,
    adds: str | Sequence[str] = (),
    drops: str | Sequence[str] = (),
    result: Sequence[str] | None = None,
    stride: Mapping[str, int] | None = None,
    reach: Mapping[str, float] | None = None,
    hop: str | Mapping[str, str] | None = None,
) -> FunctionOperator:
    """Make an operator of anyone's function of plain arrays, which may add and drop dims.

    Rate, positions, reach, linearity and precision are measured on `x`: which axis of the result
    follows the length of which dim, at which lengths it grows by a sample, which samples a result
    in the middle depends on, and whether that holds on shorter inputs. A sample of the result
    stands in the middle of what it depends on; a function that keeps the grid keeps the positions.

    Parameters
    ----------
    function
        ``f(array) -> array``, of one array without batch: it is run on one item after another. It
        is given a copy, in the precision of the input; integers as float64.
    x
        A labeled input to measure on: finite, and long beside the function's window. Taken in
        double precision, in which ends of windows show that single precision hides.
    dims
        What the axes of the function's argument stand for; all dims of `x` where omitted. Other
        dims are batch dims.
    adds
        Names of new dims, in the order in which they stand in the result.
    drops
        Dims that the result lacks.
    result
        What the axes of the result stand for, where it cannot be found by running the function on
        a shorter input.
    stride
        For a dim the input samples per output sample, where it is known.
    reach
        For a dim how far an output depends on the input to either side, in the axis' unit, where
        it is known.

    hop
        Which parameter of the function is its hop, by name, or by dim where it strides along
        several: ``hop="hop_length"``. Then `invarsig.remedies` offers half of it and a quarter,
        measured on the function itself. A name and not a function of the hop, since that is how
        librosa, torchaudio and scipy's ``ShortTimeFFT`` are told theirs: the code of a remedy is
        ``functools.partial(function, hop_length=256)``. It may be in samples or seconds; a function
        that is told an overlap is wrapped in one that takes its hop.

    Returns
    -------
    FunctionOperator
        Where no window is found (a global function) or it does not hold on shorter inputs (one
        that divides by the largest value), its reach is infinite.

    Raises
    ------
    ParameterError
        If the function does not run on `x` or is not deterministic, if its result has other axes
        than were named, or if a stride, reach or hop that was given does not hold.
    DimError
        If `x` lacks a dim, or a new one is there already.
    DtypeError
        If it is not a function, or gives no array of numbers.

    Warns
    -----
    UserWarning
        If it does not run on a shorter input, so that its stride cannot be measured.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import signal
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal(400), iv.Axis("time", unit="s"))
    >>> def spectra(a):
    ...     return np.abs(np.fft.rfft(np.lib.stride_tricks.sliding_window_view(a, 32)[::8])).T
    >>> op = iv.from_function(spectra, x, adds="frequency")
    >>> print(op)
    spectra(over time, adds frequency, stride time 8)
    >>> dict(op(x).sizes), op(x).time.values[:2].tolist()
    ({'frequency': 17, 'time': 47}, [15.5, 23.5])
    """
    name = name_of(function)
    if not callable(function):
        raise DtypeError(
            f"iv.from_function takes a function of plain arrays, not {type(function).__name__}."
        )
    require_labels(x, "iv.from_function")
    given = tuple(map(str, x.dims)) if dims is None else dims
    over = parameters.dims_once(given, f"The argument of {name} is over")
    require_dims(x, over, name)
    probe = _probe(function, _one_item(x, over))
    made, rates = named_axes(probe, name, x, over, _several(adds), _several(drops), result)
    strides = parameters.counts("stride", stride or {})
    for dim in {**strides, **(reach or {})}:
        if dim not in over or dim not in made:
            raise ParameterError(f"{name} does not keep the dim {dim!r}; its result has {made}.")
    single = _is_single(probe)
    probe = probe.single() if single else probe
    effects: dict[str, Effect] = {}
    for axis, dim in enumerate(over):
        if dim in made and (dim in rates or dim in strides):
            found = _effect(probe, axis, made.index(dim), dim, strides, reach, x)
            effects |= {} if found is None else {dim: found}
    shared = [d for d, e in effects.items() if probe.wraps(over.index(d), made.index(d), e)]
    op = FunctionOperator(
        function,
        over,
        made,
        effects,
        tuple(shared),
        probe.linear(),
        single,
        _hops(hop, function, effects),
        {"stride": strides, "reach": dict(reach or {})},
        probe.values,
        {probe.values.shape: probe.result.shape},
    )
    _check_hops(op)
    return op


def _hops(
    hop: str | Mapping[str, str] | None, function: Any, effects: Mapping[str, Effect]
) -> dict[str, str]:
    """The parameter that is the hop, for each dim."""
    name = name_of(function)
    if hop is None:
        return {}
    strided = [dim for dim, each in effects.items() if each.ratio != 1]
    if isinstance(hop, str):
        if len(strided) != 1:
            along = f"along {', '.join(map(repr, strided))}" if strided else "along no dim"
            raise ParameterError(
                f"{name} strides {along}, and hop={hop!r} is along one; give hop={{dim: {hop!r}}}."
            )
        hop = {strided[0]: hop}
    for dim in hop:
        if dim not in effects:
            raise ParameterError(
                f"{name} has no stride along {dim!r}, so it has no hop there; leave it out."
            )
    return check_hops(function, hop, name)


def _check_hops(op: FunctionOperator) -> None:
    """Raise where another value of the hop does not give the same samples, closer or further."""
    for dim, parameter in op.hop.items():
        ratio = op.effects[dim].ratio
        half = ratio / 2 if ratio.numerator % 2 == 0 else ratio * 2
        if half.denominator == 1 and op.restrided({dim: int(half)}) is None:
            how = "half" if half < ratio else "twice"
            raise ParameterError(
                f"hop={parameter!r}: {name_of(op.function)} with {how} of it does not give the "
                f"results of before at {how} the stride along {dim!r}. Either it is not the hop, "
                "or more depends on it; wrap the function so that it takes its hop alone."
            )


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _one_item(x: xr.DataArray, over: Sequence[str]) -> np.ndarray:
    """One item of the batch, in double precision."""
    first = x.isel({dim: 0 for dim in x.dims if dim not in over}).transpose(*over)
    values = promoted(first.to_numpy())
    if not values.size:
        raise ParameterError(
            f"The input is empty (sizes {dict(x.sizes)}); there is nothing to run."
        )
    require_finite(values)
    return values.astype(np.complex128 if values.dtype.kind == "c" else np.float64)


def _probe(function: Callable[..., Any], values: np.ndarray) -> Probe:
    """The function and its result, in double precision where it takes that."""
    try:
        return Probe.of(function, values)
    except ParameterError as error:
        single = values.astype(np.complex64 if values.dtype.kind == "c" else np.float32)
        try:
            return Probe.of(function, single)
        except ParameterError:
            raise error from error.__cause__


def _is_single(probe: Probe) -> bool:
    """Whether the function computes in single precision, whatever it takes and returns."""

    def run(values: Sequence[xr.DataArray]) -> xr.DataArray:
        return xr.DataArray(called(probe.function, values[0].to_numpy()))

    return computes_in_single(run, [xr.DataArray(probe.values)], xr.DataArray(probe.result))


def _effect(
    probe: Probe,
    axis: int,
    to: int,
    dim: str,
    strides: Mapping[str, int],
    reach: Mapping[str, float] | None,
    x: xr.DataArray,
) -> Effect | None:
    """What is done along a dim, with what the user says of it, which has to hold."""
    given = Fraction(strides[dim]) if dim in strides else None
    found = effect_along(probe, axis, to, given)
    if given is not None and found is not None and not found.finite:
        own = effect_along(probe, axis, to)
        if own is not None and own.finite and own.ratio != given:
            raise ParameterError(
                f"Along {dim!r} {name_of(probe.function)} has a stride of {own.ratio} samples, not "
                f"of {given}; leave it out, and it is measured."
            )
    if found is None or dim not in (reach or {}):
        return found
    far = parameters.finite((reach or {})[dim], f"The reach along {dim!r}", least=0)
    far /= abs(Axes.of(x).read_or_counted(dim).step)
    told = replace(found, left=far, right=far, shared=False)
    if not probe.holds(axis, to, told):
        raise ParameterError(
            f"{name_of(probe.function)} depends on more than {far:g} samples to either side along "
            f"{dim!r}, or not on the same ones at all places; leave the reach out, and it is "
            "measured."
        )
    return told
