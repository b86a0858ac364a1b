"""A baseline: what the errors were, so that a test can tell when they get worse.

It holds, for each axis, the errors of a few shifts and what each stage contributed to them. A later
run moves by the same shifts and is held against it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.aliasing.attribution import attribute
from invarsig.aliasing.prepared_axis import PreparedAxis, dims_along
from invarsig.aliasing.shifts import Shifts, shifts_along
from invarsig.errors import DimError, ParameterError, ReadError, UndecidableError
from invarsig.io.whole_file import write_whole
from invarsig.measures.equivariance import equivariance_error
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["Baseline", "BaselineAxis", "Regression", "baseline", "held_against"]

_FORMAT = 1
# Errors below this are rounding: -280 dB and -300 dB are the same.
_LEAST = 1e-12


@dataclass(frozen=True)
class BaselineAxis:
    """Errors along one axis.

    Parameters
    ----------
    dim, unit
        The axis, and the unit of its lengths.
    shifts
        By how much was moved, in that unit.
    errors
        Relative equivariance errors, one for each shift.
    stages
        The stages, as text.
    stage_errors
        For each stage the root mean square over shifts of its term of the error, relative to the
        output (`attribute`).
    """

    dim: str
    unit: str
    shifts: tuple[float, ...]
    errors: tuple[float, ...]
    stages: tuple[str, ...]
    stage_errors: tuple[float, ...]

    @property
    def worst(self) -> float:
        """The largest error, in dB."""
        return _decibel(max(self.errors))


@dataclass(frozen=True)
class Baseline:
    """What the errors of a pipeline on an input were.

    Parameters
    ----------
    pipeline
        The pipeline, as text.
    sha256
        Of the input's values: a baseline is for one input.
    axes
        One entry for each axis.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> before = iv.baseline(iv.Relu() >> iv.BlurPool(taps=5, stride={"x": 2}), x)
    >>> now = iv.held_against(iv.Relu() >> iv.BlurPool(taps=2, stride={"x": 2}), x, before)
    >>> now[0].worse, now[0].stage
    (True, 2)
    """

    pipeline: str
    sha256: str
    axes: tuple[BaselineAxis, ...]

    def to_json(self, path: str | Path) -> Path:
        """Write it to a file, whole or not at all.

        Raises
        ------
        WriteError
            If the file cannot be written.
        """
        content = {"format": _FORMAT, **asdict(self)}
        return write_whole(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def from_json(cls, path: str | Path) -> Baseline:
        """Read a baseline that `to_json` wrote.

        Raises
        ------
        ReadError
            If there is no such file, or it holds no baseline.
        """
        try:
            content: Any = json.loads(Path(path).read_text(encoding="utf-8"))
            known = content["format"]
            if known == _FORMAT:
                axes = tuple(map(_read_axis, content["axes"]))
                if not axes:
                    raise ValueError("it has no axes")
                return cls(content["pipeline"], content["sha256"], axes)
        except FileNotFoundError as error:
            raise ReadError(f"There is no baseline {path}; make it first.") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReadError(f"{path} holds no baseline: {error!r}.") from error
        raise ReadError(
            f"{path} has the format {known!r}; this release reads {_FORMAT}. Make the baseline "
            "anew."
        )


def _read_axis(content: Mapping[str, Any]) -> BaselineAxis:
    shifts, errors, sizes = (
        tuple(map(float, content[name])) for name in ("shifts", "errors", "stage_errors")
    )
    stages = tuple(map(str, content["stages"]))
    if len(shifts) != len(errors) or len(stages) != len(sizes) or not shifts:
        raise ValueError("its lists are not of the same lengths")
    return BaselineAxis(content["dim"], content["unit"], shifts, errors, stages, sizes)


@dataclass(frozen=True)
class Regression:
    """How an axis does against its baseline.

    Parameters
    ----------
    dim
        The axis.
    worse
        Whether some shift is worse than before by more than the tolerance.
    before, now
        In dB, at the shift that got worst.
    shift
        That shift, in the unit of the axis.
    stage
        The stage, counted from 1, whose term of the error grew most.
    sentence
        The same in words.
    """

    dim: str
    worse: bool
    before: float
    now: float
    shift: float
    stage: int
    sentence: str


def baseline(
    op: Operator,
    x: xr.DataArray,
    along: str | Sequence[str] | None = None,
    *,
    shifts: Shifts | None = None,
) -> Baseline:
    """Measure what a later run is to be held against.

    Along each axis the pipeline is measured as `diagnose` does it: where the axis is not periodic,
    on the input cropped, tapered and padded.

    Parameters
    ----------
    op, x, along, shifts
        As for `diagnose`.

    Returns
    -------
    Baseline

    Raises
    ------
    DimError
        If neither the input nor any stage has one of the dims.
    UndecidableError
        If an error is undefined: the output holds NaN, or has no energy.
    """
    require_operator(op)
    dims = dims_along(op, x, along)
    own = shifts_along(shifts, dims)
    prepared = (PreparedAxis.of(op, x, dim, own.get(dim)) for dim in dims)
    axes = tuple(_measured(each.periodic()) for each in prepared)
    return Baseline(str(op), _digest(x), axes)


def held_against(
    op: Operator, x: xr.DataArray, before: Baseline, *, tolerance: float = 0.5
) -> tuple[Regression, ...]:
    """Hold a pipeline against a baseline: is any axis worse by more than a tolerance, and where.

    Parameters
    ----------
    op, x
        The pipeline of today, and the input of the baseline.
    before
        The baseline. The same axes are moved along, by the same shifts.
    tolerance
        By how many dB an error may be larger than it was.

    Returns
    -------
    tuple of Regression
        One for each axis of the baseline.

    Raises
    ------
    ParameterError
        If the input is another one, or `tolerance` is negative.
    UndecidableError
        If an error is undefined: the output holds NaN, or has no energy.
    """
    if not (parameters.is_finite(tolerance) and tolerance >= 0):
        raise ParameterError(f"tolerance is {tolerance!r} dB; give a finite number of at least 0.")
    if _digest(x) != before.sha256:
        raise ParameterError(
            "The input is not the one that the baseline was measured on; make the baseline anew."
        )
    now = baseline(
        op, x, [axis.dim for axis in before.axes], shifts={a.dim: a.shifts for a in before.axes}
    )
    pairs = zip(before.axes, now.axes, strict=True)
    return tuple(_held(old, new, tolerance) for old, new in pairs)


def _measured(along: PreparedAxis) -> BaselineAxis:
    dim, moves = along.dim, along.moves
    errors = equivariance_error(along.op, along.x, moves).to_numpy()
    if not np.isfinite(errors).all():
        raise UndecidableError(
            f"Along {dim!r} the error is undefined: the output holds NaN, or has no energy. Look "
            "at the input."
        )
    stages = attribute(along.op, along.x, moves)
    sizes = np.sqrt((stages["error"].to_numpy() ** 2).mean(axis=0))
    lengths = [move.shifts[dim] for move in moves]
    return BaselineAxis(
        dim,
        along.axis.length_unit,
        tuple(map(float, lengths)),
        tuple(map(float, errors)),
        tuple(map(str, stages["operator"].to_numpy())),
        tuple(map(float, sizes)),
    )


def _held(old: BaselineAxis, new: BaselineAxis, tolerance: float) -> Regression:
    """Compare one axis, shift by shift; below the round-off all errors are alike."""
    if old.unit != new.unit:
        raise DimError(
            f"The axis {old.dim!r} is in {new.unit!r} and the baseline in {old.unit!r}; make the "
            "baseline anew."
        )
    before, now = (np.array([_decibel(e) for e in axis.errors]) for axis in (old, new))
    growth = now - before
    place = int(np.argmax(growth))
    worse = bool(growth[place] > tolerance)
    if old.stages and len(old.stages) == len(new.stages):
        grown = np.square(new.stage_errors) - np.square(old.stage_errors)
    else:
        grown = np.square(new.stage_errors)
    stage = int(np.argmax(grown)) + 1
    sentence = (
        f"Along {new.dim} at {new.shifts[place]:.4g} {new.unit} the error is {now[place]:.1f} dB, "
        f"and was {before[place]:.1f} dB: "
    )
    if worse:
        sentence += (
            f"worse by {growth[place]:.1f} dB, where {tolerance:g} dB are allowed. It comes from "
            f"stage {stage}, {new.stages[stage - 1]}"
        )
        changed = len(old.stages) == len(new.stages) and old.stages[stage - 1]
        different = changed and changed != new.stages[stage - 1]
        sentence += f", which was {changed}." if different else "."
    else:
        sentence += f"within {tolerance:g} dB."
    return Regression(
        new.dim, worse, float(before[place]), float(now[place]), new.shifts[place], stage, sentence
    )


def _decibel(error: float) -> float:
    return 20 * float(np.log10(max(error, _LEAST)))


def _digest(x: xr.DataArray) -> str:
    return hashlib.sha256(np.ascontiguousarray(x.to_numpy()).tobytes()).hexdigest()
