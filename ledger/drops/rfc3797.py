"""Give places by lot, verifiably: RFC 3797 selects with MD5 over published numbers.

Nobody knows these numbers when the list is frozen. This module counts the lots and gives the
places; `scripts/verify_draw` repeats the draw with code of its own.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from hashlib import md5, sha256
from typing import Annotated

import msgspec
from msgspec import Meta

from ledger.drops.terms import SeedRule
from ledger.errors import InputInvalid

FORMAT = "hongka-draw-1"

LOTS_MAX = 65_535
"""The most lots in one draw.

RFC 3797 writes the index of a selection as two bytes before and after the key, and its program
keeps the size of the pool in sixteen bits: the largest is 2**16 - 1.
"""

SOURCES_MAX = 16
"""The most sources of numbers, and the most numbers of one source, as in RFC 3797's own program."""

NUMBER_MAX = 2**53 - 1
"""The largest number of a source: exact in every JSON reader."""

KEY_LENGTH_MAX = 500
"""The longest key in characters: the limit of the program in RFC 3797."""

WEIGHT_MAX = 2

CHINA = timezone(timedelta(hours=8))
"""The time zone of the day on which the seed numbers are published."""

Count = Annotated[int, Meta(ge=0, le=NUMBER_MAX)]
Number = Annotated[int, Meta(ge=1, le=LOTS_MAX)]
Instant = Annotated[datetime, Meta(tz=True)]


class ListedEntry(msgspec.Struct, frozen=True, array_like=True):
    """An entry of the draw: `party` is the number of places it needs, `weight` its lots (1 or 2).

    Numbers run from 1 without a gap; `entry_id` reveals no member. The frozen JSON text is the list
    of these values in this order, so no field may ever be added.
    """

    number: Number
    entry_id: str
    item_id: str
    session_id: str
    party: Annotated[int, Meta(ge=1, le=NUMBER_MAX)]
    weight: Annotated[int, Meta(ge=1, le=WEIGHT_MAX)]


class Frozen(msgspec.Struct, frozen=True):
    """The frozen list: the number of entries, SHA-256 (hex) of their text, and the aware time."""

    entries: Count
    sha256: str
    at: Instant


class Seed(msgspec.Struct, frozen=True):
    """The numbers as each source published them, and the time when they were recorded (aware)."""

    numbers: list[list[Count]]
    at: Instant


class Published(msgspec.Struct, frozen=True):
    """All public data of a draw: `places` (item, session, number of places), entries and seed.

    `format` is FORMAT, `drop` an id; `winners` are the numbers of entries, the first drawn first.
    """

    format: str
    drop: str
    title: str
    rule: SeedRule
    places: Annotated[list[tuple[str, str, Count]], Meta(max_length=LOTS_MAX)]
    frozen: Frozen
    seed: Seed
    entries: Annotated[list[ListedEntry], Meta(max_length=LOTS_MAX)]
    winners: Annotated[list[Number], Meta(max_length=LOTS_MAX)]


def key_string(numbers: Sequence[Sequence[int]]) -> str:
    """Return the key of RFC 3797, section 4, for the whole numbers of each source in turn.

    The sources stay in the sequence announced; the numbers of one are sorted, each ends in a full
    stop, and each source in a slash. Numbers outside the limits above raise InputInvalid.
    """
    if not 1 <= len(numbers) <= SOURCES_MAX:
        raise InputInvalid(field="numbers", most=SOURCES_MAX)
    for source in numbers:
        if not 1 <= len(source) <= SOURCES_MAX:
            raise InputInvalid(field="numbers", most=SOURCES_MAX)
        if not all(0 <= number <= NUMBER_MAX for number in source):
            raise InputInvalid(field="numbers", most=NUMBER_MAX)
    key = "".join("".join(f"{number:d}." for number in sorted(source)) + "/" for source in numbers)
    if len(key) > KEY_LENGTH_MAX:
        raise InputInvalid(field="numbers", most=KEY_LENGTH_MAX)
    return key


def entries_text(drop_id: str, entries: Sequence[ListedEntry]) -> str:
    """Return the text to freeze: lines for format, drop, entries (JSON); or raise InputInvalid."""
    try:
        lines = [msgspec.json.encode(line).decode() for line in (drop_id, *entries)]
    except UnicodeEncodeError as wrong:
        raise InputInvalid(problem="no text") from wrong
    return "".join(f"{line}\n" for line in (FORMAT, *lines))


def entries_hash(drop_id: str, entries: Sequence[ListedEntry]) -> str:
    """Return the commitment published before the numbers: SHA-256 of the text in UTF-8, as hex."""
    return sha256(entries_text(drop_id, entries).encode()).hexdigest()


