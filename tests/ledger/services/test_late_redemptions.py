"""A till that was offline, on a real ledger: as things stood at the scan, and as it could know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.benefits.terms import Limits, Rules
from ledger.merchants.till import FloorLimits
from ledger.redemptions.events import Contested, Redeemed
from tests.support.ledger_fixture import CARE, positions, scan
from tests.support.ledger_offline import DAY, HOUR, SEVEN_OFF, Stall


@pytest.fixture
def stall(sqlite_url: str) -> Iterator[Stall]:
    """A stall an hour after its last sync."""
    made = Stall(sqlite_url)
    with closing(made.ledger):
        yield made


def reason(event: Redeemed | Contested) -> tuple[str, str] | None:
    """Why it is contested, and who bears it."""
    return (event.reason, event.borne_by) if isinstance(event, Contested) else None


def once_a(ledger: Ledger, period: str) -> None:
    """The seven yuan may be had once a day, a week, a month."""
    rules = Rules(limits=Limits(**{f"per_{period}": 1}), funding=CARE.funding)
    ledger.officers.offers.change_offer(
        "care", title="补贴", kind="amount_off", terms={"amount_minor": 7_00}, rules=rules
    )


def test_a_card_blocked_after_the_scan_was_good_then(stall: Stall) -> None:
    said = stall.said()
    stall.later(HOUR)
    stall.ledger.officers.cards.block_card("c1")

    assert reason(*stall.bring(said)) is None


def test_a_card_blocked_since_the_sync_is_the_unions_and_before_it_the_merchants(
    stall: Stall,
) -> None:
    stall.ledger.officers.cards.block_card("c1")
    stall.later(HOUR)
    unknowable = stall.said()
    stall.synced_at = stall.now
    stall.later(HOUR)

    told = [reason(event) for event in stall.bring(unknowable, stall.said("r2"))]

    assert told == [("card_blocked", "union"), ("card_blocked", "merchant")]
    assert not stall.ledger.state("redemption-m1").uses


def test_a_card_found_again_was_still_blocked_at_the_scan(stall: Stall) -> None:
    stall.ledger.officers.cards.block_card("c1")
    stall.later(HOUR)
    said = stall.said()
    stall.later(HOUR)
    stall.ledger.officers.cards.unblock_card("c1")

    assert reason(*stall.bring(said)) == ("card_blocked", "union")


def test_an_offer_that_ended_after_the_scan_was_open_then(stall: Stall) -> None:
    said = stall.said()
    stall.later(HOUR)
    stall.ledger.officers.offers.end_offer("care")

    (event,) = stall.bring(said)

    assert isinstance(event, Redeemed)
    assert event.union_share_minor == 7_00


def test_an_offer_that_changed_since_the_sync_is_paid_as_it_was_promised(stall: Stall) -> None:
    stall.ledger.officers.offers.change_offer(
        "care", title="补贴", kind="amount_off", terms={"amount_minor": 5_00}, rules=CARE
    )
    stall.later(HOUR)

    (event,) = stall.bring(stall.said())

    assert reason(event) == ("amounts_differ", "union")
    assert event.stream == "redemption-m1"
    assert stall.ledger.state("fund-care").available_minor == 60_00 - 7_00


def test_a_merchant_suspended_before_the_sync_knew_it_and_not_of_one_since(stall: Stall) -> None:
    stall.ledger.officers.merchants.suspend_merchant("rose")
    stall.later(HOUR)
    unknowable = stall.said()
    stall.synced_at = stall.now

    told = [reason(event) for event in stall.bring(unknowable, stall.said("r2"))]

    assert told == [("merchant_suspended", "union"), ("merchant_suspended", "merchant")]


def test_a_code_used_days_ago_is_remembered_though_the_card_was_used_since(stall: Stall) -> None:
    stall.ledger.tills.redemptions.redeem("live", scan("c1", code_id="s1", till_id="t2"))
    said = stall.said(code_id="s1")
    stall.later(13 * DAY)
    stall.ledger.tills.redemptions.redeem("later", scan("c1", code_id="s2", till_id="t2"))

    assert reason(*stall.bring(said)) == ("code_already_used", "union")


@pytest.mark.parametrize(
    ("period", "begins", "apart", "later", "found"),
    [
        *(("day", 0, 0, 10, True), ("day", 0, 1, 10, False)),
        *(("week", 0, 1, 10, True), ("week", 0, 3, 10, False)),  # 1 May 2026 was a Friday
        *(
            ("month", 28, 1, 4, True),
            ("month", 28, 3, 2, True),
        ),  # the later use is in that month too
    ],
)
def test_a_double_use_is_found_though_the_member_has_used_it_later(
    stall: Stall, period: str, begins: int, apart: int, later: int, *, found: bool
) -> None:
    once_a(stall.ledger, period)
    stall.later(begins * DAY)
    stall.ledger.tills.redemptions.redeem("live", scan("c1", "care", till_id="t2"))
    stall.later(apart * DAY + HOUR)
    said = stall.said(synced_at=stall.now - HOUR)
    stall.later(later * DAY)
    stall.ledger.tills.redemptions.redeem("later", scan("c1", "care", till_id="t2"))

    told = reason(*stall.bring(said))

    assert told == (("limit_reached", "union") if found else None)


def test_a_code_another_till_had_first_is_the_unions_loss_once(stall: Stall) -> None:
    said = [stall.said(f"r{number}", code_id="s1", given=()) for number in (1, 2, 3)]
    other = msgspec.structs.replace(said[0], till_id="t2", number=1)

    told = [reason(event) for event in stall.bring(other, *said[1:])]

    assert told == [None, ("code_already_used", "union"), ("code_already_used", "merchant")]


def test_what_the_till_used_itself_it_knew(stall: Stall) -> None:
    once_a(stall.ledger, "day")
    stall.later(HOUR)
    stall.synced_at = stall.now

    told = [reason(event) for event in stall.bring(stall.said(), stall.said("r2"))]

    assert told == [None, ("limit_reached", "merchant")]


def test_one_code_twice_at_one_till_is_its_own_loss(stall: Stall) -> None:
    first, again = stall.said(code_id="s1"), stall.said("r2", code_id="s1")
    elsewhere = stall.said("r3", code_id="s1", till_id="t2", number=1)

    told = [reason(event) for event in stall.bring(first, again, elsewhere)]

    assert told == [
        None,
        ("code_already_used", "merchant"),
        ("code_already_used", "union"),
    ]


def test_limits_are_counted_since_the_sync_and_a_sync_begins_anew(stall: Stall) -> None:
    few = FloorLimits(redemptions=2, amount_minor=100_00, hours=5)
    stall.ledger.officers.merchants.limit_till("rose", till_id="t1", limits=few)
    offline = [stall.said(f"r{number}") for number in range(3)]
    stall.later(HOUR)

    told = [reason(event) for event in stall.bring(*offline)]
    stall.synced_at = stall.now
    stall.later(6 * HOUR)
    too_long = stall.said("r9")
    stall.synced_at = stall.now

    assert told == [None, None, ("over_floor_limit", "merchant")]
    assert reason(*stall.bring(too_long)) == ("over_floor_limit", "merchant")
    assert reason(*stall.bring(stall.said("r10"))) is None


def test_an_empty_fund_leaves_it_to_the_merchant_and_stays_at_nought(stall: Stall) -> None:
    events = stall.bring(*(stall.said(f"r{number}") for number in range(10)))

    assert [reason(event) for event in events] == [None] * 8 + [("fund_exhausted", "merchant")] * 2
    fund = stall.ledger.state("fund-care")
    assert (fund.available_minor, fund.owed_minor["rose"]) == (4_00, 56_00)


def test_both_kinds_are_undone_like_any_other(stall: Stall) -> None:
    once_a(stall.ledger, "day")
    stall.ledger.tills.redemptions.redeem("live", scan("c2", "care", till_id="t2"))
    stall.later(HOUR)
    fine, doubled = stall.bring(stall.said(), stall.said("r2", card_id="c2"))
    assert reason(doubled) == ("limit_reached", "union")

    for redemption_id in ("r1", "r2", "live"):
        stall.ledger.tills.redemptions.reverse(
            redemption_id, merchant_id="rose", reason="other", by="till-t1"
        )

    assert isinstance(fine, Redeemed)
    assert stall.ledger.state("fund-care").available_minor == 60_00
    for member_id in ("m1", "m2"):
        assert stall.ledger.state(f"redemption-{member_id}").uses["care"].in_term.count == 0


def test_undone_it_may_be_had_again_that_day(stall: Stall) -> None:
    once_a(stall.ledger, "day")
    stall.later(HOUR)
    stall.bring(stall.said())
    stall.ledger.tills.redemptions.reverse("r1", merchant_id="rose", reason="other", by="till-t1")

    assert reason(*stall.bring(stall.said("r2"))) is None


def test_what_came_live_and_late_is_one_redemption(stall: Stall) -> None:
    live = stall.ledger.tills.redemptions.redeem("r1", scan("c1", "care")).made
    said = stall.said()

    late = stall.ledger.tills.late_redemptions
    first, again = late.redeem_late(said), late.redeem_late(said)

    assert (first.event, first.replayed, again.event) == (live, True, live)
    assert stall.ledger.tills.late_redemptions.till_count("rose", "t1").highest == 1
    assert stall.ledger.state("redemption-m1").uses["care"].in_term.count == 1


def test_what_came_late_is_not_had_again_live(stall: Stall) -> None:
    stall.bring(stall.said())

    with pytest.raises(errors.RequestReused):
        stall.ledger.tills.redemptions.redeem("r1", scan("c1", "care"))


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
    stall: Stall, changed: dict[str, Any], refusal: type[errors.HongkaError]
) -> None:
    before = positions(stall.ledger)

    with pytest.raises(refusal):
        stall.bring(stall.said(**changed))

    assert positions(stall.ledger) == before


def test_a_revoked_till_brings_nothing(stall: Stall) -> None:
    stall.ledger.officers.merchants.revoke_till("rose", till_id="t1")

    with pytest.raises(errors.TillRevoked):
        stall.bring(stall.said())
    with pytest.raises(errors.TillRevoked):
        stall.ledger.tills.late_redemptions.count_till(
            "rose", till_id="t1", series=1, highest=1, by="till-t1"
        )


def test_a_merchant_that_denies_a_live_redemption_is_not_paid_twice(stall: Stall) -> None:
    stall.ledger.tills.redemptions.redeem("r1", scan("c1", "care"))

    with pytest.raises(errors.RequestReused):
        stall.bring(stall.said(amount_minor=60_00))
    with pytest.raises(errors.RequestReused):
        stall.bring(stall.said(card_id="c2"))


def test_a_till_whose_clock_is_behind_its_own_pairing_is_not_turned_away(stall: Stall) -> None:
    once_a(stall.ledger, "day")
    stall.ledger.tills.redemptions.redeem("live", scan("c1", "care"))
    stall.later(HOUR)
    stall.ledger.officers.merchants.pair_till("rose", till_id="t3", outlet_id="gulou", key_hash="k")
    behind = stall.now - timedelta(minutes=4)

    (event,) = stall.bring(stall.said(till_id="t3", scanned_at=behind, synced_at=stall.now))

    assert reason(event) == ("limit_reached", "union")
