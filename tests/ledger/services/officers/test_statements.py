"""Settlement on a real ledger, by officers in turn, beside the till."""

from datetime import UTC, datetime

import pytest

from ledger import errors, funds
from ledger.application import Ledger
from ledger.errors import HongkaError
from ledger.settlement import bank_account, incident, statement
from tests.support.given_when_then import refusing
from tests.support.ledger_fixture import event_count, scan
from tests.support.ledger_settlement import (
    CLERK,
    MILL,
    REVIEWER,
    TREASURER,
    care_purchase,
    draw_up_statement,
    pay_statement,
    sign_mill,
    statement_status,
)

AT = datetime(2036, 5, 1, 1, tzinfo=UTC)


def undo(ledger: Ledger, redemption_id: str) -> None:
    ledger.tills.redemptions.reverse(
        redemption_id, merchant_id="rose", reason="other", by="till-t1"
    )


def test_a_statement_goes_its_way_and_every_fact_says_who(ledger: Ledger) -> None:
    ledger.tills.redemptions.redeem("r1", care_purchase())
    before = event_count(ledger)

    pay_statement(ledger)

    told = [(fact.topic, fact.by) for fact in ledger.facts(before, 100)]
    assert told == [
        ("statement.drawn_up", CLERK),
        ("fund.settlement_begun", CLERK),
        ("statement.approved", REVIEWER),
        ("statement.paid", TREASURER),
        ("fund.paid_out", TREASURER),
    ]
    assert ledger.fund("care").owed_minor["rose"] == 0


def test_the_verbs_answer_with_their_fact_and_asked_again_with_nothing(ledger: Ledger) -> None:
    ledger.tills.redemptions.redeem("r1", care_purchase())

    def each() -> list[object]:
        return [
            ledger.officers.statements.draw_up_statement(
                "s-1", fund_id="care", merchant_id="rose", by=CLERK
            ),
            ledger.officers.statements.approve_statement("s-1", by=REVIEWER),
            ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=TREASURER),
            ledger.officers.statements.report_incident(
                "r1", amount_minor=1, reason="duplicate", by=CLERK
            ),
        ]

    first, after = each(), event_count(ledger)

    kinds = [statement.DrawnUp, statement.Approved, statement.Paid, incident.Reported]
    assert [type(answer) for answer in first] == kinds
    assert each() == [None] * 4
    assert event_count(ledger) == after


def test_what_is_on_a_statement_is_undone_once_it_is_returned_and_never_once_it_is_paid(
    ledger: Ledger,
) -> None:
    ledger.tills.redemptions.redeem("r1", care_purchase())
    ledger.tills.redemptions.redeem("r2", care_purchase("c2"))
    draw_up_statement(ledger)

    with refusing(errors.BeingPaid(statement="s-1")):
        undo(ledger, "r1")
    ledger.officers.statements.return_statement("s-1", reason="redemption_doubted", by=REVIEWER)
    undo(ledger, "r1")
    pay_statement(ledger, "s-2")
    with pytest.raises(errors.AlreadyPaid):
        undo(ledger, "r2")

    state: statement.Statement = ledger.statement("s-2")
    assert statement.known(state).amount_minor == 7_00
    assert statement_status(ledger, "s-1") is statement.Status.RETURNED


def test_what_is_redeemed_while_a_statement_is_open_goes_on_the_next(ledger: Ledger) -> None:
    ledger.tills.redemptions.redeem("r1", care_purchase())
    draw_up_statement(ledger)
    ledger.tills.redemptions.redeem("r2", care_purchase())
    undo(ledger, "r2")
    ledger.tills.redemptions.redeem("r3", care_purchase())
    ledger.officers.statements.approve_statement("s-1", by=REVIEWER)
    ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=TREASURER)

    pay_statement(ledger, "s-2")

    amounts = [statement.known(ledger.statement(f"s-{number}")).amount_minor for number in (1, 2)]
    assert amounts == [7_00, 7_00]


def test_an_incident_lowers_the_next_statement_and_the_fund_has_it_back_when_that_is_paid(
    ledger: Ledger,
) -> None:
    ledger.tills.redemptions.redeem("r1", care_purchase())
    pay_statement(ledger)
    available_minor = ledger.fund("care").available_minor
    ledger.officers.statements.report_incident(
        "r1", amount_minor=5_00, reason="wrong_amount", by=CLERK
    )
    assert ledger.fund("care").available_minor == available_minor
    ledger.tills.redemptions.redeem("r2", care_purchase())

    pay_statement(ledger, "s-2")

    last = statement.known(ledger.statement("s-2"))
    assert (last.amount_minor, last.recovered_minor, last.due_minor) == (7_00, 5_00, 2_00)
    assert ledger.fund("care").available_minor == available_minor - 7_00 + 5_00


def test_above_the_threshold_one_officer_is_not_enough(ledger: Ledger) -> None:
    ledger.officers.statements.set_threshold("care", amount_minor=6_99)
    ledger.tills.redemptions.redeem("r1", care_purchase())
    draw_up_statement(ledger)
    ledger.officers.statements.approve_statement("s-1", by=REVIEWER)

    with pytest.raises(errors.NotApproved):
        ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=REVIEWER)
    with pytest.raises(errors.StatementOpen):
        ledger.officers.offers.pay_merchant("care", merchant_id="rose", by=REVIEWER)
    ledger.officers.statements.approve_statement("s-1", by=TREASURER)
    ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=REVIEWER)

    assert statement_status(ledger) is statement.Status.PAID


