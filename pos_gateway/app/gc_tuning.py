"""Python's collector of circular garbage, told how much here is not garbage."""

from __future__ import annotations

import gc

NEW_OBJECTS_BETWEEN_LOOKS = 50_000
"""Of tens of thousands of states and facts none is garbage; a look every 700 cost a turn 10 %."""


def look_less_often() -> None:
    """Leave alone what the process has loaded by now, and look for garbage less often."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS_BETWEEN_LOOKS, 20, 50)
