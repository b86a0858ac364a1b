"""A module as a straight list of tensor operations: by torch.export, or by torch.fx.

Both run the module on a batch of two pictures without data. Whatever depends on the data, such as
an ``if`` on a value, cannot be followed by either.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from invarsig.adapters.sentences import as_sentence
from invarsig.adapters.untraced import Untraced

__all__ = ["Program", "traced"]


@dataclass(frozen=True)
class Program:
    """Operations in order.

    Parameters
    ----------
    nodes
        The nodes of an fx graph.
    tensors
        Parameters, buffers and constants, by the name of their placeholder or attribute.
    by
        What has traced it.
    """

    nodes: tuple[Any, ...]
    tensors: Mapping[str, Any]
    by: str


def traced(module: Any, example: Any) -> Program:
    """Follow a module.

    Raises
    ------
    Untraced
        If neither way can.
    """
    import torch

    failures: list[BaseException] = []
    for way in (_exported, _symbolic):
        try:
            with _quiet(), torch.no_grad():
                return way(module, example)
        except Exception as error:  # noqa: BLE001 -- torch raises errors of many kinds here
            failures.append(error)
    where = _line_of_data(failures[0])
    if where:
        raise Untraced(
            f"The control flow of {type(module).__name__} depends on data: {where}.", of_data=True
        ) from failures[0]
    reason = as_sentence(failures[0])
    reason = reason if len(reason) <= 300 else f"{reason[:300]} ..."
    raise Untraced(
        f"Neither torch.export nor torch.fx can follow {type(module).__name__}: {reason}"
    ) from failures[0]


def _exported(module: Any, example: Any) -> Program:
    import torch

    made = torch.export.export(module, (example,), strict=False)
    signature, tensors = made.graph_signature, {}
    own = dict(module.named_parameters(remove_duplicate=False))
    own |= dict(module.named_buffers(remove_duplicate=False))
    for names in (signature.inputs_to_parameters, signature.inputs_to_buffers):
        for name, target in names.items():
            tensors[name] = own[target] if target in own else made.state_dict[target]
    for name, target in signature.inputs_to_lifted_tensor_constants.items():
        tensors[name] = made.constants[target]
    if signature.buffers_to_mutate or signature.user_inputs_to_mutate:
        raise Untraced("It changes its own buffers or its input.")
    return Program(tuple(made.graph.nodes), tensors, "torch.export")


def _symbolic(module: Any, example: Any) -> Program:
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    # It refuses control flow that depends on data, which the second pass would not notice.
    straight = torch.fx.symbolic_trace(module)
    made = make_fx(straight, tracing_mode="fake", pre_dispatch=True, _allow_non_fake_inputs=True)(
        example
    )
    tensors = {}
    for node in made.graph.nodes:
        if node.op == "get_attr":
            at: Any = made
            for step in str(node.target).split("."):
                at = getattr(at, step)
            tensors[node.name] = _own(at, module)
    return Program(tuple(made.graph.nodes), tensors, "torch.fx")


def _own(tensor: Any, module: Any) -> Any:
    """The module's own tensor, where it is one."""
    for own in (*module.parameters(), *module.buffers()):
        if own.data_ptr() == tensor.data_ptr() and own.shape == tensor.shape:
            return own
    return tensor


_OF_DATA = ("data-dependent", "DataDependent", "control flow", "GuardOnDataDependent")


def _line_of_data(error: BaseException) -> str:
    """The line whose control flow depends on data; "" if the reason is another one."""
    import traceback

    kind, text = type(error).__name__, str(error)
    if not any(word in text or word in kind for word in _OF_DATA):
        return ""
    told = re.findall(r'File "([^"]+)", line (\d+), in \w+\s*\n\s*(.*)', text)
    lines = [(file, int(number), code) for file, number, code in told]
    lines += [
        (each.filename, each.lineno or 0, each.line or "")
        for each in traceback.extract_tb(error.__traceback__)
    ]
    own = [
        each for each in lines if "/torch/" not in each[0] and "/invarsig/adapters/" not in each[0]
    ]
    if not own:
        return " ".join(text.split())[:200]
    file, number, code = own[-1]
    return f"{file}, line {number}: {code.strip()!r}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what torch says while it traces to itself.

    Its records of what it traces are always made, at a level of their own, and pytest shows them
    with every test that fails. Who asks for them gets them (``TORCH_TRACE``).
    """
    import logging
    import os

    names = ["torch"] if os.environ.get("TORCH_TRACE") else ["torch", "torch.__trace"]
    levels = {logger: logger.level for logger in map(logging.getLogger, names)}
    for logger in levels:
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)
