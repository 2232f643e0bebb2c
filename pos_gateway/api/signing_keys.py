"""The public keys of codes, for tills that verify offline."""

from __future__ import annotations

import msgspec

from ledger.benefits import Words
from pos_gateway.api.examples import redemptions
from pos_gateway.auth.policies import Policy
from pos_gateway.services import House
from pos_gateway.web.api_route import Reply, Route


class KeyBody(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON Web Key (RFC 8037), with the Unix times of the first and last code it signs."""

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


def routes(house: House) -> list[Route]:
    """Return the route of the keys."""

    def keys() -> Reply:
        return Reply(KeysBody(keys=msgspec.convert(house.keys.public(), list[KeyBody])))

    return [
        Route(
            name="keys",
            method="GET",
            path="/keys",
            policy=Policy.PUBLIC,
            title=Words("验码公钥", "The public keys of codes"),
            view=keys,
            answers=KeysBody,
            statuses={200: Words("公钥", "The keys")},
            example_answer=redemptions.KEYS,
        )
    ]
