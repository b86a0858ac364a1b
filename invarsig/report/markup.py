"""Own markup: text is escaped here, and lengths are attributes, for the page allows no styles."""

from __future__ import annotations

from html import escape

from invarsig.report.wording import typeset

__all__ = ["attributes", "element", "prose", "term"]


def prose(text: str) -> str:
    r"""Untrusted text as markup, with its minus signs and units typeset.

    Examples
    --------
    >>> print(ascii(prose("<b> -3 %")))
    '&lt;b&gt; \u22123\xa0%'
    """
    return escape(typeset(text))


def element(name: str, inside: str, **given: str | float) -> str:
    """An element around markup; underscores of attributes are hyphens, a trailing one is dropped.

    Examples
    --------
    >>> element("p", "a", class_="b", data_l="c & d")
    '<p class="b" data-l="c &amp; d">a</p>'
    """
    return f"<{name}{attributes(**given)}>{inside}</{name}>"


def attributes(**given: str | float) -> str:
    """Attributes, their values escaped.

    Examples
    --------
    >>> attributes(width=1.5, aria_hidden="true")
    ' width="1.5" aria-hidden="true"'
    """
    found = []
    for name, value in given.items():
        text = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        found.append(f' {name.rstrip("_").replace("_", "-")}="{escape(text)}"')
    return "".join(found)


def term(key: str, text: str) -> str:
    """A word that the glossary explains: a button that opens its meaning.

    Parameters
    ----------
    key
        Of `invarsig.report.glossary`.
    text
        What stands there.

    Returns
    -------
    str
    """
    return element(
        "button", prose(text), type="button", class_="term", popovertarget=f"word-{key}",
        aria_label=f"{typeset(text)}: show meaning",
    )  # fmt: skip
