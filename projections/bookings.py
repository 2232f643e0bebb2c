"""Redemptions as projections count them: booked once, and taken off where one is reversed."""

from collections.abc import Sequence
from typing import Any

import msgspec

from ledger.redemptions.events import ContestDecided, Contested, Redeemed, Reversed
from ledger.store import at_text
from projections.engine.changes import Key

Booking = Redeemed | Contested | ContestDecided | Reversed
"""The events that book a redemption, change who pays it, or take one off the books."""

AMOUNTS = ("price_minor", "merchant_share_minor", "union_share_minor", "member_share_minor")
"""The columns of a redemption's amounts."""


def booked(event: Booking) -> Sequence[tuple[Redeemed, int]]:
    """Return the redemption with 1 where it is booked, -1 where reversed; none if not booked.

    A contested one counts as it stands in the books; one with an unknown card is not booked. One
    that was declined has 0, and amounts that move the union's shares to the merchant.
    """
    match event:
        case Redeemed():
            return ((event, 1),)
        case Reversed(undone=made):
            return ((made, -1),)
        case Contested(booked=Redeemed() as made):
            return ((made, 1),)
        case ContestDecided(is_accepted=False, was=was):
            return ((_moved(was), 0),)
    return ()


def place(made: Redeemed) -> Key:
    """Return the day, merchant, outlet, category ("" for none) and branch of a purchase."""
    day, category = made.day.isoformat(), made.category or ""
    return (day, made.merchant_id, made.outlet_id, category, made.branch)


def amounts(made: Redeemed, count: int) -> dict[str, int]:
    """Return the price and the three shares of it by column, in minor units, times `count`.

    A count of 0 leaves the amounts as they are.
    """
    times = count or 1
    return {
        "price_minor": times * made.price_minor,
        "merchant_share_minor": times * made.merchant_share_minor,
        "union_share_minor": times * made.union_share_minor,
        "member_share_minor": times * made.member_share_minor,
    }


def _moved(was: Redeemed) -> Redeemed:
    """Return the change of shares, without a price, where the merchant bears the union's."""
    replace, minor = msgspec.structs.replace, was.union_share_minor
    lines = []
    for line in was.lines:
        share_minor = line.union_share_minor
        lines.append(
            replace(line, merchant_share_minor=share_minor, union_share_minor=-share_minor)
        )
    moved = replace(was, merchant_share_minor=minor, union_share_minor=-minor, lines=tuple(lines))
    return replace(moved, price_minor=0, member_share_minor=0)


def line_of(
    made: Redeemed, count: int, told: Redeemed | ContestDecided | Reversed
) -> dict[str, Any]:
    """Return the columns that lines of a redemption share, its amounts times `count` among them.

    `told` is the event whose day and time the line stands on, such as the reversal.
    """
    return {
        "merchant_id": made.merchant_id,
        "outlet_id": made.outlet_id,
        "category": made.category or "",
        "day": told.day.isoformat(),
        "at": at_text(told.at),
        "choices": " ".join([one.choice_id for one in made.lines]),
        "redemptions": count,
        **amounts(made, count),
    }
