"""Staff: appoint, invite again and dismiss people, change their roles, tie them to a member."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Unpack

from ledger import staff
from ledger.control import founding
from ledger.control.independence import Rule, excluding_rule
from ledger.control.proposal import Stake
from ledger.control.table import Act
from ledger.event import Event
from ledger.members import member
from ledger.merchants import merchant
from ledger.redemptions import redemption
from ledger.services.base import Asking
from ledger.services.controlled import OFFICER, SYSTEM, ControlledService, When, act, reviewing
from ledger.write.state_batch import StateBatch


class StaffService(ControlledService):
    """The verbs of officers on staff; nobody may change their own roles (OwnRoles)."""

    def appoint_staff(
        self,
        staff_id: str,
        *,
        roles: Sequence[str],
        merchant_id: str = "",
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Appoint a person to a merchant's or, without `merchant_id`, to the federation's staff.

        The federation's staff are confirmed by a second reviewer; while the federation is set up,
        the terminal appoints them alone. Return None if they have these roles; other roles or
        another employer are refused.
        """
        by, stream = asking.get("by", SYSTEM), staff.stream(staff_id)
        asked = ["appoint", staff_id, sorted(roles), merchant_id]
        if not merchant_id:
            told = {"staff_id": staff_id, "roles": sorted(roles)}
            return self._act(Act.APPOINT, asked, asking, told)

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            merchant.check_known(states[merchant.stream(merchant_id)])
            return staff.appoint(
                states[stream],
                staff_id=staff_id,
                roles=roles,
                merchant_id=merchant_id,
                by=by,
                at=at,
            )

        return self._ask(decide, [stream], asked, asking)

    def appoint_first(
        self,
        offices: Mapping[str, Sequence[str]],
        *,
        merchant_id: str = "",
        **asking: Unpack[Asking],
    ) -> None:
        """Appoint all of `offices` (roles by id) who never were, reviewers last: see `acts_alone`.

        Who was dismissed is not appointed again.
        """
        known = {one.staff_id for one in self.staff_list()}
        for one in sorted(offices, key=lambda one: staff.Role.REVIEWER in offices[one]):
            if one not in known:
                self.appoint_staff(one, roles=offices[one], merchant_id=merchant_id, **asking)

    def change_roles(
        self, staff_id: str, *, roles: Sequence[str], **asking: Unpack[Asking]
    ) -> Event | None:
        """Replace all roles of a person, once a second reviewer confirms it; None if the same."""
        asked = [staff.stream(staff_id), "change_roles", sorted(roles)]
        told = {"staff_id": staff_id, "roles": sorted(roles)}
        return self._act(Act.CHANGE_ROLES, asked, asking, told)

    def invite_staff(self, staff_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Allow the caller to hand a person a new invitation, once a second reviewer confirms it.

        An invitation replaces password and second factor: who has the code can act as the person.
        """
        asked = [staff.stream(staff_id), "invite"]
        return self._act(Act.INVITE, asked, asking, {"staff_id": staff_id})

    def note_credentials(self, staff_id: str, *, what: str, by: str = "") -> Event | None:
        """Record that a person, or the officer `by` for them, sets up a new way to sign in, `what`.

        Record it first, and store the credentials afterwards: both may be done again.
        """
        stream = staff.stream(staff_id)
        return self._ask(
            lambda states, at: staff.change_credentials(states[stream], what=what, at=at, by=by),
            [stream],
            [stream, "credentials", what],
            Asking(by=by or f"officer-{staff_id}"),
        )

    def tie_staff(
        self, staff_id: str, *, member_id: str, code_id: str | None = None, **asking: Unpack[Asking]
    ) -> Event | None:
        """Tie a person to the member who they proved to be by their card; None if tied already.

        `code_id` is the code of the card that proved it; CodeAlreadyUsed if a till took that.
        """

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            member.check_known(states[member.stream(member_id)])
            redemption.check_code(states[redemption.stream(member_id)], code_id)
            return staff.tie(states[staff.stream(staff_id)], member_id=member_id, at=at)

        stream = staff.stream(staff_id)
        return self._ask(decide, [stream], [stream, "tie", member_id], asking)

    def dismiss_staff(self, staff_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Take all roles from a person; return the event, None if dismissed already.

        It is done at once, unless it leaves too few of the federation: see `founding.is_short`.
        """
        by, stream = asking.get("by", SYSTEM), staff.stream(staff_id)
        asked, person = [stream, "dismiss"], self.state(stream)
        if not person.merchant_id:
            return self._act(Act.DISMISS, asked, asking, {"staff_id": staff_id})
        return self._ask(
            lambda states, _at: staff.dismiss(states[stream], by=by), [stream], asked, asking
        )

    def staff_list(self) -> list[staff.Staff]:
        """Return everybody who was ever appointed; those who were dismissed have no roles."""
        return self.query(lambda states, _now: states.all(staff.CATEGORY))


def _about_person(*_now: object, staff_id: str, **_roles: object) -> Stake:
    return Stake(subject=staff.stream(staff_id))


def _leaves_too_few(states: StateBatch, when: When, *, staff_id: str) -> Stake | None:
    """Return a stake if too few are left of whoever asks and those independent of them."""
    people: list[staff.Staff] = states.all(staff.CATEGORY)
    confirming = [one for one in people if not founding.CONFIRMING.isdisjoint(one.roles)]
    left = [
        one
        for one in confirming
        if one.staff_id != staff_id
        and excluding_rule(states, when.by, f"{OFFICER}{one.staff_id}", at=when.at)
        in {None, Rule.SAME_PERSON}
    ]
    counts = any(one.staff_id == staff_id for one in confirming)
    return _about_person(staff_id=staff_id) if counts and founding.is_short(left) else None


@act(Act.APPOINT, _about_person)
def _appoint(states: StateBatch, when: When, *, staff_id: str, roles: Sequence[str]) -> list[Event]:
    appointed = staff.appoint(
        states[staff.stream(staff_id)],
        staff_id=staff_id,
        roles=roles,
        merchant_id="",
        by=when.by,
        at=when.at,
        alone=when.alone,
    )
    return appointed and appointed + _founded(states, staff_id, roles)


@act(Act.CHANGE_ROLES, _about_person)
def _change_roles(
    states: StateBatch, when: When, *, staff_id: str, roles: Sequence[str]
) -> list[Event]:
    changed = staff.change_roles(states[staff.stream(staff_id)], roles=roles, by=when.by)
    return changed and changed + _founded(states, staff_id, roles)


@act(Act.INVITE, _about_person)
def _invite(states: StateBatch, when: When, *, staff_id: str) -> list[Event]:
    return staff.invite(states[staff.stream(staff_id)], by=when.by, at=when.at)


@act(Act.DISMISS, _leaves_too_few)
def _dismiss(states: StateBatch, when: When, *, staff_id: str) -> list[Event]:
    dismissed = staff.dismiss(states[staff.stream(staff_id)], by=when.by)
    return dismissed and dismissed + _founded(states, staff_id, ())


def _founded(states: StateBatch, staff_id: str, roles: Sequence[str]) -> list[Event]:
    """Return the event that setting up is over, if two reviewers are there before or after."""
    before = reviewing(states)
    after = before | {staff_id} if staff.Role.REVIEWER in roles else before
    return founding.found(states[founding.stream], after)
