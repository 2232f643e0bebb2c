"""Independence: each rule by which two officers are not two people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger import errors
from ledger.control.independence import Rule, check_independent, excluding_rule, is_relation_unknown
from ledger.event import Event
from ledger.members import member
from ledger.staff import Appointed, Invited, Tied
from ledger.write.streams import CATEGORIES, category_of

AT = datetime(2026, 5, 1, 4, tzinfo=UTC)
MONTH = timedelta(days=30)
ANN, BEN = "officer-ann", "officer-ben"


class Folded(dict[str, Any]):
    """The states of some events; other streams are in their initial state."""

    def __init__(self, *events: Event) -> None:
        super().__init__()
        for event in events:
            evolve = CATEGORIES[category_of(event.stream)].evolve
            self[event.stream] = evolve(self[event.stream], event)

    def __missing__(self, stream: str) -> Any:
        return CATEGORIES[category_of(stream)].initial


def appointed(staff_id: str, by: str = "terminal-root", at: datetime | None = AT) -> Appointed:
    return Appointed(staff_id=staff_id, roles=("reviewer",), by=by, at=at)


def in_household(member_id: str, household_id: str) -> list[Event]:
    registered = member.Registered(member_id=member_id, branch="b")
    moved = member.HouseholdChanged(member_id=member_id, household_id=household_id, at=AT)
    return [registered, moved]


def rule_of(*events: Event, days: float = 0, subject: str = "") -> Rule | None:
    """Return the rule that excludes Ben beside Ann, and assert that it excludes her beside him."""
    states, at = Folded(appointed("ann"), appointed("ben"), *events), AT + timedelta(days=days)
    found = excluding_rule(states, ANN, BEN, at=at, subject=subject)
    if found is not Rule.OWN_CASE:
        assert excluding_rule(states, BEN, ANN, at=at) == found
    return found


def test_two_strangers_are_independent_and_nobody_is_of_themselves() -> None:
    assert rule_of() is None
    assert excluding_rule(Folded(appointed("ann")), ANN, ANN, at=AT) is Rule.SAME_PERSON


@pytest.mark.parametrize(
    "event", [appointed("ben", by=ANN), Invited(staff_id="ben", by=ANN, at=AT)]
)
def test_whoever_appointed_or_invited_the_other_is_not_for_thirty_days(event: Event) -> None:
    assert rule_of(event) is Rule.VOUCHED
    assert rule_of(event, days=29.99) is Rule.VOUCHED
    assert rule_of(event, days=30) is None


@pytest.mark.parametrize("first", [ANN, "terminal-ann"])
def test_whoever_appointed_those_who_appointed_the_other_is_not_either(first: str) -> None:
    chain = [appointed("p1", by=first), appointed("p2", by="officer-p1", at=AT + timedelta(days=9))]
    states = [*chain, appointed("ben", by="officer-p2", at=AT + timedelta(days=20))]

    assert rule_of(*states, days=29.99) is (Rule.VOUCHED if first == ANN else None)
    assert rule_of(*states, days=30) is None


def test_those_who_invited_each_other_in_a_ring_are_no_end_of_the_walk() -> None:
    ring = [Invited(staff_id="ann", by="officer-p1", at=AT), appointed("p1", by=ANN)]

    assert rule_of(*ring) is None
    assert rule_of(*ring, appointed("ben", by="officer-p1")) is Rule.VOUCHED


def test_a_later_invitation_by_a_third_person_hides_none_before() -> None:
    later = Invited(staff_id="ben", by="officer-cas", at=AT + timedelta(days=20))

    assert rule_of(appointed("ben", by=ANN), later, days=29) is Rule.VOUCHED


def test_an_appointment_that_says_neither_who_nor_when_excludes_nobody() -> None:
    assert rule_of(appointed("ben", by="", at=None)) is None


def test_one_member_is_one_person() -> None:
    tied = [Tied(staff_id="ann", member_id="m1"), Tied(staff_id="ben", member_id="m1")]

    assert rule_of(*tied) is Rule.SAME_MEMBER
    assert rule_of(*tied, Tied(staff_id="ben", member_id="")) is None


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (member.HouseholdChanged(member_id="m2", household_id="", at=AT), Rule.SAME_HOUSEHOLD),
        (member.HouseholdChanged(member_id="m2", household_id="h2", at=AT), Rule.SAME_HOUSEHOLD),
        (Tied(staff_id="ben", member_id="m9", at=AT), Rule.SAME_HOUSEHOLD),
        (Tied(staff_id="ann", member_id="m2", at=AT), Rule.SAME_MEMBER),
    ],
)
def test_no_edit_makes_two_people_independent_at_once(edit: Event, rule: Rule) -> None:
    tied = [Tied(staff_id="ann", member_id="m1"), Tied(staff_id="ben", member_id="m2")]
    one = [*in_household("m1", "h1"), *in_household("m2", "h1")]
    away = member.Moved(member_id="m1", branch="b")

    assert rule_of(*tied, *one, edit, days=29.99) is rule
    again = [Tied(staff_id="ben", member_id="m9", at=AT)] if rule is Rule.SAME_MEMBER else [away]
    assert rule_of(*tied, *one, edit, *again, days=30) is None


def test_their_familys_case_is_ones_own_for_thirty_days_after_an_edit() -> None:
    tied = [Tied(staff_id="ben", member_id="m2"), *in_household("m2", "h1")]
    left = [*in_household("m3", "h1"), *in_household("m3", "")]

    assert rule_of(*tied, *left, days=29, subject="member-m3") is Rule.OWN_CASE
    assert rule_of(*tied, *left, days=30, subject="member-m3") is None


def test_one_household_is_not_two_people() -> None:
    tied = [Tied(staff_id="ann", member_id="m1"), Tied(staff_id="ben", member_id="m2")]
    one = [*in_household("m1", "h1"), *in_household("m2", "h1")]
    two = [*in_household("m1", "h1"), *in_household("m2", "h2")]

    assert rule_of(*tied, *one) is Rule.SAME_HOUSEHOLD
    assert rule_of(*tied, *two) is None
    assert rule_of(*tied) is None


def test_nobody_confirms_in_their_own_case_or_their_familys() -> None:
    tied = [Tied(staff_id="ben", member_id="m2"), *in_household("m2", "h1")]
    family = in_household("m3", "h1")

    assert rule_of(subject="staff-ben") is Rule.OWN_CASE
    assert rule_of(*tied, subject="member-m2") is Rule.OWN_CASE
    assert rule_of(*tied, *family, subject="member-m3") is Rule.OWN_CASE
    assert rule_of(*tied, *in_household("m4", "h2"), subject="member-m4") is None
    assert rule_of(*tied, subject="fund-care") is None
    assert rule_of(*family, subject="member-m3") is None


def test_the_refusal_says_which_rule_and_beside_whom() -> None:
    states = Folded(appointed("ann"), appointed("ben", by=ANN))

    with pytest.raises(errors.NotIndependent) as refused:
        check_independent(states, ANN, BEN, at=AT)
    assert refused.value.particulars == {"problem": Rule.VOUCHED, "of": ANN}
    check_independent(states, ANN, BEN, at=AT + MONTH)


def test_whoever_is_tied_to_no_member_may_be_anybodys_relation() -> None:
    tied = [Tied(staff_id="ann", member_id="m1"), Tied(staff_id="ben", member_id="m2")]

    assert is_relation_unknown(Folded(*tied[:1]), ANN, BEN)
    assert not is_relation_unknown(Folded(*tied), ANN, BEN)
