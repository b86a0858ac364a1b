"""Commands whose options come in groups: a dataclass states each option once.

typer reads the signature of a function. A command that takes a dataclass of options gets their
fields as its own options, and the function the dataclass, filled.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_type_hints

__all__ = ["grouped"]


def grouped(function: Callable[..., None]) -> Callable[..., None]:
    """Replace each parameter that is a dataclass of options by its fields.

    Parameters
    ----------
    function
        A command. Fields of a group are annotated as typer wants parameters to be.

    Returns
    -------
    callable
        Takes everything by keyword, with a signature that typer reads.
    """
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, type] = {}
    flat: list[inspect.Parameter] = []
    for each in inspect.signature(function).parameters.values():
        hint = hints[each.name]
        if isinstance(hint, type) and is_dataclass(hint):
            groups[each.name] = hint
            flat += _fields(hint)
        else:
            flat.append(each.replace(kind=each.KEYWORD_ONLY, annotation=hint))

    def command(**given: Any) -> None:
        made = {
            name: group(**{field.name: given.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        function(**given, **made)

    command.__name__, command.__doc__ = function.__name__, function.__doc__
    command.__module__ = function.__module__
    command.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in flat}
    return command


def _fields(group: type) -> list[inspect.Parameter]:
    """The fields of a dataclass as parameters by keyword."""
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]
