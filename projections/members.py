"""Members: where each is organised, and the card they carry."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from ledger.event import Fact
from ledger.members.member import CardReceived, Moved, Registered
from projections.engine.changes import Put
from projections.engine.schema import table_of

NAME = "members_1"


class MemberOverview(NamedTuple):
    """A member; `branch` and `employer` None if never registered, `card_id` None before a card."""

    member_id: str
    branch: str | None
    employer: str | None
    card_id: str | None


table = table_of(NAME, MemberOverview)


def project(event: Registered | Moved | CardReceived, _fact: Fact) -> Iterator[Put]:
    """Keep the member's latest branch, employer and card."""
    match event:
        case Registered() | Moved():
            yield Put((event.member_id,), {"branch": event.branch, "employer": event.employer})
        case CardReceived():
            yield Put((event.member_id,), {"card_id": event.card_id})


def member(connection: Connection, member_id: str) -> MemberOverview | None:
    """Return the member with this id; None if there is none."""
    row = connection.execute(select(table).where(table.c.member_id == member_id)).first()
    return None if row is None else MemberOverview(*row)


def of_branches(connection: Connection, branches: Sequence[str]) -> list[str]:
    """Return the sorted ids of the members of any of the branches; of all members if none named."""
    query = select(table.c.member_id).order_by(table.c.member_id)
    if branches:
        query = query.where(table.c.branch.in_(branches))
    return list(connection.scalars(query))
