"""The pages of drops: which there are, and one of them with its button."""

from __future__ import annotations

from typing import Any

from flask import Response

from ledger import errors
from pos_gateway.api.drops import DropHall
from pos_gateway.api.drops_schema import DropBody
from pos_gateway.api.family import family_of
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.pages.member.render import show
from pos_gateway.pages.member.ticket_places import honoured_by
from pos_gateway.services import House
from pos_gateway.web.page_route import Page


def pages(house: House) -> list[Page]:
    """The two pages of drops."""
    hall = DropHall(house)

    def drops(asking: MemberIdentity) -> Response:
        listed: Any = hall.drops().body
        return show(house, "drops", asking, listed=listed, drops=sorted(listed.drops, key=_rank))

    def drop(drop_id: str, asking: MemberIdentity) -> Response:
        body = hall.drop(drop_id).body
        plan = house.ledger.drop(drop_id).plan
        if plan is None:
            raise errors.DropUnknown
        places = {item.item_id: honoured_by(house, item) for item in plan.items}
        family = family_of(house, asking.member_id)
        more = {"drop": body}
        return show(house, "drop", asking, more=more, drop=body, family=family, places=places)

    return [
        Page(name="card_drops", path="/card/drops", policy=Policy.MEMBER, view=drops),
        Page(name="card_drop", path="/card/drops/<drop_id>", policy=Policy.MEMBER, view=drop),
    ]


def _rank(drop: DropBody) -> int:
    """First what can be had now, then what is to open, what is gone, and what is over."""
    if drop.status == "announced":
        return 1
    if drop.status != "open":
        return 3
    return 0 if any(one.left for item in drop.items for one in item.sessions) else 2
