"""Redemptions line by line, as a statement lists them: a reversal is a line below zero.

So any sum of lines is right, and no line ever changes. A line stands on its own day: what is undone
later is taken off later, while `purchases` and `usage` take it off the day of the purchase. What
came late and is contested is a line as it stands in the books.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple, Unpack

from sqlalchemy import Connection, Index, Table, select

from ledger.event import Fact
from ledger.redemptions.redemption import Contested, Redeemed, Reversed
from ledger.store import at_text
from projections.engine.changes import Put
from projections.engine.pages import ROWS_MAX, latest
from projections.engine.schema import metadata, number, position, text
from projections.engine.totals import Narrowed, Total, totals

NAME = "redemptions_2"

table = Table(
    NAME,
    metadata,
    position(),
    text("redemption_id"),
    text("card_id"),
    text("merchant_id"),
    text("outlet_id"),
    text("till_id"),
    text("cashier_id"),
    text("category"),
    text("branch"),
    text("day"),
    text("at"),
    text("choices"),
    number("redemptions"),
    number("price_minor"),
    number("merchant_share_minor"),
    number("union_share_minor"),
    number("member_share_minor"),
)
Index(f"{NAME}_by_card", table.c.card_id, table.c.position)
Index(f"{NAME}_by_merchant", table.c.merchant_id, table.c.position)


def project(fact: Fact) -> Iterator[Put]:
    """One line a fact."""
    match fact.event:
        case (Redeemed() as made) | Contested(booked=Redeemed() as made):
            day, at = made.day.isoformat(), at_text(made.at)
            yield _line(fact, made, 1, day, at, made.cashier_id)
        case Reversed() as undone:
            day, at = undone.day.isoformat(), at_text(undone.at)
            yield _line(fact, undone.undone, -1, day, at, undone.cashier_id)
        case _:
            pass


class Line(NamedTuple):
    """A redemption (`redemptions` 1) or its reversal (-1); `choices` are ids with spaces between.

    `cashier_id` is who made it or, in a reversal, who undid it; empty where nobody said.

    Amounts in minor units, negative in a reversal; `at` is ISO text in UTC.
    """

    position: int
    redemption_id: str
    card_id: str
    merchant_id: str
    outlet_id: str
    till_id: str
    cashier_id: str
    category: str
    branch: str
    day: str
    at: str
    choices: str
    redemptions: int
    price_minor: int
    merchant_share_minor: int
    union_share_minor: int
    member_share_minor: int


def redemptions(
    connection: Connection,
    *,
    card_id: str | None = None,
    merchant_id: str | None = None,
    till_id: str | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    before: int | None = None,
    rows_max: int = ROWS_MAX,
) -> list[Line]:
    """The lines of a card, a merchant or its till, the latest first, those `before` a position.

    `first_day` and `last_day` are both inside. At most ROWS_MAX.
    """
    question = latest(
        table,
        before=before,
        rows_max=rows_max,
        first_day=first_day,
        last_day=last_day,
        card_id=card_id,
        merchant_id=merchant_id,
        till_id=till_id,
    )
    return [Line(*row) for row in connection.execute(question)]


def undone_among(connection: Connection, lines: Sequence[Line], *, merchant_id: str) -> set[str]:
    """Which of these redemptions of a merchant were undone, by id."""
    made = {line.redemption_id: line.position for line in lines if line.redemptions > 0}
    if not made:
        return set()
    question = select(table.c.redemption_id).where(
        table.c.merchant_id == merchant_id,
        table.c.position > min(made.values()),
        table.c.redemptions < 0,
        table.c.redemption_id.in_(made),
    )
    return set(connection.scalars(question))


def spending(
    connection: Connection, by: Sequence[str] = ("card_id",), **narrowed: Unpack[Narrowed]
) -> list[Total]:
    """Redemptions, price and shares (minor units) summed by card, or other texts, or `month`.

    See `projections.engine.totals.totals`. It reads lines: `purchases` is quicker for places, days.
    """
    return totals(connection, table, by, **narrowed)


def _line(fact: Fact, redeemed: Redeemed, count: int, day: str, at: str, cashier_id: str) -> Put:
    return Put(
        (fact.position,),
        {
            "redemption_id": redeemed.redemption_id,
            "card_id": redeemed.card_id,
            "merchant_id": redeemed.merchant_id,
            "outlet_id": redeemed.outlet_id,
            "till_id": redeemed.till_id,
            "cashier_id": cashier_id,
            "category": redeemed.category or "",
            "branch": redeemed.branch,
            "day": day,
            "at": at,
            "choices": " ".join([line.choice_id for line in redeemed.lines]),
            "redemptions": count,
            "price_minor": count * redeemed.price_minor,
            "merchant_share_minor": count * redeemed.merchant_share_minor,
            "union_share_minor": count * redeemed.union_share_minor,
            "member_share_minor": count * redeemed.member_share_minor,
        },
    )
