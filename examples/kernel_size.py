"""How far may a picture move under a kernel of a given size? And what does the kernel keep?"""

from pathlib import Path

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

photo = iv.read_image(DATA / "images" / "camera.png")
photo = photo - photo.mean("x")  # what is constant along x says nothing about shifts
photo.x.attrs["period"] = photo.y.attrs["period"] = 256.0  # make it periodic

shifts = [iv.Translate(x=float(d)) for d in range(1, 65)]

for sigma in (2.0, 4.0, 8.0):
    both = {"y": sigma, "x": sigma}
    kernels = {
        "Gaussian": iv.GaussianBank(both),
        "Laplacian of Gaussian": iv.LaplacianOfGaussian(both, normalized=True),
    }
    for name, kernel in kernels.items():
        error = iv.invariance_error(kernel, photo, shifts, norm="total")
        changed = error["length"].to_numpy()[error >= 1]  # by as much as its own norm
        far = f"{changed[0]:g} px" if changed.size else "more than 64 px"
        stride = kernel.safe_stride(photo, "x", db=-40)
        print(f"{name}, sigma {sigma:g} px: tolerates {far}; stride by at most {stride} px")
