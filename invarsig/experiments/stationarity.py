"""Stationarity: whether local statistics are the same all along time, frequency, x and y."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.axes import Axis, axis_of, label
from invarsig.errors import ReadError
from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.expectations import Expectation, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.measures.stationarity import local_statistics, nonstationarity, pair_share
from invarsig.operators import Decibel, MelSpectrogram

__all__ = ["Stationarity"]

# Where a large effect begins, as a share of variance explained (Cohen 1988).
_LARGE = 0.14
# With fewer items than this a bootstrap has too few distinct resamples to be informative.
_FEWEST = 5
_BANDS, _HOP, _WINDOW = 64, 0.010, 0.032
_WORD = 0.4  # s; shorter digits are left out
_SHORTEST = 0.25  # s: two patches
_HIGH, _HIGH_WORDS = 7600.0, 3800.0  # Hz
_PATCH: Final[dict[str, int]] = {"time": 8, "mel": 4, "y": 16, "x": 16}
_SPOKEN: Final[dict[str, str]] = {"mel": "frequency"}
_STATISTICS: Final[tuple[str, ...]] = (
    "mean",
    "spread",
    "slope along time or y",
    "slope along frequency or x",
)


@dataclass(frozen=True)
class _Group:
    """Items of one kind: an array over (item, ...) and their name."""

    name: str
    of: str
    x: xr.DataArray

    @property
    def dims(self) -> tuple[str, str]:
        """The two axes."""
        return ("time", "mel") if "time" in self.x.dims else ("y", "x")


class Stationarity(Experiment):
    """The share of the variance of local statistics that the place along each axis explains."""

    name: ClassVar[str] = "stationarity"
    number: ClassVar[int] = 2
    claim: ClassVar[str] = (
        "The statistics of speech are the same all along time but not along frequency; those of "
        "photographs are the same along x and along y."
    )
    question: ClassVar[str] = (
        "Of all that local statistics vary within a recording or a picture, how much does the "
        "place along an axis explain, in the same way in all of them?"
    )
    design: ClassVar[str] = (
        "Sounds become log-mel spectrograms (64 bands, 32 ms windows every 10 ms, floor at -80 dB "
        "of the peak), cut into patches of 80 ms x 4 bands; pictures are 256 x 256, in patches of "
        "16 x 16 px. Four statistics of each patch: mean, spread, and rms slope along either axis. "
        "The number is the covariance, over places, of the profiles of two different recordings, "
        "divided by the variance of the statistic over all patches of one; the mean of the four. 0 "
        "for an ensemble that is stationary along the axis, 1 where the place tells everything. "
        "Running speech and music are the middle of the recording, so that time has no origin; "
        "the first 0.4 s of spoken digits and notes of 1 s begin at their onset, for contrast; "
        "textures are the stationary control. The same means below 0.14, where a large effect "
        "begins by Cohen's convention for shares of variance, and not the same means above. "
        "Speech along frequency decides, since that is where the claim says that something "
        "differs."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        "speech along frequency": above(_LARGE),
        "speech along time": below(_LARGE),
        "photographs along x": below(_LARGE),
        "photographs along y": below(_LARGE),
    }
    headline: ClassVar[str] = (
        "Of all that local statistics of speech vary, the place along frequency explains a share "
        "of {value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "LeCun & Bengio (1995), Convolutional networks for images, speech, and time series.",
        "Abdel-Hamid et al. (2014), weights shared within a band, doi:10.1109/TASLP.2014.2339736.",
        "Torralba & Oliva (2003), on categories of images, doi:10.1088/0954-898X/14/3/302.",
        "Cohen (1988), Statistical power analysis for the behavioral sciences.",
    )
    parts: ClassVar[tuple[str, ...]] = (
        "speech", "music", "environment", "digits", "instruments", "images", "textures",
    )  # fmt: skip

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure the profiles of local statistics, of each kind along each of its axes."""
        makers: list[Callable[[], _Group]] = [
            lambda: _sounds("speech", data, 2.7),
            lambda: _sounds("music", data, 4.8),
            lambda: _sounds("environment", data, 0.48),
            lambda: _words(data, 2 if self.reduced else 10),
            lambda: _notes(data, 10 if self.reduced else 1),
            lambda: _pictures("photographs", "images", data),
            lambda: _pictures("textures", "textures", data),
        ]
        cases, averages = [], {}
        for place, make in enumerate(makers):
            group = make()
            progress(group.name, place / len(makers))
            cases += [_case(group, dim, rng, 99 if self.reduced else 999) for dim in group.dims]
            if "y" in group.dims:
                averages[group.name] = _average(group)
        return _together(cases).assign(
            average=xr.concat(
                list(averages.values()), xr.Variable("kind", list(averages)), join="exact"
            )
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare the shares with the threshold of a large effect."""
        by = {str(case): _share(found, str(case), rng) for case in found["case"].to_numpy()}
        level = {
            case: replace(_share(found, case, rng, only="mean"), name=f"{case}, level alone")
            for case in self.expects
        }
        sky = _above_less_below(found, rng)
        effects = [*by.values(), *level.values(), sky]
        return effects, _sentence(by, level, sky, found)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle the places, anew for each recording and picture."""
        profile = found["profile"].transpose("case", "item", "place", "statistic").copy(deep=True)
        for case, each in enumerate(profile.to_numpy()):
            places = int(found["places"][case])
            for item in each:
                item[:places] = item[rng.permutation(places)]
        return found.assign(profile=profile.transpose(*found["profile"].dims))

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Shares with their intervals, profiles along the axes, average pictures."""
        return [_shares_figure(found), _profiles_figure(found), _average_figure(found)]


def _case(group: _Group, dim: str, rng: np.random.Generator, shuffles: int) -> xr.Dataset:
    """One kind along one axis; statistics by the names that all kinds share."""
    window = {each: _PATCH[each] for each in group.dims}
    found = nonstationarity(group.x, dim, item="item", window=window, rng=rng, shuffles=shuffles)
    places = found.sizes[dim]
    out = found.drop_vars([dim, "item"], errors="ignore").rename({dim: "place"})
    return out.assign_coords(
        statistic=list(_STATISTICS),
        case=f"{group.name} along {_SPOKEN.get(dim, dim)}",
        of=group.of,
        items=found.sizes["item"],
        places=places,
    ).drop_attrs(deep=False)


def _together(cases: Sequence[xr.Dataset]) -> xr.Dataset:
    """All kinds and axes in one Dataset; NaN where one has fewer items or places than another."""
    items, places = (max(case.sizes[dim] for case in cases) for dim in ("item", "place"))
    wide = [
        case.pad(
            item=(0, items - case.sizes["item"]), place=(0, places - case.sizes["place"]),
            constant_values=np.nan,
        )
        for case in cases
    ]  # fmt: skip
    told = ["of", "items", "places"]  # along cases, though all may be equal
    return xr.concat(wide, "case", coords=told, compat="equals", join="exact").transpose(
        "case", "statistic", "item", "place"
    )


def _share(
    found: xr.Dataset, case: str, rng: np.random.Generator, only: str | None = None
) -> Effect:
    """Share that places explain, with its interval over recordings or pictures."""
    here = found.sel(case=case)
    if only is not None:
        here = here.sel(statistic=[only])
    items, places = int(here["items"]), int(here["places"])
    profile = here["profile"].isel(item=slice(items), place=slice(places)).to_numpy()
    variance = here["variance"].isel(item=slice(items)).to_numpy()
    value = float(pair_share(profile, variance).mean())
    of = str(here["of"].to_numpy())
    if items < _FEWEST:
        return Effect(case, "1", value, -np.inf, np.inf, items, of)

    def share(which: np.ndarray) -> float:
        one = float(pair_share(profile, variance, which).mean())
        return one if np.isfinite(one) else value  # one item alone, drawn each time

    return estimated(case, "1", np.arange(items), of=of, rng=rng, statistic=share)


def _above_less_below(found: xr.Dataset, rng: np.random.Generator) -> Effect:
    """How much brighter the upper third of photographs is than the lower: sky above ground."""
    here = found.sel(case="photographs along y", statistic="mean")
    items, places = int(here["items"]), int(here["places"])
    profile = here["profile"].isel(item=slice(items), place=slice(places)).to_numpy()
    spread = np.sqrt(here["variance"].isel(item=slice(items)).to_numpy())
    third = places // 3
    brighter = (profile[:, :third].mean(axis=1) - profile[:, -third:].mean(axis=1)) / spread
    return estimated(
        "photographs, brightness of the upper third less the lower, in standard deviations",
        "1", brighter, of="pictures", rng=rng,
    )  # fmt: skip


def _sounds(part: str, data: Collection, seconds: float) -> _Group:
    """The middle of each recording."""
    shown = []
    for path in data.paths(part, at_least=2):
        x = data.sound(path, at_least=_SHORTEST, up_to=_HIGH)
        count = min(round(seconds / axis_of(x, "time").step), x.sizes["time"])
        start = (x.sizes["time"] - count) // 2
        shown.append(_log_mel(x.isel(time=slice(start, start + count)), high=_HIGH))
    return _Group(part, "recordings", _side_by_side(shown, "item"))


def _words(data: Collection, most: int) -> _Group:
    """The first 0.4 s of spoken digits: voices are items, digits are additional places of each."""
    by: dict[str, list[xr.DataArray]] = {}
    for _, voice, path in data.spoken_digits():
        x = data.sound(path, up_to=_HIGH_WORDS)
        count = round(_WORD / axis_of(x, "time").step)
        if x.sizes["time"] >= count and len(by.get(voice, ())) < most:
            shown = _log_mel(x.isel(time=slice(count)), high=_HIGH_WORDS)
            by.setdefault(voice, []).append(shown)
    if len(by) < 2:
        raise ReadError(
            f"{data.folder / 'digits'} holds digits of {_WORD} s or longer of {len(by)} voices, "
            "and 2 are needed."
        )
    words = min(len(each) for each in by.values())
    voices = [_side_by_side(each[:words], "word") for each in by.values()]
    return _Group("spoken digits", "voices", xr.concat(voices, "item", join="override"))


def _notes(data: Collection, every: int) -> _Group:
    """Single notes from their onset."""
    notes = data.notes()
    few = notes[:: max(1, min(every, len(notes) // _FEWEST))]
    shown = [
        _log_mel(data.sound(path, at_least=_SHORTEST, up_to=_HIGH), high=_HIGH)
        for _, _, path in few
    ]
    return _Group("notes", "notes", _side_by_side(shown, "item"))


def _pictures(name: str, part: str, data: Collection) -> _Group:
    shown = [data.picture(path, 256) for path in data.paths(part, at_least=2)]
    axes = [Axis(dim, size=256, unit="px") for dim in ("y", "x")]
    values = np.stack([x.transpose("y", "x").to_numpy() for x in shown])
    return _Group(name, "pictures", label(values, "item", *axes))


def _log_mel(x: xr.DataArray, high: float) -> xr.DataArray:
    """Log-mel spectrogram, relative to its peak and down to -80 dB of it."""
    step = axis_of(x, "time").step
    window, hop = (round(length / step) * step for length in (_WINDOW, _HOP))
    power = MelSpectrogram(window=window, hop=hop, bands=_BANDS, low=60.0, high=high)(x)
    return Decibel(floor=-80.0)(power / float(power.max()))


def _side_by_side(shown: Sequence[xr.DataArray], dim: str) -> xr.DataArray:
    """Spectrograms of one number of frames; their rates differ by less than a frame in 400."""
    frames = min(y.sizes["time"] for y in shown)
    values = np.stack([y.transpose("mel", "time").to_numpy()[:, :frames] for y in shown])
    return label(
        values, dim, axis_of(shown[0], "mel"), axis_of(shown[0], "time").strided(1, size=frames)
    )


def _average(group: _Group) -> xr.DataArray:
    """Mean brightness of patches over all pictures, less the mean of each."""
    found = local_statistics(group.x, {dim: _PATCH[dim] for dim in ("y", "x")})
    level = found.sel(statistic="mean", drop=True)
    return (level - level.mean(["y", "x"])).mean("item").transpose("y", "x").drop_attrs()


def _shares_figure(found: xr.Dataset) -> Figure:
    rng = np.random.default_rng(0)
    effects = [_share(found, str(case), rng) for case in found["case"].to_numpy()]
    rows = [
        charts.Interval(
            f"{effect.name}, {effect.count} {effect.of}", effect.value, effect.low, effect.high,
            f"along {effect.name.rpartition(' ')[2]}",
        )
        for effect in effects
    ]  # fmt: skip
    said = "; ".join(f"{effect.name} {effect.value:.3f}" for effect in effects)
    return Figure(
        "What the place along an axis explains",
        "Share of the variance of local statistics, mean of four statistics; 0 is a stationary "
        "ensemble. Bars are 95 % intervals; where there are fewer than five recordings there is "
        "none.",
        charts.intervals(
            "stationarity-shares", rows, x_label="share explained by the place, 0 to 1",
            alternative=f"Share explained by the place: {said}.",
            marks=((0.0, "stationary"), (_LARGE, "large")),
        ),
    )  # fmt: skip


def _profiles_figure(found: xr.Dataset) -> Figure:
    lines, said = [], []
    shown = ("speech along time", "speech along frequency", "photographs along y",
             "photographs along x")  # fmt: skip
    for case in shown:
        here = found.sel(case=case, statistic="mean")
        items, places = int(here["items"]), int(here["places"])
        spread = np.sqrt(float(here["variance"].mean()))
        each = here["profile"].isel(item=slice(items), place=slice(places)).to_numpy() / spread
        mean, error = each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(items)
        where = (np.arange(places) + 0.5) / places
        lines.append(charts.Curve(case, where, mean, mean - error, mean + error))
        said.append(f"{case} {mean.min():.2f} to {mean.max():.2f}")
    return Figure(
        "Level along four axes",
        "Mean over recordings or pictures, with one standard error; each axis from its first "
        "sample (low frequencies, the left, the top) to its last. One unit is the standard "
        "deviation of the patches of one recording or picture.",
        charts.curves(
            "stationarity-profiles", lines, x_label="place along the axis, share of its length",
            y_label="level, standard deviations",
            alternative=f"Range of the mean level: {'; '.join(said)}.",
        ),
    )  # fmt: skip


def _average_figure(found: xr.Dataset) -> Figure:
    kinds = [str(kind) for kind in found["kind"].to_numpy()]
    counts = {kind: int(found["items"].sel(case=f"{kind} along y")) for kind in kinds}
    average = found["average"]
    panels = [
        charts.Panel(
            f"mean of {counts[kind]} {kind}", average.sel(kind=kind).to_numpy(), (0, 256), (0, 256)
        )
        for kind in kinds
    ]
    said = "; ".join(
        f"{kind} {float(average.sel(kind=kind).min()):.2f} to "
        f"{float(average.sel(kind=kind).max()):.2f}"
        for kind in kinds
    )
    return Figure(
        "The average picture",
        "Brightness of patches of 16 x 16 px, less the mean of its picture (black is 0, white is "
        "1), averaged over pictures: red is brighter. In a stationary ensemble no place stands "
        "out but by chance.",
        charts.pictures(
            "stationarity-average", panels, x_label="x, px", y_label="y, px", signed=True,
            alternative=f"Brightness less its mean, averaged over pictures: {said}.",
        ),
    )  # fmt: skip


def _sentence(
    by: dict[str, Effect], level: dict[str, Effect], sky: Effect, found: xr.Dataset
) -> str:
    def chance(case: str) -> str:
        one = found.sel(case=case)
        return f"chance reaches {float(one['floor']):.3f}"

    time, frequency = by["speech along time"], by["speech along frequency"]
    x, y = by["photographs along x"], by["photographs along y"]
    return (
        f"In running speech the place explains {time.value:.3f} of the variance of local "
        f"statistics along time ({chance('speech along time')}) and {frequency.value:.3f} along "
        f"frequency ({chance('speech along frequency')}), of the level alone "
        f"{level['speech along frequency'].value:.2f}. In photographs it explains {x.value:.3f} "
        f"along x ({chance('photographs along x')}) and {y.value:.3f} along y "
        f"({chance('photographs along y')}); the brightness of their upper third less that of "
        f"their lower is {sky.value:.2f} ({sky.low:.2f} to {sky.high:.2f}) standard deviations. "
        "Cut out from their onset, spoken digits reach "
        f"{by['spoken digits along time'].value:.2f} and notes "
        f"{by['notes along time'].value:.2f} along time: the cut is part of the ensemble."
    )
