"""The key a till shows with each request: made at pairing, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

from ledger.application import Ledger
from ledger.errors import Denied, TillUnknown
from pos_gateway.auth.policies import AtTill

SECRET_BYTES = 32

_KEY = re.compile(
    r"(?i:Bearer) +hkt\.([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.([A-Za-z0-9][A-Za-z0-9_-]{0,63})"
    r"\.([A-Za-z0-9_-]{43})"
)


class KeyRefused(Denied):
    """There is no key with the request, or not one this till was given."""


def make_till_key(merchant_id: str, till_id: str, random_bytes: bytes) -> tuple[str, str]:
    """The key to show once, from 32 random bytes, and its hash to pair the till with.

    Raises:
        ValueError: not 32 bytes.

    """
    if len(random_bytes) != SECRET_BYTES:
        raise ValueError("a till key takes 32 random bytes")
    secret = urlsafe_b64encode(random_bytes).rstrip(b"=").decode()
    return f"hkt.{merchant_id}.{till_id}.{secret}", _key_hash(secret)


def till_of(authorization: str, ledger: Ledger) -> AtTill:
    """The till that shows this `Authorization` header.

    Raises:
        KeyRefused: it is no key, or not that till's; a stranger is not told which tills there are.
        TillRevoked: its pairing was ended.

    """
    found = _KEY.fullmatch(authorization)
    if found is None:
        raise KeyRefused
    merchant_id, till_id, secret = found.groups()
    try:
        till = ledger.live_till(merchant_id, till_id)
    except TillUnknown:
        raise KeyRefused from None
    if not hmac.compare_digest(_key_hash(secret), till.key_hash):
        raise KeyRefused
    return AtTill(merchant_id, till.outlet_id, till_id)


def _key_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
