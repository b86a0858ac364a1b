"""Rewrites: what could stand in the place of a stage, and why that would help."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from invarsig.axes import Axes, axis_of
from invarsig.operators import (
    BlurPool,
    Filtered,
    Graph,
    Join,
    KaiserDecimate,
    Modulus,
    Operator,
    PolyphasePool,
    SpectralPool,
    Square,
)
from invarsig.operators.linear_filter import LinearFilter
from invarsig.operators.pointwise.pointwise import Pointwise
from invarsig.operators.pooling.window_pool import WindowPool
from invarsig.operators.strides import decimating
from invarsig.remedies.course import Course
from invarsig.remedies.on_ring import OnRing
from invarsig.remedies.padding import repadded
from invarsig.remedies.rewrite import Refused, Rewrite, Spot
from invarsig.remedies.rewrites_of_graphs import (
    dilations,
    interpolations,
    is_activation,
    lowered,
    selections,
)

__all__ = ["rewrites"]

_WRAPS = "it reaches over the whole axis: exact on periodic axes only"


def rewrites(
    op: Operator,
    met: Sequence[xr.DataArray | None],
    dims: Sequence[str],
    *,
    whole: bool,
    leave: Collection[int] = (),
    only: Collection[int] | None = None,
) -> Iterator[Rewrite | Refused]:
    """Go through the changes that could lessen the error of moves along some dims.

    A stage that is changed keeps its boundary, and new stages take one as `boundary_beside` says.
    What reaches over a whole axis (an ideal low-pass, polyphase selection, a filtered nonlinearity)
    is offered only where the axes wrap; in a graph also where they end, whose ends are then taken
    to meet. In a graph a smaller stride dilates what comes after, and branches that meet select the
    same samples.

    Parameters
    ----------
    op
        Operator, pipeline or graph.
    met
        The input, and what each stage or node gives; None for what is not needed at `only`.
    dims
        Dims that are moved along.
    whole
        Whether all moves are by whole samples: then alignment by whole samples closes the square of
        a polyphase pool, and filtered nonlinearities gain nothing before a stride.
    leave
        Places of stages that are left as they are.
    only
        Places that are tried; None for all.
    """
    found: set[tuple[int, str]] = set()
    for each in _every(op, met, dims, whole=whole, leave=leave, only=only):
        if isinstance(each, Rewrite):
            # Branches that meet are changed together, whichever of them it is tried at.
            if (each.place, each.name) in found:
                continue
            found.add((each.place, each.name))
        yield each


def _every(
    op: Operator,
    met: Sequence[xr.DataArray | None],
    dims: Sequence[str],
    *,
    whole: bool,
    leave: Collection[int],
    only: Collection[int] | None,
) -> Iterator[Rewrite | Refused]:
    """All changes; of branches that meet, the same from each of them."""
    course, there = Course.of(op), met[0]
    assert there is not None
    given = tuple(str(dim) for dim in there.dims)
    for place, node in enumerate(course.nodes):
        if place in leave or isinstance(node.op, Join) or (only is not None and place not in only):
            continue
        x, y = met[course.inputs[place][0]], met[place + 1]
        assert x is not None
        assert y is not None
        here = Spot(course, place, x, y, tuple(dims), given, Axes.of(there))
        if here.strides:
            offered = list(_at_a_stride(here, whole=whole))
            yield from offered
            if not here.in_graph and not any(isinstance(each, Rewrite) for each in offered):
                yield Refused("change the stride of", here.place, _why_fixed(here))
        else:
            yield from interpolations(here)
            yield from _filtered(here)
    if isinstance(op, Graph):
        wraps = all(axis_of(there, dim).periodic for dim in dims if dim in there.dims)
        yield from _repadded(op, Axes.of(there), wraps)


def _at_a_stride(here: Spot, *, whole: bool) -> Iterator[Rewrite | Refused]:
    """Changes to a stage that strides."""
    front_end = here.op.front_end
    if here.in_graph and not front_end:
        yield from dilations(here)
    else:
        yield from _smaller_strides(here)
    if here.y.dtype.kind == "c":
        yield from _behind_the_modulus(here)
    elif not front_end:
        yield from _low_passes(here)
        yield from _wider_windows(here)
        if whole:
            yield from selections(here) if here.in_graph else _polyphase(here)


def _why_fixed(here: Spot) -> str:
    """Why a stage that strides keeps its stride, and has no form without it."""
    if callable(getattr(here.op, "function", None)):
        return (
            "how a function runs with another one is not known; change it there, and diagnose it "
            "again"
        )
    return "it has no form with another stride on these axes"


def _repadded(op: Graph, axes: Axes, wraps: bool) -> Iterator[Rewrite]:
    """Another padding, at all nodes that pad.

    On an axis that ends, padding that wraps suits a signal that is rolled, and no other: there only
    two real cuts can tell, which `invarsig.diagnose` compares.
    """
    for each in repadded(op, axes):
        if each.boundary == "periodic" and not wraps:
            continue
        how = "drop the padding" if each.boundary == "valid" else f"pad by {each.boundary}"
        yield Rewrite(
            f"{each.boundary} borders at {each.where}",
            f"{how} at {each.where}",
            each.pipeline,
            each.reason,
            0,
            leads_on=False,
            everywhere=True,
        )


def _smaller_strides(here: Spot) -> Iterator[Rewrite]:
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


def _low_passes(here: Spot) -> Iterator[Rewrite | Refused]:
    """A blur, a steep filter and an ideal one between the dense form and the stride."""
    dense = here.dense()
    if here.in_graph and (dense is None or not lowered(here, dense)):
        what, why = "put a low-pass before the stride of", "it has no form without its stride"
        yield Refused(what, here.place, why + (" that gives the same samples" if dense else ""))
        return
    if dense is None:
        return
    strides, boundary = here.strides, here.boundary()
    damps = "the blur damps what would fold, and some of what would not"
    choices: list[tuple[str, LinearFilter, str]] = [
        (f"{taps}-tap blur", BlurPool(taps=taps, stride=strides, boundary=boundary), damps)
        # Even ones move the grid by half a sample, and in a graph other branches would not.
        for taps in ((3, 5, 7) if here.in_graph else (2, 3, 4, 5, 6, 7))
    ]
    kaiser = KaiserDecimate(stride=strides, stopband=-60.0, transition=0.5, boundary=boundary)
    stops = "it stops what would fold, and passes the lower half of the band"
    choices.append(("Kaiser low-pass of -60 dB", kaiser, stops))
    wraps = here.wraps(dense)
    if wraps or here.in_graph:
        ideal = SpectralPool(stride=strides)
        why = _WRAPS if wraps else "the two ends of the axis are taken to meet"
        choices.append(("ideal low-pass", ideal, f"nothing folds at this stage; {why}"))
    for name, low_pass, reason in choices:
        article = "an" if name.startswith("ideal") else "a"
        on_ring = isinstance(low_pass, SpectralPool) and not wraps
        yield here.rewritten(
            f"{name} before the stride of {here.op}",
            f"put {article} {name.removesuffix(' of -60 dB')} before the stride of",
            reason,
            dense,
            OnRing(low_pass, strides) if on_ring else low_pass,
            low_pass=None if on_ring else low_pass,
            lost=0.0 if on_ring else _lost_band(low_pass, Axes.of(here.x), strides),
            strides=strides,
            leads_on=name[0] not in "246",
        )


def _wider_windows(here: Spot) -> Iterator[Rewrite]:
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


def _polyphase(here: Spot) -> Iterator[Rewrite]:
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


def _behind_the_modulus(here: Spot) -> Iterator[Rewrite]:
    """Stride the envelopes of a complex bank and not its waves."""
    after, dense = here.following, here.dense()
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


def _filtered(here: Spot) -> Iterator[Rewrite]:
    """A nonlinearity at twice the sampling rate, between filters."""
    there = tuple(dim for dim in here.dims if dim in here.x.dims)
    known = isinstance(here.op, Pointwise) and not here.op.linear
    nonlinear = known or (here.in_graph and is_activation(here, there))
    wraps = all(axis_of(here.x, dim).periodic for dim in there)
    if nonlinear and there and here.x.dtype.kind != "c" and (wraps or here.in_graph):
        filtered: Operator = Filtered(here.op, there, up=2)
        why = _WRAPS if wraps else "the two ends of the axis are taken to meet"
        yield here.rewritten(
            f"{here.op} at twice the sampling rate, filtered",
            "double the sampling rate, between filters, of",
            f"most of the frequencies that it makes are taken out before they fold; {why}",
            filtered if wraps else OnRing(filtered, dict.fromkeys(there, 1)),
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
