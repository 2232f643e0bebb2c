"""A fund: contributions, reservations, releases and payments; never below zero."""

from datetime import date, timedelta
from typing import Any

import pytest
from immutables import Map

from ledger import errors, funds
from ledger.event import Event
from ledger.money import AMOUNT_MAX
from tests.support.given_when_then import Given, Verb

OPENED = funds.Opened(fund_id="care", programme="special-relief", name="雪中送炭")
CONTRIBUTED = funds.Contributed(fund_id="care", source="district", amount_minor=100)
ROSE = {"merchant_id": "rose", "redemption_id": "r1"}
DAY = date(2026, 6, 1)
SUN: dict[str, Any] = {"merchant_id": "rose", "officer_id": "officer-sun", "day": DAY}
PAID_1 = funds.PaidOut(fund_id="care", amount_minor=30, through=1, **SUN)


def reserved(amount_minor: int, merchant_id: str = "rose", redemption_id: str = "r1") -> Event:
    return funds.Reserved(
        fund_id="care",
        merchant_id=merchant_id,
        redemption_id=redemption_id,
        amount_minor=amount_minor,
    )


def released(amount_minor: int) -> Event:
    return funds.Released(fund_id="care", **ROSE, amount_minor=amount_minor)


def reserve(state: funds.Fund, **asked: Any) -> list[Event]:
    return [funds.reserve(state, **asked)]


def test_a_fund_is_opened() -> None:
    Given("fund").when(
        funds.open_fund, fund_id="care", programme="special-relief", name="雪中送炭"
    ).then(OPENED)


def test_a_fund_id_is_not_given_twice() -> None:
    Given("fund", OPENED).when(
        funds.open_fund, fund_id="care", programme="another", name="雪中送炭"
    ).then_refused(errors.FundAlreadyOpened)


def test_money_comes_in_each_time_it_is_contributed() -> None:
    given = Given("fund", OPENED, CONTRIBUTED)

    given.when(funds.contribute, source="district", amount_minor=100).then_each_time(CONTRIBUTED)
    assert given.state.available_minor == 100


@pytest.mark.parametrize("amount_minor", [1, AMOUNT_MAX])
def test_the_ends_of_the_range_may_be_contributed(amount_minor: int) -> None:
    assert funds.contribute(Given("fund", OPENED).state, source="a", amount_minor=amount_minor)


@pytest.mark.parametrize("amount_minor", [0, -1, AMOUNT_MAX + 1, 1.5, 2.0, True])
def test_what_is_no_amount_is_not_contributed(amount_minor: Any) -> None:
    Given("fund", OPENED).when(
        funds.contribute, source="district", amount_minor=amount_minor
    ).then_refused(errors.InputInvalid, field="amount_minor")


def test_what_is_set_aside_is_owed_and_no_longer_there() -> None:
    state = Given("fund", OPENED, CONTRIBUTED, reserved(30), reserved(20, "mill")).state

    assert state.available_minor == 50
    assert state.owed_minor == Map({"rose": 30, "mill": 20})
    assert state.reservations == 2


def test_the_last_minor_unit_may_be_set_aside_and_no_more() -> None:
    given = Given("fund", OPENED, CONTRIBUTED)

    given.when(reserve, **ROSE, amount_minor=100).then_each_time(reserved(100))
    given.when(reserve, **ROSE, amount_minor=101).then_refused(errors.FundExhausted, fund="care")


def test_what_was_set_aside_is_released() -> None:
    given = Given("fund", OPENED, CONTRIBUTED, reserved(30))

    given.when(funds.release, **ROSE, amount_minor=30, reservation=1).then_each_time(released(30))
    state = Given("fund", OPENED, CONTRIBUTED, reserved(30), released(30)).state
    assert (state.available_minor, state.owed_minor["rose"]) == (100, 0)


def test_a_released_amount_keeps_its_number() -> None:
    assert Given("fund", OPENED, CONTRIBUTED, reserved(30), released(30)).state.reservations == 1


def test_a_merchant_is_paid_all_it_is_owed() -> None:
    Given("fund", OPENED, CONTRIBUTED, reserved(30), reserved(20, "mill")).when(
        funds.pay_out, **SUN
    ).then_each_time(funds.PaidOut(fund_id="care", amount_minor=30, through=2, **SUN))


def test_what_was_paid_is_not_released() -> None:
    Given("fund", OPENED, CONTRIBUTED, reserved(30), PAID_1).when(
        funds.release, **ROSE, amount_minor=30, reservation=1
    ).then_refused(errors.AlreadyPaid)


def test_what_was_set_aside_after_the_payment_is_released() -> None:
    Given("fund", OPENED, CONTRIBUTED, reserved(30), PAID_1, reserved(10, redemption_id="r2")).when(
        funds.release, merchant_id="rose", redemption_id="r2", amount_minor=10, reservation=2
    ).then_each_time(
        funds.Released(fund_id="care", merchant_id="rose", redemption_id="r2", amount_minor=10)
    )


def test_a_payment_to_another_merchant_settles_nothing_here() -> None:
    paid = funds.PaidOut(fund_id="care", merchant_id="mill", amount_minor=20, through=2)

    Given("fund", OPENED, CONTRIBUTED, reserved(30), reserved(20, "mill"), paid).when(
        funds.release, **ROSE, amount_minor=30, reservation=1
    ).then_each_time(released(30))


@pytest.mark.parametrize(
    "history", [[], [reserved(30, "mill")], [reserved(30), released(30)], [reserved(30), PAID_1]]
)
def test_nothing_is_paid_where_nothing_is_owed(history: list[Event]) -> None:
    Given("fund", OPENED, CONTRIBUTED, *history).when(funds.pay_out, **SUN).then_refused(
        errors.NothingOwed
    )


