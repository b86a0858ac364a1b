"""What the shell completes: pipelines, layers, dims, axes, variables, experiments and files.

Each function gets what was typed and gives what it may become. A question of the shell is answered
or not, and never with an error.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from functools import wraps
from pathlib import Path
from typing import Any

import typer

__all__ = [
    "axes",
    "dims",
    "experiments",
    "files",
    "layers",
    "models",
    "norms",
    "pipelines",
    "variables",
]


def _quietly(complete: Callable[..., Iterable[str]]) -> Callable[..., list[str]]:
    """Keep what the user's own code prints, and whatever it raises, from the shell."""

    @wraps(complete)
    def found(ctx: typer.Context, incomplete: str) -> list[str]:
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                return [each for each in complete(ctx, incomplete) if each.startswith(incomplete)]
        except Exception:  # noqa: BLE001 - a model of the user's own may raise any
            return []

    del found.__wrapped__
    return found


@_quietly
def files(_ctx: typer.Context, incomplete: str) -> Iterable[str]:
    """Files and folders."""
    return _files(incomplete)


@_quietly
def norms(_ctx: typer.Context, _incomplete: str) -> Iterable[str]:
    """Names of norms."""
    from typing import get_args

    from invarsig.measures.norms import Norm

    return get_args(Norm)


@_quietly
def pipelines(_ctx: typer.Context, incomplete: str) -> Iterable[str]:
    """Pipelines that have a name, files of Python, and the objects that such a file defines."""
    from invarsig.cli.pipelines import NAMED

    return [*NAMED, *_objects(incomplete), *_files(incomplete, ".py")]


@_quietly
def models(_ctx: typer.Context, incomplete: str) -> Iterable[str]:
    """Files of models, and the objects that a file of Python defines."""
    endings = (".py", ".onnx", ".pt2", ".pt", ".pth")
    return [*_objects(incomplete), *_files(incomplete, *endings)]


@_quietly
def layers(ctx: typer.Context, _incomplete: str) -> Iterable[str]:
    """Layers of the model that is named, and the blocks that they stand in."""
    from invarsig.cli.models import layers_of

    spec = ctx.params.get("model")
    return [] if spec is None else layers_of(str(spec), trust=bool(ctx.params.get("trust")))


@_quietly
def dims(ctx: typer.Context, _incomplete: str) -> Iterable[str]:
    """Dims of the inputs that are named; of a recording frequency too, which is created."""
    return _dims(ctx)


@_quietly
def axes(ctx: typer.Context, _incomplete: str) -> Iterable[str]:
    """Dims of the grids that are named, each with what may follow it."""
    return [f"{dim}{more}" for dim in _dims(ctx) for more in ("=", ",periodic")]


@_quietly
def variables(ctx: typer.Context, _incomplete: str) -> Iterable[str]:
    """Variables of the grids that are named."""
    import xarray as xr

    found: dict[str, None] = {}
    for path in _inputs(ctx):
        with xr.open_dataset(path) as dataset:
            found |= dict.fromkeys(map(str, dataset.data_vars))
    return list(found)


@_quietly
def experiments(ctx: typer.Context, _incomplete: str) -> Iterable[str]:
    """Experiments, or all of them."""
    from invarsig.experiments import public_experiments

    given = ctx.params.get("names") or ()
    return [name for name in (*(e.name for e in public_experiments()), "all") if name not in given]


def _files(incomplete: str, *endings: str) -> list[str]:
    """Paths that begin as was typed: folders, and files with one of the endings."""
    folder = Path(incomplete if incomplete.endswith("/") else Path(incomplete).parent)
    front = incomplete[: incomplete.rfind("/") + 1]
    return [
        f"{front}{each.name}{'/' if each.is_dir() else ''}"
        for each in sorted(folder.iterdir())
        if each.is_dir() or not endings or each.suffix.lower() in endings
    ]


def _objects(incomplete: str) -> list[str]:
    """What path.py:… may become, by reading the file; nothing in it is run."""
    place, colon, _ = incomplete.rpartition(":")
    if not colon or not place.endswith(".py"):
        return []
    names: dict[str, None] = {}
    for node in ast.parse(Path(place).read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names[node.name] = None
        targets = node.targets if isinstance(node, ast.Assign) else []
        names |= dict.fromkeys(each.id for each in targets if isinstance(each, ast.Name))
    return [f"{place}:{name}" for name in names if not name.startswith("_")]


def _inputs(ctx: typer.Context) -> list[Path]:
    # Behind an option that still lacks its value, arguments are left unread.
    given: Any = ctx.params.get("inputs") or ctx.args
    return [Path(each) for each in given if Path(each).exists()]


def _dims(ctx: typer.Context) -> list[str]:
    import xarray as xr

    from invarsig.cli.grids import is_grid
    from invarsig.io.content import content_of

    found: dict[str, None] = {}
    for path in _inputs(ctx):
        if not is_grid(path):
            content = content_of(path)
            sound = content is None or content.kind == "recording"
            found |= dict.fromkeys(("time", "frequency") if sound else ("y", "x"))
        elif path.suffix != ".npy":
            with xr.open_dataset(path) as dataset:
                found |= dict.fromkeys(map(str, dataset.sizes))
    return list(found)
