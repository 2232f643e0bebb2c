"""Staff: people who work with the ledger for the federation or a merchant, and their roles."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, assert_never

import msgspec
from immutables import Map

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
    SERVICE = "service"


OF_MERCHANTS = frozenset({Role.OWNER, Role.CASHIER})
"""The roles of a merchant's staff; all other roles are of the federation."""

VOUCHED_FOR = timedelta(days=30)
"""The time for which two people do not count as independent after one appointed the other.

For as long, whoever was tied to another member before still counts as that member too.
"""
OFFICES = tuple(role for role in Role if role not in OF_MERCHANTS | {Role.SERVICE})
"""The roles of the federation's people; an unattended job has SERVICE, for ever and alone."""


class _StaffEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "staff_id")

    staff_id: str


@topic("staff.appointed", "聘任人员", "Staff appointed")
class Appointed(_StaffEvent, frozen=True, kw_only=True):
    """A person was appointed to a merchant's staff or, with no `merchant_id`, the federation's.

    `by` is the actor who asked for it, at the time `at` (empty and None: not recorded). `alone`:
    nobody else agreed, since the federation was being set up or a recovery sheet was used.
    """

    roles: tuple[str, ...]
    merchant_id: str = ""
    by: str = ""
    at: datetime | None = None
    alone: bool = False


@topic("staff.roles_changed", "变更岗位", "Roles changed")
class RolesChanged(_StaffEvent, frozen=True, kw_only=True):
    """The person's roles were replaced by `roles`, the complete new set."""

    roles: tuple[str, ...]


@topic("staff.dismissed", "人员离任", "Staff dismissed")
class Dismissed(_StaffEvent, frozen=True, kw_only=True):
    """The person was dismissed and has no roles any more."""


@topic("staff.invited", "重新邀请人员", "Staff invited again")
class Invited(_StaffEvent, frozen=True, kw_only=True):
    """`by` may hand the person a new invitation, which replaces password and second factor."""

    by: str
    at: datetime


@topic("staff.credentials_changed", "更换登录凭证", "Sign-in credentials changed")
class CredentialsChanged(_StaffEvent, frozen=True, kw_only=True):
    """The person set up a new way to sign in: `what`, such as `password+totp` or `passkey`.

    `by` is the officer who did it for them; empty: themselves.
    """

    what: str
    at: datetime
    by: str = ""


@topic("staff.tied", "关联本人会员", "Staff tied to a member")
class Tied(_StaffEvent, frozen=True, kw_only=True):
    """The person proved by their card that they are this member; an empty id ends the tie.

    It holds since `at`; None: not recorded.
    """

    member_id: str
    at: datetime | None = None


StaffEvent = Appointed | RolesChanged | Dismissed | Invited | CredentialsChanged | Tied


class Vouched(NamedTuple):
    """The actor `by` appointed or invited a person at the time `at`."""

    by: str
    at: datetime


class Staff(msgspec.Struct, frozen=True):
    """A person on the staff; `roles` is empty after dismissal, `staff_id` before any appointment.

    `merchant_id` is the merchant they work for, and is empty for staff of the federation.
    `vouched` are appointments and invitations less than VOUCHED_FOR old at the latest of them, and
    `member_id` is the member they proved to be (empty: unknown); `untied` has the times at which
    earlier ties ended, by member id. `alone` marks, for ever, an appointment that nobody else
    agreed to, and `was_reviewer` that they held this role; `credentials_at` is the latest change of
    their sign-in, by `credentials_by` (empty: themselves).
    """

    staff_id: str = ""
    roles: frozenset[str] = frozenset()
    merchant_id: str = ""
    vouched: tuple[Vouched, ...] = ()
    member_id: str = ""
    alone: bool = False
    was_reviewer: bool = False
    credentials_at: datetime | None = None
    credentials_by: str = ""
    untied: Map[str, datetime] = Map()

    def members(self, at: datetime) -> set[str]:
        """Return the member that they are tied to, and those until VOUCHED_FOR before `at`."""
        recent = {one for one, since in self.untied.items() if at - since < VOUCHED_FOR}
        return (recent | {self.member_id}) - {""}


INITIAL = Staff()


