"""One door for arguments: what is outside a definition is refused, by every public name."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import inspect
import math
import pkgutil
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, NamedTuple, get_args, get_origin

import numpy as np
import pytest
import xarray as xr
from sklearn.preprocessing import StandardScaler

import invarsig as iv
from invarsig import parameters
from invarsig.axes import axis_of
from invarsig.errors import DimError, ParameterError
from invarsig.experiments.charts import Curve, Interval
from invarsig.measures.norms import Norm
from invarsig.operators.windows import BoundaryChoice
from invarsig.remedies.unremedied_lift import unremedied_lift

VAR_KEYWORD = inspect.Parameter.VAR_KEYWORD

# The page's own parts, which no user calls, plain kernels, whose callers have checked, and
# strategies, which check when they are drawn from (tests/test_strategies.py).
_INTERNAL = (
    "invarsig.report",
    "invarsig.kernels",
    "invarsig.__main__",
    "invarsig.testing.strategies",
)

# Parts of a measure or an operator, which take what that has checked.
_CHECKED = {
    "invarsig.adapters.estimator_operator.EstimatorOperator",
    "invarsig.aliasing.as_given.AsGiven",
    "invarsig.aliasing.attribution.attributed_to_stages",
    "invarsig.aliasing.judged.Judged",
    "invarsig.aliasing.measuring_limit.limit_of_rolling",
    "invarsig.aliasing.measuring_limit.measuring_limit",
    "invarsig.aliasing.prediction.predicted_errors",
    "invarsig.aliasing.prepared_axis.PreparedAxis",
    "invarsig.aliasing.readings.causes_over_all_stages",
    "invarsig.aliasing.verdict.Verdict",
    "invarsig.cli.subject.Subject",
    "invarsig.diagnosis.causes_of_sections.causes_of_sections",
    "invarsig.diagnosis.findings.causes.SplitAt",
    "invarsig.diagnosis.findings.swaps.swapped",
    "invarsig.diagnosis.given.Given",
    "invarsig.diagnosis.layer_changes.LayerChange",
    "invarsig.diagnosis.runs.Runs.gaps",
    "invarsig.diagnosis.worst_errors.WorstErrors",
    "invarsig.experiments.network_pictures.digits",
    "invarsig.experiments.network_pictures.texture_patches",
    "invarsig.io.content.Content",
    "invarsig.io.numpy_file.load_npy",
    "invarsig.io.tree_text.written_text",
    "invarsig.measures.class_scores.probabilities_of",
    "invarsig.measures.moved_along.moved_along",
    "invarsig.measures.shift_grid.ShiftGrid",
    "invarsig.measures.silence.is_round_off",
    "invarsig.measures.protocols.compare",
    "invarsig.measures.protocols.floor_of",
    "invarsig.operators.banks.bank.tap_plan",
    "invarsig.remedies.as_given.compared_as_given",
    "invarsig.remedies.as_given.error_as_given",
    "invarsig.remedies.sought.seek",
    "invarsig.remedies.trial.Trial",
    "invarsig.remedies.trial.Trial.judged",
    "invarsig.remedies.trial.Trial.judged_in_parts",
    "invarsig.remedies.unremedied_lift.UnremediedLift",
    "invarsig.remedies.unremedied_lift.unremedied_lift",
    "invarsig.survey.run.survey_subjects",
    "invarsig.survey.work.Work",
    "invarsig.operators.frontends.units.require_window",
    "invarsig.operators.scattering.rings.rings_of",
    "invarsig.operators.windows.adds_nothing",
    "invarsig.operators.windows.border_along",
    "invarsig.operators.windows.spans_of",
}


def modules() -> Iterator[Any]:
    """Every module of the package that holds public names."""
    yield iv
    for found in pkgutil.walk_packages(iv.__path__, "invarsig."):
        torch = found.name.startswith("invarsig.adapters.modules.")
        if torch and importlib.util.find_spec("torch") is None:
            continue
        if not found.name.startswith(_INTERNAL):
            yield importlib.import_module(found.name)


class _Names(dict):
    """Names that an annotation may use, those that are imported for types only included."""

    def __init__(self, home: Any) -> None:
        super().__init__(vars(home))

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            return getattr(builtins, name)
        for module in list(sys.modules.values()):
            if getattr(module, "__name__", "").startswith("invarsig") and name in vars(module):
                return vars(module)[name]
        try:  # A package that is loaded when it is first used.
            return importlib.import_module(name)
        except ImportError:
            return Any


def hint_of(annotation: Any, home: Any) -> Any:
    """An annotation, evaluated where it was written."""
    return eval(annotation, {}, _Names(home)) if isinstance(annotation, str) else annotation


def is_closed(hint: Any) -> bool:
    """Whether a hint allows some words only: a Literal, or a boundary."""
    if hint == BoundaryChoice:
        return True
    return get_origin(hint) is Literal or any(is_closed(part) for part in get_args(hint))


class Door(NamedTuple):
    """A parameter that takes closed words, and what it is a parameter of."""

    name: str
    call: Any
    parameter: str
    owner: type | None = None

    def __str__(self) -> str:
        return f"{self.name}({self.parameter}=)"


def doors_of(name: str, target: Any, owner: type | None = None) -> Iterator[Door]:
    """Closed parameters of a function, of a class, and of a class' public methods."""
    if inspect.isclass(target):
        if inspect.isabstract(target) or not is_dataclass(target):
            closed = []
        elif "__init__" in vars(target) and not target.__dataclass_params__.init:
            closed = list(doors_of(name, target.__init__))
        else:
            homes = {key: base for base in reversed(target.__mro__)
                     for key in vars(base).get("__annotations__", ())}  # fmt: skip
            closed = [
                Door(name, target, field.name)
                for field in fields(target)
                if field.init
                and not field.name.startswith("_")
                and is_closed(hint_of(field.type, sys.modules[homes[field.name].__module__]))
            ]
        yield from (Door(name, target, door.parameter) for door in closed)
        for key, method in vars(target).items():
            plain = getattr(method, "__func__", method)
            if not key.startswith("_") and inspect.isfunction(plain):
                yield from doors_of(f"{name}.{key}", plain, target)
        return
    home = sys.modules[target.__module__]
    for key, parameter in inspect.signature(target).parameters.items():
        if parameter.annotation is not parameter.empty and is_closed(
            hint_of(parameter.annotation, home)
        ):
            yield Door(name, target, key, owner)


