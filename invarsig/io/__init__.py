"""Files to labeled arrays and back, and signals that need no file.

Libraries that decode files are imported inside the functions that need them, so importing this
package costs nothing.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
