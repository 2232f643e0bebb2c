"""A statement: drawn up, approved by others, returned or paid, each once."""

from datetime import date
from functools import partial
from typing import Any

import msgspec
import pytest
from immutables import Map

from ledger import errors, funds
from ledger.event import Event
from ledger.funds import Fund, Settlement
from ledger.settlement import bank_account, statement
from tests.support.given_when_then import Given, Verb, each_time, sentences

DAY = date(2026, 6, 1)
OWING = Fund(
    fund_id="care",
    available_minor=10,
    reservations=9,
    owed_minor=Map({"rose": 70, "mill": 5}),
    paid_through=Map({"rose": 3}),
    recoverable_minor=Map({"rose": 20}),
)
STATEMENT = {"statement_id": "s-1", "merchant_id": "rose", "fund_id": "care"}
AMOUNTS = {"through": 9, "amount_minor": 70, "recovered_minor": 20}
WU = {"officer_id": "officer-wu", "day": DAY}
DRAWN_UP = statement.DrawnUp(
    **STATEMENT, **AMOUNTS, **WU, first=4, due_minor=50, approvals=1, payee_changes=2
)
BEGUN = funds.SettlementBegun(**STATEMENT, **AMOUNTS, **WU)
BEING_PAID = funds.evolve(OWING, BEGUN)
ENDED = funds.SettlementEnded(**STATEMENT)
LARGE = msgspec.structs.replace(DRAWN_UP, approvals=2)
RETURNED = statement.Returned(
    statement_id="s-1", officer_id="officer-li", day=DAY, reason="amount_doubted"
)
PAID = statement.Paid(
    statement_id="s-1", officer_id="officer-zhao", day=DAY, reference="icbc/77", due_minor=50
)
PAID_OUT = funds.PaidOut(**STATEMENT, **AMOUNTS)


def approved(officer_id: str = "officer-li", number: int = 1, of: int = 1) -> statement.Approved:
    return statement.Approved(
        statement_id="s-1", officer_id=officer_id, day=DAY, number=number, of=of
    )


DRAW_UP: dict[str, Any] = {
    "payee": bank_account.BankAccount(known=True, changes=2),
    "statement_id": "s-1",
    "merchant_id": "rose",
    "paying": OWING,
    **WU,
}
LI = {"officer_id": "officer-li", "day": DAY}
ZHAO = {"officer_id": "officer-zhao", "day": DAY}
TO: dict[str, Any] = {"payee": bank_account.INITIAL}
PAY: dict[str, Any] = {"reference": "icbc/77", "paying": BEING_PAID}


draw_up = partial(statement.draw_up, **DRAW_UP)
li_approves = partial(statement.approve, **LI, **TO)
zhao_approves = partial(statement.approve, **ZHAO, **TO)
zhao_pays = partial(statement.mark_paid, **ZHAO, **PAY)
li_pays = partial(statement.mark_paid, **LI, **PAY)
zhao_returns = partial(statement.send_back, **ZHAO, reason="other")
FIRST, SECOND = approved(of=2), approved("officer-zhao", 2, 2)
APPROVED = [DRAWN_UP, approved()]
DONE, BACK = [*APPROVED, PAID], [*APPROVED, RETURNED]
TAKEN = errors.StatementAlreadyDrawnUp
UNKNOWN, GONE = errors.StatementUnknown, errors.StatementReturned

test_a_statement = sentences(
    "statement",
    {
        "is all that is owed less overpayments": ([], draw_up, each_time(DRAWN_UP, BEGUN)),
        "is of a fund there is": ([], partial(draw_up, paying=funds.INITIAL), errors.FundUnknown),
        "is of a debt": ([], partial(draw_up, merchant_id="opera"), errors.NothingOwed),
        "is the only open one": (
            [],
            partial(draw_up, paying=BEING_PAID),
            errors.StatementOpen(statement="s-1"),
        ),
        "is of one merchant": ([DRAWN_UP], partial(draw_up, merchant_id="mill"), TAKEN),
        "is of one fund": ([DRAWN_UP], partial(draw_up, paying=Fund(fund_id="aid")), TAKEN),
        "is not drawn up again once returned": ([DRAWN_UP, RETURNED], draw_up, TAKEN),
        "is drawn up once": ([DRAWN_UP], draw_up, []),
        "is drawn up once and approved": (APPROVED, draw_up, []),
        "is drawn up once and paid": (DONE, draw_up, []),
        "is approved by another": ([DRAWN_UP], li_approves, [approved()]),
        "is approved by two if large": ([LARGE], li_approves, [FIRST]),
        "is approved by the second": ([LARGE, FIRST], zhao_approves, [SECOND]),
        "is approved by nobody twice": ([LARGE, FIRST], li_approves, []),
        "is approved by enough": (APPROVED, zhao_approves, []),
        "is returned once": ([DRAWN_UP, RETURNED], zhao_returns, []),
        "is paid by another": (APPROVED, zhao_pays, each_time(PAID, PAID_OUT)),
        "is paid once": (DONE, li_pays, []),
        "is not paid before": ([DRAWN_UP], zhao_pays, errors.NotApproved(missing=1)),
        "is not paid before two approve": ([LARGE], zhao_pays, errors.NotApproved(missing=2)),
        "is not paid before both do": ([LARGE, FIRST], zhao_pays, errors.NotApproved(missing=1)),
        "is paid under one reference": (
            DONE,
            partial(zhao_pays, reference="icbc/78"),
            errors.StatementPaid,
        ),
        "is not approved once paid": (DONE, zhao_approves, errors.StatementPaid),
        "is not returned once paid": (DONE, zhao_returns, errors.StatementPaid),
        "is not approved once returned": (BACK, zhao_approves, GONE),
        "is not approved again once returned": (BACK, li_approves, GONE),
        "is not paid once returned": (BACK, zhao_pays, GONE),
        "is not paid by the approver once returned": (BACK, li_pays, GONE),
        "is approved if there is one": ([], li_approves, UNKNOWN),
        "is returned if there is one": ([], zhao_returns, UNKNOWN),
        "is paid if there is one": ([], li_pays, UNKNOWN),
    },
)


