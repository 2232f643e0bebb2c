"""The member's pages: the card, what it is good for, tickets, drops, history, and the rest."""

from __future__ import annotations

from typing import Any

from pos_gateway.card_pages import drops, more, on_the_phone, past
from pos_gateway.house import House
from pos_gateway.paging import Page

PARTS: tuple[Any, ...] = (on_the_phone, drops, past, more)
"""The modules of the member's pages: `pages(house)` lists those of one."""


def pages(house: House) -> list[Page]:
    """Every page of a member."""
    return [page for part in PARTS for page in part.pages(house)]
