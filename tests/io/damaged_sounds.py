"""Read damaged recordings of some formats, and say as JSON what came of them, a line for each.

    python damaged_sounds.py COUNT FORMAT...

Run as a program of its own, so that the memory it took is its own.
"""

from __future__ import annotations

import collections
import json
import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile

from invarsig.errors import InvarsigError
from invarsig.io import open_audio, read_audio

Damage = Callable[[bytearray, np.random.Generator], bytearray]
RATE = 16_000
CODINGS = {
    "WAV": (
        *(("WAV", coding, 1) for coding in ("PCM_16", "PCM_U8", "GSM610", "IMA_ADPCM", "ULAW")),
        *(("WAV", "FLOAT", 2), ("WAVEX", "PCM_24", 3), ("RF64", "PCM_16", 2)),
    ),
    "AIFF": (("AIFF", "PCM_16", 2), ("AIFF", "PCM_24", 1), ("AIFF", "FLOAT", 1)),
    "FLAC": (("FLAC", "PCM_16", 1), ("FLAC", "PCM_24", 2)),
    "OGG": (("OGG", "VORBIS", 1), ("OGG", "VORBIS", 2), ("OGG", "OPUS", 1)),
    "MP3": (("MP3", "MPEG_LAYER_III", 1), ("MP3", "MPEG_LAYER_III", 2)),
}
# How much may be missing where nothing contradicts a wrong statement of where the sound ends: in an
# MP3 the size of the padding; in the last page of an Ogg, which here has at most a third of a
# second (OPUS: a second), the position with a sum that fits it; in a WAV's last block its fact.
SPARE = {"MPEG_LAYER_III": 3 * 1152, "VORBIS": 16_000 // 3, "OPUS": 16_000}
SPARE |= {"GSM610": 319, "IMA_ADPCM": 1016}


def sources(kind: str) -> list[bytes]:
    """Honest files of a format, in every coding that is read."""
    found = []
    for container, coding, channels in CODINGS[kind]:
        rng = np.random.default_rng(channels)
        # An Ogg has several pages.
        samples = 0.1 * rng.standard_normal((48_000 if kind == "OGG" else 12_000, channels))
        samples[4000:6000] = 0
        stream = BytesIO()
        soundfile.write(stream, samples, RATE, format=container, subtype=coding)
        found.append(stream.getvalue())
    if kind == "MP3":
        found.append(b"ID3\x04\0\0\0\0\x02\0" + bytes(256) + found[0] + b"TAG" + bytes(125))
    return found


# What happens to them.


def truncated(content: bytearray, rng: np.random.Generator) -> bytearray:
    return content[: rng.integers(1, len(content))]


def flipped(content: bytearray, rng: np.random.Generator) -> bytearray:
    for place in rng.integers(0, len(content), rng.integers(1, 9)):
        content[place] ^= 1 << rng.integers(8)
    return content


def flipped_in_front(content: bytearray, rng: np.random.Generator) -> bytearray:
    for place in rng.integers(0, min(120, len(content)), rng.integers(1, 4)):
        content[place] = rng.integers(256)
    return content


def spliced(content: bytearray, rng: np.random.Generator) -> bytearray:
    """Leave a stretch out, repeat it, put it elsewhere, or put zeros in its place."""
    start, end = (int(place) for place in np.sort(rng.integers(0, len(content), 2)))
    stretch, place = content[start:end], int(rng.integers(0, len(content)))
    what = rng.integers(4)
    if what == 0:
        content[start:end] = bytes(end - start)
    elif what == 1:
        del content[start:end]
    elif what == 2:
        content[place:place] = stretch
    else:
        del content[start:end]
        content[min(place, len(content)) : min(place, len(content))] = stretch
    return content


SIZES = (0, 1, 2, 3, 7, 8, 255, 1000, 4095, 30_000, 65_535, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1)


def with_wrong_size(content: bytearray, rng: np.random.Generator) -> bytearray:
    """Put a wrong size, count or place into a header; an Ogg page gets the sum that fits it."""
    size = int(rng.choice(SIZES))
    if content[:4] == b"fLaC":
        at, width, order = int(rng.choice([5, 8, 10, 22])), 4, "big"
    elif content[:4] == b"OggS":
        pages = [k for k in range(len(content)) if content.startswith(b"OggS\0", k)]
        at, order = int(rng.choice(pages)), "little"
        field = at + int(rng.choice([6, 10, 14, 18]))
        content[field : field + 4] = size.to_bytes(4, order)
        end = at + 27 + content[at + 26] + sum(content[at + 27 : at + 27 + content[at + 26]])
        content[at + 22 : at + 26] = bytes(4)
        content[at + 22 : at + 26] = ogg_sum(content[at:end]).to_bytes(4, order)
        return content
    elif content[:4] in (b"RIFF", b"RF64", b"FORM"):
        order = "big" if content[:4] == b"FORM" else "little"
        tags = (b"fmt ", b"data", b"ds64", b"fact", b"COMM", b"SSND")
        at = content.find(tags[rng.integers(len(tags))]) + int(rng.choice([4, 8, 10, 12, 16, 20]))
        width = int(rng.choice([2, 4]))
    else:
        tag = max(content.find(b"Xing"), content.find(b"Info"))
        at, width, order = tag + int(rng.choice([4, 8, 8, 8, 12, 141])), 4, "big"
        if content[:3] == b"ID3" and rng.random() < 0.3:
            at = 6
    content[at : at + width] = (size % 256**width).to_bytes(width, order)
    return content


def ogg_sum(page: bytes) -> int:
    """The sum of a page of Ogg (RFC 3533)."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return value


DAMAGES: tuple[Damage, ...] = (truncated, flipped, flipped_in_front, spliced, with_wrong_size)


def outcome(file: Path, **section: float) -> np.ndarray | str:
    """The samples, or the error; another outcome of opening the file is a foreign error."""
    found = outcome_of(read_audio, file, **section)
    opened = outcome_of(open_audio, file, **section)
    alike = found == opened if isinstance(found, str) else np.array_equal(found, opened, True)
    return found if alike else f"foreign: read {found!r}, opened {opened!r}"


def outcome_of(reader: Callable, file: Path, **section: float) -> np.ndarray | str:
    """The samples, or the error: the package's own by its class, another with its text."""
    try:
        return np.atleast_2d(reader(file, **section).values)
    except InvarsigError as error:
        return type(error).__name__
    except BaseException as error:  # noqa: BLE001 - a foreign one is what is looked for
        return f"foreign: {error!r}"


def is_wrong(found: np.ndarray, whole: np.ndarray, coding: tuple, damage: Damage) -> bool:
    """Whether less has come back than there was; where a sum or a cut says so, anything else."""
    summed = coding[0] in ("FLAC", "OGG") and damage is not with_wrong_size
    if damage is truncated or summed:
        return found.shape != whole.shape or not np.allclose(found, whole, rtol=0, atol=1e-6)
    return found.shape[-1] < whole.shape[-1] - SPARE.get(coding[1], 0)


def survey(kind: str, count: int) -> None:
    """Damage files of a format, read them, and print a line on it."""
    honest = sources(kind)
    counts, foreign, slowest, wrong = collections.Counter(), [], 0.0, []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a"
        whole = []
        for content in honest:
            file.write_bytes(content)
            whole.append(np.atleast_2d(read_audio(file).values))
        for number in range(count):
            rng = np.random.default_rng([number, len(kind)])
            damage, source = DAMAGES[number % len(DAMAGES)], int(rng.integers(len(honest)))
            file.write_bytes(damage(bytearray(honest[source]), rng))
            coding = CODINGS[kind][source % len(CODINGS[kind])]
            section = {"start": 0.1, "duration": 0.3} if rng.random() < 0.2 else {}
            expected = whole[source][:, 1600:6400] if section else whole[source]
            started = time.perf_counter()
            found = outcome(file, **section)
            slowest = max(slowest, time.perf_counter() - started)
            if isinstance(found, np.ndarray):
                counts["read"] += 1
                # A section is as long as its rate says, which nothing contradicts.
                if (damage is truncated or not section) and is_wrong(
                    found, expected, coding, damage
                ):
                    wrong.append([number, damage.__name__, source, *found.shape])
            else:
                counts["foreign" if found.startswith("foreign") else "refused"] += 1
                foreign += [f"{number}: {found}"] if found.startswith("foreign") else []
    said = {
        "read": counts["read"],
        "refused": counts["refused"],
        "foreign": foreign,
        "wrong": wrong,
        "slowest": slowest,
        "peak": peak_memory(),
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
