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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing.rolled import Node, Rolled, nodes_of
from invarsig.aliasing.wrapped import Wrapped, wrapped
from invarsig.axes import Axes, axis_of
from invarsig.errors import DimError, ParameterError
from invarsig.kernels.interpolation import HALF_WIDTH, is_whole
from invarsig.measures.equivariance import Norm, relative
from invarsig.measures.known_samples import Indexers
from invarsig.measures.protocols import interior
from invarsig.operators import Operator
from invarsig.operators.base import require_operator, stages_of

__all__ = ["CAUSES", "Cause", "CauseProtocol", "causes"]

Cause = Literal["folding", "imaging", "nonlinearity", "border", "position"]
CAUSES: tuple[str, ...] = get_args(Cause)

CauseProtocol = Literal["roll", "cut", "interior"]

# Two values of a stage that differ only by rounding are treated as equal, and the rest of the
# pipeline is not run again.
_SAME = 64


def causes(
    op: Operator,
    x: xr.DataArray,
    action: Translate,
    protocol: CauseProtocol = "roll",
    *,
    region: Indexers | None = None,
    norm: Norm = "centered",
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

    Returns
    -------
    xarray.Dataset
        ``share`` over ("cause", "stage"), which adds up to 1 and may hold negative parts that
        cancel: the mean of two orders; ``uncertainty``, half the difference of the two;
        ``share_of_cause`` and ``uncertainty_of_cause``, the same over "cause" alone; ``size`` over
        "cause", the norm of what a cause contributes, relative to the output as the error is; and
        ``total``, the error itself. The coordinate ``operator`` holds the stages' text. Where the
        error is rounding there is nothing to split, and shares are NaN.
        ``attrs["main_cause"]``: the cause whose share exceeds that of every other one by more than
        the uncertainty of both, or "".

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
    if not isinstance(action, Translate):
        raise ParameterError(
            f"{action!r} is not a translation; give one such as iv.Translate(x=1)."
        )
    parameters.one_of("protocol", protocol, CauseProtocol)
    parameters.one_of("norm", norm, Norm)
    if not stages_of(op):
        raise ParameterError("The pipeline has no stages; there is nothing to split.")
    nodes = nodes_of(op)
    way: _Rolling | _Cutting
    if protocol == "cut":
        way = _Cutting.of(nodes, x, action)
    else:
        way = _Rolling.of(nodes, x, action, windowed=protocol == "interior")
    where = way.region(op, x, region)
    forward, backward = way.orders()
    total, reference = forward.total(where), way.reference(where)
    size = relative(total, reference, norm)
    least = 100 * float(np.finfo(_real(reference.dtype)).eps) * _norm(reference)
    splits = [
        each
        for each in (_split(nodes, order, where) for order in (forward, backward))
        if each.whole > least
    ]
    if not (splits and _norm(total) > least):
        splits = [_Split.unknown(len(stages_of(op)))]
    shares = np.array([each.shares for each in splits])
    of_cause = shares.sum(axis=2)
    middle, half = of_cause.mean(axis=0), _half_apart(of_cause)
    # Each order is relative to its own total: a single cause is as large as the error.
    sizes = float(size) * np.mean([each.sizes for each in splits], axis=0)
    stages = stages_of(op)
    return xr.Dataset(
        {
            "share": (("cause", "stage"), shares.mean(axis=0)),
            "uncertainty": (("cause", "stage"), _half_apart(shares)),
            "share_of_cause": ("cause", middle),
            "uncertainty_of_cause": ("cause", half),
            "size": ("cause", sizes),
            "total": float(size),
        },
        coords={
            "cause": list(CAUSES),
            "stage": np.arange(1, len(stages) + 1),
            "operator": ("stage", [str(stage) for stage in stages]),
        },
        attrs={"protocol": protocol, "norm": norm, "main_cause": main_cause(middle, half)},
    )


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


def _half_apart(orders: np.ndarray) -> np.ndarray:
    """Half the difference of the two orders; unknown where there is only one."""
    if len(orders) < 2:
        return np.full(orders.shape[1:], np.nan)
    return np.asarray(np.abs(orders[0] - orders[1]) / 2)


def _norm(values: xr.DataArray | np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(values).ravel()))


