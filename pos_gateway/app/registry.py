"""The parts of the gateway: modules whose `routes(house)` or `pages(house)` are served."""

from __future__ import annotations

from typing import Any

from pos_gateway.api import (
    benefits,
    drops,
    family,
    history,
    late_redemptions,
    member_card,
    offline_bundle,
    redemptions,
    server_time,
    signing_keys,
    ticket_uses,
    tickets,
)
from pos_gateway.pages import member, merchant, officer, till
from pos_gateway.pages.demo import sign_in_as
from pos_gateway.pages.sign_in import pages as sign_in

ROUTES: tuple[Any, ...] = (
    redemptions,
    offline_bundle,
    drops,
    tickets,
    family,
    member_card,
    benefits,
    history,
    ticket_uses,
    late_redemptions,
    signing_keys,
    server_time,
)
"""Addresses of the API, in the order its page shows them."""

PAGES: tuple[Any, ...] = (
    sign_in,
    member,
    officer,
    merchant,
    till,
    sign_in_as,
)
"""Pages for people."""
