"""Causes: an exact sum, whatever the pipeline, and the right name where one cause stands alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing.causes import CAUSES
from invarsig.aliasing.causes_of_rolling import Rolling
from invarsig.aliasing.units import units_of
from invarsig.operators.base import ArrayOperator
from invarsig.operators.fields import dims_field
from invarsig.operators.plan import Plan

BOUNDARIES = ["valid", "zero", "reflect", "symmetric", "periodic"]
KERNEL = [1.0, 3.0, 2.0, 1.0, 0.5]
RNG = np.random.default_rng


def along_x(*taps: float) -> xr.DataArray:
    return iv.label(list(taps), "x")


def of_cause(found: xr.Dataset, cause: str) -> float:
    return float(found["share_of_cause"].sel(cause=cause))


# --- an independent implementation, of chains along the last axis of a plain array ---


@dataclass(frozen=True)
class Stage:
    """A window (taps, or max), a boundary, a stride; or a function of single samples."""

    taps: tuple[float, ...] = ()
    boundary: str = "zero"
    stride: int = 1
    function: object = None

    def __call__(self, v: np.ndarray, mode: str = "") -> np.ndarray:
        if self.function is not None:
            return self.function(v)
        size, mode = len(self.taps), mode or self.boundary
        left = 0 if self.boundary == "valid" else (size - 1) // 2
        if mode == "wrap":
            places = np.arange(v.shape[-1] * self.stride) * self.stride - left
            places = places[: int(np.lcm(v.shape[-1], self.stride)) // self.stride]
        else:
            count = -(-v.shape[-1] // self.stride)
            if mode == "valid":
                count = (v.shape[-1] - size) // self.stride + 1
            places = np.arange(count) * self.stride - left
        index = places[:, None] + np.arange(size)
        right = max(int(index.max()) - v.shape[-1] + 1, 0)
        names = {"zero": "constant", "valid": "constant"}
        wide = np.pad(v, [(0, 0), (left, right)], mode=names.get(mode, mode))
        return wide[..., index + left] @ np.array(self.taps)[::-1]


def turned(v: np.ndarray, by: float) -> np.ndarray:
    if by == round(by):
        return np.roll(v, round(by), axis=-1)
    f = np.fft.rfftfreq(v.shape[-1])
    factor = np.exp(-2j * np.pi * f * by)
    if v.shape[-1] % 2 == 0:
        factor[-1] = np.cos(np.pi * by)
    return np.fft.irfft(np.fft.rfft(v, axis=-1) * factor, n=v.shape[-1], axis=-1)


def one_order(stages: list[Stage], v: np.ndarray, by: float, forth) -> np.ndarray:
    """Shares over (border, the stage itself) and stages, from x to x' moved by so much."""
    values, shifts = [v], [by]
    for stage in stages:
        values.append(stage(values[-1]))
        shifts.append(shifts[-1] / stage.stride)

    def rest(place: int, u: np.ndarray) -> np.ndarray:
        for stage in stages[place:]:
            u = stage(u)
        return u

    results = [[] for _ in stages]
    for i, stage in enumerate(stages):
        z, y, a, b = values[i], values[i + 1], shifts[i], shifts[i + 1]
        inner, around = stage(turned(z, a), "wrap"), turned(stage(z, "wrap"), b)
        both = [stage(turned(z, a)), inner[..., : y.shape[-1]], around[..., : y.shape[-1]]]
        results[i] = [forth(rest(i + 1, u)) for u in (*both, turned(y, b))]
    total = results[0][0] - results[-1][-1]
    parts = np.array([[r[0] - r[1] + r[2] - r[3], r[1] - r[2]] for r in results])
    return np.sum(parts * total, axis=(-1, -2)).T / np.sum(total**2)


def reference(stages: list[Stage], v: np.ndarray, by: float) -> np.ndarray:
    """The mean of both orders."""
    whole = float(np.prod([stage.stride for stage in stages]))
    one = one_order(stages, v, by, lambda u: u)
    other = one_order(stages, turned(v, by), -by, lambda u: turned(u, by / whole))
    return (one + other) / 2


