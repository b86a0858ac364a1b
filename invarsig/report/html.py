"""What every page shares: templates that escape, and a content security policy by hashes."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invarsig.report.wording import typeset

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment", "policy", "text_of"]

_FOLDER = Path(__file__).parent


def text_of(name: str) -> str:
    """Text of a file of this package."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def policy(style: str, script: str = "") -> str:
    """Content security policy: the one style and the one script by their hashes, nothing else."""
    scripts = f" script-src '{_hash(script)}';" if script else ""
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}';{scripts} base-uri 'none'; "
        "form-action 'none'"
    )


def environment(*folders: Path) -> Environment:
    """Templates of these folders and of this package; all text is escaped but our own drawings."""
    import jinja2
    from markupsafe import Markup

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, _FOLDER]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    def svg(drawing: Any) -> Markup:
        # Made by our own renderer, which escapes every text in it.
        return Markup(drawing.svg)

    def mark(cell: Any) -> Markup:
        # The scale is our own markup, made of a number.
        from invarsig.report.track import track

        return Markup("" if cell.error is None else track(cell.error))

    made.filters["svg"] = svg
    made.filters["mark"] = mark
    made.filters["typeset"] = typeset
    return made


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
