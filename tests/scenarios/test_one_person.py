"""One person tries to be two: the runs of the findings on staff and bank accounts."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.control.proposal import Proposed
from ledger.settlement import statement
from ledger.staff import Dismissed
from tests.support.example_drop import garden, plan, session
from tests.support.ledger_fixture import event_count
from tests.support.ledger_settlement import care_purchase

NOON = datetime(2036, 5, 1, 4, tzinfo=UTC)
ZHAO, QIAN, SUN, WU = "officer-zhao", "officer-qian", "officer-sun", "officer-wu2"
OFFICES = {"zhao": ["clerk"], "qian": ["reviewer"], "sun": ["treasurer"], "wu2": ["reviewer"]}


def owing(ledger: Ledger) -> None:
    """Let a clerk, two reviewers and a treasurer work here, and owe the hairdresser money."""
    for staff_id in ("wu", "li", "zhao"):
        ledger.officers.staff.dismiss_staff(staff_id)
    for staff_id, roles in OFFICES.items():
        ledger.officers.staff.appoint_staff(staff_id, roles=roles)
    ledger.tills.redemptions.redeem("r1", care_purchase(), at=NOON)


def drawn_up(ledger: Ledger, by: str, statement_id: str = "s-1", **at: Any) -> statement.DrawnUp:
    event = ledger.officers.statements.draw_up_statement(
        statement_id, fund_id="care", merchant_id="rose", by=by, **at
    )
    assert isinstance(event, statement.DrawnUp)
    return event


def change_account(ledger: Ledger, by: str, *, second: str = SUN, **at: Any) -> None:
    """Let an officer change the account of the hairdresser, and another confirm it."""
    event = ledger.officers.statements.change_bank_account(
        "merchant-rose", kept_as="proposal-mallory", by=by, **at
    )
    assert isinstance(event, Proposed)
    ledger.officers.proposals.confirm(event.proposal_id, by=second, **at)


def test_one_reviewer_is_not_two_people_by_appointing_a_puppet(ledger: Ledger) -> None:
    # Given a reviewer who wants a second self
    owing(ledger)
    puppet = {"staff_id": "puppet", "roles": ["clerk", "treasurer"]}
    event = ledger.officers.staff.appoint_staff(**puppet, by=QIAN, at=NOON)
    # Then it takes another to appoint it
    assert isinstance(event, Proposed)
    with pytest.raises(errors.StaffUnknown):
        ledger.appointed("puppet")
    with pytest.raises(errors.ProposedByYou):
        ledger.officers.proposals.confirm(event.proposal_id, by=QIAN)
    # When another agrees in good faith, and the puppet draws up
    ledger.officers.proposals.confirm(event.proposal_id, by=WU)
    drawn_up(ledger, "officer-puppet")
    # Then the reviewer does not count beside it, for thirty days
    approve, soon = ledger.officers.statements.approve_statement, NOON + timedelta(days=29)
    with pytest.raises(errors.NotIndependent) as refused:
        approve("s-1", by=QIAN, at=soon)
    assert refused.value.particulars == {"problem": "vouched", "of": "officer-puppet"}
    approve("s-1", by=WU, at=soon)
    with pytest.raises(errors.DrawnUpByYou):
        ledger.officers.statements.mark_statement_paid("s-1", reference="b", by="officer-puppet")
    ledger.officers.statements.mark_statement_paid("s-1", reference="b", by=SUN)


@pytest.mark.parametrize("puppets", [0, 2])
def test_one_reviewer_does_not_dismiss_all_others(ledger: Ledger, puppets: int) -> None:
    # Given four reviewers and a treasurer, and puppets whom one reviewer got appointed
    owing(ledger)
    staff, proposals = ledger.officers.staff, ledger.officers.proposals
    staff.appoint_first({"he": ["reviewer"], "lu": ["reviewer"]})
    for number in range(puppets):
        puppet = staff.appoint_staff(f"p{number}", roles=["reviewer"], by=QIAN, at=NOON)
        proposals.agreed(puppet, by=WU, at=NOON)
    # When that reviewer dismisses one after another
    first, second, third = (staff.dismiss_staff(one, by=QIAN) for one in ("zhao", "he", "lu"))
    waiting = {one: staff.dismiss_staff(one, by=QIAN) for one in ("wu2", "sun")}
    # Then they go at once who leave two reviewers and another to confirm, and no others do
    assert {type(one) for one in (first, second, third)} == {Dismissed}
    for one, event in waiting.items():
        assert isinstance(event, Proposed)
        assert ledger.appointed(one).roles
        with pytest.raises(errors.ProposedByYou):
            proposals.confirm(event.proposal_id, by=QIAN)
        with pytest.raises(errors.NotIndependent) as refused:
            proposals.confirm(event.proposal_id, by=f"officer-{one}")
        assert refused.value.particulars["problem"] == "own_case"
    # And a third person ends the office of whoever is compromised
    proposals.agreed(waiting["wu2"], by=SUN)
    with pytest.raises(errors.StaffUnknown):
        ledger.appointed("wu2")


def test_one_reviewer_does_not_take_a_colleagues_place_by_inviting_them(ledger: Ledger) -> None:
    # Given a reviewer who drew up, being a clerk as well
    owing(ledger)
    ledger.officers.staff.change_roles("qian", roles=["clerk", "reviewer"])
    drawn_up(ledger, QIAN)
    ledger.officers.statements.approve_statement("s-1", by=WU)
    before = event_count(ledger)
    # When they invite the treasurer again, to act in that name
    event = ledger.officers.staff.invite_staff("sun", by=QIAN, at=NOON)
    # Then the log tells it, another must agree, and neither counts beside the other
    assert isinstance(event, Proposed)
    assert [fact.topic for fact in ledger.facts(before, 9)] == ["proposal.proposed"]
    ledger.officers.proposals.confirm(event.proposal_id, by=WU)
    assert [fact.topic for fact in ledger.facts(before + 2, 9)] == ["staff.invited"]
    with pytest.raises(errors.NotIndependent):
        ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=SUN)


@pytest.mark.parametrize("by", ["officer-ghost1", "officer-nobody-at-all", "officer-wu"])
def test_nobody_settles_who_does_not_work_here(ledger: Ledger, by: str) -> None:
    owing(ledger)
    with pytest.raises(errors.OfficerNeeded):
        drawn_up(ledger, by)
    drawn_up(ledger, ZHAO)
    with pytest.raises(errors.OfficerNeeded):
        ledger.officers.statements.approve_statement("s-1", by=by)
    ledger.officers.statements.approve_statement("s-1", by=QIAN)
    with pytest.raises(errors.OfficerNeeded):
        ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=by)


def test_an_invitation_that_was_agreed_is_not_kept_until_nobody_remembers(ledger: Ledger) -> None:
    owing(ledger)
    verbs, days = ledger.officers.proposals, timedelta(days=1)
    agreed = [ledger.officers.staff.invite_staff("sun", by=QIAN, at=NOON) for _ in range(2)]
    first, second = (one.proposal_id for one in agreed if isinstance(one, Proposed))
    for one in (first, second):
        verbs.confirm(one, by=WU, at=NOON)

    verbs.hand_out(first, by=QIAN, at=NOON + 27 * days)
    with pytest.raises(errors.ProposalLapsed):
        verbs.hand_out(second, by=QIAN, at=NOON + 28 * days)

    asked = {"fund_id": "care", "source": "district", "amount_minor": 1}
    event = ledger.officers.offers.contribute(**asked, by=QIAN, at=NOON + 50 * days)
    assert isinstance(event, Proposed)
    with pytest.raises(errors.NotIndependent):
        verbs.confirm(event.proposal_id, by=SUN, at=NOON + 50 * days)


def test_a_drop_that_costs_more_than_all_money_is_refused(ledger: Ledger) -> None:
    owing(ledger)
    visit = session("may-1", capacity=1_000_000)
    dear = plan(garden(visit, supplier_id="rose", income_minor=10**12))

    with pytest.raises(errors.TermsInvalid):
        ledger.officers.drops.announce_drop("dear", plan=dear, by=ZHAO)


def test_what_one_person_starts_for_one_payee_in_a_month_is_one_sum(ledger: Ledger) -> None:
    # Given payments of seven yuan, two of which are over the fund's threshold
    owing(ledger)
    ledger.officers.statements.set_threshold("care", amount_minor=10_00)
    statements, pay = ledger.officers.statements, ledger.officers.offers.pay_merchant
    assert drawn_up(ledger, ZHAO, at=NOON).approvals == 1
    statements.approve_statement("s-1", by=QIAN)
    statements.mark_statement_paid("s-1", reference="b-1", by=SUN)
    ledger.tills.redemptions.redeem("r2", care_purchase())
    # Then the second that one person starts needs two, and so does a payment without a statement
    assert drawn_up(ledger, ZHAO, "s-2", at=NOON + timedelta(days=29)).approvals == 2
    statements.return_statement("s-2", reason="mistake", by=QIAN)
    with pytest.raises(errors.StatementNeeded):
        pay("care", merchant_id="rose", by=ZHAO)
    # And it does not once a month went by, or where another starts it
    assert drawn_up(ledger, SUN, "s-3").approvals == 1
    statements.return_statement("s-3", reason="mistake", by=QIAN)
    assert drawn_up(ledger, ZHAO, "s-4", at=NOON + timedelta(days=30)).approvals == 1


@pytest.mark.parametrize("first_at_terminal", [False, True])
def test_two_sessions_of_one_terminal_do_not_approve_a_large_sum(
    ledger: Ledger, *, first_at_terminal: bool
) -> None:
    # Given a statement above the threshold, one approval of it, and the owner of a terminal
    owing(ledger)
    ledger.officers.statements.set_threshold("care", amount_minor=0)
    drawn_up(ledger, ZHAO)
    approve = ledger.officers.statements.approve_statement
    approve("s-1", by=QIAN, at_terminal=first_at_terminal)
    # When a second officer approves at that terminal
    with pytest.raises(errors.DeskNeeded) if first_at_terminal else nullcontext():
        approve("s-1", by=WU, at_terminal=True)
    # Then one of the two was given at the desk
    approve("s-1", by=WU)
    assert ledger.statement("s-1").at_desk
    assert ledger.statement("s-1").status is statement.Status.APPROVED


def test_one_approval_below_the_threshold_is_given_anywhere(ledger: Ledger) -> None:
    owing(ledger)
    drawn_up(ledger, ZHAO)

    assert ledger.officers.statements.approve_statement("s-1", by=QIAN, at_terminal=True)
