"""Files to labeled arrays and back, and signals that need no file.

Libraries that decode files are imported inside the functions that need them, so importing this
package costs nothing.
"""

from __future__ import annotations

from invarsig.io.array import read_array
from invarsig.io.audio import read_audio
from invarsig.io.image import read_image
from invarsig.io.synthetic import chirp, clicks, grating, power_law_noise, zone_plate
from invarsig.io.whole_file import whole_file, write_whole

__all__ = [
    "chirp",
    "clicks",
    "grating",
    "power_law_noise",
    "read_array",
    "read_audio",
    "read_image",
    "whole_file",
    "write_whole",
    "zone_plate",
]
