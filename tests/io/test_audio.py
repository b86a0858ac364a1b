"""A recording comes back with its own samples and times, or not at all."""

from __future__ import annotations

import os
import struct
import sys
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st

from invarsig.axes import axis_of
from invarsig.errors import ParameterError, ReadError
from invarsig.io import read_audio

RATE = 16_000
rates = st.integers(8000, 50_000)


@pytest.fixture
def tone() -> np.ndarray:
    """Two seconds of 440 Hz that fade in and out."""
    times = np.arange(2 * RATE) / RATE
    return 0.5 * np.hanning(times.size) * np.sin(2 * np.pi * 440 * times)


@pytest.fixture
def stored(tmp_path: Path, tone: np.ndarray) -> Callable[..., Path]:
    """Write the tone, or other samples, under a name."""

    def store(name: str, samples: np.ndarray = tone, **options: str) -> Path:
        soundfile.write(tmp_path / name, samples, RATE, **options)
        return tmp_path / name

    return store


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_lossless_16_bit_recordings_come_back_within_half_a_step(stored, tone, suffix):
    x = read_audio(stored(f"tone{suffix}"))
    assert x.dims == ("time",)
    assert x.dtype == np.float64
    assert np.abs(x.values - tone).max() <= 1 / 2**15


@pytest.mark.parametrize("suffix", [".ogg", ".mp3"])
def test_lossy_recordings_come_back_close_and_in_place(stored, tone, suffix):
    x = read_audio(stored(f"tone{suffix}"))
    assert x.sizes["time"] == tone.size
    # The coders are not exact, but a lag of one sample would leave an error of 17 %.
    assert np.linalg.norm(x.values - tone) < 0.05 * np.linalg.norm(tone)


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_floating_point_recordings_are_kept_as_they_are_beyond_one_and_nan(stored, subtype):
    samples = np.array([0.0, 1.5, -2.25, np.nan, 0.1])
    x = read_audio(stored("loud.wav", samples, subtype=subtype))
    kept = samples.astype(np.float32) if subtype == "FLOAT" else samples
    np.testing.assert_array_equal(x.values, kept)


def test_the_samples_are_those_that_scipy_reads(data):
    soundfile_samples, rate = soundfile.read(data / "speech" / "goforward.flac", dtype="int16")
    x = read_audio(data / "speech" / "goforward.flac")
    np.testing.assert_array_equal(x.values, soundfile_samples / 2**15)
    assert rate == round(1 / axis_of(x, "time").step)


def test_time_is_in_seconds_from_the_rate_of_the_file(stored):
    axis = axis_of(read_audio(stored("tone.wav")), "time")
    assert (axis.start, axis.size, axis.unit) == (0.0, 2 * RATE, "s")
    assert axis.step == pytest.approx(1 / RATE, rel=1e-12)


def test_the_array_is_named_after_the_file_and_tells_no_folder(stored):
    x = read_audio(stored("tone.wav"))
    assert x.name == "tone"
    assert x.attrs == {"source": "tone.wav"}


def test_channels_are_kept_unless_they_are_mixed(stored, tone):
    stereo = stored("stereo.wav", np.stack([tone, -0.5 * tone], axis=1), subtype="DOUBLE")
    both = read_audio(stereo)
    assert both.dims == ("channel", "time")
    np.testing.assert_array_equal(both.values, [tone, -0.5 * tone])
    mixed = read_audio(stereo, mono=True)
    assert mixed.dims == ("time",)
    np.testing.assert_allclose(mixed.values, 0.25 * tone, rtol=0, atol=1e-15)


def test_single_precision_is_kept_through_mixing_and_resampling(stored, tone):
    stereo = stored("stereo.wav", np.stack([tone, tone], axis=1))
    assert read_audio(stereo, mono=True, rate=8000, dtype="float32").dtype == np.float32


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_a_section_keeps_the_time_of_the_recording(stored, suffix):
    file = stored(f"tone{suffix}")
    section = read_audio(file, start=0.5, duration=0.25)
    whole = read_audio(file)
    assert section.sizes["time"] == RATE // 4
    # The coders start afresh at the section: single precision is theirs.
    np.testing.assert_allclose(section.values, whole.values[8000:12000], rtol=0, atol=1e-6)
    np.testing.assert_allclose(section.time, whole.time[8000:12000], rtol=0, atol=1e-12)


