"""Discovery of public operators and actions, and of their examples."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import TypeVar

import numpy as np
import xarray as xr

from invarsig.actions import Action
from invarsig.operators import Operator

__all__ = ["examples_of", "public_actions", "public_operators"]

_Kind = TypeVar("_Kind")


def public_operators(module: ModuleType | None = None) -> tuple[type[Operator], ...]:
    """Find every public operator of a module; of `invarsig.operators` and `compose` by default.

    Parameters
    ----------
    module
        Module whose public names are searched; those of this package by default.

    Returns
    -------
    tuple of type
        The classes that can be made, not the abstract ones.

    Examples
    --------
    >>> import invarsig as iv
    >>> iv.MaxPool in public_operators()
    True
    """
    import invarsig.compose
    import invarsig.operators

    found = [module] if module else [invarsig.operators, invarsig.compose]
    return tuple(cls for one in found for cls in _public(one, Operator))  # type: ignore[type-abstract]


def public_actions(module: ModuleType | None = None) -> tuple[type[Action], ...]:
    """Find every public action of a module, `invarsig.actions` by default.

    Parameters
    ----------
    module
        Module whose public names are searched; those of this package by default.

    Returns
    -------
    tuple of type
        The classes that can be made, not the abstract ones.

    Examples
    --------
    >>> import invarsig as iv
    >>> iv.Translate in public_actions()
    True
    """
    import invarsig.actions

    return _public(module or invarsig.actions, Action)  # type: ignore[type-abstract]


def _public(module: ModuleType, kind: type[_Kind]) -> tuple[type[_Kind], ...]:
    found = (getattr(module, name) for name in sorted(module.__all__))
    return tuple(
        one
        for one in found
        if inspect.isclass(one)
        and issubclass(one, kind)
        and not (inspect.isabstract(one) and one.__module__ == kind.__module__)
    )


def examples_of(
    cls: type[Operator | Action], rng: np.random.Generator
) -> list[tuple[Operator | Action, xr.DataArray]]:
    """List the examples of a class; one without examples fails.

    Parameters
    ----------
    cls
        Class of an operator or an action.
    rng
        Random generator that the inputs are drawn from.

    Returns
    -------
    list of tuple
        Pairs of an operator or action and a labeled array that it suits.

    Raises
    ------
    AssertionError
        If the class has no examples.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> op, x = examples_of(iv.Relu, np.random.default_rng(0))[0]
    >>> op(x).sizes == x.sizes
    True
    """
    if inspect.isabstract(cls):
        missing = ", ".join(sorted(cls.__abstractmethods__))
        raise AssertionError(f"{cls.__name__} is public but leaves out {missing}.")
    examples = list(cls.examples(rng))
    assert examples, f"{cls.__name__} is public but has no examples; give at least one."
    return examples  # type: ignore[return-value]
