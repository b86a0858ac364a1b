"""Models as files: what kind of file it is, whether reading it runs code, and the module in it."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from invarsig.cli.named_objects import look_in
from invarsig.errors import MissingError, ParameterError, ReadError

__all__ = ["ENDINGS", "fixed_batch", "torch_file", "weights_of"]

_PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")

_OTHERS = {
    ".safetensors": "holds weights and no network",
    ".h5": "is a file of Keras",
    ".keras": "is a file of Keras",
    ".tflite": "is a file of TensorFlow Lite",
    ".pb": "is a file of TensorFlow",
}

ENDINGS = (".onnx", ".pt2", *_PICKLES, *_OTHERS)
"""Endings of what is a file and not the name of an object."""

_FACTORY = (
    "write a function that builds the network and loads them, such as def model(): net = Net(); "
    "net.load_state_dict({load}); return net, and give it as --model path.py:model"
)


def torch_file(path: Path, *, trust: bool) -> tuple[Any, bool]:
    """The module of a file, and whether it can only be run one item at a time.

    Raises
    ------
    ReadError
        If there is no such file, or it is damaged.
    ParameterError
        If it holds no network, or reading it may run code and it is not trusted.
    MissingError
        If torch is not installed.
    """
    if not path.is_file():
        raise ReadError(f"--model: there is no file {path}.")
    suffix = path.suffix.lower()
    if suffix in _OTHERS:
        load = f"safetensors.torch.load_file({path.name!r})"
        remedy = _FACTORY.format(load=load) if suffix == ".safetensors" else "export it as ONNX"
        raise ParameterError(f"--model: {path} {_OTHERS[suffix]}; {remedy}.")
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingError(
            f"--model {path} needs torch, which is not installed; install it by "
            "pip install 'invarsig[torch]'."
        ) from error
    names = _archive(path)
    if suffix == ".pt2" or any(name.endswith("archive_format") for name in names):
        return _exported(path, trust)
    if any(name.endswith("constants.pkl") for name in names):
        return _scripted(path, trust), False
    return _pickled(path, trust), False


def _archive(path: Path) -> list[str]:
    """Names of the members, where it is a zip."""
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def _require_trust(path: Path, trust: bool, what: str) -> None:
    if not trust:
        raise ParameterError(
            f"--model: {path} {what}. Give --trust if you know where it comes from, or "
            "--model path.py:function with a function that builds the network and loads its "
            "weights, or an ONNX file: neither runs code from it."
        )


def _exported(path: Path, trust: bool) -> tuple[Any, bool]:
    """The module of an exported program, and whether it takes batches of one alone."""
    import torch

    _require_trust(
        path, trust,
        "is an exported program, and torch.export.load unpickles parts of such a file and "
        "evaluates expressions in it, which can run any code",
    )  # fmt: skip
    try:
        program = torch.export.load(path)
    except Exception as error:
        raise ReadError(f"--model: {path} cannot be read by torch.export.load: {error}") from error
    # What it was traced with holds for its operations, not for the sizes of its input.
    module = program.module(check_guards=False)
    for part in module.modules():
        part.training = False  # What it does was settled when it was exported.
    batch = fixed_batch(program)
    if batch not in (None, 1):
        raise ParameterError(
            f"--model: {path} was exported for batches of {batch}; export it for any: "
            "torch.export.export(net, (x,), dynamic_shapes=({0: torch.export.Dim('batch')},))."
        )
    return module, batch == 1


def fixed_batch(program: Any) -> int | None:
    """Size of the batch that an exported program is for; None where it takes any."""
    wanted = program.graph_signature.user_inputs
    for node in program.graph.nodes:
        if node.op == "placeholder" and node.name in wanted:
            size = node.meta["val"].shape[0]
            return size if isinstance(size, int) else None
    return None


def _scripted(path: Path, trust: bool) -> Any:
    import torch

    _require_trust(path, trust, "is a program of TorchScript, which runs as soon as it is used")
    try:
        return torch.jit.load(str(path), map_location="cpu")
    except Exception as error:
        raise ReadError(f"--model: {path} cannot be read by torch.jit.load: {error}") from error


def _pickled(path: Path, trust: bool) -> Any:
    import pickle

    import torch

    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        _require_trust(
            path, trust,
            "holds a pickled module, and unpickling it can run any code that somebody put there",
        )  # fmt: skip
        found = _unpickled(path)
    except Exception as error:
        raise ReadError(
            f"--model: {path} cannot be read by torch.load: {error!r}. It is damaged, or not a "
            "file of torch."
        ) from error
    if isinstance(found, Mapping):
        load = f"torch.load({path.name!r}, weights_only=True)"
        some = ", ".join(repr(str(key)) for key in list(found)[:3])
        raise ParameterError(
            f"--model: {path} holds weights ({some} and so on, {len(found)} entries) and no "
            f"network; {_FACTORY.format(load=load)}."
        )
    if not isinstance(found, torch.nn.Module):
        raise ParameterError(f"--model: {path} holds {type(found).__name__}, not a network.")
    return found


def _unpickled(path: Path) -> Any:
    import torch

    look_in(Path.cwd())
    try:
        return torch.load(path, map_location="cpu", weights_only=False)
    except (AttributeError, ImportError) as error:
        raise ReadError(
            f"--model: {path} needs the class that it was saved from, which cannot be imported: "
            f"{error}. Run the command in the folder of its module."
        ) from error
    except Exception as error:
        raise ReadError(f"--model: {path} cannot be unpickled: {error!r}.") from error


def weights_of(module: Any) -> str:
    """SHA-256 of a module's parameters and buffers, with their names, types and shapes."""
    import torch

    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        if not hasattr(tensor, "detach"):
            continue  # What a module keeps besides tensors.
        plain = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {plain.dtype} {tuple(plain.shape)};".encode())
        digest.update(plain.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
