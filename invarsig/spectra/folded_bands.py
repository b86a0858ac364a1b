"""Images: which frequencies of the input's grid contribute to each frequency of the output.

Image m of output frequency f is the frequency ``f + m * rate`` of the finer grid, with the output's
sampling rate; image 0 stays where it is, all others fold. A real signal has the same power at
-f in image -m, so there both are taken together and frequencies count from 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["CENTRAL", "Band", "Images"]

# Power of a real signal at f and -f differs by round-off alone; of a complex one by much more.
_SYMMETRIC = 1e-6
# The band named in a sentence holds this share of an image's energy. All of it would often be the
# whole available band, since some energy is everywhere.
CENTRAL = 0.8


@dataclass(frozen=True)
class Band:
    """A band of the finer grid, and the band of the output that it folds onto.

    Parameters
    ----------
    image
        Number of the image, without its sign where the signal is real.
    share
        Share of the folded energy that this image has.
    source, target
        Ends of the band that holds the central 80 % of the image's energy, where it comes from and
        where it appears, in the axis' frequency unit.
    """

    image: int
    share: float
    source: tuple[float, float]
    target: tuple[float, float]


@dataclass(frozen=True)
class Images:
    """Power over image number and output frequency.

    Parameters
    ----------
    numbers
        Image numbers, rising: from 0 where `one_sided`.
    frequency
        Output frequencies, rising: from 0 where `one_sided`.
    power
        Power over both.
    rate
        Output sampling rate, in the unit of `frequency`.
    top
        Highest frequency that the finer grid has.
    one_sided
        Whether f and -f are taken together.
    bands
        The images that fold, the one with most energy first.
    """

    numbers: np.ndarray
    frequency: np.ndarray
    power: np.ndarray
    rate: float
    top: float
    one_sided: bool
    bands: tuple[Band, ...]

    @classmethod
    def of_power(
        cls,
        power: np.ndarray,
        numbers: np.ndarray,
        frequency: np.ndarray,
        step: float,
        out_step: float,
    ) -> Images | None:
        """Sort a folded spectrum.

        Parameters
        ----------
        power
            Over image numbers and output frequencies.
        numbers, frequency
            Those, rising.
        step, out_step
            Distance of samples before and after; NaN where it is not known.

        Returns
        -------
        Images or None
            None where there is no power.
        """
        if not (np.isfinite(power).all() and power.sum() > 0):
            return None
        spacing = float(np.diff(frequency).mean()) if frequency.size > 1 else 0.0
        rate = spacing * frequency.size
        if frequency.size == 1 or not np.isfinite(rate):
            rate = 1 / out_step if out_step > 0 else 1.0
            spacing = rate / frequency.size
        top = rate * (2 * int(np.abs(numbers).max()) + 1) / 2
        if np.isfinite(step) and step > 0:
            top = min(top, 1 / (2 * step))
        one_sided = _symmetric(power, numbers, frequency, spacing)
        bands = _bands(power, numbers, frequency, rate, one_sided)
        if not one_sided:
            return cls(numbers, frequency, power, rate, top, False, bands)
        places = np.rint(np.abs(frequency) / spacing).astype(int)
        folded = np.zeros((int(np.abs(numbers).max()) + 1, int(places.max()) + 1))
        np.add.at(folded, (np.abs(numbers)[:, None], places[None, :]), power)
        kept = np.arange(folded.shape[0])
        return cls(kept, np.arange(folded.shape[1]) * spacing, folded, rate, top, True, bands)

    @property
    def folded(self) -> float:
        """Power of everything but image 0."""
        return float(self.power[self.numbers != 0].sum())

    @property
    def share(self) -> np.ndarray:
        """Folded share of the power at each output frequency; NaN where there is none."""
        total = self.power.sum(axis=0)
        part = self.power[self.numbers != 0].sum(axis=0)
        empty = np.full(total.shape, np.nan)
        return np.asarray(np.divide(part, total, out=empty, where=total > 0))

    def source(self, image: int) -> tuple[float, float]:
        """Frequencies of the finer grid that make an image."""
        if not self.one_sided:
            return (image - 0.5) * self.rate, (image + 0.5) * self.rate
        return max((image - 0.5) * self.rate, 0.0), min((image + 0.5) * self.rate, self.top)


def _bands(
    power: np.ndarray, numbers: np.ndarray, frequency: np.ndarray, rate: float, one_sided: bool
) -> tuple[Band, ...]:
    """Images that fold, the one with most energy first."""
    total = float(power[numbers != 0].sum())
    found = []
    kinds = sorted({abs(number) if one_sided else number for number in numbers.tolist()} - {0})
    for image in kinds:
        rows = [image, -image] if one_sided else [image]
        where = np.isin(numbers, rows)
        powers = power[where].ravel()
        if powers.sum() <= 0:
            continue
        places = (numbers[where][:, None] * rate + frequency[None, :]).ravel()
        low, high = _central(np.abs(places) if one_sided else places, powers)
        center = image * rate
        target = (low - center, high - center)
        if one_sided:
            away = abs(target[0]), abs(target[1])
            target = (0.0 if low <= center <= high else min(away), max(away))
        found.append(Band(int(image), float(powers.sum()) / total, (low, high), target))
    return tuple(sorted(found, key=lambda band: (-band.share, abs(band.image))))


def _central(places: np.ndarray, power: np.ndarray) -> tuple[float, float]:
    """Ends of the band that leaves a tenth of the power on either side of it."""
    order = np.argsort(places, kind="stable")
    part = np.cumsum(power[order]) / power.sum()
    edge = (1 - CENTRAL) / 2
    low = int(np.searchsorted(part, edge, side="right"))
    high = int(np.searchsorted(part, 1 - edge, side="left"))
    last = places.size - 1
    return float(places[order][min(low, last)]), float(places[order][min(high, last)])


def _symmetric(
    power: np.ndarray, numbers: np.ndarray, frequency: np.ndarray, spacing: float
) -> bool:
    """Whether f in image m has the power of -f in image -m, both grids' Nyquist bins left out."""
    places = np.rint(frequency / spacing).astype(int)
    if not np.array_equal(numbers, -numbers[::-1]):
        return False
    paired = np.isin(places, -places)
    inner = power[:, paired].copy()
    # The finer grid's own Nyquist bin stands for only one of its two signs.
    outermost = np.abs(numbers) == np.abs(numbers).max()
    inner[np.ix_(outermost, places[paired] == 0)] = 0.0
    return bool(np.abs(inner - inner[::-1, ::-1]).sum() <= _SYMMETRIC * power.sum())