@pytest.mark.parametrize("boundary", ["valid", "zero", "reflect", "symmetric"])
@pytest.mark.parametrize("shift", [1.0, 2.37])
@pytest.mark.parametrize("size", [48, 61])
def test_shares_equal_those_of_an_independent_implementation(boundary, shift, size):
    v = RNG(7).standard_normal((3, size))
    plain = [
        Stage((1.0, 3.0, 2.0, 1.0, 0.5), boundary),
        Stage(function=np.tanh),
        Stage((1.0, 2.0, 1.0), boundary, 2),
        Stage(function=lambda u: np.maximum(u, 0)),
        Stage((1.0, 1.0, 1.0, 1.0, 0.0), boundary, 1),
        Stage((1.0,), "zero", 2),
    ]
    ours = (
        iv.Convolve(along_x(*KERNEL), boundary=boundary)
        >> iv.Tanh()
        >> iv.Convolve(along_x(1, 2, 1), stride={"x": 2}, boundary=boundary)
        >> iv.Relu()
        >> iv.Convolve(along_x(1, 1, 1, 1, 0), boundary=boundary)
        >> iv.Subsample(stride={"x": 2})
    )
    found = iv.causes(ours, iv.label(v, "channel", "x"), iv.Translate(x=shift))
    border, own = reference(plain, v, shift)
    np.testing.assert_allclose(found["share"].sel(cause="border"), border, atol=1e-9)
    others = [cause for cause in CAUSES if cause != "border"]
    np.testing.assert_allclose(found["share"].sel(cause=others).sum("cause"), own, atol=1e-9)


# --- the law: they add up ---


def random_case(seed: int) -> tuple[iv.Operator, xr.DataArray, iv.Translate]:
    """A pipeline, an input of one to three dims, and a move along one or two of them."""
    rng = RNG(seed)
    boundary = BOUNDARIES[seed % 5]
    dims = ["x", "y", "z"][: 1 + seed // 5 % 3]
    sizes = [{"x": 48, "y": 24, "z": 5}[d] for d in dims]
    axes = [
        iv.Axis(d, unit="px", period=float(n) if boundary == "periodic" else None)
        for d, n in zip(dims, sizes, strict=True)
    ]
    x = iv.label(rng.standard_normal(sizes), *axes)
    own = None if boundary == "periodic" else boundary
    window, pair = dict.fromkeys(dims[:2], 3), dict.fromkeys(dims[:2], 2)
    kernel = xr.DataArray(rng.standard_normal([5] * len(dims[:2])), dims=dims[:2])
    kinds = [
        lambda: iv.Convolve(kernel, boundary=own),
        lambda: iv.MaxPool(window=window, stride=dict.fromkeys(dims[:2], 1), boundary=own),
        lambda: iv.BlurPool(taps=3, stride=pair, boundary=own),
        lambda: iv.MaxPool(window=window, stride=pair, boundary=own),
        iv.Relu,
        iv.Tanh,
        lambda: (
            iv.Residual(iv.Convolve(kernel, boundary=own or "periodic"))
            if own != "valid"
            else iv.Relu()
        ),
        lambda: iv.Apply(padded_by_itself, over="x", reach={"x": 1.0}),
    ]
    chosen = [kinds[int(k)]() for k in rng.integers(0, len(kinds), 4)]
    stages = (*chosen, iv.Subsample(stride=dict.fromkeys(dims[:2], 1 + seed % 2)))
    along = dims[: 1 + seed % 2]
    lengths = {d: float(rng.choice([1.0, 2.0, 0.37, -1.61])) for d in along}
    return iv.Pipeline(stages), x, iv.Translate(lengths)


def padded_by_itself(values: np.ndarray) -> np.ndarray:
    wide = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(1, 1)])
    return wide[..., :-2] - 2 * wide[..., 1:-1] + 0.5 * wide[..., 2:]


@pytest.mark.parametrize(
    "seed",
    [pytest.param(seed, marks=[pytest.mark.nightly] if seed % 3 else []) for seed in range(60)],
)
def test_causes_add_up_to_one_and_to_the_error_that_is_measured(seed):
    op, x, move = random_case(seed)
    found = iv.causes(op, x, move)
    error = iv.equivariance_error(op, x, move, protocol="roll")
    np.testing.assert_allclose(found["total"], error, rtol=1e-10, atol=1e-13)
    if float(error) > 1e-6:
        np.testing.assert_allclose(found["share"].sum(), 1.0, atol=1e-9)
        np.testing.assert_allclose(found["share"].sum("stage"), found["share_of_cause"], atol=1e-12)
    else:
        assert found["share"].isnull().all()


