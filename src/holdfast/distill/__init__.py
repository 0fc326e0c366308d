"""From the journal to memories: deterministic rules over what was said and done."""

from .drawing import RULES, considered, draw
from .handoff import HandOff, checkpoint, hand_off, summary, told
from .happened import WORTHY, Drawn, Happened

__all__ = [
    "RULES",
    "WORTHY",
    "Drawn",
    "HandOff",
    "Happened",
    "checkpoint",
    "considered",
    "draw",
    "hand_off",
    "summary",
    "told",
]