def test_a_section_without_duration_runs_to_the_end(stored):
    assert read_audio(stored("tone.wav"), start=1.5).sizes["time"] == RATE // 2


@pytest.mark.parametrize("rate", [8000, 11_025, 44_100])
def test_resampling_keeps_a_tone_in_its_place(stored, rate):
    x = read_audio(stored("tone.wav", subtype="DOUBLE"), rate=rate)
    axis = axis_of(x, "time")
    assert axis.step == pytest.approx(1 / rate, rel=1e-12)
    assert axis.size == 2 * rate
    times = axis.positions()
    envelope = 0.5 - 0.5 * np.cos(2 * np.pi * times / ((2 * RATE - 1) / RATE))
    expected = 0.5 * envelope * np.sin(2 * np.pi * 440 * times)
    # soxr_hq promises 20 bits.
    assert np.abs(x.values - expected).max() < 2e-5


@given(own=rates, rate=rates, seconds=st.integers(1, 3))
@example(own=44_100, rate=48_000, seconds=1)
@example(own=11_025, rate=12_000, seconds=1)
@example(own=43_779, rate=16_000, seconds=1)
@settings(max_examples=30, deadline=None)
def test_whole_seconds_have_as_many_samples_as_hertz(own, rate, seconds):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "steps.wav"
        soundfile.write(file, np.zeros(own * seconds), own)
        assert read_audio(file, rate=rate).sizes["time"] == rate * seconds


@given(own=rates, rate=rates, size=st.integers(300, 3000))
@settings(max_examples=20, deadline=None)
def test_a_resampled_recording_has_all_samples_whose_time_lies_within_it(own, rate, size):
    samples = 0.1 * np.random.default_rng(size).standard_normal(size)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "short.wav"
        soundfile.write(file, samples, own, subtype="DOUBLE")
        x = read_audio(file, rate=rate)
        soundfile.write(file, np.pad(samples, (0, 100)), own, subtype="DOUBLE")
        longer = read_audio(file, rate=rate)
    assert Fraction(x.size - 1, rate) < Fraction(size, own) <= Fraction(x.size, rate)
    # The last ones are interpolated as well, and not set to zero.
    np.testing.assert_allclose(x, longer[: x.size], rtol=0, atol=1e-5)


def test_a_rate_that_leaves_no_sample_is_refused(stored):
    with pytest.raises(ParameterError, match=r"rate=0\.1 Hz a recording of 2 s has no sample"):
        read_audio(stored("tone.wav"), rate=0.1)


def test_resampling_removes_what_the_lower_rate_cannot_hold(stored):
    times = np.arange(2 * RATE) / RATE
    high = np.hanning(times.size) * np.sin(2 * np.pi * 6000 * times)
    x = read_audio(stored("high.wav", high, subtype="DOUBLE"), rate=8000)
    assert np.abs(x.values).max() < 1e-4


def test_the_rate_of_the_file_asked_for_changes_nothing(stored):
    file = stored("tone.wav")
    np.testing.assert_array_equal(read_audio(file, rate=RATE), read_audio(file))


@pytest.mark.parametrize("share", [0.999, 0.7, 0.3, 0.01])
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3", ".aiff"])
def test_a_recording_that_is_cut_off_is_refused(stored, cut_off, suffix, share):
    part = cut_off(stored(f"tone{suffix}"), share)
    with pytest.raises(ReadError, match=r"part of tone.*(cut off|damaged)"):
        read_audio(part)


@pytest.mark.parametrize("format", ["RF64", "WAVEX"])
def test_a_long_wav_that_is_cut_off_is_refused(stored, cut_off, format):
    file = stored("long.wav", format=format)
    assert read_audio(file).sizes["time"] == 2 * RATE
    with pytest.raises(ReadError, match="cut off: its header states 64000 bytes"):
        read_audio(cut_off(file, 0.5))


