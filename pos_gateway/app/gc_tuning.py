"""Garbage-collector tuning."""

from __future__ import annotations

import gc

NEW_OBJECTS_BETWEEN_LOOKS = 50_000
"""The allocations between collections: tens of thousands of states and facts are no garbage."""


def look_less_often() -> None:
    """Exempt all objects loaded so far from garbage collection, and make collections rarer."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS_BETWEEN_LOOKS, 20, 50)
