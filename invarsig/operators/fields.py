"""The role of each parameter of an operator, declared in its dataclass fields.

Renaming a dim, rescaling a unit and showing an operator then share one implementation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, field
from typing import Any

import xarray as xr

from invarsig.axes import renamed
from invarsig.operators.function_name import name_of

__all__ = [
    "COUNTED",
    "dims_field",
    "lengths_field",
    "mapping_field",
    "numbers_field",
    "parts_field",
    "renamed_field",
    "rescaled_field",
    "shown_field",
]


COUNTED = frozenset({"window", "stride", "padding", "dilation"})
"""Mappings from dims to numbers of samples that may be written as lengths with a unit."""


def dims_field(**kwargs: Any) -> Any:
    """Declare a dataclass field that names a dim, or several."""
    return field(metadata={"role": "dims"}, **kwargs)


def mapping_field(**kwargs: Any) -> Any:
    """Declare a dataclass field that maps dims to numbers of samples, or to words."""
    return field(metadata={"role": "mapping"}, **kwargs)


def lengths_field(*, power: int = 1, along: str | None = None, **kwargs: Any) -> Any:
    """Declare a dataclass field that is in the unit of an axis, to a power.

    It maps dims to values, or is plain values along the dim that the field `along` names.
    """
    return field(metadata={"role": "lengths", "power": power, "along": along}, **kwargs)


def numbers_field(**kwargs: Any) -> Any:
    """Declare a dataclass field of several numbers, each of which is shown: coefficients."""
    return field(metadata={"role": "numbers"}, **kwargs)


def parts_field(**kwargs: Any) -> Any:
    """Declare a dataclass field that holds one or more actions, or other parts that can be renamed.

    Such a part has methods ``renamed(names)`` and ``rescaled(factors)``.
    """
    return field(metadata={"role": "parts"}, **kwargs)


def renamed_field(value: Any, meta: Mapping[str, Any], names: Mapping[str, str]) -> Any:
    """Give the value of a field over renamed dims."""
    role = meta["role"]
    if role == "parts":
        several = tuple(part.renamed(names) for part in _each(value))
        return several if isinstance(value, tuple) else several[0]
    if isinstance(value, xr.DataArray):
        return renamed(value, names)
    if role == "dims" and isinstance(value, str):
        return names.get(value, value)
    if role == "dims" and isinstance(value, tuple):
        return tuple(names.get(dim, dim) for dim in value)
    if isinstance(value, Mapping):
        return {names.get(dim, dim): number for dim, number in value.items()}
    return value


def rescaled_field(
    value: Any, meta: Mapping[str, Any], factors: Mapping[str, float], own: Mapping[str, Any]
) -> Any:
    """Give the value of a field where the unit along a dim got smaller by a factor."""
    if meta["role"] == "parts":
        several = tuple(part.rescaled(factors) for part in _each(value))
        return several if isinstance(value, tuple) else several[0]
    if meta["role"] != "lengths" or value is None:
        return value
    power = meta["power"]
    if isinstance(value, Mapping):
        return {dim: _times(v, factors.get(dim, 1.0) ** power) for dim, v in value.items()}
    along = own[meta["along"]]
    dim = along if isinstance(along, str) else along[0]
    in_samples = not isinstance(along, str) and len(along) > 1
    return value if in_samples else _times(value, factors.get(dim, 1.0) ** power)


def _each(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _times(value: Any, factor: float) -> Any:
    return tuple(one * factor for one in value) if isinstance(value, tuple) else value * factor


def shown_field(each: Field[Any], value: Any) -> str:
    """Show a field whose value is not its default; "" for one that has it."""
    default = each.default
    if each.default_factory is not MISSING:
        default = each.default_factory()
    if isinstance(value, xr.DataArray):
        return (
            "x".join(f"{size}" for size in value.sizes.values())
            + f" over {', '.join(map(str, value.dims))}"
        )
    if value is None or (default is not MISSING and value == default):
        return ""
    if each.metadata.get("role") == "parts":
        parts = _each(value)
        return f"{parts[0]}" + (f" to {parts[-1]} ({len(parts)})" if len(parts) > 1 else "")
    if each.metadata.get("role") == "numbers":
        return f"{each.name} {', '.join(f'{number:g}' for number in value)}"
    if isinstance(value, Mapping):
        said = _samples if each.name == "padding" else _word
        body = ", ".join(f"{key}: {said(v)}" for key, v in value.items())
        return body if each.name in ("window", "operators") else f"{each.name} {body}"
    named = each.name not in (
        "dim",
        "dims",
        "body",
        "stages",
        "operators",
        "function",
        "nonlinearity",
    )
    return f"{each.name} {_word(value)}" if named else _word(value)


def _samples(value: Any) -> str:
    """Show samples on one side, or on either."""
    return f"{value[0]} and {value[1]}" if isinstance(value, tuple) else str(value)


def _word(value: Any) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], (int, float)):
        return (
            f"{value[0]:g}" if len(value) == 1 else f"{value[0]:g} to {value[-1]:g} ({len(value)})"
        )
    if isinstance(value, tuple):
        return ", ".join(map(_word, value))
    if callable(value) and not hasattr(type(value), "plan"):
        return name_of(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
