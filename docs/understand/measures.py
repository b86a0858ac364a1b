"""The numbers of the tables in measures.md and traps.md.

``python docs/understand/measures.py`` prints them.

Each measure is run on an operator that is perfect and on one that is not. `tests/docs` holds the
tables to them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

import invarsig as iv

DATA = Path(__file__).parents[2] / "data"
BOTH = ("y", "x")

PERFECT = iv.SpectralPool(stride={"y": 2, "x": 2})
MAX_POOL = iv.MaxPool(window={"y": 2, "x": 2})

BANDS = [0.02, 0.04, 0.06, 0.09]


def noise(seed: int = 0) -> xr.DataArray:
    """Four channels of 64 x 64 noise with an amplitude spectrum of 1/f, on a torus."""
    axes = [iv.Axis(dim, size=64, unit="px", period=64.0) for dim in BOTH]
    return iv.power_law_noise(*axes, exponent=1.0, channels=4, rng=seed)


def pictures() -> dict[str, xr.DataArray]:
    """The pictures of data/, gray, each side declared to go round."""
    found = {}
    for path in sorted([*DATA.glob("images/*.png"), *DATA.glob("textures/*.png")]):
        x = iv.read_image(path)
        for dim in BOTH:
            x[dim].attrs["period"] = float(x.sizes[dim])
        found[path.stem] = x
    return found


def tones(seed: int = 0) -> tuple[xr.DataArray, xr.DataArray]:
    """Noisy waves of four pitches, 16 of each, on a ring of 400 samples; and which is which."""
    rng = np.random.default_rng(seed)
    which = np.repeat(np.arange(4), 16)
    phase = rng.uniform(0, 2 * np.pi, which.size)[:, None]
    wave = np.cos(2 * np.pi * np.array(BANDS)[which][:, None] * np.arange(400) + phase)
    noisy = wave + 2.0 * rng.standard_normal(wave.shape)
    x = iv.label(noisy, "wave", iv.Axis("x", unit="px", period=400.0))
    return x, iv.label(which, "wave")


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities of scores, over the last axis."""
    shifted = np.exp(20 * (scores - scores.max(axis=-1, keepdims=True)))
    return shifted / shifted.sum(axis=-1, keepdims=True)


CLASSIFY = (
    iv.GaborBank("x", frequency=BANDS)
    >> iv.Modulus()
    >> iv.GlobalPool("x", kind="mean")
    >> iv.Apply(softmax, over="band")
)
"""The pitch with the most energy: invariant to whole shifts."""

STRIDED = iv.MaxPool(window={"x": 5}) >> CLASSIFY
"""The same behind a max pool with a stride of five."""

CONSTANT = CLASSIFY >> iv.Apply(lambda p: np.broadcast_to([0.4, 0.2, 0.2, 0.2], p.shape), "band")
"""The same answer, always."""

PLACES = [iv.Translate(x=d) for d in range(10)]


