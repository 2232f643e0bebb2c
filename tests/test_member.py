"""A member: taken on, moved, given a card."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import errors, member
from ledger.terms import Who
from tests.given import Given, Verb

PLACE = {"branch": "branch-miyun", "employer": "rose-garden", "groups": ("model_worker",)}
ELSEWHERE = {"branch": "branch-daxing", "employer": "", "groups": ()}
REGISTERED = member.Registered(member_id="m1", **PLACE)  # type: ignore[arg-type]  # mixed values
MOVED = member.Moved(member_id="m1", **ELSEWHERE)  # type: ignore[arg-type]  # likewise
RECEIVED = member.CardReceived(member_id="m1", card_id="c1")


def test_a_person_is_taken_on() -> None:
    Given("member").when(member.register, member_id="m1", **PLACE).then(REGISTERED)


def test_a_member_id_is_not_given_twice() -> None:
    Given("member", REGISTERED).when(member.register, member_id="m1", **ELSEWHERE).then_refused(
        errors.MemberAlreadyRegistered
    )


def test_a_member_moves() -> None:
    Given("member", REGISTERED).when(member.move, **ELSEWHERE).then(MOVED)


def test_a_member_who_stays_does_not_move() -> None:
    Given("member", REGISTERED).when(member.move, **PLACE).then()


def test_a_member_who_moves_keeps_the_card() -> None:
    state = Given("member", REGISTERED, RECEIVED, MOVED).state

    assert state == member.Member("m1", "branch-daxing", "", (), "c1")
    assert state.who == Who(branch="branch-daxing", groups=())


def test_a_member_receives_a_card() -> None:
    Given("member", REGISTERED).when(member.receive_card, card_id="c1").then(RECEIVED)


@pytest.mark.parametrize(
    ("verb", "asked"), [(member.move, ELSEWHERE), (member.receive_card, {"card_id": "c1"})]
)
def test_a_person_never_taken_on_is_unknown(verb: Verb, asked: dict[str, Any]) -> None:
    Given("member").when(verb, **asked).then_refused(errors.MemberUnknown)
