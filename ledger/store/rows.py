"""Rows of the log as text, their leaf hash, and the stored form of times."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from typing import Any, NamedTuple

from ledger.store.failures import Damaged

NAME_LENGTH_MAX = 400
"""The longest stream name or request id, in characters."""

FORMAT = "hongka/fact/2"
FORMAT_BEFORE = "hongka/fact/1"
"""The layouts of the hashed bytes: of new facts, and of those of release 2026.11.2 and older."""


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
    """The position, time (text) and leaf hash of the last fact; before the first: 0, "" and b"".

    `frontier` is that of the Merkle tree over all leaves, see `tree`.
    """

    position: int
    at: str
    leaf: bytes
    frontier: bytes


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
    """Return the leaf hash (32 bytes) of a fact at its position, as in RFC 6962."""
    return leaves_of([(position, *draft)])[0]


def leaves_of(rows: Iterable[Sequence[Any]]) -> list[bytes]:
    """Return the leaf hash of each fact, a row in the order of `Stored`, with or without its leaf.

    The name of the format and the fields are joined by NUL. No field holds one, so no two facts
    share a byte string. All are made before the first is hashed, which takes half the time.
    """
    hashed = [
        f"\0{FORMAT}\0{row[0]}\0{row[1]}\0{row[2]}\0{row[3]}\0{row[4]}\0{row[6]}\0{row[5]}"
        f"\0{row[7] or ''}".encode()
        for row in rows
    ]
    return [sha256(octets).digest() for octets in hashed]


def leaves_before(rows: Iterable[Sequence[Any]]) -> list[bytes]:
    """Return the leaves of facts of release 2026.11.2 or older: without their request ids.

    The name of the format and each field stand after their length in 4 bytes.
    """
    hashed = []
    for row in rows:
        texts = FORMAT_BEFORE, str(row[0]), row[1], str(row[2]), row[3], row[4], row[6], row[5]
        fields = [text.encode() for text in texts]
        lengths = [len(field).to_bytes(4, "big") for field in fields]
        hashed.append(b"\x00" + b"".join(chain.from_iterable(zip(lengths, fields, strict=True))))
    return [sha256(octets).digest() for octets in hashed]


def check_leaves(after: int, rows: Sequence[Sequence[Any]]) -> None:
    """Raise Damaged unless these are the facts after a position, each with the leaf it makes."""
    kept, made = [row[-1] for row in rows], leaves_of(rows)
    if made != kept:
        for row, new, former in zip(rows, made, leaves_before(rows), strict=True):
            if row[-1] not in {new, former}:
                raise Damaged(f"a fact was changed at position {row[0]}")
    for position, row in enumerate(rows, after + 1):
        if row[0] != position:
            raise Damaged(f"a fact is missing at position {position}")
