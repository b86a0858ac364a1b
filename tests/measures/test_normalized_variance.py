"""Transform variance over sample variance, by hand."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from tests.conftest import ring

PLACES = [iv.Translate(x=d) for d in (0, 1, 3)]
POOL = iv.MaxPool(window={"x": 2})


@pytest.fixture
def x(rng):
    return iv.label(
        rng.standard_normal((6, 3, 16)), "image", "channel", iv.Axis("x", unit="px", period=16.0)
    )


def outputs(x) -> np.ndarray:
    moved = [np.roll(x.values, int(m.shifts["x"]), -1) for m in PLACES]
    return np.stack([a.reshape(6, 3, 8, 2).max(-1) for a in moved])


def test_it_is_the_ratio_of_two_mean_variances(x):
    y = outputs(x)
    by_transform, by_sample = y.var(axis=0).mean(axis=0), y.var(axis=1).mean(axis=0)
    whole = iv.measures.normalized_variance(POOL, x, PLACES, samples="image")
    assert float(whole) == pytest.approx(by_transform.sum() / by_sample.sum(), rel=1e-12)
    each = iv.measures.normalized_variance(POOL, x, PLACES, samples="image", keep=["channel", "x"])
    np.testing.assert_allclose(each.transpose("channel", "x"), by_transform / by_sample, rtol=1e-12)


def test_moved_back_it_asks_for_equivariance(x):
    dense = iv.Relu() >> iv.BlurPool(taps=3, stride={"x": 1})
    there = iv.measures.normalized_variance(dense, x, PLACES, samples="image")
    back = iv.measures.normalized_variance(dense, x, PLACES, samples="image", moved_back=True)
    assert float(there) > 0.3
    assert float(back) < 1e-28
    strided = dense >> iv.Subsample(stride={"x": 2})
    assert (
        float(iv.measures.normalized_variance(strided, x, PLACES, samples="image", moved_back=True))
        > 1e-3
    )


def test_operators_that_choose_their_samples_place_by_place_are_compared_too(x):
    chosen = iv.PolyphasePool(stride={"x": 2})
    for moved_back in (False, True):
        ratio = iv.measures.normalized_variance(
            chosen, x, PLACES, samples="image", moved_back=moved_back
        )
        assert 0.01 < float(ratio) < 2


def test_complex_channels_are_moved_back_around_their_center(rng):
    x = iv.label(rng.standard_normal((5, 240)), "image", iv.Axis("x", period=240.0))
    bank = iv.GaborBank("x", frequency=[0.2], bandwidth=0.4, stride={"x": 4})
    back = iv.measures.normalized_variance(bank, x, PLACES, samples="image", moved_back=True)
    assert float(back) < 1e-3


def test_of_white_noise_moving_is_as_good_as_another_input(rng):
    x = iv.label(rng.standard_normal((200, 64)), "image", iv.Axis("x", period=64.0))
    places = [iv.Translate(x=d) for d in range(64)]
    ratio = iv.measures.normalized_variance(iv.Pipeline(), x, places, samples="image")
    # Both are variances of draws: over 64 places about the input's own mean, over 200 inputs.
    assert float(ratio) == pytest.approx((1 - 1 / 64) / (1 - 1 / 200), rel=0.02)


def test_it_does_not_care_for_scale_or_offset(x):
    once = float(iv.measures.normalized_variance(POOL, x, PLACES, samples="image"))
    for other in (1e-6 * x, 3 * x + 40):
        again = iv.measures.normalized_variance(POOL, other, PLACES, samples="image")
        assert float(again) == pytest.approx(once, rel=1e-9)


def test_inputs_that_are_alike_have_no_variance_to_compare_with(x):
    alike = x.isel(image=[0, 0, 0])
    assert np.isnan(iv.measures.normalized_variance(POOL, alike + 1e3, PLACES, samples="image"))


def test_nan_is_passed_on(x):
    x = x.copy()
    x[1, 2, 3] = np.nan
    each = iv.measures.normalized_variance(POOL, x, PLACES, samples="image", keep=["channel"])
    assert np.isnan(each).values.tolist() == [False, False, True]


def test_crops_of_pictures(photograph):
    tiles = [ring(photograph, x=64, y=64).drop_vars(["x", "y"]), photograph[:64, :64]]
    x = iv.label(np.stack([t.values for t in tiles]), "image", iv.Axis("y"), iv.Axis("x"))
    op = iv.MeanPool(window={"x": 4}, boundary="valid")
    got = iv.measures.normalized_variance(op, x, PLACES, samples="image")
    assert got.attrs["protocol"] == "cut"
    cuts = [
        x.values[..., 3 - d : 3 - d + 61][..., :60].reshape(2, 64, 15, 4).mean(-1)
        for d in (0, 1, 3)
    ]
    y = np.stack(cuts)
    assert float(got) == pytest.approx(
        y.var(axis=0).mean(axis=0).sum() / y.var(axis=1).mean(axis=0).sum(), rel=1e-9
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"samples": "picture"}, "'picture'"),
        ({"samples": "length"}, "'length'"),
        ({"keep": ["band"]}, "'band'"),
        ({"action": PLACES[:1]}, "at least 2"),
        ({"protocol": "cut", "moved_back": True}, "no periodic axis"),
    ],
)
def test_what_makes_no_sense_is_refused(x, change, said):
    given = {"action": PLACES, "samples": "image", **change}
    with pytest.raises(iv.errors.InvarsigError, match=said):
        iv.measures.normalized_variance(POOL, x, given.pop("action"), **given)


def test_single_inputs_that_differ_by_rounding_do_not_differ(x):
    turned = [np.roll(x.values[0], shift, axis=-1) for shift in range(6)]
    alike = x.copy(data=np.stack(turned)).astype(np.float32)
    mean = iv.GlobalPool("x", kind="mean")
    assert np.isnan(iv.measures.normalized_variance(mean, alike, PLACES, samples="image"))


def test_it_takes_variances_and_not_standard_deviations_as_the_authors_code_does(x):
    y = outputs(x)
    units = iv.measures.normalized_variance(POOL, x, PLACES, samples="image", keep=["channel", "x"])
    units = units.transpose("channel", "x").values
    by_deviation = y.std(axis=0).mean(axis=0) / y.std(axis=1).mean(axis=0)
    np.testing.assert_allclose(units, y.var(0).mean(0) / y.var(1).mean(0), rtol=1e-12)
    assert np.abs(units - by_deviation).max() > 0.1
    assert np.abs(np.sqrt(units) - by_deviation).max() > 0.01
