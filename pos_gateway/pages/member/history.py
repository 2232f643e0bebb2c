"""A member's history page: uses of benefits, and the money saved."""

from __future__ import annotations

from flask import Response

from pos_gateway.api.history import HistoryRoutes
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.pages.member.render import show
from pos_gateway.services import Services
from pos_gateway.web.views import Views, page, pages_of


class HistoryPages(Views[Services]):
    """The pages of a member's history, with one URL for the first page and one for older ones."""

    @page("past", "/card/history", Policy.MEMBER)
    @page("past_before", "/card/history/<before>", Policy.MEMBER)
    def history(self, asking: MemberIdentity, before: str | None = None) -> Response:
        """Show the member's latest uses of benefits, or those before the cursor `before`."""
        past = HistoryRoutes(self._services).history(asking, before).body
        return show(self._services, "past", asking, past=past)


pages = pages_of(HistoryPages)
