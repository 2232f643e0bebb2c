"""What a till asks of the ledger before it loses its line: where it stands, what it may give."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ledger.funds import Fund
from ledger.merchants import merchant
from ledger.merchants.merchant import Merchant
from ledger.merchants.till import Till
from ledger.offers.offer import Offer
from ledger.offline.eligible_offers import OfflineOffer, PlaceAndTime, offline_offers
from ledger.services.base import Service, funds_named
from ledger.write.state_batch import StateBatch

Funds = dict[str, Fund]


class TillOffers(NamedTuple):
    """What a till may know before it loses its line."""

    merchant: Merchant
    till: Till
    offers: list[OfflineOffer]


class OfflineTillService(Service):
    """The one verb of tills that are to go on without a line."""

    def known_offline(self, merchant_id: str, till_id: str) -> TillOffers:
        """The merchant, the till, and the offers it may give; none where it takes no cards now.

        Raises:
            Denied: the till may not scan.

        """

        def look(
            states: StateBatch, now: datetime
        ) -> tuple[Merchant, list[Offer], Funds, datetime]:
            where: Merchant = states[merchant.stream(merchant_id)]
            states.load(streams := states.names("offer"))
            offers = [states[stream] for stream in streams]
            return where, offers, funds_named(states, (one.rules for one in offers)), now

        # The writer only looks; states are values, to be reckoned with while others ask it.
        where, offers, funds, now = self.query(look, [merchant.stream(merchant_id)])
        till = merchant.live_till(where, till_id)
        if where.suspended:
            return TillOffers(where, till, [])
        here = PlaceAndTime(merchant_id, till.outlet_id, now.astimezone(self.zone))
        found = sorted(
            offline_offers(offers, funds, here),
            key=lambda one: (one.offer.rules.stacking.order, one.offer.offer_id),
        )
        return TillOffers(where, till, found)
