"""A synthetic city: members with cards, merchants with a till each, and their scans."""

from __future__ import annotations

from random import Random

from ledger.application import Ledger
from ledger.benefits.terms import Funding, Rules
from ledger.money import AMOUNT_MAX
from ledger.services.scan import Scan

BY = "officer-bench"
FUND = "bench"
MERCHANTS = 50
UNION_FUNDED_PART = 0.2
"""The part (0 … 1) of redemptions that the union co-pays, each with an event of its fund."""


def found(ledger: Ledger, key_hash: str = "no key opens this till") -> None:
    """Record the fund, merchants, tills and offers; `history.fill` issues the cards.

    `key_hash` is the hash of every till's key.
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
