"""Sphinx configuration. The tables of api.md are written from ``invarsig.__all__``."""

from __future__ import annotations

import importlib.metadata
import inspect
import os
import shutil
import sys
from pathlib import Path

import invarsig as iv

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "reference")]

import catalogue  # noqa: E402
import claims  # noqa: E402
import command_line  # noqa: E402
import schema  # noqa: E402

project = "invarsig"
author = "The invarsig developers"
copyright = f"2026, {author}"
release = version = importlib.metadata.version("invarsig")

extensions = [
    "matplotlib.sphinxext.plot_directive",
    "myst_nb",  # which reads Markdown as MyST-Parser does, and notebooks too
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
]
if os.environ.get("READTHEDOCS"):  # the only extension that needs the network
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "numpy": ("https://numpy.org/doc/stable/", None),
        "python": ("https://docs.python.org/3/", None),
        "scipy": ("https://docs.scipy.org/doc/scipy/", None),
        "xarray": ("https://docs.xarray.dev/en/stable/", None),
    }

exclude_patterns = [
    "_build",
    "notebooks/data",
    "_gallery.md",
    "reference/_*.md",
    "develop/benchmarks_table.md",
]
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"  # they are kept without outputs
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_merge_streams = True

autosummary_generate = ["reference/_names.md"]
autosummary_imported_members = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
plot_html_show_formats = False
plot_html_show_source_link = False

html_theme = "furo"
html_theme_options = {"top_of_page_buttons": []}
html_static_path = ["_static"]
html_css_files = ["catalogue.css"]
html_js_files = ["focusable.js"]
html_search_scorer = str(Path(__file__).parent / "_static" / "search_scores.js")
html_title = f"invarsig {release}"

HEADINGS = {
    "class": "Classes",
    "exception": "Exceptions",
    "function": "Functions",
    "module": "Modules",
    "value": "Values",
}


def _kind(value: object) -> str:
    if inspect.ismodule(value):
        return "module"
    if inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    return "function" if callable(value) else "value"


FAMILIES = (
    "accessors",
    "aliasing",
    "compose",
    "diagnosis",
    "errors",
    "io",
    "measures",
    "models",
    "operators",
    "report",
    "testing",
)


def _names_page() -> str:
    """One table for each kind of public name, then one for each family's other names."""
    kinds: dict[str, list[str]] = {kind: [] for kind in HEADINGS}
    top = {name for name in iv.__all__ if not name.startswith("_")}
    for name in sorted(top):
        kinds[_kind(getattr(iv, name))].append(name)
    sections = [_table(HEADINGS[kind], "invarsig", names) for kind, names in kinds.items() if names]
    for family in FAMILIES:
        module = getattr(iv, family)
        public = {name for name in module.__all__ if getattr(module, name).__doc__}
        others = sorted(name for name in public - top if callable(getattr(module, name)))
        if others:
            sections.append(_table(f"In iv.{family}", f"invarsig.{family}", others))
    return "\n\n".join(sections) + "\n"


def _table(heading: str, module: str, names: list[str]) -> str:
    """Write one table of names."""
    return "\n".join(
        [
            f"## {heading}",
            "",
            "```{eval-rst}",
            f".. currentmodule:: {module}",
            "",
            ".. autosummary::",
            "   :toctree: generated",
            "   :nosignatures:",
            "",
            *(f"   {name}" for name in names),
            "```",
        ]
    )


# Autosummary reads its pages from the disk, before Sphinx reads any.
for _page, _text in {
    "reference/_names.md": _names_page(),
    "reference/_catalogue.md": catalogue.page(),
    "reference/_command_line.md": command_line.page(),
    "reference/_json.md": command_line.keys_page(),
    "reference/_schema.md": schema.page(),
    "_gallery.md": claims.cards(),
    **{f"gallery/{name}.md": text for name, text in claims.gallery().items()},
}.items():
    (HERE / _page).parent.mkdir(exist_ok=True)
    (HERE / _page).write_text(_text, encoding="utf-8")

# Notebooks run in the folder where they lie, and read data/ of the repository.
NOTEBOOKS = HERE / "notebooks"
NOTEBOOKS.mkdir(exist_ok=True)
for _notebook in sorted((HERE.parent / "examples").glob("*.ipynb")):
    shutil.copyfile(_notebook, NOTEBOOKS / _notebook.name)
if not (NOTEBOOKS / "data").exists():
    (NOTEBOOKS / "data").symlink_to(HERE.parent / "data")
