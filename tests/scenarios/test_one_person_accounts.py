"""One person alone redirects no payment: accounts of payees, and who settles with them."""

from datetime import date, timedelta

import pytest

from ledger import errors, funds
from ledger.application import Ledger
from ledger.control.proposal import Proposed
from ledger.settlement import bank_account
from tests.scenarios.test_one_person import (
    NOON,
    QIAN,
    SUN,
    WU,
    ZHAO,
    change_account,
    drawn_up,
    owing,
)
from tests.support.ledger_fixture import event_count
from tests.support.ledger_settlement import care_purchase


def test_a_clerk_alone_redirects_no_payment(ledger: Ledger) -> None:
    # Given a clerk who sets the account of a payee to their own
    owing(ledger)
    event = ledger.officers.statements.change_bank_account(
        "merchant-rose", kept_as="proposal-mallory", by=ZHAO, at=NOON
    )
    # Then nothing changes before another confirms it
    assert isinstance(event, Proposed)
    assert ledger.bank_account("merchant-rose") == bank_account.INITIAL
    ledger.officers.proposals.confirm(event.proposal_id, by=SUN)
    assert ledger.bank_account("merchant-rose").changed_by == {ZHAO}
    # And whoever changed it settles nothing with this payee until it is paid
    with pytest.raises(errors.AccountChangedByYou):
        drawn_up(ledger, ZHAO)
    ledger.officers.staff.appoint_staff("chen", roles=["clerk"])
    drawn_up(ledger, "officer-chen")
    with pytest.raises(errors.AccountChangedByYou):
        ledger.officers.statements.approve_statement("s-1", by=ZHAO)
    ledger.officers.statements.approve_statement("s-1", by=QIAN)
    before = event_count(ledger)
    ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=SUN)
    assert ledger.facts(before, 9)[-1].topic == "bank_account.paid"
    ledger.tills.redemptions.redeem("r2", care_purchase())
    drawn_up(ledger, ZHAO, "s-2")


def test_who_changed_an_account_settles_again_after_a_month_at_the_latest(ledger: Ledger) -> None:
    owing(ledger)
    change_account(ledger, ZHAO, at=NOON)

    with pytest.raises(errors.AccountChangedByYou):
        drawn_up(ledger, ZHAO, at=NOON + timedelta(days=29))
    drawn_up(ledger, ZHAO, at=NOON + timedelta(days=30))


def test_paying_without_a_statement_goes_round_no_rule_of_accounts(ledger: Ledger) -> None:
    owing(ledger)
    ledger.officers.statements.change_bank_account("merchant-rose", kept_as="a", at=NOON)
    change_account(ledger, SUN, second=QIAN, at=NOON)
    pay = ledger.officers.offers.pay_merchant

    for by, refusal in (
        (SUN, errors.AccountChangedByYou),
        (WU, errors.AccountCooling),
        ("officer-ghost", errors.OfficerNeeded),
    ):
        with pytest.raises(refusal):
            pay("care", merchant_id="rose", by=by, at=NOON)
    proposed = pay("care", merchant_id="rose", by=WU, at=NOON + timedelta(days=3))
    assert isinstance(proposed, Proposed)
    confirm = ledger.officers.proposals.confirm
    with pytest.raises(errors.AccountChangedByYou):
        confirm(proposed.proposal_id, by=SUN, at=NOON + timedelta(days=3))
    confirm(proposed.proposal_id, by=QIAN, at=NOON + timedelta(days=3))
    assert not ledger.bank_account("merchant-rose").changed_by


def test_a_treasurer_alone_pays_nobody_without_a_statement(ledger: Ledger) -> None:
    owing(ledger)
    event = ledger.officers.offers.pay_merchant("care", merchant_id="rose", by=SUN, at=NOON)

    assert isinstance(event, Proposed)
    with pytest.raises(errors.ProposedByYou):
        ledger.officers.proposals.confirm(event.proposal_id, by=SUN, at=NOON)
    assert ledger.fund("care").owed_minor["rose"] == 7_00
    ledger.officers.proposals.confirm(event.proposal_id, by=QIAN, at=NOON)
    assert not ledger.fund("care").owed_minor["rose"]


def test_a_replaced_account_is_paid_after_three_days(ledger: Ledger) -> None:
    owing(ledger)
    ledger.officers.statements.change_bank_account("merchant-rose", kept_as="a", at=NOON)
    drawn_up(ledger, ZHAO)
    ledger.officers.statements.return_statement("s-1", reason="bank_account_wrong", by=QIAN)
    change_account(ledger, WU, at=NOON)
    drawn_up(ledger, ZHAO, "s-2")
    ledger.officers.statements.approve_statement("s-2", by=QIAN)
    pay = ledger.officers.statements.mark_statement_paid

    with pytest.raises(errors.AccountCooling) as refused:
        pay("s-2", reference="b-1", by=SUN, at=NOON + timedelta(days=2, hours=23))
    until = (NOON + timedelta(days=3)).isoformat()
    assert refused.value.particulars == {"owner": "merchant-rose", "until": until}
    pay("s-2", reference="b-1", by=SUN, at=NOON + timedelta(days=3))


def test_statements_and_accounts_of_an_earlier_release_still_settle() -> None:
    fund = funds.Fund(fund_id="care", available_minor=9)
    for event in (
        funds.Reserved(fund_id="care", merchant_id="rose", redemption_id="r1", amount_minor=5),
        funds.SettlementBegun(
            fund_id="care",
            merchant_id="rose",
            statement_id="s-1",
            through=1,
            amount_minor=5,
            recovered_minor=0,
        ),
    ):
        fund = funds.evolve(fund, event)
    account = bank_account.evolve(
        bank_account.evolve(bank_account.INITIAL, bank_account.Changed(owner="merchant-rose")),
        bank_account.Changed(owner="merchant-rose"),
    )

    assert (account.cools_until, account.changed_by, account.kept_as) == (None, frozenset(), "")
    bank_account.check_settles(account, ZHAO, day=NOON.date())
    bank_account.check_cooled(account, owner="merchant-rose", at=NOON)
    assert bank_account.paid_to(account, owner="merchant-rose") == []
    assert fund.started_minor(ZHAO, "rose", date(2036, 5, 1)) == 0
    assert funds.pay(fund, merchant_id="rose")