def _real(kind: np.dtype[Any]) -> np.dtype[Any]:
    return kind if kind.kind in "fc" else np.dtype(np.float64)


Step = tuple[str, xr.DataArray]
"""A cause, and what a stage gives once the effect of this cause is removed."""


@dataclass(frozen=True)
class _Order:
    """One path through the stages: from the result of the moved input to the moved result.

    Parameters
    ----------
    first, last
        ``f(x')`` and ``g f(x)``.
    steps
        For a stage, what it gives for the moved input, and then each `Step`; the last one is the
        moved result of the stage.
    rest
        Run the rest of the pipeline from a stage on.
    back
        Bring a result to the grid of ``f(x')``: the identity, or the move, where this order has
        moved back.
    sign
        -1 where this order has moved back.
    """

    first: xr.DataArray
    last: xr.DataArray
    steps: Callable[[int], tuple[xr.DataArray, Iterator[Step]]]
    rest: Callable[[int, xr.DataArray], xr.DataArray]
    back: Callable[[xr.DataArray, Indexers], xr.DataArray]
    sign: float = 1.0

    def total(self, where: Indexers) -> xr.DataArray:
        """The error ``f(x') - g f(x)``, over the region that is compared."""
        return self.difference(self.first, self.last, where)

    def difference(self, a: xr.DataArray, b: xr.DataArray, where: Indexers) -> xr.DataArray:
        """The difference of two results, over the region that is compared."""
        wide = np.complex128 if "c" in (a.dtype.kind, b.dtype.kind) else np.float64
        values = a.transpose(*b.dims).to_numpy().astype(wide) - b.to_numpy().astype(wide)
        return self.back(b.copy(data=self.sign * values), where)


@dataclass(frozen=True)
class _Split:
    """The result of one order: shares over causes and stages, sizes relative to its own total."""

    shares: np.ndarray
    sizes: np.ndarray
    whole: float

    @classmethod
    def unknown(cls, stages: int) -> _Split:
        """The result where there is nothing to split."""
        return cls(np.full((len(CAUSES), stages), np.nan), np.zeros(len(CAUSES)), 0.0)


def _split(nodes: Sequence[Node], order: _Order, where: Indexers) -> _Split:
    """Follow one order through the stages."""
    total = order.total(where)
    whole, size = total.to_numpy(), _norm(total)
    stages = nodes[-1].stage + 1
    if not size > 0:
        return _Split.unknown(stages)
    shares = np.zeros((len(CAUSES), stages))
    parts = [np.zeros_like(whole) for _ in CAUSES]
    result = order.first
    for place, node in enumerate(nodes):
        current, steps = order.steps(place)
        for cause, value in steps:
            if _same(current, value):
                continue
            after = order.rest(place + 1, value)
            part = order.difference(result, after, where).transpose(*total.dims).to_numpy()
            row = CAUSES.index(cause)
            parts[row] += part
            shares[row, node.stage] += float(np.sum(np.conj(whole) * part).real) / size**2
            result, current = after, value
    return _Split(shares, np.array([_norm(part) for part in parts]) / size, size)


def _same(one: xr.DataArray, other: xr.DataArray) -> bool:
    """Whether two values differ only by rounding."""
    a, b = one.to_numpy(), other.transpose(*one.dims).to_numpy()
    if a.shape != b.shape or a.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    limit = _SAME * float(np.finfo(a.dtype).eps) * float(np.abs(a).max(initial=0.0))
    return bool((np.abs(a - b) <= limit).all())


