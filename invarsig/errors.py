"""The package's exceptions: one family, each error named by the noun at fault, and its warnings.

Every message names the axis, the value, the unit and the remedy.
"""

from __future__ import annotations

__all__ = [
    "AxisError",
    "BorderError",
    "CacheWarning",
    "ChunkWarning",
    "ClusterError",
    "DimError",
    "DtypeError",
    "FindingError",
    "InvarsigError",
    "MissingError",
    "ParameterError",
    "ReadError",
    "StrideError",
    "UndecidableError",
    "UnexplainedError",
    "WriteError",
]


class InvarsigError(Exception):
    """Any error that this package raises on purpose."""


class DimError(InvarsigError, KeyError):
    """A dim is missing, or is there where it should not be."""

    def __str__(self) -> str:
        """Show the sentence itself: KeyError would show its repr."""
        return str(self.args[0]) if self.args else ""


class AxisError(InvarsigError, ValueError):
    """An axis is not uniform, not periodic, empty or otherwise unfit."""


class ParameterError(InvarsigError, ValueError):
    """A parameter is outside what its definition allows."""


class BorderError(AxisError):
    """Nothing of a signal is left once its border is removed.

    Parameters
    ----------
    message
        What is wrong, and the remedy.
    reason
        The reason as a code: "too-short", "infinite-reach", or "lost" where the output has lost the
        axis.
    """

    def __init__(self, message: str, *, reason: str = "too-short") -> None:
        super().__init__(message)
        self.reason = reason


class StrideError(AxisError):
    """A length that a stride does not divide where it has to.

    Parameters
    ----------
    message
        The sentence.
    dim
        The dim.
    excess
        By how many samples the axis is too long, at the stage that detected it.
    """

    dim: str
    excess: int

    def __init__(self, message: str, dim: str = "", excess: int = 0) -> None:
        super().__init__(message)
        self.dim, self.excess = dim, excess


class DtypeError(InvarsigError, TypeError):
    """Values, or what is given as an operator, are of an unsuitable type."""


class FindingError(InvarsigError, AttributeError):
    """A finding that there is not, or that this diagnosis does not hold."""


class MissingError(InvarsigError, ImportError):
    """A package that an optional part needs is not installed."""


class UndecidableError(InvarsigError, ValueError):
    """A question that the protocol cannot answer: its floor lies above the limit."""


class UnexplainedError(InvarsigError, ValueError):
    """Folding does not explain this operator, so whatever depends on folding is undefined."""


class ClusterError(InvarsigError, ConnectionError):
    """A scheduler cannot be reached, or its workers do not fit this process."""


class ReadError(InvarsigError, OSError):
    """A file cannot be read."""


class WriteError(InvarsigError, OSError):
    """A file cannot be written."""


class CacheWarning(UserWarning):
    """Something that would be kept on disk for later has no place there; results are the same."""


class ChunkWarning(UserWarning):
    """Chunks are too small for an operator, and are merged; results are the same."""
