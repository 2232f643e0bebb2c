"""Pages that the phone fills by itself, so that they open offline: card, benefits, tickets."""

from __future__ import annotations

from typing import Any

from flask import Response

from pos_gateway.api.drops import principal
from pos_gateway.api.family import shown_name
from pos_gateway.api.tickets_schema import TicketStatus, tickets_body
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.pages.member import show
from pos_gateway.pages.member.drops import honoured_by
from pos_gateway.services import Services
from pos_gateway.web.views import Views, page, pages_of

PLACES_MAX = 50
"""The most tickets whose places are listed."""


class OfflinePages(Views[Services]):
    """Pages of the card that the phone keeps: a script fills in their lists, even offline."""

    @page("my_card", "/card/", Policy.MEMBER)
    def card(self, asking: MemberIdentity) -> Response:
        """Show the page on which the phone shows the card's rotating code."""
        return show(self._services, "my_card", asking)

    @page("my_benefits", "/card/benefits", Policy.MEMBER)
    def benefits(self, asking: MemberIdentity) -> Response:
        """Show the page of the offers and grants that the card may use."""
        return show(self._services, "benefits", asking)

    @page("my_tickets", "/card/tickets", Policy.MEMBER)
    def tickets(self, asking: MemberIdentity) -> Response:
        """Show the page of the member's own tickets, with drop titles and places to use them."""
        return show(self._services, "tickets", asking, more=_around(self._services, asking, None))

    @page("family_tickets", "/card/family/<member_id>", Policy.MEMBER)
    def family(self, member_id: str, asking: MemberIdentity) -> Response:
        """Show the tickets of a member who lets the caller act for them; else raise a refusal."""
        around = _around(self._services, asking, member_id)
        name = shown_name(self._services, member_id)
        more = {"name": "tickets", "of": member_id, "of_name": name, **around}
        return show(self._services, "family_tickets", asking, more=more, of=name)


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
    for ticket in listed.tickets[:PLACES_MAX]:
        plan = held.drops[ticket.drop].plan
        for item in plan.items if plan else ():
            if item.item_id == ticket.item and ticket.status is TicketStatus.HELD:
                places[f"{ticket.drop}/{ticket.item}"] = honoured_by(services, item)
    plans = {drop_id: held.drops[drop_id].plan for drop_id in sorted(of_interest)}
    return {
        "places": places,
        "titles": {drop_id: plan.title for drop_id, plan in plans.items() if plan},
    }


pages = pages_of(OfflinePages)
