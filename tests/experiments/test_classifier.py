"""A trained model at the end of a pipeline."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import ParameterError
from invarsig.experiments.classifier import Classifier, linear_classifier


def test_it_predicts_what_the_model_predicts_of_flat_rows(rng):
    from sklearn.linear_model import LogisticRegression

    rows, truth = rng.standard_normal((30, 3, 4)), np.arange(30) % 3
    model = LogisticRegression().fit(rows.reshape(30, -1), truth)
    x = iv.label(rows, "image", "y", "x").transpose("y", "image", "x")
    y = Classifier(model.predict_proba, 3, ("y", "x"))(x).transpose("image", "class")
    np.testing.assert_allclose(y, model.predict_proba(rows.reshape(30, -1)))


def test_further_dims_are_a_batch(rng):
    x = iv.label(rng.standard_normal((2, 5, 4)), "voice", "image", "feature")
    truth = np.array([0, 1, 0, 1, 1])
    op = linear_classifier(x.isel(voice=0, drop=True), truth, ("feature",))
    y = op(x)
    assert dict(y.sizes) == {"voice": 2, "image": 5, "class": 2}
    np.testing.assert_allclose(y.isel(voice=1), op(x.isel(voice=1, drop=True)))
    np.testing.assert_allclose(y.sum("class"), 1)


def test_a_model_of_other_classes_is_refused(rng):
    odd = Classifier(lambda rows: rows[:, :2], 3, ("feature",))
    with pytest.raises(ParameterError, match="gives 2 classes and 3 are expected"):
        odd(iv.label(rng.standard_normal((5, 4)), "image", "feature"))
