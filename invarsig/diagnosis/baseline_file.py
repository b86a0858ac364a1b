"""A baseline as a file: what the errors of a pipeline on an input were."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing.readings import in_decibels
from invarsig.diagnosis.baseline_layers import read_layers, written_layers
from invarsig.diagnosis.checked_json import as_list, as_number, as_text, as_truth, number_or_nan
from invarsig.diagnosis.layers import Layer
from invarsig.diagnosis.moves import named
from invarsig.errors import InvarsigError, ParameterError, ReadError
from invarsig.io.tree_room import Room
from invarsig.io.whole_file import write_whole
from invarsig.measures.norms import Norm, norm_in_words

__all__ = ["Baseline", "BaselineAxis"]

_FORMAT = 2

# Bytes of memory that a byte of the file may take, and all that it may.
_OBJECTS, _MOST = 16, 2**28


@dataclass(frozen=True)
class BaselineAxis:
    """Errors along one axis, or jointly along several.

    Parameters
    ----------
    dims, units
        The axis, or the axes that move together, and the unit of each one's lengths.
    lengths
        By how much was moved: for each move a length along each of the axes.
    errors
        For each move the relative equivariance error, the worst of what rolling and two cuts of
        the signal tell; NaN where neither tells anything.
    parts
        For each layer its part of the square of the largest error, to which they add up: its share
        (`causes`) times that. NaN where the error is rounding and has no parts.
    inside, whole
        For each move whether rolling is compared away from the ends alone, and the error over the
        whole output. Where today another part of the output is compared, the latter is what counts.
        Empty in files of before.

    Raises
    ------
    ParameterError
        If a move is none, an error is not a number of decibels, or lists are not of the same
        lengths.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> before = iv.baseline(iv.MeanPool({"x": 2}), x, "x", shifts=[1.0])
    >>> before.axes[0].dims, before.axes[0].lengths
    (('x',), ((1.0,),))
    """

    dims: tuple[str, ...]
    units: tuple[str, ...]
    lengths: tuple[tuple[float, ...], ...]
    errors: tuple[float, ...]
    parts: tuple[float, ...] = ()
    inside: tuple[bool, ...] = ()
    whole: tuple[float, ...] = ()
    rolls: tuple[float, ...] = ()
    cuts: tuple[float, ...] = ()
    usual: bool = False

    def __post_init__(self) -> None:
        """Refuse what no measurement gives: with it a gate would compare with nothing."""
        parameters.dims_once(self.dims, "The errors of a baseline are along")
        widths = {len(self.units), *map(len, self.lengths)}
        alike = len(self.errors) == len(self.lengths)
        for lists in ((self.inside, self.whole), (self.rolls, self.cuts)):
            alike &= set(map(len, lists)) in ({0}, {len(self.lengths)})
        if not (self.lengths and alike and widths == {len(self.dims)}):
            raise ParameterError(f"Along {self.dim} its lists are not of the same lengths.")
        for move in self.lengths:
            if not (all(map(parameters.is_finite, move)) and any(move)):
                raise ParameterError(f"Along {self.dim} the move by {move} is none.")
        for error in (*self.errors, *self.whole, *self.rolls, *self.cuts):
            if not (math.isnan(error) or 0 <= error < math.inf):
                raise ParameterError(f"Along {self.dim} {error} is no error.")
        if any(map(math.isinf, self.parts)):
            raise ParameterError(f"Along {self.dim} a part of the error is infinite.")
        if all(map(math.isnan, self.errors)):
            raise ParameterError(f"Along {self.dim} it has no errors.")

    @property
    def dim(self) -> str:
        """The axis; of joint moves all of them, such as "y and x"."""
        return named(self.dims)

    @property
    def moves(self) -> tuple[Translate, ...]:
        """By what was moved."""
        pairs = (zip(self.dims, each, strict=True) for each in self.lengths)
        return tuple(Translate(dict(each)) for each in pairs)

    @property
    def worst(self) -> float:
        """The largest error, in dB."""
        return in_decibels(float(np.nanmax(self.errors)))


@dataclass(frozen=True)
class Baseline:
    """What the errors of a pipeline on an input were.

    Parameters
    ----------
    pipeline
        The pipeline, as text.
    sha256
        Of the input's values: a baseline is for one input.
    axes
        One entry for each axis, and one for joint moves where there are several.
    layers
        The layers, by which a later check tells which one has changed. Empty in files of before.
    model
        Of a model what identifies it and how its input was made, by name: "weights" (a hash, or
        ""), "layer", "normalize" and so on. None for a pipeline.
    norm
        What its errors are relative to, as for `equivariance_error`; in files of before "centered".

    Raises
    ------
    ParameterError
        If it has no axes, or one twice, or an axis has parts of other layers.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> before = iv.baseline(iv.Relu() >> iv.BlurPool(taps=5, stride={"x": 2}), x)
    >>> changed = iv.Relu() >> iv.BlurPool(taps=2, stride={"x": 2})
    >>> now = iv.diagnosis.check_against(changed, x, before)
    >>> now[0].worse, now[0].stage
    (True, 2)
    """

    pipeline: str
    sha256: str
    axes: tuple[BaselineAxis, ...]
    model: Mapping[str, str] | None = None
    layers: tuple[Layer, ...] = ()
    norm: Norm = "centered"

    def __post_init__(self) -> None:
        """Refuse what `baseline` does not make."""
        parameters.one_of("norm", self.norm, Norm)
        if not self.axes:
            raise ParameterError("A baseline has errors along one axis at least; it has no axes.")
        together = [axis.dims for axis in self.axes]
        if len(set(together)) < len(together):
            raise ParameterError(f"A baseline has each axis once; it has {together}.")
        for axis in self.axes:
            if self.layers and axis.parts and len(axis.parts) != len(self.layers):
                raise ParameterError(
                    f"Along {axis.dim} there are {len(axis.parts)} parts of the error, of "
                    f"{len(self.layers)} layers."
                )

    def require_norm(self, norm: Norm | None) -> None:
        """Refuse another norm than its own: errors that are relative to other things differ.

        Raises
        ------
        ParameterError
            If `norm` is not None, and not that of the baseline.
        """
        if norm is None or norm == self.norm:
            return
        parameters.one_of("norm", norm, Norm)
        raise ParameterError(
            f"The errors of the baseline are relative to {norm_in_words(self.norm)} "
            f"(norm={self.norm!r}), and those asked for to {norm_in_words(norm)} (norm={norm!r}): "
            "leave the norm out, or make the baseline anew."
        )

    def compared(self, model: Mapping[str, str] | None) -> str:
        """Whether this is a baseline of a model's other weights, as a sentence; "" where it is not.

        Parameters
        ----------
        model
            The model of today, as `model` above.

        Raises
        ------
        ParameterError
            If something else than the weights differs: then the errors are of other quantities.

        Examples
        --------
        >>> import invarsig as iv
        >>> axis = iv.diagnosis.BaselineAxis(("x",), ("px",), ((1.0,),), (0.1,))
        >>> before = Baseline("net", "0" * 64, (axis,), {"weights": "a", "layer": "body"})
        >>> before.compared({"weights": "b", "layer": "body"})
        'The weights are not those of the baseline.'
        """
        if (model is None) != (self.model is None):
            kinds = ("a pipeline", "a model") if self.model is None else ("a model", "a pipeline")
            raise ParameterError(
                f"The baseline was measured on {kinds[0]}, and this is {kinds[1]}; make the "
                "baseline anew."
            )
        old, new = dict(self.model or {}), dict(model or {})
        for name in (*old, *new):
            was, now = old.get(name, "none"), new.get(name, "none")
            if name != "weights" and was != now:
                raise ParameterError(
                    f"The baseline was measured with {name}: {was}, and this is {name}: {now}; "
                    "give the same, or make the baseline anew."
                )
        same = old.get("weights", "") == new.get("weights", "")
        return "" if same else "The weights are not those of the baseline."

    def to_json(self, path: str | Path) -> Path:
        """Write it to a file that ends in .json, whole or not at all.

        Raises
        ------
        ParameterError
            If the path ends in something else.
        WriteError
            If the file cannot be written.
        """
        parameters.ending(path, "A baseline", ".json")
        content = {
            "format": _FORMAT,
            "pipeline": self.pipeline,
            "sha256": self.sha256,
            "axes": [_written(axis) for axis in self.axes],
            "model": self.model,
            "norm": self.norm,
        }
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        return write_whole(path, text.removesuffix("\n}") + written_layers(self.layers) + "\n}\n")

    @classmethod
    def from_json(cls, path: str | Path) -> Baseline:
        """Read a baseline that `to_json` wrote.

        Raises
        ------
        ReadError
            If there is no such file, or it holds no baseline.
        """
        try:
            file = Path(path)
            Room(_MOST).take((file.stat().st_size,), _OBJECTS)
            text = file.read_text(encoding="utf-8")
            content: Any = json.loads(text, parse_constant=_no_number)
            known = content["format"]
            if known == _FORMAT:
                axes = tuple(map(_read_axis, as_list(content["axes"])))
                pipeline, sha256 = as_text(content["pipeline"]), as_text(content["sha256"])
                if not re.fullmatch("[0-9a-f]{64}", sha256):
                    raise ReadError("its sha256 is none")
                return cls(
                    pipeline,
                    sha256,
                    axes,
                    _read_model(content.get("model")),
                    read_layers(content.get("layers", [])),
                    _norm(content),
                )
        except FileNotFoundError as error:
            raise ReadError(f"There is no baseline {path}; make it first.") from error
        except InvarsigError as error:
            raise ReadError(f"{path} holds no baseline: {error}") from error
        # Whatever a damaged text leads to: RecursionError and OverflowError among them.
        except Exception as error:
            raise ReadError(f"{path} holds no baseline: {error!r}.") from error
        raise ReadError(
            f"{path} has the format {known!r}; this release reads {_FORMAT}. Make the baseline "
            "anew."
        )


def _norm(content: Mapping[str, Any]) -> Norm:
    return as_text(content.get("norm", "centered"))  # type: ignore[return-value]


def _read_axis(content: Mapping[str, Any]) -> BaselineAxis:
    errors = tuple(map(number_or_nan, as_list(content["errors"])))
    dims, units = (tuple(map(as_text, as_list(content[name]))) for name in ("dims", "units"))
    lengths = tuple(tuple(map(as_number, as_list(each))) for each in as_list(content["lengths"]))
    inside = tuple(map(as_truth, as_list(content.get("inside", []))))
    parts, whole, rolls, cuts = (
        tuple(map(number_or_nan, as_list(content.get(name, []))))
        for name in ("parts", "whole", "rolls", "cuts")
    )
    usual = as_truth(content.get("usual", False))
    return BaselineAxis(dims, units, lengths, errors, parts, inside, whole, rolls, cuts, usual)


def _read_model(content: Any) -> dict[str, str] | None:
    if content is None:
        return None
    if not isinstance(content, dict):
        raise ReadError(f"{content!r} is not what identifies a model")
    return {name: as_text(each) for name, each in content.items()}


def _no_number(name: str) -> NoReturn:
    raise ReadError(f"{name} is not a number of JSON")


def _written(axis: BaselineAxis) -> dict[str, Any]:
    """What a file holds of an axis: JSON knows no NaN."""
    content = asdict(axis)
    for name in ("errors", "parts", "whole", "rolls", "cuts"):
        content[name] = [None if math.isnan(each) else each for each in content[name]]
    return content
