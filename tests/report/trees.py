"""Trees as laid down in `invarsig.report`: one with chosen numbers, one of real operators."""

import numpy as np
import xarray as xr

import invarsig as iv
from invarsig.aliasing import attribute, fold, folded_share, folding_errors, lift, orbit
from invarsig.axes import axis_of
from invarsig.measures import invariance_error
from invarsig.measures.norms import centered, energy
from invarsig.report import schema
from invarsig.report.schema import stored

HOSTILE = '"><img src=x onerror=alert(1)>.wav'


def chosen_axis(drop=(), attrs=None, **changes):
    """Axis node with numbers that are easy to follow: stride 4, errors of 0.1, 0.25 and 1e-16."""
    shift = np.array([0.002, 0.004, 0.008])
    variables = {
        "measured": ("length", [0.1, 0.25, 1e-16]),
        "predicted": ("length", [0.1, 0.25, 0.0]),
        "measured_nyquist": ("length", [0.0, 0.125, 0.0]),
        "measured_rest": ("length", [0.1, 0.2165, 1e-16]),
        "exact": ("length", [1.0, 1.0, 1.0]),
        "floor": ("length", [1e-15, 1e-15, 1e-15]),
        "invariance": ("length", [0.04, 0.12, 0.3]),
        "interior": ("length", [0.11, 0.26, np.nan]),
        "interior_floor": ("length", [0.02, 0.02, np.nan]),
        "cut": ("length", [np.nan, np.nan, np.nan]),
        "cut_floor": ("length", [np.nan, np.nan, np.nan]),
        "predicted_curve": ("curve_length", 0.25 * np.sin(np.pi * np.linspace(0, 1, 9))),
        "curve_exact": ((), 1),
        "orbit_variance": ((), 3.0),
        "folded_energy": ((), 3.0 + 3e-13),
        "output_energy": ((), 25.0),
        "operator": ("stage", ["Relu()", "MaxPool(time: 4)"]),
        "share": (("stage", "length"), [[0.2, 0.16, np.nan], [0.8, 0.84, np.nan]]),
        "border_share": ("length", [0.0, 0.0, 0.0]),
    }
    variables.update(changes)
    coords = {
        "length": ("length", shift, {"units": "s"}),
        "curve_length": ("curve_length", np.linspace(0, 0.008, 9)),
        "stage": ("stage", [2, 3]),
    }
    kept = {name: value for name, value in variables.items() if name not in drop}
    known = {
        "dim": "time",
        "unit": "s",
        "frequency_unit": "Hz",
        "step": 0.002,
        "stride": 4,
        "out_step": 0.008,
        "lost": 0,
        "explained": 1,
        "explained_error": 1e-16,
        "treatment": "",
        "protocol_notes": "",
        "worst_shift": 0.004,
        "nan": 0,
    }
    return xr.Dataset(kept, coords, {**known, **(attrs or {})})


def with_power(node, power, images, frequency):
    """Add a folded spectrum to an axis node."""
    grid = xr.DataArray(
        np.asarray(power, dtype=float),
        {"image": images, "output_frequency": frequency},
        ("image", "output_frequency"),
    )
    return node.assign(power=grid)


def with_square(node, rng, shape=(40, 50), shown=(0.002, 0.004)):
    """Add a square of noise to an axis node: a picture, or a curve if `shape` has one entry."""
    dims = ("shown", "square_other", "square_position")[-len(shape) :]
    dims = dims if dims[0] == "shown" else ("shown", *dims)
    first, last = (rng.standard_normal((len(shown), *shape)) for _ in range(2))
    names = {"square_other": ("frequency", "Hz"), "square_position": ("time", "s")}
    coords = {
        dim: (dim, np.arange(float(size)), {"long_name": names[dim][0], "units": names[dim][1]})
        for dim, size in zip(dims[1:], shape, strict=True)
    }
    said = {"description": "band 3 of 8"}
    return node.assign(
        moved_first=(dims, first, said),
        moved_last=(dims, last),
        square_difference=(dims, first - last),
    ).assign_coords(shown=("shown", list(shown)), **coords)


