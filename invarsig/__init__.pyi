from . import errors, testing
from .actions import Action, Translate
from .aliasing import (
    attribute,
    fold,
    folding_errors,
    folding_explains,
    lift,
    orbit,
    periodized,
    predict_error,
)
from .axes import Axes, Axis, axis_of, difference, label
from .commutator import commutator
from .diagnosis import Check, Diagnosis, check, diagnose
from .io import (
    chirp,
    clicks,
    grating,
    power_law_noise,
    read_audio,
    read_image,
    zone_plate,
)
from .measures import decibels, equivariance_error, invariance_error
from .models import default_pipeline, gabor_pool
from .operators import (
    Apply,
    BlurPool,
    Convolve,
    Dense,
    GaborBank,
    GaussianBank,
    GlobalPool,
    Levels,
    LocallyConnected,
    Log,
    MaxPool,
    MeanPool,
    Modulus,
    Operator,
    Parallel,
    Pipeline,
    Plan,
    Relu,
    Residual,
    Sigmoid,
    SpectralPool,
    Spectrogram,
    Square,
    Subsample,
    Sum,
    Tanh,
)
from .remedies import Remedy, remedies

__version__: str
