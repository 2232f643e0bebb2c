"""Balances: the debits and credits of every account."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection

from ledger.benefits import Words
from ledger.event import Fact
from ledger.postings import MoneyEvent, postings
from projections.engine.changes import Add
from projections.engine.question import Filter, sorted_by_key
from projections.engine.schema import table_of

NAME = "balances_1"


class Balance(NamedTuple):
    """An account, such as `fund:north`, with the sums of its debits and credits, in minor units."""

    account: str
    debits_minor: int
    credits_minor: int

    @property
    def credit_minor(self) -> int:
        """Credits less debits, in minor units; negative for a debit balance."""
        return self.credits_minor - self.debits_minor


table = table_of(NAME, Balance, counters=2)


def project(event: MoneyEvent, _fact: Fact) -> Iterator[Add]:
    """Debit the source and credit the destination of each posting."""
    for posting in postings(event):
        yield Add((posting.source,), {"debits_minor": posting.amount_minor})
        yield Add((posting.destination,), {"credits_minor": posting.amount_minor})


def within(prefix: str) -> ColumnElement[bool]:
    """Return the condition that an account's name begins with `prefix`, such as `fund:`."""
    return (table.c.account >= prefix) & (table.c.account < f"{prefix}{chr(0x10FFFF)}")


balances = sorted_by_key(
    table,
    Balance,
    about=Words(
        "每个账户的借方和贷方；合计两者相等。",
        "What every account was debited and credited; in all, both are the same.",
    ),
    filters=(
        Filter("within", "Only accounts whose names begin so, such as fund:", within, default=""),
    ),
    examples=("", "--within fund:"),
)


def balance(connection: Connection, account: str) -> Balance:
    """Return the balance of an account; zero where nothing was posted."""
    found = balances(connection, account=account)
    return found[0] if found else Balance(account, 0, 0)
