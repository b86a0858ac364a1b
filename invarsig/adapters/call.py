"""One operation of a traced program, and the function of its traced tensors alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from invarsig.adapters.expressions import Value

__all__ = ["Bound", "Call"]


@dataclass(frozen=True, eq=False)
class Call:
    """One operation of the traced program.

    Parameters
    ----------
    target
        The function of tensors.
    given
        Its arguments by name, defaults included; traced tensors are `Value` objects.
    shape
        Shape of its result, for the input that was traced, or of each of its results.
    name
        What it is called, such as "conv2d".
    real
        Whether the result holds floating-point numbers.
    """

    target: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    given: Mapping[str, Any]
    shape: Any
    name: str
    real: bool = True

    @property
    def values(self) -> list[Value]:
        """Traced tensors among its arguments, in order."""
        return list(_values((*self.args, *self.kwargs.values())))

    def first(self) -> Call:
        """The first of its results alone."""
        target = self.target

        def first(*args: Any, **kwargs: Any) -> Any:
            return target(*args, **kwargs)[0]

        return replace(self, target=first, shape=self.shape[0])

    def function(self, changed: Mapping[str, Any] | None = None) -> Callable[..., Any]:
        """The function of its traced tensors alone; some arguments may be changed."""
        if changed:
            return Bound(self.target, (), {**self.given, **changed})
        return Bound(self.target, self.args, dict(self.kwargs))


@dataclass(frozen=True, eq=False)
class Bound:
    """A function of traced tensors alone: what it calls, and that with all other arguments.

    Parameters
    ----------
    target
        What is called.
    args, kwargs
        Its arguments; traced tensors are `Value` objects, and are filled in.
    """

    target: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def __call__(self, *tensors: Any) -> Any:
        """Call it."""
        if len(tensors) == 1 and self._leads:
            return self.target(tensors[0], *self.args[1:])
        left = iter(tensors)
        here = [_filled(each, left) for each in self.args]
        named = {name: _filled(each, left) for name, each in self.kwargs.items()}
        return self.target(*here, **named)

    @cached_property
    def _leads(self) -> bool:
        """Whether the one tensor comes first, and all that follows is known."""
        leads = bool(self.args) and isinstance(self.args[0], Value) and not self.kwargs
        return leads and not any(True for _ in _values(self.args[1:]))


def _values(args: Iterable[Any]) -> Iterable[Value]:
    for each in args:
        if isinstance(each, Value):
            yield each
        elif isinstance(each, (list, tuple)):
            yield from _values(each)


def _filled(given: Any, tensors: Any) -> Any:
    if isinstance(given, Value):
        return next(tensors)
    if isinstance(given, (list, tuple)) and any(True for _ in _values(given)):
        return [_filled(each, tensors) for each in given]
    return given
