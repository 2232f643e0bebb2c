"""A member: registered, moved, given a card and API keys, with proxies and a household."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from immutables import Map

from ledger import errors
from ledger.benefits.terms import Who
from ledger.members import authorization, member
from ledger.write.state_batch import snapshot_state, snapshot_text
from tests.support.given_when_then import Given, Verb

PLACE = {"branch": "branch-miyun", "employer": "rose-garden", "groups": ("model_worker",)}
ELSEWHERE = {"branch": "branch-daxing", "employer": "", "groups": ()}
REGISTERED = member.Registered(member_id="m1", **PLACE)  # type: ignore[arg-type]  # mixed values
MOVED = member.Moved(member_id="m1", **ELSEWHERE)  # type: ignore[arg-type]  # likewise
RECEIVED = member.CardReceived(member_id="m1", card_id="c1")
HASH = "a" * 64
PHONE: dict[str, Any] = {"key_id": "phone", "key_hash": HASH}
KEY_MADE = member.KeyMade(member_id="m1", **PHONE)
NAMED = member.ProxyNamed(member_id="m1", proxy_id="m2")
AT = datetime(2026, 5, 1, 4, tzinfo=UTC)
AT_HOME = member.HouseholdChanged(member_id="m1", household_id="h1", at=AT)
ALONE = member.HouseholdChanged(member_id="m1", household_id="", at=AT)


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


def test_a_member_who_moves_keeps_card_keys_proxies_and_household() -> None:
    state = Given("member", REGISTERED, RECEIVED, KEY_MADE, NAMED, AT_HOME, MOVED).state

    keys = Map({"phone": HASH})
    assert state == member.Member("m1", "branch-daxing", "", (), "c1", keys, ("m2",), "h1")
    assert state.who == Who(branch="branch-daxing", groups=())


def test_a_member_comes_back_from_a_snapshot() -> None:
    state = Given("member", REGISTERED, KEY_MADE, NAMED, AT_HOME, ALONE).state

    again = snapshot_state(snapshot_text(state, "ours"), member.Member, "ours")
    assert again == state
    assert isinstance(again.keys, Map)


def test_a_member_receives_a_card() -> None:
    Given("member", REGISTERED).when(member.receive_card, card_id="c1").then(RECEIVED)


def test_a_member_is_of_a_household_and_of_none_again() -> None:
    given = Given("member", REGISTERED, AT_HOME)

    change = member.change_household
    Given("member", REGISTERED).when(change, household_id="h1", at=AT).then(AT_HOME)
    given.when(change, household_id="", at=AT).then(ALONE)
    Given("member", REGISTERED).when(change, household_id="", at=AT).then()


def test_whoever_left_a_household_counts_as_kin_for_thirty_days() -> None:
    moved = member.HouseholdChanged(member_id="m1", household_id="h2", at=AT)
    state: member.Member = Given("member", REGISTERED, AT_HOME, moved).state

    assert [state.kin(AT + timedelta(days=days)) for days in (29, 30)] == [{"h1", "h2"}, {"h2"}]


@pytest.mark.parametrize("household_id", ["王家", "a b", "a" * 65])
def test_a_household_is_an_id_that_tells_nothing(household_id: str) -> None:
    Given("member", REGISTERED).when(
        member.change_household, household_id=household_id, at=AT
    ).then_refused(errors.InputInvalid, field="household_id")


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        (member.move, ELSEWHERE),
        (member.receive_card, {"card_id": "c1"}),
        (authorization.make_key, PHONE),
        (authorization.end_key, {"key_id": "phone"}),
        (authorization.name_proxy, {"proxy_id": "m2"}),
        (authorization.end_proxy, {"proxy_id": "m2"}),
        (member.change_household, {"household_id": "h1", "at": AT}),
    ],
)
def test_a_person_never_taken_on_is_unknown(verb: Verb, asked: dict[str, Any]) -> None:
    Given("member").when(verb, **asked).then_refused(errors.MemberUnknown)
