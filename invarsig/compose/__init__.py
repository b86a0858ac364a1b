"""Operators made of operators and actions: means over an orbit, and canonical frames."""

from invarsig.compose.canonicalised import Canonicalised, canonicalise
from invarsig.compose.frames import CenterOfMass, Frame, PhaseCorrelation
from invarsig.compose.orbit_mean import OrbitMean, orbit_mean

__all__ = [
    "Canonicalised",
    "CenterOfMass",
    "Frame",
    "OrbitMean",
    "PhaseCorrelation",
    "canonicalise",
    "orbit_mean",
]