def doors(several: Iterable[Any]) -> dict[str, Door]:
    """Closed parameters of all public functions and classes of some modules."""
    found: dict[str, Any] = {}
    for module in several:
        for name in getattr(module, "__all__", ()):
            target = getattr(module, name)
            if not inspect.isfunction(target) and not inspect.isclass(target):
                continue
            if target.__module__.startswith(module.__name__.split(".")[0]):
                found[f"{target.__module__}.{target.__qualname__}"] = target
    every = [
        door
        for name, target in sorted(found.items())
        if name not in _CHECKED and not name.startswith(_INTERNAL)
        for door in doors_of(name, target)
        if door.name not in _CHECKED
    ]
    return {str(door): door for door in every}


def ring(size: int = 24) -> xr.DataArray:
    return iv.power_law_noise(iv.Axis("x", size=size, unit="px", period=float(size)), rng=1)


def tones() -> xr.DataArray:
    return iv.label(np.random.default_rng(1).standard_normal((2, 24)), "tone", axis_of(ring(), "x"))


def picture() -> xr.DataArray:
    axes = [iv.Axis(dim, size=16, unit="px", period=16.0) for dim in ("y", "x")]
    return iv.power_law_noise(*axes, channels=3, rng=1)


POOL = iv.MaxPool(window={"x": 2})
MOVE = iv.Translate(x=1.0)
MOVES = [MOVE, iv.Translate(x=2.0)]

# What a parameter that has no default is given, by its name.
BY_NAME: dict[str, Any] = {
    "op": POOL,
    "pipeline": POOL,
    "x": ring(),
    "y": POOL(ring()),
    "first": POOL(MOVE(ring())),
    "action": MOVE,
    "actions": MOVES,
    "moves": MOVES,
    "along": "x",
    "dim": "x",
    "dims": ("x",),
    "over": ("y", "x"),
    "part": ring(),
    "whole": ring(),
    "gap": POOL(ring()),
    "dense": ring(),
    "counts": {"x": 2},
    "window": "hann",
    "hop": 16,
    "rng": 1,
    "key": "k",
    "x_label": "x",
    "y_label": "y",
    "alternative": "a",
}

BASELINE = iv.baseline(POOL, ring(), "x")

