"""``x.iv``: each method is the function that it names, on one array or on each of a Dataset."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.accessors import DataArrayAccessor, DatasetAccessor
from invarsig.errors import DimError, DtypeError


@pytest.fixture
def picture(rng):
    axes = (iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))
    return iv.label(rng.standard_normal((12, 16)), *axes).assign_attrs(units="K", made="here")


@pytest.fixture
def sound(rng):
    return iv.label(rng.standard_normal(64), iv.Axis("time", step=0.01, unit="s", period=0.64))


OP = iv.BlurPool(taps=3, stride={"x": 2}, boundary="reflect")
MOVE = iv.Translate(x=1)
SAME = {
    "apply": (lambda x: x.iv.apply(OP), OP),
    "move": (lambda x: x.iv.move(MOVE), MOVE),
    "translate": (lambda x: x.iv.translate(x="1 px"), MOVE),
    "rotate": (
        lambda x: x.iv.rotate("30 deg"),
        lambda x: iv.Rotate.about_middle(x, np.pi / 6)(x),
    ),
    "dilate": (
        lambda x: x.iv.dilate(1.2),
        lambda x: iv.Dilate.about_middle(x, 1.2, ["y", "x"])(x),
    ),
    "flip": (lambda x: x.iv.flip("y"), lambda x: iv.Flip.about_middle(x, "y")(x)),
    "warp": (
        lambda x: x.iv.warp({"x": "8 px"}, rng=3),
        iv.Warp({"x": 8.0}, rng=3),
    ),
    "axis": (lambda x: x.iv.axis("x"), lambda x: iv.axis_of(x, "x")),
    "equivariance_error": (
        lambda x: x.iv.equivariance_error(OP, MOVE, protocol="roll"),
        lambda x: iv.equivariance_error(OP, x, MOVE, protocol="roll"),
    ),
    "invariance_error": (
        lambda x: x.iv.invariance_error(OP, [MOVE, MOVE.at(2)]),
        lambda x: iv.invariance_error(OP, x, [MOVE, MOVE.at(2)]),
    ),
    "diagnose": (
        lambda x: x.iv.diagnose(OP, "x", shifts=[1.0])["x"].measured,
        lambda x: iv.diagnose(OP, x, "x", shifts=[1.0])["x"].measured,
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_a_method_is_the_function_that_it_names(name, picture):
    by_accessor, plainly = SAME[name]
    one, other = by_accessor(picture), plainly(picture)
    assert one.identical(other) if isinstance(one, xr.DataArray) else one == other


def test_moves_of_time_are_there_too(sound):
    plain = sound.copy()
    del plain.time.attrs["period"]
    assert plain.iv.transpose("3 semitones").identical(iv.Transpose(0.25)(plain))
    shifted = plain.iv.shift_frequencies("10 Hz")
    assert shifted.identical(iv.FrequencyShift(10.0)(plain))


def test_no_method_is_untested_and_each_says_what_it_does():
    for kind in (DataArrayAccessor, DatasetAccessor):
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_"):
                assert "Examples" in method.__doc__, name
                own = {*SAME, "transpose", "shift_frequencies", "spectrum", "stages"}
                assert name in own, name


def test_attributes_name_and_unit_survive_a_move(picture):
    named = picture.rename("t2m")
    moved = named.iv.translate(y=1)
    assert (moved.name, moved.attrs) == ("t2m", named.attrs)


# Spectra


@pytest.mark.parametrize("size", [8, 9])
@pytest.mark.parametrize("dtype", [float, complex])
def test_a_spectrum_is_that_of_numpy_with_the_axis_own_frequencies(size, dtype, rng):
    values = rng.standard_normal((3, size)).astype(dtype)
    if dtype is complex:
        values = values + 1j * rng.standard_normal((3, size))
    x = iv.label(values, "channel", iv.Axis("time", start=2.0, step=0.25, unit="s"))
    found = x.iv.spectrum("time")
    step = 0.25
    if dtype is complex:
        wanted = np.fft.fftshift(np.fft.fft(values), axes=-1) / size
        frequencies = np.fft.fftshift(np.fft.fftfreq(size, step))
        power = (abs(found) ** 2).sum("time_frequency")
    else:
        wanted, frequencies = np.fft.rfft(values) / size, np.fft.rfftfreq(size, step)
        twice = np.full(frequencies.size, 2.0)
        twice[0] = 1.0
        if size % 2 == 0:
            twice[-1] = 1.0
        power = (abs(found) ** 2 * twice).sum("time_frequency")
    np.testing.assert_allclose(found, wanted, atol=1e-14)
    np.testing.assert_allclose(found.time_frequency, frequencies)
    assert found.time_frequency.attrs["units"] == "Hz"
    np.testing.assert_allclose(power, (abs(x) ** 2).mean("time"), rtol=1e-12)


def test_a_spectrum_does_not_depend_on_the_order_in_which_samples_are_stored(sound):
    backwards = sound[::-1]
    one, other = sound.iv.spectrum("time"), backwards.iv.spectrum("time")
    np.testing.assert_allclose(one, other, atol=1e-15)
    assert one.time_frequency.identical(other.time_frequency)


def test_float32_stays_single(sound):
    assert sound.astype("float32").iv.spectrum("time").dtype == np.complex64


# Datasets


@pytest.fixture
def station(picture, rng):
    data = xr.Dataset({"t2m": picture, "wind": 2 * picture, "height": ("id", rng.random(3))})
    data["wind"] = data.wind + rng.standard_normal((12, 16))
    return data.assign_attrs(title="a station")


def test_a_dataset_is_moved_variable_by_variable(station):
    moved = station.iv.translate(x="1 px")
    assert moved.attrs == station.attrs
    assert moved.height.identical(station.height)
    for name in ("t2m", "wind"):
        assert moved[name].identical(station[name].iv.translate(x=1))


@pytest.mark.parametrize(
    "move",
    [
        lambda own: own.rotate("30 deg"),
        lambda own: own.dilate(1.2, center={"y": 3.0, "x": 2.0}),
        lambda own: own.flip("y"),
        lambda own: own.warp({"x": "8 px"}, rng=3),
    ],
    ids=["rotate", "dilate", "flip", "warp"],
)
def test_every_move_of_an_array_is_one_of_a_dataset(move, station):
    moved = move(station.iv)
    assert moved.height.identical(station.height)
    for name in ("t2m", "wind"):
        assert moved[name].identical(move(station[name].iv))


def test_a_move_about_the_middle_needs_a_variable_that_has_one(station):
    with pytest.raises(DimError, match="A move about the middle needs 'z'"):
        station.iv.flip("z")


def test_a_stride_changes_the_grid_of_all_variables_that_lie_on_it(station):
    pooled = station.iv.apply(OP)
    assert pooled.t2m.identical(OP(station.t2m))
    assert pooled.sizes["x"] == 8
    assert pooled.sizes["id"] == 3


def test_a_variable_with_some_of_the_dims_is_left_out_by_moves_and_by_operators(station):
    profiles = station.assign(profile=station.t2m.isel(y=0, drop=True), name="here")
    both = iv.MeanPool({"y": 2, "x": 2})
    for change in (
        lambda data: data.iv.apply(both),
        both,
        lambda data: data.iv.translate(y=1, x=1),
        lambda data: data.iv.move(iv.Translate(y=1, x=1)),
    ):
        changed = change(profiles)
        assert set(changed.data_vars) == {"t2m", "wind", "height", "name"}
        assert changed.attrs == station.attrs
    assert profiles.iv.apply(both).identical(both(profiles))
    # Along a dim that it has itself it moves with the others, and nothing is left out.
    moved = profiles.iv.translate(x=1)
    assert moved.profile.identical(profiles.profile.iv.translate(x=1))
    assert set(moved.data_vars) == set(profiles.data_vars)


def test_a_dataset_is_never_moved_in_part(station, rng):
    """A variable that is kept has none of the dims of the move, whatever the dims are."""
    data = station.assign(row=station.t2m.isel(y=0, drop=True), column=station.t2m.isel(x=0))
    for lengths in ({"x": 1}, {"y": 1}, {"y": 1, "x": 1}):
        moved = data.iv.translate(lengths)
        for name, x in moved.data_vars.items():
            had = set(lengths) & set(x.dims)
            assert had in (set(), set(lengths)), name
            wanted = data[name].iv.translate(lengths) if had else data[name]
            assert x.variable.identical(wanted.variable), name


@pytest.mark.parametrize("wrong", [np.mean, "mean", iv.Relu, None])
def test_what_is_not_an_operator_is_refused(wrong, picture, station):
    for x in (picture, station):
        with pytest.raises(DtypeError, match="An operator is needed"):
            x.iv.apply(wrong)
        with pytest.raises(DtypeError, match="An operator is needed"):
            x.iv.diagnose(wrong, "x")


def test_a_dataset_without_the_dims_says_what_it_has(station):
    with pytest.raises(DimError, match=r"needs 'time', and no variable has them \(t2m: "):
        station.iv.translate(time="10 ms")
    with pytest.raises(DimError, match="no variable has them"):
        xr.Dataset().iv.spectrum("x")


def test_errors_spectra_and_diagnoses_are_those_of_each_variable(station):
    errors = station.iv.equivariance_error(OP, iv.Translate(x="1 px"), protocol="roll")
    assert list(errors.data_vars) == ["t2m", "wind"]
    wanted = iv.equivariance_error(OP, station.wind, iv.Translate(x=1), protocol="roll")
    assert errors.wind.item() == wanted.item()
    assert errors.wind_floor.item() == wanted.floor.item()
    assert station.iv.spectrum("x").wind.identical(station.wind.iv.spectrum("x"))
    assert station.iv.move(MOVE).identical(station.iv.translate(x=1))
    found = station.iv.diagnose(OP, "x", shifts=[1.0])
    assert len(found.tree.children) == 2


def test_moving_there_and_back_gives_the_dataset_again(station):
    ring = station.assign_coords(x=station.x.assign_attrs(period=16.0))
    again = ring.iv.translate(x=3).iv.translate(x=-3)
    assert again.identical(ring)
