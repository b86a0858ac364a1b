"""Rewrites: what could stand in the place of a stage, and why that would help."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axes, axis_of, fields_of
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
from invarsig.operators.pipeline import Dense
from invarsig.operators.pointwise.pointwise import Pointwise
from invarsig.operators.pooling.window_pool import WindowPool
from invarsig.operators.strides import decimating
from invarsig.operators.windows import BoundaryChoice
from invarsig.remedies.borders import boundary_beside

__all__ = ["Rewrite", "rewrites"]

_WRAPS = "it reaches over the whole axis: exact on periodic axes only"


@dataclass(frozen=True)
class Rewrite:
    """A pipeline with one stage changed.

    Parameters
    ----------
    name
        What is changed, in a few words.
    what
        What to do, as an imperative that the number of the stage follows.
    pipeline
        The pipeline with the change.
    reason
        Why it helps, and where it is exact.
    place
        Which stage is changed, counted from 0.
    parts, instead_of
        How many stages stand there now, and how many stood there before.
    low_pass
        What stands between the stage's dense form and its stride.
    lost
        Share of the band below the new Nyquist frequency that is damped; NaN where not known.
    strides
        Strides of the stage afterwards, along the dims that are moved along; None where the
        change is more than a low-pass and a stride.
    aligned
        Whether the result is compared after whole-sample alignment.
    leads_on
        Whether it is tried behind another change as well.
    """

    name: str
    what: str
    pipeline: Operator
    reason: str
    place: int
    parts: int = 1
    instead_of: int = 1
    low_pass: LinearFilter | None = None
    lost: float = 0.0
    strides: Mapping[str, int] | None = None
    aligned: bool = False
    leads_on: bool = True


@dataclass(frozen=True)
class _Stage:
    """One stage of a pipeline, and what it meets."""

    stages: tuple[Operator, ...]
    place: int
    x: xr.DataArray
    y: xr.DataArray
    dims: tuple[str, ...]
    given: tuple[str, ...]

    @property
    def op(self) -> Operator:
        return self.stages[self.place]

    @property
    def strides(self) -> dict[str, int]:
        """Strides above 1 along the dims that are moved along."""
        strides = decimating(self.op.plan(Axes.of(self.x)).stride)
        return {dim: by for dim, by in strides.items() if dim in self.dims}

    def dense(self) -> Operator | None:
        """The stage without its strides; None where there is no such form on these axes."""
        return self.restrided(dict.fromkeys(self.strides, 1))

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """The stage with other strides; recursion over components needs axes that wrap."""
        found = self.op.restrided(strides)
        if found is None or (_recurses(found) and not self.wraps(self.op)):
            return None
        return found

    def with_hop(self, divisor: int, strides: Mapping[str, int]) -> Operator | None:
        """A front end made of stages, with a part of its hop; None where it is not told a hop.

        That is how it would be written; recursion over components would need axes that wrap.
        """
        hop = getattr(self.op, "hop", None)
        if hop is None or not _recurses(self.op.restrided(strides)):
            return None
        finer: Operator = replace(self.op, hop=hop / divisor)  # type: ignore[type-var]
        plan = finer.plan(Axes.of(self.x))
        same = all(plan.stride.get(dim) == by for dim, by in strides.items())
        return finer if same else None

    def wraps(self, op: Operator) -> bool:
        """Whether all axes that are strided along wrap, before an operator and behind it."""
        before = Axes.of(self.x)
        after = op.plan(before).after(before)
        return all(before[dim].periodic and after[dim].periodic for dim in self.strides)

    def boundary(self) -> BoundaryChoice:
        """Boundary of a new stage beside this one."""
        return boundary_beside(self.stages, self.place, Axes.of(self.x), list(self.strides))

    def rewritten(
        self, name: str, what: str, reason: str, *parts: Operator, instead_of: int = 1, **more: Any
    ) -> Rewrite:
        """The pipeline with other operators in the place of this stage, and of some after it."""
        after = self.stages[self.place + instead_of :]
        pipeline = Pipeline((*self.stages[: self.place], *parts, *after))
        return Rewrite(
            name, what, pipeline, reason, self.place, len(parts), instead_of=instead_of, **more
        )


def rewrites(
    op: Operator,
    met: Sequence[xr.DataArray],
    dims: Sequence[str],
    *,
    whole: bool,
    leave: Collection[int] = (),
) -> Iterator[Rewrite]:
    """Go through the changes that could lessen the error of moves along some dims.

    A stage that is changed keeps its boundary, and new stages take one as `boundary_beside` says.
    What reaches over a whole axis (an ideal low-pass, polyphase selection, a filtered nonlinearity)
    is offered only where the axes wrap.

    Parameters
    ----------
    op
        Operator or pipeline.
    met
        What each stage is given, and last what comes out.
    dims
        Dims that are moved along.
    whole
        Whether all moves are by whole samples: then alignment by whole samples closes the square of
        a polyphase pool, and filtered nonlinearities gain nothing before a stride.
    leave
        Places of stages that are left as they are.
    """
    stages, given = stages_of(op), tuple(str(dim) for dim in met[0].dims)
    for place, stage in enumerate(stages):
        if place in leave:
            continue
        here = _Stage(stages, place, met[place], met[place + 1], tuple(dims), given)
        if here.strides:
            yield from _smaller_strides(here)
            if here.y.dtype.kind == "c":
                yield from _behind_the_modulus(here)
            elif not stage.front_end:
                yield from _low_passes(here)
                yield from _wider_windows(here)
                if whole:
                    yield from _polyphase(here)
        else:
            yield from _filtered(here)


def _smaller_strides(here: _Stage) -> Iterator[Rewrite]:
    """Half the stride, and for a front end a quarter of its hop."""
    noun = "hop" if here.op.front_end else "stride"
    for divisor in (2, 4) if here.op.front_end else (2,):
        if any(by % divisor for by in here.strides.values()):
            continue
        strides = {dim: by // divisor for dim, by in here.strides.items()}
        finer = here.with_hop(divisor, strides) or here.restrided(strides)
        part, verb = {2: ("half", "halve"), 4: ("a quarter of", "quarter")}[divisor]
        if finer is not None:
            yield here.rewritten(
                f"{part} the {noun} of {here.op}",
                f"{verb} the {noun} of",
                "fewer frequencies fold, and the output is larger",
                finer,
                strides=strides,
            )


def _low_passes(here: _Stage) -> Iterator[Rewrite]:
    """A blur, a steep filter and an ideal one between the dense form and the stride."""
    dense = here.dense()
    if dense is None:
        return
    strides, boundary = here.strides, here.boundary()
    damps = "the blur damps what would fold, and some of what would not"
    choices: list[tuple[str, LinearFilter, str]] = [
        (f"{taps}-tap blur", BlurPool(taps=taps, stride=strides, boundary=boundary), damps)
        for taps in (2, 3, 4, 5, 6, 7)
    ]
    kaiser = KaiserDecimate(stride=strides, stopband=-60.0, transition=0.5, boundary=boundary)
    stops = "it stops what would fold, and passes the lower half of the band"
    choices.append(("Kaiser low-pass of -60 dB", kaiser, stops))
    if here.wraps(dense):
        ideal = SpectralPool(stride=strides)
        choices.append(("ideal low-pass", ideal, f"nothing folds at this stage; {_WRAPS}"))
    for name, low_pass, reason in choices:
        article = "an" if name.startswith("ideal") else "a"
        yield here.rewritten(
            f"{name} before the stride of {here.op}",
            f"put {article} {name.removesuffix(' of -60 dB')} before the stride of",
            reason,
            dense,
            low_pass,
            low_pass=low_pass,
            lost=_lost_band(low_pass, Axes.of(here.x), strides),
            strides=strides,
            leads_on=name[0] not in "246",
        )


def _wider_windows(here: _Stage) -> Iterator[Rewrite]:
    """Windows of a pool twice as wide, at the same stride."""
    if not isinstance(here.op, WindowPool):
        return
    axes = Axes.of(here.x)
    strides = {**dict.fromkeys(here.op.window, 1), **decimating(here.op.plan(axes).stride)}
    window = {
        dim: 2 * size if dim in here.strides else size for dim, size in here.op.window.items()
    }
    wide = replace(here.op, window=window, stride=strides, padding=None)
    if here.op.boundary is None:
        # Where it was given none, it may pad if that keeps the size.
        padding = {dim: "reflect" for dim in window if not axes[dim].periodic}
        padded = replace(wide, boundary=padding or None)
        own, new = ([axis.size for axis in op.plan(axes).out_axes] for op in (here.op, padded))
        wide = padded if own == new else wide
    yield here.rewritten(
        f"windows twice as wide in {here.op}",
        "double the windows of",
        "wider windows change less from place to place, and see less detail",
        wide,
        lost=np.nan,
        leads_on=False,
    )


def _polyphase(here: _Stage) -> Iterator[Rewrite]:
    """Choose the samples that are kept by the signal itself: one choice for all that is one signal.

    Rows of a picture that chose for themselves would tear it.
    """
    dense = here.dense()
    if dense is None or not here.wraps(dense):
        return
    axes = Axes.of(here.y)
    # Only what has no coordinate and was there from the start is a batch: its items do not share.
    joint = [
        str(dim)
        for dim in here.y.dims
        if dim not in here.given
        or dim == "channel"
        or (dim in here.y.coords and axes.placed(str(dim)))
    ]
    over = tuple(dim for dim in joint if dim not in here.strides)
    yield here.rewritten(
        f"polyphase selection in place of the stride of {here.op}",
        "select samples by norm at the stride of",
        "the samples with the largest norm are kept wherever they stand: exact for whole samples, "
        "up to alignment by whole samples of the output, on periodic axes",
        dense,
        PolyphasePool(stride=here.strides, over=over),
        aligned=True,
    )


def _behind_the_modulus(here: _Stage) -> Iterator[Rewrite]:
    """Stride the envelopes of a complex bank and not its waves."""
    after = here.stages[here.place + 1] if here.place + 1 < len(here.stages) else None
    dense = here.dense()
    if dense is None or not isinstance(after, (Modulus, Square)):
        return
    for taps in (1, 5):
        blur = f" and a {taps}-tap blur" if taps > 1 else ""
        pool = BlurPool(taps=taps, stride=here.strides, boundary=here.boundary())
        yield here.rewritten(
            f"the stride of {here.op} moved behind {after}{blur}",
            f"put {type(after).__name__.lower()}{' and blur' if blur else ''} before the stride of",
            "the modulus is taken before anything folds, and its envelope is slower than the wave",
            dense,
            after,
            pool,
            instead_of=2,
            lost=_lost_band(pool, Axes.of(here.x), here.strides),
        )


def _filtered(here: _Stage) -> Iterator[Rewrite]:
    """A nonlinearity at twice the sampling rate, between filters."""
    there = tuple(dim for dim in here.dims if dim in here.x.dims)
    nonlinear = isinstance(here.op, Pointwise) and not here.op.linear and here.x.dtype.kind != "c"
    if nonlinear and there and all(axis_of(here.x, dim).periodic for dim in there):
        yield here.rewritten(
            f"{here.op} at twice the sampling rate, filtered",
            "double the sampling rate, between filters, of",
            f"most of the frequencies that it makes are taken out before they fold; {_WRAPS}",
            Filtered(here.op, there, up=2),
        )


def _recurses(op: object) -> bool:
    """Whether an operator holds the polyphase recursion of another."""
    if isinstance(op, Dense):
        return True
    if isinstance(op, Mapping):
        return any(map(_recurses, op.values()))
    if isinstance(op, tuple):
        return any(map(_recurses, op))
    return isinstance(op, Operator) and any(
        _recurses(getattr(op, each.name)) for each in fields_of(op)
    )


def _lost_band(low_pass: LinearFilter, axes: Axes, strides: Mapping[str, int]) -> float:
    """Share of the band below the new Nyquist frequency that a low-pass takes away.

    The mean over that band of ``1 - |G|²``, in the dim where it is largest.
    """
    lost = []
    for dim, stride in strides.items():
        bins = [
            np.linspace(-0.5 / stride, 0.5 / stride, 129)[1:-1] if name == dim else np.zeros(1)
            for name in low_pass.dims
        ]
        power = np.abs(low_pass._response(axes, bins)) ** 2
        lost.append(float(1 - np.clip(power, 0, 1).mean()))
    return max(lost, default=0.0)
