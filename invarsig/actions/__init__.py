"""Actions: what is done to a signal before, and to the result after, an operator."""

from invarsig.actions.base import Action
from invarsig.actions.dilation import Dilate
from invarsig.actions.frequency_shift import FrequencyShift
from invarsig.actions.reflection import Flip
from invarsig.actions.rotation import Rotate
from invarsig.actions.translation import Translate
from invarsig.actions.transposition import Transpose
from invarsig.actions.warp import Warp

__all__ = ["Action", "Dilate", "Flip", "FrequencyShift", "Rotate", "Translate", "Transpose", "Warp"]
