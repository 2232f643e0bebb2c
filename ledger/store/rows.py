"""Rows of the log as text, their leaf hash, and the stored form of times."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

NAME_LENGTH_MAX = 400
"""The longest stream name or request id, in characters."""

FORMAT = "hongka/fact/1"
"""The name of the layout of the hashed bytes; a new layout needs a new name."""

_FORMAT_FIELD = len(FORMAT).to_bytes(4, "big") + FORMAT.encode()


class Draft(NamedTuple):
    """A fact to be recorded. Versions of a stream are 1, 2, 3 … without a gap.

    `at` is made by `at_text`; `payload` and `metadata` are JSON; a `request_id` is unique.
    """

    stream: str
    version: int
    topic: str
    at: str
    payload: str
    metadata: str
    request_id: str | None


class Stored(NamedTuple):
    """A fact as stored in the log, at a position from 1; `leaf` is its leaf hash (32 bytes)."""

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
    """The position, time (text) and leaf hash of the last fact; before the first: 0, "" and b""."""

    position: int
    at: str
    leaf: bytes


class Loaded(NamedTuple):
    """The latest snapshot of a stream (None, with version 0, if none), and the facts after it."""

    snapshot: str | None
    version: int
    facts: list[Stored]


def is_name(text: str) -> bool:
    """Return whether every database can store and index this text as a stream or request id.

    It has 1 to NAME_LENGTH_MAX characters: PostgreSQL indexes at most 2,700 bytes. It has no NUL,
    which PostgreSQL can't store, and no lone surrogate, which is not text.
    """
    try:
        return len(text) <= NAME_LENGTH_MAX and "\0" not in text and bool(text.encode())
    except UnicodeEncodeError:
        return False


def at_text(at: datetime) -> str:
    """Return an aware time as `2026-11-21T13:17:36.341403Z`, in UTC: text order is time order."""
    if at.tzinfo is not UTC:
        if at.tzinfo is None:
            raise ValueError("a time of the log must be aware")
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def at_time(text: str) -> datetime:
    """Return the aware UTC time of a text made by `at_text`."""
    return datetime.fromisoformat(text)


def leaf(position: int, draft: Draft) -> bytes:
    """Return the leaf hash (32 bytes) of a fact at its position, as in RFC 6962.

    The fields are format, position, stream, version, topic, at, metadata and payload (no request
    id), each as UTF-8 after its length in 4 bytes, so that no two facts share a byte string.
    """
    hashed = b"\x00" + _FORMAT_FIELD
    for text in (
        str(position),
        draft.stream,
        str(draft.version),
        draft.topic,
        draft.at,
        draft.metadata,
        draft.payload,
    ):
        field = text.encode()
        hashed += len(field).to_bytes(4, "big") + field
    return sha256(hashed).digest()
