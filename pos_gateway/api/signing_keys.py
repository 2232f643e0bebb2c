"""The public keys of codes, for tills that verify offline."""

from __future__ import annotations

import msgspec

from ledger.benefits import Words
from pos_gateway.auth.policies import Policy
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.views import Views, route, routes_of


class KeyBody(msgspec.Struct, frozen=True, kw_only=True):
    """A public key as a JSON Web Key (RFC 8037).

    `not_before` and `not_after` are the Unix times of the first and the last code it signs.
    """

    kty: str
    crv: str
    alg: str
    use: str
    kid: str
    x: str
    not_before: int
    not_after: int


class KeysBody(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of codes that may still be valid, and the next key."""

    keys: list[KeyBody]


class KeyRoutes(Views[Services]):
    """The route of the public keys."""

    @route(
        "GET /keys",
        Policy.PUBLIC,
        Words("验码公钥", "The public keys of codes"),
        Words("公钥", "The keys"),
    )
    def keys(self) -> Reply[KeysBody]:
        """Return the public keys of all codes that may still be valid, and of the next codes."""
        return Reply(KeysBody(keys=msgspec.convert(self._services.keys.public(), list[KeyBody])))


routes = routes_of(KeyRoutes)
