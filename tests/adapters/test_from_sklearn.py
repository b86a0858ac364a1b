"""Fitted estimators of scikit-learn as operators: they give what the estimator gives."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, Normalizer, StandardScaler

import invarsig as iv


@pytest.fixture(scope="module")
def x():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((6, 24, 5)).cumsum(axis=0)
    return iv.label(values, iv.Axis("y", step=0.5, unit="mm"), "sample", iv.Axis("x"))


@pytest.fixture(scope="module")
def rows(x):
    return x.transpose("sample", "y", "x").values.reshape(24, 30)


NAMES = np.array(["a", "b", "c"])[np.arange(24) % 3]


@pytest.mark.parametrize(
    ("estimator", "method", "dims"),
    [
        (StandardScaler(), "transform", ("y", "sample", "x")),
        (Normalizer(), "transform", ("y", "sample", "x")),
        (FunctionTransformer(np.cbrt), "transform", ("y", "sample", "x")),
        (PCA(3), "transform", ("feature", "sample")),
        (PCA(), "transform", ("feature", "sample")),
        (KMeans(4, n_init=1, random_state=0), "transform", ("feature", "sample")),
        (LogisticRegression(), "decision_function", ("feature", "sample")),
        (LogisticRegression(), "predict_proba", ("feature", "sample")),
        (LinearRegression(), "predict", ("sample",)),
    ],
)
def test_it_gives_what_the_estimator_gives(x, rows, estimator, method, dims):
    target = np.arange(24.0) if isinstance(estimator, LinearRegression) else NAMES
    estimator.fit(rows, target)
    op = iv.from_sklearn(estimator, x, dims=("y", "x"), method=method)
    y = op(x)
    assert y.dims == dims
    plain = y.transpose("sample", *(d for d in ("y", "x", "feature") if d in dims)).to_numpy()
    np.testing.assert_allclose(
        plain.reshape(24, -1), getattr(estimator, method)(rows).reshape(24, -1), rtol=1e-12
    )
    if isinstance(estimator, LogisticRegression):
        assert y.feature.values.tolist() == ["a", "b", "c"]
    iv.testing.check_operator(op, x)


def test_the_order_of_dims_is_the_order_of_features(x, rows):
    model = PCA(3).fit(rows)
    other = PCA(3).fit(x.transpose("sample", "x", "y").values.reshape(24, 30))
    one = iv.from_sklearn(model, x, ("y", "x"))(x)
    two = iv.from_sklearn(other, x, ("x", "y"))(x)
    np.testing.assert_allclose(abs(one), abs(two), atol=1e-9)


def test_steps_become_stages_and_position_passes_into_weights(x, rows):
    model = make_pipeline(
        StandardScaler(), "passthrough", make_pipeline(PCA(4), MaxAbsScaler()), LogisticRegression()
    ).fit(rows, NAMES)
    op = iv.from_sklearn(model, x, ("y", "x"))
    assert [str(stage).split("(")[0] for stage in op] == [
        "StandardScaler",
        "PCA",
        "MaxAbsScaler",
        "LogisticRegression.decision_function",
    ]
    np.testing.assert_allclose(op(x).T, model.decision_function(rows), rtol=1e-9)
    found = iv.causes(op, x, iv.Translate(x=1))
    assert found.attrs["main_cause"] == "position"
    assert float(found.share.sum()) == pytest.approx(1)


def test_a_number_for_each_sample_adds_no_dim_and_what_is_linear_is_said_to_be(x, rows):
    binary = LogisticRegression().fit(rows, NAMES == "a")
    assert iv.from_sklearn(binary, x, ("y", "x"))(x).dims == ("sample",)
    sums = LinearRegression(fit_intercept=False).fit(rows, np.arange(24))
    assert iv.from_sklearn(sums, x, ("y", "x")).linear
    assert not iv.from_sklearn(binary, x, ("y", "x")).linear
    assert iv.from_sklearn(MaxAbsScaler().fit(rows), x, ("y", "x")).linear


def test_a_sample_that_holds_nan_gives_nan_and_others_do_not(x, rows):
    op = iv.from_sklearn(PCA(3).fit(rows), x, ("y", "x"))
    assert np.flatnonzero(np.isnan(op(_holed(x))).any("feature")).tolist() == [3]


def _holed(x):
    y = x.copy()
    y[0, 3, 0] = np.nan
    return y


class Random(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X + np.random.default_rng().standard_normal(X.shape)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda x, _: iv.from_sklearn(PCA(), x, ("y", "x")), r"PCA is not fitted; call its fit"),
        (lambda x, rows: iv.from_sklearn(PCA(2).fit(rows), x, "x"), "30 features, and 5 along 'x'"),
        (lambda x, _: iv.from_sklearn(PCA, x, "x"), "estimator of scikit-learn, not PCA"),
        (lambda x, _: iv.from_sklearn(np.abs, x, "x"), "there is iv.from_function"),
        (lambda x, rows: iv.from_sklearn(PCA(2).fit(rows), x * 1j, ("y", "x")), "are complex"),
        (lambda x, rows: iv.from_sklearn(PCA(2).fit(rows), x, ("y", "z")), "needs the dim 'z'"),
        (
            lambda x, rows: iv.from_sklearn(PCA(2).fit(rows), x, ("y", "x"), name="sample"),
            "has a dim 'sample' already",
        ),
        (
            lambda x, rows: iv.from_sklearn(PCA(2).fit(rows), x, ("y", "x"), method="predict"),
            "has no method 'predict'; it has transform",
        ),
        (
            lambda x, rows: iv.from_sklearn(
                LogisticRegression().fit(rows, NAMES), x, ("y", "x"), method="predict"
            ),
            "take method='decision_function'",
        ),
        (lambda x, rows: iv.from_sklearn(Random().fit(rows), x, ("y", "x")), "not deterministic"),
        (
            lambda x, rows: iv.from_sklearn(PCA(2).fit(rows), x, ("y", "x"))(x.isel(x=slice(0, 4))),
            "6 along 'y' x 4 along 'x' make 24",
        ),
        (lambda x, rows: iv.from_sklearn(PCA(2).fit(rows), _holed(x), ("y", "x")), "not finite"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_remedy(x, rows, make, said):
    with pytest.raises(iv.errors.InvarsigError, match=said):
        make(x, rows)