def with_swaps(node):
    """Add what swapped stages gain, and what the rectifier creates, to an axis node."""
    return node.assign(
        swap_error=("stage", [0.186, 0.0487]),
        swap_gain=("stage", [0.5, 14.2]),
        swap_gain_between=("stage", [3.0, 6.0]),
        created=("stage", [0.013, np.nan]),
        created_above=("stage", [62.5, np.nan]),
    )


def comparison(**changes):
    """Table of three pipelines on one axis and one on another, out of order."""
    columns = {
        "pipeline": ["max", "blur", "mean", "max"],
        "input": ["speech", "speech", "speech", "music"],
        "dim": ["time"] * 4,
        "unit": ["s"] * 4,
        "rms": [-10.0, -40.0, -16.02, np.nan],
        "worst": [-8.0, -37.0, -14.0, np.nan],
        "worst_shift": [0.004, 0.002, 0.004, np.nan],
        "behind": [30.0, 0.0, 23.98, np.nan],
        "stage": ["MaxPool(time: 4)", "BlurPool(taps 7)", "MeanPool(time: 4)", ""],
        "share": [1.0, 0.94, 1.0, np.nan],
        "node": ["/input_1/axis_1", "/input_1/axis_2", "/input_7/axis_1", ""],
        **changes,
    }
    return xr.Dataset({name: ("row", values) for name, values in columns.items()})


def tree_of(*nodes, attrs=None, **entry):
    """Tree of one input with these axes."""
    root = {
        "title": "A title",
        "version": "0.1",
        "versions": "numpy 2.4.6, scipy 1.18",
        "created": "2026-01-02T03:04:05+00:00",
        "seed": "7",
        **(attrs or {}),
    }
    described = {
        "name": "speech.flac",
        "source": "data/speech.flac",
        "sha256": "ab" * 32,
        "sizes": "time: 44571",
        "pipeline": "Relu() >> MaxPool(time: 4)",
        "notes": "",
        **entry,
    }
    parts = {"/": xr.Dataset(attrs=root), "/input_1": xr.Dataset(attrs=described)}
    parts.update({f"/input_1/axis_{k}": node for k, node in enumerate(nodes, 1)})
    return xr.DataTree.from_dict(parts)


def measured_axis(op, x, dim, *, shown=5):
    """Axis node of a real operator on a real periodic axis, by the package's own functions."""
    axis = axis_of(x, dim)
    y = op(x)
    stride = axis.size // y.sizes[dim]
    samples = sorted({*range(1, stride + 1), 0.37, 0.61})
    moves = [iv.Translate({dim: k * axis.step}) for k in samples]
    data = folding_errors(op, x, moves).map(lambda each: each.reset_coords(drop=True).astype(float))
    data["floor"] = xr.full_like(data["measured"], 2.2e-16)
    data["invariance"] = invariance_error(op, x, moves).reset_coords(drop=True)
    others = [each for each in y.dims if each != dim]
    folded = fold(lift(op, x, dim), dim, stride)
    names = {f"{dim}_frequency": "output_frequency"}
    data["power"] = folded.sum(others).rename(names).reset_coords(drop=True)
    data["folded_share"] = folded_share(folded, dim).rename(names).reset_coords(drop=True)
    around = orbit(op, x, dim)
    data["orbit_variance"] = float(around["variance"].sum())
    data["folded_energy"] = float(around["folded_energy"].sum())
    data["output_energy"] = float(energy(centered(y)))
    found = [attribute(op, x, move) for move in moves]
    share = np.stack([each["share"].to_numpy() for each in found], axis=1)
    data["share"] = (("stage", "length"), share)
    data["operator"] = ("stage", [str(stage) for stage in op])
    data = data.assign_coords(stage=np.arange(1, len(op) + 1))
    worst = int(np.argmax(data["measured"].to_numpy()))
    places = np.unique([worst, *np.linspace(0, len(moves) - 1, shown - 1).round().astype(int)])
    first = np.stack([op(moves[k](x)).transpose(..., dim).to_numpy() for k in places])
    last = np.stack([moves[k].on_output(y).transpose(..., dim).to_numpy() for k in places])
    dims = ("shown", "square_other", "square_position")
    data["moved_first"] = (dims, first, {"description": "the whole output"})
    data["moved_last"] = (dims, last)
    data["square_difference"] = data["moved_first"] - data["moved_last"]
    for name, old in zip(dims[1:], (*others, dim), strict=True):
        attrs = {"long_name": old, "units": axis_of(y, old).unit}
        data = data.assign_coords({name: (name, axis_of(y, old).positions(), attrs)})
    data = data.assign_coords(shown=data["length"].to_numpy()[places])
    return data.assign_attrs(
        dim=dim,
        unit=axis.length_unit,
        frequency_unit=axis.frequency_unit,
        step=axis.step,
        stride=stride,
        out_step=axis.step * stride,
        lost=0,
        explained=1,
        explained_error=0.0,
        treatment="",
        protocol_notes="",
        worst_shift=float(data["length"][worst]),
        nan=0,
    )


