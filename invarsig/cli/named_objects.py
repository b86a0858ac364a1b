"""An object that an option names by its place: path.py:object or package.module:object."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

from invarsig.errors import InvarsigError, ParameterError, ReadError
from invarsig.suggestions import did_you_mean

__all__ = ["file_of", "look_in", "object_of"]


def object_of(spec: str, option: str) -> tuple[Any, str, str]:
    """The object, its place and its name; its file is run.

    Modules are looked for in the working folder first, as Python does, and beside the file.

    Raises
    ------
    ParameterError
        If there is no such object, or the file fails.
    ReadError
        If there is no such file.
    """
    place, colon, name = spec.rpartition(":")
    if not colon or not place or not name:
        raise ParameterError(
            f"{option} {spec!r} names no object; give path.py:object or package.module:object."
        )
    found: Any = _module(place, option)
    for part in name.split("."):
        if not hasattr(found, part):
            meant = did_you_mean(part, (each for each in vars(found) if not each.startswith("_")))
            raise ParameterError(f"{option}: {place} has no object {name!r}.{meant}")
        found = getattr(found, part)
    return found, place, name


def file_of(spec: str | None) -> list[Path]:
    """The file that an object comes from, if it is named by its file."""
    place = "" if spec is None else spec.rpartition(":")[0]
    return [Path(place)] if place.endswith(".py") else []


def _module(place: str, option: str) -> Any:
    """Load a module from a file or by its name."""
    if not place.endswith(".py"):
        look_in(Path.cwd())
        try:
            return importlib.import_module(place)
        except ImportError as error:
            raise ParameterError(
                f"{option}: the module {place!r} cannot be imported: {error}"
            ) from error
        except InvarsigError:
            raise
        except Exception as error:
            raise ParameterError(f"{option}: {place} fails when it is run: {error!r}") from error
    path = Path(place)
    if not path.is_file():
        raise ReadError(f"{option}: there is no file {place}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ReadError(f"{option}: {place} cannot be loaded.")
    look_in(path.resolve().parent)
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pickles look for the module that they are defined in.
    sys.modules.setdefault(spec.name, module)
    try:
        spec.loader.exec_module(module)
    except InvarsigError:
        raise
    except Exception as error:
        raise ParameterError(f"{option}: {place} fails when it is run: {error!r}") from error
    return module


def look_in(folder: Path) -> None:
    """Have modules looked for in a folder; the command's own script hides the working folder."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
