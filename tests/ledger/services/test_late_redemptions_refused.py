"""Offline reports of redemptions made online before, or impossible ones: at most one redemption."""

from typing import Any

import pytest

from ledger import errors
from tests.support.ledger_fixture import event_count, scan
from tests.support.ledger_offline import SEVEN_OFF, LedgerTill


def test_what_came_live_and_late_is_one_redemption(till: LedgerTill) -> None:
    live = till.ledger.tills.redemptions.redeem("r1", scan("c1", "care")).made
    said = till.report()

    late = till.ledger.tills.late_redemptions
    first, again = late.redeem_late(said), late.redeem_late(said)

    assert (first.event, first.replayed, again.event) == (live, True, live)
    assert till.ledger.tills.late_redemptions.till_count("rose", "t1").highest == 1
    assert till.ledger.state("redemption-m1").uses["care"].in_term.count == 1


def test_what_came_late_is_not_had_again_live(till: LedgerTill) -> None:
    till.bring(till.report())

    with pytest.raises(errors.RequestReused):
        till.ledger.tills.redemptions.redeem("r1", scan("c1", "care"))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"amount_minor": 0}, errors.InputInvalid),
        ({"number": 0}, errors.InputInvalid),
        ({"given": SEVEN_OFF * 2}, errors.InputInvalid),
        ({"amount_minor": 6_99}, errors.InputInvalid),
        ({"till_id": "t3"}, errors.TillUnknown),
    ],
)
def test_what_cannot_be_is_not_recorded(
    till: LedgerTill, changed: dict[str, Any], refusal: type[errors.HongkaError]
) -> None:
    before = event_count(till.ledger)

    with pytest.raises(refusal):
        till.bring(till.report(**changed))

    assert event_count(till.ledger) == before


def test_a_revoked_till_brings_nothing(till: LedgerTill) -> None:
    till.ledger.officers.merchants.revoke_till("rose", till_id="t1")

    with pytest.raises(errors.TillRevoked):
        till.bring(till.report())
    with pytest.raises(errors.TillRevoked):
        till.ledger.tills.late_redemptions.count_till(
            "rose", till_id="t1", series=1, highest=1, by="till-t1"
        )


def test_a_merchant_that_denies_a_live_redemption_is_not_paid_twice(till: LedgerTill) -> None:
    till.ledger.tills.redemptions.redeem("r1", scan("c1", "care"))

    with pytest.raises(errors.RequestReused):
        till.bring(till.report(amount_minor=60_00))
    with pytest.raises(errors.RequestReused):
        till.bring(till.report(card_id="c2"))
