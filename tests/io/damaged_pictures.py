"""Read damaged pictures of some formats, and say as JSON what came of them, a line for each.

    python damaged_pictures.py COUNT FORMAT...

Run as a program of its own, so that the memory it took is its own.
"""

from __future__ import annotations

import collections
import json
import logging
import struct
import sys
import tempfile
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from invarsig.errors import InvarsigError
from invarsig.io import open_image, read_image

Damage = Callable[[bytearray, np.random.Generator], bytearray]


def noise(*shape: int, dtype: str = "u1") -> np.ndarray:
    """Half noise, half a ramp, so that what is compressed has long and short codes."""
    rng = np.random.default_rng(shape[0])
    values = rng.random(shape)
    values[: shape[0] // 2] = np.linspace(0, 1, shape[1]).reshape(-1, *[1] * (len(shape) - 2))
    largest = np.iinfo(dtype).max if np.dtype(dtype).kind in "iu" else 1
    return (values * largest).astype(dtype)


def _pillow(values: np.ndarray, kind: str, **options) -> bytes:
    stream = BytesIO()
    Image.fromarray(values).save(stream, kind, **options)
    return stream.getvalue()


def _tifffile(values: np.ndarray, **options) -> bytes:
    stream = BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def _pages(**options) -> bytes:
    stream = BytesIO()
    first, *others = (Image.fromarray(noise(20 + k, 30)) for k in range(3))
    first.save(stream, "TIFF", save_all=True, append_images=others, **options)
    return stream.getvalue()


def sources(kind: str) -> list[bytes]:
    """Honest files of a format, of every sort that is read."""
    gray, color, alpha = noise(40, 50), noise(40, 50, 3), noise(40, 50, 4)
    deep, film = noise(24, 20, dtype="u2"), [Image.fromarray(noise(8, 9)) for _ in range(2)]
    if kind == "PNG":
        few = Image.fromarray(color).quantize(16)
        palette, animated = BytesIO(), BytesIO()
        few.save(palette, "PNG", transparency=bytes([0, 128]))
        film[0].save(animated, "PNG", save_all=True, append_images=film[1:])
        return [
            *(_pillow(each, "PNG") for each in (gray, color, alpha, deep, gray > 99)),
            _pillow(gray, "PNG", transparency=7),
            _pillow(color, "PNG", transparency=(1, 2, 3)),
            palette.getvalue(),
            animated.getvalue(),
        ]
    if kind == "JPEG":
        exif = Image.Exif()
        exif[274] = 6
        return [
            _pillow(gray, "JPEG"),
            _pillow(color, "JPEG", exif=exif),
            _pillow(color, "JPEG", progressive=True),
            _pillow(color, "JPEG", quality=95, subsampling=0, restart_marker_blocks=4),
        ]
    return [
        _tifffile(gray, photometric="miniswhite"),
        _tifffile(color, photometric="rgb", tile=(16, 16)),
        _tifffile(deep, compression="zlib", predictor=True, rowsperstrip=5),
        _tifffile(noise(24, 20, dtype="f4"), extratags=[(42113, "s", 0, "0", True)]),
        _tifffile(alpha, photometric="rgb", extrasamples=["unassalpha"], bigtiff=True),
        _tifffile(np.stack([deep, deep, deep]), imagej=True),
        _tifffile(np.stack([deep, deep, deep]), truncate=True),
        _tifffile(np.moveaxis(color, -1, 0), photometric="rgb", planarconfig="separate"),
        _pillow(deep, "TIFF", compression="tiff_lzw"),
        _pillow(color, "TIFF", compression="packbits"),
        _pillow(color, "TIFF", compression="tiff_lzw", tiffinfo={274: 5}),
        _pages(),
        _pages(compression="tiff_lzw"),
    ]


# What happens to them.


def truncated(content: bytearray, rng: np.random.Generator) -> bytearray:
    return content[: rng.integers(1, len(content))]


def flipped(content: bytearray, rng: np.random.Generator) -> bytearray:
    for place in rng.integers(0, len(content), rng.integers(1, 9)):
        content[place] ^= 1 << rng.integers(8)
    return content


def flipped_in_front(content: bytearray, rng: np.random.Generator) -> bytearray:
    for place in rng.integers(0, min(300, len(content)), rng.integers(1, 9)):
        content[place] = rng.integers(256)
    return content


def spliced(content: bytearray, rng: np.random.Generator) -> bytearray:
    """Leave a stretch out, repeat it, or put it elsewhere."""
    start, end = np.sort(rng.integers(0, len(content), 2))
    stretch, place = content[start:end], rng.integers(0, len(content))
    if rng.random() < 0.5:
        del content[start:end]
        place = min(place, len(content))
    content[place:place] = stretch if rng.random() < 0.7 else b""
    return content


SIZES = (0, 1, 2, 3, 7, 8, 16, 255, 256, 4095, 30_000, 65_535, 2**31 - 1, 2**31, 2**32 - 1)


def _any_size(rng: np.random.Generator, largest: int) -> int:
    return int(rng.choice(SIZES)) % (largest + 1)


def wrong_size(content: bytearray, rng: np.random.Generator) -> bytearray:
    """Put a wrong size into a header, with a right sum where it has one."""
    if content.startswith(b"\x89PNG"):
        place = int(rng.choice([16, 20]))
        content[place : place + 4] = struct.pack(">I", _any_size(rng, 2**32 - 1))
        return with_right_sums(content, rng)
    if content.startswith(b"\xff\xd8"):
        at = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2")) + int(rng.choice([5, 7]))
        content[at : at + 2] = struct.pack(">H", _any_size(rng, 65_535))
        return content
    order, width = "<" if content[:2] == b"II" else ">", 4
    with tifffile.TiffFile(BytesIO(bytes(content))) as tiff:
        tags = [tag for page in tiff.pages for tag in page.tags]
    tag = tags[rng.integers(len(tags))]
    if rng.random() < 0.7:
        places = [tag.valueoffset + width * k for k in range(min(tag.count, 20))]
        place = int(rng.choice(places))
    else:
        place = tag.offset + int(rng.choice([0, 2, 4]))  # its code, type or count
    content[place : place + width] = struct.pack(f"{order}I", _any_size(rng, 2**32 - 1))
    return content


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place + 8 <= len(content):
        length = struct.unpack_from(">I", content, place)[0]
        yield bytes(content[place + 4 : place + 8]), bytes(content[place + 8 : place + 8 + length])
        place += 12 + length


def with_right_sums(content: bytearray, rng: np.random.Generator) -> bytearray:
    """Damage the chunks of a PNG with sums that fit; of others, flip bits."""
    if not content.startswith(b"\x89PNG"):
        return flipped(content, rng)
    out = bytearray(content[:8])
    for kind, body in _chunks(content):
        changed = bytearray(body)
        if changed and rng.random() < 0.3:
            changed = flipped(changed, rng)
        out += struct.pack(">I", len(changed)) + kind + changed
        out += struct.pack(">I", zlib.crc32(kind + changed))
    return out


DAMAGES: tuple[Damage, ...] = (
    truncated,
    flipped,
    flipped_in_front,
    spliced,
    wrong_size,
    with_right_sums,
)


def outcome(file: Path, page: int | None) -> np.ndarray | str:
    """The values, or the error; another outcome of opening the file is a foreign error."""
    found, opened = (outcome_of(reader, file, page) for reader in (read_image, open_image))
    alike = found == opened if isinstance(found, str) else np.array_equal(found, opened, True)
    return found if alike else f"foreign: read {found!r}, opened {opened!r}"


def outcome_of(reader: Callable, file: Path, page: int | None) -> np.ndarray | str:
    """The values, or the error: the package's own by its class, another with its text."""
    try:
        return reader(file, page=page).values
    except InvarsigError as error:
        return type(error).__name__
    except BaseException as error:  # noqa: BLE001 - a foreign one is what is looked for
        return f"foreign: {error!r}"


def survey(kind: str, count: int) -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    honest = sources(kind)
    counts, foreign, slowest, shortened = collections.Counter(), [], 0.0, []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a"
        whole = {}
        for number, content in enumerate(honest):
            file.write_bytes(content)
            whole[number] = {page: outcome(file, page) for page in (None, 0, 1)}
            assert any(isinstance(each, np.ndarray) for each in whole[number].values()), number
        for number in range(count):
            rng = np.random.default_rng([number, len(kind)])
            damage, source = DAMAGES[number % len(DAMAGES)], int(rng.integers(len(honest)))
            page = (None, None, 0, 1)[rng.integers(4)]
            file.write_bytes(damage(bytearray(honest[source]), rng))
            started = time.perf_counter()
            found = outcome(file, page)
            slowest = max(slowest, time.perf_counter() - started)
            if isinstance(found, np.ndarray):
                counts["read"] += 1
                expected = whole[source][page]
                if damage is truncated and not np.array_equal(found, expected, equal_nan=True):
                    shortened.append(number)
            else:
                counts[found if found.startswith("foreign") else "refused"] += 1
                foreign += [f"{number}: {found}"] if found.startswith("foreign") else []
    peak = peak_memory()
    said = {
        "read": counts["read"],
        "refused": counts["refused"],
        "foreign": foreign,
        "shortened": shortened,
        "slowest": slowest,
        "peak": peak,
    }
    sys.stdout.write(json.dumps(said) + "\n")


def peak_memory() -> int:
    """Largest memory of this program, in bytes; `ru_maxrss` begins with that of its parent."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("This kernel does not say how much memory a program has had.")


if __name__ == "__main__":
    for each in sys.argv[2:]:
        survey(each, int(sys.argv[1]))
