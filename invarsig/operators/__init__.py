"""Operators: the stages of pipelines."""

from invarsig.operators.banks.circular_harmonic import CircularHarmonicBank
from invarsig.operators.banks.convolve import Convolve
from invarsig.operators.banks.difference_of_gaussians import DifferenceOfGaussians
from invarsig.operators.banks.dual_tree import DualTreeBand, DualTreeLowpass, dual_tree_transform
from invarsig.operators.banks.gabor import GaborBank
from invarsig.operators.banks.gaussian import GaussianBank
from invarsig.operators.banks.gaussian_derivative import GaussianDerivativeBank
from invarsig.operators.banks.laplacian_of_gaussian import LaplacianOfGaussian
from invarsig.operators.banks.laws import LawsBank
from invarsig.operators.banks.locally_connected import LocallyConnected
from invarsig.operators.banks.log_gabor import LogGaborBank
from invarsig.operators.banks.morlet import MorletBank
from invarsig.operators.banks.steerable import SteerableBank, steer
from invarsig.operators.banks.steerable_pyramid import (
    SteerablePyramidBand,
    SteerablePyramidHighpass,
    SteerablePyramidLowpass,
    steerable_pyramid,
)
from invarsig.operators.banks.wavelet import (
    StationaryWaveletBank,
    WaveletBank,
    discrete_wavelet_transform,
)
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.combinators import Levels, Parallel, Residual, Sum
from invarsig.operators.frontends.bark_bank import BarkBank
from invarsig.operators.frontends.cepstrum import Cepstrum, Mfcc
from invarsig.operators.frontends.constant_q import ConstantQ, constant_q_levels
from invarsig.operators.frontends.erb_bank import ErbBank
from invarsig.operators.frontends.frame_mean import FrameMean
from invarsig.operators.frontends.gammatone_bank import GammatoneBank
from invarsig.operators.frontends.gammatonegram import Gammatonegram
from invarsig.operators.frontends.mel_bank import MelBank
from invarsig.operators.frontends.mel_spectrogram import MelSpectrogram
from invarsig.operators.frontends.octave_bank import OctaveBank
from invarsig.operators.frontends.pcen import Pcen
from invarsig.operators.frontends.spectrogram import Spectrogram
from invarsig.operators.graph import Graph, Node
from invarsig.operators.groups.group_convolution import GroupConvolution
from invarsig.operators.groups.lifting_convolution import LiftingConvolution
from invarsig.operators.hmax.simple_cells import SimpleCells
from invarsig.operators.joins import Add, Concatenate, Join, Multiply
from invarsig.operators.matching import MatchTemplate, RadialBasis
from invarsig.operators.networks.batch_norm import batch_norm
from invarsig.operators.networks.linear import Linear
from invarsig.operators.networks.pad import Pad
from invarsig.operators.networks.self_attention import SelfAttention
from invarsig.operators.networks.softmax import Softmax
from invarsig.operators.pipeline import Dense, Pipeline
from invarsig.operators.pointwise.apply import Apply
from invarsig.operators.pointwise.clip import Clip
from invarsig.operators.pointwise.filtered import Filtered
from invarsig.operators.pointwise.logarithms import Decibel, Log, Log1p
from invarsig.operators.pointwise.normalization import (
    DivisiveNormalization,
    LayerNorm,
    PositionAffine,
)
from invarsig.operators.pointwise.polynomial import Polynomial
from invarsig.operators.pointwise.powers import Modulus, Power, Square
from invarsig.operators.pointwise.rectifiers import Gelu, LeakyRelu, Relu, Softplus
from invarsig.operators.pointwise.sigmoids import Sigmoid, Tanh
from invarsig.operators.pooling.adaptive_pool import AdaptivePool
from invarsig.operators.pooling.blur_pool import BlurPool
from invarsig.operators.pooling.gaussian_pool import GaussianPool
from invarsig.operators.pooling.global_pool import GlobalPool
from invarsig.operators.pooling.iir_decimate import IirDecimate
from invarsig.operators.pooling.kaiser_decimate import KaiserDecimate
from invarsig.operators.pooling.lp_pool import LpPool
from invarsig.operators.pooling.max_blur_pool import MaxBlurPool
from invarsig.operators.pooling.max_pool import MaxPool
from invarsig.operators.pooling.mean_pool import MeanPool
from invarsig.operators.pooling.median_pool import MedianPool
from invarsig.operators.pooling.peak import Peak
from invarsig.operators.pooling.polyphase_pool import PolyphasePool, SoftPolyphasePool
from invarsig.operators.pooling.pyramid_pool import PyramidPool
from invarsig.operators.pooling.softmax_pool import SoftmaxPool
from invarsig.operators.pooling.spectral import SpectralPool
from invarsig.operators.pooling.stochastic_pool import StochasticPool
from invarsig.operators.pooling.subsample import Subsample
from invarsig.operators.scattering.scattering import Scattering
from invarsig.operators.scattering.time_frequency import TimeFrequencyScattering
from invarsig.operators.upsampling.linear_upsample import LinearUpsample
from invarsig.operators.upsampling.max_unpool import MaxUnpool
from invarsig.operators.upsampling.nearest_upsample import NearestUpsample
from invarsig.operators.upsampling.pixel_shuffle import PixelShuffle
from invarsig.operators.upsampling.spectral_upsample import SpectralUpsample
from invarsig.operators.upsampling.transposed_convolve import TransposedConvolve
from invarsig.operators.upsampling.zero_insertion import ZeroInsertion

