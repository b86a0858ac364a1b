"""A backend of matplotlib that writes SVG for a page: no style attributes, colours by role.

matplotlib's own SVG backend writes ``style`` attributes, which a strict content security policy
forbids, random ids, and colours that fit one background. This one is written against the
documented `matplotlib.backend_bases.RendererBase` and needs no global setting: presentation
attributes, ids with the figure's own prefix, texts as texts, and each colour of `ROLES` as a CSS
variable with that colour as its fallback, so that a figure follows the page into the dark.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from invarsig.report.colours import ROLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.font_manager import FontProperties

__all__ = ["ROLES", "Renderer", "canvas", "drawn"]

_ROLE_OF = {value: name for name, value in ROLES.items()}

_FAMILY = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


def canvas(width: float, height: float) -> Figure:
    """Make an empty figure of so many units of the page, transparent, outside of pyplot.

    Parameters
    ----------
    width, height
        Size; texts are in the same units.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(width / 72, height / 72), dpi=72, facecolor="none", edgecolor="none")
    figure.set_layout_engine("none")
    FigureCanvasAgg(figure)
    return figure


def drawn(figure: Figure, prefix: str, alternative: str, pictures: list[tuple[Axes, str]]) -> str:
    """Draw a figure as an ``<svg>`` element.

    Parameters
    ----------
    figure
        Made by `canvas`.
    prefix
        Begins every id, so that figures on one page do not share any.
    alternative
        What the figure shows, in words.
    pictures
        Axes, each with the ``data:`` address of a picture that fills it.

    Returns
    -------
    str
    """
    for text in figure.findobj(Text):
        # Names of dims are no formulas, and the user's settings are not ours.
        text.set_usetex(False)
        text.set_parse_math(False)
    renderer = Renderer(figure.bbox.width, figure.bbox.height, prefix)
    for axes, address in pictures:
        renderer.picture(axes, address)
    figure.draw(renderer)
    return renderer.document(alternative)


