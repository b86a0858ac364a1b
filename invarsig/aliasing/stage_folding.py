"""Folding stage by stage: what each strided stage of a pipeline folds of its input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.aliasing.folding import fold, folded_share
from invarsig.aliasing.frequency_classes import check_threshold, classes_of
from invarsig.aliasing.lift import folding_explains, has_lift, lift, total_stride
from invarsig.aliasing.shifts import grid_of
from invarsig.axes import Axes, axis_of, center_of, nearest_periodic, require_dims
from invarsig.errors import AxisError
from invarsig.measures.norms import centered, energy
from invarsig.operators import Operator
from invarsig.operators.base import require_operator, stages_of
from invarsig.operators.leaves import tree_of
from invarsig.operators.pipeline import told
from invarsig.operators.strides import decimating

__all__ = ["fold_stages"]


@dataclass(frozen=True)
class _Strided:
    """A strided stage, and its actual input and output features."""

    number: int
    stage: Operator
    before: xr.DataArray
    after: xr.DataArray


def fold_stages(
    op: Operator, x: xr.DataArray, dim: str, *, threshold: float = -20.0
) -> xr.DataTree:
    """Split the output of each strided stage of a pipeline by the images that fold at that stage.

    A stage of stride s is given features ``z``, on the grid that the stages before it have left.
    Its own lift ``Z[s j + k] = f(T_-k z)[j]`` stands on that grid, and the stage is its lift,
    subsampled: what folds there is `fold` of Z by s, and its energy is exactly the orbit variance
    of the stage on z, for nonlinear stages too. Of a front end the lift stands on a grid of about
    an eighth of its hop, as for `orbit`.

    What an earlier stage has folded is part of z: later it stands in image 0. So energies of
    several stages do not add up to that of the whole pipeline's lift, whose folding is all measured
    on the input's grid. Where the last stage alone strides, and those before it commute with whole
    samples, the two are one. Image numbers and frequencies of complex channels count from their
    center.

    *Blind to* what stages without a stride do: a nonlinearity folds at its own sampling rate.

    Parameters
    ----------
    op
        Pipeline; any other operator is one stage.
    x
        Labeled array, periodic along `dim`.
    dim
        The axis that is decimated; stages after the one that loses it are left out.
    threshold
        In dB relative to the strongest bin of a stage, below 0: which bins pass, as for
        `frequency_classes`.

    Returns
    -------
    xarray.DataTree
        For each stage that strides along `dim` a node ``stage_2``, counted from 1, with the stage's
        text, its ``stride``, the ``divisor`` of its grid, the ``threshold``, and whether its
        frequencies count from the centers of complex channels (``about_center``) as attributes.
        ``power`` over "image", ``{dim}_frequency`` (the frequencies of that stage's output in
        cycles per unit) and the other dims; ``image_energy`` over "image"; ``folded_share`` over
        ``{dim}_frequency``; ``folded_energy``, all images but 0; ``output_energy``, that of the
        stage's output without its mean; ``frequency_class``, ``frequency_share`` and
        ``power_share`` as `frequency_classes` has them. The attribute ``explained`` is False for a
        stage that is not shift-invariant: for such a stage there are no spectra, since its error
        has another cause. A "/" in the name of a dim becomes "_" in the nodes.

    Raises
    ------
    AxisError
        If the axis is not periodic, or a stage does not wrap.
    ParameterError
        If the threshold is not below 0.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> wave = np.cos(2 * np.pi * 200 * np.arange(1000) / 1000)
    >>> x = iv.label(wave, iv.Axis("time", step=0.001, unit="s", period=1.0))
    >>> halves = iv.Subsample(stride={"time": 2}) >> iv.Subsample(stride={"time": 2})
    >>> found = iv.aliasing.fold_stages(halves, x, "time")
    >>> [float(found[name].folded_energy.round(6)) for name in ("stage_1", "stage_2")]
    [0.0, 125.0]
    >>> folded = found["stage_2"].power.sel(image=1)  # 200 Hz at a rate of 250 Hz
    >>> float(folded.idxmax("time_frequency"))
    -50.0

    References
    ----------
    Vaidyanathan (1993), Multirate systems and filter banks, chapter 4.
    """
    require_operator(op)
    op = op.on(x)
    check_threshold(threshold)
    require_dims(x, [dim], "fold_stages")
    if not axis_of(x, dim).periodic:
        raise AxisError(nearest_periodic(axis_of(x, dim)))
    found = spectra_of_stages(op, x, dim, threshold=threshold)
    return tree_of({f"stage_{number}": data for number, data in found.items()}, dim=dim)


def spectra_of_stages(
    op: Operator, x: xr.DataArray, dim: str, *, threshold: float
) -> dict[int, xr.Dataset]:
    """Give the Dataset of each stage that strides, by its number; see `fold_stages`."""
    return {each.number: _folded(each, dim, threshold) for each in _strided(op, x, dim)}


def _strided(op: Operator, x: xr.DataArray, dim: str) -> Iterator[_Strided]:
    """The stages that stride along a dim, each with its own input."""
    for number, stage in enumerate(stages_of(op), 1):
        with told(stage, number, x):
            strides = decimating(stage.plan(Axes.of(x)).stride)
            after = stage(x)
        if dim not in after.dims:
            return
        if dim in strides and has_lift(stage, x, dim):
            yield _Strided(number, stage, x, after)
        x = after


def _folded(of: _Strided, dim: str, threshold: float) -> xr.Dataset:
    """The folding at one stage, as a Dataset."""
    with told(of.stage, of.number, of.before):
        stride = total_stride(of.stage, of.before, dim)
        divisor = grid_of(of.stage, of.before, dim, stride)
        attrs = {
            "operator": str(of.stage),
            "stride": stride,
            "divisor": divisor,
            "threshold": threshold,
            "about_center": bool(np.any(center_of(of.after, dim))),
            "explained": _explained(of, dim),
        }
        if not attrs["explained"]:
            return xr.Dataset(attrs=attrs)
        lifted = of.after
        if divisor < stride:
            lifted = lift(of.stage, of.before, dim, divisor=divisor)
    power = fold(lifted, dim, stride // divisor)
    images = power.sum([each for each in power.dims if each != "image"], skipna=False)
    found = classes_of(power, dim, stride // divisor, threshold)
    found = found.assign(
        power=power,
        image_energy=images,
        folded_energy=images.isel(image=np.flatnonzero(images["image"] != 0)).sum(skipna=False),
        folded_share=folded_share(power, dim),
        output_energy=energy(centered(of.after)).reset_coords(drop=True),
    )
    return found.assign_attrs(attrs)


def _explained(of: _Strided, dim: str) -> bool:
    """Whether folding explains the error of a stage; measured only where its plan does not say."""
    if of.stage.plan(Axes.of(of.before)).shares(dim):
        return True
    return bool(folding_explains(of.stage, of.before, dim).attrs["explained"])
