"""Authorization: a member's keys and proxies, and who may act for whom."""

from typing import Any

import pytest

from ledger import errors
from ledger.members import member
from ledger.members.authorization import (
    KEYS_MAX,
    PROXIES_MAX,
    Principal,
    authorize,
    check_key,
    check_proxy,
    end_key,
    end_proxy,
    make_key,
    name_proxy,
)
from tests.support.given_when_then import Given

REGISTERED = member.Registered(member_id="m1", branch="branch-miyun")
HASH, OTHER_HASH = "a" * 64, "b" * 64
PHONE: dict[str, Any] = {"key_id": "phone", "key_hash": HASH}
KEY_MADE = member.KeyMade(member_id="m1", **PHONE)
KEY_ENDED = member.KeyEnded(member_id="m1", key_id="phone")
KEYS = [
    member.KeyMade(member_id="m1", key_id=f"k{number}", key_hash=HASH) for number in range(KEYS_MAX)
]
NAMED = member.ProxyNamed(member_id="m1", proxy_id="m2")
PROXY_ENDED = member.ProxyEnded(member_id="m1", proxy_id="m2")
PROXIES = [
    member.ProxyNamed(member_id="m1", proxy_id=f"p{number}") for number in range(PROXIES_MAX)
]


def test_a_member_gets_a_key() -> None:
    Given("member", REGISTERED).when(make_key, **PHONE).then(KEY_MADE)


def test_the_id_of_a_live_key_is_not_given_to_another() -> None:
    Given("member", REGISTERED, KEY_MADE).when(
        make_key, key_id="phone", key_hash=OTHER_HASH
    ).then_refused(errors.InputInvalid, field="key_id")


@pytest.mark.parametrize("key_id", ["", "a.b", "a b", "-a", "a\n", "a" * 65, "小红卡"])
def test_a_key_has_an_id_that_its_text_can_tell(key_id: str) -> None:
    Given("member", REGISTERED).when(make_key, key_id=key_id, key_hash=HASH).then_refused(
        errors.InputInvalid, field="key_id"
    )


@pytest.mark.parametrize("key_hash", ["", "A" * 64, "a" * 43, "a" * 65, HASH + "\n"])
def test_a_key_is_recorded_by_its_hash_and_nothing_else(key_hash: str) -> None:
    Given("member", REGISTERED).when(make_key, key_id="phone", key_hash=key_hash).then_refused(
        errors.InputInvalid, field="key_hash"
    )


def test_a_member_has_eight_live_keys_at_most() -> None:
    full = Given("member", REGISTERED, *KEYS)
    ended = member.KeyEnded(member_id="m1", key_id="k0")

    full.when(make_key, **PHONE).then_refused(errors.TooManyKeys)
    full.when(make_key, key_id="k0", key_hash=HASH).then()
    Given("member", REGISTERED, *KEYS[1:]).when(make_key, **PHONE).then(KEY_MADE)
    Given("member", REGISTERED, *KEYS, ended).when(make_key, **PHONE).then(KEY_MADE)


def test_a_key_is_ended() -> None:
    Given("member", REGISTERED, KEY_MADE).when(end_key, key_id="phone").then(KEY_ENDED)
    Given("member", REGISTERED, *KEYS).when(end_key, key_id="phone").then()


def test_an_ended_key_is_live_no_longer_and_the_others_are() -> None:
    state = Given("member", REGISTERED, KEY_MADE, *KEYS, KEY_ENDED).state

    check_key(state, "k0")
    for key_id in ("phone", "never-made", ""):
        with pytest.raises(errors.KeyEnded):
            check_key(state, key_id)


def test_a_member_names_a_proxy() -> None:
    Given("member", REGISTERED).when(name_proxy, proxy_id="m2").then(NAMED)


def test_nobody_is_their_own_proxy() -> None:
    Given("member", REGISTERED).when(name_proxy, proxy_id="m1").then_refused(
        errors.InputInvalid, field="proxy_id"
    )


def test_a_member_has_eight_proxies_at_most() -> None:
    full = Given("member", REGISTERED, *PROXIES)
    ended = member.ProxyEnded(member_id="m1", proxy_id="p0")

    full.when(name_proxy, proxy_id="m2").then_refused(errors.TooManyProxies)
    full.when(name_proxy, proxy_id="p0").then()
    Given("member", REGISTERED, *PROXIES[1:]).when(name_proxy, proxy_id="m2").then(NAMED)
    Given("member", REGISTERED, *PROXIES, ended).when(name_proxy, proxy_id="m2").then(NAMED)


def test_a_proxy_is_ended() -> None:
    Given("member", REGISTERED, NAMED).when(end_proxy, proxy_id="m2").then(PROXY_ENDED)
    Given("member", REGISTERED).when(end_proxy, proxy_id="m2").then()


def test_the_member_and_whom_they_named_may_act_and_nobody_else() -> None:
    before = Given("member", REGISTERED, *PROXIES, NAMED).state
    after = Given("member", REGISTERED, *PROXIES, NAMED, PROXY_ENDED).state

    for proxy_id in ("m1", "m2", "p0"):
        check_proxy(before, proxy_id)
    for state, proxy_id in ((before, "m3"), (before, ""), (after, "m2"), (member.INITIAL, "")):
        with pytest.raises(errors.NotAProxy):
            check_proxy(state, proxy_id)


STATES = {
    "member-m1": Given("member", REGISTERED, KEY_MADE, NAMED).state,
    "member-m2": Given(
        "member",
        member.Registered(member_id="m2", branch="branch-miyun"),
        member.KeyMade(member_id="m2", key_id="tablet", key_hash=HASH),
    ).state,
}


@pytest.mark.parametrize(
    "principal",
    [
        Principal(member_id="m1"),
        Principal(member_id="m1", key_id="phone"),
        Principal(member_id="m1", acting="m2", key_id="tablet"),
        Principal(member_id="m1", officer_id="officer-li"),
    ],
)
def test_the_member_their_proxy_and_an_officer_are_authorized(principal: Principal) -> None:
    assert authorize(STATES, principal) == STATES["member-m1"]


@pytest.mark.parametrize(
    ("principal", "refusal"),
    [
        (Principal(member_id="m1", key_id="tablet"), errors.KeyEnded),
        (Principal(member_id="m1", acting="m2", key_id="phone"), errors.KeyEnded),
        (Principal(member_id="m2", acting="m1", key_id="phone"), errors.NotAProxy),
    ],
)
def test_a_dead_key_and_a_stranger_are_not_authorized(
    principal: Principal, refusal: type[errors.HongkaError]
) -> None:
    with pytest.raises(refusal):
        authorize(STATES, principal)


@pytest.mark.parametrize(
    ("principal", "by", "other", "reads"),
    [
        (Principal(member_id="m1"), "member-m1", "", ["member-m1", "grant-m1"]),
        (
            Principal(member_id="m1", acting="m2"),
            "member-m2",
            "m2",
            ["member-m1", "grant-m1", "member-m2"],
        ),
        (
            Principal(member_id="m1", officer_id="officer-li"),
            "officer-li",
            "officer-li",
            ["member-m1", "grant-m1"],
        ),
    ],
)
def test_a_principal_names_who_acts_and_the_streams_it_reads(
    principal: Principal, by: str, other: str, reads: list[str]
) -> None:
    assert (principal.by, principal.other, principal.reads) == (by, other, reads)
