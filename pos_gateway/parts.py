"""The parts of the gateway: modules whose `routes(house)` or `pages(house)` are served."""

from __future__ import annotations

from typing import Any

from pos_gateway import (
    benefits_near,
    drops,
    history,
    keys,
    late,
    office,
    server_time,
    tickets,
    till,
    uses,
    till_cache,
    wallet,
)
from pos_gateway.sign_in import pages as sign_in

ROUTES: tuple[Any, ...] = (
    till,
    drops,
    till_cache,
    tickets,
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
    office,
)
"""Pages for people."""
