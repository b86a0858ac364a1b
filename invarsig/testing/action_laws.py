"""The laws that every action keeps."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig.actions import Action
from invarsig.axes import difference, renamed
from invarsig.errors import InvarsigError
from invarsig.testing.closeness import close, relabeled

__all__ = ["check_action"]


def check_action(action: Action, x: xr.DataArray) -> None:
    """Check the laws that every action keeps.

    Identity, inverse, composition, what is carried along, renaming, reordering and rescaling dims,
    batching, single precision, that a dim that is lost is acted on by the identity, and that
    samples said to be known depend only on known ones.

    Inverse and composition are checked where results are known: an action that only moves samples,
    or is exact, to 1e-9; one that interpolates to four of its own floors, which must be below its
    class' ``accuracy`` on `x`. Composition is not checked where a class says that its moves do not
    add up (``group``), and fractions of a move not where there are none (``continuous``): then
    ``at(0.25)`` must be an error.

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
    close("the identity", action, x, action.at(0)(x))
    _adds_up(action, x, y)
    assert not np.allclose(y.to_numpy(), x.to_numpy()), f"{action} does not move its example."
    assert y.name == x.name, f"{action} lost the name."
    assert y.attrs == x.attrs, f"{action} changed the attributes."
    assert y.dims == x.dims, f"{action} changed the dims {x.dims} to {y.dims}."
    assert action(x.astype(np.float32)).dtype == np.float32, f"{action} changed the precision."
    names = {dim: f"{dim}_renamed" for dim in map(str, x.dims)}
    close("renaming dims", action, renamed(y, names), action.renamed(names)(renamed(x, names)), 0.0)
    close("reordering dims", action, y, action(x.transpose(*reversed(x.dims))))
    factors = {dim: 1000.0 for dim in action.required if dim in x.coords}
    again = action.rescaled(factors)(relabeled(x, factors, {}))
    close(
        "rescaling a unit", action, y.drop_vars(list(y.coords)), again.drop_vars(list(again.coords))
    )
    both = action(
        xr.concat([x, 2 * x], dim="_batch", coords="minimal", compat="override", join="override")
    )
    close(
        "batching",
        action,
        (2 * y).drop_vars(list(y.coords)),
        both.isel(_batch=1).drop_vars(list(y.coords)),
    )
    acted = [dim for dim in (*action.required, *action.induced) if dim in x.dims]
    lost = x.isel(dict.fromkeys(acted, 0), drop=True)
    close("a lost dim", action, lost, action.on_output(lost), 0.0)
    _knows_what_it_says(action, x, y)


def _adds_up(action: Action, x: xr.DataArray, y: xr.DataArray) -> None:
    """The inverse, and composition where moves add up."""
    floor = action.floor(x)
    assert floor <= action.accuracy, (
        f"{action} breaks the law of the inverse: the signal after going there and back is off by "
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
        raise AssertionError(f"{action} says that it cannot be done in part, and does so.")
    if action.group:
        first, then = action.at(0.75), action.at(0.25)
        moved = first(x)
        known = seen & then.known(moved, first.known(x))
        if known.any():
            # A whole action may be exact where part of it interpolates.
            parts = np.nanmax([floor, first.floor(x), then.floor(x)])
            assert parts <= action.accuracy, f"{action} has parts with a floor of {parts:.3g}."
            slack = max(1e-9, 4 * parts)
            _close_where("composition", action, y, then(moved), known, slack)


def _close_where(
    law: str, op: object, a: xr.DataArray, b: xr.DataArray, known: xr.DataArray, slack: float
) -> None:
    """Compare two results where both are known; beyond round-off by their energy."""
    assert known.any(), (
        f"{op} leaves nothing known on which to check the law of {law}; give more of x."
    )
    a, b = (each.where(known, 0) for each in (a, b))
    if slack <= 1e-9:
        return close(law, op, a, b, slack)
    off = float(np.linalg.norm((a.to_numpy() - b.transpose(*a.dims).to_numpy()).ravel()))
    whole = float(np.linalg.norm(a.to_numpy().ravel()))
    assert off <= slack * whole, (
        f"{op} breaks the law of {law}: values differ by {off / whole:.3g}, and {slack:.3g} is "
        "what interpolation explains."
    )
    return close(law, op, a * 0, b * 0)


def _knows_what_it_says(action: Action, x: xr.DataArray, y: xr.DataArray) -> None:
    """Different values at unknown samples must not change the known ones."""
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