def sequence(weights: Sequence[int], key: str) -> Iterator[int]:
    """Yield the entries in the order of the draw, each once, by their index from 0 in `weights`.

    An entry has as many adjacent lots as its weight, 1 or 2. A second lot of an entry is passed
    over, and still counts as a selection of RFC 3797. Invalid weights and keys raise InputInvalid.
    """
    if not all(1 <= weight <= WEIGHT_MAX for weight in weights):
        raise InputInvalid(field="weight", most=WEIGHT_MAX)
    if sum(weights) > LOTS_MAX:
        raise InputInvalid(field="weights", most=LOTS_MAX)
    if not (0 < len(key) <= KEY_LENGTH_MAX and key.isascii()):
        raise InputInvalid(field="key", most=KEY_LENGTH_MAX)
    lots = array("H", (index for index, weight in enumerate(weights) for _ in range(weight)))
    return _drawn(lots, key.encode())


def _drawn(lots: array[int], key: bytes) -> Iterator[int]:
    seen: set[int] = set()
    for selection in range(len(lots)):
        frame = selection.to_bytes(2, "big")
        digest = md5(frame + key + frame, usedforsecurity=False).digest()
        index = lots.pop(int.from_bytes(digest, "big") % len(lots))
        if index not in seen:
            seen.add(index)
            yield index


def winners(
    entries: Sequence[ListedEntry], places: Mapping[tuple[str, str], int], key: str
) -> list[int]:
    """Return the numbers of the winning entries, first drawn first.

    `places` holds the number of places by (item id, session id). A drawn entry wins where the
    places left are enough for its party; otherwise it is passed over. Entries that are not numbered
    1, 2, 3 … raise InputInvalid, as do a party below 1 and an invalid weight or key.
    """
    if not _numbered(entries):
        raise InputInvalid(field="number")
    left = dict(places)
    smallest: dict[tuple[str, str], int] = {}
    for entry in entries:
        if entry.party < 1:
            raise InputInvalid(field="party")
        where = entry.item_id, entry.session_id
        smallest[where] = min(entry.party, smallest.get(where, entry.party))
    usable = {where for where, party in smallest.items() if party <= left.get(where, 0)}
    won = []
    drawn = sequence([entry.weight for entry in entries], key)
    while usable and (index := next(drawn, None)) is not None:
        entry = entries[index]
        where = entry.item_id, entry.session_id
        if entry.party <= left.get(where, 0):
            won.append(entry.number)
            left[where] -= entry.party
            if left[where] < smallest[where]:
                usable.remove(where)
    return won


def verify(published: Published) -> list[str]:
    """Check a published draw; return a reason (a fixed word) for each fault, none if it is right.

    The check can't tell whether the hash was published before the numbers, nor whether numbers and
    places match their sources: compare those by eye.
    """
    try:
        text = msgspec.json.encode(published)
        return list(_complaints(msgspec.json.decode(text, type=Published)))
    except (msgspec.ValidationError, UnicodeEncodeError, OverflowError):
        return ["document_invalid"]


def _complaints(published: Published) -> Iterator[str]:
    entries, frozen = published.entries, published.frozen
    if published.format != FORMAT:
        yield "format_unknown"
    if not _numbered(entries):
        yield "entries_not_numbered"
    if len({entry.entry_id for entry in entries}) < len(entries):
        yield "entry_repeated"
    if len(entries) != frozen.entries:
        yield "count_differs"
    if entries_hash(published.drop, entries) != frozen.sha256:
        yield "hash_differs"
    if frozen.at.astimezone(CHINA).date() > published.rule.day:
        yield "frozen_after_day"
    if published.seed.at.astimezone(CHINA).date() < published.rule.day:
        yield "seed_before_day"
    if published.seed.at <= frozen.at:
        yield "seed_before_freeze"
    yield from _result_complaints(published)


def _result_complaints(published: Published) -> Iterator[str]:
    entries = published.entries
    places = {(item, session): number for item, session, number in published.places}
    if len(places) < len(published.places):
        yield "places_repeated"
    if any((entry.item_id, entry.session_id) not in places for entry in entries):
        yield "session_unknown"
    try:
        key = key_string(published.seed.numbers)
    except InputInvalid:
        yield "seed_invalid"
        return
    if sum(entry.weight for entry in entries) > LOTS_MAX:
        yield "too_many_lots"
    elif _numbered(entries) and winners(entries, places, key) != published.winners:
        yield "winners_differ"


def _numbered(entries: Sequence[ListedEntry]) -> bool:
    return all(entry.number == number for number, entry in enumerate(entries, 1))
