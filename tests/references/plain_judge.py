"""The verdict on a pipeline as given, in plain NumPy: rolls, regions and cuts on bare arrays.

It shares no code with `invarsig`: a pipeline is a function of arrays, and for each dim that moves
it is said by hand which samples an output rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

TAPS = np.arange(-16, 17)


def whole(shift: float) -> bool:
    return abs(shift - round(shift)) < 1e-9


def fourier(values: np.ndarray, axis: int, shift: float) -> np.ndarray:
    """Roll by the Fourier rule; of an even ring the Nyquist bin keeps its real part."""
    size = values.shape[axis]
    frequency = np.fft.fftfreq(size)
    turn = np.exp(-2j * np.pi * frequency * shift)
    if size % 2 == 0:
        turn[size // 2] = np.cos(np.pi * shift)
    shape = [1] * values.ndim
    shape[axis] = size
    spectrum = np.fft.fft(values, axis=axis) * turn.reshape(shape)
    return np.fft.ifft(spectrum, axis=axis).real


def windowed(values: np.ndarray, axis: int, shift: float) -> np.ndarray:
    """Roll by 33 taps of a sinc under a Kaiser window of beta 5."""
    near = np.ceil(shift - 0.5 - 1e-9)
    lag = TAPS - (shift - near)
    taps = np.sinc(lag) * np.i0(5 * np.sqrt(np.maximum(1 - (lag / 17) ** 2, 0)))
    taps /= taps.sum()
    rolls = (np.roll(values, int(near) + k, axis) for k in TAPS)
    return np.sum([tap * one for tap, one in zip(taps, rolls, strict=True)], axis=0)


def off(gap: np.ndarray, reference: np.ndarray) -> float:
    """The norm of a gap over that of the reference without its mean."""
    return float(np.linalg.norm(gap) / np.linalg.norm(reference - reference.mean()))


@dataclass(frozen=True)
class Way:
    """A dim that moves.

    Parameters
    ----------
    axis
        Its place, counted from the last one, before and after the pipeline.
    size, stride
        Its samples where it begins, and how many of them an output sample is.
    first, last
        Output k rests on the samples from ``stride * k + first`` to ``stride * k + last``.
    created
        Whether it begins behind the front of the pipeline.
    ring
        Whether it has no ends.
    """

    axis: int
    size: int
    stride: int
    first: int = 0
    last: int = 0
    created: bool = False
    ring: bool = False

    def kept(self, outputs: int, shift: float) -> range | None:
        """Outputs that neither an end nor the seam reaches on either way; None where none is."""
        half = 0 if whole(shift) else 16
        after = shift / self.stride
        more = 0 if whole(after) else 16
        k = np.arange(outputs)
        low, high = self.stride * k + self.first, self.stride * k + self.last
        clean = k[(low >= 0) & (high < self.size)]
        if not clean.size:
            return None
        there = (low >= max(0, shift + half)) & (high <= self.size - 1 + min(0, shift - half))
        back = (k - after - more >= clean[0] - 1e-9) & (k - after + more <= clean[-1] + 1e-9)
        found = k[there & back]
        return range(found[0], found[-1] + 1) if found.size else None


@dataclass(frozen=True)
class Judged:
    """What one move tells; None where a protocol tells nothing."""

    roll: float | None
    compared: float
    inside: bool
    cut: float | None
    overlap: float
    roll_parts: tuple[float, ...] = ()
    cut_parts: tuple[float, ...] = ()

    @property
    def worst(self) -> float:
        return max(each for each in (self.roll, self.cut, -1.0) if each is not None)

    @property
    def parts(self) -> tuple[float, ...]:
        """The worst, in parts of the output."""
        return self.roll_parts if self.worst == self.roll else self.cut_parts


@dataclass(frozen=True)
class Plain:
    """A pipeline of plain functions on a plain array.

    Parameters
    ----------
    x
        The signal.
    back
        The pipeline, or what comes behind its front.
    ways
        The dims that move.
    front
        What creates those of them that the signal lacks.
    """

    x: np.ndarray
    back: Callable[[np.ndarray], np.ndarray]
    ways: Mapping[str, Way]
    front: Callable[[np.ndarray], np.ndarray] = field(default=lambda values: values)

    @cached_property
    def y(self) -> np.ndarray:
        return self.back(self.front(self.x))

    def blind(self, move: Mapping[str, float]) -> bool:
        strided = any(self.ways[dim].stride > 1 for dim in move)
        return strided and all(whole(by / self.ways[dim].stride) for dim, by in move.items())

    def judged(self, move: Mapping[str, float]) -> Judged:
        """Judge a move, its lengths in samples of where each dim begins."""
        regions = {
            self.ways[dim].axis: self.ways[dim].kept(self.y.shape[self.ways[dim].axis], by)
            for dim, by in move.items()
            if not self.ways[dim].ring
        }
        inside = all(each is not None for each in regions.values())
        where = [slice(None)] * self.y.ndim
        compared = 1.0
        if inside:
            for axis, kept in regions.items():
                where[axis] = slice(kept.start, kept.stop)
                compared *= len(kept) / self.y.shape[axis]
        roll: float | None
        roll, roll_parts = self._roll(move, tuple(where), windows=inside)
        if self.blind(move) and not (inside and roll > 1e-10):
            roll = None
        cut, cut_parts, overlap = self._cut(move)
        return Judged(roll, compared, inside, cut, overlap, roll_parts, cut_parts)

    def off_in_parts(self, gap: np.ndarray, reference: np.ndarray) -> tuple[float, ...]:
        """Each of eight stretches as a signal of its own, along the longest dim; else of four."""
        axis = max(self.ways.values(), key=lambda way: way.size).axis
        count = 8 if self.y.shape[axis] >= 32 else 4 if self.y.shape[axis] >= 16 else 0
        size = reference.shape[axis]
        if not count or size < count:
            return ()
        edges = [round(k * size / count) for k in range(count + 1)]
        spans = [range(low, high) for low, high in pairwise(edges)]
        return tuple(off(gap.take(one, axis), reference.take(one, axis)) for one in spans)

    def _roll(
        self, move: Mapping[str, float], where: tuple[slice, ...], *, windows: bool
    ) -> tuple[float, tuple[float, ...]]:
        def rolled(values: np.ndarray, created: bool | None, stride: bool = False) -> np.ndarray:
            for dim, by in move.items():
                way = self.ways[dim]
                if created in (None, way.created):
                    shift = by / way.stride if stride else by
                    if whole(shift):
                        values = np.roll(values, round(shift), way.axis)
                    elif windows and not way.ring:
                        values = windowed(values, way.axis, shift)
                    else:
                        values = fourier(values, way.axis, shift)
            return values

        there = self.back(rolled(self.front(rolled(self.x, False)), True))
        gap = (there - rolled(self.y, None, stride=True))[where]
        return off(gap, self.y[where]), self.off_in_parts(gap, self.y[where])

    def _cut(self, move: Mapping[str, float]) -> tuple[float | None, tuple[float, ...], float]:
        ways = [self.ways[dim] for dim in move]
        steps = [by / way.stride for by, way in zip(move.values(), ways, strict=True)]
        if len({way.created for way in ways}) > 1 or any(way.ring for way in ways):
            return None, (), np.nan
        if not all(map(whole, steps)):
            return None, (), np.nan
        created = ways[0].created
        begin = self.front(self.x) if created else self.x
        late, early = [slice(None)] * begin.ndim, [slice(None)] * begin.ndim
        for by, way in zip(move.values(), ways, strict=True):
            late[way.axis], early[way.axis] = slice(round(by), None), slice(None, -round(by))

        def run(values: np.ndarray) -> np.ndarray:
            return self.back(values if created else self.front(values))

        here, there = run(begin[tuple(late)]), run(begin[tuple(early)])
        one, other = [slice(None)] * here.ndim, [slice(None)] * here.ndim
        for step, way in zip(steps, ways, strict=True):
            one[way.axis], other[way.axis] = slice(None, -round(step)), slice(round(step), None)
        moved, still = here[tuple(one)], there[tuple(other)]
        if not moved.size:
            return None, (), np.nan
        gap = still - moved
        return off(gap, moved), self.off_in_parts(gap, moved), moved.size / self.y.size


def part_of(stride: int, part: float, *, ring: bool) -> float:
    """A part of a stride: where there are ends a whole one, that has no divisor with it in common.

    Half a stride is rounded up, whatever divides it.
    """
    if ring or stride == 1:
        return part * stride
    if part == 0.5:
        return float((stride + 1) // 2)
    able = [k for k in range(1, stride) if np.gcd(k, stride) == 1]
    return float(able[int(np.argmin([abs(k - part * stride) for k in able]))])


def tried(stride: int, *, ring: bool = False) -> list[float]:
    """Shifts in samples: whole ones over a stride, half of it, and two that are incommensurate."""
    spread = {float(round(each)) for each in np.linspace(1, stride, min(stride, 4))}
    return sorted({*spread, *(part_of(stride, part, ring=ring) for part in (0.5, 0.37, 0.61))})


def moves(ways: Mapping[str, Way]) -> list[dict[str, float]]:
    """Moves along each dim, and along all at once."""
    alone = [{dim: by} for dim, way in ways.items() for by in tried(way.stride, ring=way.ring)]
    if len(ways) == 1:
        return alone
    return [
        *alone,
        *(
            {dim: part_of(way.stride, part, ring=way.ring) for dim, way in ways.items()}
            for part in (0.5, 0.61)
        ),
        {dim: float(way.stride) for dim, way in ways.items()},
    ]
