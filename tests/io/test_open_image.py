"""A picture that is opened gives by section what reading it whole gives, to the last bit."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import tifffile
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import invarsig as iv
from invarsig.errors import ParameterError, ReadError

SHAPES = [(37, 50), (37, 50, 3), (3, 37, 50), (37, 50, 4)]
FORMS = [
    {},
    {"rowsperstrip": 5},
    {"rowsperstrip": 8, "compression": "zlib", "predictor": True},
    {"tile": (16, 16)},
    {"tile": (16, 32), "compression": "zlib"},
]
# xarray takes no slice backwards of which nothing is left, or that begins before the start.
cuts = st.builds(
    slice,
    st.none() | st.integers(-60, 60),
    st.none() | st.integers(-60, 60),
    st.none() | st.sampled_from([1, 3]),
) | st.builds(slice, st.integers(20, 60), st.integers(0, 19), st.sampled_from([-1, -4]))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A picture in each form: (strips or tiles, layout, type, orientation, byte order)."""
    rng, folder = np.random.default_rng(3), tmp_path_factory.mktemp("tiff")
    found = []
    for number, (form, shape) in enumerate((f, s) for f in FORMS for s in SHAPES):
        dtype = ["u1", "u2", "i2", "f4", "f8"][number % 5]
        values = (rng.uniform(size=shape) * 100).astype(dtype)
        planar = {}
        if len(shape) == 3:
            planar = {"planarconfig": "separate" if shape[0] == 3 else "contig"}
            planar["photometric"] = "rgb"
            planar |= {"extrasamples": ["unassalpha"]} if shape[-1] == 4 else {}
        own = {k: v for k, v in form.items() if k != "predictor" or dtype[0] != "f"}
        path = folder / f"{number}.tif"
        tags = [(274, "H", 1, number % 8 + 1, True)]
        if number % 3 == 0 and len(shape) == 2:
            tags.append((42113, "s", 0, "7", True))
        order = "<>"[number % 2]
        tifffile.imwrite(path, values, extratags=tags, byteorder=order, **own, **planar)
        found.append(path)
    return found


def test_each_form_is_lazy_and_the_same_as_read_whole(files):
    for path in files:
        whole, x = iv.read_image(path), iv.open_image(path)
        assert type(x.variable._data) is not np.ndarray, path
        assert x.dtype == whole.dtype
        xr.testing.assert_identical(
            x.load().drop_indexes(["y", "x"]), whole.drop_indexes(["y", "x"])
        )


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_section_is_that_of_the_whole_picture_to_the_last_bit(files, data):
    path = data.draw(st.sampled_from(files))
    y, x = data.draw(cuts), data.draw(cuts | st.integers(-30, 29))
    section = iv.open_image(path).isel(y=y, x=x).load()
    wanted = iv.read_image(path).isel(y=y, x=x)
    np.testing.assert_array_equal(section, wanted)
    gray = iv.open_image(path, gray=True).isel(y=y, x=x)
    luminance = iv.read_image(path, gray=True).isel(y=y, x=x)
    np.testing.assert_allclose(gray, luminance, rtol=4 * np.finfo(section.dtype).eps)
    assert gray.dtype == luminance.dtype
    np.testing.assert_array_equal(section["y"], wanted["y"])
    assert section.dims == wanted.dims


def test_a_section_decodes_only_the_parts_that_it_meets(files, monkeypatch):
    path, decoded = files[16], []
    with tifffile.TiffFile(path) as tiff:
        assert tiff.pages[0].chunks == (16, 32)
    own = tifffile.TiffPage.decode.func

    def counted(page):
        decode = own(page)

        def one(data, index, **options):
            decoded.append(index)
            return decode(data, index, **options)

        return one

    monkeypatch.setattr(tifffile.TiffPage, "decode", property(counted))
    x = iv.open_image(path)
    assert decoded == []
    x.isel(y=slice(0, 3), x=slice(0, 3)).load()
    assert len(decoded) == 1


def test_chunks_make_it_a_dask_array_that_can_be_sent(files):
    whole, x = iv.read_image(files[5]), iv.open_image(files[5], chunks={"y": 10, "x": 20})
    assert x.chunks is not None
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(x)).compute(), whole)
    again = iv.open_image(files[5], chunks={"y": 10, "x": 20})
    assert x.data.name == again.data.name


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_what_cannot_be_read_by_section_is_read_whole_within_its_limit(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    Image.fromarray(np.arange(600, dtype=np.uint8).reshape(20, 30)).save(path)
    xr.testing.assert_identical(iv.open_image(path), iv.read_image(path))
    with pytest.raises(ReadError, match="the limit is 100"):
        iv.open_image(path, max_bytes=100)


def test_a_compression_that_another_decoder_keeps_is_read_whole(tmp_path):
    path = tmp_path / "a.tif"
    values = np.arange(600, dtype=np.uint8).reshape(20, 30)
    Image.fromarray(values).save(path, compression="tiff_lzw")
    xr.testing.assert_identical(iv.open_image(path), iv.read_image(path))


def test_what_is_damaged_is_refused_when_it_is_opened_or_read(tmp_path):
    path = tmp_path / "a.tif"
    values = np.random.default_rng(1).integers(0, 255, (64, 64)).astype(np.uint8)
    tifffile.imwrite(path, values, compression="zlib", rowsperstrip=16, metadata=None)
    with tifffile.TiffFile(path) as tiff:
        place = tiff.pages[0].dataoffsets[2] + 30
    content = bytearray(path.read_bytes())
    content[place : place + 20] = bytes(20)
    (tmp_path / "b.tif").write_bytes(content)
    x = iv.open_image(tmp_path / "b.tif")
    np.testing.assert_array_equal(x.isel(y=slice(0, 32)).load(), values[:32] / 255)
    with pytest.raises(ReadError, match="damaged"):
        x.isel(y=slice(32, 40)).load()
    (tmp_path / "c.tif").write_bytes(content[: len(content) // 2])
    with pytest.raises(ReadError):
        iv.open_image(tmp_path / "c.tif")


def test_limits_and_pages_are_those_of_reading_whole(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((3, 40, 50), np.uint8), photometric="minisblack")
    with pytest.raises(ReadError, match="choose one with page=0 to 2"):
        iv.open_image(path)
    with pytest.raises(ParameterError, match="no page=5"):
        iv.open_image(path, page=5)
    x = iv.open_image(path, page=1, max_bytes=8 * 50)
    assert x.isel(y=slice(0, 1)).load().shape == (1, 50)
    with pytest.raises(ReadError, match="the limit is 400"):
        x.load()


def test_a_file_that_changed_since_is_not_read(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((40, 50), np.uint8))
    x = iv.open_image(path)
    tifffile.imwrite(path, np.zeros((41, 50), np.uint8))
    with pytest.raises(ReadError, match="has changed since"):
        x.load()
