"""The parts of the gateway: modules whose `routes(house)` or `pages(house)` are served."""

from __future__ import annotations

from typing import Any

from pos_gateway import (
    benefits_near,
    card_pages,
    drops,
    family,
    history,
    keys,
    late,
    office,
    server_time,
    shop,
    tickets,
    till,
    till_cache,
    till_pages,
    uses,
    wallet,
)
from pos_gateway.demonstration import who_page
from pos_gateway.sign_in import pages as sign_in

ROUTES: tuple[Any, ...] = (
    till,
    till_cache,
    drops,
    tickets,
    family,
    wallet,
    benefits_near,
    history,
    uses,
    late,
    keys,
    server_time,
)
"""Addresses of the API, in the order its page shows them."""

PAGES: tuple[Any, ...] = (
    sign_in,
    card_pages,
    office,
    shop,
    till_pages,
    who_page,
)
"""Pages for people."""
