"""Names are a user's own: none becomes a path, a variable or a file."""

import numpy as np
import pytest

import invarsig as iv

NAMES = ["km/h", "/", "a.b", "a b", "it's", 'q"q', "", ".", "..", "<b>", "a\nb", "length", "image"]
SAFE = "velocity"


def picture(dim):
    axes = [iv.Axis("row", size=12, unit="m/s"), iv.Axis(dim, size=48, unit="px", period=48.0)]
    return iv.power_law_noise(*axes, rng=1).rename("the/input")


def pipeline(dim):
    return iv.Relu() >> iv.MaxPool(window={dim: 2, "row": 2})


@pytest.fixture(scope="module")
def same():
    return iv.diagnose(pipeline(SAFE), picture(SAFE), SAFE, shifts=[1.0])


@pytest.mark.parametrize(
    "dim",
    [
        "km/h",
        *(
            pytest.param(each, marks=pytest.mark.nightly)
            for each in ("", "image", "/", "it's", "..", "a\nb")
        ),
    ],
)
def test_a_diagnosis_is_the_same_by_any_name_of_a_dim(dim, same, tmp_path):
    found = iv.diagnose(pipeline(dim), picture(dim), dim, shifts=[1.0])
    assert list(found.axes) == [dim]
    assert set(found[dim].variables) == set(same[SAFE].variables)
    for name in ("measured", "predicted", "power", "fold_energy"):
        np.testing.assert_array_equal(found[dim][name], same[SAFE][name])
    for suffix in (".nc", ".zarr", ".json"):
        kept = iv.Diagnosis.load(found.save(tmp_path / f"found{suffix}"))
        assert list(kept.axes) == [dim]
        assert kept.summary() == found.summary()
    assert found.to_html(tmp_path / "page.html").stat().st_size > 10_000
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "found.json",
        "found.nc",
        "found.zarr",
        "page.html",
    ]


@pytest.mark.parametrize("dim", NAMES[:-1])
def test_folding_at_stages_is_the_same_by_any_name_of_a_dim(dim):
    found = iv.aliasing.fold_stages(pipeline(dim), picture(dim), dim)
    same = iv.aliasing.fold_stages(pipeline(SAFE), picture(SAFE), SAFE)
    assert found.attrs["dim"] == dim
    assert list(found.children) == list(same.children) == ["stage_2"]
    for one, other in zip(found["stage_2"].values(), same["stage_2"].values(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", NAMES)
def test_levels_have_a_leaf_each_by_any_name(name):
    halves = {name: iv.MaxPool(window={name: 2}), f"{name}_": iv.MaxPool(window={name: 4})}
    x = picture(name)
    tree = iv.Levels(halves)(x)
    errors = iv.equivariance_error(iv.Levels(halves), x, iv.Translate({name: 1.0}))
    assert len(tree.children) == len(errors.children) == 2
    for leaf, op in zip(tree.children.values(), halves.values(), strict=True):
        (values,) = leaf.data_vars.values()
        np.testing.assert_array_equal(values, op(x))


def test_names_that_only_a_slash_keeps_apart_stay_apart():
    x = iv.label(np.arange(12.0).reshape(3, 4), "a/b", "a_b")
    (leaf,) = iv.Levels({"all": iv.Relu()})(x).children.values()
    assert dict(leaf.sizes) == {"a_b_": 3, "a_b": 4}
