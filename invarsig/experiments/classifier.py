"""Classifiers on labeled features: a trained model as the last operator of a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from invarsig.axes import Axes, Axis
from invarsig.errors import ParameterError
from invarsig.operators import Operator
from invarsig.operators.base import ArrayOperator, Plan
from invarsig.operators.fields import dims_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import every_sample

__all__ = ["Classifier", "linear_classifier"]


@dataclass(frozen=True)
class Classifier(ArrayOperator):
    """Probabilities of classes, given by a model of plain feature vectors.

    The dims in `over` are laid out as one feature vector, in that order; "class" takes their
    place. Dims in front, such as images, are a batch.

    Parameters
    ----------
    predict
        From an array (items, features) to probabilities (items, classes), as scikit-learn's
        ``predict_proba`` does.
    classes
        Number of classes.
    over
        Dims that the features lie along.

    Raises
    ------
    ParameterError
        If the model gives another number of classes.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> odds = Classifier(lambda z: z / z.sum(-1, keepdims=True), 2, ("feature",))
    >>> odds(label([[1.0, 3.0], [1.0, 0.0]], "image", "feature")).values.tolist()
    [[0.25, 0.75], [1.0, 0.0]]
    """

    predict: Callable[[np.ndarray], np.ndarray] = field(repr=False)
    classes: int
    over: tuple[str, ...] = dims_field()

    linear = False

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the features lie along."""
        return self.over

    def plan(self, axes: Axes) -> Plan:
        """Replace the dims of the features by the one of classes."""
        features = tuple(axes.counted(dim) for dim in self.over)
        count = int(np.prod([axis.size for axis in features]))
        return Plan(
            features, (Axis("class", size=self.classes),), kernel=self._probable, taps=count
        )

    def _probable(self, values: np.ndarray) -> np.ndarray:
        batch = values.shape[: values.ndim - len(self.over)]
        found = np.asarray(self.predict(values.reshape(int(np.prod(batch)), -1)))
        if found.shape[-1] != self.classes:
            raise ParameterError(
                f"The model gives {found.shape[-1]} classes and {self.classes} are expected; give "
                "every class to its training."
            )
        return found.reshape(*batch, self.classes)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """A softmax of sums over a picture."""
        weights = rng.standard_normal((12 * 24, 3))

        def softmax(values: np.ndarray) -> np.ndarray:
            odds = np.exp(values @ weights / 24)
            return np.asarray(odds / odds.sum(axis=-1, keepdims=True))

        yield cls(softmax, 3, ("y", "x")), noise_picture(rng)


def linear_classifier(
    features: xr.DataArray, truth: np.ndarray, over: Sequence[str], *, image: str = "image"
) -> Classifier:
    """Train a logistic regression (multinomial, ridge penalty) on standardized features.

    Parameters
    ----------
    features
        Labeled array over `image` and `over`.
    truth
        Which class each image is, from 0 on, without a gap.
    over
        Dims of the features.
    image
        Dim of the items.

    Returns
    -------
    Classifier
        Of the probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import label
    >>> x = label([[0.0], [1.0], [4.0], [5.0]], "image", "feature")
    >>> model = linear_classifier(x, np.array([0, 0, 1, 1]), ("feature",))
    >>> model(x).argmax("class").values.tolist()
    [0, 0, 1, 1]
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = features.transpose(image, *over).to_numpy().reshape(len(truth), -1)
    model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-3, max_iter=400))
    model.fit(rows, truth)
    return Classifier(model.predict_proba, len(np.unique(truth)), tuple(over))
