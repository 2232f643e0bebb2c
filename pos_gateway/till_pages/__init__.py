"""The merchant's till: paired once, then it scans, undoes, and shows the day and what is owed."""

from __future__ import annotations

from typing import Any

from pos_gateway.house import House
from pos_gateway.paging import Page
from pos_gateway.till_pages import counter, owed, pair, today, uses

PARTS: tuple[Any, ...] = (pair, counter, today, uses, owed)
"""The modules of the till's pages: `pages(house)` lists those of one."""


def pages(house: House) -> list[Page]:
    """Every page of a till."""
    return [page for part in PARTS for page in part.pages(house)]