BEGUN = funds.SettlementBegun(
    fund_id="care",
    merchant_id="rose",
    statement_id="s-1",
    through=1,
    amount_minor=30,
    recovered_minor=0,
)


def test_what_is_on_an_open_statement_is_not_released() -> None:
    Given("fund", OPENED, CONTRIBUTED, reserved(30), BEGUN).when(
        funds.release, **ROSE, amount_minor=30, reservation=1
    ).then_refused(errors.BeingPaid, statement="s-1")


def test_what_was_set_aside_since_is_released_and_so_is_all_when_the_statement_goes_back() -> None:
    later = {"merchant_id": "rose", "redemption_id": "r2", "amount_minor": 10}
    given = Given("fund", OPENED, CONTRIBUTED, reserved(30), BEGUN, reserved(10))
    ended = funds.SettlementEnded(fund_id="care", merchant_id="rose", statement_id="s-1")
    after = Given("fund", OPENED, CONTRIBUTED, reserved(30), BEGUN, ended)

    given.when(funds.release, **later, reservation=2).then_each_time(
        funds.Released(fund_id="care", **later)
    )
    after.when(funds.release, **ROSE, amount_minor=30, reservation=1).then_each_time(released(30))


def test_what_is_on_an_open_statement_is_paid_by_it_alone() -> None:
    Given("fund", OPENED, CONTRIBUTED, reserved(30), BEGUN).when(funds.pay_out, **SUN).then_refused(
        errors.StatementOpen, statement="s-1"
    )


def test_above_the_threshold_a_statement_is_needed() -> None:
    threshold = funds.ThresholdSet(fund_id="care", amount_minor=30)
    given = Given("fund", OPENED, CONTRIBUTED, threshold, reserved(30))
    more = Given("fund", OPENED, CONTRIBUTED, threshold, reserved(31))

    given.when(funds.pay_out, **SUN).then_each_time(PAID_1)
    more.when(funds.pay_out, **SUN).then_refused(errors.StatementNeeded, above_minor=30)


def paid_by_sun(days_before: int, *, officer_id: str = "officer-sun", minor: int = 20) -> Event:
    day = DAY - timedelta(days=days_before)
    told = SUN | {"officer_id": officer_id, "day": day}
    return funds.PaidOut(fund_id="care", amount_minor=minor, through=1, **told)


def test_what_one_officer_paid_one_merchant_in_thirty_days_is_one_sum() -> None:
    threshold = funds.ThresholdSet(fund_id="care", amount_minor=30)
    history = [OPENED, CONTRIBUTED, threshold, reserved(20)]
    given = Given("fund", *history, paid_by_sun(29), reserved(20))
    settled = funds.SettlementBegun(
        fund_id="care", statement_id="s-1", through=1, amount_minor=20, recovered_minor=0, **SUN
    )
    by_statement = funds.PaidOut(
        fund_id="care", merchant_id="rose", amount_minor=20, through=1, statement_id="s-1"
    )
    sent_back = funds.SettlementEnded(fund_id="care", merchant_id="rose", statement_id="s-1")

    given.when(funds.pay_out, **SUN).then_refused(errors.StatementNeeded, above_minor=30)
    again = Given("fund", *history, settled, by_statement, reserved(20))
    again.when(funds.pay_out, **SUN).then_refused(errors.StatementNeeded, above_minor=30)
    for before in (
        [paid_by_sun(30), reserved(20)],
        [paid_by_sun(29, officer_id="officer-wu"), reserved(20)],
        [paid_by_sun(29, minor=10), reserved(10)],
        [settled, sent_back],
    ):
        assert funds.pay_out(Given("fund", *history, *before).state, **SUN)


def test_what_a_release_did_not_count_does_not_count() -> None:
    old = funds.PaidOut(fund_id="care", merchant_id="rose", amount_minor=30, through=1)

    assert Given("fund", OPENED, CONTRIBUTED, reserved(30), old).state.started == ()


def test_the_threshold_is_of_what_leaves_the_bank() -> None:
    threshold = funds.ThresholdSet(fund_id="care", amount_minor=30)
    overpaid = funds.Overpaid(
        fund_id="care", merchant_id="rose", redemption_id="r0", amount_minor=1
    )

    Given("fund", OPENED, CONTRIBUTED, threshold, overpaid, reserved(31)).when(
        funds.pay_out, **SUN
    ).then_each_time(
        funds.PaidOut(fund_id="care", amount_minor=31, through=1, recovered_minor=1, **SUN)
    )


def test_a_payment_keeps_what_was_paid_too_much_before() -> None:
    overpaid = funds.Overpaid(
        fund_id="care", merchant_id="rose", redemption_id="r1", amount_minor=12
    )

    Given("fund", OPENED, CONTRIBUTED, reserved(30), PAID_1, overpaid, reserved(10)).when(
        funds.pay_out, **SUN
    ).then_each_time(
        funds.PaidOut(fund_id="care", amount_minor=10, through=2, recovered_minor=10, **SUN)
    )


@pytest.mark.parametrize("amount_minor", [0, 1, AMOUNT_MAX])
def test_a_threshold_is_set(amount_minor: int) -> None:
    Given("fund", OPENED).when(funds.set_threshold, amount_minor=amount_minor).then(
        funds.ThresholdSet(fund_id="care", amount_minor=amount_minor)
    )


def test_five_thousand_yuan_is_the_threshold_where_none_was_set() -> None:
    Given("fund", OPENED).when(funds.set_threshold, amount_minor=5_000_00).then()


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
