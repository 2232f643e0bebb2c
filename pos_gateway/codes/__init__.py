"""QR codes: `HK0:` printed on plastic, `HK1:` signed by the gateway, `HK3:` signed by a phone."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec

from pos_gateway.codes import device
from pos_gateway.codes.cose import CARD_BYTES, JTI_BYTES, PREFIX, sign, verify
from pos_gateway.codes.device import Device, verify_device
from pos_gateway.codes.encoding import base64url, base64url_bytes
from pos_gateway.codes.keys import LIFETIME_MAX_SECONDS, SKEW_SECONDS, TICKET_DAYS_MAX, Key, KeyRing
from pos_gateway.codes.printed import Printed, make_printed_code, printed_code_hash, read_printed
from pos_gateway.errors import InvalidCode

__all__ = [
    "CARD_BYTES",
    "Device",
    "InvalidCode",
    "Printed",
    "Session",
    "Ticket",
    "base64url",
    "base64url_bytes",
    "card_bytes",
    "make_printed_code",
    "make_session_code",
    "make_ticket_code",
    "printed_code_hash",
    "read",
]

_CONTROLS = dict.fromkeys(range(1, 32))
_MARK = re.compile(r"^ *(?:\][A-Z][0-9])?")

TEXT_MAX = 600
"""The longest text that `read` accepts, in characters."""

VERIFIED_MAX = 4_096
"""The most verified codes that a process remembers, about a kilobyte each; the latest used stay."""

TICKET_SECONDS_MAX = TICKET_DAYS_MAX * 24 * 60 * 60

_SESSION_KIND, _TICKET_KIND = 1, 3
_SKEW = timedelta(seconds=SKEW_SECONDS)


class Session(msgspec.Struct, frozen=True):
    """A verified session code, made for a phone by the gateway.

    `jti` is the code's own id: each code redeems once.
    """

    card_id: str
    jti: str
    issued_at: datetime
    expires_at: datetime


class Ticket(msgspec.Struct, frozen=True):
    """A verified ticket code. Anybody with a copy can show it: the ledger knows what is left.

    `jti` is the code's own id: a picture made again has another id.
    """

    card_id: str
    ticket_id: str
    jti: str
    issued_at: datetime
    expires_at: datetime


def read(text: str, ring: KeyRing, *, now: datetime) -> Printed | Session | Ticket | Device:
    """Return the verified code of a scanned or typed text.

    The text may be in small letters or full width, with line ends anywhere, and after the mark
    (`]Q1`) by which a scanner names the kind of code. A printed number may be typed with or without
    prefix, hyphens and spaces; a signed code has all of its spaces. Its signature is verified once
    for a ring, its times each time.

    Raises:
        InvalidCode: `problem` gives the reason.
    """
    if len(text) > TEXT_MAX:
        raise InvalidCode(problem="too_long")
    text = unicodedata.normalize("NFKC", text).upper().translate(_CONTROLS)
    text = _MARK.sub("", text, count=1)
    if not text.startswith((PREFIX, device.PREFIX)):
        return read_printed(text)
    code, first, last = _verified(text, ring)
    if now < first:
        raise InvalidCode(problem="not_yet_valid")
    if now > last:
        raise InvalidCode(problem="expired")
    return code


@lru_cache(VERIFIED_MAX)
def _verified(text: str, ring: KeyRing) -> tuple[Session | Ticket | Device, datetime, datetime]:
    """Return a signed code with the first and last instant of its validity.

    A till validates a code and then redeems it: the second reading finds the first one's result.
    Refusals are not remembered, so nobody fills the memory with codes that are not ours. Another
    ring, such as one read after a rotation, finds nothing here.
    """
    if text.startswith(PREFIX):
        return _verify_signed(text, ring)
    return verify_device(text, ring)


def make_session_code(
    ring: KeyRing, *, card: bytes, now: datetime, jti: bytes, lifetime_seconds: int = 60
) -> str:
    """Return a signed code of 186 characters; for codes fetched ahead, `now` lies in the future.

    Raises:
        ValueError: `card` is not 12 bytes, `jti` not 8, or the lifetime outside 1–300 s.
        KeysUnusable: no key signs at that time.
    """
    if not 1 <= lifetime_seconds <= LIFETIME_MAX_SECONDS:
        raise ValueError("lifetime_seconds")
    expires = int(now.timestamp()) + lifetime_seconds
    return _signed(ring, [_SESSION_KIND, card], now=now, expires=expires, jti=jti)


def make_ticket_code(
    ring: KeyRing, *, card: bytes, ticket: bytes, now: datetime, expires_at: datetime, jti: bytes
) -> str:
    """Return a signed code of 205 characters; a QR picture of version 8 at level M holds 221.

    The code is valid until `expires_at`, in whole seconds: its session's end, or earlier.

    Raises:
        ValueError: `card` or `ticket` is not 12 bytes, `jti` not 8, or the lifetime is less than a
            second or more than 62 days.
        KeysUnusable: no key signs at that time.
    """
    expires = int(expires_at.timestamp())
    if not 1 <= expires - int(now.timestamp()) <= TICKET_SECONDS_MAX:
        raise ValueError("expires_at")
    return _signed(ring, [_TICKET_KIND, card, ticket], now=now, expires=expires, jti=jti)


def _signed(
    ring: KeyRing, stands_for: list[int | bytes], *, now: datetime, expires: int, jti: bytes
) -> str:
    lengths = [len(one) for one in stands_for if isinstance(one, bytes)]
    if set(lengths) != {CARD_BYTES} or len(jti) != JTI_BYTES:
        raise ValueError("a card and a ticket are 12 bytes, a jti 8")
    at = now.replace(microsecond=0)
    return sign(ring, stands_for=stands_for, issued_at=at, expires=expires, jti=jti)


def card_bytes(card_id: str) -> bytes:
    """Return the 12 bytes of a card id.

    Raises:
        ValueError: the id is not 24 lower-case hex characters.
    """
    card = bytes.fromhex(card_id)
    if len(card) != CARD_BYTES or card.hex() != card_id:
        raise ValueError("a card id is 24 lower-case hex characters")
    return card


def _verify_signed(text: str, ring: KeyRing) -> tuple[Session | Ticket, datetime, datetime]:
    """Verify a code that the gateway signed; as for `_verified`."""
    claims, key = verify(text, ring)
    code: Session | Ticket
    match claims:
        case {4: int(ends), 6: int(began), 7: bytes(jti), -65537: [1, bytes(card)]}:
            times = _times(began, ends, LIFETIME_MAX_SECONDS, key)
            code = Session(card.hex(), jti.hex(), *times)
        case {4: int(ends), 6: int(began), 7: bytes(jti), -65537: [3, bytes(card), bytes(ticket)]}:
            times = _times(began, ends, TICKET_SECONDS_MAX, key)
            code = Ticket(card.hex(), ticket.hex(), jti.hex(), *times)
        case _:
            raise InvalidCode(problem="unsupported")
    return code, code.issued_at - _SKEW, code.expires_at + _SKEW - timedelta.resolution


def _times(began: int, ends: int, lifetime_max_seconds: int, key: Key) -> tuple[datetime, datetime]:
    """Return the times of issue and expiry of a code, from its seconds since 1970.

    Raises:
        InvalidCode: the key could not sign then, or the code lives too long.
    """
    issued_at = datetime.fromtimestamp(began, UTC)
    expires_at = datetime.fromtimestamp(ends, UTC)
    # A key that leaks after its time must not sign codes of today.
    if not key.signs(issued_at) or ends - began > lifetime_max_seconds:
        raise InvalidCode(problem="forged")
    return issued_at, expires_at
