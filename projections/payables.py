"""Payables: what each fund owes each merchant, the union's shares of what was redeemed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Table, select, tuple_

from ledger.event import Fact
from ledger.funds import Overpaid, PaidOut, Released, Reserved
from projections.engine.changes import Add
from projections.engine.schema import counter, key, metadata

NAME = "payables_2"

PAYABLES_MAX = 1_000
"""The most payables of one page."""

table = Table(
    NAME,
    metadata,
    key("merchant_id"),
    key("fund_id"),
    counter("reserved_minor"),
    counter("released_minor"),
    counter("paid_minor"),
    counter("recovered_minor"),
    counter("overpaid_minor"),
    sqlite_with_rowid=False,
)


def project(fact: Fact) -> Iterator[Add]:
    """Set aside by a redemption, released by its reversal, paid by a payout less what it keeps."""
    match fact.event:
        case Reserved() as event:
            yield Add((event.merchant_id, event.fund_id), {"reserved_minor": event.amount_minor})
        case Released() as event:
            yield Add((event.merchant_id, event.fund_id), {"released_minor": event.amount_minor})
        case PaidOut() as event:
            paid_minor = event.amount_minor - event.recovered_minor
            yield Add(
                (event.merchant_id, event.fund_id),
                {"paid_minor": paid_minor, "recovered_minor": event.recovered_minor},
            )
        case Overpaid() as event:
            yield Add((event.merchant_id, event.fund_id), {"overpaid_minor": event.amount_minor})
        case _:
            pass


class Payable(NamedTuple):
    """What a fund set aside for a merchant, took back and paid, in minor units.

    `overpaid_minor` is what was paid too much, by its incidents; `recovered_minor`, what of that
    was kept from later payments.
    """

    merchant_id: str
    fund_id: str
    reserved_minor: int
    released_minor: int
    paid_minor: int
    recovered_minor: int
    overpaid_minor: int

    @property
    def owed_minor(self) -> int:
        """What is still to be settled."""
        settled_minor = self.paid_minor + self.recovered_minor
        return self.reserved_minor - self.released_minor - settled_minor

    @property
    def due_minor(self) -> int:
        """What the merchant would get of it, now."""
        return max(self.owed_minor - (self.overpaid_minor - self.recovered_minor), 0)


def payables(
    connection: Connection,
    *,
    merchant_id: str | None = None,
    fund_id: str | None = None,
    after: tuple[str, str] | None = None,
    rows_max: int = PAYABLES_MAX,
) -> list[Payable]:
    """The payables by merchant and fund, those `after` one; at most PAYABLES_MAX."""
    question = select(table)
    for column, value in ((table.c.merchant_id, merchant_id), (table.c.fund_id, fund_id)):
        if value is not None:
            question = question.where(column == value)
    if after is not None:
        question = question.where(tuple_(table.c.merchant_id, table.c.fund_id) > after)
    question = question.order_by(*table.primary_key).limit(min(rows_max, PAYABLES_MAX))
    return [Payable(*row) for row in connection.execute(question)]
