"""The uses of each offer and grant since it began, a row each; `usage` has them by day and place.

A reversal is taken off.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from ledger.event import Fact
from projections.bookings import Booking, booked
from projections.engine.changes import Add
from projections.engine.schema import counter, key, keyed

NAME = "choice_uses_1"

table = keyed(NAME, key("choice_id"), counter("uses"))


def project(event: Booking, _fact: Fact) -> Iterator[Add]:
    """Count one use of each offer and grant of a purchase; a reversal takes it off."""
    for made, count in booked(event):
        for line in made.lines:
            yield Add((line.choice_id,), {"uses": count})


def uses_of(connection: Connection, choice_ids: Sequence[str]) -> dict[str, int]:
    """Return the uses of each of at most 1,000 offers or grants; one never used is missing."""
    found = select(table.c.choice_id, table.c.uses).where(table.c.choice_id.in_(choice_ids))
    return {row.choice_id: row.uses for row in connection.execute(found)}
