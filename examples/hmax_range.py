"""How far may a picture move before a complex cell notices? The eight bands of HMAX."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"
OUT = Path(__file__).parent / "output"

photo = iv.read_image(DATA / "images" / "camera.png")
shifts = np.arange(1.0, 17.0)
moves = [iv.Translate(x=shift) for shift in shifts]

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
ranges = []
for band in range(1, 9):
    error = iv.invariance_error(iv.models.complex_cells(band), photo, moves).values
    # The shift at which what has changed is half of what the cells have to say.
    ranges.append(float(np.interp(0.5, error, shifts)))
    print(f"band {band}: half of the response has changed after {ranges[-1]:.1f} px")
    left.plot(shifts, error, color=plt.colormaps["viridis"](band / 9), label=f"band {band}")

left.axhline(0.5, color="gray", linewidth=0.8, linestyle="dotted")
left.set(xlabel="shift in px", ylabel="invariance error of C1", ylim=(0, 1.1))
left.legend(fontsize="small", ncols=2)
windows = [6 + 2 * band for band in range(1, 9)]
right.plot(windows, ranges, "o-", color="black")
right.set(xlabel="window of the pool in px", ylabel="range in px (error of 0.5)", ylim=(0, None))

OUT.mkdir(exist_ok=True)
figure.savefig(OUT / "hmax_range.png", dpi=120)
print("Wrote", OUT / "hmax_range.png")
