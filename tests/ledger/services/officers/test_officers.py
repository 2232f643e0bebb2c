"""Officers' verbs that touch several streams, and the holders of cards."""

from datetime import date
from typing import Any

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.benefits.terms import Funding, Rules
from ledger.members.card import Issued, Status
from tests.support.ledger_fixture import event_count, replaced_past_its_day, scan

UNFUNDED = Rules(funding=Funding(union_basis_points=1, fund_id="never-opened"))


def test_a_member_holds_one_live_card(ledger: Ledger) -> None:
    with pytest.raises(errors.CardAlreadyIssued):
        ledger.officers.cards.issue_card("c9", member_id="m1")
    ledger.officers.cards.block_card("c1")
    with pytest.raises(errors.CardAlreadyIssued):
        ledger.officers.cards.issue_card("c9", member_id="m1")

    ledger.officers.cards.close_card("c1")
    assert ledger.officers.cards.issue_card("c9", member_id="m1")
    assert ledger.member("m1").card_id == "c9"


def test_the_card_a_member_holds_is_not_issued_again(ledger: Ledger) -> None:
    assert ledger.officers.cards.issue_card("c1", member_id="m1") is None


def test_the_card_a_member_holds_is_not_issued_again_with_another_last_day(ledger: Ledger) -> None:
    with pytest.raises(errors.CardAlreadyIssued):
        ledger.officers.cards.issue_card("c1", member_id="m1", last_day=date(2030, 1, 1))


@pytest.mark.parametrize("last_day", [date(2020, 1, 1), date(1, 1, 1)])
def test_no_card_is_issued_for_days_that_are_past(ledger: Ledger, last_day: date) -> None:
    cards, before = ledger.officers.cards, event_count(ledger)
    ledger.officers.cards.register_member("m3", branch="b")

    with pytest.raises(errors.InputInvalid, match="last_day"):
        cards.issue_card("c3", member_id="m3", last_day=last_day)
    with pytest.raises(errors.InputInvalid, match="last_day"):
        cards.replace_card("c1", new_card_id="c9", last_day=last_day)

    assert event_count(ledger) == before + 1
    assert cards.issue_card("c3", member_id="m3", last_day=ledger.day(ledger.time()))


@pytest.mark.parametrize("noted", ["noted", "not noted", "blocked"])
def test_a_member_whose_card_is_past_its_last_day_gets_a_new_one(
    ledger: Ledger, noted: str
) -> None:
    replaced_past_its_day(ledger, "c8")
    if noted == "noted":
        ledger.officers.cards.expire_card("c8")
    if noted == "blocked":
        ledger.officers.cards.block_card("c8")

    issued = ledger.officers.cards.issue_card("c9", member_id="m1", request_id="officer/1")

    assert isinstance(issued, Issued)
    assert ledger.officers.cards.issue_card("c9", member_id="m1", request_id="officer/1") == issued
    assert ledger.card("c8").status is Status.EXPIRED
    assert ledger.tills.redemptions.redeem("r1", scan("c9"))
    with pytest.raises(errors.CardExpired):
        ledger.tills.redemptions.redeem("r2", scan("c8"))


def test_a_card_past_its_last_day_hands_it_to_no_other(ledger: Ledger) -> None:
    replaced_past_its_day(ledger, "c8")

    with pytest.raises(errors.CardExpired):
        ledger.officers.cards.replace_card("c8", new_card_id="c9")


def test_a_card_is_issued_to_a_member_only(ledger: Ledger) -> None:
    with pytest.raises(errors.MemberUnknown):
        ledger.officers.cards.issue_card("c9", member_id="nobody")


def test_a_replaced_card_is_dead_and_the_new_one_lives_at_once(ledger: Ledger) -> None:
    ledger.officers.cards.replace_card("c1", new_card_id="c9")

    assert ledger.card("c1").status is Status.REPLACED
    assert ledger.card("c9").member_id == "m1"
    assert ledger.member("m1").card_id == "c9"


@pytest.mark.parametrize("new_card_id", ["c1", "c2"])
def test_a_card_is_not_replaced_by_one_already_issued(ledger: Ledger, new_card_id: str) -> None:
    before = event_count(ledger)
    with pytest.raises(errors.CardAlreadyIssued):
        ledger.officers.cards.replace_card("c1", new_card_id=new_card_id)

    assert event_count(ledger) == before
    assert ledger.card("c1").status is Status.LIVE


def test_a_printed_number_is_no_second_cards(ledger: Ledger) -> None:
    ledger.officers.cards.print_code("c1", code_hash="4f2a")
    before = event_count(ledger)
    with pytest.raises(errors.CodeSuperseded):
        ledger.officers.cards.print_code("c2", code_hash="4f2a")

    assert event_count(ledger) == before


def test_a_card_expires_when_its_last_day_is_past(ledger: Ledger) -> None:
    assert ledger.officers.cards.expire_card("c1") is None
    replaced_past_its_day(ledger, "c9")
    assert ledger.officers.cards.expire_card("c9")
    assert ledger.card("c9").status is Status.EXPIRED


def test_members_move_merchants_rest_tills_end(ledger: Ledger) -> None:
    assert ledger.officers.cards.move_member("m1", branch="branch-daxing")
    assert ledger.officers.merchants.suspend_merchant("rose")
    assert ledger.officers.merchants.resume_merchant("rose")
    assert ledger.officers.merchants.revoke_till("rose", till_id="t1")


def test_offers_rest_and_end(ledger: Ledger) -> None:
    assert ledger.officers.offers.suspend_offer("hair")
    assert ledger.officers.offers.resume_offer("hair")
    assert ledger.officers.offers.end_offer("hair")


def test_a_grant_is_made_on_a_live_card_and_withdrawn(ledger: Ledger) -> None:
    made: dict[str, Any] = {"grant_id": "g1", "title": "", "kind": "free_service"}
    assert ledger.officers.offers.make_grant("c1", **made, terms={"times": 1})
    assert ledger.officers.offers.withdraw_grant("m1", grant_id="g1")
    ledger.officers.cards.block_card("c1")

    with pytest.raises(errors.CardBlocked):
        ledger.officers.offers.make_grant("c1", **made, terms={"times": 1})


def test_nothing_is_promised_from_a_fund_there_is_not(ledger: Ledger) -> None:
    kind: dict[str, Any] = {"title": "", "kind": "percent_off"}
    terms = {"basis_points": 1}

    with pytest.raises(errors.FundUnknown):
        ledger.officers.offers.publish_offer("new", **kind, terms=terms, rules=UNFUNDED)
    with pytest.raises(errors.FundUnknown):
        ledger.officers.offers.change_offer("hair", **kind, terms=terms, rules=UNFUNDED)
    with pytest.raises(errors.FundUnknown):
        ledger.officers.offers.make_grant("c1", grant_id="g1", **kind, terms=terms, rules=UNFUNDED)
