"""Change: whether the quantiles of a survey are worse than those of an earlier one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from invarsig.errors import ParameterError
from invarsig.parameters import finite
from invarsig.report.limits import ROUND_OFF
from invarsig.report.wording import error as size_in_words
from invarsig.report.wording import percent
from invarsig.survey.paired import pairs_of_surveys
from invarsig.survey.pairs import Pair
from invarsig.survey.quantiles import quantile
from invarsig.survey.results import PROBABILITIES, Survey
from invarsig.survey.work import OF_ITS_KIND

__all__ = ["Change", "compare_surveys", "pair_surveys"]


@dataclass(frozen=True)
class Change:
    """One quantile, of before and of now, over the files that both surveys have.

    Parameters
    ----------
    pipeline, dim
        Of which errors.
    probability
        Of the quantile; NaN for the files that have an error no more.
    worse
        Whether it is worse by more than the tolerance.
    before, now
        The quantile, relative error; of files without an error, how many there are.
    sentence
        The same in words.
    """

    pipeline: str
    dim: str
    probability: float
    worse: bool
    before: float
    now: float
    sentence: str


def compare_surveys(
    now: Survey,
    before: Survey,
    *,
    tolerance: float = 0.5,
    probabilities: Sequence[float] = PROBABILITIES,
) -> tuple[Change, ...]:
    """Compare the quantiles of two surveys over the files that both have, by their content.

    Both are over the very same files, so a difference is one of the pipelines, and not of chance.
    Errors are compared down to round-off.

    Parameters
    ----------
    now, before
        The surveys.
    tolerance
        By how many dB a quantile may be larger than it was.
    probabilities
        Of the quantiles.

    Returns
    -------
    tuple of Change
        For each pipeline and dim one for each quantile, and one for files that had an error that
        could be measured and have none now.

    Raises
    ------
    ParameterError
        If they have no file in common, or other pipelines or dims, their errors are relative to
        other norms, or the tolerance is negative.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import invarsig as iv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/1.npy", np.random.default_rng(1).standard_normal(96))
    ...     before, now = (
    ...         iv.survey({"pool": op}, folder, out=f"{folder}/{name}.zarr", workers=0)
    ...         for name, op in (
    ...             ("before", iv.BlurPool(taps=3, stride={"dim_0": 2})),
    ...             ("now", iv.MaxPool({"dim_0": 2})),
    ...         )
    ...     )
    ...     found = iv.compare_surveys(now, before)
    >>> found[0].worse
    True
    """
    finite(tolerance, "tolerance", " dB", least=0.0, wanted="a finite number of at least 0")
    _require_one_norm(now, before)
    found: list[Change] = []
    for name, old in _pairs(now.pipelines, before.pipelines):
        first, second = _by_content(before, old), _by_content(now, name)
        contents = sorted({each for each, _ in first} & {each for each, _ in second})
        if not contents:
            raise ParameterError(
                f"{str(now.path)!r} and {str(before.path)!r} have no file in common, by content; "
                "survey the files of the baseline."
            )
        for dim in before.dims:
            pairs = [
                (first[each, dim], second.get((each, dim), math.nan))
                for each in contents
                if (each, dim) in first
            ]
            if pairs:
                found += _changes(name, dim, np.array(pairs), tolerance, probabilities)
    return tuple(found)


def _require_one_norm(now: Survey, before: Survey) -> None:
    """Refuse surveys whose errors are relative to different things."""
    named = [each.asked.get("norm", "centered") for each in (now, before)]  # old ones do not say
    alone = [name.removeprefix(OF_ITS_KIND) or "centered" for name in named]
    if alone[0] != alone[1]:
        raise ParameterError(
            f"Errors of {str(now.path)!r} are by the norm {named[0]!r}, and those of "
            f"{str(before.path)!r} by {named[1]!r}; survey one of them anew, with norm= or --norm "
            "of the other."
        )


def pair_surveys(now: Survey, before: Survey) -> tuple[Pair, ...]:
    """Compare two surveys file by file, over the files that both have, by their content.

    On each file the change is ``20 log10(error now / error before)``, in dB.

    Parameters
    ----------
    now, before
        The surveys; their pipelines are paired as by `compare_surveys`.

    Returns
    -------
    tuple of Pair
        For each pipeline and dim one, with the ``median`` change over files, its ``interval`` of
        the bootstrap, on how many files it is ``better``, ``worse`` or ``alike``, the sign test
        (``chance``), the ``cost`` and a ``sentence``. None where no file has an error in both.

    Raises
    ------
    ParameterError
        If the surveys have other pipelines.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import invarsig as iv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for k in range(2):
    ...         values = np.random.default_rng(k).standard_normal(96)
    ...         np.save(f"{folder}/{k}.npy", values)
    ...     before, now = (
    ...         iv.survey({"pool": op}, folder, out=f"{folder}/{name}.zarr", workers=0)
    ...         for name, op in (
    ...             ("before", iv.BlurPool(taps=3, stride={"dim_0": 2})),
    ...             ("now", iv.Subsample({"dim_0": 2})),
    ...         )
    ...     )
    ...     (found,) = iv.pair_surveys(now, before)
    >>> found.files, found.worse, found.median > 0
    (2, 2, True)
    """
    names = [(old, name) for name, old in _pairs(now.pipelines, before.pipelines)]
    return tuple(pairs_of_surveys(before, now, names))


def _pairs(now: Sequence[str], before: Sequence[str]) -> list[tuple[str, str]]:
    """Pipelines of now with those of before: by their names, or each survey's only one."""
    if len(now) == len(before) == 1:
        return [(now[0], before[0])]
    missing = sorted(set(before) - set(now))
    if missing:
        raise ParameterError(
            f"The baseline has the pipeline {missing[0]!r}, and the survey has {', '.join(now)}; "
            "survey the same pipelines, under the same names."
        )
    return [(each, each) for each in before]


