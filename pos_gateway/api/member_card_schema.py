"""What is asked and answered about a member's own card, as JSON."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import date, datetime
from typing import Annotated

import msgspec

from ledger.errors import InputInvalid
from pos_gateway.codes.device import Algorithm

CODES_MAX = 20
"""The most session codes fetched ahead at once: five minutes of them."""

_PublicKey = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43,87}$(?!\n)", max_length=87)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=CODES_MAX)]


class CertificateAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone wants to sign codes with this key."""

    algorithm: Algorithm
    public_key: _PublicKey


class SessionCodesAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone fetches codes ahead."""

    count: _Count = 8


class DeviceBody(msgspec.Struct, frozen=True, kw_only=True):
    """The phone that signs codes of the card, by the thumbprint of its key."""

    device: str
    algorithm: str
    expires_at: datetime


class CardShownBody(msgspec.Struct, frozen=True, kw_only=True):
    """A card as its holder sees it; `status` is `none` where there is no card yet."""

    status: str
    last_day: date | None
    name: str | None
    masked_name: str | None
    device: DeviceBody | None
    server_time: datetime


class CertificateBody(msgspec.Struct, frozen=True, kw_only=True):
    """By which a phone signs codes: it puts the certificate into each of them as it is."""

    certificate: str
    expires_at: datetime
    card: str
    device: str
    server_time: datetime


class SessionCodeBody(msgspec.Struct, frozen=True, kw_only=True):
    """A code to show from `issued_at`, until the next one's turn."""

    code: str
    issued_at: datetime
    expires_at: datetime


class SessionCodesBody(msgspec.Struct, frozen=True, kw_only=True):
    """Codes in the order they are to be shown."""

    codes: list[SessionCodeBody]
    server_time: datetime


def base64url(raw: bytes) -> str:
    """Bytes as they are sent: RFC 4648, section 5, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def public_key_sent(text: str) -> bytes:
    """The bytes of a key that was sent.

    Raises:
        InputInvalid: it is no base64url.

    """
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except NotBase64:
        raise InputInvalid(field="public_key") from None
