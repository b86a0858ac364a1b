"""Equivariance and invariance error: relative, per shift, with their floors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from invarsig.actions import Action, Translate
from invarsig.axes import axis_of, plain, require_labels
from invarsig.commutator import Align, moved_apart
from invarsig.errors import DimError, ParameterError
from invarsig.measures.norms import Norm, energy, norm_of, relative, usual_norm
from invarsig.measures.protocols import Comparison, Protocol, choose_protocol, compare, floor_of
from invarsig.measures.silence import is_round_off, without
from invarsig.operators import Levels, Operator
from invarsig.operators.base import require_operator
from invarsig.operators.leaves import tree_of

__all__ = [
    "Norm",
    "decibels",
    "energy",
    "equivariance_error",
    "invariance_error",
    "norm_of",
    "per_shift",
    "relative",
]


def decibels(error: xr.DataArray) -> xr.DataArray:
    """Express a relative error in decibels: ``20 lg(error)``; an exact zero is ``-inf``.

    The floor, where the error carries one, is converted too.

    Parameters
    ----------
    error
        Relative error of any shape, as `equivariance_error` gives it.

    Returns
    -------
    xarray.DataArray
        In dB, with the same dims and coordinates.

    Raises
    ------
    ParameterError
        If it is not a labeled array of relative errors.

    Examples
    --------
    >>> import invarsig as iv
    >>> float(iv.decibels(iv.label(0.1)))
    -20.0
    """
    require_labels(error, "decibels")
    with np.errstate(divide="ignore"):
        out = error.copy(data=20 * np.log10(plain(error, error.dims)))
        for name in ("floor", "nyquist", "rest"):
            if name in error.coords:
                part = error.coords[name].variable
                out = out.assign_coords({name: part.copy(data=20 * np.log10(part.data))})
    return out.assign_attrs({**error.attrs, "units": "dB"})


def _check(y: xr.DataArray, keep: Sequence[str]) -> None:
    for dim in keep:
        if dim not in y.dims:
            raise DimError(
                f"keep names {dim!r}, which the output lacks; its dims are {tuple(y.dims)}."
            )


def _check_kept(reference: xr.DataArray, action: Action, keep: Sequence[str]) -> None:
    """Where results are compared at single points, their dims no longer exist."""
    for dim in keep:
        if dim not in reference.dims:
            raise DimError(
                f"keep names {dim!r}, and {action} leaves points of it known that do not form a "
                "box: there is no error for each entry. Keep other dims, or move along fewer."
            )


def actions_of(given: object, x: xr.DataArray) -> list[Action]:
    """List the given actions, their lengths in the units of `x`, or say what is not one."""
    several = []
    for action in given if isinstance(given, Iterable) else [given]:
        if not isinstance(action, Action):
            raise ParameterError(
                f"{action!r} is not an action; give one such as iv.Translate(x=1)."
            )
        several.append(action.on(x))
    if not several:
        raise ParameterError("No action is given; give one, or a list of at least one.")
    return several


def per_shift(
    actions: Action | Iterable[object],
    x: xr.DataArray,
    one: Callable[[Action], xr.DataArray],
) -> xr.DataArray:
    """Evaluate for one action, or stack the results for several along the dim "length"."""
    if isinstance(actions, Action):
        move = actions.on(x)
        return one(move).assign_coords(_shift_coords([move], x, single=True))
    several = actions_of(actions, x)
    rows = [one(action) for action in several]
    # Every coordinate that has a value of its own for each shift gets the new dim, equal or not.
    own = [name for name, coordinate in rows[0].coords.items() if not coordinate.dims]
    out = xr.concat(
        rows,
        dim="length",
        coords=own,
        compat="equals",
        join="exact",
        combine_attrs="drop_conflicts",
    )
    return out.assign_coords(_shift_coords(several, x, single=False))


def _shift_coords(actions: Sequence[Action], x: xr.DataArray, *, single: bool) -> dict[str, Any]:
    """The coordinate ``length`` in the axis' unit, or one for each dim that is moved along.

    Actions other than translations are named by the coordinate ``action``.
    """
    if not all(isinstance(action, Translate) for action in actions):
        names = [str(action) for action in actions]
        return {"action": xr.Variable((), names[0]) if single else ("length", names)}
    moves = [action for action in actions if isinstance(action, Translate)]
    dims = list(dict.fromkeys(dim for move in moves for dim in move.shifts))
    coords = {}
    for dim in dims:
        name = "length" if len(dims) == 1 else f"length_{dim}"
        values = [move.shifts.get(dim, 0.0) for move in moves]
        attrs = {"units": axis_of(x, dim).length_unit, "along": dim}
        coords[name] = (
            xr.Variable((), values[0], attrs) if single else xr.Variable("length", values, attrs)
        )
    return coords


def _error(
    op: Operator | Levels,
    x: xr.DataArray,
    action: Action | Iterable[Action],
    protocol: Protocol | None,
    norm: Norm | None,
    keep: Sequence[str],
    invariance: bool,
    align: Align = "fourier",
) -> Any:
    if isinstance(op, Levels):
        leaves = {
            name: _error(branch, x, action, protocol, norm, keep, invariance, align).to_dataset(
                name="error"
            )
            for name, branch in op.operators.items()
        }
        return tree_of(leaves)
    require_operator(op)
    against = usual_norm(op, norm)
    require_labels(x, "A measure")
    y = op(x)
    _check(y, keep)
    keep = tuple(keep)
    silent: dict[tuple[str, ...], xr.DataArray] = {}

    def silence(along: tuple[str, ...]) -> xr.DataArray:
        """Whether there is nothing to be relative to; of one mean whatever moves."""
        along = along if against == "channelwise" else ()
        if along not in silent:
            silent[along] = is_round_off(op, x, y, against, keep, along)
        return silent[along]

    def one(each: Action) -> xr.DataArray:
        chosen, along = choose_protocol(protocol, x, y, each), (*each.required, *each.induced)
        nothing = silence(along)

        def measure(comparison: Comparison) -> xr.DataArray:
            return relative(comparison.difference, comparison.reference, against, keep, along)

        def whole(comparison: Comparison) -> xr.DataArray:
            return relative(comparison.difference, comparison.reference, against, (), along)

        found = compare(op, x, each, chosen, y=y, invariance=invariance, align=align)
        _check_kept(found.reference, each, keep)
        error = measure(found)
        error = without(error, _where_compared(nothing, found.reference))
        floor = floor_of(op, x, y, each, chosen, whole, invariance=invariance)
        error = error.assign_coords(floor=floor)
        error.attrs = {"protocol": chosen, "norm": against, "units": "1"}
        if align != "fourier":
            error.attrs["align"] = align
            error = error.assign_coords(apart=moved_apart(found.reference, found.moved_first, each))
        return error.rename("invariance_error" if invariance else "equivariance_error")

    return per_shift(action, x, one)


def _where_compared(nothing: xr.DataArray, reference: xr.DataArray) -> xr.DataArray:
    """What is known of each place of the whole output, at the places that were compared."""
    for dim in nothing.dims:
        count = reference.sizes[dim]
        if count != nothing.sizes[dim]:
            whole, part = axis_of(nothing, str(dim)), axis_of(reference, str(dim))
            first = round((part.start - whole.start) / whole.step)
            first = min(max(first, 0), nothing.sizes[dim] - count)
            nothing = nothing.isel({dim: slice(first, first + count)})
    return nothing


def equivariance_error(
    op: Operator,
    x: xr.DataArray,
    action: Action | Iterable[Action],
    *,
    protocol: Protocol | None = None,
    norm: Norm | None = None,
    keep: Sequence[str] = (),
    align: Align = "fourier",
) -> xr.DataArray:
    """Relative equivariance error: ``||f(g x) - g f(x)|| / ||f(x)||``.

    Along a dim that the output has lost, g is the identity there, and this is the invariance
    error. Above 1 (0 dB) is possible: outputs that have nothing to do with each other are about
    sqrt(2) apart, opposite ones 2.

    Parameters
    ----------
    op
        Operator or pipeline f; for `Levels` the result is a tree with a leaf for each level.
    x
        Labeled array.
    action
        One action, or several: then the result has a dim "length".
    protocol
        "periodic", "interior", "roll" or "cut" (see `invarsig.measures`). By default periodic
        where the axes are, interior elsewhere. "roll" and "cut" judge the pipeline as given, its
        borders included.
    norm
        What the error is relative to. "centered": the output without one mean over all that is not
        kept, so constants that differ between channels count, and make the error small.
        "channelwise": the output without the mean of each channel, along the dims that move: a
        channel is one entry of all other dims, and such constants do not count. Where the output
        has lost these dims it is one mean. "total": the output with its mean. By default
        "channelwise" for a network (`from_torch`, `from_onnx`), and "centered" for all else. An
        output of one number is taken with its mean in any case.
    keep
        Dims of the output that are kept: one error for each of their entries.
    align
        "fourier": g moves the output by the same length as the input. "grid", on periodic axes: an
        operator that chooses its samples (`PolyphasePool`) has its output moved by the distance
        between the samples that it chose, separately for each batch item: by whole samples where
        the input moves by whole samples. Blind to a shift of the output that does not follow that
        of the input evenly, and to batch items that move apart: by how many samples of the output
        is the coordinate ``apart``. Where it is not 0 and the items belong together, as channels
        do, the operator is not equivariant.

    Returns
    -------
    xarray.DataArray
        Relative, not in dB (see `decibels`), with the coordinates ``length`` in the axis' unit
        (``length_{dim}`` for several dims; ``action`` where there are others than translations) and
        ``floor``, the score of a perfect operator; for an action that interpolates, what going
        there and back costs (NaN where nothing is known after both ways).
        NaN where the output has no energy.

    Raises
    ------
    AxisError
        If the periodic protocol meets an axis that is not; the nearest usable length is named.
    BorderError
        If nothing is left inside the borders, or an operator's reach is infinite.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.cos(0.75 * np.pi * np.arange(16)), iv.Axis("x", unit="px", period=16.0))
    >>> halved = iv.Subsample(stride={"x": 2})
    >>> iv.equivariance_error(halved, x, [iv.Translate(x=1), iv.Translate(x=2)]).values.round(6)
    array([2., 0.])

    References
    ----------
    Zhang (2019), arXiv:1904.11486; Karras et al. (2021), arXiv:2106.12423; on ``align="grid"``
    Chaman & Dokmanić (2021), arXiv:2011.14214.
    """
    result: xr.DataArray = _error(op, x, action, protocol, norm, keep, False, align)
    return result


def invariance_error(
    op: Operator,
    x: xr.DataArray,
    action: Action | Iterable[Action],
    *,
    protocol: Protocol | None = None,
    norm: Norm | None = None,
    keep: Sequence[str] = (),
) -> xr.DataArray:
    """Relative invariance error: ``||f(g x) - f(x)|| / ||f(x)||``.

    The same square with the identity on the output side.

    Parameters
    ----------
    op, x, action, protocol, norm, keep
        As for `equivariance_error`.

    Returns
    -------
    xarray.DataArray
        As for `equivariance_error`.

    Raises
    ------
    AxisError, BorderError
        As for `equivariance_error`.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 2.0, 4.0, 3.0], iv.Axis("x", unit="px", period=4.0))
    >>> float(iv.invariance_error(iv.GlobalPool("x"), x, iv.Translate(x=1), norm="total"))
    0.0

    References
    ----------
    Goodfellow et al. (2009), Measuring invariances in deep networks.
    """
    result: xr.DataArray = _error(op, x, action, protocol, norm, keep, invariance=True)
    return result