__all__ = [
    "AdaptivePool",
    "Add",
    "Apply",
    "ArrayOperator",
    "BarkBank",
    "BlurPool",
    "Cepstrum",
    "CircularHarmonicBank",
    "Clip",
    "Concatenate",
    "ConstantQ",
    "Convolve",
    "Decibel",
    "Dense",
    "DifferenceOfGaussians",
    "DivisiveNormalization",
    "DualTreeBand",
    "DualTreeLowpass",
    "ErbBank",
    "Filtered",
    "FrameMean",
    "GaborBank",
    "GammatoneBank",
    "Gammatonegram",
    "GaussianBank",
    "GaussianDerivativeBank",
    "GaussianPool",
    "Gelu",
    "GlobalPool",
    "Graph",
    "GroupConvolution",
    "IirDecimate",
    "Join",
    "KaiserDecimate",
    "LaplacianOfGaussian",
    "LawsBank",
    "LayerNorm",
    "LeakyRelu",
    "Levels",
    "LiftingConvolution",
    "Linear",
    "LinearUpsample",
    "LocallyConnected",
    "Log",
    "Log1p",
    "LogGaborBank",
    "LpPool",
    "MatchTemplate",
    "MaxBlurPool",
    "MaxPool",
    "MaxUnpool",
    "MeanPool",
    "MedianPool",
    "MelBank",
    "MelSpectrogram",
    "Mfcc",
    "Modulus",
    "MorletBank",
    "Multiply",
    "NearestUpsample",
    "Node",
    "OctaveBank",
    "Operator",
    "Pad",
    "Parallel",
    "Pcen",
    "Peak",
    "Pipeline",
    "PixelShuffle",
    "Plan",
    "Polynomial",
    "PolyphasePool",
    "PositionAffine",
    "Power",
    "PyramidPool",
    "RadialBasis",
    "Relu",
    "Residual",
    "Scattering",
    "SelfAttention",
    "Sigmoid",
    "SimpleCells",
    "SoftPolyphasePool",
    "Softmax",
    "SoftmaxPool",
    "Softplus",
    "SpectralPool",
    "SpectralUpsample",
    "Spectrogram",
    "Square",
    "StationaryWaveletBank",
    "SteerableBank",
    "SteerablePyramidBand",
    "SteerablePyramidHighpass",
    "SteerablePyramidLowpass",
    "StochasticPool",
    "Subsample",
    "Sum",
    "Tanh",
    "TimeFrequencyScattering",
    "TransposedConvolve",
    "WaveletBank",
    "ZeroInsertion",
    "batch_norm",
    "constant_q_levels",
    "discrete_wavelet_transform",
    "dual_tree_transform",
    "steer",
    "steerable_pyramid",
]
