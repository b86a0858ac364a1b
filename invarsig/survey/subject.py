"""What a survey asks about: a pipeline, by its name, and how a file becomes its input."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import xarray as xr

from invarsig.errors import MissingError, ParameterError
from invarsig.models import default_pipeline
from invarsig.operators import Levels, Operator
from invarsig.operators.base import require_operator

__all__ = ["Pipelines", "Prepared", "Subject", "identity_of", "subjects_of"]

Pipeline = Operator | Callable[[xr.DataArray], Operator]
"""A pipeline, or a function of the input that gives one."""

Pipelines = Pipeline | Mapping[str, Pipeline] | Sequence[Pipeline]


@dataclass(frozen=True)
class Prepared:
    """A file as a pipeline gets it.

    Parameters
    ----------
    x
        The signal.
    op
        What measures it.
    along
        Dims to look along; None for all.
    note
        What was made of the file, as a sentence ("" for nothing).
    """

    x: xr.DataArray
    op: Operator
    along: Sequence[str] | None = None
    note: str = ""


@dataclass(frozen=True)
class Subject:
    """A pipeline in a survey.

    Parameters
    ----------
    name
        What its rows call it.
    prepare
        From the path of a file to what is measured. It is sent to the workers, whole.
    identity
        What it is, as texts by name. Rows of one survey have one identity: a survey that is
        continued with another is refused, and what differs is named.
    """

    name: str
    prepare: Callable[[Path], Prepared]
    identity: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Read:
    """Reads a file and finds its pipeline."""

    pipeline: Pipeline
    read: Callable[[Path], xr.DataArray]

    def __call__(self, path: Path) -> Prepared:
        x = self.read(path)
        op = self.pipeline
        if not isinstance(op, Operator | Levels):
            op = op(x)
        require_operator(op)
        return Prepared(x, op)


def subjects_of(
    pipelines: Pipelines | None, read: Callable[[Path], xr.DataArray]
) -> tuple[Subject, ...]:
    """Name the pipelines, each once; without one, the default pipeline.

    Raises
    ------
    ParameterError
        If there is none, or two have one name.
    """
    if pipelines is None:
        named: dict[str, Pipeline] = {"default": default_pipeline}
    elif isinstance(pipelines, Mapping):
        named = {str(name): each for name, each in pipelines.items()}
    else:
        listed: list[Any] = [*pipelines] if isinstance(pipelines, list | tuple) else [pipelines]
        named = {}
        for each in listed:
            name = _name_of(each)
            if name in named:
                raise ParameterError(
                    f"Two pipelines are called {name!r}; give them as a mapping from names."
                )
            named[name] = each
    if not named:
        raise ParameterError("There is no pipeline to survey; give at least one.")
    return tuple(
        Subject(name, _Read(each, read), {"pipeline": identity_of(each), "read": identity_of(read)})
        for name, each in named.items()
    )


def _name_of(pipeline: Any) -> str:
    if isinstance(pipeline, Operator | Levels):
        return str(pipeline)
    return str(getattr(pipeline, "__name__", type(pipeline).__name__))


def identity_of(thing: Any) -> str:
    """A text that differs where two objects do: what it says of itself, and a hash.

    Of an operator the hash is of all its parameters; of a function of its source, and of the values
    around it that it uses.

    Examples
    --------
    >>> import invarsig as iv
    >>> identity_of(iv.MaxPool({"x": 2})) == identity_of(iv.MaxPool({"x": 2}))
    True
    >>> identity_of(iv.MaxPool({"x": 2})) == identity_of(iv.MaxPool({"x": 3}))
    False
    """
    try:
        from dask.base import tokenize
    except ImportError as error:
        raise MissingError("A survey needs dask: pip install 'invarsig[survey]'.") from error
    name = _name_of(thing)
    if not isinstance(thing, FunctionType):
        return f"{name} [{tokenize(thing)}]"
    if thing.__module__.startswith("invarsig."):
        return f"{thing.__module__}.{name}"
    code, used = thing.__code__, inspect.getclosurevars(thing)
    plain = [each for each in code.co_consts if not isinstance(each, CodeType)]
    values = {
        key: each
        for key, each in {**used.globals, **used.nonlocals}.items()
        if not isinstance(each, ModuleType | FunctionType | type)
    }
    try:
        source = inspect.getsource(thing)
    except (OSError, TypeError):
        source = ""
    told = tokenize(source, code.co_code, repr(plain), thing.__defaults__, values)
    return f"{name} [{told}]"