# Where its name alone does not tell, and where what has a default is needed too.
BY_OWNER: dict[str, dict[str, Any]] = {
    "Translate.in_samples": {"x": ring(), "counts": {"x": 1.0}},
    "UnremediedLift.error": {"place": 0, "low_pass": None, "strides": {}},
    "hop_folding": {"length": 64},
    "safe_hop": {"length": 64},
    "check": {"max_error": -40.0},
    "check_against": {"before": BASELINE},
    "compare": {"pipelines": {"blur": POOL}, "inputs": {"noise": ring()}},
    "relative_in_parts": {"count": 2},
    "survey": {"pipelines": {"blur": POOL}, "inputs": [], "out": "not_made.zarr"},
    "Baseline": {"pipeline": "", "sha256": "", "axes": BASELINE.axes},
    "Check": dict.fromkeys(("dim", "error", "floor", "move", "sentence"), 0.0),
    "Expectation": {"limits": (0.0,)},
    "TrainedNetwork": {
        **dict.fromkeys(("name", "medium", "training"), ""),
        "kind": "local",
        "downsampling": "max",
        "over": ("y", "x"),
        "pooled": (),
        "weights": {},
        **dict.fromkeys(("seed", "items", "steps", "parameters", "accuracy", "accuracy_moved"), 0),
    },
    "Effect": dict.fromkeys(("name", "unit", "value", "low", "high", "count", "of"), 0.0),
    "curves": {"lines": [Curve("a", [0.0, 1.0], [0.0, 1.0])]},
    "intervals": {"rows": [Interval("a", 0.0, 0.0, 0.0)]},
    "best_translation": {"first": ring(), "last": ring()},
    "normalized_variance": {"action": MOVES, "x": tones(), "samples": "tone"},
    "consistency": {"action": MOVES},
    "top1_change": {"action": MOVES},
    "jaggedness": {"action": MOVES},
    "mean_absolute_change": {"action": MOVES},
    "cnn": {"kernels": []},
    "vision_transformer": {"x": picture(), "patch": {"y": 4, "x": 4}},
    "SelfAttention.random": {"x": picture()},
    "answers": {"op": iv.GlobalPool(("y", "x")), "pictures": [picture()], "shifts": 1},
    "from_sklearn": {"estimator": StandardScaler().fit(tones()), "x": tones()},
    "ShiftGrid.of": {"shifts": 1, "size": None},
    "pooled_bins": {"values": np.ones(4), "windows": [[(0, 2)]], "what": "a pool"},
}

# The object whose method is called.
OBJECTS: dict[str, Any] = {
    "UnremediedLift": unremedied_lift(POOL, ring(), ("x",)),
    "Baseline": BASELINE,
}


def attempt(door: Door, given: Any) -> None:
    """Call with one parameter as given, and plain arguments for what else is needed."""
    if inspect.isclass(door.call) and hasattr(door.call, "examples"):
        example, *_ = next(iter(door.call.examples(np.random.default_rng(0))))
        replace(example, **{door.parameter: given})
        return
    call, name = door.call, door.call.__qualname__
    if door.owner is not None:
        call = getattr(OBJECTS.get(door.owner.__name__, door.owner), call.__name__)
    arguments = {door.parameter: given}
    positional = []
    for key, parameter in inspect.signature(call).parameters.items():
        if key == door.parameter:
            continue
        if key in BY_OWNER.get(name, {}):
            value = BY_OWNER[name][key]
        elif parameter.default is parameter.empty and parameter.kind is not VAR_KEYWORD:
            value = BY_NAME[key]
        else:
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional.append(value)
        else:
            arguments[key] = value
    found = call(*positional, **arguments)
    if inspect.isgenerator(found):
        list(found)


def refuses(door: Door) -> bool:
    """Whether a misspelled word is refused, in words that show it."""
    try:
        attempt(door, "foo")
    except ParameterError as error:
        return "foo" in str(error)
    return False


DOORS = doors(modules())


def test_the_closed_words_of_every_family_are_found():
    assert len(DOORS) > 100
    for name in (
        "invarsig.aliasing.prediction.predict_error(norm=)",
        "invarsig.aliasing.sweeps.sweep(method=)",
        "invarsig.measures.equivariance.equivariance_error(protocol=)",
        "invarsig.measures.equivariance.equivariance_error(align=)",
        "invarsig.actions.rotation.Rotate(boundary=)",
        "invarsig.operators.pooling.max_pool.MaxPool(boundary=)",
        "invarsig.operators.frontends.mel_bank.MelBank(norm=)",
        "invarsig.operators.networks.self_attention.SelfAttention.random(position=)",
    ):
        assert name in DOORS


