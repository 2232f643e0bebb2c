"""An offline redemption is accepted, or contested by a row of the liability table."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from ledger import errors, funds
from ledger.errors import HongkaError
from ledger.merchants.till_sequence import LastDay
from ledger.offers import offer
from ledger.offers.offer import Status as OfferStatus
from ledger.offline import decision, liability
from ledger.offline.booking import card_unknown
from ledger.offline.decision import RULES
from ledger.offline.judgement import KnownStates
from ledger.offline.liability import LIABLE_PARTY, LiabilityReason
from ledger.offline.report import OfflineReport
from ledger.postings import Posting, postings
from ledger.redemptions.events import Contested, Lateness, OfflineDiscount, Redeemed
from ledger.redemptions.redemption import INITIAL, CodeUsed, Redemptions, evolve
from tests.support.offline_purchase import (
    ARRIVAL,
    DEAD,
    GAVE,
    HAIR,
    HAIR_USED,
    SCAN,
    contested,
    decide_report,
    haircut_context,
    haircut_report,
    shares,
)
from tests.support.purchase_context import (
    CARE,
    MAY_DAY,
    UNION_PAYS_HALF,
    context,
    offered,
    redeemed,
)


def test_where_the_rules_give_the_same_it_is_an_ordinary_redemption_that_knows_both_times() -> None:
    made, *drawn = decide_report()

    assert made == msgspec.structs.replace(
        redeemed(HAIR, code_id="s1"), cashier_id="zhou", late=Lateness(ARRIVAL, 7)
    )
    assert drawn == [
        funds.Reserved(fund_id="care", merchant_id="rose", redemption_id="r1", amount_minor=10_00),
        offer.Given(
            offer_id="hair", redemption_id="r1", covered_minor=20_00, union_share_minor=10_00
        ),
    ]


HELD_BEFORE = evolve(INITIAL, contested(decide_report(then=haircut_context(card=DEAD))))
"""The union bears one haircut of the day already, which the offer allows once."""

ROWS: dict[LiabilityReason, dict[str, Any]] = {
    LiabilityReason.OVERDUE: {"arrived_at": SCAN + timedelta(days=14, seconds=1)},
    LiabilityReason.CLOCK_WRONG: {"arrived_at": SCAN - timedelta(minutes=5, seconds=1)},
    LiabilityReason.OVER_LIMITS: {"last_day": LastDay(4, 20_00)},
    LiabilityReason.COULD_HAVE_KNOWN: {
        "then": haircut_context(card=DEAD),
        "before": haircut_context(card=DEAD),
    },
    LiabilityReason.FUND_SHORT: {
        "then": haircut_context(funds=(msgspec.structs.replace(CARE, available_minor=9_99),))
    },
    LiabilityReason.OVER_BUDGET: {"then": haircut_context(card=DEAD, used=HELD_BEFORE)},
    LiabilityReason.WITHIN_LIMITS: {"then": haircut_context(card=DEAD)},
}
REASONS = {
    LiabilityReason.OVERDUE: errors.ArrivedTooLate,
    LiabilityReason.CLOCK_WRONG: errors.ClockWrong,
    LiabilityReason.OVER_LIMITS: errors.OverFloorLimit,
    LiabilityReason.COULD_HAVE_KNOWN: errors.CardBlocked,
    LiabilityReason.FUND_SHORT: errors.FundExhausted,
    LiabilityReason.OVER_BUDGET: errors.CardBlocked,
    LiabilityReason.WITHIN_LIMITS: errors.CardBlocked,
}


@pytest.mark.parametrize("row", ROWS)
def test_each_row_of_the_table_says_who_bears_it(row: LiabilityReason) -> None:
    event = contested(decide_report(**ROWS[row]))

    assert (event.because, event.borne_by) == (row, LIABLE_PARTY[row])
    assert event.reason == REASONS[row].reason
    assert event.given == (GAVE,)
    union_minor = 10_00 if event.borne_by == "union" else 0
    assert shares(event.made) == (20_00 - union_minor, union_minor, 80_00)


def test_a_card_nobody_knows_is_the_merchants_and_nothing_is_booked() -> None:
    no = errors.CodeNotVerified(problem="forged")

    (event,) = card_unknown(haircut_report(card_id=""), no, at=MAY_DAY, arrived_at=ARRIVAL)

    assert isinstance(event, Contested)
    assert (event.because, event.borne_by) == ("card_unknown", "merchant")
    assert event.stream == "refusal-rose-2026-05-01"
    assert event.booked is None
    assert postings(event) == ()


def test_the_table_is_the_one_that_is_told() -> None:
    told = [line.split()[:2] for line in (liability.__doc__ or "").splitlines()]
    rows = [tuple(words) for words in told if len(words) == 2 and words[0] in {*LiabilityReason}]

    assert rows == [(reason.value, party) for reason, party in LIABLE_PARTY.items()]


def test_the_rules_are_the_rows_of_the_table_in_its_order() -> None:
    assert [LiabilityReason.CARD_UNKNOWN, *RULES] == [*LIABLE_PARTY]


@pytest.mark.parametrize(
    ("then", "before", "reason", "bearer"),
    [
        ({"used": HAIR_USED}, {}, "limit_reached", "union"),
        ({"used": HAIR_USED}, {"used": HAIR_USED}, "limit_reached", "merchant"),
        (
            {"used": Redemptions(codes=INITIAL.codes.set("s1", CodeUsed(SCAN, "opera.t9")))},
            {},
            "code_already_used",
            "union",
        ),
        ({"status": OfferStatus.ENDED}, {}, "offer_ended", "union"),
        ({"status": OfferStatus.ENDED}, {"status": OfferStatus.ENDED}, "offer_ended", "merchant"),
        (
            {"last_day": date(2026, 4, 30)},
            {"last_day": date(2026, 4, 30)},
            "offer_ended",
            "merchant",
        ),
        ({"groups": ("teacher",)}, {"groups": ("teacher",)}, "not_eligible", "merchant"),
        ({"terms": {"basis_points": 1_000}}, {}, "amounts_differ", "union"),
    ],
)
def test_what_the_till_could_know_is_the_merchants_the_rest_the_unions(
    then: dict[str, Any], before: dict[str, Any], reason: str, bearer: str
) -> None:
    def of(changed: dict[str, Any]) -> KnownStates:
        state = changed.get("used", INITIAL)
        fields = {name: value for name, value in changed.items() if name != "used"}
        hair = offered(per_day=1, per_fund_minor=100_00, **UNION_PAYS_HALF, **fields)
        return haircut_context(hair, used=state)

    event = contested(decide_report(then=of(then), before=of(before)))

    assert (event.reason, event.borne_by) == (reason, bearer)


def test_of_wrong_amounts_alone_the_union_pays_its_share_by_the_rules() -> None:
    gave = OfflineDiscount(choice_id="hair", merchant_share_minor=12_00, union_share_minor=13_00)

    event = contested(decide_report(haircut_report(given=(gave,))))

    assert (event.reason, event.borne_by) == ("amounts_differ", "merchant")
    assert event.particulars == {"by_the_rules_minor": 20_00, "given_minor": 25_00}
    assert shares(event.made) == (15_00, 10_00, 75_00)


def test_who_gave_too_little_is_paid_no_more_than_it_gave() -> None:
    gave = OfflineDiscount(choice_id="hair", merchant_share_minor=5_00, union_share_minor=5_00)

    event = contested(decide_report(haircut_report(given=(gave,))))

    assert shares(event.made) == (5_00, 5_00, 90_00)


def test_what_the_union_bears_is_held_balanced_and_counted() -> None:
    events = decide_report(then=haircut_context(used=HAIR_USED))
    event = contested(events)
    state = evolve(HAIR_USED, event)

    assert Posting("fund:care", "merchant:rose:held", 10_00) in postings(event)
    assert sum(one.amount_minor for one in postings(event) if "saving" in one.destination) == 20_00
    assert events[1] == funds.Held(
        fund_id="care", merchant_id="rose", redemption_id="r1", amount_minor=10_00
    )
    assert dict(state.contested) == {"r1": event.made}
    assert state.uses["hair"].in_term.count == 2
    assert "s1" in state.codes


def test_a_union_that_would_bear_it_without_money_leaves_it_to_the_merchant() -> None:
    empty = msgspec.structs.replace(CARE, available_minor=0)

    event = contested(decide_report(then=haircut_context(used=HAIR_USED, funds=(empty,))))

    assert (event.reason, event.because) == ("limit_reached", "fund_short")
    assert shares(event.made) == (20_00, 0, 80_00)


@pytest.mark.parametrize(
    "row", [LiabilityReason.OVERDUE, LiabilityReason.CLOCK_WRONG, LiabilityReason.WITHIN_LIMITS]
)
def test_a_lost_card_and_a_wrong_time_count_against_nobodys_limits(row: LiabilityReason) -> None:
    event = contested(decide_report(**ROWS[row]))

    assert event.made.late is not None
    assert not event.made.late.counts
    assert evolve(INITIAL, event).uses == INITIAL.uses
    assert evolve(INITIAL, event).recent == INITIAL.recent


def test_without_a_choice_it_is_recorded_that_the_card_was_shown() -> None:
    (made,) = decide_report(haircut_report(given=()), then=KnownStates(context(), (), INITIAL))

    assert isinstance(made, Redeemed)
    assert shares(made) == (0, 0, 100_00)


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (haircut_report(device="phone"), errors.DeviceRevoked),
        (haircut_report(outlet_id="east"), errors.OutletUnknown),
    ],
)
def test_a_phone_that_was_revoked_or_a_place_that_is_another_is_refused(
    told: OfflineReport, refusal: type[HongkaError]
) -> None:
    then = haircut_context(outlet_id=told.outlet_id)

    event = contested(decide_report(told, then=then, before=then))

    assert (event.reason, event.borne_by) == (refusal.reason, "merchant")


def test_a_table_with_another_bearer_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(liability.LIABLE_PARTY, LiabilityReason.FUND_SHORT, "union")  # type: ignore[arg-type]

    with pytest.raises(AssertionError):
        test_the_table_is_the_one_that_is_told()


def test_a_till_that_is_trusted_blindly_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    trusting = {one: RULES[one] for one in RULES if one is not LiabilityReason.OVER_LIMITS}
    monkeypatch.setattr(decision, "RULES", trusting)

    with pytest.raises(ValueError, match="not enough values"):
        test_each_row_of_the_table_says_who_bears_it(LiabilityReason.OVER_LIMITS)
