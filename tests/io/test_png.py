"""A PNG says what is transparent, and its sums and rows say whether all of it is there."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from invarsig.errors import ReadError
from invarsig.io import read_image

HEAD = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def written(
    file: Path, rows: bytes, width: int, height: int, bits: int, color: int, *more: bytes, adam7=0
) -> Path:
    """A PNG of rows that are filtered already, with chunks in front of them."""
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, adam7)
    middle = b"".join(more) + chunk(b"IDAT", zlib.compress(rows))
    file.write_bytes(HEAD + chunk(b"IHDR", header) + middle + chunk(b"IEND", b""))
    return file


def packed(values: np.ndarray, bits: int) -> bytes:
    """Rows of samples of some bits each, most significant first, no filter."""
    if bits == 16:
        return b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    ones = (values[..., np.newaxis] >> np.arange(bits - 1, -1, -1)) & 1
    return b"".join(b"\0" + np.packbits(row.ravel()).tobytes() for row in ones.astype(np.uint8))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_the_transparent_gray_has_alpha_0_and_no_other(tmp_path, bits):
    values = np.random.default_rng(bits).integers(0, 2**bits, (7, 11))
    for clear in sorted({0, int(values[3, 5]), 2**bits - 1}):
        mark = chunk(b"tRNS", struct.pack(">H", clear))
        x = read_image(written(tmp_path / "a.png", packed(values, bits), 11, 7, bits, 0, mark))
        assert x.color.values.tolist() == ["gray", "alpha"]
        np.testing.assert_array_equal(x.sel(color="gray"), values / (2**bits - 1))
        np.testing.assert_array_equal(x.sel(color="alpha"), (values != clear) * 1.0)
        gray = read_image(tmp_path / "a.png", gray=True)
        np.testing.assert_array_equal(gray, values / (2**bits - 1))


def test_the_transparent_color_has_alpha_0_and_no_other(tmp_path):
    values = np.random.default_rng(1).integers(0, 2, (6, 8, 3)) * 200
    mark = chunk(b"tRNS", struct.pack(">HHH", 0, 200, 0))
    x = read_image(written(tmp_path / "a.png", packed(values, 8), 8, 6, 8, 2, mark))
    assert x.color.values.tolist() == ["red", "green", "blue", "alpha"]
    clear = (values == [0, 200, 0]).all(axis=-1)
    assert 0 < clear.sum() < clear.size
    np.testing.assert_array_equal(x.sel(color="alpha"), ~clear * 1.0)
    np.testing.assert_array_equal(x[:3].transpose("y", "x", "color"), values / 255)


@pytest.mark.parametrize("alphas", [[0], [255, 0], [255, 128, 7], [9, 9, 9, 9]])
def test_a_palette_has_an_alpha_for_each_color(tmp_path, alphas):
    values = np.arange(24).reshape(4, 6) % 4
    colors = np.array([[1, 2, 3], [40, 50, 60], [70, 80, 90], [255, 0, 9]], dtype=np.uint8)
    marks = chunk(b"PLTE", colors.tobytes()), chunk(b"tRNS", bytes(alphas))
    x = read_image(written(tmp_path / "a.png", packed(values, 2), 6, 4, 2, 3, *marks))
    full = np.array([*alphas, 255, 255, 255][:4])
    np.testing.assert_array_equal(x.sel(color="alpha"), full[values] / 255)
    np.testing.assert_array_equal(x[:3].transpose("y", "x", "color"), colors[values] / 255)


def test_an_opaque_picture_has_no_alpha(tmp_path):
    x = read_image(written(tmp_path / "a.png", packed(np.eye(3, dtype=int), 8), 3, 3, 8, 0))
    assert x.dims == ("y", "x")


def adam7(values: np.ndarray) -> bytes:
    """Rows of the seven passes, one byte per sample."""
    passes = [values[0::8, 0::8], values[0::8, 4::8], values[4::8, 0::4], values[0::4, 2::4]]
    passes += [values[2::4, 0::2], values[0::2, 1::2], values[1::2, 0::1]]
    return b"".join(packed(each, 8) for each in passes if each.size)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (9, 5), (16, 17)])
def test_an_interlaced_picture_is_read_and_its_part_is_not(tmp_path, shape):
    values = np.random.default_rng(2).integers(0, 256, shape)
    height, width = shape
    rows = adam7(values)
    x = read_image(written(tmp_path / "a.png", rows, width, height, 8, 0, adam7=1))
    np.testing.assert_array_equal(x, values / 255)
    with pytest.raises(ReadError, match="cut off or damaged"):
        read_image(written(tmp_path / "a.png", rows[:-1], width, height, 8, 0, adam7=1))


@pytest.mark.parametrize("height", [1, 39, 41, 80])
def test_a_false_height_with_a_right_sum_is_refused(tmp_path, height):
    values = np.random.default_rng(3).integers(0, 256, (40, 50))
    with pytest.raises(ReadError, match=r"more or less than the rows.*cut off or damaged"):
        read_image(written(tmp_path / "a.png", packed(values, 8), 50, height, 8, 0))


def test_a_byte_that_changed_is_noticed_wherever_it_is(tmp_path):
    values = np.random.default_rng(4).integers(0, 256, (6, 7))
    content = written(tmp_path / "a.png", packed(values, 8), 7, 6, 8, 0).read_bytes()
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        (tmp_path / "a.png").write_bytes(damaged)
        with pytest.raises(ReadError):
            read_image(tmp_path / "a.png")


def test_a_png_whose_depth_would_be_lost_is_refused(tmp_path):
    rows = b"".join(b"\0" + bytes(6 * 4) for _ in range(3))
    with pytest.raises(ReadError, match=r"16 bits per color.*save it as a TIFF"):
        read_image(written(tmp_path / "deep.png", rows, 4, 3, 16, 2))


def test_of_an_animation_the_first_picture_alone_is_read(tmp_path):
    gray = np.random.default_rng(5).integers(0, 256, (20, 30), dtype=np.uint8)
    first, second = Image.fromarray(gray), Image.fromarray(255 - gray)
    first.save(tmp_path / "film.png", save_all=True, append_images=[second])
    with pytest.raises(ReadError, match="holds 2 pictures"):
        read_image(tmp_path / "film.png")
    np.testing.assert_array_equal(read_image(tmp_path / "film.png", page=0), gray / 255)
    with pytest.raises(ReadError, match="only the first is read, page=0"):
        read_image(tmp_path / "film.png", page=1)


def test_a_small_file_that_asks_for_much_is_refused_before_it_is_decoded(tmp_path):
    file = written(tmp_path / "a.png", bytes(100), 60_000, 60_000, 8, 2)
    with pytest.raises(ReadError, match=r"60000 by 60000, which its [\d,]+ bytes cannot hold"):
        read_image(file)


def test_a_large_picture_that_is_honest_is_not_called_damaged(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # Pillow's own limit, of 89 million
    file = written(tmp_path / "a.png", packed(np.zeros((400, 500), int), 8), 500, 400, 8, 0)
    assert read_image(file).shape == (400, 500)
    with pytest.raises(
        ReadError, match=r"takes 1,600,000 bytes.*limit is 1,599,999.*Raise it"
    ) as said:
        read_image(file, max_bytes=1_599_999)
    assert "damaged" not in str(said.value)
    assert read_image(file, max_bytes=1_600_000).shape == (400, 500)
