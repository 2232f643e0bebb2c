"""The member's other pages: history, settings, family, help, privacy, and a lost card."""

from __future__ import annotations

from flask import Response, request

from ledger.errors import HongkaError
from ledger.members.card import Card, Status
from pos_gateway.api.drops import principal
from pos_gateway.api.family import shown_name
from pos_gateway.api.history import HistoryRoutes
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.pages.member import show
from pos_gateway.services import Services
from pos_gateway.web.listing import Listed
from pos_gateway.web.page_route import see
from pos_gateway.web.views import FORM, Views, page, pages_of


class SettingPages(Views[Services]):
    """The member's pages of history, settings, a lost card, help and privacy."""

    @page("past", "/card/history", Policy.MEMBER)
    @page("past_before", "/card/history/<before>", Policy.MEMBER)
    def history(self, asking: MemberIdentity, before: str | None = None) -> Response:
        """Show the member's latest uses of benefits; with `before`, those before this cursor."""
        past = HistoryRoutes(self._services).history(asking, before).body
        following = f"/card/history/{past.next_before}" if past.next_before else ""
        ends = Listed(past.entries, next=following, first="/card/history" if before else "")
        return show(self._services, "past", asking, past=past, ends=ends)

    @page("card_more", "/card/more", Policy.MEMBER)
    def more(self, asking: MemberIdentity) -> Response:
        """Show the settings, the card, and the members whom this member lets act for them."""
        member = self._services.ledger.member(asking.member_id)
        family = [(one, shown_name(self._services, one)) for one in member.proxies]
        return show(self._services, "more", asking, family=family, card=self._card(asking))

    @page("card_block", "/card/block", Policy.MEMBER, FORM)
    def block(self, asking: MemberIdentity) -> Response:
        """Show the page to block a lost card; its form blocks it if `understood` is ticked."""
        error = None
        untold = request.method == "POST" and request.form.get("understood") != "yes"
        if request.method == "POST" and not untold:
            try:
                self._services.ledger.members.cards.report_card_lost(principal(asking, None))
            except HongkaError as refused:
                error = refused
            else:
                return see("/card/block")
        card = self._card(asking)
        return show(
            self._services,
            "block",
            asking,
            status=422 if untold else 409 if error else 200,
            error=error,
            card=card,
            blocked=card.status is Status.BLOCKED,
            live=card.status is Status.LIVE,
            untold=untold,
        )

    @page("help", "/card/help", Policy.MEMBER)
    def help(self, asking: MemberIdentity) -> Response:
        """Show the help for members."""
        return show(self._services, "help", asking)

    @page("privacy", "/card/privacy", Policy.MEMBER)
    def privacy(self, asking: MemberIdentity) -> Response:
        """Show which personal data is stored in which place."""
        return show(self._services, "privacy", asking)

    def _card(self, asking: MemberIdentity) -> Card:
        return self._services.ledger.members.cards.card_of(principal(asking, None))


pages = pages_of(SettingPages)
