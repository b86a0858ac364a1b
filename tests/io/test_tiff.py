"""A TIFF's tags say what its values mean and which parts it has; they are asked first."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from invarsig.errors import ParameterError, ReadError
from invarsig.io import read_image

OFFSETS, COUNTS = {False: 273, True: 324}, {False: 279, True: 325}  # of strips, of tiles


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(6)


def retagged(file: Path, code: int, value) -> Path:
    """Change the value of one tag of the first page."""
    with tifffile.TiffFile(file, mode="r+") as tiff:
        tiff.pages[0].tags[code].overwrite(value)
    return file


# What is read: every depth in every layout.


DEPTHS = ["u1", "u2", ">u2", "u4", "i1", "i2", ">i4", "f2", ">f4", "f8"]


@pytest.mark.parametrize("layout", [{}, {"rowsperstrip": 7}, {"tile": (16, 32)}])
@pytest.mark.parametrize("packing", [{}, {"compression": "zlib"}, {"predictor": True}])
def test_every_depth_comes_back_from_every_layout(tmp_path, rng, packing, layout):
    if packing.get("predictor"):
        packing = {"compression": "zlib", "predictor": True}
    for dtype in DEPTHS:
        integer = np.dtype(dtype).kind in "iu"
        if packing.get("predictor") and not integer:
            continue  # tifffile writes these with imagecodecs alone
        values = (rng.normal(size=(40, 50)) * 50).astype(dtype)
        order = ">" if dtype[0] == ">" else "<"
        tifffile.imwrite(tmp_path / "a.tif", values, byteorder=order, **packing, **layout)
        largest = np.iinfo(dtype).max if integer else 1
        np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), values / largest)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4", "color", "palette", "line", "gray alpha"])
def test_what_pillow_compresses_is_read_in_full_depth(tmp_path, rng, kind, compression):
    noise = rng.integers(0, 256, (40, 50, 4), dtype=np.uint8)
    picture = {
        "u1": lambda: Image.fromarray(noise[..., 0]),
        "u2": lambda: Image.fromarray(noise[..., 0].astype(np.uint16) * 257 + noise[..., 1]),
        "f4": lambda: Image.fromarray(noise[..., 0].astype(np.float32) - np.float32(0.3)),
        "color": lambda: Image.fromarray(noise[..., :3]),
        "palette": lambda: Image.fromarray(noise[..., :3]).quantize(16),
        "line": lambda: Image.fromarray(noise[..., 0] > 99),
        "gray alpha": lambda: Image.fromarray(noise[..., :2]),
    }[kind]()
    picture.save(tmp_path / "a.tif", compression=compression)
    expected = np.asarray(picture.convert("RGB") if kind == "palette" else picture)
    largest = {"u2": 65535, "f4": 1, "line": 1}.get(kind, 255)
    x = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(x.transpose("y", "x", ...), expected / largest)


@pytest.mark.parametrize("packing", [None, "zlib"])
@pytest.mark.parametrize("meaning", ["minisblack", "miniswhite"])
@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_reach_from_0_to_1(tmp_path, rng, bits, meaning, packing):
    values = rng.integers(0, 2**bits, (20, 32))
    ones = ((values[..., np.newaxis] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8)
    packed = np.packbits(ones.reshape(20, -1), axis=-1)
    file = tmp_path / "a.tif"
    tifffile.imwrite(file, packed, photometric=meaning, compression=packing, predictor=False)
    retagged(retagged(file, 256, 32), 258, bits)
    from_black = values if meaning == "minisblack" else 2**bits - 1 - values
    np.testing.assert_array_equal(read_image(file), from_black / (2**bits - 1))


def lzw(content: bytes) -> bytes:
    """LZW of literals alone: a clear code (256) before codes get longer than 9 bits, 257 last."""
    codes = []
    for start in range(0, len(content), 200):
        codes += [256, *content[start : start + 200]]
    bits = (np.array([*codes, 257])[:, np.newaxis] >> np.arange(8, -1, -1)) & 1
    return np.packbits(bits.astype(np.uint8).ravel()).tobytes()


def pack_bits(content: bytes) -> bytes:
    """PackBits of literals alone."""
    runs = (content[start : start + 128] for start in range(0, len(content), 128))
    return b"".join(bytes([len(run) - 1]) + run for run in runs)


def recoded(file: Path, encode, code: int) -> Path:
    """Compress the only strip of a TIFF."""
    with tifffile.TiffFile(file) as tiff:
        at, length = tiff.pages[0].dataoffsets[0], tiff.pages[0].databytecounts[0]
    content = file.read_bytes()
    packed = encode(content[at : at + length])
    file.write_bytes(content + packed)
    for tag, value in ((273, len(content)), (279, len(packed)), (259, code)):
        retagged(file, tag, value)
    return file


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("meaning", ["minisblack", "miniswhite", "rgb"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "f2", "f4", "f8"])
def test_what_pillow_decodes_is_never_another_value(
    tmp_path, rng, monkeypatch, dtype, meaning, order
):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    values = (rng.normal(size=(20, 30, 3)) * 50).astype(order + dtype)
    values = values if meaning == "rgb" else values[..., 0]
    file, plain = tmp_path / "a.tif", tmp_path / "plain.tif"
    for name in (file, plain):
        tifffile.imwrite(name, values, byteorder=order, photometric=meaning)
    if meaning == "miniswhite" and dtype[0] != "u":
        with pytest.raises(ReadError, match="counts from white"):
            read_image(recoded(file, lzw, 5))
        return
    expected = read_image(plain)
    np.testing.assert_array_equal(read_image(recoded(plain, pack_bits, 32773)), expected)
    kept = dtype == "u1" or (meaning == "minisblack" and (dtype == "u2" or order + dtype == "<f4"))
    if kept:
        np.testing.assert_array_equal(read_image(recoded(file, lzw, 5)), expected)
    else:
        with pytest.raises(ReadError, match=r"LZW with . channels.*pip install imagecodecs"):
            read_image(recoded(file, lzw, 5))


@pytest.mark.parametrize("compression", ["tiff_lzw", None])
@pytest.mark.parametrize("turn", range(1, 9))
def test_a_deep_picture_is_turned_upright(tmp_path, rng, turn, compression):
    values = rng.integers(0, 65536, (20, 30), dtype=np.uint16)
    options = {"compression": compression} if compression else {}
    Image.fromarray(values).save(tmp_path / "a.tif", tiffinfo={274: turn}, **options)
    exif = Image.Exif()
    exif[274] = turn
    turned = Image.fromarray(values)
    turned.getexif()[274] = turn
    expected = np.asarray(ImageOps.exif_transpose(turned))
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), expected / 65535)


@pytest.mark.parametrize(("compression", "name"), [("jpeg", "JPEG"), ("group4", "CCITT")])
def test_a_coding_that_nobody_can_check_is_refused_by_name(tmp_path, rng, compression, name):
    values = rng.integers(0, 256, (40, 50)) > 99
    picture = Image.fromarray(values) if compression == "group4" else Image.new("L", (50, 40))
    picture.save(tmp_path / "a.tif", compression=compression)
    with pytest.raises(ReadError, match=rf"compressed by {name}.*with deflate or LZW") as said:
        read_image(tmp_path / "a.tif")
    assert "damaged" not in str(said.value)


# What the tags say of the channels.


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("count", [2, 3, 4, 5])
@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_stains_are_no_colors(tmp_path, rng, dtype, count, planes):
    values = (rng.random((count, 20, 30)) * 255).astype(dtype)
    laid_out = values if planes == "separate" else np.moveaxis(values, 0, -1)
    tifffile.imwrite(tmp_path / "a.tif", laid_out, photometric="minisblack", planarconfig=planes)
    with pytest.raises(ReadError, match=rf"{count} channels.*no more of them than gray") as said:
        read_image(tmp_path / "a.tif")
    assert "damaged" not in str(said.value)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["unspecified"], "4 channels.*no more of them than red, green and blue"),
        (["assocalpha"], "multiplied by its alpha"),
        (["unassalpha", "unspecified"], "5 channels"),
    ],
)
def test_a_channel_of_no_meaning_is_no_alpha(tmp_path, rng, dtype, extra, words):
    values = rng.integers(0, 256, (20, 30, 3 + len(extra))).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", extrasamples=extra)
    with pytest.raises(ReadError, match=words):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("count", [2, 4])
def test_alpha_that_is_said_to_be_alpha_is_kept(tmp_path, rng, dtype, count):
    values = rng.integers(0, 256, (20, 30, count)).astype(dtype)
    meaning = {2: "minisblack", 4: "rgb"}[count]
    tifffile.imwrite(
        tmp_path / "a.tif",
        values,
        photometric=meaning,
        planarconfig="contig",
        extrasamples=["unassalpha"],
    )
    x = read_image(tmp_path / "a.tif")
    assert x.color.values[-1] == "alpha"
    np.testing.assert_array_equal(
        x.transpose("y", "x", "color"), values / np.iinfo(values.dtype).max
    )


@pytest.mark.parametrize("meaning", ["cielab", "separated", "ycbcr", "cfa", "logluv"])
def test_what_is_neither_gray_nor_rgb_is_refused_by_its_name(tmp_path, rng, meaning):
    values = rng.integers(0, 256, (20, 30, 4 if meaning == "separated" else 3), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb")
    retagged(tmp_path / "a.tif", 262, int(tifffile.PHOTOMETRIC[meaning.upper()]))
    with pytest.raises(ReadError, match=rf"neither gray nor RGB.*{meaning.upper()}\); convert it"):
        read_image(tmp_path / "a.tif")


def test_a_picture_that_does_not_say_what_it_stores_is_refused(tmp_path, rng):
    file = tmp_path / "a.tif"
    tifffile.imwrite(file, rng.integers(0, 256, (20, 30), dtype=np.uint8), byteorder="<")
    with tifffile.TiffFile(file) as tiff:
        place = tiff.pages[0].tags[262].offset
    content = bytearray(file.read_bytes())
    content[place : place + 2] = (65_000).to_bytes(2, "little")  # another tag, of no meaning
    file.write_bytes(content)
    with pytest.raises(ReadError, match="does not say whether it stores gray or RGB"):
        read_image(file)


@pytest.mark.parametrize("bits", [3, 12, 24])
def test_depths_without_a_type_are_refused(tmp_path, rng, bits):
    values = rng.integers(0, 8, (20, 32), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values)
    retagged(tmp_path / "a.tif", 258, bits)
    with pytest.raises(ReadError, match=f"values of {bits} bits"):
        read_image(tmp_path / "a.tif")


# Which pictures it holds.


@pytest.mark.parametrize("kind", ["imagej", "shaped", "metamorph"])
def test_a_stack_of_which_one_picture_is_listed_holds_all(tmp_path, rng, cut_off, kind):
    stack = rng.integers(0, 65536, (5, 40, 50), dtype=np.uint16)
    file = tmp_path / "a.tif"
    if kind == "imagej":  # as ImageJ writes beyond 4 GB: the first page says that none follows
        tifffile.imwrite(file, stack, imagej=True)
        content = bytearray(file.read_bytes())
        with tifffile.TiffFile(file) as tiff:
            page, order = tiff.pages[0], {">": "big", "<": "little"}[tiff.byteorder]
            entries = int.from_bytes(content[page.offset : page.offset + 2], order)
            following = page.offset + 2 + 12 * entries
        content[following : following + 4] = bytes(4)
        file.write_bytes(content)
    elif kind == "metamorph":  # one page for the first picture; UIC2Tag counts the planes
        day = 2_451_545
        planes = np.tile(np.array([1, 1, day, 0, day, 0], "<u4"), 5).tobytes()
        tags = [(33628, "I", 2, (0, 0), True), (33629, "2I", 5, planes, True)]
        tifffile.imwrite(file, stack.reshape(200, 50), extratags=tags, metadata=None)
        for code, value in ((257, 40), (278, 40), (279, 4000)):
            retagged(file, code, value)
        with tifffile.TiffFile(file) as tiff:
            count = tiff.pages[0].tags[33629].offset + 4
        content = bytearray(file.read_bytes())
        content[count : count + 4] = (5).to_bytes(4, "little")  # of planes, not of rationals
        file.write_bytes(content)
    else:
        tifffile.imwrite(file, stack, truncate=True)
    with pytest.raises(ReadError, match="holds 5 pictures; choose one with page=0 to 4"):
        read_image(file)
    for page, expected in enumerate(stack):
        np.testing.assert_array_equal(read_image(file, page=page), expected / 65535)
    with pytest.raises(ParameterError, match=r"no page=5 in .*holds 5"):
        read_image(file, page=5)
    with pytest.raises(ReadError, match="limit is 79,999"):
        read_image(file, page=2, max_bytes=79_999)
    for page in (None, 1):
        with pytest.raises(ReadError):
            read_image(cut_off(file, 0.8), page=page)


@pytest.mark.parametrize("compression", [8, 5])
def test_a_compressed_stack_of_which_one_picture_is_listed_is_refused(tmp_path, rng, compression):
    stack = rng.integers(0, 65536, (5, 40, 50), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", stack, truncate=True)
    with pytest.raises(ReadError, match="a stack of 5 pictures, and holds one"):
        read_image(retagged(tmp_path / "a.tif", 259, compression))


@pytest.mark.parametrize("kind", [{"imagej": True}, {}])
def test_one_picture_of_a_stack_is_read_when_it_is_asked_for(tmp_path, rng, kind):
    stack = rng.integers(0, 65536, (5, 40, 50), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "stack.tif", stack, **kind)
    with tifffile.TiffFile(tmp_path / "stack.tif") as tiff:
        described = tiff.pages[0].description  # as a program keeps it that cuts one picture out
    tifffile.imwrite(tmp_path / "a.tif", stack[3], description=described, metadata=None)
    with pytest.raises(ReadError, match=r"a stack of 5 pictures, and holds one.*page=0 reads"):
        read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif", page=0), stack[3] / 65535)
    crop = stack[3, :20, :30]
    tifffile.imwrite(tmp_path / "a.tif", crop, description=described, metadata=None)
    if not kind:  # another shape: nothing of the description holds
        np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), crop / 65535)


@pytest.mark.parametrize("kind", ["is_ome", "is_mmstack"])
def test_series_that_may_name_other_files_are_not_asked(tmp_path, monkeypatch, kind):
    def opens_other_files(tiff):
        raise AssertionError(tiff)

    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 5), np.uint8), imagej=True)
    monkeypatch.setattr(tifffile.TiffFile, kind, property(lambda _: True), raising=False)
    monkeypatch.setattr(tifffile.TiffFile, "series", property(opens_other_files))
    assert read_image(tmp_path / "a.tif").shape == (4, 5)


@pytest.mark.parametrize("shape", [(4, 20, 30, 3), (4, 3, 20, 30)])
def test_a_stack_of_colors_holds_all(tmp_path, rng, shape):
    stack = rng.integers(0, 256, shape, dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", stack, truncate=True, photometric="rgb")
    expected = stack if shape[1] == 3 else np.moveaxis(stack, -1, 1)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif", page=3), expected[3] / 255)


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
@pytest.mark.parametrize("share", [0.99, 0.9, 0.7, 0.5, 0.3])
def test_a_file_of_several_that_is_cut_off_is_not_a_file_of_fewer(
    tmp_path, rng, cut_off, compression, share
):
    pages = [Image.fromarray(rng.integers(0, 256, (40, 50), dtype=np.uint8)) for _ in range(4)]
    options = {"compression": compression} if compression else {}
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:], **options)
    assert read_image(tmp_path / "a.tif", page=3).shape == (40, 50)
    for page in (None, 3):
        with pytest.raises(ReadError):
            read_image(cut_off(tmp_path / "a.tif", share), page=page)


# What counts as missing.


@pytest.mark.parametrize(
    ("dtype", "mark", "text"),
    [
        ("f4", -9999, "-9999"),
        ("f4", np.finfo("f4").min, "-3.40282346638529e+38 "),  # as GDAL writes it, too short
        ("f8", np.finfo("f8").min, "-1.7976931348623157e+308"),
        ("i2", -32768, "-32768"),
        ("u1", 0, "0"),
        ("u2", 65535, "65535.0"),
        ("f4", np.nan, "nan"),
    ],
)
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_value_that_is_marked_as_missing_is_nan(tmp_path, dtype, mark, text, compression):
    values = np.array([[1, 2, 3], [4, 5, 6]], dtype=dtype)
    values[1, 0] = mark
    tags = [(42113, "s", 0, text, True)]
    tifffile.imwrite(tmp_path / "a.tif", values, compression=compression, extratags=tags)
    x = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(np.isnan(x), [[False, False, False], [True, False, False]])
    largest = np.iinfo(dtype).max if values.dtype.kind in "iu" else 1
    np.testing.assert_array_equal(x[0], values[0] / largest)


def test_a_mark_that_no_value_can_have_marks_nothing(tmp_path):
    values = np.arange(6, dtype=np.uint8).reshape(2, 3)
    for text in ("-9999", "1e30", "2.5", "nan", "inf"):
        tifffile.imwrite(tmp_path / "a.tif", values, extratags=[(42113, "s", 0, text, True)])
        np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), values / 255)


def test_a_mark_of_colors_leaves_alpha_alone(tmp_path):
    values = np.array([[[0, 9, 8, 0]]], dtype=np.uint8)
    tags = [(42113, "s", 0, "0", True)]
    options = {"photometric": "rgb", "extrasamples": ["unassalpha"]}
    tifffile.imwrite(tmp_path / "a.tif", values, extratags=tags, **options)
    x = read_image(tmp_path / "a.tif")[:, 0, 0]
    assert np.isnan(x.sel(color="red"))
    assert x.sel(color="alpha") == 0


def test_a_mark_that_cannot_be_applied_is_refused(tmp_path):
    values = np.arange(6, dtype=np.uint8).reshape(2, 3)
    tags = [(42113, "s", 0, "none", True)]
    tifffile.imwrite(tmp_path / "a.tif", values, extratags=tags)
    with pytest.raises(ReadError, match=r"marks the value 'none' as missing, which is no number"):
        read_image(tmp_path / "a.tif")
    tags = [(42113, "s", 0, "3", True)]
    tifffile.imwrite(tmp_path / "a.tif", values, extratags=tags, photometric="miniswhite")
    with pytest.raises(ReadError, match=r"marks a value as missing, '3'"):
        read_image(tmp_path / "a.tif")


# Whether all of it is there.

LAYOUTS = {"strips": {"rowsperstrip": 8}, "one strip": {}, "tiles": {"tile": (32, 32)}}
PARTS = {
    "a part shortened by half": (COUNTS, lambda counts, _: (*counts[:-1], counts[-1] // 2)),
    "a part of no length": (COUNTS, lambda counts, _: (*counts[:-1], 0)),
    "a part at no place": (OFFSETS, lambda places, _: (*places[:-1], 0)),
    "a part behind the end": (OFFSETS, lambda places, size: (*places[:-1], size - 3)),
}


@pytest.mark.parametrize("damage", PARTS)
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_part_that_is_missing_is_not_filled_with_zeros(
    tmp_path, rng, layout, compression, damage
):
    file = tmp_path / "a.tif"
    values = rng.integers(0, 256, (64, 80), dtype=np.uint8)
    tifffile.imwrite(file, values, compression=compression, **LAYOUTS[layout])
    codes, change = PARTS[damage]
    with tifffile.TiffFile(file) as tiff:
        tag = tiff.pages[0].tags[codes["tile" in layout]]
        found = tag.value
    retagged(file, tag.code, change(found, file.stat().st_size))
    with pytest.raises(ReadError, match="cut off or damaged"):
        read_image(file)


@pytest.mark.parametrize("height", [1, 31, 97, 640, 100_000])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("layout", ["strips", "tiles"])
def test_a_false_height_is_not_filled_with_zeros(tmp_path, rng, layout, compression, height):
    file = tmp_path / "a.tif"
    values = rng.integers(0, 256, (64, 80), dtype=np.uint8)
    tifffile.imwrite(file, values, compression=compression, **LAYOUTS[layout])
    with pytest.raises(ReadError, match="cut off or damaged"):
        read_image(retagged(file, 257, height))


@pytest.mark.parametrize("height", [1, 31, 62, 65])
def test_a_strip_that_is_longer_or_shorter_than_its_rows_is_refused(tmp_path, rng, height):
    tifffile.imwrite(tmp_path / "a.tif", rng.integers(0, 256, (64, 80), dtype=np.uint8))
    with pytest.raises(ReadError, match="cut off or damaged"):
        read_image(retagged(tmp_path / "a.tif", 257, height))


def test_a_small_file_that_asks_for_much_is_refused_before_it_is_decoded(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((64, 64), "u1"), compression="zlib")
    retagged(tmp_path / "a.tif", 256, 60_000)
    retagged(tmp_path / "a.tif", 257, 60_000)
    with pytest.raises(ReadError, match=r"60000 by 60000, which its [\d,]+ bytes cannot hold"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("packing", [{"compression": "tiff_lzw"}, {}])
def test_a_large_picture_that_is_honest_is_not_called_damaged(tmp_path, monkeypatch, packing):
    file = tmp_path / "a.tif"
    Image.new("L", (500, 400)).save(file, **packing)
    with pytest.raises(
        ReadError, match=r"takes 1,600,000 bytes.*limit is 1,599,999.*Raise it"
    ) as said:
        read_image(file, max_bytes=1_599_999)
    assert "damaged" not in str(said.value)
    assert read_image(file, max_bytes=1_600_000).shape == (400, 500)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # Pillow's own limit, of 89 million
    if packing:
        with pytest.raises(ReadError, match=r"raise PIL\.Image\.MAX_IMAGE_PIXELS") as said:
            read_image(file)
        assert "damaged" not in str(said.value)
    else:
        assert read_image(file).shape == (400, 500)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "4 GB", True])
def test_the_limit_is_a_whole_number_of_bytes(tmp_path, wrong):
    Image.new("L", (5, 4)).save(tmp_path / "a.tif")
    with pytest.raises(ParameterError, match="max_bytes is"):
        read_image(tmp_path / "a.tif", max_bytes=wrong)
