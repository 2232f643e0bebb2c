"""Authorization: a member's keys and proxies, and who may act for whom."""

from functools import partial
from typing import Any

import pytest

from ledger import errors
from ledger.members import authorization, member
from ledger.members.authorization import KEYS_MAX, PROXIES_MAX, Principal, authorize
from tests.support.given_when_then import Given, sentences

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


make_key = partial(authorization.make_key, **PHONE)
end_key = partial(authorization.end_key, key_id="phone")
name_proxy = partial(authorization.name_proxy, proxy_id="m2")
end_proxy = partial(authorization.end_proxy, proxy_id="m2")
K0_ENDED = member.KeyEnded(member_id="m1", key_id="k0")
P0_ENDED = member.ProxyEnded(member_id="m1", proxy_id="p0")

test_a_member = sentences(
    "member",
    {
        "gets a key": ([REGISTERED], make_key, [KEY_MADE]),
        "has another key under another id": (
            [REGISTERED, KEY_MADE],
            partial(make_key, key_hash=OTHER_HASH),
            errors.InputInvalid(field="key_id"),
        ),
        "has eight live keys at most": ([REGISTERED, *KEYS], make_key, errors.TooManyKeys),
        "asks for one of eight keys again": (
            [REGISTERED, *KEYS],
            partial(make_key, key_id="k0", key_hash=HASH),
            [],
        ),
        "gets the eighth key": ([REGISTERED, *KEYS[1:]], make_key, [KEY_MADE]),
        "gets a key for one that ended": ([REGISTERED, *KEYS, K0_ENDED], make_key, [KEY_MADE]),
        "ends a key": ([REGISTERED, KEY_MADE], end_key, [KEY_ENDED]),
        "ends no key that is not there": ([REGISTERED, *KEYS], end_key, []),
        "names a proxy": ([REGISTERED], name_proxy, [NAMED]),
        "is not their own proxy": (
            [REGISTERED],
            partial(name_proxy, proxy_id="m1"),
            errors.InputInvalid(field="proxy_id"),
        ),
        "has eight proxies at most": ([REGISTERED, *PROXIES], name_proxy, errors.TooManyProxies),
        "names one of eight again": (
            [REGISTERED, *PROXIES],
            partial(name_proxy, proxy_id="p0"),
            [],
        ),
        "names the eighth": ([REGISTERED, *PROXIES[1:]], name_proxy, [NAMED]),
        "names one for one that ended": ([REGISTERED, *PROXIES, P0_ENDED], name_proxy, [NAMED]),
        "ends a proxy": ([REGISTERED, NAMED], end_proxy, [PROXY_ENDED]),
        "ends no proxy that is not there": ([REGISTERED], end_proxy, []),
    },
)


@pytest.mark.parametrize("key_id", ["", "a.b", "a b", "-a", "a\n", "a" * 65, "小红卡"])
def test_a_key_has_an_id_that_its_text_can_tell(key_id: str) -> None:
    Given("member", REGISTERED).when(make_key, key_id=key_id).then_refused(
        errors.InputInvalid, field="key_id"
    )


@pytest.mark.parametrize("key_hash", ["", "A" * 64, "a" * 43, "a" * 65, HASH + "\n"])
def test_a_key_is_recorded_by_its_hash_and_nothing_else(key_hash: str) -> None:
    Given("member", REGISTERED).when(make_key, key_hash=key_hash).then_refused(
        errors.InputInvalid, field="key_hash"
    )


def test_an_ended_key_is_live_no_longer_and_the_others_are() -> None:
    state = Given("member", REGISTERED, KEY_MADE, *KEYS, KEY_ENDED).state

    authorization.check_key(state, "k0")
    for key_id in ("phone", "never-made", ""):
        with pytest.raises(errors.KeyEnded):
            authorization.check_key(state, key_id)


def test_the_member_and_whom_they_named_may_act_and_nobody_else() -> None:
    before = Given("member", REGISTERED, *PROXIES, NAMED).state
    after = Given("member", REGISTERED, *PROXIES, NAMED, PROXY_ENDED).state

    for proxy_id in ("m1", "m2", "p0"):
        authorization.check_proxy(before, proxy_id)
    for state, proxy_id in ((before, "m3"), (before, ""), (after, "m2"), (member.INITIAL, "")):
        with pytest.raises(errors.NotAProxy):
            authorization.check_proxy(state, proxy_id)


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
