"""Energy constancy: whether the output keeps its energy while the input moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Action
from invarsig.axes import plain
from invarsig.errors import DimError
from invarsig.measures.equivariance import per_shift
from invarsig.measures.norms import norm_of
from invarsig.measures.protocols import Protocol, choose_protocol, compare
from invarsig.measures.silence import is_round_off, without
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["energy_constancy"]


def energy_constancy(
    op: Operator,
    x: xr.DataArray,
    action: Action | Iterable[Action],
    *,
    protocol: Protocol | None = None,
    keep: Sequence[str] = (),
) -> xr.DataArray:
    """Relative change of the output's norm: ``| ||f(g x)|| - ||g f(x)|| | / ||f(x)||``.

    On a periodic axis ``||g f(x)||`` is ``||f(x)||``, except for the Nyquist bin of a real signal.
    Energy constancy is necessary for equivariance and far from sufficient: by the triangle
    inequality it is never above the equivariance error (with ``norm="total"``). A perfect operator
    scores 0, up to round-off.

    *Blind to* everything but the norm, phases first of all: max pooling with a stride keeps its
    energy to a percent and fails the square by a third. So a pass says nothing; a failure says that
    the operator is not equivariant.

    Parameters
    ----------
    op, x, action, protocol, keep
        As for `equivariance_error`.

    Returns
    -------
    xarray.DataArray
        Relative, with the coordinate ``length``. NaN where the output has no energy.

    Raises
    ------
    AxisError, BorderError
        As for `equivariance_error`.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.cos(0.75 * np.pi * np.arange(16)), iv.Axis("x", unit="px", period=16.0))
    >>> halved, move = iv.Subsample(stride={"x": 2}), iv.Translate(x=1)
    >>> float(iv.measures.energy_constancy(halved, x, move).round(6) + 0)
    0.0
    >>> float(iv.equivariance_error(halved, x, move).round(6))
    2.0

    References
    ----------
    Parseval's theorem; the inequality is the triangle's.
    """
    require_operator(op)
    y = op(x)
    for dim in keep:
        if dim not in y.dims:
            raise DimError(f"keep names {dim!r}, which the output lacks; it has {tuple(y.dims)}.")

    nothing = is_round_off(op, x, y, keep=keep)

    def one(each: Action) -> xr.DataArray:
        chosen = choose_protocol(protocol, x, y, each)
        found = compare(op, x, each, chosen, y=y)
        first, last, whole = (
            norm_of(side, keep) for side in (found.moved_first, found.moved_last, found.reference)
        )
        gap = np.abs(plain(first, whole.dims) - plain(last, whole.dims))
        out = without(whole.copy(data=gap) / whole.where(whole > 0), nothing)
        out.attrs = {"protocol": chosen, "units": "1"}
        return out.rename("energy_constancy")

    return per_shift(action, x, one)