def measured() -> dict[str, tuple[float, float]]:
    """What a perfect operator scores, and what max pooling does, by measure."""
    x, (waves, _) = noise(), tones()
    shifts = [iv.Translate(x=d) for d in (1, 0.37, 2.61)]
    moves = iv.measures.random_translations(x, BOTH, rng=1)
    lie = iv.Translate(x=1)

    def fitted(op: iv.Operator) -> float:
        pairs = [(op(move(x)), op(x)) for move in shifts]
        return max(float(iv.measures.best_translation(*pair, "x", most=6.0)) for pair in pairs)

    def classes(op: iv.Operator) -> float:
        share = iv.aliasing.frequency_classes(op, x, "x", threshold=-40).frequency_share
        return float(share.sel({"class": ["aliased", "tangled"]}).sum())

    def variance(op: iv.Operator) -> float:
        o = iv.orbit(op, x, "x")
        return float(o["variance"].sum() / (abs(o["orbit_mean"]) ** 2 + o["variance"]).sum())

    def stable(op: iv.Operator) -> float:
        several = [waves.isel(wave=k) for k in range(0, waves.sizes["wave"], 4)]
        found = iv.measures.answers(op, several, shifts={"x": 4}, of="probabilities")
        return float(found.mean_consistency.sel(estimate="value"))

    return {
        name: (float(measure(PERFECT)), float(measure(MAX_POOL)))
        for name, measure in {
            "equivariance_error": lambda op: iv.equivariance_error(op, x, shifts).max(),
            "orbit": variance,
            "lie_derivative": lambda op: iv.measures.lie_derivative(op, x, lie),
            "lie_derivative, linear": lambda op: iv.measures.lie_derivative(
                op, x, lie, derivative="linear"
            ),
            "eqt": lambda op: iv.measures.eqt(op, x, moves),
            "eqt, lanczos": lambda op: iv.measures.eqt(op, x, moves, interpolation="lanczos"),
            "best_translation": fitted,
            "energy_constancy": lambda op: iv.measures.energy_constancy(op, x, shifts).max(),
            "frequency_classes": classes,
        }.items()
    } | {
        name: (float(measure(CLASSIFY)), float(measure(STRIDED)))
        for name, measure in {
            "invariance_error": lambda op: iv.invariance_error(op, waves, PLACES).max(),
            "consistency": lambda op: iv.measures.consistency(op, waves, PLACES, over="band"),
            "top1_change": lambda op: iv.measures.top1_change(op, waves, PLACES, over="band"),
            "jaggedness": lambda op: iv.measures.jaggedness(op, waves, PLACES, over="band"),
            "mean_absolute_change": lambda op: iv.measures.mean_absolute_change(
                op, waves, PLACES, over="band"
            ),
            "answers": stable,
            "normalized_variance": lambda op: iv.measures.normalized_variance(
                op, waves, PLACES, samples="wave"
            ),
        }.items()
    }


def of_data() -> dict[str, tuple[float, float, float]]:
    """`nonstationarity` along y: the share, its floor, and the share of the level alone."""
    rng = np.random.default_rng(0)
    fields = rng.standard_normal((16, 64, 64))
    moved = np.stack([np.roll(np.linspace(0, 2, 64), d) for d in rng.integers(64, size=16)])
    arrays = {
        "noise": fields,
        "noise, brighter at the top": fields + np.linspace(2, 0, 64)[:, None],
        "noise, brighter at a place of its own": fields + moved[:, :, None],
        "the photographs of data/": np.stack(
            [iv.read_image(path, gray=True).to_numpy() for path in sorted(DATA.glob("images/*"))]
        ),
    }
    found = {}
    for name, values in arrays.items():
        x = iv.label(values, "picture", *(iv.Axis(dim, unit="px") for dim in BOTH))
        window = dict.fromkeys(BOTH, values.shape[-1] // 16)
        one = iv.measures.nonstationarity(x, "y", item="picture", window=window, rng=0)
        level = one["share_of"].sel(statistic="mean")
        found[name] = (float(one["share"]), float(one["floor"]), float(level))
    return found


def published_floors() -> dict[str, tuple[float, float, float]]:
    """By picture, of a perfect operator: EQ-T with Lanczos, linear and spectral Lie derivative.

    The operator is the ideal low-pass with a stride of two on both axes.
    """
    found = {}
    for name, x in pictures().items():
        moves = iv.measures.random_translations(x, BOTH, count=4, rng=3)
        along = iv.Translate(x=1)
        found[name] = (
            float(iv.measures.eqt(PERFECT, x, moves, interpolation="lanczos")),
            float(iv.measures.lie_derivative(PERFECT, x, along, derivative="linear")),
            float(iv.measures.lie_derivative(PERFECT, x, along)),
        )
    return found


def classifiers() -> dict[str, tuple[float, float, float]]:
    """Consistency, chance and accuracy of three classifiers."""
    waves, truth = tones()
    found = {}
    for name, op in {"constant": CONSTANT, "dense": CLASSIFY, "strided": STRIDED}.items():
        score = iv.measures.consistency(op, waves, PLACES, over="band", truth=truth)
        found[name] = (float(score), float(score.chance), float(score.accuracy))
    return found


if __name__ == "__main__":
    for title, table in {
        "measure: perfect, max pooling": measured(),
        "data: nonstationarity along y, floor, level alone": of_data(),
        "picture: EQ-T by Lanczos, linear Lie derivative, spectral": published_floors(),
        "classifier: consistency, chance, accuracy": classifiers(),
    }.items():
        print(title)
        for name, row in table.items():
            print(f"  {name:28}", *(f"{value:10.3g}" for value in row))
