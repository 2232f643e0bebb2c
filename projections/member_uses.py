"""The uses of each member's cards by month, a row a year: how many use theirs is counted from it.

It grows with the members, not with what they redeem. A reversal is taken off the month of the
purchase.
"""

from collections.abc import Iterator

from ledger.event import Fact
from projections.bookings import Booking, booked
from projections.engine.changes import Add
from projections.engine.schema import counter, key, keyed

NAME = "member_uses_1"


def month_column(month: int) -> str:
    """Return the name of the counter of a month, 1 to 12."""
    return f"uses_{month:02}"


table = keyed(
    NAME, *map(key, ("member_id", "year")), *map(counter, map(month_column, range(1, 13)))
)


def project(event: Booking, _fact: Fact) -> Iterator[Add]:
    """Count one use of the member in the month of the purchase; a reversal takes it off."""
    for made, count in booked(event):
        key = (made.member_id, f"{made.day.year:04}")
        yield Add(key, {month_column(made.day.month): count})
