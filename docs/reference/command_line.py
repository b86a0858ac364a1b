"""The pages of the command line and of its documents, read from the app and what it declares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import typer

from invarsig.cli import app, documents
from invarsig.cli.exit_codes import MEANINGS


def commands() -> Iterator[tuple[str, Any]]:
    """Each command that can be run, by its name."""
    top = typer.main.get_command(app)
    for name, command in top.commands.items():
        yield name, command
        for inner, each in getattr(command, "commands", {}).items():
            yield f"{name} {inner}", each


def page() -> str:
    """The commands with their options and codes, in Markdown."""
    parts = ["## Commands", *(_command(name, each) for name, each in commands())]
    parts += ["## Exit codes", _table(("code", "what it stands for"), _codes())]
    return "\n\n".join(parts) + "\n"


def keys_page() -> str:
    """The keys of the documents, in Markdown."""
    parts = ["## The document", _keys(documents.Document)]
    for name, kinds in documents.RESULTS.items():
        parts.append(f"## Results of {name}")
        parts += [_keys(kind) for kind in kinds]
    parts.append("## Parts of them")
    parts += [_keys(kind) for kind in _parts()]
    return "\n\n".join(parts) + "\n"


def _codes() -> list[tuple[str, ...]]:
    return [(str(code), meaning) for code, meaning in MEANINGS.items()]


def _command(name: str, command: Any) -> str:
    codes, example = re.fullmatch(
        r"Exit codes: (.*)\.\n\nExample: (.*)", command.epilog, re.DOTALL
    ).groups()  # type: ignore[union-attr]
    rows = [_option(each) for each in command.params if each.name != "help"]
    return "\n\n".join(
        [
            f"### {name}",
            " ".join((command.help or "").split()).replace("`", "``"),
            f"```sh\n{example}\n```",
            _table(("argument or option", "what it does", "by default"), rows),
            f"Exit codes: {codes}.",
        ]
    )


def _option(of: Any) -> tuple[str, ...]:
    metavar = of.metavar or ""
    if of.param_type_name == "argument":
        return f"`{metavar}`", _safe(of.help), "required" if of.required else "–"
    names = ", ".join(f"`{each}`" for each in of.opts)
    shown = names if of.is_flag else f"{names} `{metavar}`"
    default = "–" if of.default in (None, False) else f"`{of.default}`"
    return shown, _safe(of.help), default


def _keys(kind: type) -> str:
    hints = get_type_hints(kind)
    rows = []
    for each in fields(kind):
        holds = str(hints[each.name]) if get_args(hints[each.name]) else hints[each.name].__name__
        holds = re.sub(r"invarsig\.cli\.documents\.|typing\.", "", holds).replace("None", "null")
        meaning, unit = each.metadata["meaning"], each.metadata["unit"]
        rows.append(
            (f"`{each.name}`", f"`{holds}`".replace("|", "or"), unit or "–", _safe(meaning))
        )
    title = (kind.__doc__ or "").strip().rstrip(".")
    return f"**{kind.__name__}** – {title}:\n\n" + _table(("key", "holds", "unit", "meaning"), rows)


def _parts() -> list[type]:
    """What stands inside results."""
    results = {kind for kinds in documents.RESULTS.values() for kind in kinds}
    every = [getattr(documents, name) for name in documents.__all__]
    return [
        each
        for each in every
        if is_dataclass(each) and each not in results and each is not documents.Document
    ]


def _safe(text: str | None) -> str:
    """A text as a cell of a table, whose quotes and dashes stay as they are typed."""
    words = " ".join((text or "").split()).replace("|", "\\|").replace("<", "&lt;")
    return re.sub(r"(?<![`\w])(--?[a-z][\w-]*)", r"`\1`", words)


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(heading) + " |", "|" + " --- |" * len(heading)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
