"""A JPEG has no sums: what is missing is found by what more bytes would change."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

from invarsig.errors import ParameterError, ReadError
from invarsig.io import read_image

KINDS = {
    "plain": {},
    "progressive": {"progressive": True},
    "fine": {"quality": 95, "subsampling": 0},
    "coarse": {"quality": 20},
    "optimized": {"optimize": True},
    "restarting": {"restart_marker_blocks": 7},
}


def encoded(values: np.ndarray, **options) -> bytes:
    stream = BytesIO()
    Image.fromarray(values).save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.fixture(params=["color", "gray"])
def noise(request) -> np.ndarray:
    values = np.random.default_rng(1).integers(0, 256, (72, 88, 3), dtype=np.uint8)
    return values if request.param == "color" else values[..., 0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_jpeg_is_read_as_its_decoder_reads_it(tmp_path, noise, kind):
    (tmp_path / "a.jfif").write_bytes(encoded(noise, **KINDS[kind]) + b"what cameras append")
    expected = np.asarray(Image.open(tmp_path / "a.jfif")) / 255
    x = read_image(tmp_path / "a.jfif")
    np.testing.assert_array_equal(x.transpose("y", "x", ...), expected)


@pytest.mark.parametrize("value", [0, 1, 128, 255])
@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_one_value_is_not_called_damaged(tmp_path, value, kind):
    content = encoded(np.full((33, 47), value, dtype=np.uint8), **KINDS[kind])
    (tmp_path / "a.jpg").write_bytes(content)
    expected = np.asarray(Image.open(tmp_path / "a.jpg")) / 255
    np.testing.assert_array_equal(read_image(tmp_path / "a.jpg"), expected)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.97])
@pytest.mark.parametrize("kind", KINDS)
def test_a_part_that_got_an_end_again_is_refused(tmp_path, noise, kind, share):
    content = encoded(noise, **KINDS[kind])
    start = content.index(b"\xff\xda") + 14
    part = content[: int(start + share * (len(content) - start))].rstrip(b"\xff")
    (tmp_path / "a.jpg").write_bytes(part + b"\xff\xd9")
    assert np.asarray(Image.open(tmp_path / "a.jpg")).shape == noise.shape  # not a word of it
    with pytest.raises(ReadError, match=r"ends before its picture does.*cut off or damaged"):
        read_image(tmp_path / "a.jpg")


@pytest.mark.parametrize("height", [81, 96, 700])  # blocks of 16 end at 80
@pytest.mark.parametrize("kind", KINDS)
def test_a_false_height_is_not_filled_with_gray(tmp_path, noise, kind, height):
    content = bytearray(encoded(noise, **KINDS[kind]))
    at = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2"))
    content[at + 5 : at + 7] = struct.pack(">H", height)
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(ReadError, match="cut off or damaged"):
        read_image(tmp_path / "a.jpg")


def test_a_header_that_asks_for_more_than_the_file_holds_is_refused(tmp_path, noise):
    content = bytearray(encoded(noise))
    at = content.find(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", 60_000, 60_000)
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(ReadError, match=r"60000 by 60000, which its .* bytes cannot hold"):
        read_image(tmp_path / "a.jpg")


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photograph_is_turned_upright(tmp_path, noise, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    (tmp_path / "a.jpg").write_bytes(encoded(noise, exif=exif))
    upright = np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / "a.jpg"))) / 255
    np.testing.assert_array_equal(read_image(tmp_path / "a.jpg").transpose("y", "x", ...), upright)


def test_a_jpeg_has_one_picture(tmp_path, noise):
    (tmp_path / "a.jpg").write_bytes(encoded(noise))
    assert read_image(tmp_path / "a.jpg", page=0).sizes["y"] == 72
    with pytest.raises(ParameterError, match="no page=1"):
        read_image(tmp_path / "a.jpg", page=1)
