"""The codes in QR pictures: `HK0:` printed on plastic, `HK1:` signed and short-lived on a phone."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Literal

import cbor2
import msgspec
from base45 import b45decode, b45encode
from cryptography.exceptions import InvalidSignature

from ledger.errors import HongkaError
from pos_gateway.code_keys import LIFETIME_MAX_SECONDS, SKEW_SECONDS, Key, KeyRing

TEXT_MAX = 600
"""The longest text that is looked at, in characters."""

CARD_BYTES = 12
JTI_BYTES = 8
PRINTED_BYTES = 16
"""What `make_printed_code` asks for; it uses 125 of the 128 bits."""

_PRINTED, _SESSION = "HK0:", "HK1:"
_PRINTED_CHARACTERS = 26
_SESSION_KIND = 1
_SKEW = timedelta(seconds=SKEW_SECONDS)

_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O or U
_VALUES = {symbol: value for value, symbol in enumerate(_SYMBOLS)}
# What people type for a digit, and the dashes their keyboards make for a hyphen.
_TYPED = str.maketrans({"O": "0", "I": "1", "L": "1"} | dict.fromkeys("-‐–—−"))  # fmt: skip

# A header of ours up to the `kid`: array of four; map {1: -8, 4: two bytes} in seven bytes.
_HEADER_START = bytes.fromhex("84 47 a2 01 27 04 42")

Problem = Literal[
    "malformed",
    "unknown_key",
    "forged",
    "expired",
    "not_yet_valid",
    "malleated",
    "check_character",
    "too_long",
    "unsupported",
]


class InvalidCode(HongkaError):
    """The scan is not a code of ours that holds now."""

    def __init__(self, *, problem: Problem) -> None:
        super().__init__(problem=problem)
        self.problem = problem


class Printed(msgspec.Struct, frozen=True):
    """A code read off plastic: 26 characters, normalised, by which a card is looked up."""

    number: str


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
    if text.startswith(_SESSION):
        return _read_session(text.removeprefix(_SESSION), ring, now)
    return Printed(_read_printed(text))


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
    return _SESSION + encoded.decode()


def make_printed_code(random_bytes: bytes) -> str:
    """A code for plastic from 16 random bytes: 30 characters, the last of them a check character.

    Raises:
        ValueError: not 16 bytes.

    """
    if len(random_bytes) != PRINTED_BYTES:
        raise ValueError("a printed code takes 16 random bytes")
    bits = int.from_bytes(random_bytes)
    symbols = [_SYMBOLS[bits >> 5 * place & 31] for place in range(_PRINTED_CHARACTERS - 1)]
    # The check character weighs 1: it is whatever brings the sum back to nought.
    return _PRINTED + "".join(symbols) + _SYMBOLS[_check_sum([*symbols, "0"])]


def printed_code_hash(number: str) -> str:
    """What the log knows of a printed number: 32 hex characters of its SHA-256."""
    return hashlib.sha256(number.encode()).hexdigest()[:32]


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


def _read_printed(text: str) -> str:
    typed = "".join(unicodedata.normalize("NFKC", text).upper().split()).translate(_TYPED)
    if typed[:2] == "HK" and typed[2:4] in {"2:", "3:"}:
        raise InvalidCode(problem="unsupported")
    number = typed.removeprefix(_PRINTED)
    if len(number) != _PRINTED_CHARACTERS or not _VALUES.keys() >= set(number):
        raise InvalidCode(problem="malformed")
    if _check_sum(number):
        raise InvalidCode(problem="check_character")
    return number


def _check_sum(number: str | list[str]) -> int:
    """The sum of the symbols in the field of 32, each weighed by a power of x, modulo x⁵ + x² + 1.

    The powers up to x³⁰ all differ and none is nought: so one wrong symbol, or any two exchanged,
    or two alike that turn into two others alike, never leave the sum as it was.
    """
    total = 0
    for symbol in number:
        total <<= 1
        if total & 0b100000:
            total ^= 0b100101
        total ^= _VALUES[symbol]
    return total


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
            key.public.verify(signature, _to_be_signed(key.header, payload))
        except InvalidSignature:
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
