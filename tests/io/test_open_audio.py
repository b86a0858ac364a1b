"""A recording that is opened gives by section what reading it whole gives, to the last bit."""

from __future__ import annotations

import pickle
import threading
import tracemalloc

import numpy as np
import pytest
import soundfile
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.axes import in_memory
from invarsig.errors import ParameterError, ReadError

RATE, COUNT = 16_000, 9000
FORMS = [
    ("a.wav", {"subtype": "PCM_16"}),
    ("b.wav", {"subtype": "DOUBLE"}),
    ("adpcm.wav", {"subtype": "IMA_ADPCM"}),
    ("a.aiff", {"subtype": "PCM_24"}),
    ("a.flac", {"subtype": "PCM_24"}),
    ("a.ogg", {}),
    ("opus.ogg", {"subtype": "OPUS"}),
    ("a.mp3", {}),
]
# xarray takes no slice backwards of which nothing is left, or that begins before the start.
cuts = st.builds(
    slice,
    st.none() | st.integers(-COUNT - 5, COUNT + 5),
    st.none() | st.integers(-COUNT - 5, COUNT + 5),
    st.none() | st.sampled_from([1, 2, 37]),
) | st.builds(slice, st.integers(COUNT // 2, COUNT), st.integers(0, COUNT // 3), st.just(-7))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("sounds"), np.random.default_rng(2)
    for channels in (1, 2):
        values = 0.1 * rng.standard_normal((COUNT, channels))
        for name, options in FORMS if channels == 1 else FORMS[:2] + FORMS[3:]:
            soundfile.write(folder / f"{channels}{name}", values, RATE, **options)
    return sorted(folder.iterdir())


def test_each_form_has_the_labels_and_the_samples_of_reading_it_whole(files):
    assert len(files) == 15
    for path in files:
        for options in ({}, {"mono": True, "dtype": "float32", "start": 0.1, "duration": 0.2}):
            whole, x = iv.read_audio(path, **options), iv.open_audio(path, **options)
            assert (x.dims, x.shape, x.dtype) == (whole.dims, whole.shape, whole.dtype)
            assert iv.axis_of(x, "time").start == iv.axis_of(whole, "time").start
            xr.testing.assert_identical(in_memory(x), whole)


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_any_sections_in_any_order_are_those_of_the_whole(files, data):
    path = data.draw(st.sampled_from(files))
    mono = data.draw(st.booleans())
    x, whole = iv.open_audio(path, mono=mono), iv.read_audio(path, mono=mono)
    for cut in data.draw(st.lists(cuts, min_size=1, max_size=4)):
        section, wanted = x.isel(time=cut).load(), whole.isel(time=cut)
        np.testing.assert_array_equal(section, wanted)
        np.testing.assert_array_equal(section["time"], wanted["time"])
    if "channel" in x.dims:
        np.testing.assert_array_equal(x.isel(channel=1, time=slice(99)), whole[1, :99])


def test_operators_take_what_is_opened(files):
    op = iv.BlurPool(taps=3, stride={"time": 2}) >> iv.Relu()
    for path in files[:3]:
        xr.testing.assert_identical(op(iv.open_audio(path)), op(iv.read_audio(path)))


def test_chunks_make_it_a_dask_array_that_can_be_sent(files):
    path = files[-1]
    x, whole = iv.open_audio(path, chunks={"time": 1000}), iv.read_audio(path)
    assert x.chunks is not None
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(x)).compute(), whole)
    assert x.data.name == iv.open_audio(path, chunks={"time": 1000}).data.name


def test_several_threads_read_it_at_once(files):
    for path in files:
        x, whole, found = iv.open_audio(path), iv.read_audio(path), {}

        def read(number, x=x, found=found):
            found[number] = x.isel(time=slice(950 * number, 950 * (number + 1))).load()

        threads = [threading.Thread(target=read, args=(number,)) for number in range(10)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        np.testing.assert_array_equal(xr.concat([found[k] for k in range(10)], "time"), whole)


def test_codings_that_cannot_be_sought_are_decoded_in_one_pass(files, monkeypatch):
    from invarsig.io import recording

    begun = []

    class Counted(recording.Decoder):
        def __init__(self, file):
            begun.append(file)
            super().__init__(file)

    monkeypatch.setattr(recording, "Decoder", Counted)
    (path,) = [each for each in files if each.name == "1a.mp3"]
    x = iv.open_audio(path)
    for start in range(0, 8000, 1000):
        x.isel(time=slice(start, start + 1000)).load()
    assert len(begun) == 1
    for start in (500, 0, 6000):
        x.isel(time=slice(start, start + 100)).load()
    assert len(begun) < 4


def test_a_section_takes_the_memory_of_a_section(tmp_path):
    path = tmp_path / "long.wav"
    with soundfile.SoundFile(path, "w", RATE, 1) as sound:
        for _ in range(100):
            sound.write(np.zeros(100_000, np.int16))
    iv.open_audio(path).isel(time=slice(10)).load()  # what is imported once
    tracemalloc.start()
    x = iv.open_audio(path)
    x.isel(time=slice(5_000_000, 5_100_000)).load()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert x.nbytes == 80_000_000
    assert peak < 4_000_000


def test_too_much_at_once_is_refused_and_says_what_to_do(files):
    x = iv.open_audio(files[0], max_bytes=8 * 1000)
    assert x.isel(time=slice(1000)).load().size == 1000
    with pytest.raises(ReadError, match="max_bytes=8,000"):
        x.load()


@pytest.mark.parametrize("name", [name for name, _ in FORMS])
def test_what_is_cut_off_is_refused_when_it_is_opened_or_its_end_is_read(files, tmp_path, name):
    (path,) = [each for each in files if each.name == f"1{name}"]
    content = path.read_bytes()
    for share in (0.4, 0.9, 1 - 1 / len(content)):
        part = tmp_path / name
        part.write_bytes(content[: int(share * len(content))])
        with pytest.raises(ReadError):
            iv.read_audio(part)
        with pytest.raises(ReadError):
            iv.open_audio(part).isel(time=slice(-10, None)).load()


def test_one_that_leaves_its_length_open_is_counted(tmp_path, files):
    (path,) = [each for each in files if each.name == "1a.flac"]
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    (tmp_path / "open.flac").write_bytes(content)
    whole, x = iv.read_audio(tmp_path / "open.flac"), iv.open_audio(tmp_path / "open.flac")
    assert x.sizes["time"] == COUNT
    np.testing.assert_array_equal(x, whole)


def test_sections_outside_and_other_types_are_refused(files):
    with pytest.raises(ParameterError, match="does not lie within"):
        iv.open_audio(files[0], start=5.0)
    with pytest.raises(ParameterError, match="float32"):
        iv.open_audio(files[0], dtype="int16")
    with pytest.raises(ReadError, match="no file"):
        iv.open_audio(files[0].parent / "none.wav")


def test_a_file_that_changed_since_is_not_read(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(1000), RATE)
    x = iv.open_audio(path)
    soundfile.write(path, np.zeros(2000), RATE)
    with pytest.raises(ReadError, match="has changed since"):
        x.isel(time=slice(5)).load()
    path.unlink()
    with pytest.raises(ReadError, match="cannot be reached"):
        x.isel(time=slice(5)).load()
