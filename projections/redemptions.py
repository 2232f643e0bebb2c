"""Redemptions line by line, as a statement lists them: a reversal is a line below zero.

So any sum of lines is right, and no line ever changes. A line stands on its own day: a reversal is
taken off on its day, while `purchases` and `usage` take it off the day of the purchase. A contested
late redemption is a line as it stands in the books; where the union declines to bear it, a second
line, without a price, moves its share to the merchant.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Index, and_, exists, or_, select

from ledger.benefits import Words
from ledger.event import Fact
from ledger.redemptions.events import ContestDecided, Reversed
from projections.bookings import Booking, booked, line_of
from projections.engine.changes import Put, copying
from projections.engine.question import latest_first
from projections.engine.schema import table_of
from projections.engine.totals import totals

NAME = "redemptions_3"


class RedemptionRow(NamedTuple):
    """A redemption (`redemptions` 1), its reversal (-1), or that its contest was declined (0).

    `choices` are ids with spaces between. `cashier_id` is the cashier who made the redemption or,
    in a reversal, undid it; empty if not given. Amounts are in minor units, negative in a reversal;
    `at` is ISO text in UTC, and `position` that of the event in the log.
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


table = table_of(NAME, RedemptionRow)
Index(f"{NAME}_by_card", table.c.card_id, table.c.position)
Index(f"{NAME}_by_merchant", table.c.merchant_id, table.c.position, table.c.till_id)
Index(f"{NAME}_by_day", table.c.merchant_id, table.c.day, table.c.position)

_made = copying("redemption_id", "card_id", "till_id", "branch")

spending = partial(totals, table)
"""Return sums by card, other columns or `month`, from the lines. See `totals`.

`purchases` is quicker for places and days.
"""


def project(event: Booking, fact: Fact) -> Iterator[Put]:
    """Keep one line for each booked redemption or reversal; a reversal has negative amounts."""
    for made, count in booked(event):
        told = event if isinstance(event, ContestDecided | Reversed) else made
        line = line_of(made, count, told)
        line["cashier_id"] = getattr(told, "cashier_id", "")
        yield Put((fact.position,), line | _made(made))


redemptions = latest_first(
    table,
    RedemptionRow,
    about=Words(
        "逐笔核销，最近的在前；冲正是一行负数。",
        "Redemptions line by line, the latest first; a reversal is a line below zero.",
    ),
    filters=("card_id", "merchant_id"),
    days=True,
    limit=1_000,
    examples=("--merchant xiufa --from 2026-05-01",),
)


def shown_once() -> ColumnElement[bool]:
    """Return the condition that leaves out declined contests, and reversals on the same day."""
    made, line = table.alias(), table.c
    same_day = exists().where(
        made.c.merchant_id == line.merchant_id,
        made.c.day == line.day,
        made.c.redemption_id == line.redemption_id,
        made.c.redemptions > 0,
    )
    return or_(line.redemptions > 0, and_(line.redemptions < 0, ~same_day))


def undone_among(
    connection: Connection, lines: Sequence[RedemptionRow], *, merchant_id: str
) -> set[str]:
    """Return the ids of those among these redemptions of a merchant that were reversed."""
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
