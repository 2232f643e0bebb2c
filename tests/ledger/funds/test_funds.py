"""A fund: contributions, reservations, releases and payments; never below zero."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from immutables import Map

from ledger import errors, funds
from ledger.event import Event
from ledger.money import AMOUNT_MAX
from tests.support.given_when_then import Given, Verb, each_time, sentences

NEW = {"fund_id": "care", "programme": "special-relief", "name": "雪中送炭"}
OPENED = funds.Opened(**NEW)
MONEY = {"source": "district", "amount_minor": 100}
CONTRIBUTED = funds.Contributed(fund_id="care", **MONEY)
DAY = date(2026, 6, 1)
SUN: dict[str, Any] = {"merchant_id": "rose", "officer_id": "officer-sun", "day": DAY}
ROSE = {"merchant_id": "rose", "redemption_id": "r1"}
LATER = {"merchant_id": "rose", "redemption_id": "r2", "amount_minor": 10}
STATEMENT = {"fund_id": "care", "merchant_id": "rose", "statement_id": "s-1"}
RELEASED = funds.Released(fund_id="care", **ROSE, amount_minor=30)
BEGUN = funds.SettlementBegun(**STATEMENT, through=1, amount_minor=30, recovered_minor=0)
ENDED = funds.SettlementEnded(**STATEMENT)
UP_TO_30 = funds.ThresholdSet(fund_id="care", amount_minor=30)


def reserved(amount_minor: int, merchant_id: str = "rose", redemption_id: str = "r1") -> Event:
    of = {"merchant_id": merchant_id, "redemption_id": redemption_id}
    return funds.Reserved(fund_id="care", **of, amount_minor=amount_minor)


def overpaid(amount_minor: int) -> Event:
    return funds.Overpaid(fund_id="care", **ROSE, amount_minor=amount_minor)


def paid(amount_minor: int, through: int, recovered_minor: int = 0) -> Event:
    amounts = {"amount_minor": amount_minor, "recovered_minor": recovered_minor}
    return funds.PaidOut(fund_id="care", through=through, **amounts, **SUN)


def reserving(amount_minor: int) -> Verb:
    return lambda state: [funds.reserve(state, **ROSE, amount_minor=amount_minor)]


THERE = [OPENED, CONTRIBUTED]
OWED = [*THERE, reserved(30)]
MILL_TOO = [*OWED, reserved(20, "mill")]
MILL_PAID = funds.PaidOut(fund_id="care", merchant_id="mill", amount_minor=20, through=2)
PAID = [*OWED, paid(30, 1)]
PAY = partial(funds.pay_out, **SUN)
RELEASE = partial(funds.release, **ROSE, amount_minor=30, reservation=1)
RELEASE_LATER = partial(funds.release, **LATER, reservation=2)
RELEASED_LATER = each_time(funds.Released(fund_id="care", **LATER))

test_a_fund = sentences(
    "fund",
    {
        "is opened": ([], partial(funds.open_fund, **NEW), [OPENED]),
        "has an id of its own": (
            [OPENED],
            partial(funds.open_fund, **NEW | {"programme": "another"}),
            errors.FundAlreadyOpened,
        ),
        "gets money": (THERE, partial(funds.contribute, **MONEY), each_time(CONTRIBUTED)),
        "sets the last minor unit aside": (THERE, reserving(100), each_time(reserved(100))),
        "sets no more aside": (THERE, reserving(101), errors.FundExhausted(fund="care")),
        "releases what was set aside": (OWED, RELEASE, each_time(RELEASED)),
        "pays a merchant all it is owed": (MILL_TOO, PAY, each_time(paid(30, 2))),
        "releases nothing paid": (PAID, RELEASE, errors.AlreadyPaid),
        "releases what was set aside after the payment": (
            [*PAID, reserved(10, redemption_id="r2")],
            RELEASE_LATER,
            RELEASED_LATER,
        ),
        "settles nothing here by paying another": (
            [*MILL_TOO, MILL_PAID],
            RELEASE,
            each_time(RELEASED),
        ),
        "owes nothing at first": (THERE, PAY, errors.NothingOwed),
        "owes another only": ([*THERE, reserved(30, "mill")], PAY, errors.NothingOwed),
        "owes nothing released": ([*OWED, RELEASED], PAY, errors.NothingOwed),
        "owes nothing paid": (PAID, PAY, errors.NothingOwed),
        "releases nothing on an open statement": (
            [*OWED, BEGUN],
            RELEASE,
            errors.BeingPaid(statement="s-1"),
        ),
        "releases what was set aside since": (
            [*OWED, BEGUN, reserved(10)],
            RELEASE_LATER,
            RELEASED_LATER,
        ),
        "releases all of a returned one": ([*OWED, BEGUN, ENDED], RELEASE, each_time(RELEASED)),
        "pays an open one by it": ([*OWED, BEGUN], PAY, errors.StatementOpen(statement="s-1")),
        "pays up to the threshold": ([*THERE, UP_TO_30, reserved(30)], PAY, each_time(paid(30, 1))),
        "pays more by statement alone": (
            [*THERE, UP_TO_30, reserved(31)],
            PAY,
            errors.StatementNeeded(above_minor=30),
        ),
        "counts to the threshold what leaves the bank": (
            [*THERE, UP_TO_30, overpaid(1), reserved(31)],
            PAY,
            each_time(paid(31, 1, 1)),
        ),
        "keeps what was paid too much before": (
            [*PAID, overpaid(12), reserved(10)],
            PAY,
            each_time(paid(10, 2, 10)),
        ),
        "needs two officers above five thousand yuan": (
            [OPENED],
            partial(funds.set_threshold, amount_minor=5_000_00),
            [],
        ),
    },
)


@pytest.mark.parametrize("amount_minor", [1, AMOUNT_MAX])
def test_the_ends_of_the_range_may_be_contributed(amount_minor: int) -> None:
    assert funds.contribute(Given("fund", OPENED).state, source="a", amount_minor=amount_minor)


@pytest.mark.parametrize("amount_minor", [0, -1, AMOUNT_MAX + 1, 1.5, 2.0, True])
def test_what_is_no_amount_is_not_contributed(amount_minor: Any) -> None:
    Given("fund", OPENED).when(
        funds.contribute, source="district", amount_minor=amount_minor
    ).then_refused(errors.InputInvalid, field="amount_minor")


def test_what_is_set_aside_is_owed_and_no_longer_there() -> None:
    state = Given("fund", *MILL_TOO).state

    assert Given("fund", *THERE).state.available_minor == 100
    assert (state.available_minor, state.reservations) == (50, 2)
    assert state.owed_minor == Map({"rose": 30, "mill": 20})


def test_a_released_amount_is_there_again_and_keeps_its_number() -> None:
    state = Given("fund", *OWED, RELEASED).state

    assert (state.available_minor, state.owed_minor["rose"], state.reservations) == (100, 0, 1)


def paid_by_sun(days_before: int, *, officer_id: str = "officer-sun", minor: int = 20) -> Event:
    day = DAY - timedelta(days=days_before)
    told = SUN | {"officer_id": officer_id, "day": day}
    return funds.PaidOut(fund_id="care", amount_minor=minor, through=1, **told)


def test_what_one_officer_paid_one_merchant_in_thirty_days_is_one_sum() -> None:
    history = [*THERE, UP_TO_30, reserved(20)]
    given = Given("fund", *history, paid_by_sun(29), reserved(20))
    settled = funds.SettlementBegun(
        fund_id="care", statement_id="s-1", through=1, amount_minor=20, recovered_minor=0, **SUN
    )
    by_statement = funds.PaidOut(
        fund_id="care", merchant_id="rose", amount_minor=20, through=1, statement_id="s-1"
    )

    given.when(funds.pay_out, **SUN).then_refused(errors.StatementNeeded, above_minor=30)
    again = Given("fund", *history, settled, by_statement, reserved(20))
    again.when(funds.pay_out, **SUN).then_refused(errors.StatementNeeded, above_minor=30)
    for before in (
        [paid_by_sun(30), reserved(20)],
        [paid_by_sun(29, officer_id="officer-wu"), reserved(20)],
        [paid_by_sun(29, minor=10), reserved(10)],
        [settled, ENDED],
    ):
        assert funds.pay_out(Given("fund", *history, *before).state, **SUN)


def test_what_a_release_did_not_count_does_not_count() -> None:
    old = funds.PaidOut(fund_id="care", merchant_id="rose", amount_minor=30, through=1)

    assert Given("fund", *OWED, old).state.started == ()


@pytest.mark.parametrize("amount_minor", [0, 1, AMOUNT_MAX])
def test_a_threshold_is_set(amount_minor: int) -> None:
    Given("fund", OPENED).when(funds.set_threshold, amount_minor=amount_minor).then(
        funds.ThresholdSet(fund_id="care", amount_minor=amount_minor)
    )


@pytest.mark.parametrize("amount_minor", [-1, AMOUNT_MAX + 1, 1.0, True])
def test_what_is_no_amount_is_no_threshold(amount_minor: Any) -> None:
    Given("fund", OPENED).when(funds.set_threshold, amount_minor=amount_minor).then_refused(
        errors.InputInvalid, field="amount_minor"
    )


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        (funds.set_threshold, {"amount_minor": 1}),
        (funds.contribute, {"source": "district", "amount_minor": 1}),
        (funds.pay_out, SUN),
    ],
)
def test_a_fund_never_opened_is_unknown(verb: Verb, asked: dict[str, Any]) -> None:
    Given("fund").when(verb, **asked).then_refused(errors.FundUnknown)
