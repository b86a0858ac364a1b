"""What a file holds, by its first bytes: its name says nothing for certain.

The formats that this package does not read are listed as well, so that an error can name the true
reason and the package that would help.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from invarsig.errors import ReadError
from invarsig.io.source import readable

__all__ = ["Content", "content_of"]


@dataclass(frozen=True)
class Content:
    """A format, and what to do with a file of it.

    Parameters
    ----------
    name
        What such a file is, with its article: "a WebP picture".
    kind
        What it holds.
    remedy
        How to get at it.
    """

    name: str
    kind: Literal["picture", "recording", "array", "document"]
    remedy: str

    @property
    def heard(self) -> bool:
        """Whether it is for `iv.read_audio`."""
        return self.remedy == _AS_SOUND


_AS_IMAGE = "read it with `iv.read_image`"
_AS_SOUND = "read it with `iv.read_audio`"
_PILLOW = "convert it to PNG, for instance with Pillow: Image.open(path).save('picture.png')"
_FFMPEG = "convert it to FLAC: `ffmpeg -i in out.flac`"
_LABEL = "and give it to `iv.label`"

PNG = Content("a PNG picture", "picture", _AS_IMAGE)
JPEG = Content("a JPEG picture", "picture", _AS_IMAGE)
TIFF = Content("a TIFF picture", "picture", _AS_IMAGE)

_AVIF = Content("an AVIF picture", "picture", _PILLOW)
_HEIF = Content("a HEIF picture", "picture", "convert it to PNG with the package pillow-heif")
_JPEG_2000 = Content("a JPEG 2000 picture", "picture", _PILLOW)
_JPEG_XL = Content("a JPEG XL picture", "picture", "convert it to PNG with the package imagecodecs")
_WAVE = Content("a WAVE recording", "recording", _AS_SOUND)
_NETCDF = Content(
    "netCDF", "array", "read it with `iv.io.read_array`, or open it with `xarray.open_dataset`"
)

# (place of the signature, signature, content); the first that fits counts.
_SIGNATURES: tuple[tuple[int, bytes, Content], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"II*\0", TIFF),
    (0, b"MM\0*", TIFF),
    (0, b"II+\0", TIFF),
    (0, b"MM\0+", TIFF),
    (8, b"WEBP", Content("a WebP picture", "picture", _PILLOW)),
    (0, b"GIF8", Content("a GIF picture", "picture", _PILLOW)),
    (0, b"BM", Content("a BMP picture", "picture", _PILLOW)),
    (0, b"8BPS", Content("a Photoshop picture", "picture", _PILLOW)),
    (4, b"ftypavif", _AVIF),
    (4, b"ftypavis", _AVIF),
    (4, b"ftyphei", _HEIF),
    (4, b"ftypmif1", _HEIF),
    (4, b"jP  \r\n\x87\n", _JPEG_2000),
    (0, b"\xffO\xffQ", _JPEG_2000),
    (4, b"JXL \r\n\x87\n", _JPEG_XL),
    (0, b"\xff\n", _JPEG_XL),
    (
        0,
        b"v/1\x01",
        Content("an OpenEXR picture", "picture", "convert it to TIFF with the package OpenEXR"),
    ),
    (0, b"SIMPLE  =", Content("FITS", "array", f"open it with the package astropy {_LABEL}")),
    (128, b"DICM", Content("DICOM", "array", f"open it with the package pydicom {_LABEL}")),
    (
        0,
        b"\x93NUMPY",
        Content("an array of NumPy", "array", f"read it with `iv.io.read_array` {_LABEL}"),
    ),
    (0, b"CDF\x01", _NETCDF),
    (0, b"CDF\x02", _NETCDF),
    (0, b"CDF\x05", _NETCDF),
    (
        0,
        b"\x89HDF\r\n\x1a\n",
        Content(
            "HDF5, as netCDF is",
            "array",
            "read it with `iv.io.read_array`; its package h5netcdf is in invarsig[io]",
        ),
    ),
    (0, b"MATLAB 5.0", Content("MATLAB's", "array", f"open it with `scipy.io.loadmat` {_LABEL}")),
    (
        0,
        b"PK\x03\x04",
        Content("a ZIP archive, as .npz is", "array", f"open it with `np.load` {_LABEL}, or unzip"),
    ),
    (0, b"\x1f\x8b", Content("compressed by gzip", "document", "decompress it first")),
    (0, b"%PDF", Content("a PDF document", "document", "export its picture as PNG")),
    (0, b"<svg", Content("an SVG drawing", "document", "export it as PNG")),
    (8, b"WAVE", _WAVE),
    (0, b"fLaC", Content("a FLAC recording", "recording", _AS_SOUND)),
    (0, b"OggS", Content("an Ogg recording", "recording", _AS_SOUND)),
    (8, b"AIFF", Content("an AIFF recording", "recording", _AS_SOUND)),
    (8, b"AIFC", Content("an AIFF-C recording", "recording", _AS_SOUND)),
    (0, b"caff", Content("a Core Audio recording", "recording", _AS_SOUND)),
    (0, b".snd", Content("an AU recording", "recording", _AS_SOUND)),
    (0, b"ID3", Content("an MP3 recording", "recording", _AS_SOUND)),
    (4, b"ftyp", Content("MPEG-4 (AAC or ALAC, as .m4a)", "recording", _FFMPEG)),
    (0, b"\x30\x26\xb2\x75", Content("Windows Media (.wma)", "recording", _FFMPEG)),
    (0, b"\x1a\x45\xdf\xa3", Content("Matroska or WebM", "recording", _FFMPEG)),
    (0, b"wvpk", Content("a WavPack recording", "recording", _FFMPEG)),
    (0, b"MAC ", Content("a Monkey's Audio recording", "recording", _FFMPEG)),
    (0, b"#!AMR", Content("an AMR recording", "recording", _FFMPEG)),
    (0, b"MThd", Content("MIDI, notes without sound", "document", "render it with a synthesizer")),
)
_LONGEST = max(place + len(signature) for place, signature, _ in _SIGNATURES)


def content_of(path: str | os.PathLike[str]) -> Content | None:
    r"""Return what a file holds, by its first bytes.

    Parameters
    ----------
    path
        Path of the file.

    Returns
    -------
    Content or None
        None where the first bytes are those of no format in the list.

    Raises
    ------
    ReadError
        If the file is missing, empty or not a regular file, or cannot be opened.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "called.wav"
    ...     _ = file.write_bytes(b"\x89PNG\r\n\x1a\n and so on")
    ...     content_of(file).name
    'a PNG picture'
    """
    file = readable(path)
    try:
        with file.open("rb") as stream:
            head = stream.read(_LONGEST)
    except OSError as error:
        raise ReadError(f"The file {str(file)!r} cannot be opened ({error}).") from error
    for place, signature, content in _SIGNATURES:
        if head[place : place + len(signature)] == signature:
            return content
    return None
