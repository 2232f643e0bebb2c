"""Members: where each is organised, and the card they carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Table, select

from ledger.event import Fact
from ledger.members.member import CardReceived, Moved, Registered
from projections.engine.changes import Put
from projections.engine.schema import key, metadata, text

NAME = "members_1"

table = Table(
    NAME,
    metadata,
    key("member_id"),
    text("branch"),
    text("employer"),
    text("card_id"),
    sqlite_with_rowid=False,
)


def project(fact: Fact) -> Iterator[Put]:
    """The latest holds."""
    match fact.event:
        case Registered() | Moved() as event:
            yield Put((event.member_id,), {"branch": event.branch, "employer": event.employer})
        case CardReceived() as event:
            yield Put((event.member_id,), {"card_id": event.card_id})
        case _:
            pass


class Member(NamedTuple):
    """A member; no branch where the register never named one, no card before the first."""

    member_id: str
    branch: str | None
    employer: str | None
    card_id: str | None


def member(connection: Connection, member_id: str) -> Member | None:
    """The member of that id."""
    row = connection.execute(select(table).where(table.c.member_id == member_id)).first()
    return None if row is None else Member(*row)


def of_branches(connection: Connection, branches: Sequence[str]) -> list[str]:
    """The members who are organised in any of the branches, by id; of none named, all."""
    query = select(table.c.member_id).order_by(table.c.member_id)
    if branches:
        query = query.where(table.c.branch.in_(branches))
    return list(connection.scalars(query))