class Renderer(RendererBase):
    """Writes what a figure draws as SVG elements.

    Parameters
    ----------
    width, height
        Size of the figure in units.
    prefix
        Begins every id.
    """

    width: float
    height: float
    prefix: str

    def __init__(self, width: float, height: float, prefix: str) -> None:
        super().__init__()
        self.width, self.height, self.prefix = width, height, prefix
        self._body: list[str] = []
        self._clips: dict[tuple[str, ...], str] = {}

    def document(self, alternative: str) -> str:
        """Give the whole element."""
        clips = "".join(
            f'<clipPath id="{name}"><rect x="{x}" y="{y}" width="{w}" height="{h}"/></clipPath>'
            for (x, y, w, h), name in self._clips.items()
        )
        definitions = f"<defs>{clips}</defs>" if clips else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" role="img" '
            f'viewBox="0 0 {_number(self.width)} {_number(self.height)}" '
            f'font-family="{_FAMILY}" aria-label="{escape(alternative)}">'
            f"{definitions}{''.join(self._body)}</svg>"
        )

    def picture(self, axes: Axes, address: str) -> None:
        """Fill axes with a picture."""
        box = axes.get_window_extent()
        x, y, w, h = self._box(box.x0, box.y0, box.width, box.height)
        self._body.append(
            f'<image x="{x}" y="{y}" width="{w}" height="{h}" preserveAspectRatio="none" '
            f'image-rendering="pixelated" href="{address}"/>'
        )

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Transform,
        rgbFace: Any = None,
    ) -> None:
        """Write a path with its fill and stroke."""
        flipped = transform + Affine2D().scale(1, -1).translate(0, self.height)
        data = _data(path.transformed(flipped))
        if not data:
            return
        alpha = gc.get_alpha() if gc.get_forced_alpha() else None
        parts = [f'd="{data}"', _paint("fill", rgbFace, alpha)]
        if gc.get_linewidth() > 0:
            parts.append(_paint("stroke", gc.get_rgb(), alpha))
            parts.append(f'stroke-width="{_number(gc.get_linewidth())}"')
            parts.append(f'stroke-linejoin="{gc.get_joinstyle()}"')
            if gc.get_capstyle() != "butt":
                cap = {"projecting": "square"}.get(gc.get_capstyle(), gc.get_capstyle())
                parts.append(f'stroke-linecap="{cap}"')
            dashes = gc.get_dashes()[1]
            if dashes is not None:
                lengths = " ".join(_number(float(dash)) for dash in np.asarray(dashes))
                parts.append(f'stroke-dasharray="{lengths}"')
        parts.append(self._clip(gc))
        self._body.append(f"<path {' '.join(part for part in parts if part)}/>")

    def draw_image(
        self, gc: GraphicsContextBase, x: float, y: float, im: Any, transform: Any = None
    ) -> None:
        """Refuse: pictures go through `picture`, with a palette."""
        raise NotImplementedError("pictures are placed by Renderer.picture")

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        """Write a line of text; its anchor follows its alignment, since fonts differ in width."""
        size = prop.get_size_in_points()
        long = self.get_text_width_height_descent(s, prop, False)[0]
        # The last label of an axis may stick out by a half: it is moved inside.
        if angle == 0:
            x = max(min(x, self.width - long - 1), 1.0)
        elif angle == 90:
            x, y = max(x, size), min(max(y, long + 1), self.height - 1)
        align = mtext.get_horizontalalignment() if mtext is not None else "left"
        part, anchor = {"center": (0.5, "middle"), "right": (1.0, "end")}.get(align, (0.0, ""))
        if part:
            along = part * long
            x += along * math.cos(math.radians(angle))
            y -= along * math.sin(math.radians(angle))
        place = f'x="{_number(x)}" y="{_number(y)}"'
        if angle:
            place += f' transform="rotate({_number(-angle)} {_number(x)} {_number(y)})"'
        if anchor:
            place += f' text-anchor="{anchor}"'
        weight = ' font-weight="600"' if prop.get_weight() in ("bold", "semibold", 600, 700) else ""
        paint = _paint("fill", gc.get_rgb(), None)
        self._body.append(
            f'<text {place} font-size="{_number(size)}"{weight} {paint}>{escape(s)}</text>'
        )

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Size of the figure."""
        return self.width, self.height

    def flipy(self) -> bool:
        """Texts come with y counted from the top."""
        return True

    def _box(self, x: float, y: float, w: float, h: float) -> tuple[str, ...]:
        return tuple(map(_number, (x, self.height - y - h, w, h)))

    def _clip(self, gc: GraphicsContextBase) -> str:
        rectangle = gc.get_clip_rectangle()
        if rectangle is None:
            return ""
        box = self._box(rectangle.x0, rectangle.y0, rectangle.width, rectangle.height)
        name = self._clips.setdefault(box, f"{self.prefix}-clip-{len(self._clips) + 1}")
        return f'clip-path="url(#{name})"'


def _paint(what: str, colour: Any, alpha: float | None) -> str:
    """Fill or stroke, by the role of the colour where it has one."""
    if colour is None:
        return f'{what}="none"'
    value = to_hex(colour)
    opacity = alpha if alpha is not None else (colour[3] if len(colour) == 4 else 1.0)
    if opacity == 0:
        return f'{what}="none"'
    role = _ROLE_OF.get(value)
    text = f'{what}="var(--{role}, {value})"' if role else f'{what}="{value}"'
    return text if opacity == 1 else f'{text} {what}-opacity="{_number(float(opacity))}"'


def _data(path: Path) -> str:
    """Path data of SVG."""
    letters = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
    parts = []
    for points, code in path.iter_segments(simplify=False, curves=True):
        if code == Path.CLOSEPOLY:
            parts.append("Z")
        elif code in letters and np.isfinite(points).all():
            parts.append(letters[code] + " ".join(map(_number, points)))
    return "".join(parts)


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
