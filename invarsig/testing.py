"""Checks for operators, actions and pipelines: for this package's tests, and for yours.

`assert_equivariant` is for a test that fails when a pipeline becomes shift-sensitive.
`check_operator` and `check_action` hold a class to the laws that every operator and action
keeps; `public_operators` and `public_actions` find them by themselves.
"""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import TypeVar

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Action
from invarsig.aliasing import default_divisor, fold, folding_explains, lift, periodized
from invarsig.aliasing.lift import total_stride
from invarsig.axes import Axes, axis_of, difference, renamed
from invarsig.errors import DtypeError, InvarsigError, UndecidableError
from invarsig.measures import decibels, equivariance_error
from invarsig.operators import Operator, Pipeline
from invarsig.operators.composed import branches_of
from invarsig.operators.linear_filter import LinearFilter

__all__ = [
    "assert_equivariant",
    "check_action",
    "check_operator",
    "examples_of",
    "public_actions",
    "public_operators",
]

_Kind = TypeVar("_Kind")


def assert_equivariant(
    op: Operator, x: xr.DataArray, action: Action, *, max_db: float = -100.0
) -> None:
    """Assert that moving first and moving last give the same, up to an error in dB.

    Parameters
    ----------
    op, x, action
        As for `equivariance_error`.
    max_db
        The limit, relative to the output without its mean; at most 0.

    Raises
    ------
    ParameterError
        If the limit is above 0 dB, which lets everything pass.
    AssertionError
        If the error is above the limit; the sentence names the axis, the error and the share of
        the output's energy that has folded.
    UndecidableError
        If the error is above the limit and the protocol's own floor is, too, or is unknown.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> iv.testing.assert_equivariant(iv.Relu(), x, iv.Translate(x=1))
    """
    parameters.decibels(max_db, "max_db")
    error = decibels(equivariance_error(op, x, action))
    value, floor = float(error), float(error["floor"])
    if np.isnan(value):
        raise AssertionError(
            f"The error of {op} is undefined: its output holds NaN, or has no energy."
        )
    if value <= max_db:
        return
    if np.isnan(floor):
        raise UndecidableError(
            f"Whether {op} is equivariant to {action} within {max_db:.1f} dB is undecidable: the "
            f"floor of the protocol {error.attrs['protocol']!r} is unknown: nothing is left inside "
            f"the borders after going there and back (measured: {value:.1f} dB). Give more signal "
            "or a smaller move."
        )
    if floor > max_db:
        raise UndecidableError(
            f"Whether {op} is equivariant to {action} within {max_db:.1f} dB is undecidable: the "
            f"floor of the protocol {error.attrs['protocol']!r} is {floor:.1f} dB (measured: "
            f"{value:.1f} dB). Make the axis periodic, shift by whole samples of the output, or "
            "give a limit above the floor."
        )
    causes = [_cause(op, x, dim) for dim in action.required]
    dims = " and ".join(repr(dim) for dim in action.required)
    raise AssertionError(
        f"{op} is not equivariant to {action} along {dims}: the error is {value:.1f} dB, the "
        f"limit {max_db:.1f} dB. " + " ".join(causes)
    )


def _cause(op: Operator, x: xr.DataArray, dim: str) -> str:
    """Say how much folds along an axis, or that folding is not the cause."""
    try:
        ring, treatment = periodized(op, x, dim)
        ring_op = op.bounded(None) if treatment else op
        stride = total_stride(ring_op, ring, dim)
        if not folding_explains(ring_op, ring, dim).attrs["explained"]:
            return (
                f"Along {dim!r} folding does not explain it: a shift by the whole stride of "
                f"{stride} is not followed."
            )
        grid = default_divisor(ring_op, ring, dim)
        power = fold(lift(ring_op, ring, dim, divisor=grid), dim, stride // grid).sum(
            [d for d in ring_op(ring).dims if d != dim]
        )
    except (InvarsigError, MemoryError) as error:
        return f"Along {dim!r} nothing can be said of folding: {error}"
    whole = float(power.sum())
    share = 1 - float(power.sel(image=0).sum()) / whole if whole else 0.0
    return (
        f"Along {dim!r}, at a total stride of {stride}, {share:.1%} of the output's energy has "
        "folded."
    )


