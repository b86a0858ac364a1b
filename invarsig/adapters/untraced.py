"""What is said of a model that cannot be followed."""

from __future__ import annotations

from invarsig.errors import InvarsigError

__all__ = ["Untraced"]


class Untraced(InvarsigError):
    """A module that cannot be followed.

    Parameters
    ----------
    message
        Which, and why.
    of_data
        Whether its control flow depends on data.
    """

    def __init__(self, message: str, *, of_data: bool = False) -> None:
        super().__init__(message)
        self.of_data = of_data
