"""Statement lines: the amount a fund owes for each redemption, in the order of the reservations.

A redemption that drew on two funds has a line with each. A reversed one keeps its line, and counts
nothing.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Index, and_, select

from ledger.event import Fact
from ledger.redemptions.events import ContestDecided, Redeemed, Reversed
from ledger.settlement.incident import funds_of
from ledger.store import at_text
from projections import incidents
from projections.bookings import Booking, booked
from projections.engine.changes import Put, Values
from projections.engine.pages import ROWS_MAX
from projections.engine.schema import table_of
from projections.statements import StatementRow

NAME = "statement_lines_1"


class StatementLine(NamedTuple):
    """A redemption on a statement; amounts in minor units, days ISO text, `at` likewise in UTC.

    `price_minor` is the whole price, `union_share_minor` the share of this fund. `choices` are ids
    with spaces between. `reversed_day` and the incident are None where there was none; an incident
    lowers a later statement, never this one.
    """

    fund_id: str
    redemption_id: str
    reservation: int
    merchant_id: str
    outlet_id: str
    till_id: str
    day: str
    at: str
    choices: str
    price_minor: int
    union_share_minor: int
    reversed_day: str | None
    incident_minor: int | None
    incident_reason: str | None
    incident_day: str | None

    @property
    def counted_minor(self) -> int:
        """The amount that the line adds to the statement, in minor units; 0 if reversed."""
        return 0 if self.reversed_day else self.union_share_minor


table = table_of(NAME, StatementLine, keys=2, joined=3)
Index(f"{NAME}_by_merchant", table.c.fund_id, table.c.merchant_id, table.c.reservation)


def project(event: Booking, _fact: Fact) -> Iterator[Put]:
    """Keep a line for each fund that a redemption drew on; a reversal sets its `reversed_day`.

    A contest has its line once it is accepted.
    """
    found = [(event.made, 0)] if isinstance(event, ContestDecided) else booked(event)
    for made, _ in found:
        for fund_id in funds_of(made):
            if isinstance(event, Reversed):
                values: Values = {"reversed_day": event.day.isoformat()}
            else:
                values = _line(made, fund_id)
            yield Put((fund_id, made.redemption_id), values)


def statement_lines(
    connection: Connection, statement: StatementRow, *, after: int = 0, rows_max: int = ROWS_MAX
) -> list[StatementLine]:
    """Return the lines of a statement by reservation number, above `after`; at most ROWS_MAX."""
    found = incidents.table
    question = (
        select(table, found.c.amount_minor, found.c.reason, found.c.day)
        .outerjoin_from(
            table,
            found,
            and_(
                found.c.redemption_id == table.c.redemption_id, found.c.fund_id == table.c.fund_id
            ),
        )
        .where(
            table.c.fund_id == statement.fund_id,
            table.c.merchant_id == statement.merchant_id,
            table.c.reservation.between(statement.first, statement.through),
            table.c.reservation > after,
        )
        .order_by(table.c.reservation)
        .limit(min(rows_max, ROWS_MAX))
    )
    return [StatementLine(*row) for row in connection.execute(question)]


def _line(made: Redeemed, fund_id: str) -> Values:
    drawn = [line for line in made.lines if line.fund_id == fund_id]
    return {
        "reservation": min(line.reservation or 0 for line in drawn),
        "merchant_id": made.merchant_id,
        "outlet_id": made.outlet_id,
        "till_id": made.till_id,
        "price_minor": made.price_minor,
        "day": made.day.isoformat(),
        "at": at_text(made.at),
        "choices": " ".join([line.choice_id for line in drawn]),
        "union_share_minor": sum(line.union_share_minor for line in drawn),
    }
