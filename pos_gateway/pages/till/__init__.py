"""The merchant's till: paired once, then it scans, undoes, and shows the day and what is owed."""

from __future__ import annotations

from typing import Any

from pos_gateway.pages.till import counter, pairing, payables, ticket_uses, today
from pos_gateway.services import House
from pos_gateway.web.page_route import Page

PARTS: tuple[Any, ...] = (pairing, counter, today, ticket_uses, payables)
"""The modules of the till's pages: `pages(house)` lists those of one."""


def pages(house: House) -> list[Page]:
    """Every page of a till."""
    return [page for part in PARTS for page in part.pages(house)]
