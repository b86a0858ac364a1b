"""A picture comes back with its own values, upright and in its colors, or not at all."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
import skimage.color
import tifffile
from PIL import Image, ImageOps

from invarsig.axes import axis_of
from invarsig.errors import ParameterError, ReadError
from invarsig.io import read_image


@pytest.fixture
def gray() -> np.ndarray:
    """A gray picture, 40 down and 50 to the right."""
    return np.random.default_rng(1).integers(0, 256, (40, 50), dtype=np.uint8)


@pytest.fixture
def color() -> np.ndarray:
    """A smooth color picture, 40 down and 50 to the right."""
    y, x = np.mgrid[:40, :50]
    return np.stack([5 * x, 6 * y, 2 * (x + y)], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_gray_picture_comes_back_between_0_and_1(tmp_path, gray, suffix):
    iio.imwrite(tmp_path / f"gray{suffix}", gray)
    x = read_image(tmp_path / f"gray{suffix}")
    assert x.dims == ("y", "x")
    assert x.dtype == np.float64
    np.testing.assert_array_equal(x.values, gray / 255)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits_are_all_kept(tmp_path, gray, suffix):
    deep = gray.astype(np.uint16) * 256 + 7
    iio.imwrite(tmp_path / f"deep{suffix}", deep)
    np.testing.assert_array_equal(read_image(tmp_path / f"deep{suffix}"), deep / 65535)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_colors_stand_in_front_and_have_their_names(tmp_path, color, suffix):
    iio.imwrite(tmp_path / f"color{suffix}", color)
    x = read_image(tmp_path / f"color{suffix}")
    assert x.dims == ("color", "y", "x")
    assert x.color.values.tolist() == ["red", "green", "blue"]
    np.testing.assert_array_equal(x.sel(color="green"), color[..., 1] / 255)
    np.testing.assert_array_equal(x.transpose("y", "x", "color"), color / 255)


def test_alpha_is_a_color_more(tmp_path, color):
    alpha = np.full((40, 50, 1), 128, dtype=np.uint8)
    iio.imwrite(tmp_path / "alpha.png", np.concatenate([color, alpha], axis=-1))
    x = read_image(tmp_path / "alpha.png")
    assert x.color.values.tolist() == ["red", "green", "blue", "alpha"]
    assert (x.sel(color="alpha") == 128 / 255).all()
    luminance = read_image(tmp_path / "alpha.png", gray=True)
    np.testing.assert_allclose(luminance, skimage.color.rgb2gray(color), rtol=0, atol=1e-15)


def test_gray_with_alpha_is_told_apart(tmp_path, gray):
    iio.imwrite(tmp_path / "alpha.png", np.stack([gray, 255 - gray], axis=-1))
    assert read_image(tmp_path / "alpha.png").color.values.tolist() == ["gray", "alpha"]
    np.testing.assert_array_equal(read_image(tmp_path / "alpha.png", gray=True), gray / 255)


def test_a_jpeg_comes_back_close(tmp_path, color):
    iio.imwrite(tmp_path / "color.jpg", color, quality=95)
    x = read_image(tmp_path / "color.jpg")
    assert np.abs(x.transpose("y", "x", "color").values - color / 255).mean() < 0.01


def test_luminance_has_the_stated_weights(tmp_path):
    pure = 255 * np.eye(3, dtype=np.uint8)[np.newaxis]
    iio.imwrite(tmp_path / "pure.png", pure)
    x = read_image(tmp_path / "pure.png", gray=True)
    assert x.dims == ("y", "x")
    np.testing.assert_allclose(x.values, [[0.2125, 0.7154, 0.0721]], rtol=0, atol=1e-12)


def test_luminance_of_a_gray_picture_is_the_picture(tmp_path, gray):
    iio.imwrite(tmp_path / "gray.png", gray)
    np.testing.assert_array_equal(read_image(tmp_path / "gray.png", gray=True), gray / 255)


def test_axes_are_in_pixels_from_0(tmp_path, gray):
    iio.imwrite(tmp_path / "gray.png", gray)
    x = read_image(tmp_path / "gray.png")
    for dim, size in (("y", 40), ("x", 50)):
        axis = axis_of(x, dim)
        assert (axis.start, axis.step, axis.size, axis.unit) == (0.0, 1.0, size, "px")


def test_the_array_is_named_after_the_file_and_tells_no_folder(tmp_path, gray):
    iio.imwrite(tmp_path / "gray.png", gray)
    x = read_image(tmp_path / "gray.png")
    assert (x.name, x.attrs) == ("gray", {"source": "gray.png"})


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f8"])
def test_floating_point_values_are_kept_as_they_are(tmp_path, dtype):
    values = np.array([[-3.5, np.nan, 1e6], [0.0, 0.5, np.inf]])
    order = dtype[0]
    tifffile.imwrite(tmp_path / "float.tif", values.astype(dtype), byteorder=order)
    x = read_image(tmp_path / "float.tif")
    assert x.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(x.values, values)


def test_half_precision_becomes_single(tmp_path):
    tifffile.imwrite(tmp_path / "half.tif", np.array([[0.5, 0.25]], dtype=np.float16))
    x = read_image(tmp_path / "half.tif")
    assert x.dtype == np.float32
    assert x.values.tolist() == [[0.5, 0.25]]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_black_and_white_is_0_and_1(tmp_path, gray, suffix):
    Image.fromarray(gray > 100).save(tmp_path / f"line{suffix}")
    np.testing.assert_array_equal(read_image(tmp_path / f"line{suffix}"), (gray > 100) * 1.0)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_palette_is_looked_up(tmp_path, color, suffix):
    few = Image.fromarray(color).quantize(16)
    few.save(tmp_path / f"few{suffix}")
    expected = np.asarray(few.convert("RGB")) / 255
    x = read_image(tmp_path / f"few{suffix}")
    np.testing.assert_array_equal(x.transpose("y", "x", "color"), expected)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_tiffs_are_read(tmp_path, color, compression):
    Image.fromarray(color).save(tmp_path / "packed.tif", compression=compression)
    x = read_image(tmp_path / "packed.tif")
    np.testing.assert_array_equal(x.transpose("y", "x", "color"), color / 255)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_a_tiff_that_counts_from_white_is_turned_to_black(tmp_path, gray, dtype):
    tifffile.imwrite(tmp_path / "white.tif", gray.astype(dtype), photometric="miniswhite")
    largest = np.iinfo(dtype).max
    np.testing.assert_array_equal(
        read_image(tmp_path / "white.tif"), (largest - gray.astype(dtype)) / largest
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_colors_of_a_tiff_may_be_stored_plane_by_plane(tmp_path, color, dtype, planes):
    stored = color.astype(dtype) + 3
    laid_out = np.moveaxis(stored, -1, 0) if planes == "separate" else stored
    tifffile.imwrite(tmp_path / "rgb.tif", laid_out, photometric="rgb", planarconfig=planes)
    x = read_image(tmp_path / "rgb.tif")
    assert x.dims == ("color", "y", "x")
    np.testing.assert_array_equal(x.transpose("y", "x", "color"), stored / np.iinfo(dtype).max)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_photograph_is_turned_upright(tmp_path, color, turn, suffix):
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.fromarray(color).save(tmp_path / f"turned{suffix}", exif=exif)
    with Image.open(tmp_path / f"turned{suffix}") as picture:
        upright = np.asarray(ImageOps.exif_transpose(picture))
    x = read_image(tmp_path / f"turned{suffix}")
    np.testing.assert_array_equal(x.transpose("y", "x", "color"), upright / 255)


def test_of_several_pictures_one_must_be_chosen(tmp_path, gray):
    pages = np.stack([gray, 255 - gray, gray // 2])
    tifffile.imwrite(tmp_path / "pages.tif", pages, photometric="minisblack")
    with pytest.raises(ReadError, match="holds 3 pictures; choose one with page=0 to 2"):
        read_image(tmp_path / "pages.tif")
    for page, expected in enumerate(pages):
        x = read_image(tmp_path / "pages.tif", page=page)
        np.testing.assert_array_equal(x.values, expected / 255)
    with pytest.raises(ParameterError, match=r"no page=3 in .*holds 3"):
        read_image(tmp_path / "pages.tif", page=3)
    with pytest.raises(ParameterError, match="page=-1"):
        read_image(tmp_path / "pages.tif", page=-1)


def test_deep_pages_are_chosen_alike(tmp_path, gray):
    pages = np.stack([gray, 255 - gray, gray // 2]).astype(np.uint16)
    tifffile.imwrite(tmp_path / "pages.tif", pages, photometric="minisblack")
    x = read_image(tmp_path / "pages.tif", page=1)
    np.testing.assert_array_equal(x.values, pages[1] / 65535)


def test_inks_are_no_colors(tmp_path, color):
    Image.fromarray(color).convert("CMYK").save(tmp_path / "print.jpg")
    with pytest.raises(ReadError, match="is in CMYK; convert it to RGB"):
        read_image(tmp_path / "print.jpg")


@pytest.mark.parametrize("share", [0.95, 0.5, 0.02])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_a_picture_that_is_cut_off_is_refused(tmp_path, cut_off, suffix, share):
    noise = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    iio.imwrite(tmp_path / f"noise{suffix}", noise)
    part = cut_off(tmp_path / f"noise{suffix}", share)
    with pytest.raises(ReadError, match=r"part of noise.*cut off or damaged"):
        read_image(part)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
def test_a_compressed_tiff_that_is_cut_off_is_refused(tmp_path, cut_off, color, compression):
    Image.fromarray(color).save(tmp_path / "packed.tif", compression=compression)
    with pytest.raises(ReadError, match="cut off or damaged"):
        read_image(cut_off(tmp_path / "packed.tif", 0.7))


def test_a_deep_tiff_that_is_cut_off_is_refused(tmp_path, cut_off, gray):
    tifffile.imwrite(tmp_path / "deep.tif", gray.astype(np.uint16))
    with pytest.raises(ReadError, match="cut off or damaged"):
        read_image(cut_off(tmp_path / "deep.tif", 0.7))


@pytest.mark.parametrize("name", ["images/camera.png", "textures/brick.png"])
def test_a_real_picture_comes_back_and_its_half_does_not(data, cut_off, name):
    x = read_image(data / name)
    np.testing.assert_array_equal(x.values, iio.imread(data / name) / 255)
    with pytest.raises(ReadError, match="cut off or damaged"):
        read_image(cut_off(data / name, 0.5))


def test_the_content_tells_the_format_and_not_the_name(tmp_path, gray):
    iio.imwrite(tmp_path / "gray.png", gray)
    (tmp_path / "gray.png").rename(tmp_path / "gray.jpg")
    np.testing.assert_array_equal(read_image(tmp_path / "gray.jpg"), gray / 255)


@pytest.mark.parametrize("head", [b"GIF89a", b"BM", b"<svg>", b"RIFF", b"notes"])
def test_what_is_no_png_jpeg_or_tiff_is_refused(tmp_path, head):
    (tmp_path / "other.png").write_bytes(head + bytes(100))
    with pytest.raises(ReadError, match=r"other\.png.*is not a PNG, JPEG or TIFF"):
        read_image(tmp_path / "other.png")


@pytest.mark.parametrize("head", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*"])
@pytest.mark.parametrize("rest", [b"", b"\xff" * 100, b"\0" * 100])
def test_a_header_alone_is_no_picture(tmp_path, head, rest):
    (tmp_path / "head.bin").write_bytes(head + rest)
    with pytest.raises(ReadError, match=r"head\.bin"):
        read_image(tmp_path / "head.bin")


def test_a_complex_tiff_is_no_brightness(tmp_path):
    tifffile.imwrite(tmp_path / "complex.tif", np.ones((4, 5), dtype=np.complex64))
    with pytest.raises(ReadError, match="complex64"):
        read_image(tmp_path / "complex.tif")


def test_missing_empty_and_odd_files_are_named(tmp_path):
    (tmp_path / "empty.png").touch()
    for path, words in [
        (tmp_path / "absent.png", r"no file.*absent\.png"),
        (tmp_path / "empty.png", r"empty\.png.*0 bytes"),
        (tmp_path, "is a folder"),
        (Path("a\0b.png"), "cannot be reached"),
    ]:
        with pytest.raises(ReadError, match=words):
            read_image(path)


def test_a_hostile_name_is_only_a_name(tmp_path, gray):
    name = '"><img src=x onerror=alert(1)>.png'
    iio.imwrite(tmp_path / "gray.png", gray)
    (tmp_path / "gray.png").rename(tmp_path / name)
    assert read_image(tmp_path / name).attrs["source"] == name


def test_too_little_memory_is_not_called_damage(tmp_path, gray, monkeypatch):
    def no_room(*_, **__):
        raise MemoryError

    iio.imwrite(tmp_path / "gray.png", gray)
    monkeypatch.setattr(np, "ascontiguousarray", no_room)
    with pytest.raises(ReadError, match="takes more memory than there is") as said:
        read_image(tmp_path / "gray.png")
    assert "damaged" not in str(said.value)
