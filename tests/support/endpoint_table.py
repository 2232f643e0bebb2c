"""Every address that is served, and who may ask there: a new one takes a line here.

A line is the policy, the methods with commas between, and the path as Flask writes it. What stands
between `<` and `>` needs a value in NAMED.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pos_gateway.auth.policies import Policy

TABLE = """
public              GET       /
public              GET       /api/v1/
public              GET       /api/v1/drops
public              GET       /api/v1/drops/<drop_id>
public              GET       /api/v1/keys
public              GET       /api/v1/openapi.json
public              GET       /api/v1/time/<client_ms>
public              GET,POST  /card/sign-in
public              GET       /demonstration
public              GET,POST  /desk/invitation
public              GET,POST  /desk/sign-in
public              GET       /desk/sign-in/outside
public              GET       /desk/sign-in/outside/back
public              GET       /healthz
public              GET       /metrics
public              GET       /outbox
public              GET       /readyz
public              GET,POST  /shop/sign-in
public              GET       /static/<path:name>
public              GET,POST  /till/pair
public              GET       /till/pair/state
till                PUT       /api/v1/late-redemptions/<redemption_id>
till                GET,PUT   /api/v1/redemptions/<redemption_id>
till                POST      /api/v1/redemptions/<redemption_id>/reversal
till                PUT       /api/v1/till/count
till                PUT       /api/v1/till/device-key
till                GET       /api/v1/till/offline
till                GET,PUT   /api/v1/uses/<use_id>
till                POST      /api/v1/uses/<use_id>/undoing
till                POST      /api/v1/validations
till                GET       /till/
till                GET,POST  /till/cashier
till                GET       /till/owed
till                GET,POST  /till/redemptions/<redemption_id>
till                GET       /till/statements/<statement_id>
till                GET       /till/today
till                GET,POST  /till/uses/<use_id>
member              GET       /api/v1/card
member              GET       /api/v1/card/benefits
member              GET       /api/v1/card/benefits/<page>
member              POST      /api/v1/card/block
member              PUT       /api/v1/card/device
member              POST      /api/v1/card/device/revocation
member              GET       /api/v1/card/history
member              GET       /api/v1/card/history/<before>
member              POST      /api/v1/card/session-codes
member              GET       /api/v1/drops/<drop_id>/challenge
member              PUT       /api/v1/drops/<drop_id>/claims/<claim_id>
member              POST      /api/v1/drops/<drop_id>/leaving
member              PUT       /api/v1/drops/<drop_id>/waiting/<claim_id>
member              POST      /api/v1/drops/<drop_id>/withdrawal
member              GET       /api/v1/members
member              GET       /api/v1/members/<member_id>/tickets
member              GET       /api/v1/members/<member_id>/tickets/<ticket_id>/code
member              GET       /api/v1/tickets
member              GET       /api/v1/tickets/<ticket_id>/code
member              POST      /api/v1/tickets/<ticket_id>/release
member              GET       /card/
member              GET,POST  /card/account
member              GET       /card/benefits
member              GET,POST  /card/block
member              GET       /card/drops
member              GET       /card/drops/<drop_id>
member              GET       /card/family/<member_id>
member              GET       /card/help
member              GET       /card/history
member              GET       /card/history/<before>
member              GET       /card/more
member              GET,POST  /card/passkey
member              GET       /card/privacy
member              POST      /card/sign-out
member              GET       /card/tickets
owner               GET       /shop/
owner               GET,POST  /shop/account
owner               GET       /shop/cashiers
owner               POST      /shop/cashiers/<staff_id>
owner               POST      /shop/cashiers/new
owner               GET       /shop/redemptions
owner               GET       /shop/redemptions/<redemption_id>
owner               POST      /shop/redemptions/chosen
owner               GET       /shop/redemptions/on/<on>
owner               POST      /shop/sign-out
owner               GET       /shop/statements
owner               GET       /shop/statements/<statement_id>
owner               GET       /shop/statements/<statement_id>/lines.csv
owner               GET       /shop/tills
see_desk            GET       /desk/
see_desk            GET,POST  /desk/account
see_desk            GET       /desk/account/outside
see_desk            POST      /desk/sign-out
see_members         GET,POST  /desk/members
see_members         GET       /desk/members/<member_id>
keep_cards          POST      /desk/cards/sheet
keep_cards          POST      /desk/members/<member_id>/card
keep_cards          GET,POST  /desk/members/import
keep_cards          POST      /desk/members/imported
keep_cards          GET,POST  /desk/members/new
see_merchants       GET       /desk/merchants
see_merchants       GET       /desk/merchants/<merchant_id>
keep_merchants      POST      /desk/merchants/<merchant_id>
keep_merchants      POST      /desk/merchants/<merchant_id>/pairing
keep_merchants      POST      /desk/merchants/<merchant_id>/tills/<till_id>
keep_merchants      POST      /desk/merchants/new
keep_merchants      POST      /desk/pairing
keep_merchants      POST      /desk/pairing/judged
see_offers          GET       /desk/offers
see_offers          GET       /desk/offers/<offer_id>
keep_offers         POST      /desk/offers/<offer_id>
keep_offers         GET,POST  /desk/offers/new
keep_offers         POST      /desk/offers/preview
see_funds           GET       /desk/funds
keep_funds          POST      /desk/funds
see_drops           GET       /desk/drops
see_drops           GET       /desk/drops/<drop_id>
see_drops           GET       /desk/drops/<drop_id>/draw
see_drops           GET       /desk/drops/<drop_id>/picture
keep_drops          POST      /desk/drops/<drop_id>
keep_drops          GET,POST  /desk/drops/<drop_id>/plan
keep_drops          GET,POST  /desk/drops/new
see_settlements     GET       /desk/statements
see_settlements     GET       /desk/statements/<statement_id>
draw_up_statements  POST      /desk/statements/drawn-up
approve_statements  POST      /desk/statements/<statement_id>/approval
approve_statements  POST      /desk/statements/<statement_id>/return
pay_statements      POST      /desk/statements/<statement_id>/payment
pay_statements      POST      /desk/statements/bank-file
report_incidents    POST      /desk/statements/incident
see_figures         GET       /desk/figures
see_figures         GET       /desk/figures/<subject>
see_figures         GET       /desk/figures/<subject>/file
see_log             GET       /desk/log
see_log             GET       /desk/log/<before>
see_staff           GET       /desk/staff
keep_staff          POST      /desk/staff/<staff_id>
keep_staff          POST      /desk/staff/<staff_id>/invitation
keep_staff          GET,POST  /desk/staff/new
"""

NAMED = {
    "before": "1",
    "claim_id": "k1",
    "client_ms": "1556417403120",
    "drop_id": "may-day",
    "member_id": "member-wang",
    "merchant_id": "bakery",
    "offer_id": "tenth-off",
    "on": "2026-05-01",
    "page": "1",
    "path:name": "dist/style.css",
    "redemption_id": "cake-1",
    "staff_id": "s-clerk",
    "statement_id": "st-1",
    "subject": "purchases",
    "ticket_id": "a752cd6a8f5f24f65a38b69f",
    "till_id": "till-1",
    "use_id": "u1",
}
"""What the tests put where a path varies."""

_AREAS = ("/card/", "/till/", "/shop/", "/desk/", "/outbox", "/demonstration")


class Address(NamedTuple):
    """A method at a path, and who may ask."""

    policy: Policy
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def asked(self) -> str:
        """The path with the names the tests use for what varies."""
        return re.sub("<(.+?)>", lambda found: NAMED[found[1]], self.path)

    @property
    def is_page(self) -> bool:
        """Whether people look at it, and not programs."""
        return self.path.startswith(_AREAS)


ADDRESSES = [
    Address(Policy(policy), method, path)
    for policy, methods, path in map(str.split, TABLE.strip().splitlines())
    for method in methods.split(",")
]
PAGES = [one for one in ADDRESSES if one.is_page]
