"""A member: taken on, moved, given a card and keys, with proxies and a household."""

from __future__ import annotations

from typing import Any

import pytest
from immutables import Map

from ledger import errors
from ledger.benefits.terms import Who
from ledger.members import member
from ledger.write.snapshot import snapshot_state, snapshot_text
from tests.support.given_when_then import Given, Verb

PLACE = {"branch": "branch-miyun", "employer": "rose-garden", "groups": ("model_worker",)}
ELSEWHERE = {"branch": "branch-daxing", "employer": "", "groups": ()}
REGISTERED = member.Registered(member_id="m1", **PLACE)  # type: ignore[arg-type]  # mixed values
MOVED = member.Moved(member_id="m1", **ELSEWHERE)  # type: ignore[arg-type]  # likewise
RECEIVED = member.CardReceived(member_id="m1", card_id="c1")
HASH, OTHER_HASH = "a" * 64, "b" * 64
PHONE: dict[str, Any] = {"key_id": "phone", "key_hash": HASH}
KEY_MADE = member.KeyMade(member_id="m1", **PHONE)
KEY_ENDED = member.KeyEnded(member_id="m1", key_id="phone")
KEYS = [
    member.KeyMade(member_id="m1", key_id=f"k{number}", key_hash=HASH)
    for number in range(member.KEYS_MAX)
]
NAMED = member.ProxyNamed(member_id="m1", proxy_id="m2")
PROXY_ENDED = member.ProxyEnded(member_id="m1", proxy_id="m2")
PROXIES = [
    member.ProxyNamed(member_id="m1", proxy_id=f"p{number}") for number in range(member.PROXIES_MAX)
]
AT_HOME = member.HouseholdChanged(member_id="m1", household_id="h1")
ALONE = member.HouseholdChanged(member_id="m1", household_id="")


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
    state = Given("member", REGISTERED, KEY_MADE, NAMED, AT_HOME).state

    again = snapshot_state(snapshot_text(state, "ours"), member.Member, "ours")
    assert again == state
    assert isinstance(again.keys, Map)


def test_a_member_receives_a_card() -> None:
    Given("member", REGISTERED).when(member.receive_card, card_id="c1").then(RECEIVED)


def test_a_member_gets_a_key() -> None:
    Given("member", REGISTERED).when(member.make_key, **PHONE).then(KEY_MADE)


def test_the_id_of_a_live_key_is_not_given_to_another() -> None:
    Given("member", REGISTERED, KEY_MADE).when(
        member.make_key, key_id="phone", key_hash=OTHER_HASH
    ).then_refused(errors.InputInvalid, field="key_id")


@pytest.mark.parametrize("key_id", ["", "a.b", "a b", "-a", "a\n", "a" * 65, "小红卡"])
def test_a_key_has_an_id_that_its_text_can_tell(key_id: str) -> None:
    Given("member", REGISTERED).when(member.make_key, key_id=key_id, key_hash=HASH).then_refused(
        errors.InputInvalid, field="key_id"
    )


@pytest.mark.parametrize("key_hash", ["", "A" * 64, "a" * 43, "a" * 65, HASH + "\n"])
def test_a_key_is_recorded_by_its_hash_and_nothing_else(key_hash: str) -> None:
    Given("member", REGISTERED).when(
        member.make_key, key_id="phone", key_hash=key_hash
    ).then_refused(errors.InputInvalid, field="key_hash")


def test_a_member_has_eight_live_keys_at_most() -> None:
    full = Given("member", REGISTERED, *KEYS)
    ended = member.KeyEnded(member_id="m1", key_id="k0")

    full.when(member.make_key, **PHONE).then_refused(errors.TooManyKeys)
    full.when(member.make_key, key_id="k0", key_hash=HASH).then()
    Given("member", REGISTERED, *KEYS[1:]).when(member.make_key, **PHONE).then(KEY_MADE)
    Given("member", REGISTERED, *KEYS, ended).when(member.make_key, **PHONE).then(KEY_MADE)


def test_a_key_is_ended() -> None:
    Given("member", REGISTERED, KEY_MADE).when(member.end_key, key_id="phone").then(KEY_ENDED)
    Given("member", REGISTERED, *KEYS).when(member.end_key, key_id="phone").then()


def test_an_ended_key_is_live_no_longer_and_the_others_are() -> None:
    state = Given("member", REGISTERED, KEY_MADE, *KEYS, KEY_ENDED).state

    member.check_key(state, "k0")
    for key_id in ("phone", "never-made", ""):
        with pytest.raises(errors.KeyEnded):
            member.check_key(state, key_id)


def test_a_member_names_a_proxy() -> None:
    Given("member", REGISTERED).when(member.name_proxy, proxy_id="m2").then(NAMED)


def test_nobody_is_their_own_proxy() -> None:
    Given("member", REGISTERED).when(member.name_proxy, proxy_id="m1").then_refused(
        errors.InputInvalid, field="proxy_id"
    )


def test_a_member_has_eight_proxies_at_most() -> None:
    full = Given("member", REGISTERED, *PROXIES)
    ended = member.ProxyEnded(member_id="m1", proxy_id="p0")

    full.when(member.name_proxy, proxy_id="m2").then_refused(errors.TooManyProxies)
    full.when(member.name_proxy, proxy_id="p0").then()
    Given("member", REGISTERED, *PROXIES[1:]).when(member.name_proxy, proxy_id="m2").then(NAMED)
    Given("member", REGISTERED, *PROXIES, ended).when(member.name_proxy, proxy_id="m2").then(NAMED)


def test_a_proxy_is_ended() -> None:
    Given("member", REGISTERED, NAMED).when(member.end_proxy, proxy_id="m2").then(PROXY_ENDED)
    Given("member", REGISTERED).when(member.end_proxy, proxy_id="m2").then()


def test_the_member_and_whom_they_named_may_act_and_nobody_else() -> None:
    before = Given("member", REGISTERED, *PROXIES, NAMED).state
    after = Given("member", REGISTERED, *PROXIES, NAMED, PROXY_ENDED).state

    for proxy_id in ("m1", "m2", "p0"):
        member.check_proxy(before, proxy_id)
    for state, proxy_id in ((before, "m3"), (before, ""), (after, "m2"), (member.INITIAL, "")):
        with pytest.raises(errors.NotAProxy):
            member.check_proxy(state, proxy_id)


def test_a_member_is_of_a_household_and_of_none_again() -> None:
    given = Given("member", REGISTERED, AT_HOME)

    Given("member", REGISTERED).when(member.change_household, household_id="h1").then(AT_HOME)
    given.when(member.change_household, household_id="").then(ALONE)
    Given("member", REGISTERED).when(member.change_household, household_id="").then()


@pytest.mark.parametrize("household_id", ["王家", "a b", "a" * 65])
def test_a_household_is_an_id_that_tells_nothing(household_id: str) -> None:
    Given("member", REGISTERED).when(
        member.change_household, household_id=household_id
    ).then_refused(errors.InputInvalid, field="household_id")


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        (member.move, ELSEWHERE),
        (member.receive_card, {"card_id": "c1"}),
        (member.make_key, PHONE),
        (member.end_key, {"key_id": "phone"}),
        (member.name_proxy, {"proxy_id": "m2"}),
        (member.end_proxy, {"proxy_id": "m2"}),
        (member.change_household, {"household_id": "h1"}),
    ],
)
def test_a_person_never_taken_on_is_unknown(verb: Verb, asked: dict[str, Any]) -> None:
    Given("member").when(verb, **asked).then_refused(errors.MemberUnknown)
