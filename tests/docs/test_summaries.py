"""Every number in docs/understand/summaries.md, computed again in plain NumPy, and the page."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from scipy import ndimage, signal, stats

import invarsig as iv
from docs.understand import summaries
from tests.references.plain_judge import Judged, Plain, Way, fourier, moves, off, tried, windowed


def per_cent(share: float) -> str:
    value = 100 * share
    return f"{value:.0f} %" if value >= 0.95 else f"{value:.1g} %"


def error(value: float) -> str:
    return per_cent(value) if value >= 0.95e-5 else "less than 0.001 %"


def pixels(count: float) -> str:
    return f"{count:.4g} px"


def samples(count: float) -> str:
    return f"{count:.4g} samples"


def seconds(rate: float) -> Callable[[float], str]:
    def written(count: float) -> str:
        length = count / rate
        return f"{length * 1e3:.4g} ms" if length >= 1e-3 else f"{length * 1e6:.4g} µs"

    return written


@dataclass(frozen=True)
class Change:
    """A change that the summary proposes.

    Parameters
    ----------
    text
        What is done.
    place
        Its place among the remedies, whose Python is run.
    ways
        What its outputs rest on.
    work
        Its work, relative to before.
    detail
        Whether it is the one for fine detail.
    """

    text: str
    place: int
    ways: Mapping[str, Way]
    work: float
    detail: bool = False


@dataclass(frozen=True)
class Told:
    """A case by other means, and the words between its numbers."""

    plain: Plain
    write: Mapping[str, Callable[[float], str]]
    thing: str
    stage: str = ""
    rest: str = ""
    changes: Sequence[Change] = ()
    shifts: Sequence[Mapping[str, float]] = field(default=())

    @property
    def moves(self) -> Sequence[Mapping[str, float]]:
        return self.shifts or moves(self.plain.ways)

    def length(self, move: Mapping[str, float]) -> str:
        """ "2 px along y and x", or "32 ms along time and 125 Hz along frequency"."""
        together: dict[str, list[str]] = {}
        for dim, by in move.items():
            together.setdefault(self.write[dim](by), []).append(dim)
        return " and ".join(f"{by} along {' and '.join(dims)}" for by, dims in together.items())


def _whole_picture(name: str) -> np.ndarray:
    x = iv.read_image(summaries.DATA / f"images/{name}.png")
    return x.isel(y=slice(64, 192), x=slice(64, 192)).to_numpy()


def _means(values: np.ndarray) -> np.ndarray:
    rows = (values[..., ::2, :] + values[..., 1::2, :]) / 2
    return (rows[..., ::2] + rows[..., 1::2]) / 2


def _gabor(values: np.ndarray) -> np.ndarray:
    sigma = 3 * math.sqrt(math.log(2) / 2) / (math.pi * 0.2)
    k = np.arange(-9, 10)
    assert 8 < 3 * sigma <= 9
    found = []
    for angle in (0.0, 1.0):
        along = k[:, None] * math.sin(angle) + k[None, :] * math.cos(angle)
        bell = np.exp(-0.5 * (k[:, None] ** 2 + k[None, :] ** 2) / sigma**2)
        taps = bell * np.exp(2j * np.pi * 0.2 * along) / (2 * np.pi * sigma**2)
        found.append(np.abs(signal.fftconvolve(values, taps, mode="same")))
    return _means(np.array(found))


def _gabor_work(space: int, outputs: int) -> float:
    """By spectra, two complex filters; the modulus; means of two, axis by axis."""
    there = 2 * space**2 * math.log2(space)
    product, back = 4 * space**2, 2 * there
    pooled = outputs // 2
    return there + 2 * (product + back + outputs**2 + 2 * pooled * outputs + 2 * pooled**2)


def _case_gabor() -> Told:
    ways = {"y": Way(-2, 128, 2, -9, 10), "x": Way(-1, 128, 2, -9, 10)}
    valid = {"y": Way(-2, 128, 2, 0, 19), "x": Way(-1, 128, 2, 0, 19)}
    work = _gabor_work(128, 110) / _gabor_work(147, 128)  # 147 is fast to transform, and 146 is not
    return Told(
        Plain(_whole_picture("camera"), _gabor, ways),
        {"y": pixels, "x": pixels},
        "picture",
        changes=[Change("drop the padding at stage 1 (boundary='valid')", 0, valid, work)],
    )


def _boxes(values: np.ndarray) -> np.ndarray:
    for _ in range(3):
        values = ndimage.uniform_filter(values, 5, mode="constant")
    return values


def _case_boxes() -> Told:
    text = "pad by symmetric at stages 1, 2, 3 (boundary='symmetric')"
    ways = {"x": Way(-1, 128, 1, -6, 6)}
    return Told(
        Plain(_whole_picture("camera"), _boxes, ways),
        {"x": pixels},
        "picture",
        changes=[Change(text, 0, ways, 1.0)],
        shifts=[{"x": float(by)} for by in (1, 2, 3, 4)],
    )


def _decibels(values: np.ndarray) -> np.ndarray:
    weights = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    frames = np.lib.stride_tricks.sliding_window_view(values, 512)[::128]
    power = np.abs(np.fft.rfft(frames * weights / weights.sum())) ** 2
    return 10 * np.log10(power.T + 1e-6)


def _gabor_moduli(values: np.ndarray) -> np.ndarray:
    octave, k = 3 * math.sqrt(math.log(2) / 2) / math.pi, np.arange(-17, 18)
    assert 16 < 3 * octave / 0.1 <= 17
    found = []
    for frequency in (0.1, 0.2):
        sigma = octave / frequency
        bell = np.exp(-0.5 * (k[:, None] ** 2 + k[None, :] ** 2) / sigma**2)
        for angle in np.arange(4) * math.pi / 4:
            along = k[:, None] * math.sin(angle) + k[None, :] * math.cos(angle)
            taps = bell * np.exp(2j * np.pi * frequency * along) / (2 * np.pi * sigma**2)
            found.append(np.abs(signal.fftconvolve(values, taps, mode="valid")))
    return np.array(found)


def _gabor_and_maxima(values: np.ndarray) -> np.ndarray:
    dense = _gabor_moduli(values)
    rows, columns = dense.shape[1] // 4, dense.shape[2] // 4
    blocks = dense[:, : 4 * rows, : 4 * columns].reshape(8, rows, 4, columns, 4)
    return blocks.max(axis=(2, 4))


def _case_speech() -> Told:
    x = iv.read_audio(summaries.DATA / "speech/allison_en.flac").isel(time=slice(8000, 24000))
    ways = {
        "time": Way(-1, 16000, 512, 0, 37 * 128 + 511),
        "frequency": Way(-2, 257, 4, 0, 37, created=True),
    }
    return Told(
        Plain(x.to_numpy(), _gabor_and_maxima, ways, _decibels),
        {"time": seconds(16000), "frequency": lambda bins: f"{bins * 31.25:.4g} Hz"},
        "recording",
        stage="stage 4, MaxPool(frequency: 4, time: 4),",
        rest="after stage 1,",
    )


def _network(values: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((2, 5, 5)), rng.standard_normal((3, 3))
    dense = np.array([signal.convolve2d(values, taps, mode="valid") for taps in first])
    dense = np.maximum(dense, 0)
    pooled = dense.reshape(2, dense.shape[1] // 2, 2, dense.shape[2] // 2, 2).max(axis=(2, 4))
    out = np.array([signal.convolve2d(each, second, mode="valid") for each in pooled])
    return np.maximum(out, 0)


def _network_work(taps: int = 0) -> float:
    """Both convolutions tap by tap, all else axis by axis."""
    pooled = (123 - taps) // 2 + 1 if taps else 62
    first = 2 * (25 * 124**2 + 124**2)
    if taps:
        pool = 2 * 123 * 124 + 2 * 123**2
        pool += taps * pooled * 123 + taps * pooled**2
    else:
        pool = 2 * 62 * 124 + 2 * 62**2
    return first + 2 * (pool + 10 * (pooled - 2) ** 2)


def _case_network() -> Told:
    def ways(last: int) -> dict[str, Way]:
        return {"y": Way(-2, 128, 2, 0, last), "x": Way(-1, 128, 2, 0, last)}

    blur = "put a {}-tap blur before the stride of stage 3, along y and x"
    changes = [
        Change(blur.format(7), 0, ways(15), _network_work(7) / _network_work()),
        Change(blur.format(3), 3, ways(11), _network_work(3) / _network_work(), detail=True),
    ]
    return Told(
        Plain(_whole_picture("chelsea"), _network, ways(9)),
        {"y": pixels, "x": pixels},
        "picture",
        stage="stage 3, MaxPool(y: 2, x: 2, boundary valid),",
        changes=changes,
    )


def _case_function() -> Told:
    def decimated(values: np.ndarray) -> np.ndarray:
        return np.convolve(values, [1, 2, 1], mode="same")[::4]

    x = np.random.default_rng(0).standard_normal(1024)
    return Told(
        Plain(x, decimated, {"x": Way(-1, 1024, 4, -1, 1)}),
        {"x": samples},
        "input",
        stage="stage 1, Apply(decimate, over x, stride x: 4, r…),",
        rest="Not tried: to change the stride of stage 1:",
    )


def _case_relu() -> Told:
    x = iv.read_audio(summaries.DATA / "music/guitar_em9.flac").isel(time=slice(10000, 26000))
    plain = Plain(
        x.to_numpy(), lambda values: (values + abs(values)) / 2, {"time": Way(-1, 16000, 1)}
    )
    rest = f"the {per_cent(_interpolated(plain, 0.5))} that interpolation may make of it"
    return Told(plain, {"time": seconds(22050)}, "recording", stage="stage 1, Relu(),", rest=rest)


def _interpolated(plain: Plain, shift: float) -> float:
    """What 33 taps in place of a sinc over the whole, mirrored axis make of an error inside."""

    def long(values: np.ndarray) -> np.ndarray:
        double = np.concatenate([values, values[::-1]])
        return fourier(double, -1, shift)[: values.size]

    before, after = windowed(plain.x, -1, shift), windowed(plain.y, -1, shift)
    gap = plain.back(before) - plain.back(long(plain.x)) - (after - long(plain.y))
    kept = plain.ways["time"].kept(plain.y.size, shift)
    assert kept is not None
    inside = slice(kept.start, kept.stop)
    return off(gap[inside], plain.y[inside])


def _case_ramp() -> Told:
    def louder(values: np.ndarray) -> np.ndarray:
        return values * (1 + np.arange(values.size) / (values.size - 1))

    x = iv.read_audio(summaries.DATA / "instruments/cello_043.flac").isel(time=slice(4000, 12000))
    return Told(
        Plain(x.to_numpy(), louder, {"time": Way(-1, 8000, 1)}),
        {"time": seconds(22050)},
        "recording",
        stage="stage 1, Apply(louder, over time, reach time: 0),",
        shifts=[{"time": 22050 * by} for by in (0.02, 0.05, 0.1)],
    )


def _case_low_pass() -> Told:
    def low_pass(values: np.ndarray) -> np.ndarray:
        spectrum = np.fft.rfft(values)[:65] / 4
        spectrum[64] = 0
        return np.fft.irfft(spectrum, 128)

    _, x, _ = summaries.an_ideal_low_pass()
    plain = Plain(x.to_numpy(), low_pass, {"x": Way(-1, 512, 4, ring=True)})
    return Told(plain, {"x": pixels}, "input")


OTHER_MEANS = (
    _case_gabor,
    _case_boxes,
    _case_speech,
    _case_network,
    _case_function,
    _case_relu,
    _case_ramp,
    _case_low_pass,
)
# The longest run in the nightly session.
LONG = ("_case_speech", "_case_gabor", "_case_network")
PAIRS = [
    pytest.param(
        case,
        means,
        id=case.__name__,
        marks=[pytest.mark.nightly] if means.__name__ in LONG else [],
    )
    for case, means in zip(summaries.CASES, OTHER_MEANS, strict=True)
]


def _compared(share: float) -> str:
    return per_cent(share) if share == 1 or share < 0.995 else f"all but {per_cent(1 - share)}"


def _leads(told: Told, judged: Sequence[Judged]) -> list[str]:
    """What the verdict says: the worst of all, what was compared, and where."""
    place = int(np.argmax([each.worst for each in judged]))
    worst = judged[place]
    if worst.worst < 1e-5:
        compared = next(each.compared for each in judged if each.roll is not None)
        return [f"at every move that can tell; rolled round, compared over {_compared(compared)}"]
    cut = worst.cut is not None and (worst.roll is None or worst.cut > worst.roll)
    how = "new content entering; two real cuts, compared over " if cut else "; rolled round, "
    lead = f"{error(worst.worst)} off"
    moved = f"when moved by {told.length(told.moves[place])}{', ' if cut else ''}{how}"
    if cut:
        return [lead, f"{moved}{_compared(worst.overlap)} of the output, where they overlap."]
    where = "away from the ends" if worst.inside else "up to the very edge"
    return [lead, f"{moved}compared over {_compared(worst.compared)} of the output, {where}."]


def _rolls(told: Told, judged: Sequence[Judged]) -> list[str]:
    """The worst roll along each dim, and along both."""
    found = []
    for dim in told.plain.ways:
        rolls = [
            (each.roll, move[dim])
            for each, move in zip(judged, told.moves, strict=True)
            if list(move) == [dim] and each.roll is not None
        ]
        size, by = max(rolls)
        at = f" ({told.write[dim](by)})" if size > 1e-5 else ""
        found.append(f"{error(size)} along {dim}{at}")
    joint = [
        each.roll
        for each, move in zip(judged, told.moves, strict=True)
        if len(move) > 1 and each.roll is not None
    ]
    if joint:
        found.append(f"{error(max(joint))} along both at once.")
    if any(map(told.plain.blind, told.moves)):
        step = {dim: float(way.stride) for dim, way in told.plain.ways.items()}
        found.append(
            f"By {told.length(step)}, a whole output step, rolling shows nothing of what folds"
        )
    return found


def _cuts(told: Told, judged: Sequence[Judged]) -> list[list[str]]:
    """What real cuts say; where they agree, any of the moves may be named."""
    cuts = [
        (each.cut, move)
        for each, move in zip(judged, told.moves, strict=True)
        if each.cut is not None
    ]
    if not cuts:
        return []
    size, move = max(cuts, key=lambda pair: pair[0])
    if size < 1e-10:
        return [[f"real cuts, {told.length(each)} apart, agree" for _, each in cuts]]
    what = f"real cuts of the {told.thing}, {told.length(move)} apart, differ by {error(size)}"
    return [[what]]


def _on_other_parts(before: Sequence[Judged], after: Sequence[Judged], thing: str) -> list[str]:
    """What nine in ten other parts keep of their error, and the part that misses 1 %."""
    first, last = (
        np.sqrt(np.mean([np.square(each.parts) for each in all_], axis=0))
        for all_ in (before, after)
    )
    pooled = [np.sqrt(np.mean([each.worst**2 for each in all_])) for all_ in (before, after)]
    gain = 20 * np.log10(pooled[0] / pooled[1])
    told = first > 1e-10
    gains = 20 * np.log10(first[told] / last[told])
    found = []
    if gains.size > 2:
        scatter = np.sum((gains - gain) ** 2) / (gains.size - 1) * (1 + 1 / gains.size)
        half = stats.t.ppf(0.95, gains.size - 1) * np.sqrt(scatter)
        low, high = (per_cent(10 ** (-each / 20)) for each in (gain + half, gain - half))
        lead = "It may not help on other parts: on" if half >= gain else "On"
        found.append(
            f"{lead} nine in ten other parts of the {thing}, {low[:-2]} to {high} of the error is"
        )
    part = max(max(each.parts) for each in after)
    if max(each.worst for each in after) <= 0.01 < part:
        found.append(f"The worst part of the {thing} keeps {per_cent(part)}, more than 1 %.")
    return found


def _changes(told: Told, case: Callable[[], summaries.Case], made: iv.Diagnosis) -> list[str]:
    """What each change leaves, by running its Python and comparing in plain NumPy; and its work."""
    _, x, _ = case()
    found = []
    dims = [str(dim) for dim in x.dims]
    for change in told.changes:
        code = str(made.findings["remedy_code"].to_numpy()[change.place])
        changed = eval(code, {"iv": iv})

        def run(values: np.ndarray, op: iv.Operator = changed) -> np.ndarray:
            axes = (iv.Axis(dim, unit="px") for dim in dims)
            return op(iv.label(values, *axes)).to_numpy()

        after = Plain(told.plain.x, run, change.ways)
        judged = [[one.judged(move) for move in told.moves] for one in (told.plain, after)]
        before, left = (max(each.worst for each in all_) for all_ in judged)
        short = "just over " if per_cent(left) == "1 %" and left > 0.01 else ""
        lead = "To keep fine detail" if change.detail else "Do this"
        lead += "" if change.detail or left <= 0.01 else " first"
        more = "the same work"
        if abs(change.work - 1) > 0.005:
            word = "more" if change.work > 1 else "less"
            more = f"{per_cent(abs(change.work - 1))} {word} work"
        text = f"{lead}: {change.text}: {error(before)} → {short}{error(left)}, {more}"
        if change.detail:
            shape = " x ".join(map(str, after.y.shape))
            text += f"; {shape} outputs ({after.y.size / told.plain.y.size:.2g} times as many)."
        elif left > 0.01:
            text += f"; no change tried reaches {per_cent(10 ** (-40 / 20))}."
        found.append(text)
        found += [] if change.detail else _on_other_parts(*judged, told.thing)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("case", "other_means"), PAIRS)
def test_the_page_has_the_summary_and_every_number_of_it_is_that_of_plain_numpy(case, other_means):
    told, found = other_means(), summaries.diagnosed(case)
    said = found.summary()
    assert summaries.section(case, said) in summaries.PAGE.read_text(encoding="utf-8")
    judged = [told.plain.judged(move) for move in told.moves]
    one_of = [[each] for each in (*_changes(told, case, found), *_leads(told, judged))]
    # Round-off by one way of summing may be exactly 0 by another.
    rolls = ([each, each.replace("less than 0.001 %", "0 %")] for each in _rolls(told, judged))
    one_of += [*_cuts(told, judged), *rolls]
    one_of += [[each] for each in (told.stage, told.rest) if each]
    left = said.split(": ", 1)[1]
    for texts in one_of:
        there = [text for text in texts if text in left]
        assert there, f"{texts} not in\n{said}"
        left = left.replace(there[0], "…")
    assert not re.search(r"\d", left), f"not computed again: {left}"


def test_the_page_has_these_cases_and_no_other():
    text = summaries.PAGE.read_text(encoding="utf-8")
    assert text.startswith(summaries.HEAD)
    assert text.count("\n## ") == len(summaries.CASES) == 8


def test_shifts_are_tried_in_each_quarter_of_a_stride():
    assert tried(4) == [1, 2, 3, 4]
    assert tried(9) == [1, 4, 5, 6, 9]
    assert tried(4, ring=True) == [1, 1.48, 2, 2.44, 3, 4]


def _share_of_the_pool(direction: int) -> float:
    """Of the network's error at 1 px along both axes, inside: the part that the max pool makes.

    Stage by stage, the result is moved one stage later: what changes is what that stage does.
    Moved back instead, from the moved picture, the same is another sum.
    """
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((2, 5, 5)), rng.standard_normal((3, 3))
    picture = np.roll(_whole_picture("chelsea"), (1, 1) if direction < 0 else (0, 0), (-2, -1))

    def moved(values: np.ndarray, by: float) -> np.ndarray:
        for axis in (-2, -1):
            values = windowed(values, axis, by)
        return values

    def large(values: np.ndarray) -> np.ndarray:
        dense = [signal.convolve2d(values, taps, mode="valid") for taps in first]
        return np.maximum(dense, 0)

    def small(pooled: np.ndarray) -> np.ndarray:
        return np.array([signal.convolve2d(each, second, mode="valid") for each in pooled])

    def pool(dense: np.ndarray) -> np.ndarray:
        return dense.reshape(2, 62, 2, 62, 2).max(axis=(2, 4))

    dense = large(picture)
    pooled = pool(dense)
    before = np.maximum(small(pool(np.roll(dense, (direction, direction), (-2, -1)))), 0)
    after = np.maximum(small(moved(pooled, direction / 2)), 0)
    last = moved(np.maximum(small(pooled), 0), direction / 2)
    gap, part = before - last, before - after
    if direction < 0:
        gap, part = moved(gap, 0.5), moved(part, 0.5)
    where = (slice(None), *(slice(kept.start, kept.stop) for kept in _network_inside()))
    return float((gap[where] * part[where]).sum() / (gap[where] ** 2).sum())


def _network_inside() -> list[range]:
    ways = _case_network().plain.ways
    return [kept for way in ways.values() if (kept := way.kept(60, 1.0)) is not None]


def test_the_max_pool_of_the_network_makes_about_three_quarters_of_its_error():
    share = (_share_of_the_pool(1) + _share_of_the_pool(-1)) / 2
    assert 0.70 <= share < 0.82
    said = "MaxPool(y: 2, x: 2, boundary valid), makes about three quarters of it."
    assert said in summaries.PAGE.read_text(encoding="utf-8")


# --- what the other summaries say of causes, split by other means ---


def _whole_share(case: Callable[[], summaries.Case], cause: str) -> float:
    """What the diagnosis splits the verdict's error into, as a number: the words come from it."""
    found = summaries.diagnosed(case).findings["cause_total"].isel(cause_bar=0)
    return float(found.sel(cause=cause))