@dataclass(frozen=True)
class _Rolling:
    """The input moved with wrapping; each stage as given."""

    run: Rolled
    move: Translate
    windowed: bool
    kept: dict[int, Wrapped]

    @classmethod
    def of(
        cls, nodes: tuple[Node, ...], x: xr.DataArray, action: Translate, *, windowed: bool
    ) -> _Rolling:
        """Run the stages on the input, and find where the dims that move first exist."""
        run = Rolled.of(nodes, x)
        run.require(action)
        return cls(run, action, windowed, {})

    def region(self, op: Operator, x: xr.DataArray, asked: Indexers | None) -> Indexers:
        """The region that is compared."""
        if asked is not None or not self.windowed:
            return dict(asked or {})
        return interior(op, x, self.run.result, self.move)

    def reference(self, where: Indexers) -> xr.DataArray:
        """What the error is relative to: ``f(x)``, over the same part."""
        return self.run.result.isel(where)

    def orders(self) -> tuple[_Order, _Order]:
        """From the moved input to the moved result, and the same with the roles exchanged."""
        there = self.run.moved(self.move, windowed=self.windowed)
        back = self.move.at(-1)
        again = there.moved(back, windowed=self.windowed)

        def forth(part: xr.DataArray, where: Indexers) -> xr.DataArray:
            return part.isel(where)

        def moved(part: xr.DataArray, where: Indexers) -> xr.DataArray:
            return self.move.rolled(part, windowed=self.windowed).isel(where)

        return (
            self._order(there.result, self.run, self.move, forth, 1.0),
            self._order(again.result, there, back, moved, -1.0),
        )

    def _order(
        self,
        first: xr.DataArray,
        run: Rolled,
        move: Translate,
        bring: Callable[[xr.DataArray, Indexers], xr.DataArray],
        sign: float,
    ) -> _Order:
        def steps(place: int) -> tuple[xr.DataArray, Iterator[Step]]:
            z, y = run.features[place], run.features[place + 1]
            moved = move.rolled(z, windowed=self.windowed)
            value = self._made(run, place, run.nodes[place](moved), move)
            return value, self._steps(run, place, z, y, moved, move)

        def rest(place: int, value: xr.DataArray) -> xr.DataArray:
            return run.rest(place, value, move, windowed=self.windowed)

        last = move.rolled(run.result, windowed=self.windowed)
        return _Order(first, last, steps, rest, bring, sign)

    def _steps(
        self,
        run: Rolled,
        place: int,
        z: xr.DataArray,
        y: xr.DataArray,
        moved: xr.DataArray,
        move: Translate,
    ) -> Iterator[Step]:
        """What a stage gives as its causes are removed one by one."""
        node = run.nodes[place]
        around = self.kept.get(place)
        if around is None:
            margins = self._margins(y)
            around = self.kept[place] = wrapped(node.op, z, y, tuple(move.shifts), margins)
        around = around.on(y)
        cause = _own_cause(z, y, move, around)

        if around.continued:
            yield "border", self._made(run, place, around.cut(around(moved)), move)
        if cause == "folding" and not (node.op.linear or node.op.front_end):
            dense = self._dense(run, place, move, around)
            if dense is not None:
                yield "nonlinearity", dense
        if around.continued:
            inner = run.own(place, around(z))
            yield cause, around.cut(move.rolled(inner, windowed=self.windowed))
        last = move.rolled(y, windowed=self.windowed)
        yield ("border" if around.continued else cause), last

    def _margins(self, y: xr.DataArray) -> dict[str, int]:
        """How much of a wrapped result a move needs at either side, where not all."""
        found = {}
        for dim in self.move.shifts:
            if dim in y.dims:
                axis = axis_of(y, dim)
                shift = self.move.samples(axis)
                if is_whole(shift) or (self.windowed and not axis.periodic):
                    found[dim] = math.ceil(abs(shift)) + HALF_WIDTH + 1
        return found

    def _made(self, run: Rolled, place: int, value: xr.DataArray, move: Translate) -> xr.DataArray:
        """What a stage gives for a moved input, moved along the dims that it creates."""
        return run.after(place, run.own(place, value), move, windowed=self.windowed)

    def _dense(
        self, run: Rolled, place: int, move: Translate, around: Wrapped
    ) -> xr.DataArray | None:
        """The stage without its stride, moved there, and then its stride; None where it is exact.

        A move by whole samples of the stage's input is exact without the stride.
        """
        op, z = run.nodes[place].op, run.features[place]
        shifts = [move.samples(axis_of(z, dim)) for dim in move.shifts if dim in z.dims]
        if all(is_whole(shift) for shift in shifts):
            return None
        strides = {
            dim: by
            for dim, by in op.plan(Axes.of(z)).stride.items()
            if dim in move.shifts and by > 1
        }
        finer = op.restrided(dict.fromkeys(strides, 1))
        fine = None if finer is None else around.finer(finer, z, strides)
        if fine is None:
            return None
        fine_moved = move.rolled(run.own(place, fine), windowed=self.windowed)
        every = {dim: slice(None, None, by) for dim, by in strides.items()}
        return around.cut(fine_moved.isel(every))


