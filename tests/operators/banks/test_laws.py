"""Laws' masks: made of the three short ones, and against scipy.ndimage.correlate."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

from invarsig import Axis, LawsBank, MeanPool, Modulus, label
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.operators.banks.laws import MASKS

MODES = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}


def grid(values) -> xr.DataArray:
    names = ("z", "y", "x")[-np.ndim(values) :]
    sizes = zip(names, np.shape(values), strict=True)
    return label(values, *(Axis(d, 2.0, 1.0, n, "px", float(n)) for d, n in sizes))


@pytest.mark.parametrize(
    ("long", "one", "other", "sign"),
    [
        ("L5", "L3", "L3", 1),
        ("E5", "L3", "E3", 1),
        ("S5", "L3", "S3", 1),
        ("S5", "E3", "E3", -1),
        ("W5", "E3", "S3", -1),
        ("R5", "S3", "S3", 1),
    ],
)
def test_masks_of_five_taps_are_made_of_those_of_three(long, one, other, sign):
    assert (sign * np.convolve(MASKS[one], MASKS[other])).tolist() == list(MASKS[long])


def test_only_levels_have_a_mean():
    for name, taps in MASKS.items():
        assert (sum(taps) != 0) == name.startswith("L")


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("name", sorted(MASKS))
def test_along_one_dim_a_mask_is_scipys_correlation(name, boundary, rng):
    values = rng.standard_normal((3, 20))
    out = LawsBank("x", name, boundary=boundary)(grid(values))
    wanted = ndimage.correlate1d(values, MASKS[name], axis=1, mode=MODES[boundary])
    np.testing.assert_allclose(out.sel(mask=name), wanted, atol=1e-12)


@pytest.mark.parametrize("boundary", sorted(MODES))
def test_over_two_dims_masks_are_outer_products(boundary, rng):
    values = rng.standard_normal((14, 17))
    out = LawsBank(("y", "x"), boundary=boundary)(grid(values))
    assert out.sizes["mask"] == 25
    for first in ("L5", "E5", "S5", "W5", "R5"):
        for second in ("L5", "E5", "S5", "W5", "R5"):
            taps = np.outer(MASKS[first], MASKS[second]).astype(float)
            wanted = ndimage.correlate(values, taps, mode=MODES[boundary])
            np.testing.assert_allclose(out.sel(mask=first + second), wanted, atol=1e-11)


def test_the_first_name_is_along_the_first_dim():
    rows = grid(np.repeat(np.arange(12.0) > 5, 12).reshape(12, 12))
    out = abs(LawsBank(("y", "x"), ("L5", "E5"))(rows)).sum(("y", "x"))
    assert float(out.sel(mask="E5L5")) > 0
    assert float(out.sel(mask="L5E5")) == 0


def test_an_edge_is_above_nothing_where_the_signal_rises():
    ramp = label(np.arange(12.0), Axis("x", size=12))
    for name in ("E3", "E5"):
        assert (LawsBank("x", name)(ramp) > 0).all()


def test_short_masks_stand_in_the_middle_of_long_ones(rng):
    x = grid(rng.standard_normal((10, 12)))
    both = LawsBank("x", ("E3", "L5"))(x)
    np.testing.assert_allclose(both.sel(mask=["E3"]), LawsBank("x", "E3")(x), atol=1e-14)


def test_over_three_dims_there_are_products_of_three(rng):
    values = rng.standard_normal((6, 7, 8))
    out = LawsBank(("z", "y", "x"), ("L3", "S3"))(grid(values))
    assert out.mask.values.tolist()[:3] == ["L3L3L3", "L3L3S3", "L3S3L3"]
    taps = np.einsum("i,j,k->ijk", MASKS["S3"], MASKS["L3"], MASKS["S3"]).astype(float)
    wanted = ndimage.correlate(values, taps, mode="wrap")
    np.testing.assert_allclose(out.sel(mask="S3L3S3"), wanted, atol=1e-12)


@pytest.mark.parametrize("name", sorted(MASKS))
def test_a_response_is_the_sum_over_the_mask(name):
    f = np.linspace(-0.5, 0.5, 21)
    taps = np.array(MASKS[name])
    k = np.arange(taps.size) - taps.size // 2
    wanted = np.exp(2j * np.pi * np.outer(f, k)) @ taps
    out = LawsBank("x", name).frequency_response(Axis("x"), {"x": f})
    np.testing.assert_allclose(out.sel(mask=name), wanted, atol=1e-13)


def test_texture_energy_tells_stripes_by_their_direction():
    n = np.arange(64)
    stripes = np.sin(2 * np.pi * n / 5)
    energy = (
        LawsBank(("y", "x"), ("L5", "S5"))
        >> Modulus()
        >> MeanPool(window={"y": 16, "x": 16}, stride={"y": 16, "x": 16})
    )
    upright, lying = (
        energy(grid(v)) for v in (np.tile(stripes, (64, 1)), stripes[:, None] + 0 * n)
    )
    assert (upright.sel(mask="L5S5") > 100 * upright.sel(mask="S5L5")).all()
    assert (lying.sel(mask="S5L5") > 100 * lying.sel(mask="L5S5")).all()


def test_a_spot_may_not_be_decimated_and_a_level_hardly():
    """Few frequencies are missing from five taps."""
    level = LawsBank("x", "L5")
    assert level.safe_stride(Axis("x"), db=-18) == 2
    assert LawsBank("x", "R5").safe_stride(Axis("x"), db=-18) == 1


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"over": "x", "masks": ("L5", "Q5")}, ParameterError, "the mask 'Q5' is unknown; give"),
        ({"over": "x", "masks": ()}, ParameterError, "masks is empty"),
        ({"over": "x", "masks": ("L5", "L5")}, ParameterError, "names a mask twice"),
        ({"over": ()}, ParameterError, "at least 1 dim"),
        ({"over": "x", "stride": {"y": 2}}, DimError, "no filter"),
        ({"over": "x", "stride": {"x": 0}}, ParameterError, "The stride along 'x' is 0"),
    ],
)
def test_what_is_no_mask_is_refused(options, error, said):
    with pytest.raises(error, match=said):
        LawsBank(**options)


def test_more_taps_than_samples_are_refused():
    with pytest.raises(AxisError, match="A window of 5 samples is longer than the axis 'x'"):
        LawsBank("x")(grid(np.ones(4)))
