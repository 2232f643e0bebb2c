"""Independence: the rules by which two officers count as two people."""

from datetime import datetime
from enum import StrEnum

from ledger import errors, staff
from ledger.members import member
from ledger.members.authorization import States
from ledger.staff import VOUCHED_FOR, Staff


class Rule(StrEnum):
    """The rule that excludes an officer as the second person."""

    SAME_PERSON = "same_person"
    VOUCHED = "vouched"
    SAME_MEMBER = "same_member"
    SAME_HOUSEHOLD = "same_household"
    OWN_CASE = "own_case"


def excluding_rule(
    states: States, first: str, second: str, *, at: datetime, subject: str = ""
) -> Rule | None:
    """Return the rule that excludes `second` as the second person beside `first`, or None.

    Both are officers (`officer-…`). `subject` is the stream that the act concerns, or empty.
    Someone who appointed or invited the other, or those who did, and so on, is excluded for
    VOUCHED_FOR, in both directions. For as long, a household that somebody left, and a member whom
    they were tied to, still count.
    """
    if first == second:
        return Rule.SAME_PERSON
    one, other = _staff(states, first), _staff(states, second)
    if second in _vouching(states, one, at) or first in _vouching(states, other, at):
        return Rule.VOUCHED
    if one.members(at) & other.members(at):
        return Rule.SAME_MEMBER
    if _kin(states, one, at) & _kin(states, other, at):
        return Rule.SAME_HOUSEHOLD
    return Rule.OWN_CASE if _is_own_case(states, other, subject, at) else None


def check_independent(
    states: States, first: str, second: str, *, at: datetime, subject: str = ""
) -> None:
    """Raise NotIndependent, with the rule as `problem`, if `second` may not act beside `first`."""
    rule = excluding_rule(states, first, second, at=at, subject=subject)
    if rule is not None:
        raise errors.NotIndependent(problem=rule, of=first)


def check_not_own_case(states: States, officer: str, subject: str, *, at: datetime) -> None:
    """Raise NotIndependent if the stream `subject` is the officer's own case, or of their kin."""
    if _is_own_case(states, _staff(states, officer), subject, at):
        raise errors.NotIndependent(problem=Rule.OWN_CASE, of=officer)


def check_not_own_household(
    states: States, officer: str, subject: str, household_id: str, *, at: datetime
) -> None:
    """Raise OwnHousehold if the stream `subject` is the officer or kin, before or after a change.

    `household_id` is the household of the member `subject` after it; empty: none.
    """
    if _is_own_case(states, _staff(states, officer), subject, at, household_id):
        raise errors.OwnHousehold


def is_relation_unknown(states: States, *officers: str) -> bool:
    """Return whether one of these officers is tied to no member, so that kinship is unknown."""
    return any(not _staff(states, one).member_id for one in officers)


def _is_own_case(
    states: States, other: Staff, subject: str, at: datetime, household_id: str = ""
) -> bool:
    if subject == staff.stream(other.staff_id):
        return True
    own = {member.stream(one) for one in other.members(at)}
    if not own or not subject.startswith(f"{member.CATEGORY}-"):
        return False
    theirs: member.Member = states[subject]
    return subject in own or bool(_kin(states, other, at) & (theirs.kin(at) | {household_id}))


def _vouching(states: States, person: Staff, at: datetime) -> set[str]:
    """Return who lately appointed or invited a person, or those who did, and so on."""
    found: set[str] = set()
    asked = [person]
    while asked:  # each actor once
        lately = {one.by for one in asked.pop().vouched if at - one.at < VOUCHED_FOR} - found
        found |= lately
        asked += [_staff(states, by) for by in lately if by.startswith("officer-")]
    return found


def _kin(states: States, person: Staff, at: datetime) -> set[str]:
    """Return the households of a person's members, with those left lately: see `Member.kin`."""
    members: list[member.Member] = [states[member.stream(one)] for one in person.members(at)]
    return {household for one in members for household in one.kin(at)}


def _staff(states: States, officer: str) -> Staff:
    found: Staff = states[staff.stream(officer.partition("-")[2])]
    return found