def _own_cause(z: xr.DataArray, y: xr.DataArray, move: Translate, around: Wrapped) -> str:
    """The name of the error that a wrapped stage makes on its own."""
    if not around.places_alike:
        return "position"
    both = [dim for dim in move.shifts if dim in z.dims and dim in y.dims]
    rates = [abs(axis_of(z, dim).step / axis_of(y, dim).step) for dim in both]
    if any(rate < 1 - 1e-6 for rate in rates):
        return "folding"
    return "imaging" if any(rate > 1 + 1e-6 for rate in rates) else "nonlinearity"


@dataclass(frozen=True)
class _Cutting:
    """Two cuts of the input: the second one shows what the first one does, `by` samples further."""

    nodes: tuple[Node, ...]
    by: tuple[dict[str, int], ...]
    here: tuple[xr.DataArray, ...]
    there: tuple[xr.DataArray, ...]

    @classmethod
    def of(cls, nodes: tuple[Node, ...], x: xr.DataArray, action: Translate) -> _Cutting:
        """Cut at two places, and run the stages on both."""
        here: dict[str, slice] = {}
        there: dict[str, slice] = {}
        by: dict[str, int] = {}
        for dim, shift in action.shifts.items():
            if dim not in x.dims:
                raise DimError(
                    f"A cut along {dim!r} needs that dim in the input, whose dims are "
                    f"{tuple(x.dims)}; give what the stage that creates it gives, and the stages "
                    "after it."
                )
            samples = action.samples(axis_of(x, dim))
            if not is_whole(samples):
                raise ParameterError(
                    f"The protocol 'cut' cuts at whole samples, and the shift along {dim!r} is "
                    f"{samples:.6g} of them ({shift:.6g}); give a multiple of the total stride."
                )
            by[dim] = round(samples)
            size = x.sizes[dim] - abs(by[dim])
            if size < 1:
                raise ParameterError(
                    f"A shift of {abs(by[dim])} samples leaves nothing of the {x.sizes[dim]} "
                    f"samples along {dim!r}; give a smaller one."
                )
            here[dim] = slice(max(by[dim], 0), max(by[dim], 0) + size)
            there[dim] = slice(max(-by[dim], 0), max(-by[dim], 0) + size)
        features = Rolled.of(nodes, x.isel(here)).features
        counts = [by]
        for node, z in zip(nodes, features, strict=False):
            plan = node.op.plan(Axes.of(z))
            now = {}
            for dim, count in counts[-1].items():
                stride = plan.stride.get(dim, 1)
                if count % stride:
                    raise ParameterError(
                        f"The shift along {dim!r} is not a whole multiple of the total stride: "
                        f"stage {node.stage + 1}, {node.op}, has a stride of {stride}, and {count} "
                        "of its samples are left of the shift; give a multiple of the total stride."
                    )
                now[dim] = count // stride
            counts.append(now)
        return cls(nodes, tuple(counts), features, Rolled.of(nodes, x.isel(there)).features)

    def region(self, op: Operator, x: xr.DataArray, asked: Indexers | None) -> Indexers:
        """The region that is compared, within the overlap."""
        return dict(asked or {})

    def reference(self, where: Indexers) -> xr.DataArray:
        """What the error is relative to: the first cut's result, over the overlap."""
        source, _ = _boxes(self.here[-1], self.by[-1])
        return self.here[-1].isel(source).isel(where)

    def orders(self) -> tuple[_Order, _Order]:
        """From the second cut to the first one, and vice versa."""
        return self._order(back=False), self._order(back=True)

    def _order(self, *, back: bool) -> _Order:
        origin, other = (self.there, self.here) if back else (self.here, self.there)

        def lag(place: int) -> dict[str, int]:
            return {dim: -by if back else by for dim, by in self.by[place].items()}

        def rest(place: int, value: xr.DataArray) -> xr.DataArray:
            for node in self.nodes[place:]:
                value = node(value)
            return value

        def moved(place: int) -> xr.DataArray:
            return _overlaid(origin[place], other[place], lag(place))

        def steps(place: int) -> tuple[xr.DataArray, Iterator[Step]]:
            z = moved(place)
            value, last = self.nodes[place](z), moved(place + 1)
            inner = _inside(self.nodes[place].op, z, last, lag(place + 1))
            return value, self._steps(place, value, last, inner)

        def bring(part: xr.DataArray, where: Indexers) -> xr.DataArray:
            # What the second cut shows, on the grid of the overlap.
            _, target = _boxes(part, lag(len(self.nodes)))
            return part.isel(target).isel(where)

        first, last = other[-1], moved(len(self.nodes))
        return _Order(first, last, steps, rest, bring, -1.0 if back else 1.0)

    def _steps(
        self, place: int, value: xr.DataArray, last: xr.DataArray, inner: Indexers | None
    ) -> Iterator[Step]:
        """What differs away from the ends depends on position; the rest is due to the border."""
        if inner is not None and not _same(value.isel(inner), last.isel(inner)):
            z = self.here[place]
            around = wrapped(self.nodes[place].op, z, self.here[place + 1], tuple(self.by[0]))
            if not around.places_alike:
                # The ends keep what they have; the middle is as the moved result has it.
                mixed = value.copy(deep=True).transpose(*last.dims)
                mixed[inner] = last.isel(inner).to_numpy()
                yield "position", mixed
        yield "border", last


