"""Patience: code that must not wait, such as that of an event loop, is told before it would."""

import threading

_here = threading.local()


class WouldWait(Exception):
    """The code would have waited in a block of `no_waiting`; nothing was asked or changed yet."""


class _NoWaiting:
    def __enter__(self) -> None:
        _here.forbidden = True

    def __exit__(self, *_error: object) -> None:
        _here.forbidden = False


no_waiting = _NoWaiting()
"""A block in which this thread raises WouldWait instead of waiting for a database or the writer.

It holds no `await` and no nested block.
"""


def check_may_wait() -> None:
    """Raise WouldWait if this thread is in a block of `no_waiting`; called before any wait."""
    if getattr(_here, "forbidden", False):
        raise WouldWait
