"""The map of a classifier's answers: which class comes first at each shift, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from invarsig.errors import DimError, DtypeError, ParameterError
from invarsig.report.colours import ROLES
from invarsig.report.drawing import tick
from invarsig.report.wording import shortened
from invarsig.suggestions import did_you_mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_answers", "worst_picture"]

# Light enough for dark numbers: the answer without a shift, others by their number, all further
# ones, and none.
_KEPT, _REST, _NONE = "#d4e4f1", "#d3d5d9", "#ffffff"
_OTHERS = ("#f2b98a", "#a9d8c3", "#e2b3d3", "#e6d58c", "#b9b4e6")

# More cells than this in a row leave no room for numbers, and more ticks none for labels.
_CELLS, _TICKS = 13, 11


def plot_answers(
    found: xr.Dataset,
    picture: str | int | None = None,
    ax: Axes | None = None,
    *,
    names: Sequence[str] | Mapping[int, str] | None = None,
) -> Axes:
    """Draw the map of one picture's answers over the grid of shifts.

    Each cell is a shift: its color is the class that comes first there, its number the probability
    of that class in per cent. The cell without a shift has a frame.

    Parameters
    ----------
    found
        What `invarsig.measures.answers` gave, along one dim or two.
    picture
        The picture, by its name or number; by default the one whose answer is least consistent.
    ax
        Axes to draw on; by default those of a figure of their own.
    names
        What classes are called, by their index.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DtypeError
        If it is not such a Dataset.
    DimError
        If the grid has more than two dims.
    ParameterError
        If there is no such picture.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("y", size=16), iv.Axis("x", size=16), channels=3, rng=1)
    >>> op = iv.MaxPool({"y": 4, "x": 4}) >> iv.GlobalPool(("y", "x"), "mean")
    >>> found = iv.measures.answers(op, [x], shifts=2)
    >>> iv.report.plot_answers(found).get_xlabel()
    'shift along x, sample'
    """
    from matplotlib.text import Text

    own, name = _chosen(found, picture)
    down, right = _two_dims(own)
    entries = _entries(own)
    axes = _axes(ax)
    _cells(axes, own, entries)
    _places(axes, own, down, right)
    rows = _legend(axes, entries, [each.said(names or {}, own["first"].size) for each in entries])
    axes.set_title(
        f"{shortened(name, 24)}: first class at each shift, probability in %",
        loc="left", pad=8 + 18 * rows, fontsize=11, fontweight="bold",
    )  # fmt: skip
    for text in axes.findobj(Text):
        text.set_parse_math(False)  # Names of pictures and classes are no formulas.
    return axes


def worst_picture(found: xr.Dataset) -> int:
    """Number of the picture whose answer is least consistent; one without answers comes last."""
    consistency = found["consistency"].to_numpy()
    return int(np.argmin(np.where(np.isnan(consistency), np.inf, consistency)))


def _chosen(found: xr.Dataset, picture: str | int | None) -> tuple[xr.Dataset, str]:
    if not {"first", "confidence"} <= set(getattr(found, "data_vars", ())):
        raise DtypeError(
            f"plot_answers draws what iv.measures.answers gives, not {type(found).__name__}."
        )
    names = [str(each) for each in found["picture"].to_numpy()]
    if picture is None:
        picture = worst_picture(found)
    if isinstance(picture, str):
        if picture not in names:
            raise ParameterError(
                f"There is no picture {picture!r}; there are {', '.join(names)}."
                f"{did_you_mean(picture, names)}"
            )
        picture = names.index(picture)
    if not -len(names) <= picture < len(names):
        raise ParameterError(f"picture={picture} is not one of {len(names)}, which count from 0.")
    return found.isel(picture=picture), names[picture]


def _two_dims(own: xr.Dataset) -> tuple[str | None, str]:
    """The dims that go down and to the right."""
    dims = [str(dim) for dim in own["first"].dims]
    if len(dims) > 2:
        raise DimError(f"A map has two dims, and this grid has {dims}; select one of the others.")
    return (dims[0] if len(dims) == 2 else None), dims[-1]


@dataclass(frozen=True)
class _Entry:
    """One class of the map: how often it comes first, and its color."""

    which: float
    count: int
    color: str

    def there(self, first: np.ndarray) -> np.ndarray:
        """Where it comes first."""
        return np.asarray(np.isnan(first) if np.isnan(self.which) else first == self.which)

    def said(self, names: Sequence[str] | Mapping[int, str], of: int) -> str:
        """Its name and its share, for the legend."""
        if np.isnan(self.which):
            return f"no answer ({self.count} of {of})"
        number = int(self.which)
        known = number in names if isinstance(names, Mapping) else number < len(names)
        name = shortened(str(names[number]), 24) if known else f"class {number}"
        return f"{name} ({self.count} of {of})"


def _entries(own: xr.Dataset) -> list[_Entry]:
    """The class that comes first without a shift, the others by their number, and no answer."""
    first = own["first"].to_numpy()
    unmoved = float(first[tuple(size // 2 for size in first.shape)])
    classes, counts = np.unique(first[~np.isnan(first)], return_counts=True)
    by_count = sorted(zip(classes.tolist(), counts.tolist(), strict=True), key=lambda one: -one[1])
    others = [one for one in by_count if one[0] != unmoved]
    colors = [*_OTHERS, *[_REST] * len(others)]
    found = [_Entry(which, count, _KEPT) for which, count in by_count if which == unmoved]
    found += [_Entry(*one, color) for one, color in zip(others, colors, strict=False)]
    if gone := int(np.isnan(first).sum()):
        found.append(_Entry(np.nan, gone, _NONE))
    return found


def _axes(ax: Axes | None) -> Axes:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    if ax is not None and not isinstance(ax, Axes):
        raise ParameterError(f"ax is {ax!r}; give matplotlib axes, or nothing for new ones.")
    return Figure(figsize=(6.4, 6.4), layout="constrained").add_subplot() if ax is None else ax


def _cells(axes: Axes, own: xr.Dataset, entries: Sequence[_Entry]) -> None:
    """The color of each shift, its number, and a frame around the cell without a shift."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Rectangle

    first = np.atleast_2d(own["first"].to_numpy())
    sure = np.atleast_2d(own["confidence"].to_numpy())
    colors = np.ones((*first.shape, 3))
    for each in entries:
        colors[each.there(first)] = to_rgb(each.color)
    axes.imshow(colors, aspect="equal", interpolation="nearest")
    middle = [size // 2 for size in first.shape]
    axes.add_patch(
        Rectangle(
            (middle[1] - 0.5, middle[0] - 0.5), 1, 1, fill=False, linewidth=2.5,
            edgecolor=ROLES["ink"], zorder=3,
        )
    )  # fmt: skip
    if max(first.shape) > _CELLS:
        return
    for (row, column), value in np.ndenumerate(sure):
        said = "–" if np.isnan(value) else f"{100 * value:.0f}"
        axes.text(column, row, said, ha="center", va="center", fontsize=9, color=ROLES["ink"])


def _places(axes: Axes, own: xr.Dataset, down: str | None, right: str) -> None:
    """Shifts along both axes, in their unit."""
    for which, dim in ((axes.xaxis, right), (axes.yaxis, down)):
        if dim is None:
            which.set_visible(False)
            continue
        places = own[dim].to_numpy()
        every = -(-len(places) // _TICKS)
        start = (len(places) // 2) % every  # so that 0 has a label
        which.set_ticks(range(start, len(places), every), map(tick, places[start::every].tolist()))
        which.set_label_text(f"{own[dim].attrs['long_name']}, {own[dim].attrs['units']}")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _legend(axes: Axes, entries: Sequence[_Entry], said: Sequence[str]) -> int:
    """The classes with their colors above the map, further ones in one entry; its rows."""
    from matplotlib.patches import Patch

    shown = [
        (each.color, text) for each, text in zip(entries, said, strict=True) if each.color != _REST
    ]
    if rest := [each.count for each in entries if each.color == _REST]:
        shown.append((_REST, f"{len(rest)} other classes ({sum(rest)})"))
    axes.legend(
        [Patch(facecolor=color, edgecolor=ROLES["line"]) for color, _ in shown],
        [text for _, text in shown], loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2,
        frameon=False, fontsize=10, handlelength=1.2, columnspacing=1.2, borderaxespad=0.3,
    )  # fmt: skip
    return -(-len(shown) // 2)
