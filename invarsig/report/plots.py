"""The findings of a diagnosis as matplotlib axes: `Diagnosis.plot`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import xarray as xr

from invarsig.errors import DimError, FindingError, ParameterError
from invarsig.report.drawing import TEXT
from invarsig.report.plotted import draw_causes, draw_remedies, draw_verdict
from invarsig.report.reading import AxisReading, InputReading, inputs
from invarsig.report.sections.errors import draw_error
from invarsig.report.sections.spectrum import draw_spectrum
from invarsig.report.split import verdict_split
from invarsig.report.verdict import axis_of_worst
from invarsig.report.wording import off, shortened
from invarsig.suggestions import did_you_mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Plots"]

_FINDINGS = ("verdict", "causes", "error", "spectrum", "remedies")


@dataclass(frozen=True)
class Plots:
    """The findings of a diagnosis, of several inputs the first one's, as matplotlib axes.

    Every method draws on the axes it is given and returns them. Without axes it makes a figure of
    its own, outside of pyplot: nothing is shown and no setting changes. In a notebook
    ``diagnosis.plot.verdict().figure`` shows it, and ``.figure.savefig("verdict.png")`` keeps it.

    Parameters
    ----------
    tree
        As defined in `invarsig.report`.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=32, unit="px", period=32.0), rng=0)
    >>> found = iv.diagnose(iv.Relu() >> iv.Subsample(stride={"x": 2}), x)
    >>> dir(found.plot)
    ['causes', 'error', 'remedies', 'spectrum', 'verdict']
    >>> found.plot.error("x").get_ylabel()
    'error, % of the result'
    """

    tree: xr.DataTree

    def __dir__(self) -> list[str]:
        """List the findings that can be drawn."""
        return list(_FINDINGS)

    def __getattr__(self, name: str) -> NoReturn:
        """Name the findings there are."""
        meant = did_you_mean(name, _FINDINGS)
        raise FindingError(
            f"There is no plot of {name!r}; there are {', '.join(_FINDINGS)}.{meant}"
        )

    def verdict(self, ax: Axes | None = None) -> Axes:
        """Draw the error of every move, in per cent, on the scale of four zones.

        Parameters
        ----------
        ax
            Axes to draw on; by default those of a figure of their own.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        FindingError
            If there is nothing to draw.
        """
        reading = self._input
        return _drawn(ax, lambda axes: draw_verdict(reading, axes), "verdict", "How bad is it?")

    def causes(self, ax: Axes | None = None) -> Axes:
        """Draw what the verdict's error is made of: the causes' shares, stacked over the stages.

        Parameters
        ----------
        ax
            Axes to draw on; by default those of a figure of their own.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        FindingError
            If there is nothing to draw.
        """
        reading = self._input
        title = f"What the error of {off(verdict_split(reading).error)} is made of"
        return _drawn(ax, lambda axes: draw_causes(reading, axes), "causes", title, 2)

    def error(self, dim: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw the error over the size of the move along a dim, measured and predicted.

        Parameters
        ----------
        dim
            Axis; by default the one with the largest error.
        ax
            Axes to draw on; by default those of a figure of their own.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        DimError
            If the diagnosis has no such axis.
        FindingError
            If there is nothing to draw.
        """
        reading = self._axis(dim)

        def draw(axes: Axes) -> bool:
            draw_error(reading, axes)
            return True

        known = np.isfinite(reading.over_shift("measured")).any()
        title = f"Error over the move along {shortened(reading.dim, 20)}, made periodic"
        return _drawn(ax, draw if known else _nothing, "error", title, 2)

    def spectrum(self, dim: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw which detail along a dim is too fine for the output, and where it folds to.

        Parameters
        ----------
        dim
            Axis; by default the one with the largest error.
        ax
            Axes to draw on; by default those of a figure of their own.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        DimError
            If the diagnosis has no such axis.
        FindingError
            If there is nothing to draw.
        """
        reading = self._axis(dim)
        title = f"Detail that folds along {shortened(reading.dim, 20)}"
        return _drawn(ax, lambda axes: draw_spectrum(reading, axes), "spectrum", title)

    def remedies(self, ax: Axes | None = None) -> Axes:
        """Draw the error before and after each remedy, as given, best first.

        Parameters
        ----------
        ax
            Axes to draw on; by default those of a figure of their own.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        FindingError
            If there is nothing to draw.
        """
        reading = self._input
        return _drawn(ax, lambda axes: draw_remedies(reading, axes), "remedies", "What would help")

    @property
    def _input(self) -> InputReading:
        return next(inputs(self.tree))

    def _axis(self, dim: str | None) -> AxisReading:
        """Reading of an axis of the first input that has it."""
        every: dict[str, AxisReading] = {}
        for reading in inputs(self.tree):
            for axis in reading.axes:
                every.setdefault(str(axis.data.attrs["dim"]), axis)
        if dim is None:
            worst = axis_of_worst(self._input)
            if worst is None:
                raise FindingError("The diagnosis has no axis with an error over the move.")
            return worst
        if dim not in every:
            names = ", ".join(map(repr, every)) or "none"
            meant = did_you_mean(dim, every)
            raise DimError(f"The diagnosis has no axis {dim!r}; it has {names}.{meant}")
        return every[dim]


def _nothing(_axes: Axes) -> bool:
    return False


def _drawn(
    ax: Axes | None, draw: Callable[[Axes], bool], finding: str, title: str, columns: int = 3
) -> Axes:
    """Draw on the axes, or on some of their own, under a title that leaves room for a legend."""
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    if ax is not None and not isinstance(ax, Axes):
        raise ParameterError(f"ax is {ax!r}; give matplotlib axes, or nothing for new ones.")
    axes = Figure(figsize=(7.5, 4.8), layout="constrained").add_subplot() if ax is None else ax
    if not draw(axes):
        raise FindingError(
            f"This diagnosis holds nothing to plot of {finding!r}; `summary()` says what it holds."
        )
    lines = max(1, -(-len(axes.get_legend_handles_labels()[1]) // columns))
    if (legend := axes.get_legend()) is not None:
        # The title leaves room for its height, and its width must not narrow the axes.
        legend.set_in_layout(False)
    axes.set_title(title, loc="left", pad=8 + 20 * lines, fontsize=TEXT, fontweight="bold")
    for text in axes.findobj(Text):
        # Names of dims and stages are no formulas.
        text.set_parse_math(False)
    return axes
