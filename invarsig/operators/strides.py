"""Strides of an operator that gets others along some dims.

An operator has a stride along the dims of its own grid. Along any other dim only a stride of one
sample can be asked for: that is what it has there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

__all__ = ["Rate", "decimating", "every_sample", "other_strides", "rate_of", "same_strides"]

Rate = int | Fraction
"""Input samples per output sample: 2 where every second one is kept, 1/2 where one is added."""


def rate_of(stride: Rate) -> Rate:
    """Write a stride as a whole number where it is one.

    Examples
    --------
    >>> rate_of(Fraction(4, 2)), rate_of(Fraction(1, 2))
    (2, Fraction(1, 2))
    """
    exact = Fraction(stride)
    return exact.numerator if exact.denominator == 1 else exact


def decimating(strides: Mapping[str, Rate]) -> dict[str, int]:
    """Give the strides that keep every s-th sample, s a whole number above 1.

    Where a rate goes up, or down by a fraction, there is no dense form that is decimated.

    Examples
    --------
    >>> decimating({"x": 2, "y": 1, "z": Fraction(1, 2), "t": Fraction(3, 2)})
    {'x': 2}
    """
    exact = {dim: Fraction(by) for dim, by in strides.items()}
    return {dim: by.numerator for dim, by in exact.items() if by.denominator == 1 and by > 1}


def other_strides(
    own: Mapping[str, int], strides: Mapping[str, int], dims: Collection[str] | None = None
) -> dict[str, int] | None:
    """Give the strides that an operator has with others along some dims.

    Parameters
    ----------
    own
        For each dim the stride that it has now.
    strides
        The other ones, in samples. Dims that are left out keep theirs.
    dims
        Dims along which it can have a stride; those of `own` by default.

    Returns
    -------
    dict or None
        None where `strides` asks for more than one sample along any other dim.

    Examples
    --------
    >>> other_strides({"x": 4}, {"x": 2, "channel": 1})
    {'x': 2}
    >>> other_strides({}, {"time": 8}, ("time",))
    {'time': 8}
    >>> other_strides({"x": 4}, {"channel": 2}) is None
    True
    """
    able = own if dims is None else dims
    if not every_sample({dim: by for dim, by in strides.items() if dim not in able}):
        return None
    found = {dim: by for dim, by in strides.items() if dim in own or (dim in able and by != 1)}
    return {**own, **found}


def every_sample(strides: Mapping[str, int]) -> bool:
    """Whether strides keep every sample: all that an operator without a stride can offer."""
    return all(by == 1 for by in strides.values())


def same_strides(own: Mapping[str, Rate], strides: Mapping[str, int]) -> bool:
    """Whether strides ask for what an operator has already: 1 along dims that it does not name."""
    return all(by == own.get(dim, 1) for dim, by in strides.items())