@pytest.mark.parametrize("name", ["digits/0_june.flac", "music/tabla_loop.flac"])
def test_a_real_recording_that_is_cut_off_is_refused(data, cut_off, name):
    with pytest.raises(ReadError, match="damaged, cut off"):
        read_audio(cut_off(data / name, 0.6))


def test_a_wav_written_into_a_pipe_is_read_to_its_end(stored):
    file = stored("piped.wav")
    content = bytearray(file.read_bytes())
    at = content.index(b"data")
    for unknown in (0xFFFFFFFF, 0x7FFFF000):
        content[at + 4 : at + 8] = struct.pack("<I", unknown)
        content[4:8] = struct.pack("<I", unknown)
        file.write_bytes(content)
        assert read_audio(file).sizes["time"] == 2 * RATE


def mp3_frames(content: bytes) -> list[bytes]:
    """Frames of an MP3 at 16 kHz (MPEG 2, layer III)."""
    rates = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    frames = []
    while content:
        length = 72 * rates[content[2] >> 4] * 1000 // RATE + (content[2] >> 1 & 1)
        frames.append(content[:length])
        content = content[length:]
    return frames


TAG = b"ID3\x04\0\0\0\0\x02\0" + bytes(256)


@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT"])
@pytest.mark.parametrize("lead", [b"", TAG, TAG + TAG], ids=["none", "one tag", "two tags"])
def test_an_mp3_that_does_not_count_its_frames_is_refused(stored, mode, lead):
    file = stored("tone.mp3", bitrate_mode=mode, compression_level=0.5)
    # libsndfile reads a sixth of some of these, and says nothing.
    file.write_bytes(lead + b"".join(mp3_frames(file.read_bytes())[1:]))
    for section in ({}, {"start": 1.5, "duration": 1.0}, {"start": 10.0, "duration": 1.0}):
        with pytest.raises(ReadError, match=r"does not state its number of frames.*ffmpeg"):
            read_audio(file, **section)


@pytest.mark.parametrize("lead", [TAG + bytes(500), bytes(100), b"and so on" * 50])
def test_an_mp3_that_does_not_begin_with_a_frame_is_refused(stored, lead):
    file = stored("tone.mp3")
    file.write_bytes(lead + file.read_bytes())
    with pytest.raises(ReadError, match="does not begin as"):
        read_audio(file)


def test_an_mp3_whose_header_leaves_out_the_count_is_refused(stored):
    file = stored("tone.mp3")
    content = bytearray(file.read_bytes())
    content[content.index(b"Xing") + 7] &= 0xFE
    file.write_bytes(content)
    with pytest.raises(ReadError, match="does not state its number of frames"):
        read_audio(file)


@pytest.mark.parametrize("off", [-40, -1, 1, 40])
def test_an_mp3_that_counts_other_frames_than_it_has_is_refused(stored, off):
    file = stored("tone.mp3")
    content = bytearray(file.read_bytes())
    at = content.index(b"Xing") + 8
    count = int.from_bytes(content[at : at + 4], "big")
    content[at : at + 4] = (count + off).to_bytes(4, "big")
    file.write_bytes(content)
    with pytest.raises(ReadError, match=rf"states {count + off} frames|cut off"):
        read_audio(file)


@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT", "AVERAGE"])
@pytest.mark.parametrize("tail", [b"", b"TAG" + bytes(125)])
def test_an_mp3_is_read_behind_and_before_its_tags(stored, tone, mode, tail):
    file = stored("tone.mp3", bitrate_mode=mode, compression_level=0.5)
    untagged = read_audio(file)
    file.write_bytes(TAG + TAG + file.read_bytes() + tail)
    np.testing.assert_array_equal(read_audio(file), untagged)
    assert untagged.sizes["time"] == tone.size


