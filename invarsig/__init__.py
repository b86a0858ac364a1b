"""invarsig: is it equivariant, is it invariant, why not, and what would help.

The public API: every public name, loaded when it is first used (see ``__init__.pyi``). Operators
and actions stand here, and of the functions those that a first pipeline and a first diagnosis need;
the others stand in their family's module: ``iv.measures``, ``iv.aliasing``, ``iv.models`` and so
on. On arrays and Datasets of xarray they are at hand as ``x.iv`` (`invarsig.accessors`).
"""

from typing import Any

import lazy_loader as _lazy

from invarsig.on_import_of_xarray import register_accessors as _register_accessors

_attribute, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
_register_accessors()


def __getattr__(name: str) -> Any:
    """Load a public name, or read the version of the distribution."""
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    try:
        return _attribute(name)
    except AttributeError as error:
        hint = "" if name.startswith("_") else _hint(name)
        raise AttributeError(f"{error}{hint}") from None


def _hint(name: str) -> str:
    """Where a name stands that is not here, or which one may be meant."""
    from importlib import import_module
    from importlib.util import find_spec

    from invarsig.suggestions import nearest

    if find_spec(f"{__name__}.{name}") is not None:
        return ""  # A module that is being imported.
    families = (
        "aliasing", "compose", "diagnosis", "io", "measures", "models", "operators", "report",
    )  # fmt: skip
    for family in families:
        if name in getattr(import_module(f"{__name__}.{family}"), "__all__", ()):
            return f"; it is iv.{family}.{name}"
    near = nearest(name, __all__)
    return f"; did you mean iv.{near[0]}?" if near else ""
