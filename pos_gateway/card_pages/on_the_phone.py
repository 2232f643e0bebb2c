"""Pages a phone fills by itself, so that they open without a network: card, benefits, tickets."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from ledger import errors
from ledger.vault import masked_name
from pos_gateway.access import AtMember, Policy
from pos_gateway.card_pages.places import Honoured, honoured_by
from pos_gateway.card_pages.shown import show
from pos_gateway.drops import principal
from pos_gateway.house import House
from pos_gateway.paging import Page

PLACES_MAX = 200
"""The most items whose places a list of tickets tells."""


def pages(house: House) -> list[Page]:
    """The pages of the phone."""

    def card(asking: AtMember) -> Response:
        return show(house, "my_card", asking)

    def benefits(asking: AtMember) -> Response:
        return show(house, "benefits", asking)

    def tickets(asking: AtMember) -> Response:
        return show(house, "tickets", asking, more={"places": _places(house, asking, None)})

    def family(member_id: str, asking: AtMember) -> Response:
        places = _places(house, asking, member_id)
        person = house.vault.get(member_id)
        name = masked_name(person) if person else ""
        more = {"name": "tickets", "of": member_id, "places": places}
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


def _places(house: House, asking: AtMember, other: str | None) -> dict[str, list[Honoured]]:
    """Where each item of the member's tickets is honoured, by drop and item.

    Raises:
        NotAProxy: who asks may not act for that member.

    """
    try:
        held = house.ledger.belongings(principal(asking, other))
    except errors.MemberUnknown:
        return {}
    tickets = (one.ticket for one in held.grants.held.values() if one.ticket)
    wanted = sorted({(ticket.drop_id, ticket.item_id) for ticket in tickets})[-PLACES_MAX:]

    def found() -> Iterator[tuple[str, list[Honoured]]]:
        for drop_id, item_id in wanted:
            plan = held.drops[drop_id].plan
            for item in plan.items if plan else ():
                if item.item_id == item_id:
                    yield f"{drop_id}/{item_id}", honoured_by(house, item)

    return dict(found())
