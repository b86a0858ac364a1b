"""Every operator that takes a boundary takes every border, and takes it for what it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import InvarsigError
from invarsig.kernels.borders import OTHER_NAMES
from invarsig.operators.composed import Composed
from invarsig.testing import public_operators
from invarsig.testing.discovery import examples_of
from tests.nightly import some

BORDERS = ["edge", ("constant", 0.75), "symmetric"]
BOUNDED = [
    cls for cls in public_operators() if "boundary" in getattr(cls, "__dataclass_fields__", {})
]


def ending(x: xr.DataArray, op: iv.Operator) -> xr.DataArray:
    """The same array, the axes along which an operator has windows not periodic."""
    for dim, reach in op.plan(iv.Axes.of(x)).reach.items():
        if dim in x.coords and 0 < sum(reach) < math.inf:
            kept = {k: v for k, v in x[dim].attrs.items() if k != "period"}
            x = x.assign_coords({dim: (dim, x[dim].to_numpy(), kept)})
    return x


def longer(x: xr.DataArray, more: dict[str, int], border) -> xr.DataArray:
    """The array on longer axes, by numpy."""
    for dim, by in more.items():
        axis = iv.axis_of(x, dim)
        place = x.get_axis_num(dim)
        widths = [(by, by) if k == place else (0, 0) for k in range(x.ndim)]
        modes = {"edge": "edge", "reflect": "reflect", "symmetric": "symmetric"}
        if border in modes:
            values = np.pad(x.values, widths, mode=modes[border])
        else:
            values = np.pad(
                x.values, widths, constant_values=0.0 if border == "zero" else border[1]
            )
        others = {name: c for name, c in x.coords.items() if dim not in c.dims}
        where = axis.start + axis.step * (np.arange(values.shape[place]) - by)
        x = xr.DataArray(values, others, x.dims, x.name, x.attrs)
        x = x.assign_coords({dim: (dim, where, axis.attrs())})
    return x


def windowed(cls: type[iv.Operator]) -> bool:
    """Whether it pads once: stages inside pad each, and some are longer or for one size alone."""
    return not issubclass(cls, (Composed, iv.Pad, iv.LocallyConnected))


@pytest.mark.parametrize("cls", some(filter(windowed, BOUNDED), 5), ids=lambda cls: cls.__name__)
def test_a_border_is_the_same_as_an_axis_that_goes_on_so(cls, rng):
    """Windows near an end give what they give where the samples beyond it are written out."""
    for op, given in list(examples_of(cls, rng))[:2]:
        x = ending(given, op)
        for border in BORDERS:
            own = op.bounded(border)
            plan = own.plan(iv.Axes.of(x))
            reach = {d: sum(r) / abs(iv.axis_of(x, d).step) for d, r in plan.reach.items()}
            # By whole output samples, so that windows stand at the same places.
            steps = {d: plan.stride[d] for d, r in reach.items() if 0 < r < math.inf}
            more = {d: (math.ceil(reach[d]) // by + 2) * by for d, by in steps.items()}
            if not more:
                continue
            y, wide = own(x), op.bounded("zero")(longer(x, more, border))
            first = {d: by // steps[d] for d, by in more.items()}
            found = wide.isel({d: slice(by, by + y.sizes[d]) for d, by in first.items()})
            assert found.sizes == y.sizes
            off = abs(found.transpose(*y.dims).to_numpy() - y.to_numpy()).max()
            assert off <= 1e-9 * float(abs(y).max()), str(own)


def test_most_operators_have_windows_that_meet_a_border(rng):
    """So the law above is not void."""
    ends = [
        cls.__name__
        for cls in filter(windowed, BOUNDED)
        for op, x in list(examples_of(cls, rng))[:1]
        if all(0 < sum(r) < math.inf for r in op.plan(iv.Axes.of(x)).reach.values())
    ]
    assert {"Convolve", "MaxPool", "BlurPool", "Spectrogram", "SimpleCells"} < set(ends)
    assert len(ends) > 20


@pytest.mark.parametrize("cls", some(BOUNDED, 5), ids=lambda cls: cls.__name__)
def test_a_word_of_another_package_is_refused_with_the_word_for_it(cls, rng):
    op, _ = next(iter(examples_of(cls, rng)))
    for name, meant in {**OTHER_NAMES, "Nearest": "'edge'"}.items():
        with pytest.raises(InvarsigError, match=f"unknown; give one of .*{meant.split(',')[0]}"):
            op.bounded(name)


@pytest.mark.parametrize(
    "op",
    [
        iv.MaxPool({"x": 3}, {"x": 2}, ("constant", 0.5), {"x": (1, 2)}, ceil_mode=True),
        iv.MeanPool({"y": 2, "x": 3}, {"x": 1}, {"y": "zero", "x": ("constant", 0.5)}),
        iv.LpPool({"x": 3}, {"x": 2}, ("constant", -0.5)),
        iv.Convolve(iv.label([1.0, -2.0, 0.5], "x"), {"x": 2}, ("constant", 0.5)),
        iv.Pad({"x": (2, 1)}, ("constant", -0.5)),
        iv.LogGaborBank("x", 0.1, boundary=("constant", 0.5)),
        iv.DivisiveNormalization(0.5, 1.5, {"x": 3}, boundary=("constant", 0.5)),
    ],
    ids=lambda op: type(op).__name__,
)
def test_with_a_value_as_the_border_the_laws_of_operators_hold(op, rng):
    axis = iv.Axis("x", 1.0, 0.5, 24, "px", 12.0)
    iv.testing.check_operator(op, iv.label(rng.standard_normal((2, 6, 24)), "channel", "y", axis))
