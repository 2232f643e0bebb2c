"""A fact as text, before and after it is recorded, and its time as the log writes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

NAME_LENGTH_MAX = 400
"""The longest name of a stream or a request, in characters."""


class Draft(NamedTuple):
    """A fact about to be recorded. Versions of a stream are 1, 2, 3 … without gap."""

    stream: str
    version: int
    topic: str
    at: str
    payload: str
    metadata: str
    request_id: str | None


class Stored(NamedTuple):
    """A fact as the log holds it."""

    position: int
    stream: str
    version: int
    topic: str
    at: str
    payload: str
    metadata: str
    request_id: str | None
    leaf: bytes


class Head(NamedTuple):
    """The last fact of the log; position 0, at "" and leaf b"" before the first."""

    position: int
    at: str
    leaf: bytes


class Loaded(NamedTuple):
    """What there is to fold of a stream: the latest snapshot and the facts after its version."""

    snapshot: str | None
    version: int
    facts: list[Stored]


def is_name(text: str) -> bool:
    """Whether every database keeps and indexes this text as the name of a stream or a request.

    PostgreSQL keeps no NUL and indexes no more than 2,700 bytes; half a character is no text.
    """
    try:
        return len(text) <= NAME_LENGTH_MAX and "\0" not in text and bool(text.encode())
    except UnicodeEncodeError:
        return False


def at_text(at: datetime) -> str:
    """An aware time as fixed-width text, so that text order is time order.

    Raises:
        ValueError: the time is naive.

    """
    if at.tzinfo is not UTC:
        if at.tzinfo is None:
            raise ValueError("a time of the log must be aware")
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def at_time(text: str) -> datetime:
    """The aware UTC time of a text made by `at_text`."""
    return datetime.fromisoformat(text)