def picture(rng, size=256):
    """Noise with the spectrum of a photograph, periodic in both dims."""
    axes = (iv.Axis(dim, size=size, unit="px", period=float(size)) for dim in ("y", "x"))
    return iv.power_law_noise(*axes, rng=rng)


def spectrogram(rng):
    """Noise of the size of a spectrogram, periodic in both dims."""
    frequency = iv.Axis("frequency", step=31.25, size=132, unit="Hz", period=132 * 31.25)
    time = iv.Axis("time", step=0.008, size=200, unit="s", period=1.6)
    return iv.power_law_noise(frequency, time, rng=rng)


def with_stage_folding(node, **changes):
    """Add what two stages fold to an axis node: one of real, one of complex channels."""
    place = (np.arange(96) + 0.5) / 96 - 0.5
    kept = np.exp(-((place / 0.2) ** 2))
    columns = {
        "fold_stride": ("stage", [2.0, 4.0]),
        "fold_rate": ("stage", [250.0, 62.5]),
        "fold_explained": ("stage", [1.0, 1.0]),
        "fold_about_center": ("stage", [0.0, 0.0]),
        "fold_share": ("stage", [0.012, 0.2]),
        "fold_energy": (
            ("stage", "fold_image"),
            [[np.nan, 0.5, 90.0, 0.5, np.nan], [1.0, 4.0, 80.0, 4.0, 1.0]],
        ),
        "fold_strongest": ("stage", [1.0, 1.0]),
        "fold_strongest_share": ("stage", [1.0, 0.8]),
        "fold_from": (("stage", "fold_edge"), [[130.0, 200.0], [35.0, 60.0]]),
        "fold_onto": (("stage", "fold_edge"), [[50.0, 120.0], [2.5, 27.5]]),
        "fold_class_power": (("stage", "fold_class"), [[0.1, 0.9, 0, 0], [0.05, 0.55, 0.1, 0.3]]),
        "fold_spectrum": (("stage", "fold_part", "fold_place"), np.stack([[kept, kept / 50]] * 2)),
        "fold_threshold": -20.0,
        **changes,
    }
    return node.assign(columns).assign_coords(
        fold_image=[-2, -1, 0, 1, 2],
        fold_class=["no pass", "non-aliased", "aliased", "tangled"],
        fold_place=place,
    )


CAUSES = ["folding", "imaging", "nonlinearity", "border", "position"]


