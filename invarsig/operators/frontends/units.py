"""Conversion of seconds to whole samples, and of frequencies to hertz."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import xarray as xr

from invarsig import parameters
from invarsig.axes import Axis, axis_of, samples_phrase
from invarsig.errors import AxisError, ParameterError
from invarsig.kernels.rounding import rounded_down
from invarsig.operators.windows import BoundaryChoice

__all__ = [
    "Framed",
    "check_hop",
    "in_hertz",
    "require_window",
    "seconds_of",
    "whole_hop",
    "whole_samples",
]

_LEAST = {"window": 2, "hop": 1}

_HERTZ = {"kHz": 1e3, "MHz": 1e6, "cycles/ms": 1e3, "cycles/us": 1e6, "cycles/min": 1 / 60}


class Framed:
    """A front end whose window and hop may also be given in samples."""

    @classmethod
    def in_samples(
        cls, x: xr.DataArray, *, window: int, hop: int, over: str = "time", **options: object
    ) -> Self:
        """Give window and hop in samples of `x`.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([0.0] * 64, iv.Axis("time", step=1 / 8000, unit="s"))
        >>> op = iv.Spectrogram.in_samples(x, window=32, hop=8)
        >>> op.window, op.hop
        (0.004, 0.001)
        """
        lengths = seconds_of(x, over, window=window, hop=hop)
        return cls(**lengths, over=over, **options)  # type: ignore[call-arg]


def seconds_of(x: xr.DataArray, over: str, **counts: int) -> dict[str, float]:
    """Lengths of a window and a hop, in the unit of the axis, from counts of samples of `x`.

    Each is the shortest decimal that is so many samples: 0.025, and not 0.024999999999999998.
    """
    step = abs(axis_of(x, over).step)
    checked = {
        what: parameters.count(count, f"The {what}", " samples", least=_LEAST[what])
        for what, count in counts.items()
    }
    return {what: _shortest(count, step) for what, count in checked.items()}


def _shortest(count: int, step: float) -> float:
    """The decimal of fewest digits that is a number of samples, to a billionth of one of them."""
    for digits in range(1, 16):
        length = float(f"{count * step:.{digits}g}")
        if abs(length / step - count) <= 1e-9 * count:
            return length
    return count * step


def whole_hop(axis: Axis, hop: float, stride: Mapping[str, int] | None = None) -> int:
    """Express a hop in whole samples, or take the stride; a hop longer than the axis is refused."""
    if stride is not None and axis.dim in stride:
        return stride[axis.dim]
    whole = whole_samples(axis, hop, "hop")
    if whole > axis.size:
        raise ParameterError(_too_long(axis, hop, "hop", whole))
    return whole


def require_window(axis: Axis, window: float, whole: int, boundary: BoundaryChoice) -> None:
    """Raise if a window is longer than an axis that is not extended."""
    named = boundary.get(axis.dim) if isinstance(boundary, Mapping) else boundary
    if whole > axis.size and named in (None, "periodic", "valid"):
        named = named or ("periodic" if axis.periodic else "valid")
        raise AxisError(_too_long(axis, window, "window", whole, f", {named} boundary"))


def _too_long(axis: Axis, length: float, what: str, whole: int, how: str = "") -> str:
    unit = f" {axis.length_unit}" if axis.length_unit else ""
    sentence = (
        f"A {what} of {whole} samples is longer than the axis {axis.dim!r} ({axis.size} samples"
        f"{how}): it is {length:g}{unit}, and the whole signal "
        f"{axis.size * abs(axis.step):.6g}{unit}. Lengths are in "
        f"{axis.length_unit or 'the unit of the axis'}"
    )
    if length > 1 and abs(length - round(length)) < 1e-9:
        sentence += (
            f": {length:g} samples are {length:g} / rate = {length * abs(axis.step):.6g}{unit}, "
            "or use in_samples"
        )
    return f"{sentence}. Take a shorter {what} or more signal."


def whole_samples(axis: Axis, length: float, what: str) -> int:
    """Express a length in whole samples; otherwise an error names the two nearest ones."""
    samples = length / abs(axis.step)
    whole = round(samples)
    if whole < 1 or abs(samples - whole) > 1e-6 * max(whole, 1):
        low = max(int(rounded_down(samples)), 1)
        near = " or ".join(f"{n * abs(axis.step):.9g} ({n} samples)" for n in (low, low + 1))
        raise ParameterError(
            f"The {what} is not a whole number of samples: {samples_phrase(axis, length)}. Give "
            f"{near}, or use in_samples."
        )
    return whole


def check_hop(stride: Mapping[str, int] | None, over: str) -> dict[str, int] | None:
    """Check a hop that is given in samples, as a mapping from the dim of time."""
    if stride is None:
        return None
    checked = parameters.counts("stride", stride)
    stray = [dim for dim in checked if dim != over]
    if stray:
        raise ParameterError(f"The stride names {stray[0]!r}; windows lie along {over!r}.")
    return checked


def in_hertz(unit: str, hertz: float, what: str) -> float:
    """How many hertz a unit of frequency is; an error where `hertz` was wrongly left at 1."""
    if unit == "cycles/sample" and hertz == 1.0:
        raise ParameterError(
            f"{what} is defined in Hz, and frequencies here are in cycles/sample, since time has "
            "no coordinate; label it in seconds, or give samples per second as hertz=."
        )
    known = _HERTZ.get(unit, 1.0)
    if hertz == 1.0 and known != 1.0:
        raise ParameterError(
            f"{what} is defined in Hz, and frequencies here are in {unit}; give hertz={known:g}."
        )
    return hertz
