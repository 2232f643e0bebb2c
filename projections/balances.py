"""Balances: what every account was debited and credited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, Table, cast, func, select

from ledger.event import Fact
from ledger.postings import postings
from projections.engine.changes import Add
from projections.engine.schema import counter, key, metadata

NAME = "balances_1"

BALANCES_MAX = 1_000
"""The most balances of one page."""

table = Table(
    NAME,
    metadata,
    key("account"),
    counter("debits_minor"),
    counter("credits_minor"),
    sqlite_with_rowid=False,
)


def project(fact: Fact) -> Iterator[Add]:
    """Each posting debits its source and credits its destination."""
    for posting in postings(fact.event):
        yield Add((posting.source,), {"debits_minor": posting.amount_minor})
        yield Add((posting.destination,), {"credits_minor": posting.amount_minor})


class Balance(NamedTuple):
    """An account with its sums, in minor units."""

    account: str
    debits_minor: int
    credits_minor: int

    @property
    def credit_minor(self) -> int:
        """What the account is in credit; below zero, in debit."""
        return self.credits_minor - self.debits_minor


def balance(connection: Connection, account: str) -> Balance:
    """The balance of an account; zero where nothing was posted."""
    row = connection.execute(select(table).where(table.c.account == account)).first()
    return Balance(account, 0, 0) if row is None else Balance(*row)


def balances(
    connection: Connection, *, within: str = "", after: str = "", rows_max: int = BALANCES_MAX
) -> list[Balance]:
    """The accounts whose names begin with `within` (`fund:`), by name, those `after` one.

    At most BALANCES_MAX.
    """
    question = select(table).where(table.c.account >= within, table.c.account > after)
    if within:
        question = question.where(table.c.account < f"{within}{chr(0x10FFFF)}")
    rows = connection.execute(question.order_by(table.c.account).limit(min(rows_max, BALANCES_MAX)))
    return [Balance(*row) for row in rows]


def all_posted(connection: Connection) -> tuple[int, int]:
    """All debits and all credits, in minor units: the same, or the books are wrong."""
    debits_minor, credits_minor = (
        cast(func.coalesce(func.sum(column), 0), BigInteger)
        for column in (table.c.debits_minor, table.c.credits_minor)
    )
    row = connection.execute(select(debits_minor, credits_minor)).one()
    return row[0], row[1]
