"""Members' API keys, proxies and households, at the desk and at the terminal."""

from pathlib import Path
from typing import Any

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.members import authorization, member
from pos_gateway.auth.api_key import KeyRefused, MemberIdentity, member_of
from tests.support.cli_runner import Cli
from tests.support.ledger_fixture import event_count

HASH = "a" * 64


def test_a_member_gets_a_key_and_it_is_ended(ledger: Ledger) -> None:
    made = ledger.officers.families.make_member_key(
        "m1", key_id="phone", key_hash=HASH, by="officer-a"
    )
    assert made == member.KeyMade(member_id="m1", key_id="phone", key_hash=HASH)
    assert ledger.officers.families.make_member_key("m1", key_id="phone", key_hash=HASH) is None

    ended = ledger.officers.families.end_member_key("m1", key_id="phone", by="officer-a")
    assert ended == member.KeyEnded(member_id="m1", key_id="phone")
    assert ledger.officers.families.end_member_key("m1", key_id="phone") is None
    assert [fact.by for fact in ledger.facts(event_count(ledger) - 2, 2)] == ["officer-a"] * 2


def test_a_member_names_a_proxy_and_ends_it(ledger: Ledger) -> None:
    named = ledger.officers.families.name_proxy("m1", proxy_id="m2")
    assert named == member.ProxyNamed(member_id="m1", proxy_id="m2")
    assert ledger.officers.families.name_proxy("m1", proxy_id="m2") is None
    assert ledger.member("m2").proxies == ()

    ended = ledger.officers.families.end_proxy("m1", proxy_id="m2")
    assert ended == member.ProxyEnded(member_id="m1", proxy_id="m2")
    assert ledger.officers.families.end_proxy("m1", proxy_id="m2") is None


@pytest.mark.parametrize(("member_id", "proxy_id"), [("m1", "nobody"), ("nobody", "m1")])
def test_a_proxy_and_whom_they_act_for_are_registered(
    ledger: Ledger, member_id: str, proxy_id: str
) -> None:
    before = event_count(ledger)
    with pytest.raises(errors.MemberUnknown):
        ledger.officers.families.name_proxy(member_id, proxy_id=proxy_id)

    assert event_count(ledger) == before


def test_members_share_a_household_until_they_leave(ledger: Ledger) -> None:
    for member_id in ("m1", "m2"):
        assert ledger.officers.families.change_household(member_id, household_id="h1")
    assert ledger.officers.families.change_household("m2", household_id="h1") is None

    assert ledger.officers.families.change_household("m2", household_id="")
    assert ledger.member("m1").household_id == "h1"
    assert ledger.member("m2").household_id == ""


@pytest.mark.parametrize(
    ("member_id", "household_id"),
    [("m1", "h1"), ("m1", ""), ("m2", "h2"), ("m2", ""), ("m3", "h0")],
)
def test_a_clerk_edits_no_kinship_in_their_own_case(
    ledger: Ledger, member_id: str, household_id: str
) -> None:
    # Given a clerk who is m1, of the household h0 with m2
    desk = ledger.officers
    desk.staff.appoint_staff("zhou", roles=["clerk"])
    desk.cards.register_member("m3", branch="branch-miyun")
    desk.staff.tie_staff("zhou", member_id="m1")
    for one in ("m1", "m2"):
        desk.families.change_household(one, household_id="h0")
    # When they change it for themselves, for kin, or for who becomes kin
    with pytest.raises(errors.OwnHousehold):
        desk.families.change_household(member_id, household_id=household_id, by="officer-zhou")
    # Then another does it, and they themselves change other families
    assert desk.families.change_household(member_id, household_id=household_id, by="officer-wu")
    if member_id != "m3":
        assert desk.families.change_household("m3", household_id="h9", by="officer-zhou")


