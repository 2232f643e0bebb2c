"""Pages a phone fills by itself, so that they open without a network: card, benefits, tickets."""

from __future__ import annotations

from typing import Any

from flask import Response

from ledger.vault import masked_name
from pos_gateway.api.drops import principal
from pos_gateway.api.tickets_schema import TicketStatus, tickets_body
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.pages.member.render import show
from pos_gateway.pages.member.ticket_places import honoured_by
from pos_gateway.services import House
from pos_gateway.web.page_route import Page

PLACES_MAX = 50
"""Of so many tickets it is told where they are honoured."""


def pages(house: House) -> list[Page]:
    """The pages of the phone."""

    def card(asking: MemberIdentity) -> Response:
        return show(house, "my_card", asking)

    def benefits(asking: MemberIdentity) -> Response:
        return show(house, "benefits", asking)

    def tickets(asking: MemberIdentity) -> Response:
        return show(house, "tickets", asking, more=_around(house, asking, None))

    def family(member_id: str, asking: MemberIdentity) -> Response:
        around = _around(house, asking, member_id)
        person = house.vault.get(member_id)
        name = masked_name(person) if person else ""
        more = {"name": "tickets", "of": member_id, "of_name": name, **around}
        return show(house, "family_tickets", asking, more=more, of=name)

    return [
        Page(name=name, path=path, policy=Policy.MEMBER, view=view)
        for name, path, view in (
            ("my_card", "/card/", card),
            ("my_benefits", "/card/benefits", benefits),
            ("my_tickets", "/card/tickets", tickets),
            ("family_tickets", "/card/family/<member_id>", family),
        )
    ]


def _around(house: House, asking: MemberIdentity, other: str | None) -> dict[str, Any]:
    """What a list of tickets does not say by itself: the drops' titles, and where items are had.

    Raises:
        NotAProxy: who asks may not act for that member.

    """
    held = house.ledger.members.claims.holdings(principal(asking, other))
    now = house.ledger.time()
    listed = tickets_body(held, now)
    of_interest = {one.drop for one in listed.waiting} | {one.drop for one in listed.entries}
    places = {}
    for ticket in listed.tickets[:PLACES_MAX]:
        plan = held.drops[ticket.drop].plan
        for item in plan.items if plan else ():
            if item.item_id == ticket.item and ticket.status is TicketStatus.HELD:
                places[f"{ticket.drop}/{ticket.item}"] = honoured_by(house, item)
    plans = {drop_id: held.drops[drop_id].plan for drop_id in sorted(of_interest)}
    return {
        "places": places,
        "titles": {drop_id: plan.title for drop_id, plan in plans.items() if plan},
    }
