"""A member: registered, moved, given a card and API keys, with proxies and a household."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from immutables import Map

from ledger import errors
from ledger.benefits.terms import Who
from ledger.members import authorization, member
from ledger.write.state_batch import snapshot_state, snapshot_text
from tests.support.given_when_then import Given, Verb, sentences

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


register = partial(member.register, member_id="m1")
move = partial(member.move, **ELSEWHERE)
receive = partial(member.receive_card, card_id="c1")
at_home = partial(member.change_household, household_id="h1", at=AT)
alone = partial(member.change_household, household_id="", at=AT)

test_a_member = sentences(
    "member",
    {
        "is taken on": ([], partial(register, **PLACE), [REGISTERED]),
        "has an id of their own": (
            [REGISTERED],
            partial(register, **ELSEWHERE),
            errors.MemberAlreadyRegistered,
        ),
        "moves": ([REGISTERED], move, [MOVED]),
        "who stays does not move": ([REGISTERED], partial(member.move, **PLACE), []),
        "receives a card": ([REGISTERED], receive, [RECEIVED]),
        "is of a household": ([REGISTERED], at_home, [AT_HOME]),
        "is of no household again": ([REGISTERED, AT_HOME], alone, [ALONE]),
        "is of no household at first": ([REGISTERED], alone, []),
    },
)


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


def test_whoever_left_a_household_counts_as_kin_for_thirty_days() -> None:
    moved = member.HouseholdChanged(member_id="m1", household_id="h2", at=AT)
    state: member.Member = Given("member", REGISTERED, AT_HOME, moved).state

    assert [state.kin(AT + timedelta(days=days)) for days in (29, 30)] == [{"h1", "h2"}, {"h2"}]


@pytest.mark.parametrize("household_id", ["王家", "a b", "a" * 65])
def test_a_household_is_an_id_that_tells_nothing(household_id: str) -> None:
    Given("member", REGISTERED).when(alone, household_id=household_id).then_refused(
        errors.InputInvalid, field="household_id"
    )


@pytest.mark.parametrize(
    "verb",
    [
        *(move, receive, at_home, partial(authorization.make_key, **PHONE)),
        partial(authorization.end_key, key_id="phone"),
        partial(authorization.name_proxy, proxy_id="m2"),
        partial(authorization.end_proxy, proxy_id="m2"),
    ],
)
def test_a_person_never_taken_on_is_unknown(verb: Verb) -> None:
    Given("member").when(verb).then_refused(errors.MemberUnknown)
