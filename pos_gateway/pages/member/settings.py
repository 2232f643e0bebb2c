"""The member's other pages: the card, history, settings, family, help, and a lost card."""

import msgspec
from flask import Response, request

from ledger.errors import HongkaError
from ledger.members.card import Card, Status
from pos_gateway.api.drops import principal
from pos_gateway.api.family import shown_name
from pos_gateway.api.history import HistoryRoutes
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.members.export import exported
from pos_gateway.pages.member import MemberViews
from pos_gateway.web.listing import Listed
from pos_gateway.web.page_route import download, submit
from pos_gateway.web.views import FORM, page


class SettingPages(MemberViews):
    """The member's pages of the card, its history, settings and loss, help and privacy."""

    @page("past", "/card/history", Policy.MEMBER)
    @page("past_before", "/card/history/<before>", Policy.MEMBER)
    def history(self, asking: MemberIdentity, before: str | None = None) -> Response:
        """Show the member's latest uses of benefits; with `before`, those before this cursor."""
        past = HistoryRoutes(self._services).history(asking, before).body
        following = f"/card/history/{past.next_before}" if past.next_before else ""
        ends = Listed(past.entries, next=following, first="/card/history" if before else "")
        return self._show("past", asking, past=past, ends=ends)

    @page("card_more", "/card/more", Policy.MEMBER)
    def more(self, asking: MemberIdentity) -> Response:
        """Show the settings, the card, and the members whom this member lets act for them."""
        member = self._services.ledger.member(asking.member_id)
        family = [(one, shown_name(self._services, one)) for one in member.proxies]
        return self._show("more", asking, family=family, card=self._card(asking))

    @page("card_export", "/card/export", Policy.MEMBER)
    def export(self, asking: MemberIdentity) -> Response:
        """Show what is kept about the member."""
        return self._show("export", asking, kept=exported(self._services, asking.member_id))

    @page("card_export_file", "/card/export/file", Policy.MEMBER)
    def export_file(self, asking: MemberIdentity) -> Response:
        """Return all that is kept about the member as a JSON file."""
        content = msgspec.json.format(
            msgspec.json.encode(exported(self._services, asking.member_id))
        )
        return download(content, "hongka.json", "application/json")

    @page("card_block", "/card/block", Policy.MEMBER, FORM)
    def block(self, asking: MemberIdentity, error: HongkaError | None = None) -> Response:
        """Show the page to block a lost card; its form blocks it if `understood` is ticked.

        The `error` is that of a refused form.
        """
        untold = request.method == "POST" and request.form.get("understood") != "yes"
        if request.method == "POST" and not untold and error is None:
            block = self._services.ledger.members.cards.report_card_lost
            return submit(
                lambda: block(principal(asking, None)), lambda error: self.block(asking, error)
            )
        card = self._card(asking)
        return self._show(
            "block",
            asking,
            status=422 if untold else 409 if error else 200,
            error=error,
            card=card,
            blocked=card.status is Status.BLOCKED,
            live=card.status is Status.LIVE,
            untold=untold,
        )

    @page("my_card", "/card/", Policy.MEMBER)
    @page("my_benefits", "/card/benefits", Policy.MEMBER)
    @page("help", "/card/help", Policy.MEMBER)
    @page("privacy", "/card/privacy", Policy.MEMBER)
    def same_for_all(self, asking: MemberIdentity) -> Response:
        """Show a page that is the same for every member, by the end of its URL.

        Those are the card's rotating code and its benefits, which a script fills in even offline,
        the help, and which personal data is stored in which place.
        """
        return self._show(request.path.removeprefix("/card/") or "my_card", asking)

    def _card(self, asking: MemberIdentity) -> Card:
        return self._services.ledger.members.cards.card_of(principal(asking, None))
