"""Late redemptions: what tills gave while they were offline, what was contested, who bears it.

A line stands by the scan: on its day, at its time. What is overdue, or by a wrong clock, stands on
the day it arrived; `scanned_at` is then what the till said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Index, Table

from ledger.event import Fact
from ledger.redemptions.redemption import Contested, Redeemed
from ledger.store import at_text
from projections.engine.changes import Put
from projections.engine.pages import ROWS_MAX, latest
from projections.engine.schema import metadata, number, position, text

NAME = "late_1"

table = Table(
    NAME,
    metadata,
    position(),
    text("redemption_id"),
    text("merchant_id"),
    text("outlet_id"),
    text("till_id"),
    text("cashier_id"),
    text("card_id"),
    text("day"),
    text("scanned_at"),
    text("arrived_at"),
    number("number"),
    text("outcome"),
    text("reason"),
    text("borne_by"),
    text("because"),
    number("price_minor"),
    number("given_minor"),
    number("merchant_share_minor"),
    number("union_share_minor"),
)
Index(f"{NAME}_by_till", table.c.merchant_id, table.c.till_id, table.c.position)


class Line(NamedTuple):
    """A late redemption as it stands in the books, and what the till gave, in minor units.

    `outcome` is `accepted` or `contested`; of one accepted the three words behind it are empty.
    Times are ISO text in UTC.
    """

    position: int
    redemption_id: str
    merchant_id: str
    outlet_id: str
    till_id: str
    cashier_id: str
    card_id: str
    day: str
    scanned_at: str
    arrived_at: str
    number: int
    outcome: str
    reason: str
    borne_by: str
    because: str
    price_minor: int
    given_minor: int
    merchant_share_minor: int
    union_share_minor: int


def project(fact: Fact) -> Iterator[Put]:
    """One line a redemption."""
    match fact.event:
        case Redeemed(late=late) as made if late is not None:
            given_minor = made.merchant_share_minor + made.union_share_minor
            told = {"outcome": "accepted", "reason": "", "borne_by": "", "because": ""}
            yield _line(fact, made, at_text(made.at), given_minor, told)
        case Contested(made=made) as contested:
            told = {
                "outcome": "contested",
                "reason": contested.reason,
                "borne_by": contested.borne_by,
                "because": contested.because,
            }
            given_minor = sum(one.covered_minor for one in contested.given)
            yield _line(fact, made, at_text(contested.scanned_at), given_minor, told)
        case _:
            pass


def late_redemptions(
    connection: Connection,
    *,
    merchant_id: str | None = None,
    till_id: str | None = None,
    outcome: str | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    before: int | None = None,
    rows_max: int = ROWS_MAX,
) -> list[Line]:
    """The lines of a merchant or one of its tills, the latest first, those `before` a position.

    `first_day` and `last_day` are both inside. At most ROWS_MAX.
    """
    question = latest(
        table,
        before=before,
        rows_max=rows_max,
        first_day=first_day,
        last_day=last_day,
        merchant_id=merchant_id,
        till_id=till_id,
        outcome=outcome,
    )
    return [Line(*row) for row in connection.execute(question)]


def _line(
    fact: Fact, made: Redeemed, scanned_at: str, given_minor: int, told: dict[str, str]
) -> Put:
    assert made.late is not None, "it came late"  # noqa: S101 - our own mistake
    return Put(
        (fact.position,),
        {
            "redemption_id": made.redemption_id,
            "merchant_id": made.merchant_id,
            "outlet_id": made.outlet_id,
            "till_id": made.till_id,
            "cashier_id": made.cashier_id,
            "card_id": made.card_id,
            "day": made.day.isoformat(),
            "scanned_at": scanned_at,
            "arrived_at": at_text(made.late.arrived_at),
            "number": made.late.number,
            **told,
            "price_minor": made.price_minor,
            "given_minor": given_minor,
            "merchant_share_minor": made.merchant_share_minor,
            "union_share_minor": made.union_share_minor,
        },
    )
