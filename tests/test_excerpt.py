"""Excerpts are as long as the pipeline's strides need them, and it runs on them."""

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing import stride_and_reach
from invarsig.diagnosis.excerpt import excerpt, fitted, repeated
from invarsig.diagnosis.segments import cut_into
from tests.nightly import some


def every(strides):
    """A user's function that keeps every so-many-th sample along some dims."""
    keep = (..., *(slice(None, None, by) for by in strides.values()))
    return iv.Apply(lambda values: values[keep], tuple(strides), stride=strides)


def noise(**sizes):
    axes = [iv.Axis(dim, size=size, unit="px") for dim, size in sizes.items()]
    return iv.power_law_noise(*axes, exponent=0.5, rng=1)


def random_pipeline(rng, dims):
    stages = []
    for _ in range(rng.integers(1, 4)):
        by = {dim: int(rng.integers(1, 5)) for dim in dims}
        kinds = (every(by), iv.MaxPool(window={d: n + 1 for d, n in by.items()}, stride=by))
        stages.append(kinds[rng.integers(2)])
    return iv.Pipeline(stages)


@pytest.mark.parametrize("dims", [("x",), ("y", "x")])
@pytest.mark.parametrize("seed", some(range(80), 3))
def test_a_pipeline_runs_on_the_excerpt_whenever_it_runs_on_the_whole(seed, dims):
    rng = np.random.default_rng(seed)
    op = random_pipeline(rng, dims)
    x, _ = fitted(op, noise(**{dim: int(rng.integers(300, 700)) for dim in dims}))
    op(x)
    most = int(rng.integers(1, x.size))
    found = excerpt(op, x, dims, most)
    part, said = found.x, found.said
    op(part)
    for dim in dims:
        stride, _ = stride_and_reach(op, x, dim)
        cut = part.sizes[dim] < x.sizes[dim]
        assert part.sizes[dim] <= x.sizes[dim]
        assert 0 in (part.sizes[dim] % stride, (x.sizes[dim] - part.sizes[dim]) % stride)
        assert cut or f"{dim} ({x.sizes[dim]} samples)" in said


@pytest.mark.parametrize("most", [100, 200, 300])
def test_behind_a_window_without_border_the_part_is_no_longer_than_asked_for(most):
    op, x = iv.MaxPool(window={"x": 3}, stride={"x": 2}) >> every({"x": 8}), noise(x=500)
    part = excerpt(op, fitted(op, x)[0], ["x"], most).x
    assert most - 32 < part.size <= most
    op(part)


@pytest.mark.parametrize("seed", range(60))
def test_segments_are_whole_numbers_of_strides_and_the_pipeline_runs_on_each(seed):
    rng = np.random.default_rng(seed)
    by = {"x": int(rng.integers(1, 40))}
    op = every(by) >> iv.Subsample(stride={"x": int(rng.integers(1, 4))})
    x, _ = fitted(op, noise(x=int(rng.integers(500, 3000))))
    stride, _ = stride_and_reach(op, x, "x")
    most = int(rng.integers(1, x.size))
    cut = cut_into(op, x, ["x"], most)
    if cut is None:
        assert most < stride
        return
    assert cut[1] <= most
    assert cut[1] % stride == 0
    starts = range(0, x.size, cut[1])
    assert sum(op(x[start : start + cut[1]]).size for start in starts) == op(x).size


def globe(times=12, lats=25, seed=1):
    """Maps whose mean falls towards the poles, and whose waves along lon do too."""
    lat, lon = np.linspace(90, -90, lats), np.arange(0.0, 360, 10)
    warm = np.cos(np.deg2rad(lat))[:, None]
    waves = np.random.default_rng(seed).standard_normal((times, lats, 36))
    return xr.DataArray(
        250 + 40 * warm + 3 * warm * waves,
        {
            "time": np.datetime64("2024-01-01", "ns") + np.arange(times) * np.timedelta64(1, "D"),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east", "period": 360.0}),
        },
        ("time", "lat", "lon"),
    )


COARSE = iv.MeanPool({"lat": 2, "lon": 2})


@pytest.mark.parametrize("along", [["lon"], ["lat"], ["lat", "lon"]])
def test_fewer_maps_are_taken_before_a_map_is_cut(along):
    x = globe()
    x[7:9] = x[7:9].mean() + 5 * (x[7:9] - x[7:9].mean())
    found = excerpt(COARSE, x, ["lat", "lon"], 2 * 25 * 36, along)
    xr.testing.assert_identical(found.x, x[7:9])
    assert found.part == "time 2024-01-08T00:00:00 to 2024-01-09T00:00:00 (2 of 12)"
    assert found.part in found.said
    assert cut_into(COARSE, x, ["lat", "lon"], 5 * 25 * 36, along) == ("time", 4)


