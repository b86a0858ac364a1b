"""Polyphase pooling: one of the components that a stride splits a signal into, or a mix."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, on_axes, phase_name
from invarsig.errors import ParameterError
from invarsig.kernels.levels import exponent_of, scaled
from invarsig.operators.base import Operator, Plan
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import same_strides
from invarsig.operators.windows import shared_dims, spans_of

__all__ = ["PolyphasePool", "SoftPolyphasePool"]

ComponentNorm = Literal["l2", "l1", "linf"]
Logits = Literal["l2", "l1", "linf", "log-energy"]

_MARGIN = "phase_margin"


@dataclass(frozen=True)
class _ComponentPool(Operator):
    """The base class of choosing a component and mixing them: the positions of the components."""

    stride: Mapping[str, int] = mapping_field()
    over: str | tuple[str, ...] | None = dims_field(default=())

    linear = False

    def __post_init__(self) -> None:
        name, over = type(self).__name__, self.over or ()
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))
        object.__setattr__(self, "over", (over,) if isinstance(over, str) else tuple(over))
        if not self.stride:
            raise ParameterError(
                f"{name} needs a stride along at least one dim: stride={{'x': 2}}."
            )
        for dim in self._over:
            if dim in self.stride:
                raise ParameterError(
                    f"over names {dim!r}, along which {name} has a stride: it is joint over that "
                    "dim already. Drop it from over=."
                )
        self._check()

    @abc.abstractmethod
    def _check(self) -> None:
        """Check the parameters of the subclass."""

    @abc.abstractmethod
    def _weights(self, parts: np.ndarray) -> np.ndarray:
        """How much of each component ``(*batch, component, sample)`` goes into the result."""

    @abc.abstractmethod
    def _mixed(self, parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Result ``(*batch, sample)``."""

    @abc.abstractmethod
    def _told(self, parts: np.ndarray) -> dict[str, np.ndarray]:
        """Describe the components by coordinates over the batch dims."""

    @property
    def _over(self) -> tuple[str, ...]:
        return tuple(self.over or ())

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that share one phase, and those of the stride."""
        return (*self._over, *self.stride)

    def plan(self, axes: Axes) -> Plan:
        """Split the axes into whole strides; the remainder of a finite axis is not used."""
        ring = {dim: "periodic" if axes[dim].periodic else "valid" for dim in self.stride}
        spans = spans_of(axes, self.stride, self.stride, ring, dict.fromkeys(self.stride, 0))
        joint = tuple(axes.read_or_counted(dim) for dim in self._over)
        steps = {span.axis.dim: span.axis.step for span in spans}
        sizes = [span.size for span in spans]
        shape = [*(axis.size for axis in joint), *sizes]

        def kernel(values: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
            parts = _components(values, sizes, list(self.stride.values()), len(joint))
            weights = self._weights(parts)
            pooled = self._mixed(parts, weights).reshape(*parts.shape[:-2], *shape)
            return pooled, {**self._phases(weights, steps), **self._told(parts)}

        placed = [dim for dim in self._over if axes.placed(dim)]
        return Plan(
            (*joint, *(span.axis for span in spans)),
            (*joint, *(span.axis.strided(span.stride, size=span.size) for span in spans)),
            dict(self.stride),
            dict.fromkeys([*placed, *self.stride], (np.inf, np.inf)),
            kernel,
            # Norms to weight by; and once more to measure how clear a choice is, or the mix.
            taps=2 * int(np.prod(list(self.stride.values()))),
            shared=shared_dims(spans) | frozenset(self._over),
        )

    def _phases(self, weights: np.ndarray, steps: Mapping[str, float]) -> dict[str, np.ndarray]:
        """How far samples of the result lie after the first ones: the mean over the mixed ones."""
        strides = tuple(self.stride.values())
        grids = np.indices(strides).reshape(len(strides), -1)
        named = zip(steps.items(), grids, strict=True)
        return {phase_name(dim): (weights @ grid) * step for (dim, step), grid in named}

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself if nothing changes, else None.

        Which samples are kept follows from the stride, so a decimated choice of one component is
        not another stride's choice. The lift is computed by moving the input: one pass for each
        phase.
        """
        return self if same_strides(self.stride, strides) else None

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        plan = self.plan(Axes.of(x))
        assert plan.kernel is not None
        y = on_axes(plan.kernel, x, plan.in_axes, plan.out_axes)
        # Where an earlier stage has chosen as well, distances add up and the smallest margin
        # counts, each of those samples that are kept now.
        units = {axis.dim: axis.length_unit for axis in plan.in_axes}
        steps = {axis.dim: axis.step for axis in plan.in_axes}
        chosen = {d: y.coords[phase_name(d)].variable / steps[d] for d in self.stride}
        phases = [phase_name(str(dim)) for dim in y.dims]
        earlier = {
            name: self._kept(x.coords[name].variable, chosen, y.sizes)
            for name in (*phases, _MARGIN)
            if name in x.coords
        }
        for dim in self.stride:
            name = phase_name(dim)
            phase = y.coords[name].variable
            earlier[name] = phase + earlier[name] if name in earlier else phase
            earlier[name].attrs = {"units": units[dim]}
        if _MARGIN in y.coords and _MARGIN in x.coords:
            earlier[_MARGIN] = np.minimum(y.coords[_MARGIN].variable, earlier[_MARGIN])
        return y.assign_coords(earlier)

    def _kept(
        self, told: xr.Variable, chosen: Mapping[str, xr.Variable], sizes: Mapping[Any, int]
    ) -> xr.Variable:
        """What an earlier stage told of the samples that are kept; of a mix, between them."""
        for dim, by in self.stride.items():
            if dim not in told.dims:
                continue
            place = xr.Variable(dim, np.arange(sizes[dim]) * by) + chosen[dim]
            last = told.sizes[dim] - 1
            low = place.copy(data=np.nan_to_num(place.to_numpy()).astype(int).clip(0, last))
            high = np.minimum(low + 1, last)
            share = place - low
            told = told.isel({dim: low}) * (1 - share) + told.isel({dim: high}) * share
        return told

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """One and two dims, a phase for each channel and one for all, and a finite axis."""
        picture = noise_picture(rng)
        yield cls(stride={"x": 2}), picture
        yield cls(stride={"x": 3, "y": 2}, over="channel"), picture
        yield cls(stride={"x": 4}, over=("channel", "y")), picture
        yield cls(stride={"x": 3}, over="channel"), picture.isel(x=slice(0, 23))


