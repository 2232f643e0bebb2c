"""Audiences: the branches and groups that members were ever recorded in."""

from collections.abc import Collection, Iterator
from typing import Literal

from sqlalchemy import Connection, select

from ledger.event import Fact
from ledger.members.member import Moved, Registered
from projections.engine.changes import Add
from projections.engine.schema import counter, key, keyed

NAME = "audiences_1"

Field = Literal["branches", "groups"]

table = keyed(NAME, key("field"), key("called"), counter("records"))


def project(event: Registered | Moved, _fact: Fact) -> Iterator[Add]:
    """Count each record of a member's branch and groups."""
    for field, names in (("branches", (event.branch,)), ("groups", dict.fromkeys(event.groups))):
        for name in names:
            yield Add((field, name), {"records": 1})


def unknown(connection: Connection, field: Field, names: Collection[str]) -> list[str]:
    """Return those of at most 2,000 names that no member was ever recorded in."""
    asked = select(table.c.called).where(table.c.field == field, table.c.called.in_(names))
    known = {*connection.scalars(asked)}
    return [name for name in names if name not in known]
