"""What does the lift save? All phases by polyphase recursion against one pass for each phase."""

from __future__ import annotations

import numpy as np
from benchmarks.convolution import paired, show

import invarsig as iv


def main() -> None:
    """Compare pipelines of total stride 8, 16 and 64 on a picture and a sound."""
    y, x = iv.Axis("y", size=128, period=128.0), iv.Axis("x", size=512, period=512.0)
    picture = iv.power_law_noise(y, x, exponent=1.0, rng=0)
    for strides in ((2, 4), (4, 4), (4, 4, 4)):
        stages = [iv.MaxPool(window={"x": s}) for s in strides]
        op = iv.Pipeline((iv.GaussianBank(sigma={"x": [1.0, 2.0]}), *stages))
        total = int(np.prod(strides))

        def shifting(op=op, total=total) -> list:
            return [op(iv.Translate(x=-k)(picture)) for k in range(total)]

        lifted = iv.lift(op, picture, "x")
        for k, phase in enumerate(shifting()):
            part = lifted.isel(x=slice(k, None, total))
            np.testing.assert_allclose(part.transpose(*phase.dims), phase, atol=1e-10)
        what = f"total stride {total}, lift against {total} shifts"
        show(what, paired(lambda op=op: iv.lift(op, picture, "x"), shifting, runs=5))


if __name__ == "__main__":
    main()
