"""Strided convolution compared with pooling, and whether a final global pool makes it invariant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing import attribute, lift
from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated, largest_mean
from invarsig.experiments.expectations import Expectation, Limited, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.feature_errors import error_over_spread
from invarsig.models import all_convolutional, cnn, random_kernels
from invarsig.operators import AdaptivePool, GlobalPool, Operator, Pipeline, PyramidPool

if TYPE_CHECKING:
    from invarsig.report.drawing import Drawing

from invarsig.experiments.nulls import shuffled

__all__ = ["StridedConvolution"]

_BOTH: Final = ("y", "x")
_WIDTHS: Final = (8, 16, 32)
_TOTAL: Final = 8  # stride of each stack
_DRAWN: Final = -80.0  # dB: lower values are drawn there
_Variables = dict[str, xr.DataArray]

# Names of the stacks in the figures.
_STACKS: Final = {
    "stride": "strided convolutions",
    "all": "all-convolutional",
    "max": "max pools",
    "blur": "blur pools of 3 taps",
}
# The final operators.
_ENDS: Final = {
    "none": "the map itself",
    "adaptive": "adaptive pool, 4 x 4",
    "pyramid": "pyramid pool, 1, 2, 4",
    "largest": "global max",
    "mean": "global mean",
}
_LEFT = "change after {}, {}"
_ANY = "the worst stack"


class StridedConvolution(Experiment):
    """The same weights with strides or pools, and five ends, moved by less than a stride."""

    name: ClassVar[str] = "strided-convolution"
    number: ClassVar[int] = 9
    claim: ClassVar[str] = (
        "Strided convolutions do as well as pooling, and a global pool at the end makes the whole "
        "stack invariant to translation."
    )
    question: ClassVar[str] = (
        "With the same weights, does a stack that strides move further away from equivariance "
        "than one that pools, and what is left of it after a global, pyramid or adaptive pool at "
        "the end?"
    )
    design: ClassVar[str] = (
        "Photographs and textures, grey, 128 x 128 px, pass three layers of random 3 x 3 "
        "convolutions (8, 16, 32 features, rectified), each made smaller by 2: the convolution "
        "strides, a max pool or a blur of 3 taps follows it, or, all-convolutional, a second layer "
        "that strides takes the place of the pool. Weights are the same, two draws. Equivariance "
        "error: on a ring, moved by 1 to 4 px, relative to the spread of the features over the "
        "picture, each about its own mean. Then an end follows: nothing, an adaptive pool of 4 x "
        "4, a pyramid pool of 1, 2 and 4 bins, a global max, a global mean; the change of what "
        "comes out is relative to its spread over the pictures (root mean square over pictures and "
        "features). On a ring all content stays; in a moving window, cut out of a larger picture "
        "at places 1 to 4 px apart, new content enters. The global mean is also predicted from the "
        "stack's lift, and taken with no stride anywhere. Root mean square over shifts and draws. "
        "One percent of what tells pictures apart (-40 dB) counts as invariant. The "
        "second half of the claim decides, since the first compares weights that were not "
        "trained: the global mean, the pool that is usual, on a ring, for the stack that keeps it "
        "least; within limits the stack that blurs."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _LEFT.format(_ENDS["mean"], _ANY): below(-40, "dB"),
        **{
            f"error of the map, {_STACKS[key]} over max pools": below(3, "dB")
            for key in ("stride", "all")
        },
        **{
            _LEFT.format(_ENDS[end], words): below(-40, "dB")
            for end in ("mean", "largest") for words in _STACKS.values()
            if (end, words) != ("mean", _STACKS["blur"])
        },
    }  # fmt: skip
    limited: ClassVar[Limited | None] = Limited(
        "for stacks that blur before they stride", _LEFT.format(_ENDS["mean"], _STACKS["blur"])
    )
    headline: ClassVar[str] = (
        "After a global mean a shift by a few pixels still changes the output of the worst stack "
        "by {value} of what tells pictures apart, and of a stack that blurs by {limited}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Springenberg et al. (2015), Striving for simplicity, arXiv:1412.6806.",
        "Lin, Chen & Yan (2014), Network in network, arXiv:1312.4400.",
        "He, Zhang, Ren & Sun (2014), Spatial pyramid pooling, arXiv:1406.4729.",
        "Azulay & Weiss (2019), arXiv:1805.12177: not invariant, since strides sample too few.",
    )
    parts: ClassVar[tuple[str, ...]] = ("images", "textures")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure maps, ends and shares over (picture, draw, stack), for each shift."""
        side, most, draws = (64, 3, 1) if self.reduced else (128, None, 2)
        shifts = (1, 2) if self.reduced else (1, 2, 3, 4)
        paths = [*data.paths("images", at_least=2), *data.paths("textures")][:most]
        wide = [data.picture(path, side + 32) for path in paths]
        stacks = [_stacks(wide[0], rng) for _ in range(draws)]
        found: list[list[list[xr.Dataset]]] = []
        for place, picture in enumerate(wide):
            windows = [_window(picture, side, offset) for offset in (0, *shifts)]
            found.append([])
            for number, draw in enumerate(stacks):
                progress(paths[place].stem, (place + number / draws) / len(wide))
                found[-1].append(
                    [
                        _measured(op, windows, shifts).assign(_causes(key, op, windows[0], shifts))
                        if number == 0
                        else _measured(op, windows, shifts)
                        for key, op in draw.items()
                    ]
                )
        each = [xr.combine_nested(row, ["draw", "stack"], join="override") for row in found]
        joined = xr.concat(each, "picture").assign_coords(
            picture=[path.stem for path in paths],
            stack=list(_STACKS),
            length=("length", list(shifts), {"units": "px"}),
        )
        return _relative_to_spread(joined)

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare stacks, and say what is left after each end."""
        error = _root_mean_square(found["equivariance_error"], ("draw", "length"))
        change = _root_mean_square(found["change"], ("draw", "length"))
        ring, window = change.sel(way="ring"), change.sel(way="window")

        def of(name: str, values: xr.DataArray, unit: str = "dB") -> Effect:
            return estimated(name, unit, values.transpose("picture"), of="pictures", rng=rng)

        pooled = error.sel(stack="max")
        effects = [of("error of the map, max pools", pooled)]
        effects += [
            of(f"error of the map, {_STACKS[key]} over max pools", error.sel(stack=key) - pooled)
            for key in ("stride", "all", "blur")
        ]
        means = ring.sel(end="mean", stack=list(_STACKS)).transpose("picture", "stack")
        effects.append(
            estimated(
                _LEFT.format(_ENDS["mean"], _ANY), "dB", means, of="pictures", rng=rng,
                statistic=largest_mean,
            )
        )  # fmt: skip
        effects += [
            of(_LEFT.format(_ENDS[end], words), ring.sel(end=end, stack=key))
            for end in ("mean", "largest")
            for key, words in _STACKS.items()
        ]
        effects += [
            of(f"change after {_ENDS[end]}, max pools", ring.sel(end=end, stack="max"))
            for end in ("none", "adaptive", "pyramid")
        ]
        effects += [
            of(
                "change after global mean, moving window, max pools",
                window.sel(end="mean", stack="max"),
            ),
            of(
                "change after global mean, max pools, no stride",
                decibels_of(found["dense"]).sel(stack="max").isel(draw=0),
            ),
            of(
                "miss of the change predicted from the lift, max pools",
                _root_mean_square(found["miss"], ("draw", "length")).sel(stack="max"),
            ),
            of(
                "share of the last layer, max pools",
                found["share"].sel(stack="max", layer=3).isel(draw=0),
                "1",
            ),
        ]
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle the ends of the stacks, anew for each picture."""
        return shuffled(found, ["change"], "end", rng, unit="picture")

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Changes over the shift, after each end and for each stack, and their causes."""
        ring = _root_mean_square(found["change"].sel(way="ring"), ("picture", "draw"))
        ring = ring.clip(min=_DRAWN)
        shifts = found["length"].to_numpy()
        ends = [
            charts.Curve(words, shifts, ring.sel(end=end, stack="max").to_numpy())
            for end, words in _ENDS.items()
        ]
        stacks = [
            charts.Curve(words, shifts, ring.sel(end="mean", stack=key).to_numpy())
            for key, words in _STACKS.items()
        ]
        rows = _shares(found)
        return [
            Figure(
                "What is left after each end, max pools, on a ring",
                "Change of the output relative to its spread over pictures, root mean square over "
                f"pictures. Below {_DRAWN:g} dB, and where it is exact, drawn at {_DRAWN:g} dB.",
                _over_shift(f"{self.name}-ends", ends),
            ),
            Figure(
                "What is left after a global mean, on a ring",
                "The same for the four stacks. With no stride anywhere only round-off is left.",
                _over_shift(f"{self.name}-stacks", stacks),
            ),
            Figure(
                "Which layer makes the change of the global mean",
                "Shares of the squared change, each layer with what makes it smaller. They add up "
                "to 1 and may be negative. Intervals over pictures.",
                charts.intervals(
                    f"{self.name}-layers", rows, x_label="share of the change",
                    alternative="; ".join(f"{row.label} {row.value:.2f}" for row in rows) + ".",
                ),
            ),
        ]  # fmt: skip


def _stacks(x: xr.DataArray, rng: np.random.Generator) -> dict[str, Operator]:
    """The same three layers, downsampled in four ways."""
    kernels = random_kernels(x, _WIDTHS, rng=rng)
    every: list[xr.DataArray] = []
    for number, (width, kernel) in enumerate(zip(_WIDTHS, kernels, strict=True), start=1):
        # In place of the pool, a layer with the same number of input and output features.
        features = xr.DataArray(np.zeros((width, 1, 1)), dims=("channel", *_BOTH))
        (extra,) = random_kernels(features, (width,), rng=rng)
        names = {"features_1": f"pooled_{number}", "channel": f"features_{number}"}
        before = {f"features_{number - 1}": f"pooled_{number - 1}"} if number > 1 else {}
        every += [kernel.rename(before), extra.rename(names)]
    return {
        "stride": cnn(kernels, downsampling="stride"),
        "all": all_convolutional(every),
        "max": cnn(kernels, downsampling="max"),
        "blur": cnn(kernels, downsampling="blur"),
    }


def _ends(op: Operator) -> dict[str, Operator]:
    """The stack with each end."""
    return {
        "none": op,
        "adaptive": op >> AdaptivePool(dict.fromkeys(_BOTH, 4)),
        "pyramid": op >> PyramidPool(_BOTH, (1, 2, 4), "mean"),
        "largest": op >> GlobalPool(_BOTH, "max"),
        "mean": op >> GlobalPool(_BOTH, "mean"),
    }


def _window(picture: xr.DataArray, side: int, offset: int) -> xr.DataArray:
    """Periodic window of a picture, cut some pixels further right."""
    cut = picture.isel(y=slice(16, 16 + side), x=slice(16 + offset, 16 + offset + side))
    ring = {dim: cut[dim].assign_attrs(period=float(side)) for dim in _BOTH}
    return cut.assign_coords(ring)


def _measured(op: Operator, windows: Sequence[xr.DataArray], shifts: Sequence[int]) -> xr.Dataset:
    """One stack on one picture: the map, what is left after each end, and its cause."""
    x, moves = windows[0], [Translate(x=float(shift)) for shift in shifts]
    moved = {"ring": [move(x) for move in moves], "window": list(windows[1:])}
    maps = {way: [op(each) for each in inputs] for way, inputs in moved.items()}
    plain = op(x)
    base, change = [], []
    for end in _ends(Pipeline()).values():
        at_rest = end(plain).to_numpy()
        base.append(at_rest.ravel())
        change.append(
            [
                [float(np.linalg.norm(end(each).to_numpy() - at_rest)) for each in several]
                for several in maps.values()
            ]
        )
    mean = GlobalPool(_BOTH, "mean")
    whole = mean(plain).to_numpy()
    truth = np.stack([mean(each).to_numpy() - whole for each in maps["ring"]])
    return xr.Dataset(
        {
            "equivariance_error": ("length", error_over_spread(op, x, moves)),
            "change": (("end", "way", "length"), np.array(change)),
            "miss": ("length", np.linalg.norm(_predicted(op, x, shifts) - truth, axis=-1)),
            **{f"base_{end}": (f"at_{end}", each) for end, each in zip(_ENDS, base, strict=True)},
        },
        coords={"end": list(_ENDS), "way": list(moved)},
    )


def _causes(stack: str, op: Operator, x: xr.DataArray, shifts: Sequence[int]) -> _Variables:
    """The cause of the global mean's change, and for max pools what is left without a stride."""
    mean = GlobalPool(_BOTH, "mean")
    moves = [Translate(x=float(shift)) for shift in shifts]
    dense = np.nan
    if stack == "max":
        fine = op.unstrided(_BOTH) >> mean
        dense = float(np.linalg.norm(fine(moves[0](x)).to_numpy() - fine(x).to_numpy()))
    shares = _layer_shares(op >> mean, x, moves)
    return {"share": xr.DataArray(shares, {"layer": [1, 2, 3]}), "dense": xr.DataArray(dense)}