def _by_content(found: Survey, pipeline: str) -> dict[tuple[str, str], float]:
    """Worst error by content and dim; a file with an error in place of a result has dim ""."""
    table = found.table.isel(row=np.flatnonzero((found.table.pipeline == pipeline).to_numpy()))
    columns = (table[name].to_numpy().tolist() for name in ("sha256", "dim", "worst"))
    return {(content, dim): worst for content, dim, worst in zip(*columns, strict=True) if content}


def _changes(
    pipeline: str, dim: str, errors: np.ndarray, tolerance: float, probabilities: Sequence[float]
) -> list[Change]:
    """Quantiles over the files whose error is known in both, and the files that have none now."""
    known = np.isfinite(errors)
    lost, both = int((known[:, 0] & ~known[:, 1]).sum()), known.all(axis=1)
    found = []
    for each in probabilities if both.any() else ():
        before, now = (quantile(column, each).value for column in errors[both].T)
        apart = 20 * math.log10(max(now, ROUND_OFF) / max(before, ROUND_OFF))
        worse = apart > tolerance
        verdict = (
            f"worse by {apart:.1f} dB, where {tolerance:g} dB are allowed"
            if worse
            else f"within {tolerance:g} dB"
        )
        sentence = (
            f"{pipeline}, along {dim}: {percent(each)} of {int(both.sum())} files are off by "
            f"{size_in_words(now)} at most, and were by {size_in_words(before)}: {verdict}."
        )
        found.append(Change(pipeline, dim, each, worse, before, now, sentence))
    if lost:
        sentence = (
            f"{pipeline}, along {dim}: no error is known now of {lost} of {int(known[:, 0].sum())} "
            "files that had one."
        )
        missing = float((~known[:, 0]).sum()), float((~known[:, 1]).sum())
        found.append(Change(pipeline, dim, math.nan, True, *missing, sentence))
    return found
