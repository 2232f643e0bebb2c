"""Staff: people who work with the ledger for the federation or a merchant, and their roles."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never

import msgspec

from ledger import errors
from ledger.event import Event, stream_namer, topic

CATEGORY = "staff"

stream = stream_namer(CATEGORY)


class Role(StrEnum):
    """A role of staff; the gateway's policy table says what each role may do."""

    CLERK = "clerk"
    REVIEWER = "reviewer"
    TREASURER = "treasurer"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    OWNER = "owner"
    CASHIER = "cashier"


OF_MERCHANTS = frozenset({Role.OWNER, Role.CASHIER})
"""The roles of a merchant's staff; all other roles are of the federation."""


class _StaffEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "staff_id")

    staff_id: str


@topic("staff.appointed", "聘任人员", "Staff appointed")
class Appointed(_StaffEvent, frozen=True, kw_only=True):
    """A person was appointed to a merchant's staff or, with no `merchant_id`, the federation's."""

    roles: tuple[str, ...]
    merchant_id: str = ""


@topic("staff.roles_changed", "变更岗位", "Roles changed")
class RolesChanged(_StaffEvent, frozen=True, kw_only=True):
    """The person's roles were replaced by `roles`, the complete new set."""

    roles: tuple[str, ...]


@topic("staff.dismissed", "人员离任", "Staff dismissed")
class Dismissed(_StaffEvent, frozen=True, kw_only=True):
    """The person was dismissed and has no roles any more."""


StaffEvent = Appointed | RolesChanged | Dismissed


class Staff(msgspec.Struct, frozen=True):
    """A person on the staff; `roles` is empty after dismissal, `staff_id` before any appointment.

    `merchant_id` is the merchant they work for, and is empty for staff of the federation.
    """

    staff_id: str = ""
    roles: frozenset[str] = frozenset()
    merchant_id: str = ""


INITIAL = Staff()


def evolve(state: Staff, event: StaffEvent) -> Staff:
    """Return the state of a person after one more event of their stream."""
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
    """Appoint a person, or appoint them again; return no events if they have these roles.

    An empty `merchant_id` means the federation. `by` is the actor, such as `officer-ann`.

    Raises:
        OwnRoles: `by` is this person.
        StaffAlreadyAppointed: they have other roles, or work or worked for another employer.
        InputInvalid: no role is named, or one that this employer does not have.
    """
    _check_not_own(staff_id, by)
    named = _checked(roles, of_merchant=bool(merchant_id))
    if (state.roles, state.merchant_id) == (frozenset(named), merchant_id):
        return []
    if state.roles or (state.staff_id and state.merchant_id != merchant_id):
        raise errors.StaffAlreadyAppointed
    return [Appointed(staff_id=staff_id, roles=named, merchant_id=merchant_id)]


def change_roles(state: Staff, *, roles: Iterable[str], by: str) -> list[Event]:
    """Replace the roles of a person who has some; return no events if they are the same."""
    check_working(state)
    _check_not_own(state.staff_id, by)
    named = _checked(roles, of_merchant=bool(state.merchant_id))
    if state.roles == frozenset(named):
        return []
    return [RolesChanged(staff_id=state.staff_id, roles=named)]


def dismiss(state: Staff, *, by: str) -> list[Event]:
    """Take all roles from a person; return no events if they were dismissed already.

    A person never appointed raises StaffUnknown, and the caller `by` themselves OwnRoles.
    """
    if not state.staff_id:
        raise errors.StaffUnknown
    _check_not_own(state.staff_id, by)
    return [Dismissed(staff_id=state.staff_id)] if state.roles else []


def check_working(state: Staff) -> None:
    """Raise StaffUnknown unless the person has roles now."""
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
