"""An offline haircut, 20 yuan off for 100, and the decision on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ledger.event import Event
from ledger.members.card import Status
from ledger.merchants.till import FloorLimits
from ledger.merchants.till_sequence import LastDay
from ledger.offers import offer
from ledger.offline.decision import Case, decide
from ledger.offline.judgement import KnownStates
from ledger.offline.report import OfflineReport
from ledger.redemptions.events import Contested, OfflineDiscount, Redeemed
from ledger.redemptions.redemption import INITIAL, Redemptions
from tests.support.purchase_context import (
    LIVE_CARD,
    MAY_DAY,
    UNION_PAYS_HALF,
    context,
    offered,
    redeemed,
    used,
)

SCAN = MAY_DAY.astimezone(UTC)
SYNC, ARRIVAL = SCAN - timedelta(hours=1), SCAN + timedelta(hours=3)
HAIR = offered(per_day=1, per_fund_minor=100_00, **UNION_PAYS_HALF)
GAVE = OfflineDiscount(choice_id="hair", merchant_share_minor=10_00, union_share_minor=10_00)
LIMITS = FloorLimits(redemptions=3, amount_minor=60_00, hours=8)
FIRST = LastDay(1, 20_00)
DEAD = msgspec.structs.replace(LIVE_CARD, status=Status.BLOCKED)
HAIR_USED = used(redeemed(HAIR, redemption_id="r0"))


def haircut_report(**changed: Any) -> OfflineReport:
    """Return a report of a haircut, 20 yuan off for 100; the union pays half."""
    fields: dict[str, Any] = {
        "redemption_id": "r1",
        "merchant_id": "rose",
        "outlet_id": "gulou",
        "till_id": "t1",
        "cashier_id": "zhou",
        "amount_minor": 100_00,
        "category": "hair",
        "given": (GAVE,),
        "scanned_at": SCAN,
        "synced_at": SYNC,
        "series": 1,
        "number": 7,
        "card_id": "c1",
        "code_id": "s1",
    }
    return OfflineReport(**fields | changed)


def haircut_context(*held: offer.Offer, used: Redemptions = INITIAL, **changed: Any) -> KnownStates:
    """Return the context of the haircut with given knowledge."""
    return KnownStates(context(**changed), held or (HAIR,), used)


def decide_report(
    told: OfflineReport | None = None,
    *,
    then: KnownStates | None = None,
    before: KnownStates | None = None,
    last_day: LastDay = FIRST,
    arrived_at: datetime = ARRIVAL,
    limits: FloorLimits = LIMITS,
) -> list[Event]:
    case = Case(
        report=told or haircut_report(),
        then=then or haircut_context(),
        before=before or haircut_context(),
        last_day=last_day,
        limits=limits,
        arrived_at=arrived_at,
    )
    return decide(case)


def contested(events: list[Event]) -> Contested:
    """Return the one contested event."""
    (found,) = [event for event in events if isinstance(event, Contested)]
    assert not any(isinstance(event, Redeemed) for event in events)
    return found


def shares(made: Redeemed) -> tuple[int, int, int]:
    return made.merchant_share_minor, made.union_share_minor, made.member_share_minor
