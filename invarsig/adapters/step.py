"""Tensor operations between labeled arrays: labels come off before, and go on after."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from invarsig.adapters.effects import Effect, Effects, gridded
from invarsig.adapters.expressions import Expression, Read
from invarsig.adapters.home import Home
from invarsig.adapters.layout import BATCH
from invarsig.axes import Axes, Axis, axis_of, is_chunked, plain, require_one_chunk
from invarsig.errors import AxisError, DimError, DtypeError, InvarsigError

__all__ = ["Step"]

# How many shapes of an input are remembered.
_REMEMBERED = 64


@dataclass(frozen=True, eq=False)
class Step:
    """One or several tensor operations, from labeled results to a tensor that can be labeled.

    Parameters
    ----------
    expression
        The operations.
    reads
        The labeled results: the dims of each, in the order of the tensor's axes after the batch.
    dims
        Dims of the result, in the order of the tensor's axes after the batch.
    effects
        What is done along each dim along which samples are not treated one by one.
    home
        Where tensors live.
    text
        What it does, in a few words.
    names
        What dims are called, where they have been renamed.
    """

    expression: Expression
    reads: tuple[Read, ...]
    dims: tuple[str, ...]
    effects: Effects
    home: Home
    text: str
    names: Mapping[str, str] = field(default_factory=dict)
    _sizes: dict[Any, dict[str, int]] = field(default_factory=dict, repr=False)
    _templates: dict[Any, xr.DataArray] = field(default_factory=dict, repr=False)

    def named(self, dim: str) -> str:
        """What a dim is called."""
        return self.names.get(dim, dim)

    def own_dims(self, read: Read) -> tuple[str, ...]:
        """Dims of a labeled result that is read."""
        return tuple(axis[0].dim for axis in read.layout[1:])

    def run(self, values: Sequence[xr.DataArray]) -> tuple[np.ndarray, tuple[str, ...]]:
        """Run on labeled arrays; give the values, and the dims of the batch before its own."""
        batch = self._batch(values)
        first = {str(d): n for value in values for d, n in value.sizes.items()}
        items = [first[dim] for dim in batch]
        tensors: dict[str, Any] = {}
        sizes: dict[tuple[str, int], int] = {}
        for read, value in zip(self.reads, values, strict=True):
            own = [self.named(dim) for dim in self.own_dims(read)]
            plain = _ordered(value, batch, own, self.home.takes)
            tensors[read.source] = self.home.tensor(
                plain.reshape((math.prod(items), *plain.shape[len(batch) :]))
            )
            sizes |= {(dim, 0): value.sizes[self.named(dim)] for dim in self.own_dims(read)}
        given = dict(sizes)
        made = self._items(tensors, sizes, math.prod(items))
        if made.shape[0] != math.prod(items):
            raise AxisError(f"{self.text} gives {made.shape[0]} items for {math.prod(items)}.")
        self._remember(given, made.shape)
        if any(np.may_share_memory(made, value.values) for value in values):
            made = made.copy()
        return made.reshape((*items, *made.shape[1:])), batch

    def sizes(self, inputs: Mapping[str, int]) -> dict[str, int]:
        """Sizes of the result's dims, for given sizes of its inputs' dims: by running it once."""
        given = {(d, 0): inputs[self.named(d)] for read in self.reads for d in self.own_dims(read)}
        known = self._sizes.get(tuple(given.items()))
        if known is None:
            tensors = {
                read.source: self.home.zeros((1, *(given[d, 0] for d in self.own_dims(read))))
                for read in self.reads
            }
            known = self._remember(given, self._made(tensors, {**given, (BATCH, 0): 1}).shape)
        return known

    def _remember(self, given: Mapping[Any, int], shape: Sequence[int]) -> dict[str, int]:
        key = tuple(given.items())
        if key not in self._sizes:
            if len(self._sizes) >= _REMEMBERED:
                self._sizes.clear()
            names = map(self.named, self.dims)
            self._sizes[key] = dict(zip(names, map(int, shape[1:]), strict=True))
        return self._sizes[key]

    def _items(
        self, tensors: Mapping[str, Any], sizes: Mapping[Any, int], count: int
    ) -> np.ndarray:
        """The items of a batch, all at once or one after the other."""
        if count == 1 or not self.home.one_by_one:
            return self.home.array(self._made(tensors, {**sizes, (BATCH, 0): count}))
        if not count:
            raise AxisError(f"{self.text} was given a batch without items.")
        items = [{name: each[k : k + 1] for name, each in tensors.items()} for k in range(count)]
        return np.concatenate([self.home.array(self._made(one, dict(sizes))) for one in items])

    def _made(self, tensors: Mapping[str, Any], sizes: dict[Any, int]) -> Any:
        try:
            with self.home.running():
                return self.home.floating(self.expression.run(tensors, sizes))
        except InvarsigError:
            raise
        except (RuntimeError, ValueError, IndexError) as error:
            there = {dim: size for (dim, made), size in sizes.items() if dim and not made}
            given = ", ".join(f"{self.named(dim)} {size}" for dim, size in there.items())
            reason = str(error).split("\n")[0]
            raise AxisError(
                f"{self.text} does not run on these sizes ({given}): {reason} Give an input of "
                "the size that the module was traced with."
            ) from error

    def _batch(self, values: Sequence[xr.DataArray]) -> tuple[str, ...]:
        own = {self.named(dim) for read in self.reads for dim in self.own_dims(read)}
        return tuple(dict.fromkeys(str(d) for value in values for d in value.dims if d not in own))

    def axes(self, inputs: Sequence[Axes]) -> list[Axis]:
        """Axes of the result along its own dims."""
        given = [dim for axes in inputs for dim in axes]
        sizes = {dim: axes.counted(dim).size for axes in inputs for dim in axes}
        made = self.sizes(sizes)
        found = []
        for dim in self.dims:
            name = self.named(dim)
            effect = self.effects.get(dim)
            if name not in given or (effect is not None and effect.fresh):
                found.append(Axis(name, size=made[name]))
                continue
            axis = next(axes.read_or_counted(name) for axes in inputs if name in axes)
            found.append(gridded(axis, effect or Effect(), made[name]))
        return found

    def labeled(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Run on labeled arrays, and label the result; of chunked ones nothing runs yet."""
        if any(is_chunked(value) for value in values):
            return self._labeled_lazily(values)
        made, batch = self.run(values)
        first = values[0]
        dims = (*batch, *map(self.named, self.dims))
        key = (made.shape, *(part for value in values for part in _written(value)))
        template = self._templates.get(key)
        if template is None:
            if len(self._templates) >= _REMEMBERED:
                self._templates.clear()
            coords = self._coordinates(values, dims, made.shape)
            empty = np.broadcast_to(np.zeros((), made.dtype), made.shape)
            template = self._templates[key] = xr.DataArray(empty, coords, dims)
        result = template.copy(deep=False, data=made)
        result.name, result.attrs = first.name, first.attrs
        return result

    def _labeled_lazily(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Run on the blocks of the batch, each with the whole of the dims that it reads."""
        import dask.array as da

        batch = self._batch(values)
        owns = [tuple(map(self.named, self.own_dims(read))) for read in self.reads]
        parts: list[Any] = []
        dims_of = []
        for value, own in zip(values, owns, strict=True):
            require_one_chunk(value, own, self.text)
            dims_of.append((*(dim for dim in batch if dim in value.dims), *own))
            index = [f"read {dim}" if dim in own else dim for dim in dims_of[-1]]
            whole = da.asarray(plain(value, dims_of[-1]))  # type: ignore[no-untyped-call]
            parts += [whole, index]
        one = [
            xr.DataArray(
                np.zeros([v.sizes[d] if d in own else 1 for d in dims], v.dtype), dims=dims
            )
            for v, own, dims in zip(values, owns, dims_of, strict=True)
        ]
        tried = self.run(one)[0]
        made = dict(zip(map(self.named, self.dims), tried.shape[len(batch) :], strict=True))
        result = da.blockwise(  # type: ignore[no-untyped-call]
            _Blocks(self, tuple(dims_of)),
            (*batch, *(f"made {dim}" for dim in made)),
            *parts,
            new_axes={f"made {dim}": size for dim, size in made.items()},
            concatenate=True,
            dtype=tried.dtype,
            meta=np.empty((0,) * tried.ndim, tried.dtype),
        )
        dims, first = (*batch, *made), values[0]
        coords = self._coordinates(values, dims, result.shape)
        return xr.DataArray(xr.Variable(dims, result), coords, dims, first.name, first.attrs)

    def bare(
        self, values: Sequence[xr.DataArray], y: xr.DataArray
    ) -> Callable[[Sequence[np.ndarray]], np.ndarray] | None:
        """Run on plain arrays, laid out as labeled ones; None where axes would have to change."""
        batch = self._batch(values)
        owns = [tuple(map(self.named, self.own_dims(read))) for read in self.reads]
        laid_out = all(
            value.dims == (*batch, *own) and value.dtype.kind == "f"
            for value, own in zip(values, owns, strict=True)
        )
        if not laid_out or y.dims != (*batch, *map(self.named, self.dims)):
            return None
        lead = math.prod(y.sizes[dim] for dim in batch)
        sizes = {
            (dim, 0): value.sizes[self.named(dim)]
            for read, value in zip(self.reads, values, strict=True)
            for dim in self.own_dims(read)
        }
        shapes = [
            (lead, *(value.sizes[d] for d in own)) for value, own in zip(values, owns, strict=True)
        ]

        def run(arrays: Sequence[np.ndarray]) -> np.ndarray:
            tensors = {
                read.source: self.home.tensor(plain.reshape(shape))
                for read, plain, shape in zip(self.reads, arrays, shapes, strict=True)
            }
            made = self.home.array(self._made(tensors, {**sizes, (BATCH, 0): lead}))
            if any(np.may_share_memory(made, plain) for plain in arrays):
                made = made.copy()
            return made.reshape(y.shape)

        return run

    def _coordinates(
        self, values: Sequence[xr.DataArray], dims: Sequence[str], shape: Sequence[int]
    ) -> dict[Any, Any]:
        """Coordinates of the result: those of its inputs, and new ones along changed axes."""
        own, sizes = set(map(self.named, self.dims)), dict(zip(dims, shape, strict=True))
        given = {str(d): n for value in values for d, n in value.sizes.items()}
        moved = {self.named(dim) for dim, effect in self.effects.items() if effect.moves}
        moved |= {dim for dim in own if sizes[dim] != given.get(dim)}
        kept = {
            name: coordinate
            for value in reversed(values)
            for name, coordinate in value.coords.variables.items()
            if not moved.intersection(coordinate.dims) and set(coordinate.dims) <= set(dims)
        }
        for dim, effect in self.effects.items():
            name = self.named(dim)
            source = next((value for value in values if name in value.dims), None)
            if name not in moved & own or effect.fresh or source is None:
                continue
            if Axes.of(source).placed(name):
                axis = gridded(axis_of(source, name), effect, sizes[name])
                kept[name] = xr.Variable(name, axis.coordinate(), axis.attrs())
        return kept


@dataclass(frozen=True)
class _Blocks:
    """A step on blocks of plain arrays over given dims."""

    step: Step
    dims: tuple[tuple[str, ...], ...]

    def __call__(self, *blocks: np.ndarray) -> np.ndarray:
        """Run it."""
        values = [xr.DataArray(b, dims=d) for b, d in zip(blocks, self.dims, strict=True)]
        return self.step.run(values)[0]


def _written(value: xr.DataArray) -> Iterator[Any]:
    """What tells the labels of an array from others."""
    yield value.dims
    for name, coordinate in value.coords.variables.items():
        plain = coordinate.values
        content = plain.tobytes() if plain.dtype != object else tuple(plain.ravel().tolist())
        yield name, coordinate.dims, plain.dtype.str, content, str(coordinate.attrs)


def _ordered(
    value: xr.DataArray, batch: Sequence[str], own: Sequence[str], takes: str
) -> np.ndarray:
    """Values with the batch first; dims of the batch that are lacking have size 1."""
    missing = [dim for dim in own if dim not in value.dims]
    if missing:
        raise DimError(
            f"{takes} reads the dim {missing[0]!r}, which the input lacks; its dims are "
            f"{', '.join(map(repr, value.dims))}."
        )
    if value.dtype.kind != "f":
        raise DtypeError(
            f"{takes} takes real floating-point numbers, not {value.dtype}; convert them "
            "by x.astype('float32')."
        )
    dims = [dim for dim in batch if dim in value.dims] + list(own)
    plain = value.values if list(value.dims) == dims else value.transpose(*dims).values
    if len(dims) == len(batch) + len(own):
        return plain
    lead = [value.sizes.get(dim, 1) for dim in batch]
    return plain.reshape(*lead, *(value.sizes[dim] for dim in own))