def public_operators(module: ModuleType | None = None) -> tuple[type[Operator], ...]:
    """Find every public operator of a module; of `invarsig.operators` and `compose` by default."""
    import invarsig.compose
    import invarsig.operators

    found = [module] if module else [invarsig.operators, invarsig.compose]
    return tuple(cls for one in found for cls in _public(one, Operator))  # type: ignore[type-abstract]


def public_actions(module: ModuleType | None = None) -> tuple[type[Action], ...]:
    """Find every public action of a module, `invarsig.actions` by default."""
    import invarsig.actions

    return _public(module or invarsig.actions, Action)  # type: ignore[type-abstract]


def _public(module: ModuleType, kind: type[_Kind]) -> tuple[type[_Kind], ...]:
    found = (getattr(module, name) for name in sorted(module.__all__))
    return tuple(
        one
        for one in found
        if inspect.isclass(one)
        and issubclass(one, kind)
        and not (inspect.isabstract(one) and one is kind)
    )


def examples_of(
    cls: type[Operator | Action], rng: np.random.Generator
) -> list[tuple[Operator | Action, xr.DataArray]]:
    """List the examples of a class; one without examples fails."""
    if inspect.isabstract(cls):
        missing = ", ".join(sorted(cls.__abstractmethods__))
        raise AssertionError(f"{cls.__name__} is public but leaves out {missing}.")
    examples = list(cls.examples(rng))
    assert examples, f"{cls.__name__} is public but has no examples; give at least one."
    return examples  # type: ignore[return-value]


