"""Patience: code that must not wait, such as that of an event loop, is told before it would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_here = threading.local()


class WouldWait(Exception):
    """The code would have waited in a block of `no_waiting`; nothing was asked or changed yet."""


@contextmanager
def no_waiting() -> Iterator[None]:
    """Forbid this thread to wait for a database or the writer within the block: WouldWait."""
    _here.forbidden = True
    try:
        yield
    finally:
        _here.forbidden = False


def check_may_wait() -> None:
    """Raise WouldWait if this thread is in a block of `no_waiting`; called before any wait."""
    if getattr(_here, "forbidden", False):
        raise WouldWait