def test_libsndfile_is_named_as_the_cause(stored, cut_off):
    with pytest.raises(ReadError) as caught:
        read_audio(cut_off(stored("tone.flac"), 0.5))
    assert isinstance(caught.value.__cause__, soundfile.LibsndfileError)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3", ".raw", ".txt", ""])
def test_what_is_no_recording_is_refused(tmp_path, suffix):
    file = tmp_path / f"notes{suffix}"
    file.write_text("These are my notes, and no sound. " * 20)
    with pytest.raises(ReadError, match=r"notes.*cannot be decoded as sound"):
        read_audio(file)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0\0\0\x20ftypM4A " + bytes(100), "MPEG-4 .*ffmpeg"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(100), "Windows Media.*ffmpeg"),
        (b"\x1a\x45\xdf\xa3" + bytes(100), "Matroska or WebM.*ffmpeg"),
        (b"wvpk" + bytes(100), "WavPack.*ffmpeg"),
        (b"MThd" + bytes(100), "MIDI"),
        (b"\x93NUMPY\1\0v\0" + bytes(100), "iv.io.read_array"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "iv.io.read_array"),
        (b"CDF\x01" + bytes(100), "xarray.open_dataset"),
    ],
)
def test_what_is_not_read_is_named_with_what_reads_it(tmp_path, content, words):
    file = tmp_path / "call.wav"
    file.write_bytes(content)
    with pytest.raises(ReadError, match=rf"cannot be decoded as sound: .*{words}") as caught:
        read_audio(file)
    assert "damaged" not in str(caught.value)


def test_a_picture_is_no_recording(data):
    with pytest.raises(ReadError, match=r"camera\.png.*cannot be decoded as sound"):
        read_audio(data / "images" / "camera.png")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ReadError, match=r"no file.*absent\.wav") as caught:
        read_audio(tmp_path / "absent.wav")
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "empty.mp3").touch()
    with pytest.raises(ReadError, match=r"empty\.mp3.*0 bytes"):
        read_audio(tmp_path / "empty.mp3")


def test_a_recording_without_samples_is_refused(stored):
    with pytest.raises(ReadError, match="holds no samples"):
        read_audio(stored("silence.wav", np.zeros(0)))


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ReadError, match="is a folder"):
        read_audio(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(ReadError, match="not a regular file"):
        read_audio(tmp_path / "pipe.wav")


@pytest.mark.parametrize("path", ["a\0b.wav", "x" * 5000 + ".wav"])
def test_a_path_that_cannot_be_is_refused(path):
    with pytest.raises(ReadError, match="cannot be reached"):
        read_audio(path)


@pytest.mark.parametrize(
    "name", ['"><img src=x onerror=alert(1)>.wav', "line\nbreak.wav", "{0}%s.wav"]
)
def test_a_hostile_name_is_only_a_name(tmp_path, stored, name):
    name = name.replace("/", "")
    assert read_audio(stored(name)).attrs["source"] == name


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are not UTF-8")
def test_a_name_that_is_no_unicode_becomes_text(stored, tmp_path):
    file = tmp_path / os.fsdecode(b"Gl\xfcck.wav")
    stored("tone.wav").rename(file)
    x = read_audio(file)
    assert x.name == r"Gl\udcfcck"
    x.attrs["source"].encode("utf-8")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rate": 0}, "rate is 0 Hz"),
        ({"rate": float("nan")}, "rate is nan Hz"),
        ({"start": -1.0}, "start is -1 s"),
        ({"duration": 0.0}, "duration is 0 s"),
        ({"duration": 1e-6}, "less than one sample of 6.25e-05 s"),
        ({"start": 2.0}, "from 2 s to its end .* lasts 2 s"),
        ({"start": 1.0, "duration": 1.5}, "from 1 s to 2.5 s .* lasts 2 s"),
        ({"dtype": "int16"}, "dtype=int16"),
        ({"dtype": "loud"}, "dtype='loud'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_bounds(stored, options, words):
    with pytest.raises(ParameterError, match=words):
        read_audio(stored("tone.wav"), **options)
