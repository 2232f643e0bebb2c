"""The member's pages: the card, what it is good for, tickets, drops, history, and the rest."""

from __future__ import annotations

from typing import Any

from pos_gateway.pages.member import drops, history, offline_pages, settings
from pos_gateway.services import House
from pos_gateway.web.page_route import Page

PARTS: tuple[Any, ...] = (offline_pages, drops, history, settings)
"""The modules of the member's pages: `pages(house)` lists those of one."""


def pages(house: House) -> list[Page]:
    """Every page of a member."""
    return [page for part in PARTS for page in part.pages(house)]
