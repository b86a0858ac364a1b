"""Experiments: the claims that people repeat about invariance, each put to the test on real data.

``invarsig experiments`` lists them, ``invarsig experiments run NAME`` runs one. In Python::

    iv.experiments.experiment_named("anti-aliased-pooling")().run().to_html("page.html")

An experiment is one class, its test, and one export line here.
"""

from __future__ import annotations

import invarsig.experiments as _here
from invarsig.errors import ParameterError
from invarsig.experiments.anti_aliased_pooling import AntiAliasedPooling
from invarsig.experiments.appearance_changes import AppearanceChanges
from invarsig.experiments.augmentation_in_kind import AugmentationInKind
from invarsig.experiments.augmentation_in_place import AugmentationInPlace
from invarsig.experiments.canonicalisation import Canonicalization
from invarsig.experiments.collection import Collection
from invarsig.experiments.connected_layers import ConnectedLayers
from invarsig.experiments.deformation_stability import DeformationStability
from invarsig.experiments.detected_speech import DetectedSpeech
from invarsig.experiments.effects import Effect
from invarsig.experiments.expectations import Expectation, Limited, above, below, within
from invarsig.experiments.experiment import Experiment, Figure
from invarsig.experiments.grades import GRADES, Grade, grade
from invarsig.experiments.hmax_invariance import HmaxInvariance
from invarsig.experiments.kernel_size import KernelSize
from invarsig.experiments.laws import Law
from invarsig.experiments.local_weights import LocalWeights
from invarsig.experiments.moved_boxes import MovedBoxes
from invarsig.experiments.moved_photographs import MovedPhotographs
from invarsig.experiments.one_pixel_shift import OnePixelShift
from invarsig.experiments.orbits import Orbits
from invarsig.experiments.pooling_invariance import PoolingInvariance
from invarsig.experiments.pooling_prior import PoolingPrior
from invarsig.experiments.recognized_notes import RecognizedNotes
from invarsig.experiments.resolution_limit import ResolutionLimit
from invarsig.experiments.result import Result
from invarsig.experiments.rotation_and_scale import RotationAndScale
from invarsig.experiments.self_attention import AttentionOnPatches
from invarsig.experiments.shared_weights import SharedWeights
from invarsig.experiments.small_rescalings import SmallRescalings
from invarsig.experiments.spectrogram_sampling import SpectrogramSampling
from invarsig.experiments.stationarity import Stationarity
from invarsig.experiments.strided_convolution import StridedConvolution
from invarsig.experiments.template_matching import TemplateMatching
from invarsig.experiments.time_against_frequency import TimeAgainstFrequency
from invarsig.experiments.trained_anti_aliasing import TrainedAntiAliasing
from invarsig.experiments.trained_speech import TrainedSpeech
from invarsig.experiments.trained_strides import TrainedStrides
from invarsig.experiments.transformer_augmentation import TransformerAugmentation
from invarsig.experiments.transposition import Transposition
from invarsig.experiments.turned_digits import TurnedDigits
from invarsig.suggestions import nearest

__all__ = [
    "GRADES",
    "AntiAliasedPooling",
    "AppearanceChanges",
    "AttentionOnPatches",
    "AugmentationInKind",
    "AugmentationInPlace",
    "Canonicalization",
    "Collection",
    "ConnectedLayers",
    "DeformationStability",
    "DetectedSpeech",
    "Effect",
    "Expectation",
    "Experiment",
    "Figure",
    "Grade",
    "HmaxInvariance",
    "KernelSize",
    "Law",
    "Limited",
    "LocalWeights",
    "MovedBoxes",
    "MovedPhotographs",
    "OnePixelShift",
    "Orbits",
    "PoolingInvariance",
    "PoolingPrior",
    "RecognizedNotes",
    "ResolutionLimit",
    "Result",
    "RotationAndScale",
    "SharedWeights",
    "SmallRescalings",
    "SpectrogramSampling",
    "Stationarity",
    "StridedConvolution",
    "TemplateMatching",
    "TimeAgainstFrequency",
    "TrainedAntiAliasing",
    "TrainedSpeech",
    "TrainedStrides",
    "TransformerAugmentation",
    "Transposition",
    "TurnedDigits",
    "above",
    "below",
    "experiment_named",
    "grade",
    "public_experiments",
    "within",
]


def public_experiments() -> tuple[type[Experiment], ...]:
    """Find every experiment, in the order of their numbers."""
    found = [getattr(_here, name) for name in __all__]
    classes = [each for each in found if isinstance(each, type) and issubclass(each, Experiment)]
    return tuple(
        sorted((each for each in classes if each is not Experiment), key=lambda each: each.number)
    )


def experiment_named(name: str) -> type[Experiment]:
    """Give the experiment of that name.

    Raises
    ------
    ParameterError
        If there is none.

    Examples
    --------
    >>> experiment_named("anti-aliased-pooling").__name__
    'AntiAliasedPooling'
    """
    found = {each.name: each for each in public_experiments()}
    if name not in found:
        near = nearest(name, found, most=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}" if near else f"there are {', '.join(found)}"
        raise ParameterError(f"There is no experiment {name!r}; {hint}.")
    return found[name]
