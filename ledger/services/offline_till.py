"""The offline bundle's content: a till's merchant, and the offers it may give offline."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import NamedTuple

from ledger.funds import Fund
from ledger.merchants import merchant
from ledger.merchants.merchant import Merchant
from ledger.merchants.till import Till
from ledger.offers.offer import Offer
from ledger.offline.eligible_offers import OfflineOffer, PlaceAndTime, offline_offers
from ledger.services.base import Service, funds_named
from ledger.write.state_batch import StateBatch

OFFERS_MAX = 200
"""The most offers that a till may give offline; those for its merchant come first."""

Funds = dict[str, Fund]


class TillOffers(NamedTuple):
    """A till, its merchant, and the offers that it may give while offline.

    `more` is the number of offers beyond OFFERS_MAX that were not judged.
    """

    merchant: Merchant
    till: Till
    offers: list[OfflineOffer]
    more: int


class OfflineTillService(Service):
    """The query by which a till prepares for being offline."""

    def known_offline(self, merchant_id: str, till_id: str) -> TillOffers:
        """Return a till, its merchant, and the offers it may give offline, in stacking order.

        A suspended merchant has no offers. TillUnknown or TillRevoked if the till may not scan.
        """

        def ask(states: StateBatch, now: datetime) -> tuple[Merchant, list[Offer], Funds, datetime]:
            where: Merchant = states[merchant.stream(merchant_id)]
            till, at = merchant.live_till(where, till_id), now.astimezone(self.zone)
            offers = self.offer_index.at(
                states,
                at.date(),
                merchant_id=merchant_id,
                outlet_id=till.outlet_id,
                categories=where.categories or None,
            )
            return where, offers, funds_named(states, (one.rules for one in offers)), at

        # The writer only reads states; they are immutable, so it serves others meanwhile. No look
        # at cached states: a late redemption is judged by the terms of this moment.
        where, offers, funds, at = self.query(ask, [merchant.stream(merchant_id)])
        till = where.tills[till_id]
        if where.suspended:
            return TillOffers(where, till, [], 0)
        left = iter(offers)
        here = PlaceAndTime(merchant_id, till.outlet_id, at)
        found = sorted(
            islice(offline_offers(left, funds, here), OFFERS_MAX),
            key=lambda one: (one.offer.rules.stacking.order, one.offer.offer_id),
        )
        return TillOffers(where, till, found, sum(1 for _ in left))
