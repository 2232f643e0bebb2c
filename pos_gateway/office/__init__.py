"""The officers' desk: pages over the verbs of officers and the tables they look at."""

from __future__ import annotations

from typing import Any

from pos_gateway.house import House
from pos_gateway.office import (
    drops,
    figures,
    funds,
    importing,
    members,
    merchants,
    offers,
    record,
    staff,
    statements,
    tills,
    today,
)
from pos_gateway.paging import Page

PARTS: tuple[Any, ...] = (
    *(today, members, importing, merchants, tills),
    *(offers, drops, funds, statements, figures, staff, record),
)
"""The modules of the desk, one subject each: `pages(house)` lists those of one."""


def pages(house: House) -> list[Page]:
    """Every page of the desk."""
    return [page for part in PARTS for page in part.pages(house)]
