"""An offline till on a real ledger: decided as of the scan, and by the till's knowledge."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from ledger.application import Ledger
from ledger.benefits.terms import Limits, Rules
from ledger.merchants.till import FloorLimits
from ledger.redemptions.events import Contested, Redeemed
from tests.support.ledger_fixture import CARE, scan
from tests.support.ledger_offline import DAY, HOUR, SEVEN_OFF, LedgerTill


def reason(event: Redeemed | Contested) -> tuple[str, str] | None:
    """Return the reason of a contest and its liable party."""
    return (event.reason, event.borne_by) if isinstance(event, Contested) else None


def once_a(ledger: Ledger, period: str) -> None:
    """Allow the seven yuan once a day, week or month."""
    rules = Rules(limits=Limits(**{f"per_{period}": 1}), funding=CARE.funding)
    ledger.officers.offers.change_offer(
        "care", title="补贴", kind="amount_off", terms={"amount_minor": 7_00}, rules=rules
    )


def test_a_card_blocked_before_the_report_came_is_held_and_counts_as_it_was_good_then(
    till: LedgerTill,
) -> None:
    said = till.report()
    till.later(HOUR)
    till.ledger.officers.cards.block_card("c1")

    assert reason(*till.bring(said)) == ("card_blocked", "union")
    fund = till.ledger.fund("care")
    assert (fund.held_minor["rose"], fund.owed_minor.get("rose", 0)) == (7_00, 0)
    assert till.ledger.state("redemption-m1").uses["care"].in_term.count == 1


@pytest.mark.parametrize(
    ("since", "told"),
    [
        (lambda cards: cards.close_card("c1"), ("card_closed", "union")),
        (lambda cards: cards.print_code("c1", code_hash="cd" * 16), ("code_superseded", "union")),
        (lambda cards: cards.print_code("c2", code_hash="cd" * 16), None),
    ],
)
def test_whatever_ended_the_card_or_its_print_since_the_scan_holds_the_report(
    till: LedgerTill, since: Callable[[Any], object], told: tuple[str, str] | None
) -> None:
    till.ledger.officers.cards.print_code("c1", code_hash="ab" * 16)
    till.later(HOUR)
    till.synced_at = till.now
    said = till.report(card_id="", code_hash="ab" * 16)
    till.later(HOUR)
    since(till.ledger.officers.cards)

    assert reason(*till.bring(said)) == told


def test_amounts_that_are_wrong_by_a_fen_do_not_spare_a_dead_card(till: LedgerTill) -> None:
    wrong = msgspec.structs.replace(SEVEN_OFF[0], merchant_share_minor=1)
    said = till.report(given=(wrong,))
    till.later(HOUR)
    till.ledger.officers.cards.block_card("c1")

    assert reason(*till.bring(said)) == ("card_blocked", "merchant")
    assert till.ledger.fund("care").owed_minor.get("rose", 0) == 0


def test_a_card_blocked_since_the_sync_is_the_unions_and_before_it_the_merchants(
    till: LedgerTill,
) -> None:
    till.ledger.officers.cards.block_card("c1")
    till.later(HOUR)
    unknowable = till.report()
    till.synced_at = till.now
    till.later(HOUR)

    told = [reason(event) for event in till.bring(unknowable, till.report("r2"))]

    assert told == [("card_blocked", "union"), ("card_blocked", "merchant")]
    assert not till.ledger.state("redemption-m1").uses


def test_a_card_found_again_was_still_blocked_at_the_scan(till: LedgerTill) -> None:
    till.ledger.officers.cards.block_card("c1")
    till.later(HOUR)
    said = till.report()
    till.later(HOUR)
    till.ledger.officers.cards.unblock_card("c1")

    assert reason(*till.bring(said)) == ("card_blocked", "union")


def test_an_offer_that_ended_after_the_scan_was_open_then(till: LedgerTill) -> None:
    said = till.report()
    till.later(HOUR)
    till.ledger.officers.offers.end_offer("care")

    (event,) = till.bring(said)

    assert isinstance(event, Redeemed)
    assert event.union_share_minor == 7_00


def test_an_offer_that_changed_since_the_sync_is_paid_as_it_was_promised(till: LedgerTill) -> None:
    till.ledger.officers.offers.change_offer(
        "care", title="补贴", kind="amount_off", terms={"amount_minor": 5_00}, rules=CARE
    )
    till.later(HOUR)

    (event,) = till.bring(till.report())

    assert reason(event) == ("amounts_differ", "union")
    assert event.stream == "redemption-m1"
    assert till.ledger.fund("care").available_minor == 60_00 - 7_00


def test_a_merchant_suspended_before_the_sync_knew_it_and_not_of_one_since(
    till: LedgerTill,
) -> None:
    till.ledger.officers.merchants.suspend_merchant("rose")
    till.later(HOUR)
    unknowable = till.report()
    till.synced_at = till.now

    told = [reason(event) for event in till.bring(unknowable, till.report("r2"))]

    assert told == [("merchant_suspended", "union"), ("merchant_suspended", "merchant")]


def test_a_code_used_days_ago_is_remembered_though_the_card_was_used_since(
    till: LedgerTill,
) -> None:
    till.ledger.tills.redemptions.redeem("live", scan("c1", code_id="s1", till_id="t2"))
    said = till.report(code_id="s1")
    till.later(13 * DAY)
    till.ledger.tills.redemptions.redeem("later", scan("c1", code_id="s2", till_id="t2"))

    assert reason(*till.bring(said)) == ("code_already_used", "union")


@pytest.mark.parametrize(
    ("period", "begins", "apart", "later", "found"),
    [
        *(("day", 0, 0, 10, True), ("day", 0, 1, 10, False)),
        *(("week", 0, 1, 10, True), ("week", 0, 3, 10, False)),  # 1 May 2026 was a Friday
        *(
            ("month", 28, 1, 4, True),
            ("month", 28, 3, 2, True),
        ),  # the later use is in the same month
    ],
)
def test_a_double_use_is_found_though_the_member_has_used_it_later(
    till: LedgerTill, period: str, begins: int, apart: int, later: int, *, found: bool
) -> None:
    once_a(till.ledger, period)
    till.later(begins * DAY)
    till.ledger.tills.redemptions.redeem("live", scan("c1", "care", till_id="t2"))
    till.later(apart * DAY + HOUR)
    said = till.report(synced_at=till.now - HOUR)
    till.later(later * DAY)
    till.ledger.tills.redemptions.redeem("later", scan("c1", "care", till_id="t2"))

    told = reason(*till.bring(said))

    assert told == (("limit_reached", "union") if found else None)


def test_a_code_another_till_had_first_is_the_unions_loss_once(till: LedgerTill) -> None:
    said = [till.report(f"r{number}", code_id="s1", given=()) for number in (1, 2, 3)]
    other = msgspec.structs.replace(said[0], till_id="t2", number=1)

    told = [reason(event) for event in till.bring(other, *said[1:])]

    assert told == [None, ("code_already_used", "union"), ("code_already_used", "merchant")]


def test_what_the_till_used_itself_it_knew(till: LedgerTill) -> None:
    once_a(till.ledger, "day")
    till.later(HOUR)
    till.synced_at = till.now

    told = [reason(event) for event in till.bring(till.report(), till.report("r2"))]

    assert told == [None, ("limit_reached", "merchant")]


def test_one_code_twice_at_one_till_is_its_own_loss(till: LedgerTill) -> None:
    first, again = till.report(code_id="s1"), till.report("r2", code_id="s1")
    elsewhere = till.report("r3", code_id="s1", till_id="t2", number=1)

    told = [reason(event) for event in till.bring(first, again, elsewhere)]

    assert told == [None, ("code_already_used", "merchant"), ("code_already_used", "union")]


def test_limits_are_counted_for_a_day_after_the_arrival_whatever_a_till_syncs(
    till: LedgerTill,
) -> None:
    few = FloorLimits(redemptions=2, amount_minor=100_00, hours=5)
    till.ledger.officers.merchants.limit_till("rose", till_id="t1", limits=few)
    offline = [till.report(f"r{number}") for number in range(3)]
    till.later(HOUR)

    told = [reason(event) for event in till.bring(*offline)]
    till.synced_at = till.now
    till.later(6 * HOUR)
    too_long = till.report("r9")
    till.synced_at = till.now
    synced = till.report("r10")

    assert told == [None, None, ("over_floor_limit", "merchant")]
    assert reason(*till.bring(too_long)) == ("over_floor_limit", "merchant")
    assert reason(*till.bring(synced)) == ("over_floor_limit", "merchant")
    till.later(18 * HOUR)
    assert reason(*till.bring(till.report("r11", synced_at=till.now))) is None


def test_an_empty_fund_leaves_it_to_the_merchant_and_stays_at_nought(till: LedgerTill) -> None:
    events = till.bring(*(till.report(f"r{number}") for number in range(10)))

    assert [reason(event) for event in events] == [None] * 8 + [("fund_exhausted", "merchant")] * 2
    fund = till.ledger.fund("care")
    assert (fund.available_minor, fund.owed_minor["rose"]) == (4_00, 56_00)


def test_both_kinds_are_undone_like_any_other(till: LedgerTill) -> None:
    once_a(till.ledger, "day")
    till.ledger.tills.redemptions.redeem("live", scan("c2", "care", till_id="t2"))
    till.later(HOUR)
    fine, doubled = till.bring(till.report(), till.report("r2", card_id="c2"))
    assert reason(doubled) == ("limit_reached", "union")

    for redemption_id in ("r1", "r2", "live"):
        till.ledger.tills.redemptions.reverse(
            redemption_id, merchant_id="rose", reason="other", by="till-t1"
        )

    assert isinstance(fine, Redeemed)
    assert till.ledger.fund("care").available_minor == 60_00
    for member_id in ("m1", "m2"):
        assert till.ledger.state(f"redemption-{member_id}").uses["care"].in_term.count == 0


def test_undone_it_may_be_had_again_that_day(till: LedgerTill) -> None:
    once_a(till.ledger, "day")
    till.later(HOUR)
    till.bring(till.report())
    till.ledger.tills.redemptions.reverse("r1", merchant_id="rose", reason="other", by="till-t1")

    assert reason(*till.bring(till.report("r2"))) is None


def test_a_till_whose_clock_is_behind_its_own_pairing_is_not_turned_away(till: LedgerTill) -> None:
    once_a(till.ledger, "day")
    till.ledger.tills.redemptions.redeem("live", scan("c1", "care"))
    till.later(HOUR)
    till.ledger.officers.merchants.pair_till("rose", till_id="t3", outlet_id="gulou", key_hash="k")
    behind = till.now - timedelta(minutes=4)

    (event,) = till.bring(till.report(till_id="t3", scanned_at=behind, synced_at=till.now))

    assert reason(event) == ("limit_reached", "union")
