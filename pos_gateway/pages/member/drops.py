"""The pages of drops and of tickets, with the places where the tickets are good."""

from typing import Any

import msgspec
from flask import Response

from ledger.drops.terms import Item
from ledger.merchants.location import Place
from pos_gateway.api.drops import DropRoutes, principal
from pos_gateway.api.drops_schema import DropBody
from pos_gateway.api.family import family_of, shown_name
from pos_gateway.api.tickets_schema import TicketStatus, tickets_body
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.pages.member import MemberViews
from pos_gateway.services import Services
from pos_gateway.web.json_body import body_of
from pos_gateway.web.views import page

MERCHANTS_MAX = 10
TICKETS_MAX = 50
"""The most tickets whose places are listed."""

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
                body_of(Outlet, merchant.places.get(one) or Place(), name=merchant.outlets[one])
                for one in sorted(merchant.outlets)[:OUTLETS_MAX]
            ],
        )
        for merchant in found.values()
        if merchant.merchant_id
    ]


class DropPages(MemberViews):
    """The member's pages of drops, and of tickets: a script fills in their lists, even offline."""

    @page("card_drops", "/card/drops", Policy.MEMBER)
    def drops(self, asking: MemberIdentity) -> Response:
        """Show the drops that are not over: open with places first, then announced, then others."""
        listed = DropRoutes(self._services).drops().body
        drops = sorted(listed.drops, key=_rank)
        return self._show("drops", asking, listed=listed, drops=drops)

    @page("card_drop", "/card/drops/<drop_id>", Policy.MEMBER)
    def drop(self, drop_id: str, asking: MemberIdentity) -> Response:
        """Show one drop, its items, places and the button to claim; DropUnknown without one."""
        services = self._services
        body = DropRoutes(services).drop(drop_id).body
        plan = services.ledger.drop(drop_id).plan  # there is one, as the route found it
        items = plan.items if plan else ()
        places = {item.item_id: honoured_by(services, item) for item in items}
        family = family_of(services, asking.member_id)
        more = {"drop": body}
        return self._show("drop", asking, more=more, drop=body, family=family, places=places)

    @page("my_tickets", "/card/tickets", Policy.MEMBER)
    def tickets(self, asking: MemberIdentity) -> Response:
        """Show the page of the member's own tickets, with drop titles and places to use them."""
        return self._show("tickets", asking, more=_around(self._services, asking, None))

    @page("family_tickets", "/card/family/<member_id>", Policy.MEMBER)
    def family(self, member_id: str, asking: MemberIdentity) -> Response:
        """Show the tickets of a member who lets the caller act for them; else raise a refusal."""
        around = _around(self._services, asking, member_id)
        name = shown_name(self._services, member_id)
        more = {"name": "tickets", "of": member_id, "of_name": name, **around}
        return self._show("family_tickets", asking, more=more, of=name)


def _around(services: Services, asking: MemberIdentity, other: str | None) -> dict[str, Any]:
    """Return the `places` and `titles` that the page of tickets needs beside the ticket list.

    `places` are merchants by `drop/item`, for items of unused tickets; `titles` are those of drops
    with a waiting place or a draw entry. `other` None stands for the caller's own tickets, else it
    is the member for whom the caller acts.
    """
    held = services.ledger.members.claims.holdings(principal(asking, other))
    now = services.ledger.time()
    listed = tickets_body(held, now)
    of_interest = {one.drop for one in listed.waiting} | {one.drop for one in listed.entries}
    places = {}
    for ticket in listed.tickets[:TICKETS_MAX]:
        plan = held.drops[ticket.drop].plan
        for item in plan.items if plan else ():
            if item.item_id == ticket.item and ticket.status is TicketStatus.HELD:
                places[f"{ticket.drop}/{ticket.item}"] = honoured_by(services, item)
    plans = {drop_id: held.drops[drop_id].plan for drop_id in sorted(of_interest)}
    return {
        "places": places,
        "titles": {drop_id: plan.title for drop_id, plan in plans.items() if plan},
    }


def _rank(drop: DropBody) -> int:
    """Return the sort rank of a drop: 0 open with places, 1 announced, 2 open but full, 3 other."""
    if drop.status == "announced":
        return 1
    if drop.status != "open":
        return 3
    return 0 if any(one.left for item in drop.items for one in item.sessions) else 2
