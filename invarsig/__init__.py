"""invarsig: is it equivariant, is it invariant, why not, and what would help.

The shop window: every public name, loaded when it is first used (see ``__init__.pyi``).
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
