"""Staff: people who work with the ledger for the federation or for a merchant, and their roles."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never

import msgspec

from ledger import errors
from ledger.event import Event, topic

CATEGORY = "staff"


class Role(StrEnum):
    """What a person may be; the gateway's table says what each may do."""

    CLERK = "clerk"
    REVIEWER = "reviewer"
    TREASURER = "treasurer"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    OWNER = "owner"
    CASHIER = "cashier"


OF_MERCHANTS = frozenset({Role.OWNER, Role.CASHIER})
"""The roles of a merchant's people; all others are of the federation."""


class _StaffEvent(Event, frozen=True, kw_only=True):
    staff_id: str

    @property
    def stream(self) -> str:
        return f"{CATEGORY}-{self.staff_id}"


@topic("staff.appointed", "聘任人员", "Staff appointed")
class Appointed(_StaffEvent, frozen=True, kw_only=True):
    """A person works here, or again: for a merchant, where one is named, else the federation."""

    roles: tuple[str, ...]
    merchant_id: str = ""


@topic("staff.roles_changed", "变更岗位", "Roles changed")
class RolesChanged(_StaffEvent, frozen=True, kw_only=True):
    """The person's roles are now these."""

    roles: tuple[str, ...]


@topic("staff.dismissed", "人员离任", "Staff dismissed")
class Dismissed(_StaffEvent, frozen=True, kw_only=True):
    """The person works here no longer."""


StaffEvent = Appointed | RolesChanged | Dismissed


class Staff(msgspec.Struct, frozen=True):
    """A person as the rules see them: without roles once dismissed."""

    staff_id: str = ""
    roles: frozenset[str] = frozenset()
    merchant_id: str = ""


INITIAL = Staff()


def evolve(state: Staff, event: StaffEvent) -> Staff:
    """The person after one more event."""
    match event:
        case Appointed():
            return Staff(event.staff_id, frozenset(event.roles), event.merchant_id)
        case RolesChanged():
            return msgspec.structs.replace(state, roles=frozenset(event.roles))
        case Dismissed():
            return msgspec.structs.replace(state, roles=frozenset())
        case _:
            assert_never(event)


def appoint(
    state: Staff, *, staff_id: str, roles: Iterable[str], merchant_id: str, by: str
) -> list[Event]:
    """Take a person on, or on again; the same again changes nothing.

    Raises:
        StaffAlreadyAppointed: they work here, with other roles or for somebody else.
        OwnRoles: nobody appoints themselves.
        InputInvalid: the roles are none, unknown, or not of one house.

    """
    _check_not_own(staff_id, by)
    named = _checked(roles, of_merchant=bool(merchant_id))
    if state.roles:
        if (state.roles, state.merchant_id) == (frozenset(named), merchant_id):
            return []
        raise errors.StaffAlreadyAppointed
    if state.staff_id and state.merchant_id != merchant_id:
        raise errors.StaffAlreadyAppointed
    return [Appointed(staff_id=staff_id, roles=named, merchant_id=merchant_id)]


def change_roles(state: Staff, *, roles: Iterable[str], by: str) -> list[Event]:
    """Give a person other roles.

    Raises:
        StaffUnknown: they do not work here.
        OwnRoles: nobody changes their own.
        InputInvalid: the roles are none, unknown, or not of one house.

    """
    check_working(state)
    _check_not_own(state.staff_id, by)
    named = _checked(roles, of_merchant=bool(state.merchant_id))
    if state.roles == frozenset(named):
        return []
    return [RolesChanged(staff_id=state.staff_id, roles=named)]


def dismiss(state: Staff, *, by: str) -> list[Event]:
    """Let a person act no longer; once dismissed, changes nothing.

    Raises:
        StaffUnknown: no such person.
        OwnRoles: nobody dismisses themselves.

    """
    if not state.staff_id:
        raise errors.StaffUnknown
    _check_not_own(state.staff_id, by)
    return [Dismissed(staff_id=state.staff_id)] if state.roles else []


def check_working(state: Staff) -> None:
    """Check that a person works here.

    Raises:
        StaffUnknown: they do not, or no longer.

    """
    if not state.roles:
        raise errors.StaffUnknown


def _checked(roles: Iterable[str], *, of_merchant: bool) -> tuple[str, ...]:
    named = tuple(sorted(set(roles)))
    allowed = OF_MERCHANTS if of_merchant else frozenset(Role) - OF_MERCHANTS
    if not named or not allowed.issuperset(named):
        raise errors.InputInvalid(field="roles")
    return named


def _check_not_own(staff_id: str, by: str) -> None:
    if by.partition("-")[2] == staff_id:
        raise errors.OwnRoles
