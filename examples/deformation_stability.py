"""Which features tolerate a small warp of time: scattering, or the Fourier modulus?"""

from pathlib import Path

import numpy as np
import xarray as xr

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"
SAMPLES, GRADIENTS = 2**14, [0.002, 0.005, 0.01, 0.02, 0.05]

note = iv.read_audio(DATA / "instruments" / "cello_055.flac", mono=True)
note = note.isel(time=slice(SAMPLES)) * np.hanning(SAMPLES)  # nothing at its ends
note.time.attrs.update(units="s", period=SAMPLES * iv.axis_of(note, "time").step)

warps = [iv.Warp({"time": 0.2}, gradient=gradient, rng=1) for gradient in GRADIENTS]
scattering = iv.Scattering("time", J=10, Q=8, oversampling=0)
high = iv.LogGaborBank("time", (2000.0,), bandwidth=1.0, part="real")


def change(features, x):
    """Relative change of features under each warp."""
    found = features(xr.concat([x, *(warp(x) for warp in warps)], dim="warp"))
    found = np.asarray(found).reshape(len(warps) + 1, -1)
    return np.linalg.norm(found[1:] - found[0], axis=1) / np.linalg.norm(found[0])


kinds = {
    "scattering": lambda x: scattering(x).transpose("warp", ...),
    "Fourier modulus": lambda x: np.abs(np.fft.rfft(x.transpose("warp", ...))),
}
parts = {"the whole note": note, "around 2 kHz": high(note).isel(band=0).reset_coords(drop=True)}
for part, x in parts.items():
    for name, features in kinds.items():
        found = change(features, x)
        slope = np.polyfit(np.log(GRADIENTS), np.log(found), 1)[0]
        print(f"{part}, {name}: slope {slope:.2f}, {found[2]:.3f} at a gradient of {GRADIENTS[2]}")
