"""Proxies: the members who named somebody to act for them, by the one who acts."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from ledger.event import Fact
from ledger.members.member import ProxyEnded, ProxyNamed
from projections.engine.changes import Put
from projections.engine.schema import key, keyed, number

NAME = "proxies_1"

ROWS_MAX = 100
"""The most members in one result; nobody's family is larger."""

table = keyed(NAME, key("proxy_id"), key("member_id"), number("named"))


def project(event: ProxyNamed | ProxyEnded, _fact: Fact) -> Iterator[Put]:
    """Keep whether the proxy is named now: 1 for named, 0 for ended."""
    yield Put((event.proxy_id, event.member_id), {"named": int(isinstance(event, ProxyNamed))})


def acted_for(connection: Connection, proxy_id: str) -> list[str]:
    """Return the ids, sorted, of members whose proxy is `proxy_id`; at most ROWS_MAX."""
    question = (
        select(table.c.member_id)
        .where(table.c.proxy_id == proxy_id, table.c.named == 1)
        .order_by(table.c.member_id)
        .limit(ROWS_MAX)
    )
    return list(connection.scalars(question))
