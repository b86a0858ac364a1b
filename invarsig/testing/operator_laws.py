"""The laws that every operator keeps."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr

from invarsig.axes import Axes, axis_of, phase_name, promoted, renamed
from invarsig.errors import DtypeError, InvarsigError
from invarsig.operators import Operator, Pipeline
from invarsig.operators.composed import branches_of
from invarsig.operators.linear_filter import LinearFilter
from invarsig.operators.strides import decimating
from invarsig.testing.closeness import (
    close,
    relabeled,
    same_but_coordinates,
    same_but_coordinates_loosely,
)

__all__ = ["LAWS", "check_operator"]


def check_operator(op: Operator, x: xr.DataArray) -> None:
    """Check the laws that every operator keeps.

    Renaming dims, reordering them, rescaling a unit (with the parameters in that unit), moving the
    origin, batching, single precision, what is carried along (name, attributes, coordinates), the
    promises of its plan (grid, stride, reach), its dense form, its linearity, NaN, and that the
    input is not modified.

    Parameters
    ----------
    op
        Operator.
    x
        An input that it suits.

    Raises
    ------
    AssertionError
        If a law is broken; the sentence names it.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal(12), iv.Axis("x", period=12.0))
    >>> iv.testing.check_operator(iv.MaxPool(window={"x": 3}), x)
    """
    before = x.copy(deep=True)
    y = op(x)
    assert x.identical(before), f"{op} changed its input."
    for law in LAWS:
        try:
            law(op, x, y)
        except InvarsigError as error:
            broken = law.__name__.strip("_").replace("_", " ").replace("does not care", "cares")
            raise AssertionError(
                f"{op} fails where a law asks it not to ({broken}): {error}"
            ) from error


def _keeps_what_is_carried(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    assert y.name == x.name, f"{op} lost the name {x.name!r}."
    before, after = ({k: v for k, v in z.attrs.items() if k != "units"} for z in (x, y))
    assert after == before, f"{op} changed the attributes {x.attrs} to {y.attrs}."
    core = {axis.dim for axis in op.plan(Axes.of(x)).in_axes}
    for name, coordinate in x.coords.items():
        if not set(coordinate.dims) & core:
            assert name in y.coords, f"{op} lost the coordinate {name!r}."
            assert coordinate.variable.identical(y.coords[name].variable), (
                f"{op} changed the coordinate {name!r}."
            )
    kept = [dim for dim in x.dims if dim in y.dims]
    assert kept == [dim for dim in y.dims if dim in kept], (
        f"{op} reordered the dims {x.dims} to {y.dims}."
    )


def _keeps_its_plan(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    axes = Axes.of(x)
    plan = op.plan(axes)
    planned = {axis.dim: axis for axis in plan.out_axes}
    for dim, axis in planned.items():
        assert dim in y.dims, f"{op} planned the dim {dim!r} and did not make it."
        assert y.sizes[dim] == axis.size, (
            f"{op} planned {axis.size} samples along {dim!r} and made {y.sizes[dim]}."
        )
        if dim in y.coords and y[dim].dtype.kind == "f":
            found = axis_of(y, dim)
            off = abs(found.start - axis.start) + abs(found.step - axis.step)
            assert off <= 1e-6 * abs(axis.step), f"{op} planned the axis {axis}, and made {found}."
    for dim, stride in plan.stride.items():
        ratio = planned[dim].step / axes[dim].step
        assert abs(ratio - stride) < 1e-6, (
            f"{op} says stride {stride} along {dim!r}; its steps are {ratio:g} apart."
        )
        assert dim in plan.reach, f"{op} says no reach along {dim!r}."


def _stays_within_its_reach(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    plan = op.plan(Axes.of(x))
    for dim, (left, right) in plan.reach.items():
        before, after = axis_of(x, dim), axis_of(y, dim)
        step = abs(before.step)
        if not np.isfinite(left + right) or (left + right) / step + 2 > before.size:
            continue
        middle = after.size // 2
        place = (after.offset(before) + middle * after.step) / before.step
        inside = left / step <= place + 1e-6 and place + right / step <= before.size - 1 + 1e-6
        if not (inside or before.periodic):
            continue  # a border may put samples from anywhere beyond an end
        distance = np.arange(before.size) - place
        low, high = -left / step - 1e-6, right / step + 1e-6
        outside = (distance < low) | (distance > high)
        if before.periodic:
            # Each sample of a periodic axis lies ahead and, one period earlier, behind.
            ahead = distance % before.size
            outside = (ahead > high) & (ahead - before.size < low)
        other = (
            x.where(xr.DataArray(~outside, dims=dim), x * 3 + 1)
            if x.dtype.kind != "c"
            else x.where(xr.DataArray(~outside, dims=dim), 2j * x)
        )
        close(
            f"its reach along {dim!r}",
            op,
            y.isel({dim: middle}, drop=True),
            op(other.astype(x.dtype)).isel({dim: middle}, drop=True),
            of=x * 3 + 1,
        )


def _does_not_care_for_names(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    names = {str(dim): f"{dim}_renamed" for dim in x.dims}
    again = op.rename(names)(renamed(x, names))
    close("renaming dims", op, renamed(y, names), again, 0.0)


def _does_not_care_for_order(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    close("reordering dims", op, y, op(x.transpose(*reversed(x.dims))), of=x)


def _does_not_care_for_units(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    factors = {
        str(dim): 1000.0
        for dim in op.dims
        if dim in x.coords and x[dim].dtype.kind == "f" and x[dim].attrs.get("scale") != "log2"
    }
    if factors:
        again = op.rescale(factors)(relabeled(x, factors, {}))
        same_but_coordinates("rescaling a unit", op, y, again, of=x)
        for dim, factor in factors.items():
            if dim in y.coords:
                off = np.abs(again[dim].to_numpy() / factor - y[dim].to_numpy()).max()
                assert off <= 1e-6 * abs(axis_of(x, dim).step), (
                    f"{op} breaks the law of rescaling a unit along {dim!r}."
                )


def _does_not_care_for_the_origin(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    if _is_absolute(op):
        return
    shifts = {
        str(dim): 16.0 * axis_of(x, str(dim)).step
        for dim in op.dims
        if dim in x.coords and x[dim].dtype.kind == "f" and x[dim].attrs.get("scale") != "log2"
    }
    if shifts:
        again = op(relabeled(x, {}, shifts))
        same_but_coordinates("moving the origin", op, y, again, of=x)
        for dim, shift in shifts.items():
            if dim in y.coords:
                off = np.abs(again[dim].to_numpy() - shift - y[dim].to_numpy()).max()
                assert off <= 1e-6 * abs(axis_of(x, dim).step), (
                    f"{op} breaks the law of moving the origin along {dim!r}."
                )


def _is_absolute(op: Operator) -> bool:
    """Whether an operator, or one that it is made of, uses absolute positions."""
    inside = op.stages if isinstance(op, Pipeline) else branches_of(op)
    return op.absolute or any(_is_absolute(each) for each in inside)


def _does_not_mix_a_batch(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    other = x.copy(data=-0.5 * x.to_numpy()[(..., *(slice(None, None, -1),) * 1)]) if x.ndim else -x
    try:
        apart = op(other)
    except DtypeError:
        return
    both = op(
        xr.concat([x, other], dim="_batch", coords="minimal", compat="override", join="override")
    )
    same_but_coordinates("batching", op, y, both.isel(_batch=0), of=x)
    same_but_coordinates("batching", op, apart, both.isel(_batch=1), of=x)


def _keeps_single_precision(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    if x.dtype not in (np.dtype(np.float64), np.dtype(np.complex128)):
        return
    single = np.float32 if x.dtype.kind == "f" else np.complex64
    again = op(x.astype(single))
    wanted = {"f": np.float32, "c": np.complex64}.get(y.dtype.kind)
    assert wanted is None or again.dtype == wanted, (
        f"{op} turned {np.dtype(single)} into {again.dtype}."
    )
    same_but_coordinates_loosely(op, y, again, of=x)


def _is_its_dense_form_decimated(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    plan = op.plan(Axes.of(x))
    strides = decimating(plan.stride)
    if not strides or not all(
        axis_of(x, dim).periodic and axis_of(y, dim).periodic for dim in strides
    ):
        return
    dense = op.restrided(dict.fromkeys(strides, 1))
    if dense is not None:
        decimated = dense(x).isel({dim: slice(None, None, by) for dim, by in strides.items()})
        # Which samples were chosen is known for each shift of the input alone.
        named = (*(phase_name(str(dim)) for dim in y.dims), "phase_margin")
        chosen = [name for name in named if name in y.coords]
        close("its dense form", op, y.drop_vars(chosen), decimated, of=x)


def _shares_its_weights_where_it_says_so(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    plan = op.plan(Axes.of(x))
    for dim in plan.shared & set(plan.stride):
        if axis_of(x, dim).periodic and axis_of(y, dim).periodic:
            whole = plan.whole_shift_along(dim)
            moved = op(x.roll({dim: whole}, roll_coords=False))
            by: dict[Hashable, int] = {dim: int(whole / plan.stride[dim])}
            rolled = y.roll(by, roll_coords=False)
            # What is found from the samples, such as where a peak stands, moves with them.
            made = {
                name: coordinate.variable.roll(by)
                for name, coordinate in y.coords.items()
                if dim in coordinate.dims and not _of_the_input(coordinate, x)
            }
            close(f"sharing weights along {dim!r}", op, rolled.assign_coords(made), moved, of=x)


def _of_the_input(coordinate: xr.DataArray, x: xr.DataArray) -> bool:
    """Whether a coordinate of a result is one that the input has over the same dims."""
    own = x.coords.get(coordinate.name)
    return own is not None and own.dims == coordinate.dims


def _has_the_response_it_says(op: Operator, x: xr.DataArray, _y: xr.DataArray) -> None:
    """Check that the response known in advance is that of the impulse response."""
    plan = op.plan(Axes.of(x))
    dims = [dim for dim in op.dims if dim in plan.stride]
    if not isinstance(op, LinearFilter) or not op.linear or len(dims) < len(plan.in_axes):
        return
    dense = op.restrided(dict.fromkeys(dims, 1))
    if dense is None or not plan.shared >= set(dims):
        return
    impulse = xr.zeros_like(x.isel({dim: 0 for dim in x.dims if dim not in dims}))
    impulse[dict.fromkeys(dims, 0)] = 1.0
    answer = dense(impulse)
    axes = {dim: axis_of(x, dim) for dim in dims}
    said = op.frequency_response(
        x, {dim: np.fft.fftfreq(axis.size) / axis.step for dim, axis in axes.items()}
    )
    spectrum = answer.transpose(*said.dims[: said.ndim - len(dims)], *dims).to_numpy()
    wanted = said.to_numpy()
    for place, (dim, axis) in enumerate(axes.items(), start=-len(dims)):
        late = (axis_of(answer, dim).start - axis.start) / axis.step
        turns = np.exp(-2j * np.pi * np.fft.fftfreq(axis.size) * late)
        lines = np.fft.fft(np.moveaxis(spectrum, place, -1), axis=-1) * turns
        spectrum = np.moveaxis(lines, -1, place)
        if axis.size % 2 == 0 and answer.dtype.kind == "f":
            # Half a sample's phase has no meaning in the Nyquist bin of a real signal.
            spectrum = np.delete(spectrum, axis.size // 2, axis=place)
            wanted = np.delete(wanted, axis.size // 2, axis=place)
    off, peak = (float(np.abs(values).max()) for values in (spectrum - wanted, wanted))
    single = answer.dtype in (np.dtype(np.float32), np.dtype(np.complex64))
    assert off <= (1e-4 if single else 1e-9) * peak, (
        f"{op} breaks the law of its frequency response: it is off by {off:.3g} where the peak is "
        f"{peak:.3g}."
    )


def _is_as_linear_as_it_says(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    if not op.linear:
        return
    x = x.copy(data=promoted(x.to_numpy()))
    other = x.copy(data=np.roll(x.to_numpy(), 1, axis=-1) ** 2)
    both = op(x.copy(data=2 * x.to_numpy() - 3 * other.to_numpy()))
    apart = y.copy(data=2 * y.to_numpy() - 3 * op(other).to_numpy())
    close("linearity", op, both, apart, of=abs(x) + abs(other))


def _propagates_nan(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    """Check that nothing but NaN comes of NaN, wherever a value depends on the input at all."""
    wide = x.copy(data=promoted(x.to_numpy()))
    depends = (op(3 * wide + 1) != y).to_numpy()
    result = op(xr.full_like(wide, np.nan))
    hidden = depends & ~np.isnan(result.to_numpy())
    if hidden.any():
        first = np.unravel_index(int(np.argmax(hidden)), hidden.shape)
        place = ", ".join(f"{dim}={k}" for dim, k in zip(result.dims, first, strict=True))
        raise AssertionError(
            f"{op} hides NaN: its input is NaN throughout, and {hidden.sum()} of {hidden.size} "
            f"values of the result that depend on it are not, the first {place and f'at {place} '}"
            f"being {result.to_numpy()[first]:g}. Let NaN through: np.maximum, np.mean and np.sum "
            "do, np.fmax, np.nanmean, np.nan_to_num and comparisons do not."
        )


LAWS = (
    _keeps_what_is_carried,
    _keeps_its_plan,
    _stays_within_its_reach,
    _does_not_care_for_names,
    _does_not_care_for_order,
    _does_not_care_for_units,
    _does_not_care_for_the_origin,
    _does_not_mix_a_batch,
    _keeps_single_precision,
    _is_its_dense_form_decimated,
    _shares_its_weights_where_it_says_so,
    _has_the_response_it_says,
    _is_as_linear_as_it_says,
    _propagates_nan,
)
"""The laws, in the order in which they are checked."""
