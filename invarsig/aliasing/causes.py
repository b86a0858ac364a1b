"""Causes: what the error of a pipeline as given consists of, as an exact sum.

Let z_i be the features after stage i, x' the moved input, g the move on each grid, and rest_i the
stages after i. Then

    a_0 = f(x'),   a_i = rest_i(g z_i),   a_n = g f(x),   f(x') - g f(x) = sum_i (a_(i-1) - a_i)

for any stages. Each term is split once more. With P the stage wrapped along the axes that move
(`invarsig.aliasing.wrapped`), cut to the grid of the original stage,

    a_(i-1) - rest_i(P g z)         what the stage's border does to the moved side,
    rest_i(P g z) - rest_i(g P z)   what the stage itself does,
    rest_i(g P z) - a_i             what its border does to the other side.

What the stage itself does is *folding* where its rate goes down, *imaging* where it goes up,
*nonlinearity* between samples where it stays, and *position* where the wrapped stage does not even
commute with its own whole period. A nonlinear stage with a stride is taken as its dense form, and
then the stride.

Moving back instead (x' as origin, its results moved forward again) gives another exact sum. The
mean of both is the share, half their difference its uncertainty.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing.blocks import blocks_of, span_of
from invarsig.aliasing.causes_of_cutting import Cutting
from invarsig.aliasing.causes_of_rolling import Rolling
from invarsig.aliasing.continued import Continued
from invarsig.aliasing.orders import CAUSES, Split, norm_of, split
from invarsig.aliasing.units import Unit, layer_name, parts_of, paths_of, units_of
from invarsig.errors import ParameterError
from invarsig.measures.known_samples import Indexers
from invarsig.measures.norms import Norm, relative, usual_norm
from invarsig.measures.silence import is_round_off
from invarsig.operators import Graph, Operator
from invarsig.operators.base import require_operator, stages_of

__all__ = [
    "CAUSES",
    "ORDERS",
    "ROUNDING",
    "CauseProtocol",
    "CauseUnits",
    "causes",
    "main_cause",
    "usual_units",
]

CauseProtocol = Literal["roll", "cut", "interior"]

CauseUnits = Literal["layers", "blocks", "rates"]

ORDERS = ("forward", "swapped")

ROUNDING = "it is rounding"
"""Why an error is not split that is no more than rounding."""

_NO_NUMBER = "gives NaN or infinity for input that has been moved"

# A graph of more nodes is diagnosed by blocks.
_MANY = 100


def causes(
    op: Operator,
    x: xr.DataArray,
    action: Translate,
    protocol: CauseProtocol = "roll",
    *,
    region: Indexers | None = None,
    norm: Norm | None = None,
    units: CauseUnits = "layers",
    opened: str | Sequence[str] = (),
    progress: Callable[[str, float], None] | None = None,
) -> xr.Dataset:
    """Split the error of a pipeline as given into its causes, stage by stage, exactly.

    ``f(x') - g f(x) = sum_i [(a_(i-1) - b_i) + (b_i - c_i) + (c_i - a_i)]``: what each stage's
    border does, what the stage itself does, and what its border does to the other side
    (`invarsig.aliasing.causes`). A share is ``<part, total> / <total, total>``.

    Parameters
    ----------
    op
        Operator or pipeline f; each stage runs as given, padding included.
    x
        Labeled array; its axes may be periodic or not.
    action
        A translation along one or several dims. A dim that a stage creates is moved along from
        there on.
    protocol
        "roll": the input is moved with wrapping along each axis. "cut": two cuts of the input are
        compared, a whole multiple of the total stride apart, where they overlap; all that differs
        there is border, or position. "interior": as "roll", with fractions of a sample interpolated
        by a windowed sinc, and compared where neither a border nor the seam reaches.
    region
        Part of the output that is split, as slices for ``isel``; by default all of it.
    norm
        As for `equivariance_error`.
    units
        What a share belongs to. "layers": each stage or node. "blocks": of a graph, neighboring
        nodes of one block (see `by_block`) are one unit, where they keep the rate and depend on
        position at their ends alone; what such a unit does on its own is nonlinearity between
        samples. Nodes that change the rate stay by themselves, so folding is told of each. "rates":
        the same across blocks. Both are other paths of the same exact sum, for large networks: in
        half and in a third of the time. Totals of causes differ by about their uncertainty.
    opened
        Names of blocks whose nodes are not taken together: their shares add up to the block's.
    progress
        Called with a text and the completed fraction, 0 to 1.

    Returns
    -------
    xarray.Dataset
        ``share`` over ("cause", "stage"), which adds up to 1 and may hold negative parts that
        cancel: the mean of two orders; ``share_by_order`` over ("order", "cause", "stage"), each of
        the two ("forward": from x to x'; "swapped": from x' to x); ``uncertainty``, half their
        difference;
        ``share_of_cause`` and ``uncertainty_of_cause``, the same over "cause" alone; ``size`` over
        "cause", the norm of what a cause contributes, relative to the output as the error is; and
        ``total``, the error itself, which is NaN where the result is nothing but round-off. The
        coordinate ``operator`` holds the stages' text. Where the error is rounding there is nothing
        to split, and shares are NaN. The coordinate ``path`` holds the names of a graph's nodes, by
        which `by_block` adds them up, or the stages' numbers.
        ``attrs["main_cause"]``: the cause whose share exceeds that of every other one by more than
        the uncertainty of both, or "". ``attrs["unknown"]``: why there are no shares ("it is
        rounding", or which stage gives NaN), or "".

    Notes
    -----
    Interpolated samples overshoot, and a logarithm or a root of a power below zero is NaN. Where a
    stage that gives numbers as given gives NaN for such values, it is continued: there it gives
    what it does for the nearest of the values that it met as given. The sum stays exact.

    Raises
    ------
    DimError
        If neither `x` nor any stage has a dim that is moved along.
    ParameterError
        If the action is not a translation, or, for "cut", the shift is not a whole multiple of the
        total stride.
    BorderError
        For "interior", if nothing is left inside the borders.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal(64), "x")
    >>> taps = iv.label([1.0, 2.0, 1.0], "x")
    >>> sums = iv.Convolve(taps, boundary="zero")
    >>> found = iv.causes(sums >> iv.Subsample(stride={"x": 2}), x, iv.Translate(x=1))
    >>> found.share_of_cause.sel(cause=["folding", "border"]).values.round(2).tolist()
    [0.99, 0.01]
    >>> iv.causes(sums, x, iv.Translate(x=3), "cut").attrs["main_cause"]
    'border'
    """
    require_operator(op)
    op = op.on(x)
    if not isinstance(action, Translate):
        raise ParameterError(
            f"{action!r} is not a translation; give one such as iv.Translate(x=1)."
        )
    action = action.on(x)
    parameters.one_of("protocol", protocol, CauseProtocol)
    norm = usual_norm(op, norm)
    if not stages_of(op):
        raise ParameterError("The pipeline has no stages; there is nothing to split.")
    parameters.one_of("units", units, CauseUnits)
    way: Rolling | Cutting
    if protocol == "cut":
        way = Cutting.of(units_of(op), x, action)
    else:
        way = Rolling.of(units_of(op), x, action, windowed=protocol == "interior")
    found = _both_orders(op, x, way, units, opened, region, norm, action.required, progress)
    if found.lost:
        way = way.continued()
        found = _both_orders(op, x, way, units, opened, region, norm, action.required, progress)
    pairs = list(zip(found.orders, found.told, strict=True))
    nothing = np.full((len(CAUSES), len(found.stages)), np.nan)
    shares = np.array([each.shares if known else nothing for each, known in pairs])
    of_cause = shares.sum(axis=2)
    middle, half = _mean(of_cause, found.told), _half_apart(of_cause)
    # Each order is relative to its own total: a single cause is as large as the error.
    known_sizes = [each.sizes for each, known in pairs if known] or [np.zeros(len(CAUSES))]
    sizes = found.size * np.mean(known_sizes, axis=0)
    return xr.Dataset(
        {
            "share": (("cause", "stage"), _mean(shares, found.told)),
            "share_by_order": (("order", "cause", "stage"), shares),
            "uncertainty": (("cause", "stage"), _half_apart(shares)),
            "share_of_cause": ("cause", middle),
            "uncertainty_of_cause": ("cause", half),
            "size": ("cause", sizes),
            "total": found.size,
        },
        coords={
            "cause": list(CAUSES),
            "stage": np.array(found.stages) + 1,
            "operator": ("stage", found.texts),
            "path": ("stage", found.paths),
            "order": list(ORDERS),
        },
        attrs={
            "protocol": protocol,
            "norm": norm,
            "units": "layers" if len(found.stages) == len(parts_of(op)) else units,
            "main_cause": main_cause(middle, half),
            "unknown": "" if np.isfinite(middle).all() else _why_unknown(op, way, found),
        },
    )


@dataclass(frozen=True)
class _Both:
    """Both orders of a sum.

    Parameters
    ----------
    stages, texts, paths
        What has a share, and what it is called.
    size
        The error; NaN where the result is nothing but round-off.
    orders, told
        The orders, and for each whether it is more than rounding.
    """

    stages: list[int]
    texts: list[str]
    paths: list[str]
    size: float
    orders: list[Split]
    told: list[bool]

    @property
    def lost(self) -> bool:
        """Whether an error that is a number has parts that are none."""
        shares = [each.shares for each, known in zip(self.orders, self.told, strict=True) if known]
        return math.isfinite(self.size) and not all(np.isfinite(each).all() for each in shares)


def _both_orders(
    op: Operator,
    x: xr.DataArray,
    way: Rolling | Cutting,
    units: CauseUnits,
    opened: str | Sequence[str],
    region: Indexers | None,
    norm: Norm,
    along: Sequence[str],
    progress: Callable[[str, float], None] | None,
) -> _Both:
    """Split the error along both orders."""
    if units != "layers":
        blocks = blocks_of(paths_of(op), opened)
        way = way.grouped(blocks if units == "blocks" else [name and "*" for name in blocks])
    stages, texts, paths = _named(op, way.units)
    where = way.region(op, x, region)
    forward, backward = way.orders()
    total, reference = forward.total(where), way.reference(where)
    size = float(relative(total, reference, norm, (), along))
    silent = bool(is_round_off(op, *way.given_and_made(), norm, (), along))
    least = 100 * float(np.finfo(_real(reference.dtype)).eps) * norm_of(reference)
    orders = []
    for number, order in enumerate((forward, backward)):

        def tell(done: float, before: int = number) -> None:
            if progress is not None:
                progress("causes", (before + done) / 2)

        orders.append(split(way.units, len(parts_of(op)), order, where, tell).at(stages))
    heard = not silent and norm_of(total) > least
    told = [heard and each.whole > least for each in orders]
    return _Both(stages, texts, paths, math.nan if silent else size, orders, told)


def _why_unknown(op: Operator, way: Rolling | Cutting, found: _Both) -> str:
    """Why there are no shares: what is said after "since"."""
    parts = parts_of(op)
    for unit in way.units:
        if isinstance(unit.op, Continued) and unit.op.lost:
            number = unit.stage + 1
            name = layer_name(number, paths_of(op)[unit.stage], parts[unit.stage])
            return f"{name}, {_NO_NUMBER}"
    if found.lost:
        return f"a stage {_NO_NUMBER}"
    if not np.isfinite(way.given_and_made()[1].to_numpy()).all():
        return "the output holds NaN or infinity"
    return ROUNDING


def usual_units(op: Operator) -> CauseUnits:
    """The units of a diagnosis: layers, and of a graph of more than 100 nodes blocks."""
    return "blocks" if isinstance(op, Graph) and len(op) > _MANY else "layers"


def _named(op: Operator, units: Sequence[Unit]) -> tuple[list[int], list[str], list[str]]:
    """For each unit the number of its last node, and what the unit and its path are called."""
    parts, paths = parts_of(op), paths_of(op)
    last = sorted({unit.stage for unit in units})
    texts, names = [], []
    for before, node in zip([-1, *last], last, strict=False):
        count, block = node - before, span_of(paths[before + 1 : node + 1])
        texts.append(parts[node] if count == 1 else f"{block}: {count} layers together")
        names.append(paths[node] if count == 1 else block)
    return last, texts, names


def main_cause(shares: np.ndarray, uncertainties: np.ndarray) -> str:
    """Name the cause that exceeds every other one by more than the uncertainty of both.

    Examples
    --------
    >>> from invarsig.aliasing.causes import main_cause
    >>> main_cause([0.7, 0.0, 0.1, 0.2, 0.0], [0.1, 0.0, 0.1, 0.0, 0.0])
    'folding'
    >>> main_cause([0.5, 0.0, 0.0, 0.5, 0.0], [0.2, 0.0, 0.0, 0.2, 0.0])
    ''
    """
    shares, doubts = np.asarray(shares, float), np.asarray(uncertainties, float)
    if not np.isfinite(shares + doubts).all():
        return ""
    first, second = (int(k) for k in np.argsort(-shares, kind="stable")[:2])
    ahead = shares[first] - shares[second] > doubts[first] + doubts[second]
    return CAUSES[first] if ahead else ""


def _mean(orders: np.ndarray, told: Sequence[bool]) -> np.ndarray:
    """Mean of the orders that tell something; what is not a number in one of them stays none."""
    known = orders[np.flatnonzero(told)]
    return np.asarray(known.mean(axis=0) if len(known) else orders[0])


def _half_apart(orders: np.ndarray) -> np.ndarray:
    """Half the difference of the two orders; unknown where one of them is."""
    return np.asarray(np.abs(orders[0] - orders[1]) / 2)


def _real(kind: np.dtype[Any]) -> np.dtype[Any]:
    return kind if kind.kind in "fc" else np.dtype(np.float64)