def found_input(drop=(), attrs=None, **changes):
    """Variables of an input node: y and x moved, alone and at once, worst 13.3 % jointly at 2 px.

    As the report reads it: the tree stores its stages and remedies under names of their own.
    """
    nan = np.nan
    lengths = [[1, 0], [2, 0], [4, 0], [0, 1], [0, 2], [0, 4], [1, 1], [2, 2], [4, 4]]
    blind = [0, 0, 1, 0, 0, 1, 0, 0, 1]
    share = np.zeros((2, 5, 3))
    share[0, 0, 2], share[0, 2, 1], share[0, 3, 2] = 0.96, 0.01, 0.03
    share[1, 0, 2], share[1, 3, 2] = 0.47, 0.53
    variables = {
        "moved_unit": ("moved", ["px", "px"]),
        "moved_step": ("moved", [1.0, 1.0]),
        "moved_stride": ("moved", [4.0, 4.0]),
        "moved_lost": ("moved", [0.0, 0.0]),
        "move_length": (("move", "moved"), np.array(lengths, dtype=float)),
        "roll_error": ("move", [0.09, 0.12, 0.07, 0.08, 0.11, 0.06, 0.12, 0.163, 0.09]),
        "inside_error": ("move", [0.06, 0.091, 0.0, 0.05, 0.086, 0.0, 0.08, 0.133, 0.0]),
        "inside_compared": ("move", [0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.16, 0.16, 0.16]),
        "inside_limit": ("move", [1e-3] * 9),
        "cut_error": ("move", [nan, nan, 2e-16, nan, nan, 1e-16, nan, nan, 2e-16]),
        "cut_compared": ("move", [nan, nan, 0.98, nan, nan, 0.98, nan, nan, 0.96]),
        "cut_limit": ("move", [nan, nan, 1e-12, nan, nan, 1e-12, nan, nan, 1e-12]),
        "blind": ("move", blind),
        "inside_reason": ("move", [""] * 9),
        "cut_reason": ("move", ["not-whole", "not-whole", ""] * 3),
        "cause_share": (("cause_bar", "cause", "stage"), share),
        "cause_uncertainty": (("cause_bar", "cause", "stage"), 0.01 * share),
        "cause_size": (("cause_bar", "cause"), [[0.13, 0, 0.01, 0.02, 0], [0.11, 0, 0, 0.12, 0]]),
        "cause_error": ("cause_bar", [0.133, 0.163]),
        "stage_operator": (
            "stage",
            [
                "GaborBank(over y, x, frequency 0.1 to 0.2 (2), orientation 0 to 2.36 (4))",
                "Modulus()",
                "MaxPool(y: 4, x: 4)",
            ],
        ),
        "remedy_name": ("remedy", ["two soft steps", "5-tap blur", "half the stride"]),
        "remedy_change": (
            "remedy",
            [
                "pool in two soft steps of 2 at stage 3",
                "put a 5-tap blur before stage 3, along x and y",
                "halve the stride of stage 3",
            ],
        ),
        "remedy_reason": (
            "remedy",
            [
                "The max pool looks at every pixel, then two blurs keep every second.",
                "It damps what would fold.",
                "Less detail is too fine for the output.",
            ],
        ),
        "remedy_code": (
            "remedy",
            [
                _BANK + " >> iv.Modulus() >> iv.MaxPool(window={'y': 4, 'x': 4}, stride={'y': 1, "
                "'x': 1}) >> iv.BlurPool(taps=5, stride={'y': 2, 'x': 2}) >> iv.BlurPool(taps=7, "
                "stride={'y': 2, 'x': 2})",
                _BANK
                + " >> iv.Modulus() >> iv.Blur(taps=5) >> iv.MaxPool(window={'y': 4, 'x': 4})",
                _BANK + " >> iv.Modulus() >> iv.MaxPool(window={'y': 4, 'x': 4}, stride={'y': 2, "
                "'x': 2})",
            ],
        ),
        "remedy_pipeline": ("remedy", ["a", "b", "c"]),
        "remedy_stages": ("remedy", ["3", "3", "3"]),
        "remedy_before": ("remedy", [0.133] * 3),
        "remedy_after": ("remedy", [0.0047, 0.08, 0.03]),
        "remedy_rms": ("remedy", [0.003, 0.06, 0.02]),
        "remedy_gain": ("remedy", [29.0, 4.4, 12.9]),
        "remedy_gain_low": ("remedy", [24.0, -0.5, nan]),
        "remedy_gain_high": ("remedy", [34.0, 9.3, nan]),
        "remedy_worst_part": ("remedy", [0.012, 0.13, nan]),
        "remedy_held_out": ("remedy", [28.0, 4.0, nan]),
        "remedy_cost": ("remedy", [1.22, 1.16, 1.03]),
        "remedy_size": ("remedy", [0.86, 0.96, 4.0]),
        "remedy_output": ("remedy", ["51 \u00d7 51", "54 \u00d7 54", "110 \u00d7 110"]),
        "remedy_lost": ("remedy", [0.58, 0.17, 0.0]),
        "remedy_reaches": ("remedy", [1.0, 0.0, 0.0]),
        "remedy_aligned": ("remedy", [0.0, 0.0, 0.0]),
    }
    variables.update(changes)
    known = {
        "verdict_state": "known",
        "verdict_move": 7,
        "verdict_protocol": "roll",
        "verdict_region": "inside",
        "verdict_error": 0.133,
        "verdict_compared": 0.16,
        "verdict_seam": 1,
        "verdict_border": 2e-16,
        "remedy_target": 0.01,
        "remedy_recommended": 0,
        "remedy_detail": 2,
        "pipeline_code": _BANK + " >> iv.Modulus() >> iv.MaxPool(window={'y': 4, 'x': 4})",
    }
    kept = {name: value for name, value in variables.items() if name not in drop}
    coords = {
        "moved": ["y", "x"],
        "cause_bar": ["verdict", "whole"],
        "cause": CAUSES,
        "stage": [1, 2, 3],
    }
    return xr.Dataset(kept, coords, {**known, **(attrs or {})})


