"""API keys of tills and members: each is shown once when it is made, and stored as a hash."""

import hashlib
import hmac
import re

from ledger.application import Ledger
from ledger.errors import Denied, KeyEnded, TillUnknown
from ledger.members.member import ID
from pos_gateway.auth.policies import MemberIdentity, TillIdentity
from pos_gateway.codes import base64url

SECRET_BYTES = 32

_HEADER = re.compile(
    rf"(?i:Bearer) +(hkm|hkt)\.({ID.pattern})\.({ID.pattern})\.([A-Za-z0-9_-]{{43}})"
)


class KeyRefused(Denied):
    """The request has no valid API key: it is missing, malformed, unknown or ended."""


def make_till_key(merchant_id: str, till_id: str, random_bytes: bytes) -> tuple[str, str]:
    """Return a till's API key from 32 random bytes, and the SHA-256 in hex of its secret part."""
    return _made("hkt", merchant_id, till_id, random_bytes)


def make_member_key(member_id: str, key_id: str, random_bytes: bytes) -> tuple[str, str]:
    """Return a member's API key from 32 random bytes, and the SHA-256 in hex of its secret part."""
    return _made("hkm", member_id, key_id, random_bytes)


def till_of(authorization: str, ledger: Ledger) -> TillIdentity:
    """Return the till of an `Authorization` header; raise KeyRefused or TillRevoked."""
    merchant_id, till_id, secret = _parsed("hkt", authorization)
    try:
        till = ledger.live_till(merchant_id, till_id)
    except TillUnknown:
        raise KeyRefused from None
    _check(secret, till.key_hash)
    return TillIdentity(merchant_id, till.outlet_id, till_id)


def member_of(authorization: str, ledger: Ledger) -> MemberIdentity:
    """Return the member of an `Authorization` header; KeyRefused does not tell what is wrong."""
    member_id, key_id, secret = _parsed("hkm", authorization)
    try:
        member = ledger.authenticated_member(member_id, key_id=key_id)
    except KeyEnded:
        raise KeyRefused from None
    _check(secret, member.keys[key_id])
    return MemberIdentity(member_id, key_id)


def _made(prefix: str, owner_id: str, named_id: str, random_bytes: bytes) -> tuple[str, str]:
    if len(random_bytes) != SECRET_BYTES:
        raise ValueError("an API key takes 32 random bytes")
    secret = base64url(random_bytes)
    return f"{prefix}.{owner_id}.{named_id}.{secret}", _hash(secret)


def _parsed(prefix: str, authorization: str) -> tuple[str, str, str]:
    found = _HEADER.fullmatch(authorization)
    if found is None or found[1] != prefix:
        raise KeyRefused
    return found[2], found[3], found[4]


def _check(secret: str, key_hash: str) -> None:
    if not hmac.compare_digest(_hash(secret), key_hash):
        raise KeyRefused


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
