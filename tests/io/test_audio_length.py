"""A recording has the length that it states, or it is refused with the true reason."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from invarsig.errors import ParameterError, ReadError
from invarsig.io import read_audio

RATE = 16_000
LENGTH = 8004


@pytest.fixture
def noise() -> np.ndarray:
    """Half a second of noise."""
    return 0.1 * np.random.default_rng(0).standard_normal(LENGTH)


@pytest.fixture
def stored(tmp_path: Path, noise: np.ndarray) -> Callable[..., Path]:
    """Write the noise, or other samples, in a container and a coding."""

    def store(container: str, subtype: str | None = None, samples: np.ndarray = noise) -> Path:
        file = tmp_path / f"noise.{container.lower()}"
        soundfile.write(file, samples, RATE, format=container, subtype=subtype)
        return file

    return store


def changed(file: Path, at: int, new: bytes) -> Path:
    """Write bytes over those of a file."""
    content = bytearray(file.read_bytes())
    content[at : at + len(new)] = new
    file.write_bytes(content)
    return file


def in_length_field(file: Path, tag: bytes, length: int, order: str = "<") -> Path:
    """Write another length of a chunk."""
    return changed(file, file.read_bytes().index(tag) + 4, struct.pack(f"{order}I", length))


READ = [
    *(("WAV", each) for each in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")),
    *(("WAV", each) for each in ("ULAW", "ALAW", "GSM610", "IMA_ADPCM", "MS_ADPCM")),
    *(("AIFF", each) for each in ("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW")),
    *(("WAVEX", "PCM_24"), ("RF64", "PCM_16"), ("FLAC", "PCM_16"), ("FLAC", "PCM_24")),
    *(("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")),
]


@pytest.mark.parametrize(("container", "subtype"), READ)
def test_whole_files_are_read_to_their_end_and_in_sections(stored, container, subtype):
    file = stored(container, subtype)
    whole = read_audio(file)
    np.testing.assert_allclose(whole, soundfile.read(file)[0][: whole.size], rtol=0, atol=1e-6)
    assert LENGTH <= whole.size <= LENGTH + 132
    last = read_audio(file, start=0.25)
    np.testing.assert_allclose(last, whole[RATE // 4 :], rtol=0, atol=1e-6)
    part = read_audio(file, start=0.125, duration=0.25)
    np.testing.assert_allclose(part, whole[RATE // 8 : 3 * RATE // 8], rtol=0, atol=1e-6)
    with pytest.raises(ParameterError, match="lasts"):
        read_audio(file, start=0.25, duration=1.0)


@pytest.mark.parametrize(("container", "subtype"), READ)
@pytest.mark.parametrize("lost", [1, 7, 700])
def test_cut_files_are_refused(stored, container, subtype, lost):
    file = stored(container, subtype)
    file.write_bytes(file.read_bytes()[:-lost])
    with pytest.raises(ReadError, match="cut off"):
        read_audio(file)


@pytest.mark.parametrize("coding", ["GSM610", "MS_ADPCM"])
def test_the_filling_of_the_last_block_is_no_part_of_the_recording(stored, noise, coding):
    assert read_audio(stored("WAV", coding, noise[:8003])).sizes["time"] == 8003


def test_a_wav_whose_length_has_wrapped_is_refused(stored):
    file = in_length_field(stored("WAV"), b"data", 1000)
    with pytest.raises(ReadError, match=r"last 15008 bytes, behind the 1000 bytes.*sox"):
        read_audio(file)


def test_a_wav_of_more_than_four_gibibytes_is_refused(stored, tmp_path):
    file = stored("WAV")
    with file.open("r+b") as content:
        content.truncate(2**32 + file.stat().st_size)  # as a hole: nothing is stored
    with pytest.raises(ReadError, match="longer than it states"):
        read_audio(file)


def test_a_wav_of_more_than_two_gibibytes_that_is_cut_off_is_refused(stored):
    file = in_length_field(stored("WAV"), b"data", 0x9000_0000)
    with pytest.raises(ReadError, match="cut off: its header states 2415919104 bytes"):
        read_audio(file)


@pytest.mark.parametrize("mark", [0xFFFF_FFFF, 0x7FFF_F000, 0x7FFF_EFFE])
def test_a_wav_of_open_length_is_read_to_its_end(stored, noise, mark):
    stereo = np.stack([noise, -noise, noise], axis=1)
    file = in_length_field(stored("WAV", samples=stereo), b"data", mark)
    assert read_audio(file).sizes == {"channel": 3, "time": LENGTH}


@pytest.mark.parametrize("stated", [LENGTH - 5000, LENGTH - 1, LENGTH + 1, LENGTH + 5000])
def test_an_aiff_that_states_another_number_of_samples_is_refused(stored, stated):
    file = stored("AIFF")
    at = file.read_bytes().index(b"COMM") + 10
    with pytest.raises(ReadError, match=f"states {stated} samples"):
        read_audio(changed(file, at, struct.pack(">I", stated)))


def test_an_aiff_whose_samples_are_stated_too_short_is_refused(stored):
    with pytest.raises(ReadError, match="longer than it states"):
        read_audio(in_length_field(stored("AIFF"), b"SSND", 1008, ">"))


@pytest.mark.parametrize("stated", [1, LENGTH - 1, LENGTH + 1, 2**36 - 1])
def test_a_flac_that_states_another_number_of_samples_is_refused(stored, stated):
    file = changed(stored("FLAC"), 22, struct.pack(">I", stated % 2**32))
    file = changed(file, 21, bytes([file.read_bytes()[21] & 0xF0 | stated >> 32]))
    with pytest.raises(ReadError, match=r"more follow|cut off|max_bytes"):
        read_audio(file)


def test_a_flac_of_unknown_length_is_read_to_its_end(stored, noise):
    file = changed(stored("FLAC"), 22, bytes(4))
    assert np.abs(read_audio(file).values - noise).max() < 2**-15
    assert read_audio(file, start=0.25, duration=0.125).sizes["time"] == RATE // 8
    with pytest.raises(ParameterError, match=r"lasts 0\.50025 s"):
        read_audio(file, start=5.0, duration=0.5)
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(ReadError, match="cut off"):
        read_audio(file)


@pytest.mark.parametrize("coding", ["VORBIS", "OPUS"])
def test_a_second_ogg_stream_is_named(stored, coding):
    file = stored("OGG", coding)
    content = bytearray(file.read_bytes())
    file.write_bytes(content + content)
    with pytest.raises(ReadError, match="second Ogg stream"):
        read_audio(file)


@pytest.mark.parametrize("coding", ["VORBIS", "OPUS"])
def test_an_ogg_with_a_damaged_page_is_refused(stored, coding, noise):
    file = stored("OGG", coding, np.tile(noise, 8))
    content = file.read_bytes()
    pages = [at for at in range(len(content)) if content.startswith(b"OggS\0", at)]
    for page in pages[2:]:
        changed(file, page + 60, bytes([content[page + 60] ^ 1]))
        with pytest.raises(ReadError, match="damaged"):
            read_audio(file)
        file.write_bytes(content)


@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        *((container, "PCM_16") for container in ("AU", "CAF", "W64", "NIST", "VOC", "MAT5")),
        *(("AIFF", coding) for coding in ("IMA_ADPCM", "GSM610", "DWVW_16")),
        *(("WAV", coding) for coding in ("G721_32", "NMS_ADPCM_16")),
    ],
)
def test_what_cannot_be_checked_is_refused_by_name(stored, container, subtype):
    file = stored(container, subtype)
    with soundfile.SoundFile(file) as sound:
        named = sound.format_info, sound.subtype_info
    with pytest.raises(ReadError, match=r"Convert it to WAV or FLAC") as caught:
        read_audio(file)
    assert all(each in str(caught.value) for each in named)
    assert "it is damaged" not in str(caught.value)


@pytest.mark.parametrize("name", ["noise.raw", "noise.mp3", "noise.txt", "noise"])
def test_the_ending_of_a_name_says_nothing(stored, tmp_path, name):
    file = stored("WAV")
    file.rename(tmp_path / name)
    assert read_audio(tmp_path / name).sizes["time"] == LENGTH


def test_ten_hours_in_a_small_file_are_refused_before_they_are_decoded(stored):
    # The number that a FLAC states is believed only to refuse it.
    file = changed(stored("FLAC"), 22, struct.pack(">I", 36_000 * RATE))
    with pytest.raises(ReadError, match=r"too long .* more than max_bytes=1,073,741,824"):
        read_audio(file)


@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG", "MP3"])
def test_the_bound_on_the_size_can_be_raised_and_met(stored, noise, container):
    file = stored(container, samples=np.stack([noise, noise], axis=1))
    size = 2 * LENGTH * 8
    assert read_audio(file, max_bytes=size).nbytes == size
    assert read_audio(file, max_bytes=size // 2, mono=True).nbytes == size // 2
    assert read_audio(file, max_bytes=size // 2, dtype="float32").nbytes == size // 2
    assert read_audio(file, max_bytes=1000, start=0.1, duration=0.003).nbytes == 768
    with pytest.raises(ReadError, match="more than max_bytes") as caught:
        read_audio(file, max_bytes=size - 1)
    assert "damaged" not in str(caught.value)
    with pytest.raises(ParameterError, match="more than max_bytes"):
        read_audio(file, max_bytes=size, rate=RATE + 1)


def test_the_bound_holds_where_the_length_is_unknown(stored):
    file = changed(stored("FLAC"), 22, bytes(4))
    assert read_audio(file, max_bytes=LENGTH * 8).sizes["time"] == LENGTH
    with pytest.raises(ReadError, match="more than max_bytes"):
        read_audio(file, max_bytes=LENGTH * 8 - 1)


@pytest.mark.parametrize("size", [LENGTH, LENGTH - 1])
@pytest.mark.parametrize(
    "chunk", [b"", b"LIST\x08\0\0\0INFOabcd", b"id3 \0\0\0\0", b"bext\3\0\0\0abc"]
)
def test_chunks_behind_the_samples_are_no_samples(stored, noise, size, chunk):
    file = stored("WAV", "PCM_U8", noise[:size])
    expected = read_audio(file)
    file.write_bytes(file.read_bytes() + chunk)
    np.testing.assert_array_equal(read_audio(file), expected)
    assert expected.size == size


def test_the_byte_that_makes_a_length_even_may_be_missing_at_the_end(stored, noise):
    file = stored("WAV", "PCM_U8", noise[: LENGTH - 1])
    content = file.read_bytes()
    assert content[-1] == 0
    file.write_bytes(content[:-1])
    assert read_audio(file).sizes["time"] == LENGTH - 1


@pytest.mark.parametrize(("container", "tag"), [("WAV", b"fmt "), ("AIFF", b"COMM")])
def test_a_second_description_is_refused(stored, container, tag):
    file = stored(container)
    content = file.read_bytes()
    at = content.index(tag)
    length = int.from_bytes(content[at + 4 : at + 8], "little" if container == "WAV" else "big")
    file.write_bytes(content + content[at : at + 8 + length])
    with pytest.raises(ReadError, match=f"two chunks {tag!r}"):
        read_audio(file)


def test_a_wav_of_nothing_but_chunks_is_soon_refused(stored):
    file = stored("WAV")
    file.write_bytes(file.read_bytes() + b"JUNK\0\0\0\0" * 100_000)
    with pytest.raises(ReadError, match="more than 10000 chunks"):
        read_audio(file)


def test_a_flac_is_read_behind_a_tag(stored):
    file = stored("FLAC")
    expected = read_audio(file)
    file.write_bytes(b"ID3\x04\0\0\0\0\x02\0" + bytes(256) + file.read_bytes())
    np.testing.assert_array_equal(read_audio(file), expected)


def test_the_samples_of_a_flac_are_counted_behind_its_tag_as_well(stored):
    file = changed(stored("FLAC"), 22, struct.pack(">I", LENGTH - 1))
    file.write_bytes(b"ID3\x04\0\0\0\0\x02\0" + bytes(256) + file.read_bytes())
    with pytest.raises(ReadError, match="more follow"):
        read_audio(file)


def test_what_memory_cannot_hold_is_refused_by_our_own_error(stored):
    file = changed(stored("FLAC"), 21, b"\xff" * 5)
    with pytest.raises(ReadError, match="no memory for the file"):
        read_audio(file, max_bytes=2**63)
