"""A statement: drawn up, approved by others, returned or paid, each once."""

from datetime import date
from typing import Any

import pytest
from immutables import Map

from ledger import errors, funds
from ledger.event import Event
from ledger.funds import Fund, Settlement
from ledger.settlement import bank_account, statement
from tests.support.given_when_then import Given, Refused, Verb

DAY = date(2026, 6, 1)
OWING = Fund(
    fund_id="care",
    available_minor=10,
    reservations=9,
    owed_minor=Map({"rose": 70, "mill": 5}),
    paid_through=Map({"rose": 3}),
    recoverable_minor=Map({"rose": 20}),
)
DRAWN_UP = statement.DrawnUp(
    statement_id="s-1",
    officer_id="officer-wu",
    day=DAY,
    merchant_id="rose",
    fund_id="care",
    first=4,
    through=9,
    amount_minor=70,
    recovered_minor=20,
    due_minor=50,
    approvals=1,
    payee_changes=2,
)
BEGUN = funds.SettlementBegun(
    fund_id="care",
    merchant_id="rose",
    statement_id="s-1",
    through=9,
    amount_minor=70,
    recovered_minor=20,
    officer_id="officer-wu",
    day=DAY,
)
BEING_PAID = funds.evolve(OWING, BEGUN)
ENDED = funds.SettlementEnded(fund_id="care", merchant_id="rose", statement_id="s-1")
LARGE = statement.DrawnUp(
    **{f: getattr(DRAWN_UP, f) for f in DRAWN_UP.__struct_fields__} | {"approvals": 2}
)
RETURNED = statement.Returned(
    statement_id="s-1", officer_id="officer-li", day=DAY, reason="amount_doubted"
)
PAID = statement.Paid(
    statement_id="s-1", officer_id="officer-zhao", day=DAY, reference="icbc/77", due_minor=50
)
PAID_OUT = funds.PaidOut(
    fund_id="care",
    merchant_id="rose",
    amount_minor=70,
    through=9,
    recovered_minor=20,
    statement_id="s-1",
)


def approved(officer_id: str = "officer-li", number: int = 1, of: int = 1) -> statement.Approved:
    return statement.Approved(
        statement_id="s-1", officer_id=officer_id, day=DAY, number=number, of=of
    )


DRAW_UP: dict[str, Any] = {
    "payee": bank_account.BankAccount(known=True, changes=2),
    "statement_id": "s-1",
    "merchant_id": "rose",
    "officer_id": "officer-wu",
    "day": DAY,
    "paying": OWING,
}
LI = {"officer_id": "officer-li", "day": DAY}
ZHAO = {"officer_id": "officer-zhao", "day": DAY}
WU = {"officer_id": "officer-wu", "day": DAY}
TO: dict[str, Any] = {"payee": bank_account.INITIAL}
PAY: dict[str, Any] = {"reference": "icbc/77", "paying": BEING_PAID}


def test_a_statement_is_all_that_is_owed_less_what_was_paid_too_much() -> None:
    Given("statement").when(statement.draw_up, **DRAW_UP).then_each_time(DRAWN_UP, BEGUN)


@pytest.mark.parametrize(("threshold_minor", "approvals"), [(50, 1), (49, 2), (0, 2)])
def test_above_the_threshold_of_the_fund_it_takes_two(threshold_minor: int, approvals: int) -> None:
    threshold = funds.ThresholdSet(fund_id="care", amount_minor=threshold_minor)
    asked = DRAW_UP | {"paying": funds.evolve(OWING, threshold)}

    (drawn_up, _) = statement.draw_up(statement.INITIAL, **asked)

    assert isinstance(drawn_up, statement.DrawnUp)
    assert (drawn_up.due_minor, drawn_up.approvals) == (50, approvals)


