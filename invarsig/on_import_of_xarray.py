"""``x.iv`` is there as soon as both packages are imported, in either order.

Importing xarray takes some ten times as long as importing this package, and ``invarsig --help``
needs no arrays. So the accessors are registered at once where xarray is loaded, and otherwise by
whoever imports it first (see docs/decisions/when-accessors-are-registered.md).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

__all__ = ["register_accessors"]


def register_accessors() -> None:
    """Register ``iv`` on arrays and Datasets, now or when xarray is imported."""
    if "xarray" in sys.modules:
        _register()
    elif not any(isinstance(each, _Waiting) for each in sys.meta_path):
        sys.meta_path.insert(0, _Waiting())


class _Waiting(MetaPathFinder):
    """Waits for the import of xarray, and is gone with it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "xarray":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        loader = spec.loader if spec is not None else None
        if loader is not None:
            run = loader.exec_module

            def run_and_register(module: ModuleType) -> None:
                run(module)
                _register()

            loader.exec_module = run_and_register  # type: ignore[method-assign]
        return spec


def _register() -> None:
    """Import the module that registers; it may be the one that imports xarray right now."""
    import_module("invarsig.accessors")
