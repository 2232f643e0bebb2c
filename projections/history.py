"""A member's history: what their cards and tickets were used for, line by line, and what it saved.

A line is the member's, whichever of their cards was shown. What is undone is a line below zero, on
its own day, so any sum of lines is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Unpack

from sqlalchemy import Connection, Index, Table, select

from ledger.drops.rfc3797 import CHINA
from ledger.event import Fact
from ledger.offers.grant import Used, UseUndone
from ledger.redemptions.redemption import Contested, Redeemed, Reversed
from ledger.store import at_text
from projections.engine.changes import Put
from projections.engine.pages import ROWS_MAX, latest
from projections.engine.schema import metadata, number, position, text
from projections.engine.totals import Narrowed, Total, totals

NAME = "history_1"

table = Table(
    NAME,
    metadata,
    position(),
    text("member_id"),
    text("entry"),
    text("entry_id"),
    text("merchant_id"),
    text("outlet_id"),
    text("category"),
    text("day"),
    text("at"),
    text("choices"),
    number("redemptions"),
    number("uses"),
    number("people"),
    number("price_minor"),
    number("merchant_share_minor"),
    number("union_share_minor"),
    number("member_share_minor"),
)
Index(f"{NAME}_by_member", table.c.member_id, table.c.position)


def project(fact: Fact) -> Iterator[Put]:
    """One line a fact."""
    match fact.event:
        case Redeemed() as made:
            line = _redemption("redeemed", made, 1, made.day.isoformat(), at_text(made.at))
        case Contested(booked=Redeemed() as made):
            line = _redemption("contested", made, 1, made.day.isoformat(), at_text(made.at))
        case Reversed(undone=made) as undone:
            line = _redemption("reversed", made, -1, undone.day.isoformat(), at_text(undone.at))
        case Used() as used:
            line = _use("used", used, 1, used)
        case UseUndone(undone=used) as undone:
            line = _use("undone", used, -1, undone)
        case _:
            return
    yield Put((fact.position,), line._asdict())


class Line(NamedTuple):
    """One use of a card (`redeemed`, `contested`, `reversed`) or of a ticket (`used`, `undone`).

    One that is contested a till gave offline, and the rules say no: the member has it all the same.
    `choices` are ids of offers and grants with spaces between; of a ticket, its own. Amounts in
    minor units; they and the counts are negative where something is undone. `day` is that of the
    rules, of a ticket that of China; `at` is ISO text in UTC.
    """

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
        """What the member did not have to pay."""
        return self.merchant_share_minor + self.union_share_minor


def history(
    connection: Connection, member_id: str, *, before: int | None = None, rows_max: int = ROWS_MAX
) -> list[tuple[int, Line]]:
    """The lines of a member with their positions, the latest first, those `before` a position.

    At most ROWS_MAX.
    """
    question = latest(table, before=before, rows_max=rows_max, member_id=member_id)
    return [(row[0], Line(*row[1:])) for row in connection.execute(question)]


def undone_of(
    connection: Connection, member_id: str, entry_ids: Iterable[str]
) -> set[tuple[str, str]]:
    """Which of these of a member were undone: `reversed` and its id, of a ticket `undone`."""
    question = select(table.c.entry, table.c.entry_id).where(
        table.c.member_id == member_id,
        table.c.entry.in_(("reversed", "undone")),
        table.c.entry_id.in_(list(entry_ids)),
    )
    return {(entry, entry_id) for entry, entry_id in connection.execute(question)}


def savings(
    connection: Connection, by: Sequence[str] = (), **narrowed: Unpack[Narrowed]
) -> list[Total]:
    """Redemptions, uses of tickets, people, price and shares summed, by `month` or other texts.

    See `projections.engine.totals.totals`; narrow it to a `member_id`.
    """
    return totals(connection, table, by, **narrowed)


def _redemption(entry: str, made: Redeemed, count: int, day: str, at: str) -> Line:
    return Line(
        member_id=made.member_id,
        entry=entry,
        entry_id=made.redemption_id,
        merchant_id=made.merchant_id,
        outlet_id=made.outlet_id,
        category=made.category or "",
        day=day,
        at=at,
        choices=" ".join([line.choice_id for line in made.lines]),
        redemptions=count,
        price_minor=count * made.price_minor,
        merchant_share_minor=count * made.merchant_share_minor,
        union_share_minor=count * made.union_share_minor,
        member_share_minor=count * made.member_share_minor,
    )


def _use(entry: str, used: Used, count: int, told: Used | UseUndone) -> Line:
    return Line(
        member_id=used.member_id,
        entry=entry,
        entry_id=used.use_id,
        merchant_id=used.merchant_id,
        outlet_id=used.outlet_id,
        category="",
        day=told.at.astimezone(CHINA).date().isoformat(),
        at=at_text(told.at),
        choices=used.grant_id,
        uses=count,
        people=count * used.people,
    )
