"""The uses of each member's cards by month, a row a year: how many use theirs is counted from it.

It grows with the members, not with what they redeem. A reversal is taken off the month of the
purchase.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.event import Fact
from ledger.redemptions.events import Contested, Redeemed, Reversed
from projections.engine.changes import Add
from projections.engine.schema import counter, key, keyed

NAME = "member_uses_1"

_MONTHS = 12


def month_column(month: int) -> str:
    """Return the name of the counter of a month, 1 to 12."""
    return f"uses_{month:02}"


table = keyed(
    NAME,
    key("member_id"),
    key("year"),
    *(counter(month_column(number)) for number in range(1, _MONTHS + 1)),
)


def project(event: Redeemed | Contested | Reversed, _fact: Fact) -> Iterator[Add]:
    """Count one use of the member in the month of the purchase; a reversal takes it off."""
    match event:
        case (Redeemed() as made) | Contested(booked=Redeemed() as made):
            yield _counted(made, 1)
        case Reversed(undone=made):
            yield _counted(made, -1)


def _counted(made: Redeemed, count: int) -> Add:
    return Add((made.member_id, f"{made.day.year:04}"), {month_column(made.day.month): count})