def _components(
    values: np.ndarray, sizes: Sequence[int], strides: Sequence[int], joint: int
) -> np.ndarray:
    """Split ``(*batch, *joint, *pooled)`` into its components ``(*batch, component, sample)``."""
    dims = len(strides)
    whole: list[Any] = [slice(0, size * by) for size, by in zip(sizes, strides, strict=True)]
    batch = values.shape[: values.ndim - dims - joint]
    lead = values.shape[: values.ndim - dims]
    split = [each for pair in zip(sizes, strides, strict=True) for each in pair]
    parts = values[(..., *whole)].reshape(*lead, *split)
    phases = [len(lead) + 2 * place + 1 for place in range(dims)]
    parts = np.moveaxis(parts, phases, range(len(batch), len(batch) + dims))
    return parts.reshape(*batch, int(np.prod(strides)), -1)


def _sizes(parts: np.ndarray, norm: str) -> np.ndarray:
    """Norm of each component, in double precision, the same to the last digit in any order.

    A component that moves around its axis is the same samples in another order. Summed as they come
    they give another round-off, and of components that tie another one would be chosen.
    """
    real = np.asarray(parts.real, dtype=np.float64)
    moduli = np.hypot(real, parts.imag) if np.iscomplexobj(parts) else np.abs(real)
    if norm == "linf":
        return np.asarray(moduli.max(axis=-1))
    moduli = np.sort(moduli, axis=-1)
    if norm == "l1":
        return np.asarray(moduli.sum(axis=-1))
    # At a level at which squares keep their digits, one for the components that are compared.
    level = exponent_of(moduli, (-2, -1))
    squares = scaled(moduli, -level) ** 2
    return scaled(np.sqrt(squares.sum(axis=-1)), level[..., 0])


