"""An operator as a transformer of scikit-learn keeps scikit-learn's own rules."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

import invarsig as iv

OP = iv.Relu() >> iv.BlurPool(taps=3, stride={"time": 2}, boundary="zero")


@parametrize_with_checks([iv.as_transformer(OP, iv.Axis("time", step=0.5, size=10, unit="s"))])
def test_it_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture
def x():
    rng = np.random.default_rng(0)
    return iv.label(rng.standard_normal((9, 6, 8)), "sample", iv.Axis("y", step=2.0), "x")


def test_features_are_values_in_the_order_of_c(x):
    op = iv.MaxPool({"y": 2, "x": 4}) >> iv.Relu()
    features = iv.as_transformer(op, x, dims=("y", "x"))
    made = features.fit_transform(x.values.reshape(9, 48))
    np.testing.assert_array_equal(made, op(x).values.reshape(9, 6))
    names = features.get_feature_names_out().tolist()
    assert names[:3] == ["y=1,x=1.5", "y=1,x=5.5", "y=5,x=1.5"]


def test_new_dims_come_first_and_are_named(x):
    bank = iv.Parallel({"up": iv.Relu(), "square": iv.Square()}) >> iv.GlobalPool("x")
    features = iv.as_transformer(bank, x.isel(y=0, drop=True), "x").fit(x.values[:, 0])
    assert features.get_feature_names_out().tolist() == ["branch=up", "branch=square"]
    np.testing.assert_allclose(
        features.transform(x.values[:, 0]), bank(x.isel(y=0, drop=True)).transpose("sample", ...)
    )


def test_it_is_a_step_of_a_pipeline_and_is_cloned_and_pickled(x):
    rows = x.values[:, 0]
    features = iv.as_transformer(iv.Square() >> iv.MeanPool({"x": 2}), x, "x")
    model = make_pipeline(features, LogisticRegression()).fit(rows, np.arange(9) % 2)
    again = pickle.loads(pickle.dumps(clone(model).fit(rows, np.arange(9) % 2)))
    np.testing.assert_array_equal(model.predict_proba(rows), again.predict_proba(rows))


def test_there_and_back_again_is_the_operator(x):
    op = iv.MaxPool({"y": 2, "x": 4})
    fitted = iv.as_transformer(op, x, ("y", "x")).fit(x.values.reshape(9, 48))
    back = iv.from_sklearn(fitted, x, ("y", "x"))
    np.testing.assert_array_equal(back(x), op(x).values.reshape(9, 6))


def test_what_does_not_fit_is_refused(x):
    features = iv.as_transformer(iv.MaxPool({"y": 2}), x, ("y", "x"))
    with pytest.raises(
        ValueError, match="X has 47 features, but 6 along 'y' x 8 along 'x' make 48"
    ):
        features.fit(np.zeros((3, 47)))
    with pytest.raises(ValueError, match="complex values; put"):
        iv.as_transformer(iv.Spectrogram(4.0, 2.0, "x", output="complex"), x, "x").fit(
            x.values[:, 0]
        )
    with pytest.raises(iv.errors.DtypeError, match="takes a labeled array, or axes"):
        iv.as_transformer(OP, ["time"])
    with pytest.raises(iv.errors.DtypeError, match="An operator is needed"):
        iv.as_transformer(np.abs, x)
    with pytest.raises(iv.errors.DimError, match="needs the dim 'z'"):
        iv.as_transformer(OP, x, "z")
