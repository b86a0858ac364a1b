"""Consistency and its relatives: counted by hand, on rings and in crops, and what they refuse."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import invarsig as iv

# The class whose score is highest at the first of every three samples.
FIRST = iv.Subsample(stride={"x": 3}) >> iv.GlobalPool("x", kind="mean")
PLACES = [iv.Translate(x=d) for d in (0, 1, 2, 3, 5)]


def scores(rng, inputs=7, classes=4, size=12):
    x = iv.label(
        rng.uniform(size=(inputs, classes, size)),
        "image",
        "class",
        iv.Axis("x", unit="px", period=float(size)),
    )
    return x.assign_coords({"class": list("abcd"[:classes])})


def swept(x) -> np.ndarray:
    """Scores over (place, image, class), by rolling."""
    return np.stack([np.roll(x.values, int(m.shifts["x"]), -1)[..., ::3].mean(-1) for m in PLACES])


@pytest.fixture
def x(rng):
    return scores(rng)


def test_consistency_is_the_share_of_pairs_of_places_that_agree(x):
    best = swept(x).argmax(-1)
    pairs = list(combinations(range(len(PLACES)), 2))
    each = np.mean([best[i] == best[j] for i, j in pairs], axis=0)
    assert 0.2 < each.mean() < 0.9, "neither all nor nothing, or this says little"
    score = iv.measures.consistency(FIRST, x, PLACES, over="class")
    assert float(score) == pytest.approx(each.mean(), abs=1e-15)
    kept = iv.measures.consistency(FIRST, x, PLACES, over="class", keep=["image"])
    np.testing.assert_allclose(kept, each, atol=1e-15)


def test_chance_is_the_share_of_pairs_of_different_inputs_that_agree(x):
    best = swept(x).argmax(-1)
    pairs = [
        best[p, i] == best[q, j]
        for i in range(7)
        for j in range(7)
        if i != j
        for p in range(len(PLACES))
        for q in range(len(PLACES))
    ]
    score = iv.measures.consistency(FIRST, x, PLACES, over="class")
    assert float(score.chance) == pytest.approx(np.mean(pairs), abs=1e-15)
    assert np.isnan(iv.measures.consistency(FIRST, x[:1], PLACES, over="class").chance)


def test_accuracy_is_the_share_of_right_answers_at_all_places(x, rng):
    truth = iv.label(rng.integers(0, 4, 7), "image")
    best = swept(x).argmax(-1)
    score = iv.measures.consistency(FIRST, x, PLACES, over="class", truth=truth)
    assert float(score.accuracy) == pytest.approx((best == truth.values).mean(), abs=1e-15)
    kept = iv.measures.consistency(FIRST, x, PLACES, over="class", truth=truth, keep=["image"])
    np.testing.assert_allclose(kept.accuracy, (best == truth.values).mean(0), atol=1e-15)


def test_the_changes_of_a_sweep_are_counted_from_each_place_to_the_next(x):
    all_scores = swept(x)
    best = all_scores.argmax(-1)
    changed = best[1:] != best[:-1]
    top1 = iv.measures.top1_change(FIRST, x, PLACES, over="class")
    assert float(top1) == pytest.approx(changed.mean(), abs=1e-15)
    jagged = iv.measures.jaggedness(FIRST, x, PLACES, over="class", keep=["image"])
    np.testing.assert_allclose(jagged, changed.sum(0), atol=1e-15)
    gaps = [
        [abs(all_scores[k + 1, i, best[k, i]] - all_scores[k, i, best[k, i]]) for i in range(7)]
        for k in range(len(PLACES) - 1)
    ]
    mean = iv.measures.mean_absolute_change(FIRST, x, PLACES, over="class")
    assert float(mean) == pytest.approx(np.mean(gaps), abs=1e-15)
    kept = iv.measures.mean_absolute_change(FIRST, x, PLACES, over="class", keep=["image"])
    np.testing.assert_allclose(kept, np.mean(gaps, axis=0), atol=1e-15)


def test_jaggedness_is_the_rate_of_change_times_the_steps(x):
    rate = iv.measures.top1_change(FIRST, x, PLACES, over="class")
    count = iv.measures.jaggedness(FIRST, x, PLACES, over="class")
    assert float(count) == pytest.approx(4 * float(rate), abs=1e-14)


def test_multiples_of_the_stride_change_nothing(x):
    places = [iv.Translate(x=3 * k) for k in range(4)]
    assert float(iv.measures.consistency(FIRST, x, places, over="class")) == 1
    assert float(iv.measures.top1_change(FIRST, x, places, over="class")) == 0
    assert float(iv.measures.jaggedness(FIRST, x, places, over="class")) == 0
    assert float(iv.measures.mean_absolute_change(FIRST, x, places, over="class")) < 1e-15


def test_the_order_of_dims_and_the_names_of_classes_do_not_matter(x):
    once = iv.measures.consistency(FIRST, x, PLACES, over="class")
    turned = iv.measures.consistency(
        FIRST, x.transpose("x", "class", "image"), PLACES, over="class"
    )
    bare = iv.measures.consistency(FIRST, x.drop_vars("class"), PLACES, over="class")
    assert float(once) == float(turned) == float(bare)
    assert float(once.chance) == pytest.approx(float(turned.chance), abs=1e-15)


@pytest.mark.parametrize("places", [(0, 1, 2), (-2, 0, 3), (4, 1)])
def test_in_crops_windows_of_one_size_are_cut_where_new_content_enters(rng, places):
    x = scores(rng, size=30)
    long = x.assign_coords(x=("x", x["x"].values))
    moves = [iv.Translate(x=d) for d in places]
    size = 30 - (max(places) - min(places))
    best = []
    for d in places:
        cut = x.values[..., max(places) - d : max(places) - d + size]
        best.append(cut[..., : size // 3 * 3].reshape(7, 4, -1, 3)[..., 0].mean(-1).argmax(-1))
    changed = np.stack(best)[1:] != np.stack(best)[:-1]
    op = iv.Apply(lambda a: a[..., : a.shape[-1] // 3 * 3 : 3].mean(-1, keepdims=True) + 0 * a, "x")
    first = op >> iv.GlobalPool("x", kind="mean")
    for given, protocol in ((long, None), (x, "cut")):
        got = iv.measures.top1_change(first, given, moves, over="class", protocol=protocol)
        assert float(got) == pytest.approx(changed.mean(), abs=1e-15)


def test_a_window_slides_the_way_the_content_moves():
    """Moved by +2, the window shows what a translated ring shows, but for what enters."""
    x = iv.label(np.arange(12.0), iv.Axis("x", unit="px"))
    from invarsig.measures.sweep import sweep

    out = sweep(iv.Pipeline(), x, [iv.Translate(x=0), iv.Translate(x=2)], "cut")
    np.testing.assert_array_equal(out[1, 2:], out[0, :-2])


def test_nan_is_no_answer_and_is_passed_on(x):
    x = x.copy()
    x[2, 1, 0] = np.nan
    for measure in (
        iv.measures.consistency,
        iv.measures.top1_change,
        iv.measures.jaggedness,
        iv.measures.mean_absolute_change,
    ):
        each = measure(FIRST, x, PLACES, over="class", keep=["image"])
        assert np.isnan(each).values.tolist() == [i == 2 for i in range(7)]
        assert np.isnan(measure(FIRST, x, PLACES, over="class"))
    assert np.isnan(iv.measures.consistency(FIRST, x, PLACES, over="class").chance)


def test_single_precision_and_whole_numbers_have_answers_too(x):
    whole = (100 * x).astype(int)
    same = [
        iv.measures.consistency(FIRST, one, PLACES, over="class")
        for one in (whole, whole.astype("f4"))
    ]
    assert float(same[0]) == float(same[1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"over": "band"}, r"no dim 'band' of classes.*'image', 'class'"),
        ({"op": iv.Subsample(stride={"x": 3})}, r"still has the dim 'x'.*GlobalPool"),
        ({"action": [iv.Translate(x=0)]}, "at least 2"),
        ({"action": iv.Translate(x=1)}, "at least 2"),
        ({"action": ["x"]}, "not an action"),
        ({"keep": ["class"]}, "keep names 'class'"),
        ({"protocol": "interior"}, "'periodic' or 'cut'"),
        ({"op": iv.GaborBank("x", frequency=[0.3], bandwidth=2.0) >> FIRST}, "complex"),
    ],
)
def test_what_makes_no_sense_is_refused(x, change, said):
    for measure in (
        iv.measures.consistency,
        iv.measures.top1_change,
        iv.measures.jaggedness,
        iv.measures.mean_absolute_change,
    ):
        arguments = {"op": FIRST, "x": x, "action": PLACES, "over": "class", **change}
        op = arguments.pop("op")
        with pytest.raises(iv.errors.InvarsigError, match=said):
            measure(op, arguments.pop("x"), arguments.pop("action"), **arguments)


def test_a_truth_of_other_inputs_is_refused(x):
    for truth in (iv.label([0, 1], "image"), iv.label([0, 1], "picture")):
        with pytest.raises(iv.errors.DimError, match="truth"):
            iv.measures.consistency(FIRST, x, PLACES, over="class", truth=truth)


def test_a_crop_at_a_fraction_or_of_nothing_is_refused(x):
    places = [iv.Translate(x=0), iv.Translate(x=0.5)]
    with pytest.raises(iv.errors.ParameterError, match="whole samples"):
        iv.measures.consistency(FIRST, x, places, over="class", protocol="cut")
    places = [iv.Translate(x=0), iv.Translate(x=12)]
    with pytest.raises(iv.errors.BorderError, match="leave nothing"):
        iv.measures.consistency(FIRST, x, places, over="class", protocol="cut")
    ended = x.assign_coords(x=("x", x["x"].values))
    with pytest.raises(iv.errors.AxisError, match="not periodic"):
        iv.measures.consistency(FIRST, ended, PLACES, over="class", protocol="periodic")


@pytest.mark.parametrize("truth", [list("abcdabc"), [1, 2, 3, 4, 1, 2, 3], [0, 1, 2, np.nan] * 2])
def test_the_truth_holds_indices_of_classes(x, truth):
    given = iv.label(np.array(truth[:7]), "image")
    with pytest.raises(iv.errors.ParameterError, match="whole numbers from 0 to 3"):
        iv.measures.consistency(FIRST, x, PLACES, over="class", truth=given)
    with pytest.raises(iv.errors.ParameterError, match=r"must be an xarray\.DataArray"):
        iv.measures.consistency(FIRST, x, PLACES, over="class", truth=truth)


def test_scores_without_end_have_no_change(x):
    # As logarithms of probabilities of 0 have none.
    x = x.copy()
    x[0] = -np.inf
    each = iv.measures.mean_absolute_change(FIRST, x, PLACES, over="class", keep=["image"])
    assert np.isnan(each[0])
    assert np.isfinite(each[1:]).all()