def check_operator(op: Operator, x: xr.DataArray) -> None:
    """Hold an operator to the laws that every operator keeps.

    Renaming dims, reordering them, rescaling a unit (with the parameters that bear it), moving
    the origin, batching, single precision, what is carried along (name, attributes,
    coordinates), the promises of its plan (grid, stride, reach), its dense form, its linearity,
    NaN, and that the input stays as it is.

    Parameters
    ----------
    op
        Operator.
    x
        An input that it is meant for.

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
    for law in (
        _keeps_what_is_carried,
        _keeps_its_plan,
        _stays_within_its_reach,
        _does_not_care_for_names,
        _does_not_care_for_order,
        _does_not_care_for_units,
        _does_not_care_for_the_origin,
        _does_not_mix_a_batch,
        _keeps_single_precision,
        _is_its_dense_form_thinned,
        _shares_its_weights_where_it_says_so,
        _has_the_response_it_says,
        _is_as_linear_as_it_says,
        _propagates_nan,
    ):
        try:
            law(op, x, y)
        except InvarsigError as error:
            broken = law.__name__.strip("_").replace("_", " ").replace("does not care", "cares")
            raise AssertionError(
                f"{op} fails where a law asks it not to ({broken}): {error}"
            ) from error


def _close(law: str, op: object, a: xr.DataArray, b: xr.DataArray, rtol: float = 1e-9) -> None:
    """Compare values, dims and coordinates of two results."""
    assert set(a.dims) == set(b.dims), f"{op} breaks the law of {law}: dims {a.dims} and {b.dims}."
    b = b.transpose(*a.dims)
    assert a.shape == b.shape, f"{op} breaks the law of {law}: shapes {a.shape} and {b.shape}."
    scale = float(np.max(np.abs(a.to_numpy()), initial=0.0, where=np.isfinite(a.to_numpy()))) or 1.0
    same = np.allclose(a.to_numpy(), b.to_numpy(), rtol=rtol, atol=rtol * scale, equal_nan=True)
    assert same, f"{op} breaks the law of {law}: values differ."
    for name, coordinate in a.coords.items():
        assert name in b.coords, (
            f"{op} breaks the law of {law}: the coordinate {name!r} is missing."
        )
        one, other = coordinate.to_numpy(), b.coords[name].to_numpy()
        if one.dtype.kind in "fc":
            there = one[np.isfinite(one)]
            step = float(np.abs(np.diff(there)).max(initial=0.0)) if one.ndim == 1 else 0.0
            tiny = 1e-6 * (step or 1e-6)
            fits = np.allclose(one, other, rtol=1e-9, atol=tiny, equal_nan=True)
        else:
            fits = bool(np.array_equal(one, other))
        assert fits, f"{op} breaks the law of {law}: the coordinate {name!r} differs."


def _keeps_what_is_carried(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    assert y.name == x.name, f"{op} lost the name {x.name!r}."
    assert y.attrs == x.attrs, f"{op} changed the attributes {x.attrs} to {y.attrs}."
    core = {axis.dim for axis in op.plan(Axes.of(x)).in_axes}
    for name, coordinate in x.coords.items():
        if not set(coordinate.dims) & core:
            assert name in y.coords, f"{op} lost the coordinate {name!r}."
            assert y.coords[name].identical(y.coords[name]), (
                f"{op} changed the coordinate {name!r}."
            )
            assert coordinate.variable.equals(y.coords[name].variable), (
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
        place = (after.start - before.start + middle * after.step) / before.step
        distance = np.arange(before.size) - place
        low, high = -left / step - 1e-6, right / step + 1e-6
        outside = (distance < low) | (distance > high)
        if before.periodic:
            # Each sample of a ring lies ahead and, one turn earlier, behind.
            ahead = distance % before.size
            outside = (ahead > high) & (ahead - before.size < low)
        other = (
            x.where(xr.DataArray(~outside, dims=dim), x * 3 + 1)
            if x.dtype.kind != "c"
            else x.where(xr.DataArray(~outside, dims=dim), 2j * x)
        )
        _close(
            f"its reach along {dim!r}",
            op,
            y.isel({dim: middle}, drop=True),
            op(other.astype(x.dtype)).isel({dim: middle}, drop=True),
        )


def _does_not_care_for_names(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    names = {str(dim): f"{dim}_renamed" for dim in x.dims}
    again = op.rename(names)(renamed(x, names))
    _close("renaming dims", op, renamed(y, names), again, 0.0)


def _does_not_care_for_order(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    _close("reordering dims", op, y, op(x.transpose(*reversed(x.dims))))


def _does_not_care_for_units(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    factors = {
        str(dim): 1000.0
        for dim in op.dims
        if dim in x.coords and x[dim].dtype.kind == "f" and x[dim].attrs.get("scale") != "log2"
    }
    if factors:
        again = op.rescale(factors)(_relabelled(x, factors, {}))
        _same_but_coordinates("rescaling a unit", op, y, again)
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
        again = op(_relabelled(x, {}, shifts))
        _same_but_coordinates("moving the origin", op, y, again)
        for dim, shift in shifts.items():
            if dim in y.coords:
                off = np.abs(again[dim].to_numpy() - shift - y[dim].to_numpy()).max()
                assert off <= 1e-6 * abs(axis_of(x, dim).step), (
                    f"{op} breaks the law of moving the origin along {dim!r}."
                )


def _is_absolute(op: Operator) -> bool:
    """Whether an operator, or one that it is made of, takes positions as they are."""
    inside = op.stages if isinstance(op, Pipeline) else branches_of(op)
    return op.absolute or any(_is_absolute(each) for each in inside)


def _same_but_coordinates(law: str, op: Operator, a: xr.DataArray, b: xr.DataArray) -> None:
    _close(law, op, a.drop_vars(list(a.coords)), b.drop_vars(list(b.coords)))


def _relabelled(
    x: xr.DataArray, factors: dict[str, float], shifts: dict[str, float]
) -> xr.DataArray:
    for dim in {*factors, *shifts}:
        factor = factors.get(dim, 1.0)
        attrs = dict(x[dim].attrs)
        for key in ("period", "step"):
            if key in attrs:
                attrs[key] = attrs[key] * factor
        x = x.assign_coords({dim: (dim, x[dim].to_numpy() * factor + shifts.get(dim, 0.0), attrs)})
    return x


def _does_not_mix_a_batch(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    other = x.copy(data=-0.5 * x.to_numpy()[(..., *(slice(None, None, -1),) * 1)]) if x.ndim else -x
    try:
        apart = op(other)
    except DtypeError:
        return
    both = op(
        xr.concat([x, other], dim="_batch", coords="minimal", compat="override", join="override")
    )
    _same_but_coordinates("batching", op, y, both.isel(_batch=0))
    _same_but_coordinates("batching", op, apart, both.isel(_batch=1))


def _keeps_single_precision(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    if x.dtype not in (np.dtype(np.float64), np.dtype(np.complex128)):
        return
    single = np.float32 if x.dtype.kind == "f" else np.complex64
    again = op(x.astype(single))
    wanted = {"f": np.float32, "c": np.complex64}.get(y.dtype.kind)
    assert wanted is None or again.dtype == wanted, (
        f"{op} turned {np.dtype(single)} into {again.dtype}."
    )
    _same_but_coordinates_loosely(op, y, again)


def _same_but_coordinates_loosely(op: Operator, a: xr.DataArray, b: xr.DataArray) -> None:
    _close("single precision", op, a.drop_vars(list(a.coords)), b.drop_vars(list(b.coords)), 2e-4)


def _is_its_dense_form_thinned(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    plan = op.plan(Axes.of(x))
    strides = {dim: by for dim, by in plan.stride.items() if by > 1}
    if not strides or not all(
        axis_of(x, dim).periodic and axis_of(y, dim).periodic for dim in strides
    ):
        return
    dense = op.restrided(dict.fromkeys(strides, 1))
    if dense is not None:
        thinned = dense(x).isel({dim: slice(None, None, by) for dim, by in strides.items()})
        _close("its dense form", op, y, thinned)


def _shares_its_weights_where_it_says_so(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    plan = op.plan(Axes.of(x))
    for dim in plan.shared & set(plan.stride):
        if axis_of(x, dim).periodic and axis_of(y, dim).periodic:
            stride = plan.stride[dim]
            moved = op(x.roll({dim: stride}, roll_coords=False))
            _close(f"sharing weights along {dim!r}", op, y.roll({dim: 1}, roll_coords=False), moved)


def _has_the_response_it_says(op: Operator, x: xr.DataArray, _y: xr.DataArray) -> None:
    """The response that is known beforehand is that of the answer to an impulse."""
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
    assert off <= 0.02 * peak, (
        f"{op} breaks the law of its frequency response: it is off by {off:.3g} where the peak is "
        f"{peak:.3g}."
    )


def _is_as_linear_as_it_says(op: Operator, x: xr.DataArray, y: xr.DataArray) -> None:
    if not op.linear:
        return
    other = x.copy(data=np.roll(x.to_numpy(), 1, axis=-1) ** 2)
    both = op(x.copy(data=2 * x.to_numpy() - 3 * other.to_numpy()))
    _close("linearity", op, both, y.copy(data=2 * y.to_numpy() - 3 * op(other).to_numpy()))


def _propagates_nan(op: Operator, x: xr.DataArray, _y: xr.DataArray) -> None:
    result = op(xr.full_like(x, np.nan)).to_numpy()
    assert np.isnan(result).all(), f"{op} hides NaN."


def check_action(action: Action, x: xr.DataArray) -> None:
    """Hold an action to the laws that every action keeps.

    Identity, inverse, composition, what is carried along, renaming, reordering and rescaling
    dims, batching, single precision, that a dim that is lost is acted on by the identity, and that
    samples said to be known rest on known ones.

    Inverse and composition are held to where results are known: an action that only moves samples,
    or is exact, to 1e-9; one that interpolates to four of its own floors, which must be below its
    class' ``accuracy`` on `x`. Composition is not asked where a class says that its moves do not
    add up (``group``), and by halves not where there are none (``continuous``): then ``at(0.25)``
    is to be an error.

    Parameters
    ----------
    action
        Action.
    x
        An input on which the laws should hold: periodic, or with enough inside its borders, and
        smooth if the action interpolates.

    Raises
    ------
    AssertionError
        If a law is broken; the sentence names it.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal(15), iv.Axis("x", period=15.0))
    >>> iv.testing.check_action(iv.Translate(x=0.37), x)
    """
    before = x.copy(deep=True)
    y = action(x)
    assert x.identical(before), f"{action} changed its input."
    _close("the identity", action, x, action.at(0)(x))
    _adds_up(action, x, y)
    assert not np.allclose(y.to_numpy(), x.to_numpy()), f"{action} does not move its example."
    assert y.name == x.name, f"{action} lost the name."
    assert y.attrs == x.attrs, f"{action} changed the attributes."
    assert y.dims == x.dims, f"{action} changed the dims {x.dims} to {y.dims}."
    assert action(x.astype(np.float32)).dtype == np.float32, f"{action} changed the precision."
    names = {dim: f"{dim}_renamed" for dim in map(str, x.dims)}
    _close(
        "renaming dims", action, renamed(y, names), action.renamed(names)(renamed(x, names)), 0.0
    )
    _close("reordering dims", action, y, action(x.transpose(*reversed(x.dims))))
    factors = {dim: 1000.0 for dim in action.required if dim in x.coords}
    again = action.rescaled(factors)(_relabelled(x, factors, {}))
    _close(
        "rescaling a unit", action, y.drop_vars(list(y.coords)), again.drop_vars(list(again.coords))
    )
    both = action(
        xr.concat([x, 2 * x], dim="_batch", coords="minimal", compat="override", join="override")
    )
    _close(
        "batching",
        action,
        (2 * y).drop_vars(list(y.coords)),
        both.isel(_batch=1).drop_vars(list(y.coords)),
    )
    acted = [dim for dim in (*action.required, *action.induced) if dim in x.dims]
    lost = x.isel(dict.fromkeys(acted, 0), drop=True)
    _close("a lost dim", action, lost, action.on_output(lost), 0.0)
    _knows_what_it_says(action, x, y)


def _adds_up(action: Action, x: xr.DataArray, y: xr.DataArray) -> None:
    """The inverse, and composition where moves add up."""
    floor = action.floor(x)
    assert floor <= action.accuracy, (
        f"{action} breaks the law of the inverse: what going there and back leaves is off by "
        f"{floor:.3g}, and {action.accuracy:g} is allowed."
    )
    slack = max(1e-9, 4 * floor)
    back, seen = action.at(-1), action.known(x)
    _close_where("the inverse", action, x, back(y), back.known(y, seen), slack)
    if action.group:
        known = action.at(2).known(x) & action.known(y, seen)
        _close_where("composition", action, action.at(2)(x), action(y), known, slack)
    if not action.continuous:
        try:
            action.at(0.25)
        except InvarsigError:
            return
        raise AssertionError(f"{action} says that it cannot be done by halves, and does so.")
    if action.group:
        first, then = action.at(0.75), action.at(0.25)
        moved = first(x)
        known = seen & then.known(moved, first.known(x))
        if known.any():
            # A whole action may be exact where a part of it interpolates.
            parts = np.nanmax([floor, first.floor(x), then.floor(x)])
            assert parts <= action.accuracy, f"{action} has parts with a floor of {parts:.3g}."
            slack = max(1e-9, 4 * parts)
            _close_where("composition", action, y, then(moved), known, slack)


def _close_where(
    law: str, op: object, a: xr.DataArray, b: xr.DataArray, known: xr.DataArray, slack: float
) -> None:
    """Compare two results where both are known; beyond round-off by their energy."""
    assert known.any(), f"{op} leaves nothing known to hold the law of {law} to; give more of x."
    a, b = (each.where(known, 0) for each in (a, b))
    if slack <= 1e-9:
        return _close(law, op, a, b, slack)
    off = float(np.linalg.norm((a.to_numpy() - b.transpose(*a.dims).to_numpy()).ravel()))
    whole = float(np.linalg.norm(a.to_numpy().ravel()))
    assert off <= slack * whole, (
        f"{op} breaks the law of {law}: values differ by {off / whole:.3g}, and {slack:.3g} is "
        "what interpolation explains."
    )
    return _close(law, op, a * 0, b * 0)


def _knows_what_it_says(action: Action, x: xr.DataArray, y: xr.DataArray) -> None:
    """Other values where nothing is given change nothing of what is known."""
    for dim in action.required:
        place = xr.DataArray(np.arange(x.sizes[dim]), dims=dim)
        given = place >= x.sizes[dim] // 3
        other = x.where(given, -x)
        known = action.known(x, given)
        scale = float(np.abs(x).max())
        off = abs(difference(action(other), y)).where(known, 0).max()
        assert float(off) <= (1e-3 if action.accuracy > 1e-9 else 1e-9) * scale, (
            f"{action} breaks the law of what is known: samples that it calls known change by "
            f"{float(off):.3g} with samples along {dim!r} that are not."
        )