def test_a_map_that_is_cut_keeps_what_varies_along_the_axis_that_moves():
    x = globe(times=1)
    part = excerpt(COARSE, x, ["lat", "lon"], 6 * 36, ["lon"]).x
    assert part.sizes == {"time": 1, "lat": 6, "lon": 36}
    assert abs(part.lat).max() < 60
    # Where no map at all fits in, one of them is cut.
    several = excerpt(COARSE, globe(), ["lat", "lon"], 6 * 36, ["lon"]).x
    assert several.sizes == {"time": 1, "lat": 6, "lon": 36}
    assert abs(several.lat).max() < 60


def test_a_dim_that_moves_or_that_a_stage_acts_on_is_no_repetition():
    x = globe()
    assert repeated(COARSE, x, ["lon"]) == ("time",)
    assert repeated(COARSE, x, ["time"]) == ()
    assert repeated(iv.Relu() >> iv.MeanPool({"lon": 2}), x, ["lon"]) == ("time", "lat")


def test_every_map_is_measured_in_segments_of_whole_maps():
    x = globe()
    found = iv.diagnose(COARSE, x, "lon", shifts=[10.0], most=5 * 25 * 36)
    whole = iv.diagnose(COARSE, x, "lon", shifts=[10.0], most=None)
    assert found["lon"].attrs["segments"] == 3
    # Each segment's own mean is all that differs, and the latitudes' means do not.
    np.testing.assert_allclose(found["lon"].measured, whole["lon"].measured, rtol=1e-3)
    notes = found.tree["input_1"].attrs["notes"].splitlines()
    assert all(f"  {note}" in found.summary().splitlines() for note in notes)
    # The first line is of all maps, and so is the error that it states.
    assert "Of a part" not in found.summary()
    errors = [each.tree["input_1"].attrs["verdict_error"] for each in (found, whole)]
    assert errors[0] == pytest.approx(errors[1], rel=1e-3)
    assert "(5 of 12)" in notes[0]
    assert "those of all 3 segments of the input" in notes[1]
    assert "Of a part" not in whole.summary()


def test_the_size_of_imagenet_is_diagnosed_at_a_stride_of_32():
    channels = np.stack([noise(y=224, x=224).values] * 3)
    x = iv.label(channels, "channel", *[iv.Axis(dim, size=224, unit="px") for dim in "yx"])
    found = iv.diagnose(every({"y": 32, "x": 32}), x, along="x", shifts=[1.0])
    assert found["x"].attrs["stride"] == 32
    assert np.isfinite(found["x"]["measured"]).all()
    assert found.tree["input_1"].attrs["sizes"] == "channel: 3, y: 224, x: 224"


def test_a_length_that_a_users_stride_does_not_divide_is_cropped_and_that_is_said():
    op, x = every({"x": 32}), noise(x=1000)
    found = iv.diagnose(op, x, shifts=[1.0, 16.0])
    assert "cropped along x from 1000 to 992 samples" in found.tree["input_1"].attrs["notes"]
    same = iv.diagnose(op, x[:992], shifts=[1.0, 16.0])
    np.testing.assert_array_equal(found["x"]["measured"], same["x"]["measured"])
    assert "cropped along" not in same.tree["input_1"].attrs["notes"]


def test_every_axis_at_fault_is_cropped_by_no_more_than_a_total_stride():
    op = iv.MaxPool(window={"y": 2, "x": 3}) >> every({"y": 8, "x": 5})
    x, _ = fitted(op, noise(y=250, x=260))
    assert dict(x.sizes) == {"y": 241, "x": 257}
    assert dict(op(x).sizes) == {"y": 15, "x": 17}


def test_segments_are_cropped_together_not_each():
    op, x = every({"x": 32}), noise(x=5000)
    found = iv.diagnose(op, x, shifts=[1.0], most=1000)
    assert found["x"].attrs["segments"] == len(range(0, 4992, 992))
    assert found["x"].attrs["segments_left_out"] == 0


def test_a_periodic_axis_is_not_cropped_but_refused_with_the_lengths_that_fit():
    x = iv.power_law_noise(iv.Axis("x", size=1000, unit="px", period=1000.0), rng=1)
    with pytest.raises(iv.errors.StrideError, match="992 samples, or pad it to 1024"):
        iv.diagnose(every({"x": 32}), x)


def test_too_short_for_one_stride_is_refused():
    with pytest.raises(iv.errors.StrideError, match=r"20 samples along 'x'.*stride 32"):
        iv.diagnose(every({"x": 32}), noise(x=20))


def test_pipelines_are_compared_on_what_each_of_them_takes():
    ops = {"32": every({"x": 32}), "5": every({"x": 5})}
    table = iv.compare(ops, noise(x=1001), shifts=[1.0]).table
    assert np.isfinite(table["rms"]).all()
