"""A sweep: the outputs of an operator with its input at one place after another."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr

from invarsig.actions import Action, Translate
from invarsig.axes import axis_of, nearest_periodic
from invarsig.errors import AxisError, BorderError, ParameterError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.equivariance import actions_of, per_shift
from invarsig.measures.protocols import Protocol
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["sweep"]


def sweep(
    op: Operator,
    x: xr.DataArray,
    actions: Iterable[object],
    protocol: Protocol | None,
    *,
    least: int = 2,
    moved_back: bool = False,
) -> xr.DataArray:
    """Run an operator on the input at each place, and stack the outputs along "length".

    ``periodic`` moves the input along periodic axes; each output may be moved back. ``cut`` cuts
    windows of one size out of a longer input, as new content enters at one end. The default is
    periodic where all axes are, else cut.
    """
    require_operator(op)
    several = actions_of(actions, x)
    if len(several) < least:
        raise ParameterError(
            f"A sweep compares outputs at several places, and {len(several)} is given; give at "
            f"least {least} actions, such as [iv.Translate(x=d) for d in range(8)]."
        )
    dims = list(dict.fromkeys(dim for one in several for dim in one.required if dim in x.dims))
    rings = [axis_of(x, dim) for dim in dims]
    if protocol is None:
        protocol = "periodic" if all(axis.periodic for axis in rings) else "cut"
    if protocol == "periodic":
        for axis in rings:
            if not axis.periodic:
                raise AxisError(nearest_periodic(axis))
        windows = None
    elif protocol == "cut" and moved_back:
        raise ParameterError("Cut windows have no periodic axis to be moved back along.")
    elif protocol == "cut":
        windows = _windows(x, several, dims)
    else:
        raise ParameterError(f"protocol={protocol!r} is not for sweeps; give 'periodic' or 'cut'.")

    def one(action: Action) -> xr.DataArray:
        if windows is None:
            y = op(action(x))
            y = action.at(-1).on_output(y) if moved_back else y
        else:
            y = op(x.isel(windows[id(action)]))
            y = y.drop_vars([dim for dim in dims if dim in y.coords])
        # What an operator reports about its own choices may differ from place to place.
        return y.drop_vars([name for name in y.coords if name not in y.dims])

    out = per_shift(several, x, one)
    out.attrs = {**out.attrs, "protocol": protocol, "along": dims}
    return out


def _windows(
    x: xr.DataArray, actions: list[Action], dims: list[str]
) -> dict[int, dict[str, slice]]:
    """Windows of one size: what moves by +d inside a window is what one cut d earlier shows."""
    found: dict[int, dict[str, slice]] = {id(one): {} for one in actions}
    for dim in dims:
        axis = axis_of(x, dim)
        moves = []
        for one in actions:
            if not isinstance(one, Translate):
                raise ParameterError(f"The protocol 'cut' is for translations, and this is {one}.")
            shift = one.samples(axis)
            if not is_whole(shift):
                raise ParameterError(
                    f"The protocol 'cut' cuts at whole samples, and the shift along {dim!r} is "
                    f"{shift:.6g} of them."
                )
            moves.append(round(shift))
        size = axis.size - int(np.ptp(moves))
        if size < 1:
            raise BorderError(
                f"Shifts over {int(np.ptp(moves))} samples leave nothing of the {axis.size} "
                f"samples along {dim!r}; give a longer signal or smaller shifts."
            )
        for one, move in zip(actions, moves, strict=True):
            start = max(moves) - move
            found[id(one)][dim] = slice(start, start + size)
    return found
