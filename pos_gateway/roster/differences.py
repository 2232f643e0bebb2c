"""Data of members in which a roster differs from the register."""

from typing import Any

import msgspec

from ledger.members.card import Card, Status
from ledger.members.member import Member
from ledger.vault import Person
from pos_gateway.roster import Row

LAST_DAY = "last_day"

_RENEWABLE = {Status.LIVE, Status.BLOCKED, Status.EXPIRED}


class Difference(msgspec.Struct, frozen=True):
    """A field of a member, as registered and as in the roster. No repr shows a value."""

    field: str
    old: Any
    new: Any

    def __repr__(self) -> str:
        return f"Difference({self.field!r}, …)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("field", self.field)]


def differences(
    row: Row, member: Member, card: Card, person: Person | None
) -> tuple[Difference, ...]:
    """Return what a row says otherwise than registered; an empty cell says nothing.

    `person` is None if the vault holds no such member.
    """
    pairs: dict[str, tuple[Any, Any]] = {
        "branch": (member.branch, row.branch),
        "employer": (member.employer, row.employer),
        "groups": (member.groups, row.groups),
    }
    if person is not None:
        pairs = {"name": (person.name, row.person.name)} | pairs
        pairs["phone"] = (person.phone, row.person.phone)
    if card.status in _RENEWABLE:
        pairs[LAST_DAY] = (card.last_day, row.last_day)
    return tuple(
        Difference(field, old, new)
        for field, (old, new) in pairs.items()
        if new and old != new and not (field == "groups" and {*old} == {*new})
    )
