"""Proposals at the desk: told in plain words, and decided by a second person."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger.benefits.terms import Ceilings, Funding, Rules
from ledger.control.founding import joined, sheet_hash
from ledger.control.proposal import Proposed
from ledger.control.table import TABLE, Act
from ledger.drops.terms import timed
from ledger.merchants.till import USUAL, FloorLimits
from ledger.services.officers.proposals import Candidate
from ledger.vault import BankAccount
from pos_gateway.staff import appointment
from tests.support.app import WANG_CARD
from tests.support.app_staff import StaffApp
from tests.support.example_drop import OPENS, garden, plan

HONEST = BankAccount(holder="面包房", number="62220001111", bank_name="北京农商银行")
THEIRS = {"holder": "王小五", "number": "6222 9999 4242", "bank_name": "别的银行"}
BAKERY = "/desk/merchants/bakery"
FUNDED = Rules(funding=Funding(union_basis_points=5_000, fund_id="culture"))
NEXT_YEAR = datetime.now(UTC) + timedelta(days=365)
OFFER: dict[str, Any] = {"title": "八折", "kind": "percent_off", "terms": {"basis_points": 2_000}}
PLAN = timed(plan(garden(supplier_id="bakery")), lambda at: at + (NEXT_YEAR - OPENS))


def test_an_offer_tells_its_reach_and_the_most_it_can_cost(staff_app: StaffApp) -> None:
    publish = staff_app.services.ledger.officers.offers.publish_offer
    ceilings = Ceilings(per_offer_minor=80_000)
    by = "officer-s-reviewer"
    publish("open-end", **OFFER, rules=FUNDED, by=by, as_proposal="p-1")
    rules = Rules(funding=FUNDED.funding, ceilings=ceilings, merchants=("bakery",), weekdays=(6,))
    publish("capped", **OFFER, rules=rules, by=by, as_proposal="p-2")
    staff_app.sign_in("treasurer")

    whole, capped = staff_app.words("/desk/proposals/p-1"), staff_app.words("/desk/proposals/p-2")

    assert "At all 2 merchants" in whole
    assert "none: it can use up the fund" in whole
    assert "The most it can cost ¥10,000" in whole
    assert "Left in it ¥10,000" in whole
    assert "Where it holds bakery" in capped
    assert "Saturday" in capped
    assert "The most it can cost ¥400" in capped


ACTS: dict[Act, tuple[Callable[[Any, dict[str, Any]], object], str]] = {
    Act.APPOINT: (lambda o, by: o.staff.appoint_staff("qian", roles=["auditor"], **by), "Auditor"),
    Act.CHANGE_ROLES: (
        lambda o, by: o.staff.change_roles("s-clerk", roles=["analyst"], **by),
        "Roles now Clerk",
    ),
    Act.INVITE: (lambda o, by: o.staff.invite_staff("s-clerk", **by), "can sign in as this person"),
    Act.DISMISS: (lambda o, by: o.staff.dismiss_staff("s-treasurer", **by), "Roles now Treasurer"),
    Act.CHANGE_ACCOUNT: (
        lambda o, by: o.statements.change_bank_account("fund-culture", kept_as="nowhere", **by),
        "no longer kept",
    ),
    Act.ERASE_ACCOUNT: (
        lambda o, by: (
            o.statements.change_bank_account("fund-culture", kept_as="nowhere")
            and o.statements.erase_bank_account("fund-culture", **by)
        ),
        "The account now none",
    ),
    Act.CORRECT_MEMBER: (
        lambda o, by: o.corrections.correct_member(
            "member-wang", fields=("phone",), reason="number_changed", **by
        ),
        "mobile phone",
    ),
    Act.ERASE_MEMBER: (
        lambda o, by: o.corrections.erase_member("member-wang", reason="asked", **by),
        "Why the member asks for it",
    ),
    Act.PUBLISH_OFFER: (
        lambda o, by: o.offers.publish_offer("new", **OFFER, rules=FUNDED, **by),
        "20% off",
    ),
    Act.CHANGE_OFFER: (
        lambda o, by: o.offers.change_offer("tenth-off", **OFFER, rules=FUNDED, **by),
        "The terms now",
    ),
    Act.MAKE_GRANT: (
        lambda o, by: o.offers.make_grant(WANG_CARD, grant_id="g", **OFFER, rules=FUNDED, **by),
        f"Card {WANG_CARD}",
    ),
    Act.ANNOUNCE_DROP: (
        lambda o, by: o.drops.announce_drop("d", plan=PLAN, **by),
        "6 places at ¥45",
    ),
    Act.CONTRIBUTE: (
        lambda o, by: o.offers.contribute("culture", source="district", amount_minor=7_00, **by),
        "Amount ¥7",
    ),
    Act.SET_THRESHOLD: (
        lambda o, by: o.statements.set_threshold("culture", amount_minor=9_00, **by),
        "The amount now ¥5,000",
    ),
    Act.LIMIT_TILL: (
        lambda o, by: o.merchants.limit_till(
            "bakery", till_id="till-1", limits=FloorLimits(redemptions=99), **by
        ),
        f"The limits now {USUAL.redemptions} redemptions",
    ),
    Act.MAKE_SHEET: (lambda o, by: o.proposals.make_sheet("ab" * 32, **by), "Its mark abababab"),
}
"""A call of each act by an officer, and words on its page; drops have one plan for three acts."""


@pytest.mark.parametrize("act", [one for one in TABLE if one in ACTS])
def test_every_act_is_told_in_words(staff_app: StaffApp, act: Act) -> None:
    ask, words = ACTS[act]
    officers = staff_app.services.ledger.officers
    asking: dict[str, Any] = {"by": "officer-s-reviewer", "as_proposal": "p-1"}
    assert isinstance(ask(officers, asking), Proposed)
    staff_app.sign_in("auditor")

    page = staff_app.words("/desk/proposals/p-1")

    assert TABLE[act].words[1] in page
    assert words in page
    assert "Not in force: it waits for a second person." in page
    assert TABLE[act].words[0] in staff_app.see("/desk/proposals?lang=zh").text


def test_only_drops_and_what_needs_purchases_have_no_row_of_their_own() -> None:
    of_purchases = {Act.CANCEL_DROP, Act.DECIDE_CONTEST, Act.PAY_MERCHANT}
    assert {*TABLE} - {*ACTS} == {Act.CHANGE_DROP, Act.AMEND_DROP} | of_purchases


def test_where_nobody_is_left_the_page_says_so(staff_app: StaffApp) -> None:
    place = staff_app.sign_in("reviewer").propose(
        "/desk/staff/new", staff_id="qian", roles=["clerk"]
    )

    alone = staff_app.words(place)
    staff_app.services.ledger.officers.staff.appoint_staff("s-second", roles=["reviewer"])
    with_another = staff_app.words(place)

    assert "s-reviewer · may not: is the person who asked for it" in alone
    assert "Nobody may confirm it now: appoint somebody else (Reviewer)" in alone
    assert "Nobody may confirm it now" not in with_another
    assert "s-second · may · relation unknown" in with_another


def test_a_relation_is_unknown_until_both_are_tied(staff_app: StaffApp) -> None:
    staff = staff_app.services.ledger.officers.staff
    staff.appoint_staff("s-second", roles=["reviewer"])
    place = staff_app.sign_in("reviewer").propose("/desk/staff/s-clerk/invitation")
    for staff_id, member_id in (("s-reviewer", "member-wang"), ("s-second", "member-li")):
        assert "relation unknown" in staff_app.words(place)
        staff.tie_staff(staff_id, member_id=member_id, by=f"officer-{staff_id}")

    assert "relation unknown" not in staff_app.words(place)


def test_the_proposer_of_a_sheet_sees_one_half_and_who_confirms_it_the_other(
    staff_app: StaffApp,
) -> None:
    # Given a sheet that a reviewer makes after setting up
    services, by = staff_app.services, "officer-s-reviewer"
    services.ledger.officers.staff.appoint_staff("s-second", roles=["reviewer"])
    event, mark, halves = appointment.make_sheet(services, by=by)
    assert isinstance(event, Proposed)
    place, (first,) = f"/desk/proposals/{event.proposal_id}", halves
    # When another reviewer confirms it
    assert staff_app.sign_in("second").told(f"{place}/decision", deed="confirm") is None
    waits = f'href="{place}"' in staff_app.see("/desk/").text
    of_proposer = staff_app.sign_in("reviewer").told(f"{place}/invitation")
    shown = staff_app.sign_in("second").send(f"{place}/invitation").text
    again = staff_app.told(f"{place}/invitation")
    # Then they alone are shown the second half, once, and both make the sheet
    (second,) = re.findall(r'class="figure mono">([0-9a-f]{32})<', shown)
    assert waits
    assert None not in {of_proposer, again}
    assert first not in shown
    assert sheet_hash(joined(first, second)) == mark
    assert services.ledger.officers.proposals.control().secret_hash == mark


def test_a_proposal_waits_for_those_alone_who_may_confirm_it(staff_app: StaffApp) -> None:
    staff_app.services.ledger.officers.staff.appoint_staff("s-second", roles=["reviewer"])
    place = staff_app.sign_in("reviewer").propose("/desk/staff/s-clerk/invitation")

    def waits(role: str) -> bool:
        return f'href="{place}"' in staff_app.sign_in(role).see("/desk/").text

    before = {role: waits(role) for role in ("reviewer", "second", "treasurer", "clerk")}
    staff_app.sign_in("second").told(f"{place}/decision", deed="confirm")
    to_hand_out = {role: waits(role) for role in ("reviewer", "second")}
    staff_app.sign_in("reviewer").send(f"{place}/invitation")

    assert before == {"reviewer": False, "second": True, "treasurer": False, "clerk": False}
    assert to_hand_out == {"reviewer": True, "second": False}
    assert not waits("reviewer")


def test_those_alone_waits_is_planted(staff_app: StaffApp, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a fault by which everybody counts as a second person
    service = type(staff_app.services.ledger.officers.proposals)
    place = staff_app.sign_in("reviewer").propose(
        "/desk/staff/new", staff_id="qian", roles=["clerk"]
    )
    monkeypatch.setattr(service, "candidates", lambda *_: [Candidate("s-reviewer", None)])
    # Then the proposal waits for the very person who made it
    assert f'href="{place}"' in staff_app.see("/desk/").text


def test_who_was_appointed_alone_stands_on_every_desk_for_ever(staff_app: StaffApp) -> None:
    staff = staff_app.services.ledger.officers.staff
    staff.dismiss_staff("s-reviewer")
    staff.appoint_staff("first", roles=["clerk"], by="terminal-root")
    staff.dismiss_staff("first")
    staff.appoint_staff("first", roles=["clerk"])
    staff_app.now += timedelta(days=3_000)

    for role in ("clerk", "auditor"):
        page = staff_app.sign_in(role).words("/desk/")
        assert "Appointed with nobody else’s consent: first" in page
