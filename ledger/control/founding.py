"""The founding of a federation's staff: who may act alone, until when, and the recovery sheet."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

import msgspec

from ledger import errors
from ledger.event import Event, stream_namer, topic
from ledger.staff import Role, Staff

CATEGORY = "control"

stream = stream_namer(CATEGORY)("house")

REVIEWERS_LEAST = 2
"""The reviewers with whom setting up ends: from then on every controlled act takes two."""


CONFIRMING = frozenset({Role.REVIEWER, Role.TREASURER})
CONFIRMING_LEAST = 3
"""The reviewers and treasurers whom a dismissal by one person leaves, two of them reviewers."""


class _ControlEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "house")

    house: str = "house"


@topic("control.founded", "初始设置结束", "Setting up ended")
class Founded(_ControlEvent, frozen=True, kw_only=True):
    """Two people hold the reviewer's role: nobody appoints alone any more."""


@topic("control.sheet_made", "制作恢复单", "Recovery sheet made")
class SheetMade(_ControlEvent, frozen=True, kw_only=True):
    """A recovery sheet replaced any earlier one; `secret_hash` is the SHA-256, in hex."""

    secret_hash: str


@topic("control.sheet_used", "使用恢复单", "Recovery sheet used")
class SheetUsed(_ControlEvent, frozen=True, kw_only=True):
    """Both halves of the sheet appointed `staff_id` as a second reviewer; the sheet is void."""

    staff_id: str
    at: datetime


ControlEvent = Founded | SheetMade | SheetUsed


class Control(msgspec.Struct, frozen=True):
    """The state of dual control: whether setting up ended, the live sheet, and uses of sheets."""

    founded: bool = False
    secret_hash: str = ""
    uses: tuple[SheetUsed, ...] = ()


INITIAL = Control()


def evolve(state: Control, event: ControlEvent) -> Control:
    """Return the state after one more event."""
    match event:
        case Founded():
            return msgspec.structs.replace(state, founded=True)
        case SheetMade():
            return msgspec.structs.replace(state, secret_hash=event.secret_hash)
        case SheetUsed():
            return msgspec.structs.replace(state, secret_hash="", uses=(*state.uses, event))
        case _:
            assert_never(event)


def reviewers(people: Iterable[Staff]) -> frozenset[str]:
    """Return the ids of the people who hold the reviewer's role."""
    return frozenset(one.staff_id for one in people if Role.REVIEWER in one.roles)


def is_short(people: Iterable[Staff]) -> bool:
    """Return whether so few are left that one more dismissal could leave nobody to confirm."""
    confirming = [one for one in people if not CONFIRMING.isdisjoint(one.roles)]
    return len(confirming) < CONFIRMING_LEAST or len(reviewers(confirming)) < REVIEWERS_LEAST


def invited_alone(people: Iterable[Staff]) -> frozenset[str]:
    """Return the ids of those whom the terminal may invite again: their invitation may be lost.

    Nobody else agreed to their appointment, they never set up a sign-in, and fewer than two
    reviewers ever did, so that nobody could confirm it. It stays empty if one of the two leaves.
    """
    known = list(people)
    if sum(one.was_reviewer and one.credentials_at is not None for one in known) >= REVIEWERS_LEAST:
        return frozenset()
    return frozenset(one.staff_id for one in known if one.alone and not one.credentials_at)


def is_founded(state: Control, reviewing: frozenset[str]) -> bool:
    """Return whether setting up is over, given the present reviewers."""
    return state.founded or len(reviewing) >= REVIEWERS_LEAST


def found(state: Control, reviewing: frozenset[str]) -> list[Event]:
    """Record once that two people hold the reviewer's role; no events before that, or again."""
    return [Founded()] if not state.founded and len(reviewing) >= REVIEWERS_LEAST else []


def make_sheet(state: Control, *, secret_hash: str) -> list[Event]:
    """Keep the hash of a new recovery sheet; a repeat returns no events."""
    return [] if state.secret_hash == secret_hash else [SheetMade(secret_hash=secret_hash)]


def use_sheet(
    state: Control, *, secret: bytes, staff_id: str, reviewing: frozenset[str], at: datetime
) -> list[Event]:
    """Use the recovery sheet, to appoint a second reviewer where only one or none is left.

    Raises:
        SheetNotNeeded: two reviewers are left, this one is among them, or setting up is not over.
        SheetRefused: the secret is not that of the live sheet.
    """
    if not state.founded or len(reviewing) >= REVIEWERS_LEAST or staff_id in reviewing:
        raise errors.SheetNotNeeded
    if not state.secret_hash or sheet_hash(secret) != state.secret_hash:
        raise errors.SheetRefused
    return [SheetUsed(staff_id=staff_id, at=at)]


def sheet_hash(secret: bytes) -> str:
    """Return the SHA-256, in hex, of a sheet's secret, which both halves make together."""
    return hashlib.sha256(secret).hexdigest()


def halves(secret: bytes, random: bytes) -> tuple[str, str]:
    """Return two halves of a secret in hex: each alone is random; `random` is as long as it."""
    return random.hex(), bytes(a ^ b for a, b in zip(secret, random, strict=True)).hex()


def joined(one: str, other: str) -> bytes:
    """Return the secret of two halves; SheetRefused for texts that are no halves."""
    try:
        both = bytes.fromhex(one), bytes.fromhex(other)
        return bytes(a ^ b for a, b in zip(*both, strict=True))
    except ValueError:
        raise errors.SheetRefused from None
