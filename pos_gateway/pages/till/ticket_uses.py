"""One ticket use on a till: people admitted or goods handed over, and its undoing."""

from __future__ import annotations

from flask import Response, request

from ledger.benefits.tickets import is_handed_over
from ledger.drops.ticket_use import UNDO_WITHIN
from ledger.errors import HongkaError, RedemptionNotYours
from ledger.services.ticket_use import TicketUse
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.pages.till import show
from pos_gateway.services import Services
from pos_gateway.web.page_route import submit
from pos_gateway.web.views import FORM, Views, page, pages_of


class UsePages(Views[Services]):
    """The page of one ticket use."""

    @page("till-use", "/till/uses/<use_id>", Policy.TILL, FORM)
    def use(self, use_id: str, asking: TillIdentity) -> Response:
        """Show one ticket use of the merchant; a form undoes it within an hour, at that outlet."""
        found = self._services.ledger.tills.ticket_use.find(use_id)
        if found.used.merchant_id != asking.merchant_id:
            raise RedemptionNotYours
        if request.method == "GET":
            return self._shown(found, asking)
        return submit(
            lambda: self._services.ledger.tills.ticket_use.undo_use(use_id, **asking.place),
            lambda error: self._shown(found, asking, error),
            f"/till/uses/{use_id}",
        )

    def _shown(
        self, found: TicketUse, asking: TillIdentity, error: HongkaError | None = None
    ) -> Response:
        is_here = found.used.outlet_id == asking.outlet_id
        is_fresh = self._services.clock() - found.used.at <= UNDO_WITHIN
        return show(
            self._services,
            "use",
            asking,
            error=error,
            found=found,
            is_goods=is_handed_over(found.held.kind),
            may_undo=is_here and is_fresh and not found.undone,
        )


pages = pages_of(UsePages)
