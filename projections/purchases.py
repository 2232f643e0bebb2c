"""Purchases: how often cards were used, where and when, at what price and who paid it.

A purchase counts once, however many benefits it combined; `usage` counts those. A reversal is taken
off the day of the purchase.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.benefits import Words
from ledger.event import Fact
from ledger.redemptions.events import Contested, Redeemed, Reversed
from projections.engine.changes import Add
from projections.engine.question import Sums
from projections.engine.schema import counter, key, keyed

NAME = "purchases_1"

table = keyed(
    NAME,
    key("day"),
    key("merchant_id"),
    key("outlet_id"),
    key("category"),
    key("branch"),
    counter("purchases", Words("笔数", "Purchases")),
    counter("reversals", Words("冲正", "Undone")),
    counter("price_minor"),
    counter("merchant_share_minor"),
    counter("union_share_minor"),
    counter("member_share_minor"),
)


def project(event: Redeemed | Contested | Reversed, _fact: Fact) -> Iterator[Add]:
    """Count one purchase with its amounts; a reversal takes them off the day of the purchase."""
    match event:
        case (Redeemed() as redeemed) | Contested(booked=Redeemed() as redeemed):
            yield _counted(redeemed, 1, 0)
        case Reversed(undone=undone):
            yield _counted(undone, -1, 1)


purchases = Sums(
    table,
    title=Words("核销", "Purchases"),
    about=Words(
        "每次消费只计一次；冲正的在消费当天扣除。",
        "How often cards were used, at what price, and who paid it. Each purchase counts once; a"
        " reversal is taken off the day of the purchase.",
    ),
    by=("month", "merchant_id"),
    examples=("--by branch --from 2026-05-01",),
)


def _counted(redeemed: Redeemed, count: int, reversals: int) -> Add:
    return Add(
        (
            redeemed.day.isoformat(),
            redeemed.merchant_id,
            redeemed.outlet_id,
            redeemed.category or "",
            redeemed.branch,
        ),
        {
            "purchases": count,
            "reversals": reversals,
            "price_minor": count * redeemed.price_minor,
            "merchant_share_minor": count * redeemed.merchant_share_minor,
            "union_share_minor": count * redeemed.union_share_minor,
            "member_share_minor": count * redeemed.member_share_minor,
        },
    )