def _says(case: Callable[[], summaries.Case], *words: str) -> None:
    said = summaries.diagnosed(case).summary()
    assert all(each in said for each in words), said


@pytest.mark.parametrize(
    ("case", "means", "move"),
    [
        pytest.param(
            summaries.CASES[0], _case_gabor, {"y": 2, "x": 2}, marks=[pytest.mark.nightly]
        ),
        (summaries.CASES[1], _case_boxes, {"x": 4}),
    ],
)
def test_where_the_border_is_blamed_the_cuts_differ_only_where_a_window_leaves_them(
    case, means, move
):
    """Energy of the gap at outputs whose windows are whole, of all the energy of the gap."""
    plain = means().plain
    late, early = ({}, {})
    for dim, by in move.items():
        late[plain.ways[dim].axis] = slice(by, None)
        early[plain.ways[dim].axis] = slice(None, -by)
    here, there = (
        plain.back(plain.x[tuple(cut.get(axis, slice(None)) for axis in (-2, -1))])
        for cut in (late, early)
    )
    inside = np.ones(here.shape, bool)
    one, other = [slice(None)] * here.ndim, [slice(None)] * here.ndim
    for dim, by in move.items():
        way, outputs = plain.ways[dim], here.shape[plain.ways[dim].axis]
        k = np.arange(outputs)
        whole = (way.stride * k + way.first >= 0) & (way.stride * k + way.last < way.size - by)
        inside &= np.expand_dims(whole, tuple(range(way.axis + 1, 0)))
        one[way.axis], other[way.axis] = (
            slice(None, -(by // way.stride)),
            slice(by // way.stride, None),
        )
    gap = here[tuple(one)] - there[tuple(other)]
    both = inside[tuple(one)] & inside[tuple(other)]
    assert both.mean() > 0.5
    assert (gap[both] ** 2).sum() < 1e-20 * (gap**2).sum()
    assert _whole_share(case, "border") == pytest.approx(1.0, abs=1e-9)
    _says(case, "The border makes almost all of it.")


def test_the_function_that_pads_by_itself_is_exact_without_its_stride():
    """Away from the ends the taps alone move exactly: the stride makes all of the error."""
    plain = _case_function().plain
    dense = np.convolve(plain.x, [1, 2, 1], mode="same")
    moved = np.convolve(np.roll(plain.x, 2), [1, 2, 1], mode="same")
    np.testing.assert_allclose(moved[3:-1], dense[1:-3], atol=1e-13)
    # The result is moved by half a sample: its last taps still see something of the ends.
    assert _whole_share(summaries.CASES[4], "folding") == pytest.approx(1.0, abs=1e-6)
    _says(summaries.CASES[4], "Folding at stage 1", "makes almost all of it.")


def test_the_rectifier_has_no_stride_and_no_window_and_is_exact_at_whole_samples():
    plain = _case_relu().plain
    np.testing.assert_array_equal(plain.back(np.roll(plain.x, 3)), np.roll(plain.y, 3))
    assert _whole_share(summaries.CASES[5], "nonlinearity") == pytest.approx(1.0, abs=1e-9)
    _says(summaries.CASES[5], "Nonlinearity between samples at stage 1", "almost all of it.")


def test_the_gap_of_the_ramp_is_the_signal_times_the_change_of_the_gain():
    plain = _case_ramp().plain
    by, count = 2205, plain.x.size
    slope = 1 / (count - 1)
    moved = np.roll(plain.x, by)
    gap = plain.back(moved) - np.roll(plain.y, by)
    change = np.where(np.arange(count) < by, by - count, by) * slope
    np.testing.assert_allclose(gap, change * moved, atol=1e-12)
    # Of two cuts, each of them with a ramp of its own.
    cuts = plain.back(plain.x[by:])[:-by], plain.back(plain.x[:-by])[by:]
    own = by / (count - by - 1)
    np.testing.assert_allclose(cuts[1] - cuts[0], own * plain.x[by:-by], atol=1e-12)
    assert _whole_share(summaries.CASES[6], "position") == pytest.approx(1.0, abs=1e-9)
    _says(summaries.CASES[6], "Position at stage 1", "almost all of it.")


def _largest(values: np.ndarray) -> np.ndarray:
    """The largest of four by four, at every sample of a ring."""
    for axis in (-1, -2):
        values = np.max([np.roll(values, -k, axis) for k in range(4)], axis=0)
    return values


def _speech_parts(power: np.ndarray, there: np.ndarray, by: float) -> tuple[np.ndarray, np.ndarray]:
    """The gap of a move by output samples, and what the stride of the pool folds of it.

    Parameters
    ----------
    power, there
        The spectrogram, and that of the moved recording.
    by
        Output samples along both axes.
    """

    def moved(values: np.ndarray, samples: float) -> np.ndarray:
        return fourier(fourier(values, -1, samples), -2, samples)

    dense = _gabor_moduli(power)
    y, first = _gabor_and_maxima(power), _gabor_and_maxima(there)
    kept = (..., slice(y.shape[-2]), slice(y.shape[-1]))
    fine = moved(_largest(dense), 4 * by)[..., ::4, ::4][kept]
    # A ring of 223 bins does not hold whole windows of four: four rounds of it do.
    rounds = _largest(np.tile(dense, (1, 4, 1)))[..., ::4, ::4]
    return first - moved(y, by), fine - moved(rounds, by)[kept]


@pytest.mark.nightly
def test_folding_at_the_pool_makes_most_of_the_error_of_speech():
    """In both orders: from the recording to the moved one, and from the moved one back."""
    x, by = _case_speech().plain.x, 0.61
    frames, bins = 4 * 128 * by, 4 * by
    there = fourier(_decibels(fourier(x, -1, frames)), -2, bins)
    gap, part = _speech_parts(_decibels(x), there, by)
    one = (gap * part).sum() / (gap**2).sum()
    again = _decibels(fourier(fourier(x, -1, frames), -1, -frames))
    gap, part = _speech_parts(there, fourier(fourier(again, -2, bins), -2, -bins), -by)
    gap, part = (fourier(fourier(each, -1, by), -2, by) for each in (gap, part))
    share = (one + (gap * part).sum() / (gap**2).sum()) / 2
    found = summaries.diagnosed(summaries.CASES[2]).findings["cause_share"].isel(cause_bar=0)
    assert share == pytest.approx(float(found.sel(cause="folding")[-1]), abs=1e-9)
    assert 0.82 <= share < 0.95
    _says(summaries.CASES[2], "Folding at stage 4", "makes most of it.")
