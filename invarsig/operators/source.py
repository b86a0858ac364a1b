"""Operators as Python source, which evaluates back to them."""

from __future__ import annotations

import inspect
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import partial
from keyword import iskeyword
from typing import Any

import numpy as np
import xarray as xr

__all__ = ["Source", "code_of", "name_of", "source_of"]

# Where functions without a module of their own are looked for: ufuncs do not name theirs.
_OF_UFUNCS = ("numpy", "scipy.special")


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
    return Source()(value)


def code_of(value: Any) -> str:
    """Write a value as Python to run after ``import invarsig as iv``: imports, then an expression.

    What nothing can be imported from (a lambda, what a script or notebook defines, an object) is
    imported from ``your_module``, behind which a comment says what it is.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> print(code_of(iv.Apply(np.cbrt) >> iv.Apply(lambda a: a**2)))
    import numpy
    from your_module import function  # a lambda
    (iv.Apply(function=numpy.cbrt) >> iv.Apply(function=function))
    """
    source = Source(runs=True)
    expression = source(value)
    return "\n".join([*source.needs, expression])


class Source:
    """Writes values as Python expressions, each by calling it.

    Parameters
    ----------
    runs
        Whether what is written is to be run: then `needs` is what has to stand before it, and what
        has no source is a name that is imported from ``your_module``.
    """

    def __init__(self, *, runs: bool = False) -> None:
        self.runs = runs
        self._imports: dict[str, None] = {}
        self._objects: dict[int, tuple[str, Any]] = {}
        self._comments: dict[str, None] = {}

    @property
    def needs(self) -> list[str]:
        """Lines to stand before what is written: imports, and comments on names that are left."""
        plain = sorted(each for each in self._imports if each.startswith("import "))
        return [*plain, *(e for e in self._imports if e not in plain), *self._comments]

    def imports(self, line: str) -> None:
        """Note a line that is needed."""
        self._imports.setdefault(line)

    def comments(self, line: str) -> None:
        """Note what a name stands for that has to be there."""
        self._comments.setdefault(f"# {line}")

    def missing(self, value: Any, name: str, what: str) -> str:
        """A name for what has no source; the same again for the same object."""
        known = self._objects.get(id(value))
        if known is not None:
            return known[0]
        name = re.sub(r"\W+", "_", name).strip("_").lower() or "given"
        if not name.isidentifier() or iskeyword(name):
            name = f"given_{name}"
        return self._called(value, name, what)

    def _called(self, value: Any, name: str, what: str) -> str:
        """The name, or one beside it that nothing else has."""
        taken, count, free = {each for each, _ in self._objects.values()}, 2, name
        while free in taken:
            free, count = f"{name}_{count}", count + 1
        self._objects[id(value)] = free, value
        self.imports(f"from your_module import {free}  # {what}")
        return free

    def __call__(self, value: Any) -> str:
        """Write a value."""
        if hasattr(type(value), "joined_source"):
            return str(value.joined_source(self))
        if is_dataclass(value) and not isinstance(value, type):
            return self._dataclass(value)
        if isinstance(value, xr.DataArray):
            return self._labeled(value)
        if isinstance(value, np.ndarray):
            return self(value.tolist())
        if isinstance(value, np.generic):
            return self(value.item())
        if isinstance(value, (float, complex)):
            return _number(value)
        if isinstance(value, Mapping):
            pairs = (f"{key!r}: {self(entry)}" for key, entry in value.items())
            return "{" + ", ".join(pairs) + "}"
        if isinstance(value, (tuple, list)):
            parts = ", ".join(map(self, value))
            if isinstance(value, list):
                return f"[{parts}]"
            return f"({parts},)" if len(value) == 1 else f"({parts})"
        if callable(value) and (self.runs or hasattr(value, "__name__")):
            return self._function(value)
        if hasattr(type(value), "plan"):  # no dataclass: its parameters are unknown
            name = type(value).__name__
            if self.runs:
                return self.missing(value, name, f"a {name}, whose parameters are not known")
            return f"{self._class(type(value))}(...)"
        return repr(value)

    def _dataclass(self, value: Any) -> str:
        """The class, called; fields that its constructor takes by place come first."""
        named = inspect.signature(type(value).__init__).parameters
        parts = []
        for each in fields(value):
            own = getattr(value, each.name)
            if not each.init or _is_default(each, own):
                continue
            parameter = named.get(each.name)
            by_name = parameter is not None and parameter.kind is not parameter.POSITIONAL_ONLY
            parts.append((f"{each.name}=" if by_name else "") + self(own))
        return f"{self._class(type(value))}({', '.join(parts)})"

    def _class(self, cls: type) -> str:
        """The shortest public name of a class of this package; that of a function for another."""
        return _public_name(cls) or self._function(cls)

    def _function(self, named: Any) -> str:
        """Module and name of a function or class; in code to run a name that is imported."""
        module = getattr(named, "__module__", None) or "numpy"
        name = str(getattr(named, "__qualname__", getattr(named, "__name__", "")))
        if not self.runs:
            return name if module in ("builtins", "__main__") else f"{module}.{name}"
        found = _importable(named)
        if found is not None:
            home, name = found
            if home != "builtins":
                self.imports(f"import {home}")
            return name if home == "builtins" else f"{home}.{name}"
        if isinstance(named, partial):
            self.imports("import functools")
            parts = [named.func, *named.args]
            more = [f", {key}={self(each)}" for key, each in named.keywords.items()]
            return f"functools.partial({', '.join(map(self, parts))}{''.join(more)})"
        if inspect.ismethod(named):
            return f"{self(named.__self__)}.{named.__name__}"
        known = self._objects.get(id(named))
        if known is not None:
            return known[0]
        short = name.rpartition(".")[2]
        if short == "<lambda>":
            return self.missing(named, "function", "a lambda")
        if not short:
            kind = type(named).__name__
            return self.missing(named, kind, f"an object of the class {kind}")
        within = "within a function" if "<locals>" in name else "in the script or notebook"
        return self._called(named, short, f"defined {within}")

    def _labeled(self, array: xr.DataArray) -> str:
        """A labeled array, with its coordinates where it has any."""
        parts = [self(array.to_numpy()), *(repr(str(dim)) for dim in array.dims)]
        if array.name is not None:
            parts.append(f"name={str(array.name)!r}")
        if array.attrs:
            parts.append(f"attrs={self(array.attrs)}")
        out = f"iv.label({', '.join(parts)})"
        if np.asarray(array.to_numpy().tolist()).dtype != array.dtype:
            out += f".astype({str(array.dtype)!r})"
        if array.coords:
            out += f".assign_coords({self._coordinates(array)})"
        return out

    def _coordinates(self, array: xr.DataArray) -> str:
        written = []
        for name, coordinate in array.coords.items():
            parts = [self(tuple(map(str, coordinate.dims))), self(coordinate.to_numpy())]
            if coordinate.attrs:
                parts.append(self(coordinate.attrs))
            written.append(f"{name!r}: ({', '.join(parts)})")
        return "{" + ", ".join(written) + "}"


