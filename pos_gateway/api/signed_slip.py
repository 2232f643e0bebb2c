"""Signed offline receipts (slips) of tills, and the sync receipts that tills get.

A slip is the JSON text itself, so that nobody has to serialise it twice alike. The till signs its
UTF-8 after a line with the purpose:

    hongka late 1       a late redemption
    hongka count 1      the highest number the till has used
    hongka till key 1   the key itself, as merchant, till and hex on a line each

The key is Ed25519, 32 bytes, or P-256, the 65 bytes of an uncompressed point, in hex. A signature
is 64 bytes in base64url, as WebCrypto makes it (by P-256 with SHA-256, r and s).

A sync receipt comes with every offline bundle, and proves the time of that sync: `m1.`, the time in
milliseconds since 1970, `.`, and an HMAC-SHA-256 over merchant, till and time in base64url.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from ledger.errors import DeviceKeyMissing, SlipForged
from pos_gateway.codes import base64url, base64url_bytes
from pos_gateway.codes.device import Algorithm, device_key
from pos_gateway.secret_file import gateway_secret
from pos_gateway.services import Services
from pos_gateway.web.json_body import read_body

SLIP_LENGTH_MAX = 4_000
"""The longest slip, in characters."""

Purpose = Literal["late", "count", "till key"]
Slip = Annotated[str, msgspec.Meta(max_length=SLIP_LENGTH_MAX)]
Signature = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{86}$(?!\n)", max_length=86)]
KeyHex = Annotated[
    str, msgspec.Meta(pattern=r"^([0-9a-f]{64}|04[0-9a-f]{128})$(?!\n)", max_length=130)
]

_ED25519_BYTES = 32


MARK_LENGTH_MAX = 80
"""The longest receipt, in characters."""

_MARK = re.compile(r"m1\.([0-9]{1,15})\.([A-Za-z0-9_-]{43})")
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
"""The unit of a sync receipt, and the time from which it counts."""


class Slipped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields that every slip has: the ids of the till and its merchant."""

    merchant_id: str
    till_id: str


Kind = TypeVar("Kind", bound=Slipped)


def read_slip(
    text: str, signature: str, kind: type[Kind], *, purpose: Purpose, key_hex: str
) -> Kind:
    """Verify the till's signature over a slip, and return the slip decoded as `kind`.

    Raises:
        DeviceKeyMissing: `key_hex` is empty: the till has registered no key.
        SlipForged: the till's key did not sign this text for this purpose.
        RequestMalformed: the text is not JSON, or a field occurs twice.
        InputInvalid: the fields are not those of `kind`.
    """
    if not key_hex:
        raise DeviceKeyMissing
    check_signature(text, signature, purpose=purpose, key_hex=key_hex)
    return read_body(text.encode(), kind).body


def check_signature(text: str, signature: str, *, purpose: Purpose, key_hex: str) -> None:
    """Raise SlipForged unless the key signed `text` for `purpose`; InputInvalid for a bad key."""
    key = bytes.fromhex(key_hex)
    algorithm: Algorithm = "Ed25519" if len(key) == _ED25519_BYTES else "P-256"
    checked = device_key(algorithm, key)
    try:
        told = f"hongka {purpose} 1\n{text}".encode()
        sound = checked.signed(told, base64url_bytes(signature))
    except ValueError:
        sound = False
    if not sound:
        raise SlipForged(problem="signature")


def make_mark(services: Services, merchant_id: str, till_id: str, now: datetime) -> str:
    """Return the sync receipt of a till that syncs at `now`; it proves that millisecond."""
    milliseconds = (now - BEGINNING) // MILLISECOND
    return f"m1.{milliseconds}.{_seal(services, merchant_id, till_id, milliseconds)}"


def read_mark(services: Services, merchant_id: str, till_id: str, mark: str) -> datetime:
    """Return the time of sync that a receipt proves, in UTC; raise SlipForged if it proves none."""
    found = _MARK.fullmatch(mark)
    if found is None:
        raise SlipForged(problem="mark")
    milliseconds = int(found[1])
    if not hmac.compare_digest(_seal(services, merchant_id, till_id, milliseconds), found[2]):
        raise SlipForged(problem="mark")
    return BEGINNING + milliseconds * MILLISECOND


def _seal(services: Services, merchant_id: str, till_id: str, milliseconds: int) -> str:
    told = f"hongka sync mark 1\n{merchant_id}\n{till_id}\n{milliseconds}".encode()
    sealed = hmac.digest(_secret(services.settings.keys), told, hashlib.sha256)
    return base64url(sealed)


@lru_cache(maxsize=16)
def _secret(folder: Path) -> bytes:
    return gateway_secret(folder, "sync-mark")
