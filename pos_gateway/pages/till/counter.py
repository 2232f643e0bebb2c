"""The counter: a page that the till fills by itself, so that it opens offline."""

from __future__ import annotations

from flask import Response

from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.i18n.reversal_reasons import WORDS
from pos_gateway.pages.till.render import show
from pos_gateway.services import Services
from pos_gateway.web.templating import said
from pos_gateway.web.views import Views, page, pages_of


class CounterPage(Views[Services]):
    """The page of the counter."""

    @page("till-counter", "/till/", Policy.TILL)
    def counter(self, asking: TillIdentity) -> Response:
        """Show the counter page, where a till scans codes and redeems; scripts fill it."""
        reasons = [(reason, said(words)) for reason, words in WORDS.items()]
        return show(self._services, "counter", asking, reasons=reasons)


pages = pages_of(CounterPage)
