"""One input of a command on the way from its file to what measures it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from invarsig.cli.inputs import Input

if TYPE_CHECKING:
    import xarray as xr

    from invarsig.cli.sources import Source
    from invarsig.cli.subject import Subject
    from invarsig.cli.told import Told
    from invarsig.operators import Operator

__all__ = ["Measured"]


@dataclass
class Measured:
    """An input, read for what measures it; what was made of its channels is told.

    Parameters
    ----------
    told, subject, source
        What is told to, what measures, and the input.
    """

    told: Told
    subject: Subject
    source: Source
    _input: Input | None = field(default=None, init=False)
    _built: bool = field(default=False, init=False)

    @property
    def input(self) -> Input:
        """The input, once it is read."""
        if self._input is None:
            self._input = self.subject.read(self.source.path)
        return self._input

    def read(self) -> tuple[Operator, xr.DataArray]:
        """The pipeline, and the signal."""
        read = self.input
        self.told.note(read.note)
        op = self.subject.operator(read)
        self._built = True
        sizes = ", ".join(f"{dim}: {size}" for dim, size in read.x.sizes.items())
        self.told.detail(f"{self.source.shown}: {sizes}, {read.x.dtype}, through {op}.")
        return op, read.x

    def read_whole(self) -> tuple[Operator, xr.DataArray]:
        """The pipeline, and the signal in memory: for what measures all of it at once."""
        op, _ = self.read()
        self._input = self.input.in_memory()
        return op, self._input.x

    def hint(self, error: Exception, *, whole: bool = True) -> str:
        """What on the command line helps."""
        x = None if self._input is None else self._input.x
        return self.subject.hint(error, x, whole=whole, built=self._built)
