"""The officers' desk: pages over the verbs of officers and the tables they look at."""

from __future__ import annotations

from typing import Any

from pos_gateway.pages.officer import (
    audit_log,
    dashboard,
    drops,
    figures,
    funds,
    members,
    merchants,
    offers,
    roster_import,
    staff,
    statements,
    tills,
)
from pos_gateway.services import House
from pos_gateway.web.page_route import Page

PARTS: tuple[Any, ...] = (
    *(dashboard, members, roster_import, merchants, tills),
    *(offers, drops, funds, statements, figures, staff, audit_log),
)
"""The modules of the desk, one subject each: `pages(house)` lists those of one."""


def pages(house: House) -> list[Page]:
    """Every page of the desk."""
    return [page for part in PARTS for page in part.pages(house)]