def test_more_is_never_kept_than_is_owed() -> None:
    asked = DRAW_UP | {"merchant_id": "mill"}
    overpaid = funds.Overpaid(
        fund_id="care", merchant_id="mill", redemption_id="r1", amount_minor=6
    )

    (drawn_up, _) = statement.draw_up(
        statement.INITIAL, **asked | {"paying": funds.evolve(OWING, overpaid)}
    )

    assert isinstance(drawn_up, statement.DrawnUp)
    assert (drawn_up.recovered_minor, drawn_up.due_minor, drawn_up.approvals) == (5, 0, 1)


@pytest.mark.parametrize("statement_id", ["", "-1", "s 1", "s/1", "结算1", "s" * 36, "s-1\n"])
def test_an_id_that_a_bank_would_not_take_is_refused(statement_id: str) -> None:
    asked = DRAW_UP | {"statement_id": statement_id}

    Given("statement").when(statement.draw_up, **asked).then_refused(
        errors.InputInvalid(field="statement_id")
    )


def test_the_longest_id_is_taken() -> None:
    asked = DRAW_UP | {"statement_id": "s" * 35}

    assert len(statement.draw_up(statement.INITIAL, **asked)) == 2


@pytest.mark.parametrize(
    ("history", "other", "refusal"),
    [
        ([], {"paying": funds.INITIAL}, errors.FundUnknown),
        ([], {"merchant_id": "opera"}, errors.NothingOwed),
        ([], {"paying": BEING_PAID}, errors.StatementOpen(statement="s-1")),
        ([DRAWN_UP], {"merchant_id": "mill"}, errors.StatementAlreadyDrawnUp),
        ([DRAWN_UP], {"paying": Fund(fund_id="aid")}, errors.StatementAlreadyDrawnUp),
        ([DRAWN_UP, RETURNED], {}, errors.StatementAlreadyDrawnUp),
    ],
)
def test_what_is_not_drawn_up(
    history: list[Event], other: dict[str, Any], refusal: Refused
) -> None:
    Given("statement", *history).when(statement.draw_up, **DRAW_UP | other).then_refused(refusal)


@pytest.mark.parametrize(
    "history", [[DRAWN_UP], [DRAWN_UP, approved()], [DRAWN_UP, approved(), PAID]]
)
def test_drawn_up_again_it_is_as_it_was(history: list[Event]) -> None:
    Given("statement", *history).when(statement.draw_up, **DRAW_UP).then()


def test_another_officer_approves() -> None:
    Given("statement", DRAWN_UP).when(statement.approve, **LI, **TO).then(approved())


def test_two_others_approve_a_large_one() -> None:
    first, second = approved(of=2), approved("officer-zhao", 2, 2)

    Given("statement", LARGE).when(statement.approve, **LI, **TO).then(first)
    given = Given("statement", LARGE, first)
    assert given.state.status is statement.Status.DRAWN_UP
    given.when(statement.approve, **ZHAO, **TO).then(second)
    assert Given("statement", LARGE, first, second).state.status is statement.Status.APPROVED


def test_nobody_counts_twice() -> None:
    Given("statement", LARGE, approved(of=2)).when(statement.approve, **LI, **TO).then()


def test_who_comes_when_enough_have_approved_changes_nothing() -> None:
    Given("statement", DRAWN_UP, approved()).when(statement.approve, **ZHAO, **TO).then()


APPROVE, BACK, MARK = (
    (statement.approve, TO),
    (statement.send_back, {"reason": "amount_doubted"}),
    (statement.mark_paid, PAY),
)


@pytest.mark.parametrize(("verb", "asked"), [APPROVE, MARK])
@pytest.mark.parametrize("history", [[DRAWN_UP], [DRAWN_UP, approved()], [LARGE, approved(of=2)]])
def test_who_drew_it_up_neither_approves_nor_pays(
    history: list[Event], verb: Verb, asked: dict[str, Any]
) -> None:
    Given("statement", *history).when(verb, **WU, **asked).then_refused(errors.DrawnUpByYou)


