"""The offline bundle's content: a till's merchant, and the offers it may give offline."""

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
    """A till, its merchant, and the offers that it may give while offline."""

    merchant: Merchant
    till: Till
    offers: list[OfflineOffer]


class OfflineTillService(Service):
    """The query by which a till prepares for being offline."""

    def known_offline(self, merchant_id: str, till_id: str) -> TillOffers:
        """Return a till, its merchant, and the offers it may give offline, in stacking order.

        A suspended merchant has no offers. TillUnknown or TillRevoked if the till may not scan.
        """

        def ask(states: StateBatch, now: datetime) -> tuple[Merchant, list[Offer], Funds, datetime]:
            where: Merchant = states[merchant.stream(merchant_id)]
            offers = states.all("offer")
            return where, offers, funds_named(states, (one.rules for one in offers)), now

        # The writer only reads states; they are immutable, so it serves others meanwhile.
        where, offers, funds, now = self.query(ask, [merchant.stream(merchant_id)])
        till = merchant.live_till(where, till_id)
        if where.suspended:
            return TillOffers(where, till, [])
        here = PlaceAndTime(merchant_id, till.outlet_id, now.astimezone(self.zone))
        found = sorted(
            offline_offers(offers, funds, here),
            key=lambda one: (one.offer.rules.stacking.order, one.offer.offer_id),
        )
        return TillOffers(where, till, found)
