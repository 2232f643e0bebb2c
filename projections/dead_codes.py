"""Cards and devices whose codes are dead, and since when: what a till without a line must know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Table, func, select

from ledger.event import Fact
from ledger.members import card_events as stream
from ledger.store import at_text
from projections.engine.changes import Change, Put
from projections.engine.schema import key, metadata, text

NAME = "dead_codes_1"

DEAD_MAX = 50_000
"""The most cards, and the most devices, that are told at once."""

table = Table(
    NAME,
    metadata,
    key("kind"),
    key("dead_id"),
    key("card_id"),
    text("dead_since", index=True),
    sqlite_with_rowid=False,
)

_CARD, _DEVICE = "card", "device"


def project(fact: Fact) -> Iterator[Change]:
    """A card that is past its last day is none of these: nobody is given a code for longer.

    A device lives again where the same card has it again, not where another card has.
    """
    match fact.event:
        case stream.Blocked() | stream.Replaced() | stream.Closed() as event:
            yield Put((_CARD, event.card_id, event.card_id), {"dead_since": at_text(fact.at)})
        case stream.Unblocked() as event:
            yield Put((_CARD, event.card_id, event.card_id), {"dead_since": None})
        case stream.DeviceRevoked() as event:
            yield Put((_DEVICE, event.device_id, event.card_id), {"dead_since": at_text(fact.at)})
        case stream.DeviceCertified() as event:
            yield Put((_DEVICE, event.device_id, event.card_id), {"dead_since": None})
        case _:
            pass


class DeadCodes(NamedTuple):
    """Ids of cards and of devices, each in its order; `complete` where that is all of them."""

    cards: list[str]
    devices: list[str]
    complete: bool


def dead_codes(connection: Connection, *, since: datetime, dead_max: int = DEAD_MAX) -> DeadCodes:
    """What died since an instant and is dead still; the latest, where there are too many."""
    cards, devices = (_latest(connection, kind, since, dead_max + 1) for kind in (_CARD, _DEVICE))
    complete = len(cards) <= dead_max and len(devices) <= dead_max
    return DeadCodes(sorted(cards[:dead_max]), sorted(devices[:dead_max]), complete)


def _latest(connection: Connection, kind: str, since: datetime, most: int) -> list[str]:
    found = connection.scalars(
        select(table.c.dead_id)
        .where(table.c.kind == kind, table.c.dead_since >= at_text(since))
        .group_by(table.c.dead_id)
        .order_by(func.max(table.c.dead_since).desc(), table.c.dead_id)
        .limit(most)
    )
    return [*found]