@pytest.mark.parametrize("officer", [LI, WU, ZHAO])
@pytest.mark.parametrize("history", [[DRAWN_UP], [DRAWN_UP, approved()], [LARGE, approved(of=2)]])
def test_any_officer_sends_it_back_until_it_is_paid(
    history: list[Event], officer: dict[str, Any]
) -> None:
    returned = statement.Returned(statement_id="s-1", **officer, reason="amount_doubted")

    Given("statement", *history).when(
        statement.send_back, **officer, reason="amount_doubted"
    ).then_each_time(returned, ENDED)


def test_what_was_sent_back_is_sent_back() -> None:
    Given("statement", DRAWN_UP, RETURNED).when(statement.send_back, **ZHAO, reason="other").then()


def test_an_approved_statement_is_paid_by_one_who_approved_or_another() -> None:
    given = Given("statement", DRAWN_UP, approved())

    given.when(statement.mark_paid, **ZHAO, **PAY).then_each_time(PAID, PAID_OUT)
    assert len(statement.mark_paid(given.state, **LI, **PAY)) == 2


def test_marked_paid_again_it_is_as_it_was() -> None:
    Given("statement", DRAWN_UP, approved(), PAID).when(statement.mark_paid, **LI, **PAY).then()


@pytest.mark.parametrize(
    ("history", "missing"), [([DRAWN_UP], 1), ([LARGE], 2), ([LARGE, approved(of=2)], 1)]
)
def test_without_the_approvals_it_is_not_paid(history: list[Event], missing: int) -> None:
    Given("statement", *history).when(statement.mark_paid, **ZHAO, **PAY).then_refused(
        errors.NotApproved(missing=missing)
    )


@pytest.mark.parametrize("reference", ["", "a b", "-1", "a" * 36, "王小明", "1\n"])
def test_what_no_bank_would_write_is_no_reference(reference: str) -> None:
    Given("statement", DRAWN_UP, approved()).when(
        statement.mark_paid, **ZHAO, **PAY | {"reference": reference}
    ).then_refused(errors.InputInvalid(field="reference"))


def test_paid_under_another_reference_is_not_paid_again() -> None:
    Given("statement", DRAWN_UP, approved(), PAID).when(
        statement.mark_paid, **ZHAO, **PAY | {"reference": "icbc/78"}
    ).then_refused(errors.StatementPaid)


@pytest.mark.parametrize(("verb", "asked"), [APPROVE, MARK])
def test_what_was_returned_goes_no_further(verb: Verb, asked: dict[str, Any]) -> None:
    Given("statement", DRAWN_UP, approved(), RETURNED).when(verb, **ZHAO, **asked).then_refused(
        errors.StatementReturned
    )
    Given("statement", DRAWN_UP, approved(), RETURNED).when(verb, **LI, **asked).then_refused(
        errors.StatementReturned
    )


@pytest.mark.parametrize(("verb", "asked"), [APPROVE, BACK])
def test_what_is_paid_is_paid(verb: Verb, asked: dict[str, Any]) -> None:
    Given("statement", DRAWN_UP, approved(), PAID).when(verb, **ZHAO, **asked).then_refused(
        errors.StatementPaid
    )


@pytest.mark.parametrize(("verb", "asked"), [APPROVE, BACK, MARK])
def test_a_statement_never_drawn_up_is_unknown(verb: Verb, asked: dict[str, Any]) -> None:
    Given("statement").when(verb, **LI, **asked).then_refused(errors.StatementUnknown)


def test_the_fund_knows_what_is_on_the_open_statement() -> None:
    assert BEING_PAID.settling == Map({"rose": Settlement("s-1", 9, 70, 20)})
    assert funds.evolve(BEING_PAID, ENDED) == OWING


def test_once_paid_the_fund_owes_it_no_longer_and_has_back_what_was_kept() -> None:
    after = funds.evolve(BEING_PAID, PAID_OUT)

    assert (after.available_minor, after.owed_minor["rose"]) == (30, 0)
    assert (after.recoverable_minor["rose"], after.paid_through["rose"]) == (0, 9)
    assert "rose" not in after.settling