def _boxes(y: xr.DataArray, by: Mapping[str, int]) -> tuple[Indexers, Indexers]:
    """The overlap of two results that are some samples apart: in the first, in the second."""
    source: Indexers = {}
    target: Indexers = {}
    for dim, count in by.items():
        if dim in y.dims:
            size = max(y.sizes[dim] - abs(count), 0)
            source[dim] = slice(max(-count, 0), max(-count, 0) + size)
            target[dim] = slice(max(count, 0), max(count, 0) + size)
    return source, target


def _overlaid(one: xr.DataArray, other: xr.DataArray, by: Mapping[str, int]) -> xr.DataArray:
    """The second result, with what the first one shows where they overlap."""
    source, target = _boxes(one, by)
    out = other.copy(deep=True)
    out[target] = one.transpose(*other.dims).isel(source).to_numpy()
    return out


def _inside(
    op: Operator, z: xr.DataArray, y: xr.DataArray, by: Mapping[str, int]
) -> Indexers | None:
    """The part of the overlap that no end of either cut reaches; all of it where that is not known.

    None where nothing is left.
    """
    reach = op.plan(Axes.of(z)).reach
    _, target = _boxes(y, by)
    for dim, where in target.items():
        left, right = reach.get(dim, (0.0, 0.0))
        if not math.isfinite(left + right):
            continue
        step = abs(axis_of(y, dim).step)
        first, end = where.start + math.ceil(left / step), where.stop - math.ceil(right / step)
        if first >= end:
            return None
        target[dim] = slice(first, end)
    return target