@pytest.mark.parametrize(
    ("verb", "asked", "other"),
    [
        ("make_member_key", {"key_id": "k1", "key_hash": HASH}, {"key_id": "k2"}),
        ("end_member_key", {"key_id": "k0"}, {"key_id": "k1"}),
        ("name_proxy", {"proxy_id": "m2"}, {"proxy_id": "m4"}),
        ("end_proxy", {"proxy_id": "m3"}, {"proxy_id": "m4"}),
        ("change_household", {"household_id": "h1"}, {"household_id": "h2"}),
    ],
)
def test_the_same_request_is_answered_again_and_another_under_its_id_is_refused(
    ledger: Ledger, verb: str, asked: dict[str, Any], other: dict[str, Any]
) -> None:
    for member_id in ("m3", "m4"):
        ledger.officers.cards.register_member(member_id, branch="branch-miyun")
    ledger.officers.families.make_member_key("m1", key_id="k0", key_hash=HASH)
    ledger.officers.families.name_proxy("m1", proxy_id="m3")
    ask = getattr(ledger.officers.families, verb)

    first = ask("m1", **asked, request_id="officer/1")

    assert first is not None
    assert ask("m1", **asked, request_id="officer/1") == first
    with pytest.raises(errors.RequestReused):
        ask("m1", **(asked | other), request_id="officer/1")
    with pytest.raises(errors.RequestReused):
        ask("m2", **asked, request_id="officer/1")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    cli = Cli(tmp_path / "var")
    with cli.services() as services:
        for number in "12":
            services.ledger.officers.cards.register_member(f"m{number}", branch="branch-miyun")
            services.ledger.officers.cards.issue_card(f"c{number}", member_id=f"m{number}")
    return cli


def held(cli: Cli, member_id: str) -> member.Member:
    with cli.services() as services:
        state: member.Member = services.ledger.member(member_id)
        return state


def shown_as(cli: Cli, key: str) -> MemberIdentity | None:
    with cli.services() as services:
        try:
            return member_of(f"Bearer {key}", services.ledger)
        except KeyRefused:
            return None


def test_a_key_is_shown_once_and_works_until_it_is_ended(cli: Cli) -> None:
    told = cli.told("members", "key", "c1")

    assert shown_as(cli, told["key"]) == ("m1", told["key_id"])
    for listing in (("members", "keys", "c1"), ("show", "log")):
        assert told["key_id"] in str(cli.rows(*listing))
        assert told["key"].rpartition(".")[2] not in str(cli.rows(*listing))
    ended = cli.told("members", "key", "c1", "--end", told["key_id"])
    assert ended["recorded"] == "member.key_ended"
    assert shown_as(cli, told["key"]) is None
    assert cli.rows("members", "keys", "c1") == []


def test_each_key_is_another(cli: Cli) -> None:
    lines = [cli.run("members", "key", "c1").stdout.splitlines()[-1] for _ in range(2)]

    assert {one for one in lines if shown_as(cli, one)} == set(lines)
    assert len({line.rpartition(".")[2] for line in lines}) == 2


def test_a_ninth_key_is_told_to_wait_for_the_end_of_one(cli: Cli) -> None:
    for _ in range(authorization.KEYS_MAX):
        cli.run("members", "key", "c1")

    assert "too_many_keys" in cli.refusal("members", "key", "c1")
    assert len(cli.rows("members", "keys", "c1")) == authorization.KEYS_MAX


def test_the_holder_of_one_card_acts_for_that_of_another(cli: Cli) -> None:
    cli.run("members", "proxy", "c1", "c2")
    assert held(cli, "m1").proxies == ("m2",)
    assert held(cli, "m2").proxies == ()

    cli.run("members", "proxy", "c1", "c2", "--end")
    assert held(cli, "m1").proxies == ()
    assert "input_invalid" in cli.refusal("members", "proxy", "c1", "c1")


def test_a_family_is_put_in_one_household_and_one_leaves(cli: Cli) -> None:
    household_id = cli.told("members", "household", "c1", "--request-id", "desk-7")["household_id"]
    again = cli.told("members", "household", "c1", "--request-id", "desk-7")
    cli.run("members", "household", "c2", household_id)

    assert again["household_id"] == household_id
    assert held(cli, "m1").household_id == held(cli, "m2").household_id == household_id
    cli.run("members", "household", "c2", "--none")
    assert held(cli, "m2").household_id == ""
    assert held(cli, "m1").household_id == household_id


def test_a_new_household_is_nobody_elses(cli: Cli) -> None:
    made = [cli.told("members", "household", card)["household_id"] for card in ("c1", "c2")]

    assert len(set(made)) == 2
    assert made[0] in cli.run("members", "household", "c1", made[0]).stdout


@pytest.mark.parametrize(
    "typed",
    [
        ("key", "c9"),
        ("key", "c9", "--end", "k"),
        ("keys", "c9"),
        ("proxy", "c1", "c9"),
        ("proxy", "c9", "c1"),
        ("household", "c9"),
    ],
)
def test_a_card_that_was_never_issued_leads_to_nobody(cli: Cli, typed: tuple[str, ...]) -> None:
    assert "card_unknown" in cli.refusal("members", *typed)


def test_a_household_is_named_or_none_is(cli: Cli) -> None:
    cli.run("members", "household", "c1", "h1", "--none", code=2)

    assert held(cli, "m1").household_id == ""
