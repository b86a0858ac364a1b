"""Causes of an error over several sections of a signal: shares add up as energies do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial, reduce

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.causes import CauseProtocol
from invarsig.aliasing.readings import causes_over_all_stages
from invarsig.diagnosis.energies import Energies, Moments, relative_sizes
from invarsig.diagnosis.given import Given
from invarsig.diagnosis.side_by_side import Part, Progress, side_by_side
from invarsig.errors import BorderError

__all__ = ["causes_as_one", "causes_of_sections"]


def causes_of_sections(
    given: Given, move: Translate, protocol: CauseProtocol, tell: Progress
) -> xr.Dataset:
    """`causes_over_all_stages` of the sections that are measured of a long signal, as one.

    Parameters
    ----------
    given
        The pipeline, and the signal; where it has no sections, the part at hand is measured.
    move, protocol
        The move, and how its error is measured.
    tell
        Progress, 0 to 1.
    """
    if not given.sampled:
        found = _with_energy(given.run, move, protocol, tell, given.cut)
        assert found is not None
        return found[0]

    def on(number: int) -> tuple[xr.Dataset, Energies] | None:
        run = given.run_on_part(number)
        return None if run is None else _with_energy(run, move, protocol, None, given.cut)

    parts = [Part("the causes", partial(on, number)) for number in given.sampled]
    # One after the other: of each, results of all stages are held.
    several = side_by_side(parts, 1, tell)
    told = [each for each in several if each is not None]
    others = (number for number in range(len(given.sections or ())) if number not in given.sampled)
    while not told:  # None of the sample has an inside, but some section has.
        told = [each for each in [on(next(others))] if each is not None]
    return causes_as_one(told)


def _with_energy(
    run: AsGiven, move: Translate, protocol: CauseProtocol, tell: Progress | None, cut: str
) -> tuple[xr.Dataset, Energies] | None:
    """Causes, and the energies of the error; None where nothing is compared."""
    try:
        region = run.region(move) if protocol == "interior" else None
    except BorderError:
        return None
    found = causes_over_all_stages(run, move, protocol, region, tell)
    total = float(found["total"]) if math.isfinite(found["total"]) else 0.0
    compared = Moments.of(run.y.isel(region or {}), run.norm, move.required, cut)
    return found, Energies.of([total], [compared])


def causes_as_one(found: Sequence[tuple[xr.Dataset, Energies]]) -> xr.Dataset:
    r"""Causes of one error from those of sections, and the energies of each one's error.

    .. math:: s = \frac{\sum_i s_i \lVert d_i \rVert^2}{\sum_i \lVert d_i \rVert^2}

    with a share ``s`` and the difference ``d`` of a section. A
    section whose shares are not known (its error is rounding, say) adds nothing to them; where
    none is known the first says why.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> one = iv.causes(iv.MaxPool({"x": 4}), x, iv.Translate(x=1.0))
    >>> energies = Energies.of([float(one.total)], [Moments.of(x)])
    >>> two = causes_as_one([(one, energies), (one, energies)])
    >>> bool(abs(two.share - one.share).max() < 1e-12)
    True
    """
    told = [(each, energies) for each, energies in found if not each.attrs["unknown"]]
    if not told:
        return found[0][0]
    first = told[0][0]
    weights = np.array([float(energies.gap[0]) for _, energies in told])
    whole = reduce(lambda one, other: one + other, (energies for _, energies in found))

    def mean(name: str) -> np.ndarray:
        values = np.stack([each[name].to_numpy() for each, _ in told])
        weight = weights.reshape(-1, *(1,) * (values.ndim - 1))
        known = np.isfinite(values)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(known, values * weight, 0).sum(0) / (known * weight).sum(0))

    orders = mean("share_by_order")
    of_cause = orders.sum(axis=2)
    contributed = sum(each["size"] ** 2 * float(energies.around[0]) for each, energies in told)
    return first.assign(
        share=(first["share"].dims, mean("share")),
        share_by_order=(first["share_by_order"].dims, orders),
        uncertainty=(first["share"].dims, np.abs(orders[0] - orders[1]) / 2),
        share_of_cause=("cause", mean("share_of_cause")),
        uncertainty_of_cause=("cause", np.abs(of_cause[0] - of_cause[1]) / 2),
        size=np.sqrt(contributed / float(whole.around[0])),
        total=float(relative_sizes(whole)[0]),
    )
