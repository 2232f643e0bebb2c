"""Every URL that the app serves: its method, its path, and who may call it.

The policy is the one that the Route or Page declares; the tests check that it is enforced. A new
URL needs a line here in three cases: its path has a new parameter (NAMED), anybody may call it
(PUBLIC), or its form serves readers (SEEING_FORMS).
"""

import re
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

from pos_gateway.app.factory import create_app, services_of
from pos_gateway.auth.policies import Policy
from pos_gateway.settings import Settings

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
    "proposal_id": "prop-1",
    "redemption_id": "cake-1",
    "staff_id": "s-clerk",
    "statement_id": "st-1",
    "subject": "purchases",
    "ticket_id": "a752cd6a8f5f24f65a38b69f",
    "till_id": "till-1",
    "use_id": "u1",
}
"""The values of the tests for path parameters."""

PUBLIC = """
/
/api/v1/
/api/v1/drops
/api/v1/drops/<drop_id>
/api/v1/keys
/api/v1/openapi.json
/api/v1/time/<client_ms>
/card/sign-in
/demonstration
/desk/invitation
/desk/sign-in
/desk/sign-in/outside
/desk/sign-in/outside/back
/healthz
/outbox
/shop/sign-in
/static/<path:name>
/till/pair
/till/pair/state
"""
"""The paths that anybody may call."""

SEEING_FORMS = """
/desk/account
/desk/members
/desk/sign-out
"""
"""The paths of officers' forms that readers may send, because they change no record."""

_AREAS = ("/card/", "/till/", "/shop/", "/desk/", "/outbox", "/demonstration")


class Address(NamedTuple):
    """A method and a path, and who may call it."""

    policy: Policy
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def asked(self) -> str:
        """Return the path with values for its parameters."""
        for name in re.findall("<(.+?)>", self.path):
            assert name in NAMED, (
                f"{self} names <{name}>: add the line"
                f' "{name}": "some-id", to NAMED in tests/support/endpoint_table.py'
            )
        return re.sub("<(.+?)>", lambda found: NAMED[found[1]], self.path)

    @property
    def is_page(self) -> bool:
        """Return whether people open it, not programs."""
        return self.path.startswith(_AREAS)


def _served() -> Iterator[Address]:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.read({"HONGKA_VAR": folder}))
        for rule in app.url_map.iter_rules():
            policy: Policy = app.view_functions[rule.endpoint].policy  # type: ignore[attr-defined]
            for method in (rule.methods or set()) - {"HEAD"}:
                yield Address(policy, method, rule.rule)
        services_of(app).close()


ADDRESSES = sorted(_served(), key=lambda one: (list(Policy).index(one.policy), *one[1:]))
PAGES = [one for one in ADDRESSES if one.is_page]
