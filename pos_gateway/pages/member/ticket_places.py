"""The places that accept the tickets of an item: merchants and their outlets."""

from __future__ import annotations

import msgspec

from ledger.drops.terms import Item
from ledger.merchants.location import Place
from ledger.merchants.merchant import Merchant
from pos_gateway.services import Services
from pos_gateway.web.json_body import body_of

MERCHANTS_MAX = 10
OUTLETS_MAX = 10
"""The most outlets listed; a drop with more says so in its title."""


class Outlet(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet as shown to members; unknown details are empty."""

    name: str
    address: str
    hours: str
    phone: str


class Honoured(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant that accepts the tickets of an item, with at most OUTLETS_MAX outlets."""

    name: str
    outlets: list[Outlet]


def honoured_by(services: Services, item: Item) -> list[Honoured]:
    """Return the merchants that accept the tickets of an item, at most MERCHANTS_MAX.

    An item without merchants has its supplier; merchants that the ledger does not know are left
    out.
    """
    names = (item.merchants or (item.supplier_id,))[:MERCHANTS_MAX]
    found = services.ledger.find_merchants(names)
    return [
        Honoured(
            name=merchant.name,
            outlets=[
                _outlet(merchant, outlet_id) for outlet_id in sorted(merchant.outlets)[:OUTLETS_MAX]
            ],
        )
        for merchant in found.values()
        if merchant.merchant_id
    ]


def _outlet(merchant: Merchant, outlet_id: str) -> Outlet:
    place = merchant.places.get(outlet_id) or Place()
    return body_of(Outlet, place, name=merchant.outlets[outlet_id])