@dataclass(frozen=True)
class PolyphasePool(_ComponentPool):
    """Adaptive polyphase sampling: ``y[j] = x[j s + p]`` with the phase p of the largest norm.

    ``p = argmax_p ||x[· s + p]||``, over all phases of the pooled dims together: with strides of 2
    along y and x, four components are compared. There is one phase for each batch item, so a dim
    whose entries belong together, such as the channels of a picture, must be named in `over`.

    When the input moves by whole samples, the components are permuted and the same one is kept. So
    the result of the moved input *is* the result, moved by a whole number of its own samples,
    ``(p + d - p') / s`` for an input shift of d samples, and exactly so. That is shown by
    ``equivariance_error(..., align="grid")``. Against the translation by ``d / s`` (the default,
    ``align="fourier"``) it folds like plain decimation. Without `over` each channel chooses for
    itself and moves by a different number of samples: each alone is equivariant, and all together
    are not (the coordinate ``apart`` of that measure says by how many).

    The choice is unstable at ties: where two components are equal up to rounding, a shift may swap
    them; only a shift by whole strides keeps the choice even then. Cutting the signal elsewhere
    also changes the norms, and thus the phase.

    Parameters
    ----------
    stride
        For each dim the stride s, in samples. A periodic axis must be a multiple of it; the
        remainder of a finite axis is not used.
    over
        Dims that share one phase with the pooled ones, such as ``"channel"`` or
        ``("channel", "orientation")``. None or ``()``: a separate choice for each of their entries.
    norm
        "l2", "l1" or "linf", of a component over the pooled dims and `over`.

    Returns
    -------
    xarray.DataArray
        On the grid of phase 0, so that moved results can be compared. Where the samples really
        stand follows from the coordinates over the batch dims: ``{dim}_phase``, in the unit of the
        axis, is the offset to add to the coordinate (``p`` times the step; phases of earlier stages
        are included); ``phase_margin`` is how far the second largest norm lies below the largest,
        relative to it.

    Raises
    ------
    ParameterError
        If a stride is not a whole number of at least 1, or `norm` is unknown.
    AxisError
        If a periodic axis is not a multiple of the stride.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([1.0, 3.0, 2.0, 0.0, 1.0, 0.0], Axis("x", unit="px", period=6.0))
    >>> y = PolyphasePool(stride={"x": 2})(x)
    >>> y.values.tolist(), float(y.x_phase)
    ([3.0, 0.0, 0.0], 1.0)
    >>> moved = PolyphasePool(stride={"x": 2})(x.roll(x=1, roll_coords=False))
    >>> moved.values.tolist(), float(moved.x_phase)
    ([0.0, 3.0, 0.0], 0.0)

    References
    ----------
    Chaman & Dokmanić (2021), Truly shift-invariant convolutional neural networks,
    arXiv:2011.14214.
    """

    norm: ComponentNorm = "l2"

    def _check(self) -> None:
        parameters.one_of("norm", self.norm, ComponentNorm)

    def _weights(self, parts: np.ndarray) -> np.ndarray:
        # The first NaN counts as the largest: a choice does not hide NaN.
        chosen = np.argmax(_sizes(parts, self.norm), axis=-1)
        return np.asarray(chosen[..., np.newaxis] == np.arange(parts.shape[-2]), dtype=np.float64)

    def _mixed(self, parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        chosen = np.argmax(weights, axis=-1)[..., np.newaxis, np.newaxis]
        return np.take_along_axis(parts, chosen, axis=-2)[..., 0, :]

    def _told(self, parts: np.ndarray) -> dict[str, np.ndarray]:
        """How clear the choice was: 1 where there is no other component, 0 where all are silent."""
        if parts.shape[-2] == 1:
            return {_MARGIN: np.ones(parts.shape[:-2])}
        ordered = np.sort(_sizes(parts, self.norm), axis=-1)
        largest, second = ordered[..., -1], ordered[..., -2]
        with np.errstate(invalid="ignore", divide="ignore"):
            return {_MARGIN: np.where(largest == 0, 0.0, (largest - second) / largest)}


@dataclass(frozen=True)
class SoftPolyphasePool(_ComponentPool):
    """Soft polyphase mix: ``y[j] = sum_p w_p x[j s + p]``, ``w = softmax(logits_p / temperature)``.

    Learnable polyphase sampling without the learned part: the logits are the components' norms, or
    the logarithms of their energies. A low temperature chooses one component (`PolyphasePool`), a
    high one weights all equally (`MeanPool`). In between it has neither equivariance: when the
    input moves, some of what is mixed moves by a sample of the result more than the rest.

    Parameters
    ----------
    stride, over
        As for `PolyphasePool`.
    logits
        "l2", "l1" or "linf": the norm of a component over the pooled dims and `over`; then the
        temperature is in the unit of that norm. "log-energy": the logarithm of the sum of squares;
        then ``w_p`` goes as ``energy_p^(1 / temperature)``, whatever the level of the signal.
    temperature
        Above 0.

    Returns
    -------
    xarray.DataArray
        On the grid of phase 0; ``{dim}_phase``, in the unit of the axis, is the mean distance of
        the samples that are mixed from there, with the same weights.

    Raises
    ------
    ParameterError
        If the temperature is not above 0, or a name is unknown.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> x = label([1.0, 3.0, 2.0, 0.0], "x")
    >>> SoftPolyphasePool(stride={"x": 2}, temperature=1e6)(x).values.round(3).tolist()
    [2.0, 1.0]
    >>> SoftPolyphasePool(stride={"x": 2}, temperature=1e-3)(x).values.round(3).tolist()
    [3.0, 0.0]

    References
    ----------
    Rojas-Gomez et al. (2022), Learnable polyphase sampling for shift invariant and equivariant
    convolutional networks, arXiv:2210.08001.
    """

    logits: Logits = "log-energy"
    temperature: float = 1.0

    def _check(self) -> None:
        parameters.one_of("logits", self.logits, Logits)
        parameters.positive(self.temperature, "temperature", wanted="a finite value above 0")

    def _weights(self, parts: np.ndarray) -> np.ndarray:
        if self.logits == "log-energy":
            with np.errstate(divide="ignore"):
                logits = 2 * np.log(_sizes(parts, "l2"))
        else:
            logits = _sizes(parts, self.logits)
        largest = logits.max(axis=-1, keepdims=True)
        # In silence all components have equal weight.
        away = np.where(np.isneginf(largest), 0.0, logits - largest)
        weights = np.exp(away / self.temperature)
        return np.asarray(weights / weights.sum(axis=-1, keepdims=True))

    def _mixed(self, parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        own = weights.astype(parts.real.dtype)
        return np.asarray((own[..., np.newaxis, :] @ parts)[..., 0, :])

    def _told(self, parts: np.ndarray) -> dict[str, np.ndarray]:
        """Only the phases."""
        return {}
