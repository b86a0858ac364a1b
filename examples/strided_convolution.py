"""Does a global mean at the end make a small network invariant, whatever happens before it?"""

from pathlib import Path

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

photo = iv.read_image(DATA / "images" / "camera.png").isel(y=slice(64, 192), x=slice(64, 192))
photo.x.attrs["period"] = photo.y.attrs["period"] = 128.0  # make it periodic

kernels = iv.models.random_kernels(photo, (8, 16, 32), rng=0)
stacks = {
    "strided convolutions": iv.models.cnn(kernels, downsampling="stride"),
    "max pools": iv.models.cnn(kernels, downsampling="max"),
    "blur pools": iv.models.cnn(kernels, downsampling="blur"),
    "no stride at all": iv.models.cnn(kernels, downsampling="stride", stride=1),
}
move = iv.Translate(x=1)
mean = iv.GlobalPool(("y", "x"), "mean")

for name, stack in stacks.items():
    before = float(iv.equivariance_error(stack, photo, move))
    after = float(iv.invariance_error(stack >> mean, photo, move))
    print(f"{name}: the map errs by {before:.2g}, the global mean changes by {after:.2g}")

shares = iv.attribute(stacks["max pools"] >> mean, photo, move)
for stage, share in enumerate(shares["share"].values):
    if abs(share) > 0.01:
        name = shares["operator"].values[stage]
        print(f"{share:.0%} of that with max pools is made by stage {stage + 1}, {name}")
