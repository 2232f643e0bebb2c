"""An incident: once a redemption and fund, after payment, up to the union's share."""

from typing import Any

import msgspec
import pytest
from immutables import Map

from ledger import errors, funds
from ledger.funds import Fund, Settlement
from ledger.redemptions import redemption
from ledger.settlement import incident
from tests.support.event_history_purchases import line, redeemed, undone
from tests.support.given_when_then import Given

TWICE = (
    msgspec.structs.replace(line("a", union=30), reservation=4),
    msgspec.structs.replace(line("b", union=20), reservation=5),
    msgspec.structs.replace(line("c", union=9), reservation=2, fund_id="aid"),
    line("d", merchant=7),
)
MADE = redeemed(200, *TWICE, redemption_id="r1")
PAID_BY = Fund(fund_id="care", reservations=9, paid_through=Map({"shears": 5}))
ASKED: dict[str, Any] = {
    "made": MADE,
    "fund_id": "care",
    "amount_minor": 50,
    "reason": "wrong_amount",
    "officer_id": "officer-wu",
    "day": MADE.day,
    "used": redemption.INITIAL,
    "paid_by": PAID_BY,
}
REPORTED = incident.Reported(
    redemption_id="r1",
    merchant_id="shears",
    fund_id="care",
    amount_minor=50,
    reason="wrong_amount",
    officer_id="officer-wu",
    day=MADE.day,
)
OVERPAID = funds.Overpaid(fund_id="care", merchant_id="shears", redemption_id="r1", amount_minor=50)


def test_what_was_paid_too_much_is_reported_and_kept_from_the_next_payment() -> None:
    Given("incident").when(incident.report, **ASKED).then_each_time(REPORTED, OVERPAID)

    after = funds.evolve(PAID_BY, OVERPAID)
    assert after.recoverable_minor == Map({"shears": 50})
    assert after.available_minor == PAID_BY.available_minor


def test_reported_again_it_is_as_it_was() -> None:
    Given("incident", REPORTED).when(incident.report, **ASKED).then()


@pytest.mark.parametrize("other", [{"amount_minor": 49}, {"reason": "duplicate"}])
def test_a_redemption_has_one_incident_a_fund(other: dict[str, Any]) -> None:
    Given("incident", REPORTED).when(incident.report, **ASKED | other).then_refused(
        errors.IncidentAlreadyReported
    )


def test_each_fund_has_its_own() -> None:
    aid = Fund(fund_id="aid", reservations=2, paid_through=Map({"shears": 2}))
    asked = ASKED | {"fund_id": "aid", "amount_minor": 9, "paid_by": aid}

    assert len(incident.report(Given("incident", REPORTED).state, **asked)) == 2


@pytest.mark.parametrize("amount_minor", [0, -1, 51, 1.0, True])
def test_it_is_never_more_than_the_union_paid_out_of_the_fund(amount_minor: Any) -> None:
    Given("incident").when(incident.report, **ASKED | {"amount_minor": amount_minor}).then_refused(
        errors.InputInvalid, field="amount_minor", most=50
    )


def test_what_was_undone_is_nothing_to_correct() -> None:
    used = redemption.Redemptions(undone=Map({"r1": undone(MADE)}))

    Given("incident").when(incident.report, **ASKED | {"used": used}).then_refused(
        errors.RedemptionReversed
    )


def test_a_fund_that_paid_nothing_gets_nothing_back() -> None:
    Given("incident").when(incident.report, **ASKED | {"fund_id": "culture"}).then_refused(
        errors.NotFromThisFund, funds="care, aid"
    )


def test_what_is_not_paid_is_reversed_instead() -> None:
    paid_by = Fund(fund_id="care", reservations=9, paid_through=Map({"shears": 4}))

    Given("incident").when(incident.report, **ASKED | {"paid_by": paid_by}).then_refused(
        errors.NotPaidYet
    )


def test_what_is_being_paid_waits_for_it() -> None:
    settling = Map({"shears": Settlement("s-1", 5, 50, 0)})
    paid_by = Fund(fund_id="care", reservations=9, settling=settling)

    Given("incident").when(incident.report, **ASKED | {"paid_by": paid_by}).then_refused(
        errors.BeingPaid, statement="s-1"
    )
