"""Payables: what each fund owes each merchant, the union's shares of its redemptions."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, select

from ledger.benefits import Words
from ledger.event import Fact
from ledger.funds import Overpaid, PaidOut, Released, Reserved
from projections.engine.changes import Add
from projections.engine.question import Filter, sorted_by_key
from projections.engine.schema import table_of
from projections.engine.totals import totals, whole_number

NAME = "payables_2"


class Payable(NamedTuple):
    """The sums a fund reserved for a merchant, released again and paid, in minor units.

    `overpaid_minor` is the total of the merchant's incidents; `recovered_minor`, the part of it
    withheld from payments so far.
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
        """The amount still owed, in minor units: reserved less released, paid and recovered."""
        settled_minor = self.paid_minor + self.recovered_minor
        return self.reserved_minor - self.released_minor - settled_minor

    @property
    def due_minor(self) -> int:
        """The amount that a payment now would pay: the debt less open overpayments, at least 0."""
        return max(self.owed_minor - (self.overpaid_minor - self.recovered_minor), 0)


table = table_of(NAME, Payable, keys=2, counters=5)


def project(event: Reserved | Released | PaidOut | Overpaid, _fact: Fact) -> Iterator[Add]:
    """Add a reservation, its release, a payment less what it recovers, or an overpayment."""
    match event:
        case Reserved():
            amounts = {"reserved_minor": event.amount_minor}
        case Released():
            amounts = {"released_minor": event.amount_minor}
        case PaidOut():
            paid_minor = event.amount_minor - event.recovered_minor
            amounts = {"paid_minor": paid_minor, "recovered_minor": event.recovered_minor}
        case Overpaid():
            amounts = {"overpaid_minor": event.amount_minor}
    yield Add((event.merchant_id, event.fund_id), amounts)


_SETTLED = table.c.released_minor + table.c.paid_minor + table.c.recovered_minor


def is_owed() -> ColumnElement[bool]:
    """Return the condition that a fund owes the merchant something."""
    return table.c.reserved_minor != _SETTLED


payables = sorted_by_key(
    table,
    Payable,
    about=Words(
        "各基金欠各商户多少：核销中工会承担的部分。",
        "What each fund owes each merchant: the union's shares of what was redeemed.",
    ),
    filters=(
        "merchant_id",
        "fund_id",
        Filter("owed", "Only where something is to be paid.", lambda _: is_owed(), flag=True),
    ),
    examples=("", "--owed --format csv"),
)

_OWED = table.c.reserved_minor - _SETTLED
_DUE = _OWED - (table.c.overpaid_minor - table.c.recovered_minor)
_EACH = select(
    *(table.c.merchant_id, table.c.fund_id, table.c.paid_minor),
    whole_number(_OWED, "owed_minor"),
    whole_number(case((_DUE > 0, _DUE), else_=0), "due_minor"),
).subquery()

owed_totals = partial(totals, _EACH)
"""Return what is owed, due and paid (minor units), summed by merchant or fund. See `totals`."""
