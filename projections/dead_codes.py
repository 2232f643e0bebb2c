"""Cards and devices whose codes are revoked, and since when: an offline till must know them."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from ledger.event import Fact
from ledger.members import card as stream
from ledger.store import at_text
from projections.engine.changes import Put
from projections.engine.schema import key, keyed, text

NAME = "dead_codes_2"

DEAD_MAX = 50_000
"""The most cards, and the most devices, in one result."""

PRINTS_MAX = 20_000
"""The most printed numbers in one result."""

table = keyed(
    *(NAME, key("kind"), key("dead_id"), key("card_id")),
    *(text("dead_since", index=True), text("code_hash")),
)

_CARD, _DEVICE = "card", "device"


def project(
    event: stream.Blocked
    | stream.Replaced
    | stream.Closed
    | stream.CodePrinted
    | stream.Unblocked
    | stream.DeviceRevoked
    | stream.DeviceCertified,
    fact: Fact,
) -> Iterator[Put]:
    """Record when a card or a device was revoked; null for one that is valid again.

    A card past its last day is left out: no code outlives that day. A device is valid again where
    the same card has it again, not where another card has. A card has the hash of its latest print.
    """
    match event:
        case stream.CodePrinted():
            yield Put((_CARD, event.card_id, event.card_id), {"code_hash": event.code_hash})
        case stream.Blocked() | stream.Replaced() | stream.Closed():
            yield Put((_CARD, event.card_id, event.card_id), {"dead_since": at_text(fact.at)})
        case stream.Unblocked():
            yield Put((_CARD, event.card_id, event.card_id), {"dead_since": None})
        case stream.DeviceRevoked():
            yield Put((_DEVICE, event.device_id, event.card_id), {"dead_since": at_text(fact.at)})
        case stream.DeviceCertified():
            yield Put((_DEVICE, event.device_id, event.card_id), {"dead_since": None})


class DeadCodes(NamedTuple):
    """The ids of revoked cards and devices, each list sorted; `complete` if none is left out.

    `prints` holds the first 8 hex digits of the hash of each revoked card's printed number, however
    long ago it was revoked, sorted; `prints_complete` if none is left out.
    """

    cards: list[str]
    devices: list[str]
    complete: bool
    prints: list[str]
    prints_complete: bool


def dead_codes(connection: Connection, *, since: datetime, dead_max: int = DEAD_MAX) -> DeadCodes:
    """Return the cards and devices revoked at or after `since` and not valid again.

    Of more than `dead_max` cards or devices the latest revoked are kept, and `complete` is False;
    likewise of more than PRINTS_MAX printed numbers.
    """
    cards, devices = (_latest(connection, kind, since, dead_max + 1) for kind in (_CARD, _DEVICE))
    complete = len(cards) <= dead_max and len(devices) <= dead_max
    printed = table.c.code_hash.is_not(None) & table.c.dead_since.is_not(None)
    latest = select(table.c.code_hash).where(printed).order_by(table.c.dead_since.desc())
    prints = [one[:8] for one in connection.scalars(latest.limit(PRINTS_MAX + 1))]
    return DeadCodes(
        *(sorted(cards[:dead_max]), sorted(devices[:dead_max]), complete),
        *(sorted(set(prints[:PRINTS_MAX])), len(prints) <= PRINTS_MAX),
    )


def _latest(connection: Connection, kind: str, since: datetime, most: int) -> list[str]:
    found = connection.scalars(
        select(table.c.dead_id)
        .where(table.c.kind == kind, table.c.dead_since >= at_text(since))
        .group_by(table.c.dead_id)
        .order_by(func.max(table.c.dead_since).desc(), table.c.dead_id)
        .limit(most)
    )
    return [*found]
