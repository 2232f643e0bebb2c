"""Independence: the rules by which two officers count as two people."""

from __future__ import annotations

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
    Someone who appointed or invited the other is excluded for VOUCHED_FOR, in both directions.
    """
    if first == second:
        return Rule.SAME_PERSON
    one, other = _staff(states, first), _staff(states, second)
    if _vouched_for(one, second, at) or _vouched_for(other, first, at):
        return Rule.VOUCHED
    if one.member_id and one.member_id == other.member_id:
        return Rule.SAME_MEMBER
    household = _household(states, other.member_id)
    if household and household == _household(states, one.member_id):
        return Rule.SAME_HOUSEHOLD
    return Rule.OWN_CASE if _is_own_case(states, other, household, subject) else None


def check_independent(
    states: States, first: str, second: str, *, at: datetime, subject: str = ""
) -> None:
    """Raise NotIndependent, with the rule as `problem`, if `second` may not act beside `first`."""
    rule = excluding_rule(states, first, second, at=at, subject=subject)
    if rule is not None:
        raise errors.NotIndependent(problem=rule, of=first)


def is_relation_unknown(states: States, *officers: str) -> bool:
    """Return whether one of these officers is tied to no member, so that kinship is unknown."""
    return any(not _staff(states, one).member_id for one in officers)


def _is_own_case(states: States, other: Staff, household: str, subject: str) -> bool:
    if subject == staff.stream(other.staff_id):
        return True
    if not other.member_id or not subject.startswith(f"{member.CATEGORY}-"):
        return False
    theirs: member.Member = states[subject]
    return subject == member.stream(other.member_id) or bool(
        household and household == theirs.household_id
    )


def _vouched_for(person: Staff, by: str, at: datetime) -> bool:
    return any(one.by == by and at - one.at < VOUCHED_FOR for one in person.vouched)


def _household(states: States, member_id: str) -> str:
    if not member_id:
        return ""
    found: member.Member = states[member.stream(member_id)]
    return found.household_id


def _staff(states: States, officer: str) -> Staff:
    found: Staff = states[staff.stream(officer.partition("-")[2])]
    return found