@pytest.mark.parametrize("name", DOORS)
def test_a_misspelled_word_is_refused_by_every_public_name(name):
    assert refuses(DOORS[name])


# Planted: a function and a class that take any word.
def heedless(x: xr.DataArray, *, norm: Norm = "centered") -> xr.DataArray:
    return x if norm == "centered" else -x


@dataclass(frozen=True)
class Heedless:
    norm: Norm | None = None


def test_what_checks_nothing_is_found_and_caught():
    planted = types.SimpleNamespace(
        __name__=__name__, __all__=["heedless", "Heedless"], heedless=heedless, Heedless=Heedless
    )
    found = doors([planted])
    assert [door.parameter for door in found.values()] == ["norm", "norm"]
    assert not any(refuses(door) for door in found.values())


@pytest.mark.parametrize(
    "measured",
    [
        lambda **norm: iv.predict_error(POOL, ring(), MOVE, **norm),
        lambda **norm: iv.aliasing.folding_errors(POOL, ring(), MOVES, **norm),
        lambda **norm: iv.aliasing.swap_test(POOL, ring(), MOVES, **norm),
        lambda **norm: iv.attribute(POOL, ring(), MOVE, **norm),
        lambda **norm: iv.aliasing.sweep(POOL, ring(), "x", **norm),
        lambda **norm: iv.equivariance_error(POOL, ring(), MOVE, **norm),
    ],
)
def test_a_british_norm_is_refused_and_the_spelling_told(measured):
    with pytest.raises(ParameterError, match="norm='centred' is unknown; give one of centered, ch"):
        measured(norm="centred")


def test_a_sweep_knows_two_methods():
    with pytest.raises(
        ParameterError, match="method='lifting' is unknown; give one of shifting, l"
    ):
        iv.aliasing.sweep(POOL, ring(), "x", method="lifting")


@pytest.mark.parametrize("action", [iv.Flip("x", center={"x": 0.0}), "x", 1.0])
def test_what_is_known_of_translations_alone_refuses_other_actions(action):
    blur = iv.BlurPool(taps=3, stride={"x": 2})
    with pytest.raises(ParameterError, match="translation"):
        iv.aliasing.expected_error(blur, ring(), action)
    with pytest.raises(ParameterError, match="translation"):
        iv.remedies(POOL, ring(), action)
    with pytest.raises(ParameterError, match="translation"):
        iv.remedies(POOL, ring(), [MOVE, action])


LIMITED: list[tuple[str, Callable[[float], Any]]] = [
    ("max_error", lambda limit: iv.check(POOL, ring(), "x", max_error=limit)),
    ("max_db", lambda limit: iv.testing.assert_equivariant(POOL, ring(), MOVE, max_db=limit)),
    ("target", lambda limit: iv.remedies(POOL, ring(), MOVES, target=limit)),
    ("db", lambda limit: iv.aliasing.safe_hop("hann", 64, db=limit)),
    ("db", lambda limit: iv.aliasing.safe_bins_per_octave(17.0, db=limit)),
    ("db", lambda limit: iv.BlurPool(taps=3, stride={"x": 1}).safe_stride(ring(), db=limit)),
]


@pytest.mark.parametrize(("name", "limited"), LIMITED)
def test_a_limit_without_its_minus_is_refused(name, limited):
    with pytest.raises(ParameterError, match=rf"{name} is 40 dB, .* did you mean -40 dB\?"):
        limited(40)


@pytest.mark.parametrize(("name", "limited"), LIMITED)
@pytest.mark.parametrize("limit", [math.nan, math.inf, -math.inf, "-40", True])
def test_a_limit_is_a_finite_number_of_decibels(name, limited, limit):
    with pytest.raises(ParameterError, match=f"{name} is .*; give a finite number of decibels"):
        limited(limit)


@pytest.mark.parametrize("tolerance", [-0.1, math.nan, "1", True])
def test_a_tolerance_is_a_finite_number_from_0_on(tolerance):
    before = iv.baseline(POOL, ring(), "x")
    with pytest.raises(ParameterError, match=r"tolerance is .* dB; give a finite number of at le"):
        iv.diagnosis.check_against(POOL, ring(), before, tolerance=tolerance)


