"""A long history, written straight to the log: members with cards, and their redemptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from random import Random

import msgspec

from ledger.event import Event, encode, topic_of
from ledger.members.card_events import Issued
from ledger.members.member import CardReceived, Registered
from ledger.redemptions.line import RedemptionLine
from ledger.redemptions.redemption import Redeemed
from ledger.store import Draft, Log, at_text
from scripts.bench import city

FACTS_EACH_CARD = 12
"""The events of a card in a filled log: three to issue it and nine redemptions."""

PAGE = 10_000
_METADATA = '{"by":"officer-bench"}'
_REPLACE = msgspec.structs.replace


def fill(log: Log, *, cards: int, facts: int) -> None:
    """Issue cards, then record redemptions until the log has grown by `facts` events in all."""
    chance = Random(7)  # noqa: S311 - the same past each time
    events = _past(chance, cards, facts - 3 * cards)
    drafts = _drafts(events)
    while page := list(islice(drafts, PAGE)):
        with log.locked() as tx:
            at = max(at_text(tx.now()), tx.head.at)
            tx.append([draft._replace(at=at) for draft in page])


def _past(chance: Random, cards: int, redemptions: int) -> Iterator[Event]:
    for number in range(cards):
        member_id, card_id = f"m{number}", city.card_of(number)
        yield Registered(member_id=member_id, branch=f"branch-{number % 20}")
        yield Issued(card_id=card_id, member_id=member_id)
        yield CardReceived(member_id=member_id, card_id=card_id)
    for number in range(redemptions):
        yield _redeemed(chance, number, chance.randrange(cards))


def _redeemed(chance: Random, number: int, card: int) -> Redeemed:
    return _REPLACE(
        _TEMPLATE,
        redemption_id=f"{chance.getrandbits(64):016x}-{number}",
        member_id=f"m{card}",
        card_id=city.card_of(card),
        branch=f"branch-{card % 20}",
        merchant_id=city.merchant_of(chance.randrange(city.MERCHANTS)),
    )


def _drafts(events: Iterable[Event]) -> Iterator[Draft]:
    versions: dict[str, int] = {}
    for event in events:
        stream = event.stream
        versions[stream] = version = versions.get(stream, 0) + 1
        request_id = f"redeem/{event.redemption_id}" if isinstance(event, Redeemed) else None
        yield Draft(stream, version, topic_of(event), "", encode(event), _METADATA, request_id)


_AT = datetime(2026, 1, 1, tzinfo=UTC)
_TEMPLATE = Redeemed(
    redemption_id="",
    member_id="",
    card_id="",
    branch="",
    merchant_id="",
    outlet_id="main",
    till_id="till",
    category="bakery",
    at=_AT,
    day=_AT.date(),
    price_minor=1_000,
    merchant_share_minor=200,
    union_share_minor=0,
    member_share_minor=800,
    lines=(
        RedemptionLine(
            choice_id="merchant-funded",
            kind="percent_off",
            merchant_share_minor=200,
            union_share_minor=0,
        ),
    ),
)
