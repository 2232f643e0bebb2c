"""States as last known in this process, read without asking the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class NotCached(Exception):
    """The state cache does not hold the requested state: ask the log instead."""


class PeekedStates:
    """States by stream from the state cache alone; a missing one raises NotCached."""

    def __init__(self, peek: Callable[[str], Any | None]) -> None:
        self._peek = peek

    def __getitem__(self, stream: str) -> Any:
        state = self._peek(stream)
        if state is None:
            raise NotCached
        return state
