"""The key a member shows with each request: made at the desk, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

from ledger.application import Ledger
from ledger.errors import KeyEnded
from pos_gateway.auth.policies import AtMember
from pos_gateway.auth.till_api_key import SECRET_BYTES, KeyRefused

_KEY = re.compile(
    r"(?i:Bearer) +hkm\.([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.([A-Za-z0-9][A-Za-z0-9_-]{0,63})"
    r"\.([A-Za-z0-9_-]{43})"
)


def make_member_key(member_id: str, key_id: str, random_bytes: bytes) -> tuple[str, str]:
    """The key to show once, from 32 random bytes, and its hash to record.

    Raises:
        ValueError: not 32 bytes.

    """
    if len(random_bytes) != SECRET_BYTES:
        raise ValueError("a member's key takes 32 random bytes")
    secret = urlsafe_b64encode(random_bytes).rstrip(b"=").decode()
    return f"hkm.{member_id}.{key_id}.{secret}", _key_hash(secret)


def member_of(authorization: str, ledger: Ledger) -> AtMember:
    """The member who shows this `Authorization` header.

    Raises:
        KeyRefused: it is no key, or not a live one of that member; a stranger is not told which
            members there are, nor which keys they have or had.

    """
    found = _KEY.fullmatch(authorization)
    if found is None:
        raise KeyRefused
    member_id, key_id, secret = found.groups()
    try:
        member = ledger.authenticated_member(member_id, key_id=key_id)
    except KeyEnded:
        raise KeyRefused from None
    if not hmac.compare_digest(_key_hash(secret), member.keys[key_id]):
        raise KeyRefused
    return AtMember(member_id, key_id)


def _key_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
