"""invarsig: is it equivariant, is it invariant, why not, and what would help.

The public API: every public name, loaded when it is first used (see ``__init__.pyi``).
"""

from typing import Any

import lazy_loader as _lazy

_attribute, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """Load a public name, or read the version of the distribution."""
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    return _attribute(name)
