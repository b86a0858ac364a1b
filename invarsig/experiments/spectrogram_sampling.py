"""Hop, window, bins per octave: what sampling of a spectrogram is safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated, largest_mean
from invarsig.experiments.expectations import Expectation, Limited, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.nulls import shuffled
from invarsig.experiments.sampled_spectrograms import (
    BINS,
    OF_ITS_OWN,
    OF_TWELVE,
    PARTS,
    QUANTITIES,
    TAPERS,
    by_quality,
    by_window,
    predicted,
    recordings,
    ring,
)  # fmt: skip
from invarsig.experiments.units import sources_of

__all__ = ["SpectrogramSampling"]

_SAFE = -40.0  # dB of the fluctuating energy: 1 % of the amplitude of what varies
_HOP = "power, Hann, hop L/4"
_TWELVE = "power, 12 bins per octave"
_BOTH = "power, hop L/4 or 12 bins per octave, the larger"


class SpectrogramSampling(Experiment):
    """The share of what fluctuates in a spectrogram that its hop and its bins fold."""

    name: ClassVar[str] = "spectrogram-sampling"
    number: ClassVar[int] = 3
    claim: ClassVar[str] = (
        "A hop of a quarter of the window, and twelve bins per octave, sample a spectrogram safely."
    )
    question: ClassVar[str] = (
        "Of all that fluctuates in the spectrogram of a recording, how much folds at each hop, by "
        "window and by what is shown, beside what the window alone says; and along log-frequency, "
        "at each number of bins per octave?"
    )
    design: ClassVar[str] = (
        "The loudest second of recordings (speech, music, environment, eight notes), gone round. "
        "Windows of 480 samples, laid every 5; what lies outside the band that a larger hop keeps "
        "has folded, as a share of the energy of the fluctuations, over all bins but those at 0 "
        "and at the Nyquist frequency. Four windows (Gaussian: a standard deviation of a sixth of "
        "its length); complex bins, power, magnitude, and the log of the power with a floor 80 dB "
        "below the peak. Beside it stands the share for white noise, known from the window alone. "
        "Constant-Q power and its log over four octaves from 220 Hz, tapered by a Hann window "
        "along log-frequency, on 144 bins per octave, with the quality of 12 bins or of the number "
        "of bins. Safe means below -40 dB, which is 1 % of the amplitude of what moves. A "
        "spectrogram is the power, unless said otherwise, and the claim names both the hop and the "
        "bins, so the larger of the two decides; notes of one instrument are one unit."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _BOTH: below(_SAFE, "dB"),
        _HOP: below(_SAFE, "dB"),
        _TWELVE: below(_SAFE, "dB"),
        **{f"{quantity}, Hann, hop L/4": below(_SAFE, "dB") for quantity in ("magnitude", "log")},
        "log, 12 bins per octave": below(_SAFE, "dB"),
    }
    limited: ClassVar[Limited | None] = Limited("for the hop alone", _HOP)
    headline: ClassVar[str] = (
        "At a hop of a quarter of a Hann window {limited} of what fluctuates in the power "
        "spectrogram of recordings has folded; the larger of that and of what 12 bins per octave "
        "fold is {value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Allen & Rabiner (1977), on hops that restore a signal, doi:10.1109/PROC.1977.10770.",
        "Brown (1991), doi:10.1121/1.400476.",
    )
    parts: ClassVar[tuple[str, ...]] = ("speech", "music", "environment", "instruments")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure the folded shares over (recording, window, quantity, hop) and over bins."""
        paths = recordings(data)[:: 5 if self.reduced else 1]
        seconds = 0.48 if self.reduced else 1.0
        windows = list(TAPERS)[: 2 if self.reduced else None]
        numbers = (12, 24, 48) if self.reduced else BINS
        hops, bins = [], []
        for place, path in enumerate(paths):
            progress(path.stem, place / len(paths))
            x = data.sound(path, seconds, at_least=0.4)
            hops.append(by_window(ring(x), windows))
            bins.append(by_quality(x, numbers))
        return xr.Dataset(
            {
                "folded": xr.concat(hops, "recording"),
                "folded_bins": xr.concat(bins, "recording"),
                **predicted(windows, numbers, _SAFE),
            },
            coords={
                "recording": [path.stem for path in paths],
                "hop": ("hop", 1 / np.array(PARTS), {"units": "window lengths"}),
                "bins": ("bins", list(numbers), {"units": "bins per octave"}),
            },
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare the folded energy with -40 dB, and with the prediction from the window alone."""
        folded, bins = (_decibels(found[name]) for name in ("folded", "folded_bins"))
        alone = _decibels(found["predicted"])
        sources = sources_of(found["recording"].to_numpy())

        def of(name: str, values: xr.DataArray) -> Effect:
            return estimated(name, "dB", values, of="sources", rng=rng, units=sources)

        def at(part: int, quantity: str, window: str = "hann") -> xr.DataArray:
            return folded.sel(hop=1 / part, quantity=quantity, window=window)

        def along(number: int, quantity: str, quality: str = OF_TWELVE) -> xr.DataArray:
            return bins.sel(bins=number, quantity=quantity, quality=quality)

        effects = [
            *(of(f"{q}, Hann, hop L/4", at(4, q)) for q in QUANTITIES[1:]),
            *(of(f"{q}, 12 bins per octave", along(12, q)) for q in ("power", "log")),
            estimated(
                _BOTH,
                "dB",
                np.stack([at(4, "power"), along(12, "power")], axis=-1),
                of="sources",
                rng=rng,
                units=sources,
                statistic=largest_mean,
            ),
            *(of(f"power, Hann, hop L/{part}", at(part, "power")) for part in (2, 8, 16)),
            *(of(f"log, Hann, hop L/{part}", at(part, "log")) for part in (2, 8, 16)),
            *(of(f"complex, Hann, hop L/{part}", at(part, "complex")) for part in (2, 4)),
            *(
                of(f"power, {w.capitalize()}, hop L/4", at(4, "power", w))
                for w in found["window"].to_numpy()[1:]
            ),
            *(
                of(
                    f"power, Hann, hop L/{part}, above what the window alone says",
                    at(part, "power") - alone.sel(hop=1 / part, quantity="power", window="hann"),
                )
                for part in (4, 8)
            ),
            *(of(f"{q}, 24 bins, quality of 12", along(24, q)) for q in ("power", "log")),
            of("power, 48 bins, quality of 48", along(48, "power", OF_ITS_OWN)),
        ]
        return effects, _sentence(effects, found)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle what is shown (complex, power, magnitude, log), over hops and over bins alike."""
        null = shuffled(found, ["folded"], "quantity", rng, unit="recording")
        both = ["power", "log"]  # the two that are measured along log-frequency
        return shuffled(null, ["folded_bins"], "quantity", rng, unit="recording", labels=both)

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """What folds over the hop, safe hops by window, what folds over bins per octave."""
        return [_hops_figure(found), _safe_figure(found), _bins_figure(found)]


def _decibels(share: xr.DataArray) -> xr.DataArray:
    """Shares of energy in decibels."""
    return decibels_of(share**0.5)


def _safe_hops(levels: xr.DataArray) -> np.ndarray:
    """The hop at which each recording reaches -40 dB, between those measured, in window lengths."""
    hops = levels["hop"].to_numpy()[::-1]
    rows = np.maximum.accumulate(levels.transpose("recording", "hop").to_numpy()[:, ::-1], axis=1)
    logs = [np.interp(_SAFE, row, np.log2(hops)) for row in rows]
    return np.asarray(np.exp2(logs))


def _mean_and_quarters(values: xr.DataArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over recordings, and the ends of the middle half of them."""
    low, high = np.quantile(values.transpose("recording", ...).to_numpy(), [0.25, 0.75], axis=0)
    return values.mean("recording").to_numpy(), low, high


def _hops_figure(found: xr.Dataset) -> Figure:
    folded = _decibels(found["folded"]).sel(window="hann")
    alone = _decibels(found["predicted"]).sel(window="hann")
    hop = np.rint(1 / found["hop"].to_numpy())
    lines, said = [], []
    for quantity in QUANTITIES:
        mean, low, high = _mean_and_quarters(folded.sel(quantity=quantity))
        lines.append(charts.Curve(f"{quantity}, recordings", hop, mean, low, high))
        said.append(f"{quantity} {float(folded.sel(quantity=quantity, hop=0.25).mean()):.1f} dB")
    for quantity in ("complex", "power"):
        level = alone.sel(quantity=quantity)
        lines.append(charts.Curve(f"{quantity}, window alone", hop, level.to_numpy()))
        said.append(f"{quantity} from the window alone {float(level.sel(hop=0.25)):.1f} dB")
    return Figure(
        "What folds at each hop, Hann window",
        "Mean over recordings, in a band that holds the middle half of them; the window alone says "
        "what white noise would do. Finer hops are further right.",
        charts.curves(
            "spectrogram-sampling-hops", lines, x_label="hops per window length",
            y_label="folded share, dB", x_scale="log2", marks=((_SAFE, "safe below"),),
            y_range=(-90, 0), high=300,
            alternative=f"Folded share at a hop of a quarter window: {'; '.join(said)}.",
        ),
    )  # fmt: skip


def _safe_figure(found: xr.Dataset) -> Figure:
    folded, rng = _decibels(found["folded"]), np.random.default_rng(0)
    rows, said = [], []
    for window in found["window"].to_numpy():
        alone = float(found["predicted_safe_hop"].sel(window=window))
        name = window.capitalize()
        rows.append(charts.Interval(f"{name}, window alone", alone, alone, alone, "window alone"))
        said.append(f"{window}: {alone:.3f} from the window alone")
        for quantity in ("power", "log"):
            hops = _safe_hops(folded.sel(window=window, quantity=quantity))
            one = estimated("", "1", hops, of="recordings", rng=rng)
            group = f"{quantity}, recordings"
            rows.append(charts.Interval(f"{name}, {quantity}", one.value, one.low, one.high, group))
            said.append(f"{quantity} {one.value:.3f}")
    return Figure(
        "Safe hops by window",
        "The largest hop at which less than -40 dB of what fluctuates folds, in lengths of the "
        "window; mean over recordings with its 95 % interval. Hops down to 1/48 were tried: what "
        "folds more there counts as 1/48.",
        charts.intervals(
            "spectrogram-sampling-safe", rows, x_label="largest safe hop, window lengths",
            marks=((0.25, "usual"),), alternative=f"Largest safe hops: {'; '.join(said)}.",
        ),
    )  # fmt: skip


def _bins_figure(found: xr.Dataset) -> Figure:
    folded, alone = _decibels(found["folded_bins"]), _decibels(found["predicted_bins"])
    bins = found["bins"].to_numpy()
    lines, said = [], []
    for quality, quantity, words in (
        (OF_TWELVE, "power", "power, Q of 12 bins"),
        (OF_TWELVE, "log", "log, Q of 12 bins"),
        (OF_ITS_OWN, "power", "power, Q of the bins"),
    ):
        mean, low, high = _mean_and_quarters(folded.sel(quality=quality, quantity=quantity))
        lines.append(charts.Curve(words, bins, mean, low, high))
        said.append(f"{words} {mean[0]:.1f} dB at 12 and {mean[-1]:.1f} dB at 48")
    for quality, words in (
        (OF_TWELVE, "tone, Q of 12 bins"),
        (OF_ITS_OWN, "tone, Q of the bins"),
    ):
        level = alone.sel(quality=quality).where(lambda found: found > -90).to_numpy()
        lines.append(charts.Curve(words, bins, level))
        said.append(f"{words} {level[0]:.1f} dB at 12")
    return Figure(
        "What folds along log-frequency",
        "Mean over recordings, in a band that holds the middle half of them, and what the trace "
        "of one tone says. With the quality of 12 bins more bins sample the same picture "
        "more finely; with their own each bin gets narrower as they get denser.",
        charts.curves(
            "spectrogram-sampling-bins", lines, x_label="bins per octave",
            y_label="folded share, dB", marks=((_SAFE, "safe below"),), y_range=(-90, 0), high=300,
            alternative=f"Folded share over bins per octave: {'; '.join(said)}.",
        ),
    )  # fmt: skip


def _sentence(effects: Sequence[Effect], found: xr.Dataset) -> str:
    by = {effect.name: effect.value for effect in effects}
    folded = _decibels(found["folded"]).sel(window="hann")
    safe = {quantity: 1 / np.mean(_safe_hops(folded.sel(quantity=quantity)))
            for quantity in ("power", "log")}  # fmt: skip
    alone = float(_decibels(found["predicted"]).sel(window="hann", quantity="power", hop=0.25))
    predicted = 1 / float(found["predicted_safe_hop"].sel(window="hann"))
    return (
        f"At a quarter of a Hann window {by['power, Hann, hop L/4']:.1f} dB of what fluctuates in "
        f"the power has folded (the window alone says {alone:.1f} dB), "
        f"{by['magnitude, Hann, hop L/4']:.1f} dB in the magnitude and "
        f"{by['log, Hann, hop L/4']:.1f} dB in the log. For -40 dB the hop has to be "
        f"1/{safe['power']:.1f} of the window for the power of recordings (1/{predicted:.1f} by "
        f"the window alone), and 1/{safe['log']:.0f} or less for the log. Along log-frequency 12 "
        f"bins per octave fold {by['power, 12 bins per octave']:.1f} dB of the power and "
        f"{by['log, 12 bins per octave']:.1f} dB of the log; 24 bins with the same quality fold "
        f"{by['power, 24 bins, quality of 12']:.1f} and "
        f"{by['log, 24 bins, quality of 12']:.1f} dB, 48 bins with their own "
        f"{by['power, 48 bins, quality of 48']:.1f} dB of the power."
    )
