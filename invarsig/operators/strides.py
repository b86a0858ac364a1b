"""Strides of an operator that gets others along some dims.

An operator has a stride along the dims of its own grid. Along any other dim only a stride of one
sample can be asked for: that is what it has there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

__all__ = ["every_sample", "other_strides", "same_strides"]


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


def same_strides(own: Mapping[str, int], strides: Mapping[str, int]) -> bool:
    """Whether strides ask for what an operator has already: 1 along dims that it does not name."""
    return all(by == own.get(dim, 1) for dim, by in strides.items())
