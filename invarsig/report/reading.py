"""Reading a node of the tree: what is there, as plain numbers, and NaN where nothing is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.errors import ParameterError
from invarsig.report.limits import ROUND_OFF
from invarsig.report.schema import findings_of_input
from invarsig.report.wording import printable

__all__ = ["WHOLE", "AxisReading", "InputReading", "Reading", "inputs"]

# A shift is a whole multiple of a step where it is off by less than this part of the step.
WHOLE = 1e-6


@dataclass(frozen=True)
class Reading:
    """A node of the contract (see `invarsig.report`), with every absence as NaN or "".

    Parameters
    ----------
    data
        The node's Dataset.
    """

    data: xr.Dataset

    def text(self, name: str) -> str:
        """Attribute as one printable line; "" where it is absent."""
        return printable(self.data.attrs.get(name, ""))

    def lines(self, name: str) -> list[str]:
        """Attribute as printable lines."""
        return _lines(self.data.attrs.get(name, ""))

    def number(self, name: str) -> float:
        """Attribute as a number; NaN where it is absent or none."""
        return _number(self.data.attrs.get(name, math.nan))

    def flag(self, name: str, default: bool = False) -> bool:
        """Attribute that is 1 or 0."""
        value = _number(self.data.attrs.get(name, default))
        return default if math.isnan(value) else bool(value)

    def has(self, *names: str) -> bool:
        """Whether all of these variables are there and hold something finite."""
        return all(
            name in self.data.variables and bool(np.isfinite(self.values(name)).any())
            for name in names
        )

    def values(self, name: str, *dims: str) -> np.ndarray:
        """Variable as real double-precision numbers, its dims in the order that is asked for."""
        variable = self.data[name].variable
        values = variable.transpose(*dims).to_numpy() if dims else variable.to_numpy()
        return np.asarray(values, dtype=np.float64)

    def scalar(self, name: str) -> float:
        """Scalar variable; NaN where it is absent."""
        return float(self.values(name)) if name in self.data.variables else math.nan

    def words(self, name: str) -> list[str]:
        """Variable of texts, each as one printable line."""
        if name not in self.data.variables:
            return []
        return [printable(each) for each in self.data[name].to_numpy().ravel().tolist()]

    def codes(self, name: str) -> list[str]:
        """Variable of texts of several lines, each line printable."""
        if name not in self.data.variables:
            return []
        texts = map(str, self.data[name].to_numpy().ravel().tolist())
        return ["\n".join(map(printable, text.splitlines())) for text in texts]

    def over(self, name: str, dim: str) -> np.ndarray:
        """Variable over one dim; NaN everywhere on it where it is absent."""
        if name not in self.data.variables:
            return np.full(self.data.sizes.get(dim, 0), np.nan)
        return self.values(name)


@dataclass(frozen=True)
class AxisReading(Reading):
    """An axis node of the contract."""

    @classmethod
    def of(cls, node: AxisReading | xr.DataTree | xr.Dataset) -> AxisReading:
        """Read a node, its Dataset, or what has been read already."""
        if isinstance(node, AxisReading):
            return node
        return cls(node.to_dataset() if isinstance(node, xr.DataTree) else node)

    @property
    def dim(self) -> str:
        """Name of the dim, printable."""
        return self.text("dim")

    @property
    def unit(self) -> str:
        """Unit of shifts."""
        return self.text("unit")

    @property
    def only_part(self) -> str:
        """Says that a number is not that of all segments, where there are segments; else ""."""
        return "on the part diagnosed at once" if self.number("segments") > 1 else ""

    @property
    def only_some(self) -> str:
        """Says that a number is of some of the segments, where there are many; else ""."""
        sampled = self.number("segments_sampled")
        if sampled < self.number("segments") + self.number("segments_left_out"):
            return f"on {sampled:.0f} of the segments, evenly spread"
        return ""

    @property
    def frequency_unit(self) -> str:
        """Unit of frequencies."""
        return self.text("frequency_unit")

    @property
    def lost(self) -> bool:
        """Whether the output has lost the axis."""
        return self.flag("lost")

    @property
    def explained(self) -> bool:
        """Whether folding explains the operator."""
        return self.flag("explained", True)

    @property
    def stride(self) -> int:
        """Total stride in samples; 1 where it is not known."""
        value = self.number("stride")
        return int(value) if math.isfinite(value) and value >= 1 else 1

    @property
    def shifts(self) -> np.ndarray:
        """Shifts that were tried, in the axis' unit."""
        if "length" not in self.data.variables:
            return np.empty(0)
        return np.asarray(self.data["length"].to_numpy(), dtype=np.float64)

    def multiples(self, name: str) -> np.ndarray:
        """Which shifts are whole multiples of a length; none, where the length is not known.

        Parameters
        ----------
        name
            Attribute that holds the length: ``step`` or ``out_step``.
        """
        return self._multiples_of(abs(self.number(name)))

    @property
    def whole_step(self) -> float:
        """The shortest shift by which a roll is exact, in the axis' unit: one total stride.

        The output step, unless a rate goes up on the way; NaN where that is not known.
        """
        whole, output = abs(self.number("step")) * self.number("stride"), self.number("out_step")
        return whole if math.isfinite(whole) and math.isfinite(output) else abs(output)

    @property
    def whole_steps(self) -> np.ndarray:
        """Which shifts are whole multiples of one total stride."""
        return self._multiples_of(self.whole_step)

    def _multiples_of(self, length: float) -> np.ndarray:
        if not (math.isfinite(length) and length > 0):
            return np.zeros(self.shifts.shape, dtype=bool)
        places = self.shifts / length
        return np.asarray(np.abs(places - np.rint(places)) <= WHOLE)

    @property
    def blind(self) -> np.ndarray:
        """Shifts by whole total strides that say nothing: any strided pipeline is exact there.

        None where such a shift was found to be no move by whole samples (`explained` is 0, with its
        error), or where there are no output samples to move by (the axis is lost).
        """
        tested = not self.explained and math.isfinite(self.number("explained_error"))
        if self.lost or tested:
            return np.zeros(self.shifts.shape, dtype=bool)
        return self.whole_steps

    def protocol(self, name: str) -> np.ndarray:
        """Errors by the protocol "interior" or "cut"; NaN at shifts that say nothing.

        Between two cuts nothing folds: what they show at whole output steps is the border's.
        """
        values = self.over_shift(name)
        return values if name == "cut" else np.where(self.blind, np.nan, values)

    @property
    def exactly_predicted(self) -> np.ndarray:
        """At which shifts the prediction is exact; all, where nothing is said."""
        exact = self.over_shift("exact")
        return np.where(np.isnan(exact), True, exact != 0)

    @property
    def weights(self) -> np.ndarray:
        """Energy of the error at each shift; 0 where the stages' shares are not known."""
        energy = self.over_shift("measured") ** 2
        if "share" not in self.data.variables:
            return np.zeros(self.shifts.shape)
        known = np.isfinite(self.values("share", "stage", "length")).all(axis=0)
        return np.where(known & np.isfinite(energy), energy, 0.0)

    @property
    def shares(self) -> np.ndarray:
        """Share of each stage in the error's energy over all shifts; empty where it is round-off.

        The mean over the shifts, each weighted by the energy of its error: a shift that is a
        multiple of some inner stride, and so blind to the stages before it, has its part alone.
        """
        weights = self.weights
        if not (np.sqrt(weights) > ROUND_OFF).any():
            return np.empty(0)
        values = np.nan_to_num(self.values("share", "stage", "length"))
        return np.asarray(values @ weights / weights.sum())

    @property
    def stage_numbers(self) -> np.ndarray:
        """Numbers of the stages: they begin later where the axis does."""
        if "stage" in self.data.coords:
            return self.values("stage")
        return np.arange(self.data.sizes.get("stage", 0)) + 1.0

    @property
    def worst(self) -> int:
        """Place of the worst shift among the shifts; the largest error where none is named."""
        named = self.number("worst_shift")
        if self.shifts.size == 0:
            raise ParameterError(f"The axis {self.dim!r} has no shift; nothing was measured on it.")
        if math.isfinite(named):
            return int(np.argmin(np.abs(self.shifts - named)))
        measured = self.over_shift("measured")
        return int(np.nanargmax(measured)) if np.isfinite(measured).any() else 0

    @property
    def worst_shift(self) -> float:
        """The worst shift itself."""
        return float(self.shifts[self.worst])

    def over_shift(self, name: str) -> np.ndarray:
        """Variable over the shifts; NaN at all of them where it is absent."""
        if name not in self.data.variables:
            return np.full(self.shifts.shape, np.nan)
        return np.broadcast_to(self.values(name), self.shifts.shape)

    @property
    def explained_on(self) -> str:
        """What the figures of the axis are of: one that had no ends was not made periodic."""
        closed = "treatment" in self.data.attrs and not self.text("treatment")
        return "the axis, which is periodic" if closed else "the axis made periodic"

    def at_worst(self, name: str) -> float:
        """Variable at the worst shift; NaN where it is absent."""
        return float(self.over_shift(name)[self.worst])

    def over_stage(self, name: str) -> np.ndarray:
        """Variable over the stages; NaN at all of them where it is absent."""
        return self.over(name, "stage")


@dataclass(frozen=True)
class InputReading(Reading):
    """An input node: what was found of the pipeline as given, and its axes.

    Parameters
    ----------
    axes
        Its axis nodes, in their order.
    """

    axes: tuple[AxisReading, ...] = ()

    @property
    def name(self) -> str:
        """Name of the input."""
        return self.text("name") or "unnamed input"

    @property
    def part(self) -> str:
        """Which part of the input was judged as given; "" where that is all of it."""
        return self.text("part")

    @property
    def notes(self) -> list[str]:
        """Notes on the input, line by line."""
        return self.lines("notes")


def inputs(tree: xr.DataTree) -> Iterator[InputReading]:
    """Go through the inputs of a tree, with their axes.

    Parameters
    ----------
    tree
        As defined in `invarsig.report`.

    Yields
    ------
    InputReading
    """
    for node in tree.children.values():
        axes = tuple(AxisReading.of(axis) for axis in node.children.values())
        yield InputReading(findings_of_input(node), axes)


def _lines(text: object) -> list[str]:
    return [printable(line.strip()) for line in str(text).splitlines() if line.strip()]


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan
