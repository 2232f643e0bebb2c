"""The pages of drops: the list, and one drop with its button and the places of its tickets."""

from __future__ import annotations

import msgspec
from flask import Response

from ledger import errors
from ledger.drops.terms import Item
from ledger.merchants.location import Place
from ledger.merchants.merchant import Merchant
from pos_gateway.api.drops import DropRoutes
from pos_gateway.api.drops_schema import DropBody
from pos_gateway.api.family import family_of
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.pages.member import show
from pos_gateway.services import Services
from pos_gateway.web.json_body import body_of
from pos_gateway.web.views import Views, page, pages_of

MERCHANTS_MAX = 10
OUTLETS_MAX = 10
"""The most outlets listed; a drop with more says so in its title."""


class Outlet(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet as shown to members; unknown details are empty texts."""

    name: str
    address: str
    hours: str
    phone: str


class Honoured(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant that accepts the tickets of an item, and its outlets, at most OUTLETS_MAX."""

    name: str
    outlets: list[Outlet]


def honoured_by(services: Services, item: Item) -> list[Honoured]:
    """Return the merchants that accept the tickets of an item, at most MERCHANTS_MAX.

    An item that names no merchants has its supplier alone. Merchants unknown to the ledger are left
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


class DropPages(Views[Services]):
    """The member's pages of drops."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._routes = DropRoutes(services)

    @page("card_drops", "/card/drops", Policy.MEMBER)
    def drops(self, asking: MemberIdentity) -> Response:
        """Show the drops that are not over: open with places first, then announced, then others."""
        listed = self._routes.drops().body
        drops = sorted(listed.drops, key=_rank)
        return show(self._services, "drops", asking, listed=listed, drops=drops)

    @page("card_drop", "/card/drops/<drop_id>", Policy.MEMBER)
    def drop(self, drop_id: str, asking: MemberIdentity) -> Response:
        """Show one drop, its items, places and the button to claim; DropUnknown without one."""
        services = self._services
        body = self._routes.drop(drop_id).body
        plan = services.ledger.drop(drop_id).plan
        if plan is None:
            raise errors.DropUnknown
        places = {item.item_id: honoured_by(services, item) for item in plan.items}
        family = family_of(services, asking.member_id)
        more = {"drop": body}
        return show(services, "drop", asking, more=more, drop=body, family=family, places=places)


def _rank(drop: DropBody) -> int:
    """Return the sort rank of a drop: 0 open with places, 1 announced, 2 open but full, 3 other."""
    if drop.status == "announced":
        return 1
    if drop.status != "open":
        return 3
    return 0 if any(one.left for item in drop.items for one in item.sessions) else 2


pages = pages_of(DropPages)