def evolve(state: Staff, event: StaffEvent) -> Staff:
    """Return the state of a person after one more event of their stream."""
    match event:
        case Appointed():
            return msgspec.structs.replace(
                state,
                staff_id=event.staff_id,
                roles=frozenset(event.roles),
                merchant_id=event.merchant_id,
                vouched=_vouched(state, event.by, event.at),
                alone=state.alone or event.alone,
                was_reviewer=state.was_reviewer or Role.REVIEWER in event.roles,
            )
        case RolesChanged():
            was = state.was_reviewer or Role.REVIEWER in event.roles
            roles = frozenset(event.roles)
            return msgspec.structs.replace(state, roles=roles, was_reviewer=was)
        case Dismissed():
            return msgspec.structs.replace(state, roles=frozenset())
        case Invited():
            return msgspec.structs.replace(state, vouched=_vouched(state, event.by, event.at))
        case CredentialsChanged():
            return msgspec.structs.replace(state, credentials_at=event.at, credentials_by=event.by)
        case Tied():
            untied = state.untied
            if state.member_id and event.at:
                untied = untied.set(state.member_id, event.at)
            return msgspec.structs.replace(state, member_id=event.member_id, untied=untied)
        case _:
            assert_never(event)


def appoint(
    state: Staff,
    *,
    staff_id: str,
    roles: Iterable[str],
    merchant_id: str,
    by: str,
    at: datetime,
    alone: bool = False,
) -> list[Event]:
    """Appoint a person, or appoint them again; return no events if they have these roles.

    An empty `merchant_id` means the federation. `by` is the actor, such as `officer-ann`; `alone`
    says that nobody else agrees.

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
    appointed = Appointed(
        staff_id=staff_id, roles=named, merchant_id=merchant_id, by=by, at=at, alone=alone
    )
    return [appointed]


def change_roles(state: Staff, *, roles: Iterable[str], by: str) -> list[Event]:
    """Replace the roles of a person (no service) who has some; return no events if the same."""
    check_working(state)
    _check_not_own(state.staff_id, by)
    named = _checked(roles, of_merchant=bool(state.merchant_id))
    if Role.SERVICE in state.roles.union(named):
        raise errors.InputInvalid(field="roles")
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


def invite(state: Staff, *, by: str, at: datetime) -> list[Event]:
    """Allow `by` to hand a person a new invitation; a person without roles raises StaffUnknown."""
    check_working(state)
    _check_not_own(state.staff_id, by)
    return [Invited(staff_id=state.staff_id, by=by, at=at)]


def change_credentials(state: Staff, *, what: str, at: datetime, by: str = "") -> list[Event]:
    """Record that a person, or the officer `by` for them, set up a new way to sign in."""
    check_working(state)
    return [CredentialsChanged(staff_id=state.staff_id, what=what, at=at, by=by)]


def tie(state: Staff, *, member_id: str, at: datetime) -> list[Event]:
    """Tie a person to a member id, which they proved; return no events if they are tied to it."""
    check_working(state)
    if state.member_id == member_id:
        return []
    return [Tied(staff_id=state.staff_id, member_id=member_id, at=at)]


def check_working(state: Staff) -> None:
    """Raise StaffUnknown unless the person has roles now."""
    if not state.roles:
        raise errors.StaffUnknown


def _checked(roles: Iterable[str], *, of_merchant: bool) -> tuple[str, ...]:
    named = tuple(sorted(set(roles)))
    allowed = OF_MERCHANTS if of_merchant else frozenset(OFFICES)
    is_service = not of_merchant and named == (Role.SERVICE,)
    if not named or not (is_service or allowed.issuperset(named)):
        raise errors.InputInvalid(field="roles")
    return named


def _check_not_own(staff_id: str, by: str) -> None:
    if by in {f"officer-{staff_id}", f"owner-{staff_id}"}:
        raise errors.OwnRoles


def _vouched(state: Staff, by: str, at: datetime | None) -> tuple[Vouched, ...]:
    """Return the appointments and invitations that still count at `at`, and this one."""
    if at is None:
        return state.vouched
    return (*(one for one in state.vouched if at - one.at < VOUCHED_FOR), Vouched(by, at))