def _root_mean_square(values: xr.DataArray, over: Sequence[str]) -> xr.DataArray:
    """Root mean square over some dims, in dB."""
    square: xr.DataArray = (values**2).mean(over)
    return decibels_of(square.copy(data=np.sqrt(square.to_numpy())))


def _predicted(op: Operator, x: xr.DataArray, shifts: Sequence[int]) -> np.ndarray:
    """Change of the global mean by shift, from the lift: the means of its polyphase components."""
    fine = lift(op, x, "x")
    means = [
        fine.isel(x=slice(-shift % _TOTAL, None, _TOTAL)).mean(_BOTH).to_numpy()
        for shift in (0, *shifts)
    ]
    return np.asarray(np.stack(means[1:]) - means[0])


def _layer_shares(op: Operator, x: xr.DataArray, moves: Sequence[Translate]) -> np.ndarray:
    """Share of each of the three layers in the squared change, all shifts together."""
    found = attribute(op, x, moves)
    weight = found["total"] ** 2
    stages = ((found["share"] * weight).sum("length") / weight.sum()).to_numpy()
    # The last stage is the end, which causes no error.
    return np.asarray(stages[:-1].reshape(3, -1).sum(axis=1))


def _relative_to_spread(found: xr.Dataset) -> xr.Dataset:
    """Changes relative to the difference between pictures at each end."""
    spread: list[xr.DataArray] = []
    for end in _ENDS:
        features = found[f"base_{end}"]
        away = features - features.mean("picture")
        power = (away**2).sum(f"at_{end}").mean("picture")
        spread.append(power.copy(data=np.sqrt(power.to_numpy())))
    scale = xr.concat(spread, "end").assign_coords(end=list(_ENDS))
    mean = scale.sel(end="mean", drop=True)
    kept = found[["equivariance_error", "share"]]
    return kept.assign(
        change=found["change"] / scale, miss=found["miss"] / mean, dense=found["dense"] / mean
    )


