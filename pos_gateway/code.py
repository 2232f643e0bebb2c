"""The codes in QR pictures: `HK0:` printed on plastic, `HK1:` signed and short-lived on a phone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cbor2
import msgspec
from base45 import b45decode, b45encode
from nacl.exceptions import BadSignatureError

from pos_gateway.code_invalid import InvalidCode, Problem
from pos_gateway.code_keys import LIFETIME_MAX_SECONDS, SKEW_SECONDS, Key, KeyRing
from pos_gateway.code_printed import Printed, make_printed_code, printed_code_hash, read_printed

__all__ = [
    "InvalidCode",
    "Printed",
    "Session",
    "card_bytes",
    "card_id_text",
    "make_printed_code",
    "make_session_code",
    "printed_code_hash",
    "read",
]

TEXT_MAX = 600
"""The longest text that is looked at, in characters."""

CARD_BYTES = 12
JTI_BYTES = 8
_PREFIX = "HK1:"
_SESSION_KIND = 1
_SKEW = timedelta(seconds=SKEW_SECONDS)

# A header of ours up to the `kid`: array of four; map {1: -8, 4: two bytes} in seven bytes.
_HEADER_START = bytes.fromhex("84 47 a2 01 27 04 42")


class Session(msgspec.Struct, frozen=True):
    """A code read off a phone, verified. `jti` is the code's own id: it redeems once."""

    card_id: str
    jti: str
    issued_at: datetime
    expires_at: datetime


def read(text: str, ring: KeyRing, *, now: datetime) -> Printed | Session:
    """What a scanned or typed text stands for.

    A printed number may be typed by hand, with or without prefix, hyphens and spaces. A session
    code is read to the letter: spaces belong to it.

    Raises:
        InvalidCode: `problem` says why not.

    """
    if len(text) > TEXT_MAX:
        raise InvalidCode(problem="too_long")
    if text.startswith(_PREFIX):
        return _read_session(text.removeprefix(_PREFIX), ring, now)
    return read_printed(text)


def make_session_code(
    ring: KeyRing, *, card: bytes, now: datetime, jti: bytes, lifetime_seconds: int = 60
) -> str:
    """A signed code of 186 characters. A phone that fetches ahead asks for times to come as `now`.

    Raises:
        ValueError: `card` is not 12 bytes, `jti` not 8, or the lifetime outside 1–300 s.
        KeysUnusable: no key signs at that time.

    """
    if len(card) != CARD_BYTES or len(jti) != JTI_BYTES:
        raise ValueError("a card is 12 bytes, a jti 8")
    if not 1 <= lifetime_seconds <= LIFETIME_MAX_SECONDS:
        raise ValueError("lifetime_seconds")
    issued_at = now.replace(microsecond=0)
    key = ring.signing_key(issued_at)
    seconds = int(issued_at.timestamp())
    payload = cbor2.dumps(
        {4: seconds + lifetime_seconds, 6: seconds, 7: jti, -65537: [_SESSION_KIND, card]}
    )
    signature = key.private.sign(_to_be_signed(key.header, payload))
    encoded: bytes = b45encode(_message(key.header, payload, signature))
    return _PREFIX + encoded.decode()


def card_id_text(card: bytes) -> str:
    """A card's 12 bytes as the log writes them."""
    return card.hex()


def card_bytes(card_id: str) -> bytes:
    """The 12 bytes of a card id.

    Raises:
        ValueError: not 24 lower-case hex characters.

    """
    card = bytes.fromhex(card_id)
    if len(card) != CARD_BYTES or card.hex() != card_id:
        raise ValueError("a card id is 24 lower-case hex characters")
    return card


def _read_session(text: str, ring: KeyRing, now: datetime) -> Session:
    try:
        raw = b45decode(text.encode("ascii"))  # as bytes: off a str it would strip a line end
    except ValueError:
        raise InvalidCode(problem="malformed") from None
    # No stranger's CBOR is ever decoded: the parts are cut where ours stand, and what we would have
    # written from them must be what was read. One message so has one spelling.
    header, payload, signature = raw[2:9], raw[12:-66], raw[-64:]
    keys = ring.by_header.get(header)
    if keys is None:
        raise InvalidCode(problem=_stranger(raw, ring))
    if _message(header, payload, signature) != raw:
        raise InvalidCode(problem="malleated")
    return _session(payload, _signer(keys, payload, signature), now)


def _stranger(raw: bytes, ring: KeyRing) -> Problem:
    """Why no key was found where its `kid` should stand."""
    if any(header in raw for header in ring.by_header):
        return "malleated"
    if raw.startswith(_HEADER_START):
        return "unknown_key"
    return "unsupported" if raw[:1] == _HEADER_START[:1] else "malformed"


def _signer(keys: tuple[Key, ...], payload: bytes, signature: bytes) -> Key:
    for key in keys:
        try:
            key.verifier.verify(_to_be_signed(key.header, payload), signature)
        except BadSignatureError:
            continue
        return key
    raise InvalidCode(problem="forged")


def _session(payload: bytes, key: Key, now: datetime) -> Session:
    match cbor2.loads(payload):  # signed, so written by us
        case {4: int(expires), 6: int(issued), 7: bytes(jti), -65537: [1, bytes(card)]}:
            pass
        case _:
            raise InvalidCode(problem="unsupported")
    issued_at = datetime.fromtimestamp(issued, UTC)
    expires_at = datetime.fromtimestamp(expires, UTC)
    # A key that leaks after its time must not sign codes for today.
    if not key.signs(issued_at) or expires - issued > LIFETIME_MAX_SECONDS:
        raise InvalidCode(problem="forged")
    if now < issued_at - _SKEW:
        raise InvalidCode(problem="not_yet_valid")
    if now >= expires_at + _SKEW:
        raise InvalidCode(problem="expired")
    return Session(card.hex(), jti.hex(), issued_at, expires_at)


def _message(header: bytes, payload: bytes, signature: bytes) -> bytes:
    """An untagged COSE_Sign1."""
    return cbor2.dumps([header, {}, payload, signature])


def _to_be_signed(header: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", header, b"", payload])
