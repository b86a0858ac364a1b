"""The swap test: replace one stage by its alias-free counterpart, and measure the gain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np
import xarray as xr

from invarsig.actions import Action, Translate
from invarsig.axes import Axes, axis_of, difference
from invarsig.errors import InvarsigError, ParameterError
from invarsig.measures.equivariance import actions_of
from invarsig.measures.norms import Norm, relative, usual_norm
from invarsig.measures.protocols import choose_protocol
from invarsig.operators import Filtered, Operator, Pipeline
from invarsig.operators.base import require_operator, stages_of
from invarsig.operators.pipeline import told
from invarsig.operators.pointwise.pointwise import Pointwise
from invarsig.operators.polyphase import dense_form
from invarsig.operators.pooling.band_pool import ideal_pool
from invarsig.operators.strides import decimating

__all__ = ["alias_free", "swap_test", "twin_of"]


def swap_test(
    pipeline: Operator,
    x: xr.DataArray,
    action: Translate | Sequence[Translate],
    *,
    norm: Norm | None = None,
) -> xr.Dataset:
    """Replace each stage by its alias-free counterpart, and measure how much error that removes.

    ``gain_i = 20 lg (e / e_i)`` with e the root mean square of the relative equivariance error over
    the shifts, and e_i the same with stage i replaced. `attribute` divides up one error; this
    measures what a replacement would gain, by making it. They agree where one stage makes the
    error; where several do, swapping any one of them gains little, and shares are the better
    answer.

    The counterpart of a strided stage is its dense form, an ideal low-pass and the stride, along
    the dims that are moved along; of a pointwise nonlinearity the same at four times the sampling
    rate, filtered. A front end's dense form stands on a grid of an eighth of its hop. Of complex
    channels the ideal band, and the finer grid, lie around each one's center frequency; a
    nonlinearity of them has a counterpart where rotating their phase leaves the result unchanged (a
    modulus) or rotates it too, since otherwise the frequency around which its result lies is
    unknown.

    Parameters
    ----------
    pipeline
        The pipeline; any other operator is one stage.
    x
        Labeled array, periodic along the dims that are moved along.
    action
        One translation, or several.
    norm
        As for `equivariance_error`.

    Returns
    -------
    xarray.Dataset
        Over "stage", which counts from 1, with the stages' text as ``operator``: ``error`` with
        that stage replaced and ``gain`` in dB, both NaN where a stage has no counterpart;
        ``baseline``, the error of the original pipeline. Over "stage" and "length", in the order of
        the shifts given: ``error_at``.

    Raises
    ------
    AxisError
        If an axis is not periodic.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=96, period=96.0), exponent=1.0, rng=1)
    >>> pipeline = iv.BlurPool(stride={"x": 1}) >> iv.MaxPool(window={"x": 4})
    >>> found = iv.aliasing.swap_test(pipeline, x, [iv.Translate(x=d) for d in (1, 2, 3)])
    >>> found.gain.dropna("stage").stage.values.tolist(), bool(found.gain.max() > 200)
    ([2], True)

    References
    ----------
    Karras et al. (2021), Alias-free generative adversarial networks, arXiv:2106.12423, whose
    ablations replace one layer after the other.
    """
    require_operator(pipeline)
    norm = usual_norm(pipeline, norm)
    stages = stages_of(pipeline)
    if not stages:
        raise ParameterError("The pipeline has no stages; there is nothing to swap.")
    moves = actions_of(action, x)
    dims = tuple(dict.fromkeys(dim for move in moves for dim in move.required))

    for move in moves:
        choose_protocol("periodic", x, x, move)
    # The stages before the replaced one are run once: on the input and on each moved one.
    features = [x, *(move(x) for move in moves)]
    unknown = np.full(len(moves), np.nan)
    errors = []
    for place, stage in enumerate(stages):
        twin = twin_of(stage, features[0], dims)
        errors.append(unknown)
        if twin is not None:
            swapped = Pipeline((twin, *stages[place + 1 :]))
            # What follows may not accept the counterpart's values, as a log accepts none below 0.
            with suppress(InvarsigError):
                errors[-1] = _errors([swapped(each) for each in features], moves, norm)
        with told(stage, place + 1, features[0]):
            features = [stage(each) for each in features]
    baseline = _root_mean_square(_errors(features, moves, norm))
    every = np.array(errors)
    found = _root_mean_square(every)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = 20 * np.log10(np.maximum(baseline, 1e-16) / np.maximum(found, 1e-16))
    return xr.Dataset(
        {
            "error": ("stage", found),
            "gain": ("stage", gain, {"units": "dB"}),
            "baseline": baseline,
            "error_at": (("stage", "length"), every),
        },
        coords={
            "stage": np.arange(1, len(stages) + 1),
            "operator": ("stage", [str(stage) for stage in stages]),
        },
        attrs={"norm": norm},
    )


def _errors(results: Sequence[xr.DataArray], moves: Sequence[Action], norm: Norm) -> np.ndarray:
    """Error at each move, given the results of the input and of each moved one."""
    y, *firsts = results
    gaps = [difference(first, move.on_output(y)) for first, move in zip(firsts, moves, strict=True)]
    pairs = zip(gaps, moves, strict=True)
    return np.array([float(relative(gap, y, norm, (), move.required)) for gap, move in pairs])


def _root_mean_square(errors: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(np.mean(errors**2, axis=-1)))


def twin_of(stage: Operator, x: xr.DataArray, dims: Sequence[str]) -> Operator | None:
    """Alias-free counterpart of a stage on its own input, or None where there is none."""
    strides = decimating(stage.plan(Axes.of(x)).stride)
    if strides:
        if set(strides) <= set(dims):
            return alias_free(stage, x)
        return _twin_along(stage, x, strides, [dim for dim in strides if dim in dims])
    there = [dim for dim in dims if dim in x.dims]
    creates = isinstance(stage, Pointwise) and not stage.linear
    creates = creates and (x.dtype.kind != "c" or _keeps_phase(stage, x))
    if creates and there and all(axis_of(x, dim).periodic for dim in there):
        return Filtered(stage, tuple(there), up=4)
    return None


def alias_free(op: Operator, x: xr.DataArray) -> Operator | None:
    """Give an operator's alias-free counterpart on the axes of `x`: dense, low-passed, subsampled.

    A front end is taken to a grid of an eighth of its hop, where it folds almost nothing: a grid of
    every sample would be too large. Of complex channels the ideal band is one output rate wide
    around each one's center frequency. None where the operator does not stride, or where a strided
    axis is not periodic.
    """
    axes = Axes.of(x)
    strides = decimating(op.plan(axes).stride)
    if not strides or not all(axes[dim].periodic for dim in strides):
        return None
    eighths = op.front_end and all(by % 8 == 0 for by in strides.values())
    fine = {dim: by // 8 if eighths else 1 for dim, by in strides.items()}
    dense = dense_form(op, axes, fine)
    if dense is None:
        return None
    return dense >> ideal_pool(op(x), {dim: by // fine[dim] for dim, by in strides.items()})


def _twin_along(
    stage: Operator, x: xr.DataArray, strides: Mapping[str, int], dims: Sequence[str]
) -> Operator | None:
    """Counterpart along some of a stage's strided dims; the others are left as they were."""
    dense = dense_form(stage, Axes.of(x), {**strides, **dict.fromkeys(dims, 1)})
    if not dims or dense is None:
        return None
    if not all(axis_of(x, dim).periodic for dim in dims):
        return None
    return dense >> ideal_pool(stage(x), {dim: strides[dim] for dim in dims})


def _keeps_phase(stage: Operator, x: xr.DataArray) -> bool:
    """Whether rotating all complex samples by one phase keeps a stage's result, or rotates it.

    Then its result lies around 0 where it is real, and around the channels' centers where not: on a
    grid that is fine enough, the frequency around which a channel lies makes no difference to it.
    """
    few = x.isel({dim: slice(0, 8) for dim in x.dims})
    rng = np.random.default_rng(0)
    real, imaginary = rng.standard_normal((2, *few.shape))
    probe = few.copy(data=(real + 1j * imaginary).astype(x.dtype))
    turn = np.exp(1j).astype(x.dtype)
    try:
        plain, turned = (
            stage(probe).to_numpy(),
            stage(probe.copy(data=probe.data * turn)).to_numpy(),
        )
    except InvarsigError:
        return False
    expected = plain * turn if plain.dtype.kind == "c" else plain
    if turned.shape != expected.shape or not np.isfinite(plain).all():
        return False
    slack = 100 * float(np.finfo(x.dtype).eps) * float(np.abs(plain).max())
    return bool(np.abs(turned - expected).max() <= slack)
