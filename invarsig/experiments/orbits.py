"""Orbits: averaging over shifts and training with shifts, and what each costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.actions import Action, Translate
from invarsig.axes import Axis, label
from invarsig.compose import orbit_mean
from invarsig.errors import ReadError
from invarsig.experiments import charts
from invarsig.experiments.classifier import Classifier, linear_classifier
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated
from invarsig.experiments.expectations import Expectation, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.laws import Law
from invarsig.measures import invariance_error
from invarsig.models import cnn, random_kernels
from invarsig.operators import GlobalPool, Operator

__all__ = ["Orbits"]

_BOTH = ("y", "x")
_SIDE, _PLACE = 24, 8  # a digit of 8 x 8 px in the middle of a periodic picture
_EVERYWHERE = 8
_RANGES: Final[tuple[int, ...]] = (0, 2, 4, _EVERYWHERE)
_EXACT = -200.0  # dB: round-off, whatever the sizes


@dataclass(frozen=True)
class _Way:
    """A way to be invariant: a classifier trained with shifts, averaged over some or all."""

    words: str
    trained: int
    average: str = "no average"


_BUILT_IN = "convolutions, averaged over the picture"
_WAYS: Final[dict[str, _Way]] = {
    "one": _Way("trained at one place", 0),
    "two": _Way("trained within 2 px", 2),
    "four": _Way("trained within 4 px", 4),
    "everywhere": _Way("trained everywhere (8 px)", _EVERYWHERE),
    "one_nine": _Way("trained at one place", 0, "9 shifts"),
    "four_nine": _Way("trained within 4 px", 4, "9 shifts"),
    "one_all": _Way("trained at one place", 0, "all shifts"),
    "four_all": _Way("trained within 4 px", 4, "all shifts"),
    "everywhere_all": _Way("trained everywhere (8 px)", _EVERYWHERE, "all shifts"),
    "built_in": _Way(_BUILT_IN, 0, "built in"),
}

_PRIMARY = "accuracy lost outside the range trained, less that lost inside"


class Orbits(Experiment):
    """Digits in a larger picture, at places that were trained and at others."""

    name: ClassVar[str] = "orbits"
    number: ClassVar[int] = 13
    claim: ClassVar[str] = (
        "Training with shifted copies makes a classifier invariant only near what it has seen."
    )
    question: ClassVar[str] = (
        "How invariant and how often right are classifiers of digits, inside and outside the "
        "places that they were trained at, as they are and averaged over some or all shifts?"
    )
    design: ClassVar[str] = (
        "Handwritten digits of 8 x 8 px in a dark ring of 24 x 24 px. Perceptrons with one hidden "
        "layer of 100 units on the pixels; each training digit is shown 16 times, shifted along y "
        "and x by up to 0, 2, 4 or 8 px (everywhere, without crossing the seam). Test digits stand "
        "0 to 8 px to the right of the middle. The probabilities are taken as they are, as the "
        "mean over 9 shifts of up to 1 px, and as the mean over all 576 whole shifts of the ring. "
        "Beside them: two layers of random 5 x 5 convolutions without a stride, rectified, the "
        "mean over the picture, and a logistic regression, trained at one place. Eight splits of "
        "digits into learned and judged ones, drawn anew, each trained anew. A split is the "
        "unit, since its "
        "digits share a network. What can come out either way is how far training carries: what is "
        "lost outside less what is lost inside, mean of training within 2 and 4 px, decides."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(10, "points"),
        **{
            f"error of the mean over 9 shifts, {_WAYS[name].words}": below(-20, "dB")
            for name in ("one_nine", "four_nine")
        },
        f"accuracy that all shifts cost, {_WAYS['one'].words}": above(5, "points"),
        **{
            f"accuracy lost {side}, {_WAYS[name].words}": bound
            for name in ("two", "four")
            for side, bound in (("inside", below(5, "points")), ("outside", above(10, "points")))
        },
    }
    headline: ClassVar[str] = (
        "Trained with copies shifted by up to 2 or 4 px, a classifier loses {value} more of its "
        "right answers beyond that range than within it."
    )
    sources: ClassVar[tuple[str, ...]] = (
        (
            "Krizhevsky, Sutskever & Hinton (2012), ImageNet classification with deep "
            "convolutional neural networks (averages over moved inputs)."
        ),
        (
            "Azulay & Weiss (2019), Why do deep convolutional networks generalize so poorly to "
            "small image transformations?, arXiv:1805.12177 (on augmentation)."
        ),
        (
            "Yarotsky (2018), Universal approximations of invariant maps by neural networks, "
            "arXiv:1804.10306 (means over a group)."
        ),
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten",)

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure who is right over (way, digit, offset), and the error of invariance."""
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        # Thousands of small products: several threads would wait for each other.
        with threadpool_limits(limits=1, user_api="blas"):
            return self._measured(data, rng, progress)

    def _measured(
        self, data: Collection, rng: np.random.Generator, progress: Progress
    ) -> xr.Dataset:
        splits, train, test = (2, 300, 60) if self.reduced else (8, 700, 125)
        offsets = np.arange(0, _EVERYWHERE + 1, 2 if self.reduced else 1)
        images, truth = data.handwritten()
        need = train + test
        if need > len(truth):
            raise ReadError(f"There are {len(truth)} handwritten digits, and {need} are needed.")
        found = []
        for number in range(splits):
            known, asked = np.split(rng.permutation(len(truth))[:need], [train])
            progress("training", number / splits)
            models = _trained(images.to_numpy()[known], truth[known], rng)
            for place, (name, way) in enumerate(_WAYS.items()):
                progress(f"{way.words}, {way.average}", (number + place / len(_WAYS)) / splits)
                model = models["built in" if way.average == "built in" else way.trained]
                op = _averaged(model, way.average)
                row = _row(name, op, images.to_numpy()[asked], truth[asked], offsets)
                found.append(row.assign_coords(split=("digit", np.full(test, number))))
        rows = [
            xr.concat(found[k :: len(_WAYS)], "digit", data_vars="all") for k in range(len(_WAYS))
        ]
        out = xr.concat(rows, xr.Variable("way", list(_WAYS)))
        costs = [len(_moves(way.average)) for way in _WAYS.values()]
        return out.assign(evaluations=("way", costs)).assign_coords(
            digit=np.arange(out.sizes["digit"]),
            offset=("offset", offsets.astype(float), {"units": "px"}),
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how invariant the means are, what they cost, and how far training generalizes."""
        judged = found.dropna("digit", subset=["invariance_error"])
        level = decibels_of(judged["invariance_error"])
        right = 100 * found["right"]
        middle = right.sel(offset=0.0)

        def of(name: str, unit: str, values: xr.DataArray) -> Effect:
            return estimated(
                name, unit, values.transpose("digit"), of="splits", rng=rng,
                units=values["split"].to_numpy(),
            )  # fmt: skip

        fallen = {
            name: _fallen(right.sel(way=name), _WAYS[name].trained) for name in ("two", "four")
        }
        more = [outside - inside for inside, outside in fallen.values()]
        effects = [of(_PRIMARY, "points", sum(more[1:], more[0]) / len(more))]
        for name in ("one_nine", "four_nine"):
            way = _WAYS[name]
            words = f"error of the mean over {way.average}, {way.words}"
            effects.append(of(words, "dB", level.sel(way=name)))
        effects.append(of(f"error, {_BUILT_IN}", "dB", level.sel(way="built_in")))
        for name in ("one", "four", "everywhere"):
            lost = middle.sel(way=name) - middle.sel(way=f"{name}_all")
            words = f"accuracy that all shifts cost, {_WAYS[name].words}"
            effects.append(of(words, "points", lost))
        for name, (inside, outside) in fallen.items():
            words = _WAYS[name].words
            effects.append(of(f"accuracy lost inside, {words}", "points", inside))
            effects.append(of(f"accuracy lost outside, {words}", "points", outside))
        for name in ("two", "four", "everywhere", "built_in"):
            lost = middle.sel(way="one") - middle.sel(way=name)
            effects.append(of(f"accuracy lost in the middle, {_WAYS[name].words}", "points", lost))
        return effects, _sentence(found, effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle the places of each digit."""
        places = found["right"].transpose("way", "digit", "offset")
        order = np.array([rng.permutation(places.sizes["offset"]) for _ in places["digit"]])
        moved = np.take_along_axis(places.to_numpy(), order[None], axis=-1)
        return found.assign(right=places.copy(data=moved))

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """The mean over all shifts is invariant."""
        level = decibels_of(found["invariance_error"].dropna("digit"))
        return (
            Law.of(
                "the mean of a classifier over all shifts of a periodic picture is invariant to "
                "shifts", level.sel(way=["one_all", "four_all"]), below(_EXACT, "dB"),
            ),
        )  # fmt: skip

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Accuracy over the offset, and what each way costs in the middle."""
        return [self._over_offset(found), self._prices(found)]

    def _over_offset(self, found: xr.Dataset) -> Figure:
        share = 100 * found["right"].mean("digit")
        lines, told = [], []
        for name in ("one", "two", "four", "everywhere", "everywhere_all", "built_in"):
            way, own = _WAYS[name], share.sel(way=name).dropna("offset")
            words = way.words + (", mean over all" if way.average == "all shifts" else "")
            lines.append(charts.Curve(words, own["offset"].to_numpy(), own.to_numpy()))
            ends = [f"{float(own.sel(offset=at)):.0f} % at {at:.0f} px" for at in (0.0, 8.0)]
            told.append(f"{words}: {', '.join(ends)}")
        return Figure(
            "Accuracy over the offset from the middle",
            "Share of test digits that are named right, of ten classes. Training with shifts "
            "carries as far as the shifts went; the mean over all shifts and convolutions under "
            "a global mean do not depend on the place.",
            charts.curves(
                f"{self.name}-offset", lines, x_label="offset of the digit, px",
                y_label="right, %", y_range=(0, 103), marks=((10, "guessing"),),
                alternative=f"Accuracy over the offset. {'; '.join(told)}.",
            ),
        )  # fmt: skip

    def _prices(self, found: xr.Dataset) -> Figure:
        rng = np.random.default_rng(self.seed)
        rows, told = [], []
        for name, way in _WAYS.items():
            own = found.sel(way=name)
            right = estimated("", "%", 100 * own["right"].sel(offset=0.0), of="", rng=rng)
            error = float(decibels_of(own["invariance_error"].dropna("digit")).mean())
            seen = "exact" if error < _EXACT else f"error {error:.0f} dB"
            count = int(own["evaluations"])
            times = f"{count} evaluations" if count > 1 else "1 evaluation"
            rows.append(
                charts.Interval(
                    f"{way.words}: {times}, {seen}", right.value, right.low, right.high,
                    way.average,
                )
            )  # fmt: skip
            told.append(f"{way.words}, {way.average}: {right.value:.0f} %, {seen}")
        return Figure(
            "What invariance costs where the digit stands in the middle",
            "Accuracy with 95 % intervals over the digits. Beside it stand the evaluations for "
            "one answer, and the invariance error when the digit moves by 1 px: a classifier "
            "that is exactly invariant may know nothing.",
            charts.intervals(
                f"{self.name}-price", rows, x_label="right in the middle, %",
                marks=((10, "guessing"),),
                alternative=f"Accuracy in the middle. {'; '.join(told)}.",
            ),
        )  # fmt: skip


def _placed(digits: np.ndarray, down: np.ndarray, right: np.ndarray) -> xr.DataArray:
    """Digits on a dark periodic picture, each at an offset from the middle."""
    values = np.zeros((len(digits), _SIDE, _SIDE))
    size = digits.shape[-1]
    for own, digit, y, x in zip(values, digits, _PLACE + down, _PLACE + right, strict=True):
        own[y : y + size, x : x + size] = digit
    ring = [Axis(dim, unit="px", period=float(_SIDE)) for dim in _BOTH]
    return label(values, "image", *ring)


def _trained(
    digits: np.ndarray, truth: np.ndarray, rng: np.random.Generator, copies: int = 16
) -> Mapping[int | str, Operator]:
    """Perceptrons for each range of shifts, on equal numbers of pictures, and convolutions."""
    from sklearn.neural_network import MLPClassifier

    models: dict[int | str, Operator] = {}
    often, classes = np.tile(truth, copies), len(np.unique(truth))
    for reach in _RANGES:
        down, right = rng.integers(-reach, reach + 1, size=(2, len(often)))
        shown = _placed(np.tile(digits, (copies, 1, 1)), down, right).to_numpy()
        model = MLPClassifier(
            (100,), max_iter=8, tol=0.0, learning_rate_init=3e-3,
            random_state=int(rng.integers(2**31)),
        )  # fmt: skip
        _fitted(model, shown.reshape(len(often), -1), often)
        models[reach] = Classifier(model.predict_proba, classes, _BOTH)
    middle = _placed(digits, *np.zeros((2, len(truth)), dtype=int))
    kernels = random_kernels(middle, (8, 32), window=5, rng=rng)
    features = cnn(kernels, downsampling="stride", stride=1) >> GlobalPool(_BOTH, "mean")
    made = str(kernels[-1].dims[0])
    models["built in"] = features >> linear_classifier(features(middle), truth, (made,))
    return models


def _fitted(model: object, rows: np.ndarray, truth: np.ndarray) -> None:
    """Train for a fixed number of rounds, which scikit-learn warns of."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows, truth)  # type: ignore[attr-defined]


def _moves(average: str) -> list[Action]:
    """The shifts that are averaged over."""
    steps = {"9 shifts": range(-1, 2), "all shifts": range(_SIDE)}.get(average, range(1))
    return [Translate(y=float(y), x=float(x)) for y, x in product(steps, steps)]


def _averaged(model: Operator, average: str) -> Operator:
    moves = _moves(average)
    return orbit_mean(model, moves, back=False) if len(moves) > 1 else model


def _row(
    name: str, op: Operator, digits: np.ndarray, truth: np.ndarray, offsets: np.ndarray
) -> xr.Dataset:
    """Who is right at each offset, and the error of invariance of each digit.

    The mean over all shifts is expensive: it is measured in the middle, one of them also at the far
    end; errors on few digits.
    """
    every = _WAYS[name].average == "all shifts"
    ends = (offsets[0], offsets[-1] if name == "everywhere_all" else offsets[0])
    right = np.full((len(truth), len(offsets)), np.nan)
    for place, offset in enumerate(offsets.tolist()):
        if every and offset not in ends:
            continue
        shift = np.zeros_like(truth)
        scores = op(_placed(digits, shift, shift + offset))
        right[:, place] = scores.to_numpy().argmax(axis=-1) == truth
    error = np.full(len(truth), np.nan)
    few = slice(0, 20)
    still = np.zeros_like(truth[few])
    moved = invariance_error(
        op, _placed(digits[few], still, still), [Translate(x=1.0)], keep=["image"]
    )
    error[few] = moved.to_numpy()[0]
    return xr.Dataset(
        {
            "right": (("digit", "offset"), right, {"units": "1"}),
            "invariance_error": ("digit", error, {"units": "1"}),
        }
    )


def _fallen(right: xr.DataArray, reach: int) -> tuple[xr.DataArray, xr.DataArray]:
    """Accuracy in the middle less that at offsets inside and outside a range, for each digit."""
    middle, away = right.sel(offset=0.0), right.sel(offset=right["offset"] > 0)
    inside = away.sel(offset=away["offset"] <= reach).mean("offset")
    outside = away.sel(offset=away["offset"] > reach).mean("offset")
    return middle - inside, middle - outside


def _sentence(found: xr.Dataset, effects: Sequence[Effect]) -> str:
    share = 100 * found["right"].sel(offset=0.0).mean("digit")
    right = {str(way): float(share.sel(way=way)) for way in share["way"].to_numpy()}
    value = {effect.name: effect.value for effect in effects}
    nine, wider = (
        value[f"error of the mean over 9 shifts, trained {words}"]
        for words in ("at one place", "within 4 px")
    )
    inside, outside = (
        value[f"accuracy lost {words}, trained within 4 px"] for words in ("inside", "outside")
    )
    return (
        "The mean over all 576 shifts is invariant (a law) and the mean over 9 to "
        f"{nine:.1f} dB ({wider:.1f} dB after training within 4 px). The former takes the accuracy "
        "of a classifier trained at one place from "
        f"{right['one']:.0f} to {right['one_all']:.0f} %, of one trained everywhere from "
        f"{right['everywhere']:.0f} to {right['everywhere_all']:.0f} %. Trained within 4 px, "
        f"accuracy falls by {inside:.1f} points inside that range and by {outside:.1f} outside. "
        f"Convolutions under a global mean, trained at one place, are right in "
        f"{right['built_in']:.0f} % at every place."
    )
