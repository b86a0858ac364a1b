"""What is given by its parameters equals another one with the same parameters, arrays included."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import Field, fields
from numbers import Number
from typing import Any

import numpy as np
import xarray as xr

__all__ = ["Parametrized", "alike", "fields_of", "hash_of", "is_told"]


class Parametrized:
    """The base of frozen dataclasses whose parameters may be arrays and mappings.

    The methods that a dataclass generates compare arrays with ``==``, which gives an array, and
    cannot hash a mapping.
    """

    def __init_subclass__(cls, **more: Any) -> None:
        """Set the comparison, before a dataclass would generate its own."""
        super().__init_subclass__(**more)
        if "__eq__" not in cls.__dict__:
            cls.__eq__ = Parametrized.__eq__  # type: ignore[method-assign]
            if "__hash__" not in cls.__dict__:
                cls.__hash__ = Parametrized.__hash__  # type: ignore[method-assign]

    def _meaning(self) -> dict[str, Any]:
        """Parameters by name, with the defaults that follow from others written out."""
        return {each.name: getattr(self, each.name) for each in fields_of(self) if each.compare}

    def __eq__(self, other: object) -> bool:
        """Whether the other is of the same class and has the same parameters."""
        if type(self) is not type(other) or not isinstance(other, Parametrized):
            return NotImplemented
        if self is other or not is_told(self):
            return self is other
        return alike(self._meaning(), other._meaning())

    def __hash__(self) -> int:
        """Hash of the class and the parameters: equal ones have the same."""
        if not is_told(self):
            return object.__hash__(self)
        return hash((type(self), hash_of(self._meaning())))


def is_told(value: object) -> bool:
    """Whether something says what its parameters are: whether its class is a dataclass."""
    return hasattr(type(value), "__dataclass_fields__")


def fields_of(value: Any) -> tuple[Field[Any], ...]:
    """Fields of a dataclass; none of anything else, whose parameters are unknown."""
    return fields(value) if is_told(value) else ()


def alike(one: Any, other: Any) -> bool:
    """Whether two parameters are the same; a value that is not a number is the same as itself.

    Examples
    --------
    >>> alike({"taps": np.array([1.0, np.nan])}, {"taps": np.array([1.0, np.nan])})
    True
    >>> alike((1.0, 2.0), [1.0, 2.0])
    False
    """
    if one is other:
        return True
    if type(one) is not type(other):
        numbers = isinstance(one, Number) and isinstance(other, Number)
        return bool(one == other) if numbers else False
    if isinstance(one, xr.DataArray):
        return one.dtype == other.dtype and one.identical(other)
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and _labeled(one).identical(_labeled(other))
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)


def _labeled(values: np.ndarray) -> xr.DataArray:
    """An array over dims of any names: then xarray compares it, whatever it holds."""
    return xr.DataArray(values)


def hash_of(value: Any) -> int:
    """Hash of a parameter, the same for those that are `alike`.

    Examples
    --------
    >>> hash_of({"x": [1.0, 0.0], "y": 2}) == hash_of({"y": 2, "x": [1.0, -0.0]})
    True
    """
    if isinstance(value, xr.DataArray):
        return hash((value.dims, value.name, hash_of(value.to_numpy())))
    if isinstance(value, np.ndarray):
        return hash((value.shape, tuple(map(hash_of, value.ravel()[:16].tolist()))))
    if isinstance(value, Mapping):
        return hash(frozenset((key, hash_of(each)) for key, each in value.items()))
    if isinstance(value, (tuple, list)):
        return hash(tuple(map(hash_of, value)))
    if isinstance(value, float) and math.isnan(value):
        return hash("nan")
    try:
        return hash(value)
    except TypeError:
        return hash(type(value))
