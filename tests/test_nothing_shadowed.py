"""Names in results are reached as attributes, `found["time"].length`: none is one of xarray's."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig import aliasing, measures
from invarsig.report import schema

X = iv.power_law_noise(iv.Axis("x", size=24, unit="px", period=24.0), rng=1)
PICTURE = iv.power_law_noise(
    *(iv.Axis(dim, size=12, unit="px", period=12.0) for dim in ("y", "x")), rng=1
)
TONES = iv.label(
    np.random.default_rng(1).standard_normal((5, 48)), "tone", iv.Axis("x", size=48, period=48.0)
)
POOL = iv.MaxPool(window={"x": 2})
CHAIN = iv.Relu() >> POOL
MOVES = [iv.Translate(x=length) for length in (1.0, 0.5, 2.0)]
JOINT = [iv.Translate(y=1.0, x=length) for length in (1.0, 2.0)]
WHOLE = [iv.Translate(x=length) for length in (0.0, 1.0, 2.0)]
SCORES = iv.GaborBank("x", frequency=[0.1, 0.2, 0.3]) >> iv.Modulus() >> iv.GlobalPool("x")

# What every function of the two families gives that has labels.
RESULTS = {
    "answers": lambda: measures.answers(SCORES, [TONES[0]], shifts={"x": 1}),
    "attribute": lambda: iv.attribute(CHAIN, X, MOVES),
    "best_translation": lambda: measures.best_translation(X, MOVES[0](X), "x"),
    "causes": lambda: iv.causes(CHAIN, X, MOVES[0]),
    "consistency": lambda: measures.consistency(SCORES, TONES, WHOLE, over="band"),
    "energy_constancy": lambda: measures.energy_constancy(POOL, X, MOVES),
    "eqt": lambda: measures.eqt(POOL, X, MOVES),
    "equivariance_error": lambda: iv.equivariance_error(POOL, X, MOVES),
    "equivariance_error of one": lambda: iv.equivariance_error(POOL, X, MOVES[0]),
    "equivariance_error along two": lambda: iv.equivariance_error(POOL, PICTURE, JOINT),
    "equivariance_error of a flip": lambda: iv.equivariance_error(
        POOL, X, [iv.Flip.about_middle(X, "x")]
    ),
    "expected_error": lambda: aliasing.expected_error(
        iv.BlurPool(taps=3, stride={"x": 2}), X, MOVES[0]
    ),
    "fold": lambda: aliasing.fold(aliasing.lift(POOL, X, "x"), "x", 2),
    "fold_stages": lambda: aliasing.fold_stages(CHAIN, X, "x"),
    "folded_share": lambda: aliasing.folded_share(
        aliasing.fold(aliasing.lift(POOL, X, "x"), "x", 2), "x"
    ),
    "folding_errors": lambda: aliasing.folding_errors(POOL, X, MOVES),
    "folding_explains": lambda: aliasing.folding_explains(POOL, X, "x"),
    "frequency_classes": lambda: aliasing.frequency_classes(POOL, X, "x"),
    "images": lambda: aliasing.images(POOL, X, "x"),
    "invariance_error": lambda: iv.invariance_error(POOL, X, MOVES),
    "jaggedness": lambda: measures.jaggedness(SCORES, TONES, WHOLE, over="band"),
    "lie_derivative": lambda: measures.lie_derivative(POOL, X, MOVES[0]),
    "lift": lambda: aliasing.lift(POOL, X, "x"),
    "local_statistics": lambda: measures.local_statistics(X, {"x": 4}),
    "mean_absolute_change": lambda: measures.mean_absolute_change(
        SCORES, TONES, WHOLE, over="band"
    ),
    "nonstationarity": lambda: measures.nonstationarity(
        TONES, "x", item="tone", window={"x": 4}, rng=1, shuffles=19
    ),
    "normalized_variance": lambda: measures.normalized_variance(POOL, TONES, MOVES, samples="tone"),
    "orbit": lambda: iv.orbit(POOL, X, "x"),
    "predict_error": lambda: iv.predict_error(POOL, X, MOVES),
    "swap_test": lambda: aliasing.swap_test(CHAIN, X, MOVES),
    "sweep": lambda: aliasing.sweep(POOL, X, "x"),
    "sweep along two": lambda: aliasing.sweep(POOL, PICTURE, ("y", "x")),
    "top1_change": lambda: measures.top1_change(SCORES, TONES, WHOLE, over="band"),
}

# `iv.causes` calls what a cause contributes `size`, the word that its readers ask for; in a Dataset
# the number of variables is of no use to anybody, and `found["size"]` is there.
EXEMPT = {"causes": {"size"}}


def names_in(found: xr.Dataset | xr.DataArray | xr.DataTree) -> set[str]:
    """Every variable, coordinate and dim."""
    if isinstance(found, xr.DataTree):
        return set().union(*(names_in(node.to_dataset()) for node in found.subtree))
    held = found.variables if isinstance(found, xr.Dataset) else found.coords
    return set(map(str, (*held, *found.dims)))


def shadowed(names: set[str]) -> set[str]:
    """Those that an attribute of xarray stands before."""
    return {name for name in names if hasattr(xr.Dataset, name) or hasattr(xr.DataArray, name)}


def test_what_is_declared_of_a_tree_is_reached_by_its_name():
    declared: set[str] = set()
    for one in (*schema.ROOT, *schema.INPUT, *schema.AXIS):
        for each in (*one.variables, *one.coords):
            declared |= {each.name, *each.dims}
    assert {"length", "curve_length", "move", "cause_bar"} <= declared
    assert not shadowed(declared)


def test_what_a_diagnosis_holds_is_reached_by_its_name():
    found = iv.diagnose(CHAIN, X)
    assert not shadowed(names_in(found.tree) | names_in(found.findings))
    assert found["x"].length.dims == ("length",)
    assert found["x"].length.attrs["units"] == "px"


@pytest.mark.parametrize("name", RESULTS)
def test_what_a_measure_gives_is_reached_by_its_name(name):
    names = names_in(RESULTS[name]())
    assert shadowed(names) == EXEMPT.get(name, set())


def test_every_function_that_gives_something_labelled_is_among_them():
    labelled = {
        name
        for family in (measures, aliasing)
        for name in family.__all__
        if inspect.isfunction(function := getattr(family, name))
        and "xr." in str(inspect.signature(function).return_annotation)
    }
    # These give the input or an argument of another back, with the names that it has.
    own = {"by_block", "decibels", "periodized"}
    assert labelled - own == {name.split()[0] for name in RESULTS}


def test_a_shadowed_name_is_caught():
    planted = xr.Dataset({"error": ("shift", [1.0])}, {"shift": [0.0]})
    assert shadowed(names_in(planted)) == {"shift"}
    assert shadowed(names_in(xr.DataTree.from_dict({"/a": planted}))) == {"shift"}
    assert shadowed(names_in(planted["error"])) == {"shift"}
