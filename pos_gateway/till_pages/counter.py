"""The counter: a page the till fills by itself, so that it opens without a network."""

from __future__ import annotations

from flask import Response

from pos_gateway.access import AtTill, Policy
from pos_gateway.house import House
from pos_gateway.page_words import said
from pos_gateway.paging import Page
from pos_gateway.reversal_reason import WORDS
from pos_gateway.till_pages.shown import show


def pages(house: House) -> list[Page]:
    """The page of the counter."""

    def counter(asking: AtTill) -> Response:
        reasons = [(reason, said(words)) for reason, words in WORDS.items()]
        return show(house, "counter", asking, reasons=reasons)

    return [Page(name="till-counter", path="/till/", policy=Policy.TILL, view=counter)]
