"""JSON schemas of a member's own card."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import date, datetime
from typing import Annotated

import msgspec

from ledger.errors import InputInvalid
from pos_gateway.codes.device import Algorithm

CODES_MAX = 20
"""The most session codes of one request: for five minutes."""

_PublicKey = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43,87}$(?!\n)", max_length=87)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=CODES_MAX)]


class CertificateAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public key with which a phone wants to sign codes."""

    algorithm: Algorithm
    public_key: _PublicKey


class SessionCodesAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for codes ahead of time."""

    count: _Count = 8


class DeviceBody(msgspec.Struct, frozen=True, kw_only=True):
    """The phone that signs codes of the card, by the thumbprint of its key."""

    device: str
    algorithm: str
    expires_at: datetime


class CardShownBody(msgspec.Struct, frozen=True, kw_only=True):
    """A card as its holder sees it; `status` is `none` before the first card."""

    status: str
    last_day: date | None
    name: str | None
    masked_name: str | None
    device: DeviceBody | None
    server_time: datetime


class CertificateBody(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate; the phone copies it unchanged into each code."""

    certificate: str
    expires_at: datetime
    card: str
    device: str
    server_time: datetime


class SessionCodeBody(msgspec.Struct, frozen=True, kw_only=True):
    """A code to show from `issued_at` until the next one starts."""

    code: str
    issued_at: datetime
    expires_at: datetime


class SessionCodesBody(msgspec.Struct, frozen=True, kw_only=True):
    """Codes in the order in which to show them."""

    codes: list[SessionCodeBody]
    server_time: datetime


def base64url(raw: bytes) -> str:
    """Bytes as they are sent: RFC 4648, section 5, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def public_key_sent(text: str) -> bytes:
    """Decode a public key from base64url, with or without padding; its form is not checked.

    Raises:
        InputInvalid: the text is not base64url.

    """
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except NotBase64:
        raise InputInvalid(field="public_key") from None