@pytest.mark.parametrize("seed", range(0, 60, 7))
def test_of_two_cuts_all_is_border_and_adds_up(seed):
    op, x, _ = random_case(seed)
    move = iv.Translate(x=float(op.plan(iv.Axes.of(x)).stride.get("x", 1)))
    found = iv.causes(op, x, move, "cut")
    error = float(iv.equivariance_error(op, x, move, protocol="cut"))
    np.testing.assert_allclose(found["total"], error, rtol=1e-10, atol=1e-13)
    if error > 1e-6:
        np.testing.assert_allclose(found["share"].sum(), 1.0, atol=1e-9)
        assert of_cause(found, "border") > 0.999
    else:
        assert found["share"].isnull().all()


def test_a_part_of_the_output_is_split_exactly_too(photograph):
    op = iv.Convolve(along_x(1, 2, 1), boundary="zero") >> iv.Relu() >> iv.MaxPool(window={"x": 4})
    x = photograph.isel(y=slice(0, 64))
    found = iv.causes(op, x, iv.Translate(x=2.0), region={"x": slice(3, 20), "y": slice(5, 9)})
    np.testing.assert_allclose(found["share"].sum(), 1.0, atol=1e-9)
    first = op(iv.Translate(x=2.0).rolled(x))
    gap = (first - iv.Translate(x=2.0).rolled(op(x))).isel(x=slice(3, 20), y=slice(5, 9))
    there = op(x).isel(x=slice(3, 20), y=slice(5, 9))
    expected = np.sqrt((gap**2).sum() / ((there - there.mean()) ** 2).sum())
    np.testing.assert_allclose(found["total"], expected, rtol=1e-12)


# --- planted causes ---


@dataclass(frozen=True)
class Repeat(ArrayOperator):
    """Every sample twice: a rate that goes up, without interpolation."""

    over: str | tuple[str, ...] = dims_field(default="x")
    linear = True

    @property
    def dims(self) -> tuple[str, ...]:
        return (str(self.over),)

    def plan(self, axes: iv.Axes) -> Plan:
        axis = axes[str(self.over)]
        from dataclasses import replace

        finer = replace(axis, step=axis.step / 2, size=2 * axis.size)
        return Plan((axis,), (finer,), {}, {}, lambda v: np.repeat(v, 2, axis=-1))

    def restrided(self, strides):
        return None

    @classmethod
    def examples(cls, rng) -> Iterator[tuple[iv.Operator, xr.DataArray]]:
        yield cls(), iv.label(rng.standard_normal(8), iv.Axis("x", period=8.0))


def closed(x: np.ndarray) -> xr.DataArray:
    return iv.label(x, iv.Axis("x", unit="px", period=float(x.shape[-1])))


NOISE = RNG(3).standard_normal(96)
OPEN = iv.label(NOISE, iv.Axis("x", unit="px"))
BOX = iv.Convolve(along_x(1, 1, 1, 1, 1), boundary="zero")
RAMP = iv.Apply(lambda v: v * np.linspace(0.5, 2, v.shape[-1]), over="x", reach={"x": 0.0})

