"""The merchant's owner: pages over what their merchant redeemed, is owed, and who works there."""

from __future__ import annotations

from typing import Any

from pos_gateway.pages.merchant import (
    cashiers,
    dashboard,
    redemptions,
    statements,
    till_cashier,
    tills,
)
from pos_gateway.services import House
from pos_gateway.web.page_route import Page

PARTS: tuple[Any, ...] = (dashboard, redemptions, statements, tills, cashiers, till_cashier)
"""The modules of the shop, one subject each: `pages(house)` lists those of one."""


def pages(house: House) -> list[Page]:
    """Every page of a merchant's owner, and the one where a cashier says who they are."""
    return [page for part in PARTS for page in part.pages(house)]
