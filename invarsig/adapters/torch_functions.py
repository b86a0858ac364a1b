"""Pointwise operators as functions of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["pointwise_function", "squared"]


def pointwise_function(op: Any) -> Callable[[Any], Any] | None:
    """The function in torch of a pointwise operator; None where there is none."""
    import torch
    from torch import nn

    name = type(op).__name__
    plain = {
        "Relu": torch.relu,
        "Gelu": nn.functional.gelu,
        "Softplus": lambda t: nn.functional.softplus(t, threshold=40.0),
        "Sigmoid": torch.sigmoid,
        "Tanh": torch.tanh,
        "Modulus": torch.abs,
        "Square": squared,
        "Log1p": torch.log1p,
    }
    told = {
        "LeakyRelu": lambda t: torch.where(t < 0, op.slope * t, t),
        "Power": lambda t: t**op.exponent,
        "Log": lambda t: torch.log(t + op.offset),
        "Decibel": lambda t: _level(op, t),
    }
    return plain.get(name) or told.get(name)


def squared(t: Any) -> Any:
    """The squared modulus."""
    return t.real**2 + t.imag**2 if t.is_complex() else t**2


def _level(op: Any, t: Any) -> Any:
    import torch

    size = t if op.of == "power" else t.abs()
    if op.floor is not None:
        size = size.clamp_min(0)
    out = (10 if op.of == "power" else 20) * torch.log10(size / op.reference)
    return out if op.floor is None else out.clamp_min(op.floor)