def _over_shift(key: str, lines: Sequence[charts.Curve]) -> Drawing:
    """Changes over the shift, with the limit that the claim sets."""
    told = "; ".join(f"{line.label} {np.asarray(line.y, float)[0]:.1f} dB" for line in lines)
    return charts.curves(
        key, lines, x_label="shift, px", y_label="change over spread, dB",
        marks=((-40.0, "the claim: below"),), y_range=(_DRAWN - 3, 8.0),
        alternative=f"Change relative to the spread over pictures, at 1 px: {told}.",
    )  # fmt: skip


def _shares(found: xr.Dataset) -> list[charts.Interval]:
    """Shares of the layers of each stack, with intervals over pictures."""
    rng = np.random.default_rng(0)
    shares = found["share"].isel(draw=0).transpose("picture", ...)
    effects = [
        (words, estimated(f"{words}, layer {layer}", "1", shares.sel(stack=key, layer=layer),
                          of="pictures", rng=rng))
        for key, words in _STACKS.items()
        for layer in (1, 2, 3)
    ]  # fmt: skip
    return [
        charts.Interval(each.name, each.value, each.low, each.high, words)
        for words, each in effects
    ]


def _sentence(effects: Sequence[Effect]) -> str:
    value = {effect.name: effect.value for effect in effects}
    return (
        f"Moved by 1 to 4 px on a ring, the map after max pools errs by "
        f"{value['error of the map, max pools']:.1f} dB, that of strided convolutions by "
        f"{value['error of the map, strided convolutions over max pools']:+.1f} dB more, of the "
        "all-convolutional stack by "
        f"{value['error of the map, all-convolutional over max pools']:+.1f} dB. A global mean "
        f"leaves a change of {value['change after global mean, strided convolutions']:.1f} dB "
        "of the spread over pictures after strided convolutions, of "
        f"{value['change after global mean, max pools']:.1f} dB after max pools and of "
        f"{value['change after global mean, blur pools of 3 taps']:.1f} dB after blur pools; a "
        f"global max leaves {value['change after global max, max pools']:.1f} dB after max pools. "
        "With no stride anywhere the global mean changes by "
        f"{value['change after global mean, max pools, no stride']:.0f} dB; in a moving window "
        f"by {value['change after global mean, moving window, max pools']:.1f} dB with strides."
    )