PLANTED = {
    "border of zero padding": ("border", BOX >> BOX >> BOX, OPEN, 3.0, "roll"),
    "border of zero padding, cut": ("border", BOX >> BOX >> BOX, OPEN, 3.0, "cut"),
    "border of a function of its own": (
        "border",
        iv.Apply(padded_by_itself, over="x") >> iv.Apply(padded_by_itself, over="x"),
        OPEN,
        2.0,
        "roll",
    ),
    "border before a stride, cut": ("border", BOX >> iv.Subsample({"x": 4}), OPEN, 4.0, "cut"),
    "folding of a bare stride": ("folding", iv.Subsample({"x": 4}), OPEN, 2.0, "roll"),
    "folding behind a filter": (
        "folding",
        iv.Relu() >> iv.BlurPool(taps=3, stride={"x": 2}),
        closed(NOISE),
        1.0,
        "roll",
    ),
    "folding away from padding": (
        "folding",
        BOX >> iv.Subsample({"x": 8}),
        iv.label(RNG(3).standard_normal(1024), iv.Axis("x")),
        8.0 * 0.5,
        "roll",
    ),
    "a nonlinearity between samples": ("nonlinearity", iv.Relu(), closed(NOISE), 0.5, "roll"),
    "the nonlinearity of a pool without a stride": (
        "nonlinearity",
        iv.MaxPool(window={"x": 3}, stride={"x": 1}),
        closed(NOISE),
        0.37,
        "roll",
    ),
    "weights that follow position": ("position", RAMP, OPEN, 8.0, "roll"),
    "weights that follow position, cut": ("position", RAMP, OPEN, 8.0, "cut"),
    "position behind a stride": (
        "position",
        iv.BlurPool(taps=5, stride={"x": 2}) >> RAMP,
        closed(NOISE),
        8.0,
        "roll",
    ),
    "the images of repeated samples": ("imaging", Repeat(), closed(NOISE), 0.5, "roll"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_cause_that_stands_alone_is_named(name):
    cause, op, x, shift, protocol = PLANTED[name]
    found = iv.causes(op, x, iv.Translate(x=shift), protocol)
    assert of_cause(found, cause) > 0.95
    assert found.attrs["main_cause"] == cause
    np.testing.assert_allclose(found["size"].sel(cause=cause), found["total"], rtol=0.1)


def test_zero_padding_without_a_stride_is_never_folding():
    for shift in (1.0, 2.0, 0.37):
        found = iv.causes(BOX >> iv.Tanh() >> BOX, OPEN, iv.Translate(x=shift))
        assert of_cause(found, "folding") == 0.0


def test_a_function_that_computes_in_single_precision_is_not_taken_for_one_that_knows_position():
    def single(values):
        return padded_by_itself(values.astype(np.float32)).astype(np.float64)

    op = iv.Apply(single, over="x", reach={"x": 1.0}) >> iv.Subsample({"x": 2})
    found = iv.causes(op, OPEN, iv.Translate(x=1.0))
    assert abs(of_cause(found, "position")) < 1e-6
    assert of_cause(found, "folding") > 0.9
    double = iv.Apply(padded_by_itself, over="x", reach={"x": 1.0}) >> iv.Subsample({"x": 2})
    expected = iv.causes(double, OPEN, iv.Translate(x=1.0))
    np.testing.assert_allclose(found["share_of_cause"], expected["share_of_cause"], atol=1e-5)


def test_the_stage_with_the_stride_is_the_one_that_folds():
    op = (
        iv.BlurPool(taps=3, stride={"x": 1})
        >> iv.Subsample({"x": 2})
        >> iv.GaussianBank({"x": [1.0]})
    )
    shares = iv.causes(op, closed(NOISE), iv.Translate(x=1.0))["share"].sel(cause="folding")
    assert shares.sel(stage=2) > 0.8


def test_a_pipeline_among_the_stages_is_split_inside_and_told_as_one():
    inner = iv.Pipeline((iv.Relu(), BOX))
    flat = iv.causes(iv.Pipeline((BOX, iv.Relu(), BOX)), OPEN, iv.Translate(x=2.0))
    nested = iv.causes(iv.Pipeline((BOX, inner)), OPEN, iv.Translate(x=2.0))
    assert nested.sizes["stage"] == 2
    np.testing.assert_allclose(nested["share_of_cause"], flat["share_of_cause"], atol=1e-12)


def test_a_shift_by_the_whole_stride_of_a_periodic_signal_leaves_nothing_to_split():
    found = iv.causes(iv.Subsample({"x": 4}), closed(NOISE), iv.Translate(x=4.0))
    assert found["share"].isnull().all()
    assert found.attrs["main_cause"] == ""


def test_a_dim_that_a_stage_creates_is_moved_along_from_there_on(speech):
    op = iv.Spectrogram.in_samples(speech, window=256, hop=128) >> iv.MaxPool(
        window={"frequency": 4, "time": 4}
    )
    x = speech.isel(time=slice(4000, 4000 + 128 * 40))
    move = iv.Translate(time=2 * 128 / 16000, frequency=2 * 62.5)
    found = iv.causes(op, x, move)
    np.testing.assert_allclose(found["share"].sum(), 1.0, atol=1e-9)
    features = op[0](move.rolled(x))
    first = op[1](iv.Translate(frequency=125.0).rolled(features))
    y = op(x)
    gap = first.to_numpy() - move.rolled(y).to_numpy()
    expected = np.linalg.norm(gap) / np.linalg.norm(y - y.mean())
    np.testing.assert_allclose(found["total"], expected, rtol=1e-12)


@pytest.mark.parametrize("before", [(), (iv.Tanh(),)])
def test_both_orders_begin_with_what_the_first_stage_gives(speech, before):
    """A move along a created dim begins where the dim does, also where it is moved back."""
    bank = iv.Spectrogram.in_samples(speech, window=256, hop=128, output="dB", floor=-60.0)
    op = iv.Pipeline((*before, bank, iv.BlurPool(taps=3, stride={"frequency": 4, "time": 2})))
    x = speech.isel(time=slice(4000, 4000 + 128 * 40))
    move = iv.Translate(frequency=62.5 * 2.44, time=156 / 16000)
    run = Rolling.of(units_of(op), x, move, windowed=False)
    for order in run.orders():
        for place in range(len(op)):
            value, _ = order.steps(place)
            if place == 0:
                np.testing.assert_allclose(order.rest(1, value), order.first, atol=1e-9)
            *_, (_, last) = order.steps(place)[1]
            following = order.rest(place + 1, last)
            after = order.steps(place + 1)[0] if place + 1 < len(op) else None
            expected = order.last if after is None else order.rest(place + 2, after)
            np.testing.assert_allclose(following, expected, atol=1e-9)


# --- graphs ---


def random_graph(seed: int) -> iv.Graph:
    """Eight nodes over any results before them: pools come in pairs, so that branches meet."""
    rng = RNG(seed)
    boundary = BOUNDARIES[seed % 4]
    own = "symmetric" if boundary == "valid" else boundary
    blur = iv.BlurPool(taps=3, stride={"x": 1}, boundary=own)
    kinds = [iv.Relu(), iv.Tanh(), blur, iv.Convolve(along_x(*KERNEL), boundary=own), RAMP]
    nodes, names, halved = [], ["input"], set()
    for k in range(8):
        name, first = f"n{k}", names[int(rng.integers(len(names)))]
        alike = [each for each in names if (each in halved) == (first in halved)]
        second = alike[int(rng.integers(len(alike)))]
        kind = int(rng.integers(8))
        if kind < 5:
            nodes.append(iv.Node(name, kinds[kind], first))
        elif kind < 7 and second != first:
            join = [iv.Add(), iv.Multiply()][kind - 5]
            nodes.append(iv.Node(name, join, (first, second)))
        elif first not in halved:
            nodes.append(iv.Node(name, iv.MaxPool(window={"x": 2}, boundary=own), first))
            halved.add(name)
        else:
            nodes.append(iv.Node(name, iv.Relu(), first))
        if first in halved:
            halved.add(name)
        names.append(name)
    return iv.Graph(nodes)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("shift", [1.0, 0.37])
def test_the_causes_of_a_graph_add_up_over_its_nodes(seed, shift):
    graph = random_graph(seed)
    x = iv.label(RNG(seed).standard_normal((2, 48)), "channel", iv.Axis("x", unit="px"))
    found = iv.causes(graph, x, iv.Translate(x=shift))
    error = float(iv.equivariance_error(graph, x, iv.Translate(x=shift), protocol="roll"))
    assert found.sizes["stage"] == 8
    np.testing.assert_allclose(found["total"], error, rtol=1e-10, atol=1e-13)
    if error > 1e-6:
        np.testing.assert_allclose(found["share"].sum(), 1.0, atol=1e-9)
        # What the result does not depend on has no part in its error.
        unread = [k for k, node in enumerate(graph.nodes) if not _leads_to_the_end(graph, node)]
        np.testing.assert_allclose(found["share"].isel(stage=unread), 0.0, atol=1e-12)


def _leads_to_the_end(graph: iv.Graph, node: iv.Node) -> bool:
    needed = {graph.nodes[-1].name}
    for each in reversed(graph.nodes):
        if each.name in needed:
            needed |= set(each.sources)
    return node.name in needed


@pytest.mark.parametrize("shift", [2.0, 2.37])
def test_a_chain_of_nodes_has_the_causes_of_the_pipeline(shift):
    ops = (BOX, iv.Tanh(), iv.BlurPool(taps=3, stride={"x": 2}), iv.Relu(), BOX)
    names = ["input", "a", "b", "c", "d", "e"]
    nodes = [iv.Node(*each) for each in zip(names[1:], ops, names, strict=False)]
    mine = iv.causes(iv.Graph(nodes), OPEN, iv.Translate(x=shift))
    theirs = iv.causes(iv.Pipeline(ops), OPEN, iv.Translate(x=shift))
    for name in ("share", "uncertainty", "size", "total"):
        np.testing.assert_allclose(mine[name], theirs[name], atol=1e-12)
    np.testing.assert_array_equal(mine.operator, [str(node) for node in nodes])


@pytest.mark.parametrize("place", range(6))
def test_the_one_stride_of_a_graph_with_skips_folds_wherever_it_stands(place):
    """Six blocks with a skip around each; one of them is followed by the stride."""
    wave = iv.BlurPool(taps=3, stride={"x": 1})
    nodes, last = [], "input"
    for k in range(6):
        nodes += [
            iv.Node(f"{k}.blur", wave, last),
            iv.Node(f"{k}.relu", iv.Relu(), f"{k}.blur"),
            iv.Node(f"{k}.sum", iv.Add(), (last, f"{k}.relu")),
        ]
        last = f"{k}.sum"
        if k == place:
            nodes.append(iv.Node("stride", iv.Subsample({"x": 2}), last))
            last = "stride"
    found = iv.causes(iv.Graph(nodes), closed(NOISE), iv.Translate(x=1.0))
    # Behind the stride the move is by half samples: there a rectifier has a part of its own.
    of_stride = found["share"].sel(cause="folding").isel(stage=3 * place + 3)
    rest = found["share"].sel(cause="nonlinearity").sum()
    np.testing.assert_allclose(of_stride + rest, 1.0, atol=1e-9)
    assert of_stride > 0.9


def test_of_two_cuts_of_a_graph_all_is_border_and_adds_up():
    for seed in range(0, 12, 4):
        graph = random_graph(seed)
        if any(node.op is RAMP for node in graph.nodes):
            continue
        move = iv.Translate(x=2.0)
        found = iv.causes(graph, OPEN, move, "cut")
        error = float(iv.equivariance_error(graph, OPEN, move, protocol="cut"))
        np.testing.assert_allclose(found["total"], error, rtol=1e-10, atol=1e-13)
        if error > 1e-6:
            np.testing.assert_allclose(of_cause(found, "border"), 1.0, atol=1e-9)


# --- the split without a path: what all rolls of an axis have in common with the lattice ---


def on_the_lattice(op: iv.Operator, x: xr.DataArray, stride: int) -> float:
    """Share of the orbit's variance in images at multiples of N / S; the rest follows place."""
    size = x.sizes["x"]
    y = op(x)
    rate = size // y.sizes["x"]
    rows = []
    for k in range(size):
        moved = op(iv.Translate(x=float(k)).rolled(x))
        bins = np.fft.fft(moved.to_numpy(), axis=-1)
        places = np.fft.fftfreq(bins.shape[-1])
        rows.append(bins * np.exp(2j * np.pi * places * k / rate))
    images = np.abs(np.fft.fft(np.array(rows), axis=0)) ** 2
    energy = images.reshape(size, -1).sum(axis=1)
    locked = energy[:: size // stride][1:].sum()
    return float(locked / energy[1:].sum())


SLOW = iv.label(2.0 + np.cos(2 * np.pi * 3 * np.arange(96) / 96), iv.Axis("x", unit="px"))

ALONE = {
    "folding": ("folding", iv.BlurPool(taps=3, stride={"x": 4}), closed(NOISE)),
    "folding twice": ("folding", iv.Subsample({"x": 2}) >> iv.Subsample({"x": 2}), closed(NOISE)),
    # A slow wave has nothing to fold: what is left of the error is made by the padding.
    "border": ("border", BOX >> BOX >> iv.Subsample({"x": 4}), SLOW),
    "position": ("position", RAMP >> iv.Subsample({"x": 4}), SLOW),
}


@pytest.mark.parametrize("name", ALONE)
def test_the_split_without_a_path_agrees_where_one_cause_stands_alone(name):
    cause, op, x = ALONE[name]
    locked = on_the_lattice(op, x, 4)
    # Nothing folds at a shift by the whole stride: there border and position stand alone.
    shift = 2.0 if cause == "folding" else 4.0
    own = of_cause(iv.causes(op, x, iv.Translate(x=shift)), cause)
    assert own > 0.95
    assert locked > 0.95 if cause == "folding" else locked < 0.05


# --- arguments ---


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"protocol": "rolled"}, "roll, cut, interior"),
        ({"norm": "centred"}, "centered"),
        ({"action": iv.Translate(x=3.0), "protocol": "cut"}, "multiple of the total stride"),
        ({"action": iv.Translate(x=0.5), "protocol": "cut"}, "whole samples"),
        ({"action": iv.Flip("x", center={"x": 2.0})}, "translation"),
    ],
)
def test_what_is_asked_for_in_error_is_refused(change, named):
    asked = {"action": iv.Translate(x=1.0), **change}
    with pytest.raises(iv.errors.ParameterError, match=named):
        iv.causes(iv.Subsample({"x": 2}), OPEN, **asked)