@pytest.mark.parametrize(
    "joined",
    [
        lambda a, b: iv.Pipeline(a, stages=[b]),
        lambda a, b: iv.Pipeline([a, b], stages=(b,)),
        lambda a, b: iv.Sum(a, operators=[b]),
        lambda a, b: iv.Sum([a], operators=iter([b])),
    ],
)
def test_operators_given_in_two_ways_are_refused_and_not_dropped(joined):
    with pytest.raises(ParameterError, match="both by position and by name"):
        joined(iv.Relu(), iv.Tanh())


def test_operators_given_in_one_way_or_the_other_are_the_same():
    a, b = iv.Relu(), iv.Tanh()
    assert iv.Pipeline(a, b) == iv.Pipeline([a, b]) == iv.Pipeline(stages=iter([a, b])) == a >> b
    assert iv.Sum(a, b) == iv.Sum((a, b)) == iv.Sum(operators=(a, b))
    assert iv.Pipeline() == iv.Pipeline(stages=())


# The functions themselves.
def test_a_closed_word_is_told_with_all_there_are():
    with pytest.raises(ParameterError, match=r"^of='c' is unknown; give one of a, b\.$"):
        parameters.one_of("of", "c", Literal["a", "b"])
    with pytest.raises(ParameterError, match=r"^of=3 is unknown; give 10 or 2\.$"):
        parameters.one_of("of", 3, (10, 2))
    with pytest.raises(ParameterError, match=r"^of='c' is unknown; give 'a', 'b' or None\.$"):
        parameters.one_of("of", "c", Literal["a", "b"] | None)
    assert parameters.one_of("of", None, Literal["a", "b"] | None) is None


@pytest.mark.parametrize("value", [np.ones(2), ["a"], {"a": 1}, None, math.nan, ring()])
def test_what_is_no_word_at_all_is_no_closed_word(value):
    with pytest.raises(ParameterError, match="is unknown"):
        parameters.one_of("of", value, Literal["a", "b"])


@pytest.mark.parametrize("value", [1, np.int64(3), np.uint8(7)])
def test_a_count_is_given_back_as_a_plain_number(value):
    assert type(parameters.count(value, "n")) is int
    assert parameters.count(value, "n") == value


@pytest.mark.parametrize("value", [0, -1, 1.0, True, np.True_, "1", None, math.nan, [1]])
def test_no_count_is_refused(value):
    with pytest.raises(ParameterError, match=r"n is .*; give a whole number"):
        parameters.count(value, "n")


@pytest.mark.parametrize("value", [0, -1, True, "1", None, math.nan, math.inf, [1.0], 1j])
def test_what_is_not_above_0_is_refused(value):
    with pytest.raises(ParameterError, match=r"n is .*; give a value above 0"):
        parameters.positive(value, "n")


@pytest.mark.parametrize("value", [True, "1", None, math.nan, math.inf, [1.0], 1j])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(ParameterError, match=r"n is .*; give a finite number"):
        parameters.finite(value, "n")


@pytest.mark.parametrize("given", [(), ("x", "x"), 3, ("x", 3), None])
def test_dims_are_names_each_given_once(given):
    with pytest.raises(ParameterError, match="each named once"):
        parameters.dims_once(given, "It is over")
    with pytest.raises(DimError, match="give 1 or 2 dims, each named once"):
        parameters.dims_once(given, "It is over", 1, 2, raises=DimError)


@pytest.mark.parametrize("window", ["foo", ("kaiser",), None, ("foo", 2.0)])
def test_a_window_that_scipy_does_not_know_is_refused(window):
    with pytest.raises(ParameterError, match=r"taps=.* is not a window that scipy\.signal"):
        parameters.window_weights(window, 8, "taps")


@pytest.mark.parametrize("window", ["hann", ("kaiser", 3.0), "boxcar"])
@pytest.mark.parametrize("symmetric", [True, False])
def test_a_window_is_that_of_scipy(window, symmetric):
    from scipy import signal

    found = parameters.window_weights(window, 9, "taps", symmetric=symmetric)
    np.testing.assert_array_equal(found, signal.get_window(window, 9, fftbins=not symmetric))
