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
"""The most session codes of one request; shown for 15 seconds each, they last five minutes."""

_PublicKey = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43,87}$(?!\n)", max_length=87)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=CODES_MAX)]


class CertificateAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public key, in base64url, with which a phone is to sign codes."""

    algorithm: Algorithm
    public_key: _PublicKey


class SessionCodesAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for `count` codes ahead of time, at most 20."""

    count: _Count = 8


class DeviceBody(msgspec.Struct, frozen=True, kw_only=True):
    """The certified phone of a card; `device` is the thumbprint of its key."""

    device: str
    algorithm: str
    expires_at: datetime


class CardShownBody(msgspec.Struct, frozen=True, kw_only=True):
    """A card as its holder sees it; `status` is `none` where the member never had a card.

    `name` and `masked_name` are null where the vault has no such person, `last_day` where the card
    has no end, and `device` where no phone is certified now.
    """

    status: str
    last_day: date | None
    name: str | None
    masked_name: str | None
    device: DeviceBody | None
    server_time: datetime


class CertificateBody(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate in base64url, which the phone copies unchanged into each code it signs."""

    certificate: str
    expires_at: datetime
    card: str
    device: str
    server_time: datetime


class SessionCodeBody(msgspec.Struct, frozen=True, kw_only=True):
    """A code, valid until `expires_at`; the phone shows it from `issued_at` until the next one."""

    code: str
    issued_at: datetime
    expires_at: datetime


class SessionCodesBody(msgspec.Struct, frozen=True, kw_only=True):
    """Codes in the order in which the phone shows them, and the server's time."""

    codes: list[SessionCodeBody]
    server_time: datetime


def base64url(raw: bytes) -> str:
    """Return bytes in base64url (RFC 4648, section 5), without padding."""
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