def test_a_statement_is_approved_by_the_last_of_those_it_needs() -> None:
    assert Given("statement", LARGE, FIRST).state.status is statement.Status.DRAWN_UP
    assert Given("statement", LARGE, FIRST, SECOND).state.status is statement.Status.APPROVED


def test_who_approved_may_pay() -> None:
    assert len(li_pays(Given("statement", *APPROVED).state)) == 2


@pytest.mark.parametrize(("threshold_minor", "approvals"), [(50, 1), (49, 2), (0, 2)])
def test_above_the_threshold_of_the_fund_it_takes_two(threshold_minor: int, approvals: int) -> None:
    threshold = funds.ThresholdSet(fund_id="care", amount_minor=threshold_minor)
    (drawn_up, _) = draw_up(statement.INITIAL, paying=funds.evolve(OWING, threshold))

    assert isinstance(drawn_up, statement.DrawnUp)
    assert (drawn_up.due_minor, drawn_up.approvals) == (50, approvals)


def test_more_is_never_kept_than_is_owed() -> None:
    overpaid = funds.Overpaid(
        fund_id="care", merchant_id="mill", redemption_id="r1", amount_minor=6
    )

    paying = funds.evolve(OWING, overpaid)
    (drawn_up, _) = draw_up(statement.INITIAL, merchant_id="mill", paying=paying)

    assert isinstance(drawn_up, statement.DrawnUp)
    assert (drawn_up.recovered_minor, drawn_up.due_minor, drawn_up.approvals) == (5, 0, 1)


@pytest.mark.parametrize("statement_id", ["", "-1", "s 1", "s/1", "结算1", "s" * 36, "s-1\n"])
def test_an_id_that_a_bank_would_not_take_is_refused(statement_id: str) -> None:
    Given("statement").when(draw_up, statement_id=statement_id).then_refused(
        errors.InputInvalid(field="statement_id")
    )


def test_the_longest_id_is_taken() -> None:
    assert len(draw_up(statement.INITIAL, statement_id="s" * 35)) == 2


@pytest.mark.parametrize("verb", [li_approves, li_pays])
@pytest.mark.parametrize("history", [[DRAWN_UP], APPROVED, [LARGE, FIRST]])
def test_who_drew_it_up_neither_approves_nor_pays(history: list[Event], verb: Verb) -> None:
    Given("statement", *history).when(verb, **WU).then_refused(errors.DrawnUpByYou)


@pytest.mark.parametrize("officer", [LI, WU, ZHAO])
@pytest.mark.parametrize("history", [[DRAWN_UP], APPROVED, [LARGE, FIRST]])
def test_any_officer_sends_it_back_until_it_is_paid(
    history: list[Event], officer: dict[str, Any]
) -> None:
    returned = statement.Returned(statement_id="s-1", **officer, reason="amount_doubted")

    Given("statement", *history).when(
        statement.send_back, **officer, reason="amount_doubted"
    ).then_each_time(returned, ENDED)


@pytest.mark.parametrize("reference", ["", "a b", "-1", "a" * 36, "王小明", "1\n"])
def test_what_no_bank_would_write_is_no_reference(reference: str) -> None:
    Given("statement", *APPROVED).when(zhao_pays, reference=reference).then_refused(
        errors.InputInvalid(field="reference")
    )


def test_the_fund_knows_what_is_on_the_open_statement() -> None:
    assert BEING_PAID.settling == Map({"rose": Settlement("s-1", 9, 70, 20)})
    assert funds.evolve(BEING_PAID, ENDED) == OWING


def test_once_paid_the_fund_owes_it_no_longer_and_has_back_what_was_kept() -> None:
    after = funds.evolve(BEING_PAID, PAID_OUT)

    assert (after.available_minor, after.owed_minor["rose"]) == (30, 0)
    assert (after.recoverable_minor["rose"], after.paid_through["rose"]) == (0, 9)
    assert "rose" not in after.settling