def test_a_dim_that_nobody_has_is_refused():
    with pytest.raises(iv.errors.DimError, match="'z'"):
        iv.causes(iv.Relu(), OPEN, iv.Translate(z=1.0))


def test_away_from_the_ends_nothing_is_border_where_a_created_dim_moves_too(speech):
    bank = iv.Spectrogram.in_samples(speech, window=128, hop=64, output="dB", floor=-60.0)
    op = bank >> iv.MaxPool(window={"frequency": 2, "time": 2})
    x = speech.isel(time=slice(3000, 3000 + 64 * 300))
    where = {"time": slice(40, 100), "frequency": slice(14, 18)}
    found = iv.causes(
        op, x, iv.Translate(time=70 / 16000, frequency=100.0), "interior", region=where
    )
    assert abs(of_cause(found, "border")) < 0.02
    np.testing.assert_allclose(found["share"].sum(), 1.0, atol=1e-9)


@pytest.mark.parametrize("shift", [1, 0.4])
@pytest.mark.parametrize("periodic", [None, 2.0])
def test_a_result_of_one_sample_still_has_a_step(periodic, shift):
    x = iv.label([2.0, 11.0], iv.Axis("x", period=periodic))
    op = iv.LpPool({"x": 2}, boundary="periodic")
    error = float(iv.causes(op, x, iv.Translate(x=shift))["total"])
    assert error == pytest.approx(
        float(iv.equivariance_error(op, x, iv.Translate(x=shift), protocol="roll"))
    )


@pytest.mark.parametrize("size", [8, 11, 12])
@pytest.mark.parametrize("stride", [2, 3])
def test_a_stride_behind_windows_without_padding_is_split_at_any_length(size, stride, rng):
    x = iv.label(rng.standard_normal((size, 3)), "x", "y")
    op = iv.Tanh() >> iv.MaxBlurPool(window={"x": 2}, stride={"x": stride}, taps=3)
    found = iv.causes(op, x, iv.Translate(x=0.4))
    assert float(found["share"].sum()) == pytest.approx(1, abs=1e-9)
    assert of_cause(found, "nonlinearity") > 0.1


def test_an_order_that_is_not_a_number_leaves_none(rng):
    """A function that knows whole numbers alone gives none between them."""
    x = iv.label(np.zeros(16), "x")
    x[5] = 20.0
    whole = iv.Apply(lambda v: np.where(v == np.round(v), v, np.nan))
    found = iv.causes(iv.Apply(np.round) >> whole, x, iv.Translate(x=0.4))
    assert found["share_by_order"].isnull().any()
    assert found.attrs["unknown"].startswith("stage 2, Apply(lambda), gives NaN or infinity")
    assert np.isnan(found["share"].sum(skipna=False))
    assert found.attrs["main_cause"] == ""
