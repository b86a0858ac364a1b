"""What a file holds is told by its content; its name may be anything, or have no ending."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.io
import soundfile
import xarray as xr
from PIL import Image, features
from typer.testing import CliRunner

from invarsig.cli import app
from invarsig.errors import ReadError
from invarsig.io import read_image
from invarsig.io.content import content_of

PICTURE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64), dtype=np.uint8))


def _hdf5(file: Path) -> None:
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(file, engine="h5netcdf")


def _by_pillow(kind: str):
    def write(file: Path) -> None:
        PICTURE.save(file, kind)

    return write


def _bytes(content: bytes):
    return lambda file: file.write_bytes(content + bytes(200))


# How such a file is written, what it is called, and what would help.
OTHERS = {
    "webp": (_by_pillow("WEBP"), "a WebP picture", "Pillow"),
    "gif": (_by_pillow("GIF"), "a GIF picture", "Pillow"),
    "bmp": (_by_pillow("BMP"), "a BMP picture", "Pillow"),
    "jp2": (_by_pillow("JPEG2000"), "a JPEG 2000 picture", "Pillow"),
    "npy": (lambda file: np.save(file, np.ones((4, 5))), "an array of NumPy", "iv.io.read_array"),
    "npz": (lambda file: np.savez(file, a=np.ones(4)), "a ZIP archive", "np.load"),
    "nc": (
        lambda file: xr.Dataset({"a": ("x", [1.0])}).to_netcdf(file, engine="scipy"),
        "netCDF",
        "iv.io.read_array",
    ),
    "h5.nc": (_hdf5, "HDF5, as netCDF is", "iv.io.read_array.*h5netcdf"),
    "mat": (lambda file: scipy.io.savemat(file, {"a": [1]}), "MATLAB's", "scipy.io.loadmat"),
    "heic": (_bytes(b"\0\0\0\x18ftypheic"), "a HEIF picture", "pillow-heif"),
    "exr": (_bytes(b"v/1\x01"), "an OpenEXR picture", "OpenEXR"),
    "fits": (_bytes(b"SIMPLE  =  T"), "FITS", "astropy"),
    "dcm": (_bytes(bytes(128) + b"DICM"), "DICOM", "pydicom"),
    "pdf": (_bytes(b"%PDF-1.7"), "a PDF document", "PNG"),
    "gz": (_bytes(b"\x1f\x8b\x08"), "compressed by gzip", "decompress"),
    "wav": (lambda file: soundfile.write(file, np.zeros(99), 8000), "a WAVE", "iv.read_audio"),
    "flac": (lambda file: soundfile.write(file, np.zeros(99), 8000), "a FLAC", "iv.read_audio"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_a_file_of_another_kind_is_named_and_helped(tmp_path, kind):
    write, name, helps = OTHERS[kind]
    if kind == "webp" and not features.check("webp"):
        pytest.skip("this Pillow writes no WebP")
    file = tmp_path / f"a.{kind}"
    write(file)
    file = file.rename(tmp_path / "called.png")
    with pytest.raises(ReadError, match=rf"is not a PNG, JPEG or TIFF.*is {name}.*{helps}") as said:
        read_image(file)
    assert "damaged" not in str(said.value)


@pytest.mark.parametrize("name", ["a.jfif", "a", "a.wav", "a.jpg.part"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_no_name_keeps_a_picture_from_being_read(tmp_path, name, kind):
    PICTURE.save(tmp_path / name, kind)
    assert content_of(tmp_path / name).kind == "picture"
    assert read_image(tmp_path / name).shape == (64, 64)


@pytest.fixture
def checked(tmp_path):
    """Run `invarsig check` with a pipeline that costs nothing."""
    (tmp_path / "own.py").write_text(
        "import invarsig as iv\n\ndef pool(x):\n    return iv.MaxPool(dict.fromkeys(x.dims, 2))\n"
    )

    def run(file: Path):
        own = f"{tmp_path / 'own.py'}:pool"
        return CliRunner().invoke(
            app, ["check", str(file), "--max-error", "-40", "--pipeline", own]
        )

    return run


@pytest.mark.parametrize("name", ["a.jfif", "a", "a.wav"])
def test_the_command_line_reads_a_picture_by_its_content(tmp_path, checked, name):
    PICTURE.save(tmp_path / name, "JPEG")
    shown = checked(tmp_path / name)
    assert "along y" in shown.output.lower(), shown.output


@pytest.mark.parametrize("kind", ["webp", "pdf"])
def test_the_command_line_names_what_it_does_not_read(tmp_path, checked, kind):
    write, name, _ = OTHERS[kind]
    file = tmp_path / f"a.{kind}"
    write(file)
    shown = checked(file)
    assert shown.exit_code == 2
    assert name in shown.output
    assert "sound" not in shown.output


def test_a_recording_called_as_a_picture_is_a_recording(tmp_path, checked):
    t = np.arange(8000) / 8000
    soundfile.write(tmp_path / "a.wav", np.sin(2 * np.pi * 440 * t), 8000)
    file = (tmp_path / "a.wav").rename(tmp_path / "a.png")
    assert content_of(file).kind == "recording"
    shown = checked(file)
    assert "along time" in shown.output.lower(), shown.output


def test_what_is_in_no_list_is_nothing(tmp_path):
    for content in (b"x", b"notes on a picture", bytes(300), b"\xff\xd8", b"RIFF"):
        (tmp_path / "a").write_bytes(content)
        assert content_of(tmp_path / "a") is None
