"""A member's history: what their cards and tickets were used for, line by line, and what it saved.

A line is the member's, whichever of their cards was shown. An undone use or a reversal is a line
below zero, on its own day, so any sum of lines is right.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, Index, select

from ledger.event import Fact
from ledger.offers.grant import Used, UseUndone
from ledger.redemptions.events import ContestDecided, Contested, Redeemed, Reversed
from ledger.store import at_text
from projections.bookings import Booking, booked, line_of
from projections.engine.changes import Put, Values, copying
from projections.engine.pages import latest
from projections.engine.schema import table_of
from projections.engine.totals import totals

NAME = "history_1"


class HistoryRow(NamedTuple):
    """One use of a card (`redeemed`, `contested`, `reversed`) or of a ticket (`used`, `undone`).

    A contested redemption was given by a till offline against the rules: the member has it all the
    same; a `declined` line moves the union's share of one to the merchant. `choices` are ids of
    offers and grants with spaces between; of a ticket, its own. Amounts are in minor units; they
    and the counts are negative where something is undone. `at` is ISO text in UTC.
    """

    position: int
    member_id: str
    entry: str
    entry_id: str
    merchant_id: str
    outlet_id: str
    category: str
    day: str
    at: str
    choices: str
    redemptions: int = 0
    uses: int = 0
    people: int = 0
    price_minor: int = 0
    merchant_share_minor: int = 0
    union_share_minor: int = 0
    member_share_minor: int = 0

    @property
    def saved_minor(self) -> int:
        """The amount that the member did not have to pay, in minor units; negative where undone."""
        return self.merchant_share_minor + self.union_share_minor


table = table_of(NAME, HistoryRow)
Index(f"{NAME}_by_member", table.c.member_id, table.c.position)

history = partial(latest, table, HistoryRow, where=[table.c.entry != "declined"])
"""Return a page of lines that concern the member, the latest first. See `latest`."""

_ENTRIES = {Redeemed: "redeemed", Contested: "contested", Reversed: "reversed"}
_NOTHING = HistoryRow._field_defaults
_used = copying("member_id", "merchant_id", "outlet_id")

savings = partial(totals, table)
"""Return uses, people, price and shares, summed by `month` or other columns. See `totals`."""


def project(event: Booking | Used | UseUndone, fact: Fact) -> Iterator[Put]:
    """Keep one line for each use, reversal or undoing; what is undone has negative numbers."""
    match event:
        case (Used() as used) | UseUndone(undone=used):
            count = 1 if used is event else -1
            values: Values = {
                "entry": "used" if used is event else "undone",
                "entry_id": used.use_id,
                "category": "",
                "day": event.on_day.isoformat(),
                "at": at_text(event.at),
                "choices": used.grant_id,
                "uses": count,
                "people": count * used.people,
            }
            yield Put((fact.position,), _NOTHING | values | _used(used))
        case _:
            for made, count in booked(event):
                told = event if isinstance(event, ContestDecided | Reversed) else made
                entry = {
                    "member_id": made.member_id,
                    "entry": _ENTRIES.get(type(event), "declined"),
                    "entry_id": made.redemption_id,
                }
                yield Put((fact.position,), _NOTHING | entry | line_of(made, count, told))


def undone_of(
    connection: Connection, member_id: str, entry_ids: Iterable[str]
) -> set[tuple[str, str]]:
    """Return which of these entries of a member were undone, as pairs of the undoing and the id.

    The undoing is `reversed` for a redemption and `undone` for a ticket use.
    """
    question = select(table.c.entry, table.c.entry_id).where(
        table.c.member_id == member_id,
        table.c.entry.in_(("reversed", "undone")),
        table.c.entry_id.in_(list(entry_ids)),
    )
    return {(entry, entry_id) for entry, entry_id in connection.execute(question)}
