"""A synthetic city: cards, merchants and scans, and a history written straight to the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from random import Random

import msgspec

from ledger.application import Ledger
from ledger.benefits.terms import Funding, Rules
from ledger.event import Event, encode, topic_of
from ledger.members.card_events import Issued
from ledger.members.member import CardReceived, Registered
from ledger.money import AMOUNT_MAX
from ledger.redemptions.events import Redeemed, RedemptionLine
from ledger.services.scan import Scan
from ledger.store import Draft, Log, at_text

BY = "officer-bench"
FUND = "bench"
MERCHANTS = 50
UNION_FUNDED_PART = 0.2
"""The part (0 … 1) of redemptions that the union co-pays, each with an event of its fund."""

FACTS_EACH_CARD = 12
"""The events of a card in a filled log: three to issue it and nine redemptions."""

PAGE = 10_000
_METADATA = '{"by":"officer-bench"}'
_REPLACE = msgspec.structs.replace


def found(ledger: Ledger, key_hash: str = "no key opens this till") -> None:
    """Record the fund, merchants, tills and offers; `city.fill` issues the cards.

    `key_hash` is the SHA-256 in hex of every till's key; by default no key is accepted.
    """
    ledger.officers.offers.open_fund(FUND, programme="bench", name="bench", by=BY)
    for number in range(20):
        ledger.officers.offers.contribute(
            FUND, source=f"giver-{number}", amount_minor=AMOUNT_MAX, by=BY, request_id=f"g-{number}"
        )
    for number in range(MERCHANTS):
        merchant_id = merchant_of(number)
        ledger.officers.merchants.sign_merchant(
            merchant_id, name=f"商户{number}", categories=("bakery",), by=BY
        )
        ledger.officers.merchants.open_outlet(merchant_id, outlet_id="main", name="main", by=BY)
        ledger.officers.merchants.pair_till(
            merchant_id, till_id="till", outlet_id="main", key_hash=key_hash, by=BY
        )
    ledger.officers.offers.publish_offer(
        "merchant-funded", title="八折", kind="percent_off", terms={"basis_points": 2_000}, by=BY
    )
    ledger.officers.offers.publish_offer(
        "union-funded",
        title="补贴",
        kind="percent_off",
        terms={"basis_points": 2_000},
        rules=Rules(funding=Funding(union_basis_points=5_000, fund_id=FUND)),
        by=BY,
    )


def scans(chance: Random, cards: int, count: int) -> list[Scan]:
    """Return `count` random purchases by the first `cards` cards at any merchant."""
    return [_scan(chance, cards) for _ in range(count)]


def card_of(number: int) -> str:
    """Return the id of the `number`-th card, from 0."""
    return f"{number:024x}"


def merchant_of(number: int) -> str:
    """Return the id of the `number`-th merchant, from 0."""
    return f"merchant-{number}"


def choice_of(chance: Random) -> str:
    """Return the id of a random offer: the union's in UNION_FUNDED_PART of the cases."""
    return "union-funded" if chance.random() < UNION_FUNDED_PART else "merchant-funded"


def _scan(chance: Random, cards: int) -> Scan:
    merchant, card = chance.randrange(MERCHANTS), chance.randrange(cards)
    amount_minor = chance.randrange(100, 100_000)
    return Scan(
        merchant_id=merchant_of(merchant),
        outlet_id="main",
        till_id="till",
        amount_minor=amount_minor,
        choices=(choice_of(chance),),
        card_id=card_of(card),
        asked=b"%d/%d/%d" % (merchant, card, amount_minor),
    )


def fill(log: Log, *, cards: int, facts: int) -> None:
    """Append events: `cards` cards issued, then redemptions, `facts` in all (fewer: cards alone).

    It writes straight to the log, and only once: the log must not hold these cards.
    """
    chance = Random(7)  # noqa: S311 - the same past each time
    events = _past(chance, cards, facts - 3 * cards)
    drafts = _drafts(events)
    while page := list(islice(drafts, PAGE)):
        with log.locked() as tx:
            at = max(at_text(tx.now()), tx.head.at)
            tx.append([draft._replace(at=at) for draft in page])


def _past(chance: Random, cards: int, redemptions: int) -> Iterator[Event]:
    for number in range(cards):
        member_id, card_id = f"m{number}", card_of(number)
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
        card_id=card_of(card),
        branch=f"branch-{card % 20}",
        merchant_id=merchant_of(chance.randrange(MERCHANTS)),
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