def test_another_officer_does_not_answer_under_the_first_ones_request_id(ledger: Ledger) -> None:
    ledger.officers.statements.set_threshold("care", amount_minor=0)
    ledger.tills.redemptions.redeem("r1", care_purchase())
    draw_up_statement(ledger)
    ledger.officers.statements.approve_statement("s-1", by=REVIEWER, request_id="page-7")

    with pytest.raises(errors.RequestReused):
        ledger.officers.statements.approve_statement("s-1", by=TREASURER, request_id="page-7")

    assert statement_status(ledger) is statement.Status.DRAWN_UP


@pytest.mark.parametrize("by", ["system", "till-t1", "member-m1", "officer-", ""])
def test_only_officers_settle(ledger: Ledger, by: str) -> None:
    ledger.tills.redemptions.redeem("r1", care_purchase())
    draw_up_statement(ledger)
    before = event_count(ledger)

    for ask in (
        lambda: ledger.officers.statements.draw_up_statement(
            "s-2", fund_id="care", merchant_id="rose", by=by
        ),
        lambda: ledger.officers.statements.approve_statement("s-1", by=by),
        lambda: ledger.officers.statements.return_statement("s-1", reason="other", by=by),
        lambda: ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=by),
        lambda: ledger.officers.statements.report_incident(
            "r1", amount_minor=1, reason="other", by=by
        ),
    ):
        with pytest.raises(errors.InputInvalid):
            ask()

    assert event_count(ledger) == before


def test_who_is_owed_and_what_is_to_be_paid(ledger: Ledger) -> None:
    sign_mill(ledger)
    assert ledger.officers.statements.merchants_owed("care") == {}
    ledger.tills.redemptions.redeem("r1", care_purchase())
    ledger.tills.redemptions.redeem("r2", care_purchase("c2", **MILL))
    assert ledger.officers.statements.merchants_owed("care") == {"mill": 7_00, "rose": 7_00}

    draw_up_statement(ledger)
    draw_up_statement(ledger, "s-2", "mill")
    ledger.officers.statements.approve_statement("s-1", by=REVIEWER)

    assert ledger.officers.statements.merchants_owed("care") == {}
    assert [one.statement_id for one in ledger.officers.statements.statements_to_pay("care")] == [
        "s-1"
    ]
    ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=TREASURER)
    assert ledger.officers.statements.statements_to_pay("care") == []


@pytest.mark.parametrize("verb", ["merchants_owed", "statements_to_pay"])
def test_a_fund_never_opened_is_unknown(ledger: Ledger, verb: str) -> None:
    with pytest.raises(errors.FundUnknown):
        getattr(ledger.officers.statements, verb)("culture")


@pytest.mark.parametrize(
    ("redemption_id", "fund_id", "refusal"),
    [
        ("never", None, errors.RedemptionUnknown),
        ("", None, errors.RedemptionUnknown),
        ("free", None, errors.NotFromThisFund),
        ("r1", "culture", errors.NotFromThisFund),
        ("r1", "", errors.NotFromThisFund),
        ("r1", "x" * 500, errors.NotFromThisFund),
        ("r1", None, errors.NotPaidYet),
    ],
)
def test_what_is_no_incident(
    ledger: Ledger, redemption_id: str, fund_id: str | None, refusal: type[HongkaError]
) -> None:
    ledger.tills.redemptions.redeem("r1", care_purchase())
    ledger.tills.redemptions.redeem("free", scan("c2"))

    with pytest.raises(refusal):
        ledger.officers.statements.report_incident(
            redemption_id, amount_minor=1, reason="other", fund_id=fund_id, by=CLERK
        )


def test_it_is_noted_that_a_bank_account_was_set_and_erased(ledger: Ledger) -> None:
    verbs, asked = ledger.officers.statements, {"owner": "merchant-rose", "kept_as": "proposal-1"}
    changed = bank_account.Changed(**asked, by="system", at=AT)

    assert [verbs.change_bank_account(**asked, at=AT) for _ in range(2)] == [changed, changed]
    assert verbs.erase_bank_account("merchant-rose") == bank_account.Erased(owner="merchant-rose")
    assert verbs.erase_bank_account("merchant-rose", by=CLERK) is None
    assert verbs.change_bank_account("fund-care", kept_as="proposal-2") is not None


@pytest.mark.parametrize(
    ("owner", "refusal"),
    [
        ("merchant-nobody", errors.MerchantUnknown),
        ("fund-culture", errors.FundUnknown),
        ("member-m1", errors.InputInvalid),
        ("", errors.InputInvalid),
    ],
)
def test_only_merchants_and_funds_have_bank_accounts(
    ledger: Ledger, owner: str, refusal: type[HongkaError]
) -> None:
    with pytest.raises(refusal):
        ledger.officers.statements.change_bank_account(owner, kept_as="proposal-1")
    with pytest.raises(refusal):
        ledger.officers.statements.erase_bank_account(owner, by=CLERK)


def test_a_plain_payment_settles_incidents_as_well(ledger: Ledger) -> None:
    ledger.tills.redemptions.redeem("r1", care_purchase())
    ledger.officers.offers.pay_merchant("care", merchant_id="rose")
    ledger.officers.statements.report_incident(
        "r1", amount_minor=7_00, reason="not_provided", by=CLERK
    )
    ledger.tills.redemptions.redeem("r2", care_purchase())

    event = ledger.officers.offers.pay_merchant("care", merchant_id="rose")

    assert isinstance(event, funds.PaidOut)
    assert (event.amount_minor, event.recovered_minor) == (7_00, 7_00)
