"""An operator whose lengths have units of their own: what it is, is known once there are axes.

``iv.MeanPool({"lon": "2 deg"})`` gives one, and so does every class of operators of which a window,
a stride or another length is written with its unit. It stands wherever an operator does. On a
signal each length becomes a number of samples, or a number in the unit of the axis, and the class
is made with these.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, replace
from functools import cached_property
from typing import Any, Self

import xarray as xr

from invarsig.axes import Axes, Axis, Length, has_unit, in_axis_unit, read_length, samples_phrase
from invarsig.axes.lengths import in_base_unit
from invarsig.errors import ParameterError
from invarsig.kernels.rounding import rounded_down
from invarsig.operators.base import Operator
from invarsig.operators.fields import COUNTED, renamed_field, rescaled_field, shown_field
from invarsig.operators.kept_plan import KEPT
from invarsig.operators.plan import Plan
from invarsig.operators.source import name_of

__all__ = ["InUnits", "with_units"]


def with_units(kind: type[Operator], args: Any, kwargs: Mapping[str, Any]) -> Operator | None:
    """Give the operator where a length among the arguments has a unit of its own; else None."""
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    try:
        bound = inspect.signature(kind.__init__).bind(None, *args, **kwargs).arguments
    except TypeError:
        return None  # the class itself says so, by its name
    given = {name: value for name, value in bound.items() if name in known}
    named = [name for name, value in given.items() if _bears_a_unit(known[name], value)]
    if not named:
        return None
    return InUnits(kind, {k: _written(v, k) if k in named else v for k, v in given.items()})


def _bears_a_unit(each: Field[Any], value: Any) -> bool:
    """Whether a value is for lengths and has a unit; one without its dim the class refuses."""
    maps = _counts(each) or (_is_length(each) and each.metadata["along"] is None)
    if maps and not isinstance(value, Mapping):
        return False
    return (maps or _is_length(each)) and has_unit(value)


def _is_length(each: Field[Any]) -> bool:
    """Whether a parameter is in the unit of an axis, or maps dims to such lengths."""
    return each.metadata.get("role") == "lengths"


def _counts(each: Field[Any]) -> bool:
    """Whether a parameter maps dims to numbers of samples that cover a length."""
    return each.metadata.get("role") == "mapping" and each.name in COUNTED


def _written(value: Any, what: str) -> Any:
    """Lengths as text, which is how they are printed; numbers stay."""
    if isinstance(value, Mapping):
        return {dim: _written(each, f"{what} along {dim!r}") for dim, each in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(_written(each, what) for each in value)
    if not has_unit(value):
        return value
    length = read_length(value, f"The {what}")
    assert isinstance(length, Length)
    if length.value < 0 or (length.value == 0 and not what.startswith("padding")):
        raise ParameterError(f"The {what} is {length}; give a length above 0.")
    return value.strip() if isinstance(value, str) else f"{length.value!r} {length.unit}"


@dataclass(frozen=True)
class InUnits(Operator):
    """An operator of some class, with lengths that have units of their own.

    Parameters
    ----------
    kind
        The class.
    given
        Its parameters by name, lengths with a unit as text.
    strides
        Strides that replace its own, for each dim in samples.

    Raises
    ------
    ParameterError
        If a length is not above 0, or the class refuses another parameter.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> lon = iv.Axis("lon", size=8, step=45.0, unit="degrees_east", period=360.0)
    >>> x = iv.label(np.arange(8.0), lon)
    >>> op = iv.MeanPool({"lon": "90 deg"})
    >>> op, op.on(x), op(x).values.tolist()
    (iv.MeanPool(window={'lon': '90 deg'}), iv.MeanPool(window={'lon': 2}), [0.5, 2.5, 4.5, 6.5])
    """

    kind: type[Operator]
    given: Mapping[str, Any]
    strides: Mapping[str, int] | None = None

    def __post_init__(self) -> None:
        assert self._stand_in is not None  # whatever the class refuses is refused now

    @cached_property
    def _stand_in(self) -> Operator:
        """The operator with stand-ins for its lengths: its dims and its kind are already known."""
        known = {each.name: each for each in fields(self.kind)}  # type: ignore[arg-type]
        # Some number, in the order that the lengths have.
        return self.kind(
            **self._with(lambda name, _, own: 1 if _counts(known[name]) else in_base_unit(own))
        )

    def _with(self, number: Callable[[str, str, Length], float]) -> dict[str, Any]:
        """Parameters with a number for each length, given its field and its dim."""
        known = {each.name: each for each in fields(self.kind)}  # type: ignore[arg-type]

        def plain(name: str, dim: str, value: Any) -> Any:
            if isinstance(value, (tuple, list)):
                return tuple(plain(name, dim, each) for each in value)
            if not has_unit(value):
                return value
            length = read_length(value, f"The {name} along {dim!r}")
            assert isinstance(length, Length)
            return number(name, dim, length)

        found = dict(self.given)
        for name, value in self.given.items():
            if not _bears_a_unit(known[name], value):
                continue
            if isinstance(value, Mapping):
                found[name] = {dim: plain(name, dim, each) for dim, each in value.items()}
            else:
                along = known[name].metadata["along"]
                own = self.given.get(along, _default(known[along]))
                found[name] = plain(name, own if isinstance(own, str) else own[0], value)
        return found

    def _on(self, axes: Axes) -> Operator:
        """The operator on given axes; the last one is kept."""
        known = {each.name: each for each in fields(self.kind)}  # type: ignore[arg-type]

        def number(name: str, dim: str, length: Length) -> float:
            axis = axes[dim]
            if _counts(known[name]):
                return _whole_samples(axis, length, name)
            if known[name].metadata["power"] == -1:
                return length.along_frequencies(axis)
            return length.along(axis)

        parameters = self._with(number)
        kept = self.__dict__.get(KEPT)
        if kept is not None and kept[0] == parameters:
            made: Operator = kept[1]
            return made
        made = self.kind(**parameters)
        if self.strides is not None:
            other = made.restrided(self.strides)
            assert other is not None, "its stand-in had one"
            made = other
        self.__dict__[KEPT] = (parameters, made)
        return made

    @property
    def has_units(self) -> bool:
        """Whether it is known only once there are axes: it is."""
        return True

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the operator is linear."""
        return self._stand_in.linear

    @property
    def front_end(self) -> bool:  # type: ignore[override]
        """Whether it turns a waveform into a picture."""
        return self._stand_in.front_end

    @property
    def absolute(self) -> bool:  # type: ignore[override]
        """Whether absolute positions matter to it."""
        return self._stand_in.absolute

    @property
    def homogeneity(self) -> float | None:
        """Degree of the operator; None where it has none."""
        degree: float | None = getattr(self._stand_in, "homogeneity", None)
        return degree

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that it is joint over."""
        return self._stand_in.dims

    def plan(self, axes: Axes) -> Plan:
        """Plan of the operator on these axes."""
        return self._on(axes).plan(axes)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same with other strides, in samples; None if the class has no such form."""
        changed = {**(self.strides or {}), **strides}
        return None if self._stand_in.restrided(changed) is None else replace(self, strides=changed)

    def rename(self, names: Mapping[str, str]) -> Self:
        """Give the same operator over renamed dims."""
        changed = dict(self.given)
        for each in fields(self.kind):  # type: ignore[arg-type]
            value = self.given.get(each.name, _default(each))
            if each.metadata and value is not None and value is not MISSING:
                renamed = renamed_field(value, each.metadata, names)
                if each.name in self.given or renamed != value:
                    changed[each.name] = renamed
        strides = self.strides and {names.get(dim, dim): by for dim, by in self.strides.items()}
        return replace(self, given=changed, strides=strides)

    def rescale(self, factors: Mapping[str, float]) -> Self:
        """Give the same where a unit got smaller: lengths with units of their own stay."""
        own = {each.name: _default(each) for each in fields(self.kind)} | dict(self.given)  # type: ignore[arg-type]
        changed = dict(self.given)
        for each in fields(self.kind):  # type: ignore[arg-type]
            value = own[each.name]
            if not each.metadata or value is MISSING or has_unit(value):
                continue
            rescaled = rescaled_field(value, each.metadata, factors, own)
            if each.name in self.given or rescaled != value:
                changed[each.name] = rescaled
        return replace(self, given=changed)

    def bounded(self, boundary: str | None) -> Self:
        """Give the same with another boundary, if the class has one."""
        if not any(each.name == "boundary" for each in fields(self.kind)):  # type: ignore[arg-type]
            return self
        return replace(self, given={**self.given, "boundary": boundary})

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        return self.on(x)._apply(x)

    def joined_source(self, source_of: Callable[[Any], str]) -> str:
        """The class, called with the parameters as they were given."""
        body = ", ".join(f"{name}={source_of(value)}" for name, value in self.given.items())
        more = "" if self.strides is None else f".restrided({source_of(dict(self.strides))})"
        return f"{name_of(self.kind)}({body}){more}"

    def __str__(self) -> str:
        """Show the parameters that were given, as the class does."""
        known = {each.name: each for each in fields(self.kind)}  # type: ignore[arg-type]
        shown = [shown_field(known[name], value) for name, value in self.given.items()]
        if self.strides is not None:
            shown.append("stride " + ", ".join(f"{dim}: {by}" for dim, by in self.strides.items()))
        return f"{self.kind.__name__}({', '.join(part for part in shown if part)})"

    def __getattr__(self, name: str) -> Any:
        """Say that what the class has beyond an operator needs a signal first."""
        kind = self.__dict__.get("kind")
        if kind is not None and not name.startswith("_") and hasattr(kind, name):
            raise AttributeError(
                f"{self} has a length in a unit of its own, so its {name} is known once there is a "
                f"signal x: use .on(x).{name}."
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def _default(each: Field[Any]) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()


def _whole_samples(axis: Axis, length: Length, what: str) -> int:
    """A length in whole samples; otherwise an error names the two nearest ones."""
    along = in_axis_unit(length, axis)
    samples = abs(axis.samples(along))
    if samples == round(samples) and (samples >= 1 or what == "padding"):
        return round(samples)
    low = max(int(rounded_down(samples)), 1)
    near = " or ".join(
        f"{axis.in_words(n * abs(axis.step), 9)} ({n} sample{'s' if n > 1 else ''})"
        for n in (low, low + 1)
    )
    raise ParameterError(
        f"The {what} is not a whole number of samples: {samples_phrase(axis, along)}. Give {near}, "
        "or a number of samples."
    )
