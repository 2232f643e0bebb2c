"""Purchases: how often cards were used, where and when, at what price and who paid it.

A purchase counts once, however many benefits it combined; `usage` counts those. A reversal is taken
off the day of the purchase.
"""

from collections.abc import Iterator

from ledger.benefits import Words
from ledger.event import Fact
from projections.bookings import AMOUNTS, Booking, amounts, booked, place
from projections.engine.changes import Add
from projections.engine.question import Sums
from projections.engine.schema import counter, key, keyed

NAME = "purchases_1"

table = keyed(
    NAME,
    *map(key, ("day", "merchant_id", "outlet_id", "category", "branch")),
    counter("purchases", Words("笔数", "Purchases")),
    counter("reversals", Words("冲正", "Undone")),
    *map(counter, AMOUNTS),
)


def project(event: Booking, _fact: Fact) -> Iterator[Add]:
    """Count one purchase with its amounts; a reversal takes them off the day of the purchase."""
    for made, count in booked(event):
        counted = {"purchases": count, "reversals": int(count < 0), **amounts(made, count)}
        yield Add(place(made), counted)


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
