"""A member's history as a page: what was had, and what it saved."""

from __future__ import annotations

from flask import Response

from pos_gateway.api.history import Remembrance
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.pages.member.render import show
from pos_gateway.services import House
from pos_gateway.web.page_route import Page


def pages(house: House) -> list[Page]:
    """The history and its later pages."""
    remembrance = Remembrance(house)

    def past(asking: MemberIdentity, before: str | None = None) -> Response:
        return show(house, "past", asking, past=remembrance.history(asking, before).body)

    return [
        Page(name=name, path=path, policy=Policy.MEMBER, view=past)
        for name, path in (("past", "/card/history"), ("past_before", "/card/history/<before>"))
    ]
