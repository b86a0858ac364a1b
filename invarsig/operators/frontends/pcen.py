"""Per-channel energy normalization."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis, label
from invarsig.errors import DtypeError, ParameterError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.noise import noise_sound
from invarsig.operators.strides import every_sample

__all__ = ["Pcen"]


@dataclass(frozen=True)
class Pcen(ArrayOperator):
    """Per-channel energy normalization: gain control by a running mean, then root compression.

    ``y = (E / (eps + M)^gain + bias)^power - bias^power`` with the running mean
    ``M[t] = (1 - s) M[t - 1] + s E[t]`` of each channel. A periodic axis has no first sample: there
    M is the unique periodic solution, so the operator commutes with every whole-sample shift. On
    other axes it begins at `initial`, whose influence fades with the time constant.

    Parameters
    ----------
    gain, bias, power
        Exponent of the gain control (0 to 1), offset and exponent of the root compression.
    time_constant
        Of the running mean, in seconds (the unit of the axis): with T samples in it,
        ``s = (sqrt(1 + 4 T^2) - 1) / (2 T^2)``, which is close to 1 / T.
    smoothing
        The weight s itself, 0 to 1, in place of a time constant.
    eps
        Prevents division by zero in silence; in the unit of the energies E.
    initial
        M before the first sample, where the axis is not periodic; None begins with the first sample
        itself. The default is librosa's.
    over
        The dim of time.

    Returns
    -------
    xarray.DataArray
        Over the same dims. Energies below 0 may give NaN.

    Raises
    ------
    ParameterError
        If a parameter is out of range.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> steady = label([4.0] * 6, Axis("time", step=0.01, unit="s", period=0.06))
    >>> Pcen(gain=1.0, bias=0.0, eps=1e-12)(steady).values.round(9).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]

    References
    ----------
    Wang et al. (2017), arXiv:1607.05666; Lostanlen et al. (2019), doi:10.1109/LSP.2018.2878620.
    """

    gain: float = 0.98
    bias: float = 2.0
    power: float = 0.5
    time_constant: float = lengths_field(along="over", default=0.4)
    smoothing: float | None = None
    eps: float = 1e-6
    initial: float | None = 1.0
    over: str = dims_field(default="time")

    linear = False

    def __post_init__(self) -> None:
        for what in ("gain", "bias"):
            parameters.finite(getattr(self, what), what, least=0, wanted="a value of at least 0")
        for what in ("power", "eps", "time_constant"):
            parameters.positive(getattr(self, what), what)
        s = self.smoothing
        if s is not None and not (parameters.is_finite(s) and 0 < s <= 1):
            raise ParameterError(f"smoothing is {s!r}; give a weight above 0, at most 1.")
        if self.initial is not None:
            wanted = "an energy of at least 0, or None"
            parameters.finite(self.initial, "initial", least=0, wanted=wanted)

    @property
    def dims(self) -> tuple[str, ...]:
        """The dim of time."""
        return (self.over,)

    def weight(self, axis: Axis) -> float:
        """Weight s of the newest sample in the running mean, on the axis of time."""
        if self.smoothing is not None:
            return self.smoothing
        samples = self.time_constant / abs(axis.step)
        # The definition, in a form that is accurate for small and large T.
        return float(2 / (1 + np.sqrt(1 + 4 * samples**2)))

    def plan(self, axes: Axes) -> Plan:
        """Keep the axis: an output depends on the whole past."""
        axis = axes[self.over]
        past = (np.inf, 0.0) if axis.step > 0 else (0.0, np.inf)

        def kernel(values: np.ndarray) -> np.ndarray:
            if np.iscomplexobj(values):
                raise DtypeError(
                    "Pcen needs energies, and these values are complex; put a Modulus before it."
                )
            # Where positions run backwards, the array is reversed: the past lies at higher indices.
            turned = values if axis.step > 0 else values[..., ::-1]
            mean = self._running_mean(turned, axis)
            return self._compressed(values, mean if axis.step > 0 else mean[..., ::-1])

        return Plan(
            (axis,),
            (axis,),
            {self.over: 1},
            {self.over: (np.inf, np.inf) if axis.periodic else past},
            kernel,
            taps=5,  # two for the running mean, two powers, a quotient
            shared=frozenset({self.over} if axis.periodic else ()),
        )

    def _running_mean(self, values: np.ndarray, axis: Axis) -> np.ndarray:
        from scipy import signal

        new = self.weight(axis)
        old = 1 - new
        taps, feedback = np.array([new]), np.array([1.0, -old])
        state = np.zeros((*values.shape[:-1], 1))
        if not axis.periodic:
            first = values[..., :1] if self.initial is None else self.initial
            state = old * (state + first)
        wide = values.astype(np.float64)
        mean, _ = signal.lfilter(taps, feedback, wide, axis=-1, zi=state)
        if axis.periodic:
            # What is left after one period enters again at the first sample, and so on.
            begin = mean[..., -1:] / -np.expm1(axis.size * np.log1p(-new)) if new < 1 else 0.0
            mean = mean + begin * old ** np.arange(1, axis.size + 1)
        return np.asarray(mean)

    def _compressed(self, values: np.ndarray, mean: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            scaled = values * np.exp(-self.gain * (np.log(self.eps) + np.log1p(mean / self.eps)))
            if self.bias == 0:
                return np.asarray(scaled**self.power)
            # In this form small energies lose no precision to the subtraction.
            return np.asarray(
                self.bias**self.power * np.expm1(self.power * np.log1p(scaled / self.bias))
            )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """On a periodic axis, and from a first sample."""
        sound = noise_sound(rng) ** 2
        yield cls(time_constant=0.002, eps=1e-3), sound.assign_coords(noise_sound(rng).coords)
        axis = Axis("time", 0.1, 0.01, 30, "s")
        ends = label(rng.standard_normal((3, 30)) ** 2, "mel", axis)
        yield cls(time_constant=0.05, eps=1e-3), ends
        yield cls(smoothing=0.3, bias=0.0, initial=None, eps=1e-3), ends
