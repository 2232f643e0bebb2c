"""The counter: a page the till fills by itself, so that it opens without a network."""

from __future__ import annotations

from flask import Response

from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.i18n.reversal_reasons import WORDS
from pos_gateway.pages.till.render import show
from pos_gateway.services import House
from pos_gateway.web.page_route import Page
from pos_gateway.web.templating import said


def pages(house: House) -> list[Page]:
    """The page of the counter."""

    def counter(asking: TillIdentity) -> Response:
        reasons = [(reason, said(words)) for reason, words in WORDS.items()]
        return show(house, "counter", asking, reasons=reasons)

    return [Page(name="till-counter", path="/till/", policy=Policy.TILL, view=counter)]
