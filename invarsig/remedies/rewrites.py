"""Rewrites: what could stand in the place of a stage, and why that would help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig.axes import Axes, axis_of
from invarsig.kernels.interpolation import is_whole
from invarsig.operators import (
    BlurPool,
    Filtered,
    KaiserDecimate,
    Modulus,
    Operator,
    Pipeline,
    PolyphasePool,
    SpectralPool,
    Square,
)
from invarsig.operators.base import stages_of
from invarsig.operators.linear_filter import LinearFilter
from invarsig.operators.pointwise.pointwise import Pointwise
from invarsig.operators.pooling.window_pool import WindowPool

__all__ = ["Rewrite", "rewrites"]

_RING = "it reaches over the whole axis: exact on periodic axes only"


@dataclass(frozen=True)
class Rewrite:
    """A pipeline with one stage changed.

    Parameters
    ----------
    name
        What is changed, in a few words.
    pipeline
        The pipeline with the change.
    reason
        Why it helps, and where it is exact.
    place
        Which stage is changed, counted from 0.
    strides
        Strides of that stage afterwards, along the dims that are moved along; None where the
        change is more than a low-pass and a stride.
    low_pass
        What stands between the stage's dense form and its stride.
    aligned
        Whether the result is compared after whole-sample alignment.
    """

    name: str
    pipeline: Operator
    reason: str
    place: int
    strides: Mapping[str, int] | None = None
    low_pass: LinearFilter | None = None
    aligned: bool = False


@dataclass(frozen=True)
class _Stage:
    """One stage of a pipeline, and what it meets."""

    stages: tuple[Operator, ...]
    place: int
    x: xr.DataArray
    y: xr.DataArray
    dims: tuple[str, ...]
    batch: tuple[str, ...]

    @property
    def op(self) -> Operator:
        return self.stages[self.place]

    @property
    def strides(self) -> dict[str, int]:
        """Strides above 1 along the dims that are moved along."""
        plan = self.op.plan(Axes.of(self.x))
        return {dim: by for dim, by in plan.stride.items() if by > 1 and dim in self.dims}

    def with_parts(self, *parts: Operator, instead_of: int = 1) -> Operator:
        """The pipeline with other operators in the place of this stage, and of some after it."""
        return Pipeline(
            (*self.stages[: self.place], *parts, *self.stages[self.place + instead_of :])
        )


def rewrites(
    op: Operator, x: xr.DataArray, dims: Sequence[str], *, whole: bool
) -> Iterator[Rewrite]:
    """Go through the changes that could lessen the error of moves along some dims.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labelled array.
    dims
        Dims that are moved along.
    whole
        Whether all moves are by whole samples of `x`: then alignment by whole samples closes the
        square of a polyphase pool, and filtered nonlinearities gain nothing before a stride.
    """
    stages, batch = stages_of(op), tuple(str(dim) for dim in x.dims)
    for place, stage in enumerate(stages):
        y = stage(x)
        here = _Stage(stages, place, x, y, tuple(dims), batch)
        if here.strides:
            yield from _smaller_strides(here)
            if y.dtype.kind == "c":
                yield from _behind_the_modulus(here)
            elif not stage.front_end:
                yield from _low_passes(here)
                yield from _wider_windows(here)
                if whole:
                    yield from _polyphase(here)
        else:
            yield from _filtered(here)
        x = y


def _smaller_strides(here: _Stage) -> Iterator[Rewrite]:
    """Half the stride, and for a front end a quarter of its hop."""
    what = "hop" if here.op.front_end else "stride"
    for divisor in (2, 4) if here.op.front_end else (2,):
        if any(by % divisor for by in here.strides.values()):
            continue
        strides = {dim: by // divisor for dim, by in here.strides.items()}
        finer = here.op.restrided(strides)
        part = {2: "half", 4: "a quarter of"}[divisor]
        if finer is not None:
            yield Rewrite(
                f"{part} the {what} of {here.op}",
                here.with_parts(finer),
                "fewer frequencies fold, and the output is larger",
                here.place,
                strides,
            )


def _low_passes(here: _Stage) -> Iterator[Rewrite]:
    """A blur, a steep filter and an ideal one between the dense form and the stride."""
    dense = here.op.restrided(dict.fromkeys(here.strides, 1))
    if dense is None:
        return
    strides = here.strides
    blurs = [
        (f"{taps}-tap blur", BlurPool(taps=taps, stride=strides)) for taps in (2, 3, 4, 5, 6, 7)
    ]
    kaiser = KaiserDecimate(stride=strides, stopband=-60.0, transition=0.5)
    choices: list[tuple[str, Operator, str]] = [
        (name, blur, "the blur damps what would fold, and some of what would not")
        for name, blur in blurs
    ]
    choices.append(
        (
            "Kaiser low-pass of -60 dB",
            kaiser,
            "it stops what would fold, and passes the lower half of the band",
        )
    )
    choices.append(
        ("ideal low-pass", SpectralPool(stride=strides), f"nothing folds at this stage; {_RING}")
    )
    for name, low_pass, reason in choices:
        yield Rewrite(
            f"{name} before the stride of {here.op}",
            here.with_parts(dense, low_pass),
            reason,
            here.place,
            strides,
            low_pass if isinstance(low_pass, LinearFilter) else None,
        )


def _wider_windows(here: _Stage) -> Iterator[Rewrite]:
    """Windows of a pool twice as wide, at the same stride."""
    if not isinstance(here.op, WindowPool):
        return
    strides = {dim: here.op.plan(Axes.of(here.x)).stride[dim] for dim in here.op.window}
    window = {
        dim: 2 * size if dim in here.strides else size for dim, size in here.op.window.items()
    }
    yield Rewrite(
        f"windows twice as wide in {here.op}",
        here.with_parts(replace(here.op, window=window, stride=strides, padding=None)),
        "wider windows change less from place to place, and see less detail",
        here.place,
    )


def _polyphase(here: _Stage) -> Iterator[Rewrite]:
    """Choose the samples that are kept by the signal itself."""
    dense = here.op.restrided(dict.fromkeys(here.strides, 1))
    if dense is None:
        return
    # Features of one input share a phase; inputs of a batch do not.
    shared = [str(dim) for dim in here.y.dims if dim not in here.batch or dim == "channel"]
    over = tuple(dim for dim in shared if dim not in here.strides)
    yield Rewrite(
        f"polyphase selection in place of the stride of {here.op}",
        here.with_parts(dense, PolyphasePool(stride=here.strides, over=over)),
        "the samples with the largest norm are kept wherever they stand: exact for whole samples, "
        "up to alignment by whole samples of the output, on periodic axes",
        here.place,
        aligned=True,
    )


def _behind_the_modulus(here: _Stage) -> Iterator[Rewrite]:
    """Stride the envelopes of a complex bank and not its waves."""
    after = here.stages[here.place + 1] if here.place + 1 < len(here.stages) else None
    dense = here.op.restrided(dict.fromkeys(here.strides, 1))
    if dense is None or not isinstance(after, (Modulus, Square)):
        return
    for taps in (1, 5):
        blur = f" and a {taps}-tap blur" if taps > 1 else ""
        yield Rewrite(
            f"the stride of {here.op} moved behind {after}{blur}",
            here.with_parts(dense, after, BlurPool(taps=taps, stride=here.strides), instead_of=2),
            "the modulus is taken before anything folds, and its envelope is slower than the wave",
            here.place,
        )


def _filtered(here: _Stage) -> Iterator[Rewrite]:
    """A nonlinearity at twice the sampling rate, between filters."""
    there = tuple(dim for dim in here.dims if dim in here.x.dims)
    nonlinear = isinstance(here.op, Pointwise) and not here.op.linear and here.x.dtype.kind != "c"
    if nonlinear and there and all(axis_of(here.x, dim).periodic for dim in there):
        yield Rewrite(
            f"{here.op} at twice the sampling rate, filtered",
            here.with_parts(Filtered(here.op, there, up=2)),
            f"most of the frequencies that it makes are taken out before they fold; {_RING}",
            here.place,
        )


def whole_moves(x: xr.DataArray, moves: Sequence[object]) -> bool:
    """Whether all moves are by whole samples of `x`."""
    return all(
        is_whole(shift / axis_of(x, dim).step)
        for move in moves
        for dim, shift in move.shifts.items()  # type: ignore[attr-defined]
    )


def lost_band(low_pass: LinearFilter | None, x: xr.DataArray, strides: Mapping[str, int]) -> float:
    """Share of the band below the new Nyquist frequency that a low-pass takes away.

    The mean over that band of ``1 - |G|²``, in the dim where it is largest.
    """
    if low_pass is None:
        return 0.0
    lost = []
    for dim, stride in strides.items():
        axes = Axes.of(x)
        bins = [
            np.linspace(-0.5 / stride, 0.5 / stride, 129)[1:-1] if name == dim else np.zeros(1)
            for name in low_pass.dims
        ]
        power = np.abs(low_pass._response(axes, bins)) ** 2
        lost.append(float(1 - np.clip(power, 0, 1).mean()))
    return max(lost, default=0.0)
