"""An incident: once a redemption and fund, after payment, up to the union's share."""

from functools import partial
from typing import Any

import msgspec
import pytest
from immutables import Map

from ledger import errors, funds
from ledger.funds import Fund, Settlement
from ledger.redemptions import redemption
from ledger.settlement import incident
from tests.support.event_history_purchases import line, redeemed, undone
from tests.support.given_when_then import Given, each_time, sentences

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


report = partial(incident.report, **ASKED)
UNDONE = redemption.Redemptions(undone=Map({"r1": undone(MADE)}))
UNPAID = Fund(fund_id="care", reservations=9, paid_through=Map({"shears": 4}))
ON_STATEMENT = Map({"shears": Settlement("s-1", 5, 50, 0)})
PAYING = Fund(fund_id="care", reservations=9, settling=ON_STATEMENT)
ANOTHER, ALIEN = errors.IncidentAlreadyReported, errors.NotFromThisFund(funds="care, aid")

test_an_incident = sentences(
    "incident",
    {
        "is reported": ([], report, each_time(REPORTED, OVERPAID)),
        "reported again is as it was": ([REPORTED], report, []),
        "is of one amount a fund": ([REPORTED], partial(report, amount_minor=49), ANOTHER),
        "has one reason a fund": ([REPORTED], partial(report, reason="duplicate"), ANOTHER),
        "is not of what was undone": ([], partial(report, used=UNDONE), errors.RedemptionReversed),
        "is of a fund that paid": ([], partial(report, fund_id="culture"), ALIEN),
        "is not of what is not paid": ([], partial(report, paid_by=UNPAID), errors.NotPaidYet),
        "waits for what is being paid": (
            [],
            partial(report, paid_by=PAYING),
            errors.BeingPaid(statement="s-1"),
        ),
    },
)


def test_what_was_paid_too_much_is_kept_from_the_next_payment() -> None:
    after = funds.evolve(PAID_BY, OVERPAID)

    assert after.recoverable_minor == Map({"shears": 50})
    assert after.available_minor == PAID_BY.available_minor


def test_each_fund_has_its_own() -> None:
    aid = Fund(fund_id="aid", reservations=2, paid_through=Map({"shears": 2}))
    asked = {"fund_id": "aid", "amount_minor": 9, "paid_by": aid}

    assert len(report(Given("incident", REPORTED).state, **asked)) == 2


@pytest.mark.parametrize("amount_minor", [0, -1, 51, 1.0, True])
def test_it_is_never_more_than_the_union_paid_out_of_the_fund(amount_minor: Any) -> None:
    Given("incident").when(report, amount_minor=amount_minor).then_refused(
        errors.InputInvalid, field="amount_minor", most=50
    )
