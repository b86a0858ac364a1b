"""A whole ONNX model as a function of one labeled item: its input, its other inputs, its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig.adapters.building import as_tensor
from invarsig.adapters.finite import require_telling
from invarsig.adapters.onnx_file import OnnxFile
from invarsig.adapters.onnx_home import ArrayHome
from invarsig.adapters.onnx_runner import session
from invarsig.adapters.sentences import as_sentence
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError

__all__ = ["OnnxModel"]


@dataclass(frozen=True, eq=False)
class OnnxModel:
    """A model that is run as a whole.

    Parameters
    ----------
    file
        The file.
    dims
        What the axes of its input stand for.
    input
        The name of its input.
    given
        Values of its other inputs.
    output
        The name of its result.
    home
        The type of its input.
    batched
        Whether its input has an axis for a batch, the first one.
    session
        The session of onnxruntime.
    """

    file: OnnxFile
    dims: Sequence[str]
    input: str
    given: Mapping[str, np.ndarray]
    output: str
    home: ArrayHome
    batched: bool
    session: Any

    @classmethod
    def of(
        cls,
        file: OnnxFile,
        x: xr.DataArray,
        dims: Sequence[str],
        given: Mapping[str, Any],
        output: str,
    ) -> OnnxModel:
        """Choose its input, and check that `x` fits."""
        name = _input(file, given)
        kind = _kind(file, name)
        if kind is None or kind.kind != "f":
            raise DtypeError(
                f"The input {name!r} of {file.path.name} holds {kind or 'no tensor'}, and samples "
                "are real floating-point numbers; give its value by given= where it is not the "
                "signal."
            )
        if x.dtype.kind != "f":
            raise DtypeError(
                f"The input is {x.dtype}, and a model takes real floating-point numbers; convert "
                "it by x.astype('float32')"
                + (", or take its modulus." if x.dtype.kind == "c" else ".")
            )
        known = {each: _value(file, each, value) for each, value in given.items()}
        try:
            made = session(file.giving(output))
        except RuntimeError as error:
            raise ParameterError(f"onnxruntime refuses {file.path}: {error}") from error
        batched = _batched(file, name, dims, x)
        return cls(file, dims, name, known, output, ArrayHome(kind), batched, made)

    def __call__(self, tensor: np.ndarray) -> Any:
        """What it gives for one item; the item has an axis for the batch in any case."""
        fed = {name: value for name, value in self.given.items() if name in self._asked}
        own = tensor if self.batched else tensor[0]
        if self.input in self._asked:
            fed[self.input] = own
        try:
            (made,) = self.session.run(None, fed)
        except Exception as error:
            raise RuntimeError(" ".join(str(error).split())) from error
        return made

    @property
    def _asked(self) -> set[str]:
        return {each.name for each in self.session.get_inputs()}

    def checked(self, item: xr.DataArray) -> np.ndarray:
        """The same for a labeled item; an error where it does not run, or not twice alike."""
        tensor = as_tensor(self.home, item, self.dims)
        try:
            first, second = self(tensor), self(tensor)
        except RuntimeError as error:
            raise ParameterError(
                f"{self.file.path.name} does not run on an input of shape "
                f"{tensor.shape if self.batched else tensor.shape[1:]}: {as_sentence(error)} "
                "Give an input whose dims fit, or name other dims=."
            ) from error
        if not isinstance(first, np.ndarray) or first.dtype.kind not in "fiub":
            raise ParameterError(
                f"{self.output!r} is not a tensor of numbers; name another result by output=."
            )
        if not np.array_equal(first, second, equal_nan=first.dtype.kind == "f"):
            raise ParameterError(
                f"{self.file.path.name} is not deterministic: two runs on one input differ. "
                "Export it without what is random in it."
            )
        require_telling(first, self.file.path.name)
        return first


def _input(file: OnnxFile, given: Mapping[str, Any]) -> str:
    """The one input that has no value yet."""
    listed = ", ".join(map(repr, file.inputs))
    for name in given:
        if name not in file.inputs:
            raise ParameterError(
                f"{file.path.name} has no input {name!r}; its inputs are {listed}."
            )
    left = [name for name in file.inputs if name not in given]
    if len(left) != 1:
        raise ParameterError(
            f"{file.path.name} has the inputs {listed}, of which {len(left)} have no value; give "
            "those of all but one by given={name: value}."
        )
    return left[0]


def _kind(file: OnnxFile, name: str) -> np.dtype[Any] | None:
    """The type of an input's values."""
    import onnx

    kind = file.inputs[name]
    if not kind.HasField("tensor_type"):
        return None
    made: np.dtype[Any] = onnx.helper.tensor_dtype_to_np_dtype(kind.tensor_type.elem_type)
    return made


def _value(file: OnnxFile, name: str, value: Any) -> np.ndarray:
    kind = _kind(file, name)
    try:
        made = np.asarray(value)
        return np.ascontiguousarray(made.astype(kind)).reshape(made.shape)
    except (TypeError, ValueError) as error:
        raise DtypeError(f"The input {name!r} holds {kind}, not {value!r}.") from error


def _batched(file: OnnxFile, name: str, dims: Sequence[str], x: xr.DataArray) -> bool:
    """Whether the first axis of the input is that of a batch; an error where sizes do not fit."""
    tensor = file.inputs[name].tensor_type
    if not tensor.HasField("shape"):
        return True
    sizes = [each.dim_value if each.HasField("dim_value") else None for each in tensor.shape.dim]
    if len(sizes) - len(dims) not in (0, 1):
        raise DimError(
            f"The input {name!r} of {file.path.name} has {len(sizes)} axes, and dims= names "
            f"{len(dims)}: {', '.join(map(repr, dims))}. Name those after the batch, or all."
        )
    batched = len(sizes) > len(dims)
    if batched and (sizes[0] or 1) > 1:
        raise ParameterError(
            f"{file.path.name} takes {sizes[0]} items at once, and items are run one by one; "
            "export it with a batch of any size."
        )
    for dim, size in zip(dims, sizes[-len(dims) :], strict=True):
        if size and size != x.sizes[dim]:
            raise AxisError(
                f"{file.path.name} takes {size} samples along {dim!r}, and there are "
                f"{x.sizes[dim]}; give {size}, or name other dims=."
            )
    return batched