def name_of(cls: type) -> str:
    """The shortest public name of a class of this package; the qualified name of another one."""
    return _public_name(cls) or source_of(cls)


def _public_name(cls: type) -> str:
    """The shortest public name of a class of this package; "" for another one."""
    package = ""
    for part in cls.__module__.split("."):
        package = f"{package}.{part}" if package else part
        if package.split(".")[0] != "invarsig":
            break
        if cls.__name__ in getattr(sys.modules.get(package), "__all__", ()):
            return f"iv{package.removeprefix('invarsig')}.{cls.__name__}"
    return ""


def _importable(named: Any) -> tuple[str, str] | None:
    """The shortest module that a function or class can be taken from, and its name there."""
    name = getattr(named, "__qualname__", None) or getattr(named, "__name__", None)
    module = getattr(named, "__module__", None)
    homes = list(_OF_UFUNCS)
    if isinstance(module, str):
        parts = module.split(".")
        homes = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    for home in homes:
        found = None if home == "__main__" else sys.modules.get(home)
        for part in str(name).split(".") if name else ():
            found = getattr(found, part, None)
        if name and found is named:
            return home, str(name)
    return None


def _is_default(each: Field[Any], value: Any) -> bool:
    default = each.default
    if each.default_factory is not MISSING:
        default = each.default_factory()
    if default is MISSING or isinstance(value, (xr.DataArray, np.ndarray)):
        return False
    return value is default or (type(value) is type(default) and bool(value == default))


def _number(value: complex) -> str:
    """A number with every digit; non-finite values have no literal."""
    finite = math.isfinite(value.real) and math.isfinite(value.imag)
    return repr(value) if finite else f"{type(value).__name__}({str(value)!r})"
