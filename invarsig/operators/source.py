"""Operators as Python source, which evaluates back to them."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

import numpy as np
import xarray as xr

__all__ = ["name_of", "source_of"]


def source_of(value: Any) -> str:
    """Write a value as a Python expression, to be evaluated after ``import invarsig as iv``.

    An operator, and any other dataclass of this package, is its class called with the parameters
    that differ from their defaults; a pipeline is its stages, joined by ``>>``. Labeled arrays are
    nested lists in `label`, with every digit. A function is its qualified name: that evaluates only
    where its module is imported, and never for a lambda.

    Examples
    --------
    >>> from invarsig.operators.pointwise.rectifiers import Relu
    >>> from invarsig.operators.pooling.max_pool import MaxPool
    >>> source_of(Relu() >> MaxPool(window={"x": 4}, boundary="zero"))
    "(iv.Relu() >> iv.MaxPool(window={'x': 4}, boundary='zero'))"
    """
    if hasattr(type(value), "joined_source"):
        return str(value.joined_source(source_of))
    if is_dataclass(value) and not isinstance(value, type):
        return _called(value)
    if isinstance(value, xr.DataArray):
        return _labeled(value)
    if isinstance(value, np.ndarray):
        return _listed(value)
    if isinstance(value, np.generic):
        return source_of(value.item())
    if isinstance(value, (float, complex)):
        return _number(value)
    if isinstance(value, Mapping):
        pairs = (f"{key!r}: {source_of(entry)}" for key, entry in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (tuple, list)):
        return _sequence(value)
    if callable(value) and hasattr(value, "__name__"):
        return _qualified(value)
    if hasattr(type(value), "plan"):  # an operator that is no dataclass: its parameters are unknown
        return f"{name_of(type(value))}(...)"
    return repr(value)


def _called(value: Any) -> str:
    """The class of a dataclass, called; fields that its constructor takes by place come first."""
    named = inspect.signature(type(value).__init__).parameters
    parts = []
    for each in fields(value):
        own = getattr(value, each.name)
        if not each.init or _is_default(each, own):
            continue
        parameter = named.get(each.name)
        by_name = parameter is not None and parameter.kind is not parameter.POSITIONAL_ONLY
        parts.append((f"{each.name}=" if by_name else "") + source_of(own))
    return f"{name_of(type(value))}({', '.join(parts)})"


def name_of(cls: type) -> str:
    """The shortest public name of a class of this package; the qualified name of another one."""
    package = ""
    for part in cls.__module__.split("."):
        package = f"{package}.{part}" if package else part
        if package.split(".")[0] != "invarsig":
            break
        if cls.__name__ in getattr(sys.modules.get(package), "__all__", ()):
            return f"iv{package.removeprefix('invarsig')}.{cls.__name__}"
    return _qualified(cls)


def _qualified(named: Any) -> str:
    """Module and name of a function or class."""
    module = getattr(named, "__module__", None) or "numpy"  # ufuncs do not name theirs
    name = getattr(named, "__qualname__", named.__name__)
    return str(name) if module in ("builtins", "__main__") else f"{module}.{name}"


def _is_default(each: Field[Any], value: Any) -> bool:
    default = each.default
    if each.default_factory is not MISSING:
        default = each.default_factory()
    if default is MISSING or isinstance(value, (xr.DataArray, np.ndarray)):
        return False
    return value is default or (type(value) is type(default) and bool(value == default))


def _labeled(array: xr.DataArray) -> str:
    """A labeled array, with its coordinates where it has any."""
    parts = [_listed(array.to_numpy()), *(repr(str(dim)) for dim in array.dims)]
    if array.name is not None:
        parts.append(f"name={str(array.name)!r}")
    if array.attrs:
        parts.append(f"attrs={source_of(array.attrs)}")
    out = f"iv.label({', '.join(parts)})"
    if np.asarray(array.to_numpy().tolist()).dtype != array.dtype:
        out += f".astype({str(array.dtype)!r})"
    if array.coords:
        out += f".assign_coords({_coordinates(array)})"
    return out


def _coordinates(array: xr.DataArray) -> str:
    written = []
    for name, coordinate in array.coords.items():
        parts = [source_of(tuple(map(str, coordinate.dims))), _listed(coordinate.to_numpy())]
        if coordinate.attrs:
            parts.append(source_of(coordinate.attrs))
        written.append(f"{name!r}: ({', '.join(parts)})")
    return "{" + ", ".join(written) + "}"


def _listed(values: np.ndarray) -> str:
    return source_of(values.tolist())


def _sequence(values: tuple[Any, ...] | list[Any]) -> str:
    parts = ", ".join(map(source_of, values))
    if isinstance(values, list):
        return f"[{parts}]"
    return f"({parts},)" if len(values) == 1 else f"({parts})"


def _number(value: complex) -> str:
    """A number with every digit; non-finite values have no literal."""
    finite = math.isfinite(value.real) and math.isfinite(value.imag)
    return repr(value) if finite else f"{type(value).__name__}({str(value)!r})"
