"""Proxies: who was named by whom to act for them, to be asked from the side of who acts."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table, select

from ledger.event import Fact
from ledger.members.member import ProxyEnded, ProxyNamed
from projections.engine.changes import Put
from projections.engine.schema import key, metadata, number

NAME = "proxies_1"

ROWS_MAX = 100
"""As many members are told of; nobody's family is larger."""

table = Table(
    NAME,
    metadata,
    key("proxy_id"),
    key("member_id"),
    number("named"),
    sqlite_with_rowid=False,
)


def project(fact: Fact) -> Iterator[Put]:
    """The latest holds: named 1, ended 0."""
    match fact.event:
        case ProxyNamed() as event:
            yield Put((event.proxy_id, event.member_id), {"named": 1})
        case ProxyEnded() as event:
            yield Put((event.proxy_id, event.member_id), {"named": 0})
        case _:
            pass


def acted_for(connection: Connection, proxy_id: str) -> list[str]:
    """The members who named this one, by id; at most ROWS_MAX."""
    question = (
        select(table.c.member_id)
        .where(table.c.proxy_id == proxy_id, table.c.named == 1)
        .order_by(table.c.member_id)
        .limit(ROWS_MAX)
    )
    return list(connection.scalars(question))
