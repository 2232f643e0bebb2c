"""A ledger with a hairdresser whose till goes offline."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger.application import Ledger
from ledger.offline.report import OfflineReport
from ledger.redemptions.events import Contested, OfflineDiscount, Redeemed
from tests.support.ledger_fixture import ROSE, populate

MORNING = datetime(2026, 5, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEVEN_OFF = (OfflineDiscount(choice_id="care", merchant_share_minor=0, union_share_minor=7_00),)


class LedgerTill:
    """The hairdresser's till: it syncs, goes offline, and reports afterwards."""

    def __init__(self, url: str) -> None:
        self.now = MORNING
        self.ledger = Ledger(url, clock=lambda: self.now)
        populate(self.ledger)
        self.ledger.officers.merchants.pair_till(
            "rose", till_id="t2", outlet_id="gulou", key_hash="k"
        )
        self.later(HOUR)
        self.synced_at = self.now
        self.later(HOUR)
        self.number = 0

    def later(self, by: timedelta) -> None:
        """Advance the time."""
        self.now += by

    def report(self, redemption_id: str = "r1", **changed: Any) -> OfflineReport:
        """Return a report of seven yuan off a haircut for fifty, made now and paid by the union."""
        self.number += 1
        fields: dict[str, Any] = {
            "redemption_id": redemption_id,
            **ROSE,
            "amount_minor": 50_00,
            "given": SEVEN_OFF,
            "scanned_at": self.now,
            "synced_at": self.synced_at,
            "series": 1,
            "number": self.number,
            "card_id": "c1",
        }
        return OfflineReport(**fields | changed)

    def bring(self, *said: OfflineReport) -> list[Redeemed | Contested]:
        """Send reports. Return the resulting events."""
        return [self.ledger.tills.late_redemptions.redeem_late(one).event for one in said]


@pytest.fixture
def till(sqlite_url: str) -> Iterator[LedgerTill]:
    """Return a till an hour after its last sync."""
    made = LedgerTill(sqlite_url)
    with closing(made.ledger):
        yield made
