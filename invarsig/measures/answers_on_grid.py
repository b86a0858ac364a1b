"""Whether a classifier keeps its answer when a picture is moved by a pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import require_labels, require_values
from invarsig.errors import DimError, ParameterError
from invarsig.measures.answers_dataset import answers_dataset
from invarsig.measures.class_scores import Scale, class_scores, probabilities_of
from invarsig.measures.grid_counts import GridCounts
from invarsig.measures.shift_grid import Crop, ShiftGrid
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["answers"]

_TOP = 5


def answers(
    op: Operator,
    pictures: xr.DataArray | Iterable[xr.DataArray],
    *,
    shifts: int | Mapping[str, int] = 4,
    crop: Crop = "circular",
    size: int | Mapping[str, int] | None = None,
    over: str | None = None,
    top: int | None = None,
    of: Scale = "logits",
    truth: Sequence[int] | None = None,
    rng: int | np.random.Generator = 0,
    progress: Callable[[str, float], None] | None = None,
) -> xr.Dataset:
    """Measure on a grid of shifts whether a classifier keeps its answer, and where it flips.

    Each picture is moved by every ``(dy, dx)`` of whole samples up to `shifts`. With the first
    class ``c(d) = argmax f(x_d)``, its probability ``p``, and steps from ``d`` to a neighbor
    ``d'`` of the grid, one sample on:

    - ``consistency``: share of pairs with ``c(d) = c(d')``, over all pairs of shifts (Zhang);
    - ``top1_change``: share of steps with ``c(d') != c(d)`` (Azulay and Weiss);
    - ``topk_change``: share of steps after which ``c`` of one side is not among the first `top` of
      the other, over both directions;
    - ``mean_absolute_change``: mean of ``|p_c(d') - p_c(d)|`` over steps, ``c = c(d)`` (Azulay and
      Weiss);
    - ``jaggedness``: changes along a row or column of the grid, on average, as `jaggedness` counts
      them along a sweep;
    - ``flipped``: share of shifts with ``c(d) != c(0)``, and ``unstable``: whether there is any,
      the worst case over the grid; its mean is the share of pictures that some step changes;
    - ``worst_probability``: least ``p_c(0)(d)``.

    A perfect operator scores a consistency of 1, and 0 for everything that counts changes.

    *Blind to* accuracy without `truth`: a constant classifier is perfectly consistent, which
    ``chance`` tells, the share of pairs of different pictures with the same answer. A circular
    shift shows the seam where two ends of the picture meet, which no camera sees; a crop changes
    what is seen, so some changes of the answer are right.

    Parameters
    ----------
    op
        Operator whose output has a dim of classes, and none of the dims that move. A graph of
        `from_torch` is one, whatever it is made of.
    pictures
        Labeled arrays, of any sizes that `op` takes; or one array with the dim "picture".
    shifts
        Largest shift to either side, in samples: along y and x, or as a mapping from dims.
    crop
        "circular": the picture is rolled. "crop": windows are cut out of it, so that new content
        enters.
    size
        Size of the window in samples, around the middle of the picture; by default the largest.
    over
        The dim of classes; by default the only dim of the output.
    top
        How many classes count as the first ones in ``topk_change``; by default 5, or one less than
        there are classes.
    of
        What `op` gives: "logits", of which a softmax makes probabilities, or "probabilities".
    truth
        The right class of each picture, as an index: adds ``accuracy`` and ``worst_accuracy``.
    rng
        Where the resamples of the intervals are drawn from.
    progress
        Called with a text and the completed fraction, 0 to 1.

    Returns
    -------
    xarray.Dataset
        Over ("picture", "dy", "dx") the maps ``first`` (index of a class), ``confidence``,
        ``margin`` and ``kept`` (the probability of the class that comes first without a shift);
        over "picture" the numbers above and ``tied``, the share of shifts at which several classes
        share the highest score, where the first is the one with the lowest index. For each number
        its mean over the pictures, ``mean_...``, over "estimate" ("value", "low", "high"), with the
        ends of its 95 % bootstrap interval, NaN for fewer than 5 pictures, and the
        one-sided limit where all pictures are 0, or all 1; and ``chance``. A shift at
        which a score is NaN has no answer, and what is counted with it is NaN. Everything has
        ``units`` and ``long_name``.

    Raises
    ------
    DimError
        If the output has no dim of classes, several that may be it, or one that the picture is
        moved along.
    ParameterError
        If there is one class alone, no picture, `top` is not below the number of classes, a right
        class is none of them, or the values are not what `of` says.
    AxisError
        If a picture is too small for the windows or the shifts; it is named.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> board = np.add.outer(np.arange(8), np.arange(8)) % 2.0
    >>> x = iv.label(np.stack([1 - board, board]), "class", iv.Axis("y"), iv.Axis("x"))
    >>> strided = iv.Subsample({"y": 2, "x": 2}) >> iv.GlobalPool(("y", "x"), "mean")
    >>> found = iv.measures.answers(strided, [x], shifts=1)
    >>> found["first"].isel(picture=0).values.astype(int).tolist()
    [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    >>> float(found["top1_change"][0]), float(found["flipped"][0].round(3))
    (1.0, 0.444)

    References
    ----------
    Zhang (2019), arXiv:1904.11486, section 4. Azulay and Weiss (2019), Why do deep convolutional
    networks generalize so poorly to small image transformations?, JMLR 20 (184).
    """
    require_operator(op)
    parameters.one_of("of", of, Scale)
    grid = ShiftGrid.of(shifts, crop, size)
    named = _named(pictures)
    right = None if truth is None else _whole(truth, len(named))
    counted: list[GridCounts] = []
    for number, (name, x) in enumerate(named.items()):
        if progress is not None:
            progress(name, number / len(named))
        scores = class_scores(op, x, name, grid, over)
        if counted and scores.shape != counted[0].scores.shape:
            raise ParameterError(
                f"{op} gives {scores.shape[-1]} classes for the picture {name!r}, and "
                f"{counted[0].scores.shape[-1]} for {next(iter(named))!r}; give pictures of one "
                "size."
            )
        if right is not None and right[number] >= scores.shape[-1]:
            raise ParameterError(
                f"The right class of {name!r} is {right[number]}, and there are "
                f"{scores.shape[-1]} classes, counted from 0."
            )
        first_few = _first_few(top, scores.shape[-1])
        probable = probabilities_of(scores, of, op)
        counted.append(GridCounts(scores, probable, grid.middle, first_few))
    if progress is not None:
        progress("done", 1.0)
    found = answers_dataset(counted, right, grid, named, np.random.default_rng(rng))
    return found.assign_attrs(
        title="Answers of a classifier on a grid of shifts", pipeline=str(op), crop=crop,
        classes=counted[0].scores.shape[-1], top=counted[0].top, of=of,
    )  # fmt: skip


def _named(pictures: xr.DataArray | Iterable[xr.DataArray]) -> dict[str, xr.DataArray]:
    """Pictures by their names, of which each is used once."""
    if isinstance(pictures, xr.DataArray):
        if "picture" not in pictures.dims:
            raise DimError(
                f"One array of several pictures needs the dim 'picture', and this has "
                f"{tuple(pictures.dims)}; give a list for one picture: [x]."
            )
        labels = pictures["picture"].to_numpy() if "picture" in pictures.coords else None
        each = [
            one.drop_vars("picture", errors="ignore") for one in pictures.transpose("picture", ...)
        ]
        names = [f"picture {k + 1}" if labels is None else str(labels[k]) for k in range(len(each))]
    else:
        each = list(pictures)
        for one in each:
            require_labels(one, "answers")
        names = [
            f"picture {k + 1}" if one.name is None else str(one.name) for k, one in enumerate(each)
        ]
    if not each:
        raise ParameterError("There is no picture; give at least one.")
    found: dict[str, xr.DataArray] = {}
    for name, one in zip(names, each, strict=True):
        require_values(one, "answers")
        own, number = name, 2
        while own in found:
            own, number = f"{name} ({number})", number + 1
        found[own] = one
    return found


def _whole(truth: Sequence[int], count: int) -> list[int]:
    """The right classes, one for each picture."""
    given = [parameters.count(each, "A right class", least=0) for each in truth]
    if len(given) != count:
        raise ParameterError(f"truth has {len(given)} classes for {count} pictures; give one each.")
    return given


def _first_few(top: int | None, classes: int) -> int:
    if top is None:
        return min(_TOP, classes - 1)
    few = parameters.count(top, "top", " classes")
    if few >= classes:
        raise ParameterError(
            f"top={few} of {classes} classes are all of them, which no class leaves; give at most "
            f"{classes - 1}."
        )
    return few