def graph_input(blocks=18, **attrs):
    """Findings of an input whose pipeline is a network: a stem, blocks of nine layers, a head."""
    rng = np.random.default_rng(7)
    names, edges = ["net.stem.conv"], [(0, 1)]
    for block in range(blocks):
        first = len(names)
        names += [
            f"net.blocks.{block}.{name}"
            for name in ("expand", "bn0", "act0", "depthwise", "bn1", "act1", "project.conv", "bn2")
        ]
        names.append(f"net.blocks.{block}.add")
        edges += [(k, k + 1) for k in range(first, len(names))]
        edges.append((first, len(names)))
    names.append("net.a_head_with_a_name_that_is_rather_long_for_a_narrow_screen")
    edges.append((len(names) - 1, len(names)))
    count = len(names)
    shares = rng.standard_normal((2, 2, 5, count)) ** 3
    shares /= shares.sum(axis=(2, 3), keepdims=True)
    rate = np.repeat(0.5 ** (np.arange(count) // 40)[:, None], 2, axis=1)
    kept = found_input(attrs=attrs).drop_dims(("stage", "remedy"))
    network = schema.graph.dataset(
        {"graph_wrapped": 0.76, "graph_answer": 281, "graph_answer_wrapped": 904},
        node_path=names,
        node_operator=[
            "convolution(stride y 2, x 2)" if k % 40 == 0 else "relu" for k in range(count)
        ],
        node_kind=["join" if name.endswith("add") else "operator" for name in names],
        node_sizes=[
            f"channel {8 + k}, y {224 // (1 + k)}, x {224 // (1 + k)}" for k in range(count)
        ],
        node_rate=rate,
        node_error=10.0 ** rng.uniform(-2, 0, (3, count)),
        node_move=[1, 4, 7],
        node=np.arange(1, count + 1),
        edge_from=[a for a, _ in edges],
        edge_to=[b for _, b in edges],
        graph_input="channel 3, y 224, x 224",
    )
    return (
        kept.merge(network, combine_attrs="no_conflicts")
        .assign(
            cause_share_by_order=(("cause_bar", "order", "cause", "stage"), shares),
            cause_share=(("cause_bar", "cause", "stage"), shares.mean(axis=1)),
            cause_uncertainty=(
                ("cause_bar", "cause", "stage"),
                abs(shares[:, 0] - shares[:, 1]) / 2,
            ),
            stage_operator=("stage", names),
        )
        .assign_attrs(cause_move=7, cause_edge_move=7)
    )


_BANK = "iv.GaborBank(('y', 'x'), frequency=(0.1, 0.2), orientation=(0.0, 0.7854, 1.5708, 2.3562))"


def given_tree(*nodes, found=None, **entry):
    """Tree of one input with what was found as given, and these axes."""
    tree = tree_of(*nodes, **entry)
    node = found_input() if found is None else found
    tree["input_1"].dataset = stored(node).assign_attrs({**tree["input_1"].attrs, **node.attrs})
    return tree
