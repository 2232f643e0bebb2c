"""Signed offline receipts (slips): a text, and the signature of the till's key.

A slip is the JSON text itself, so that nobody has to serialise it twice alike. The till signs its
UTF-8 after a line with the purpose:

    hongka late 1       a late redemption
    hongka count 1      the highest number the till has used
    hongka till key 1   the key itself, as merchant, till and hex on a line each

The key is Ed25519, 32 bytes, or P-256, the 65 bytes of an uncompressed point, in hex. A signature
is 64 bytes in base64url, as WebCrypto makes it (by P-256 with SHA-256, r and s).
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import Annotated, Literal, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from ledger.errors import DeviceKeyMissing, SlipForged
from pos_gateway.codes.device import Algorithm, device_key
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
    """Check that the key signed `text` for this purpose; a signature for another is rejected.

    Raises:
        SlipForged: the key did not sign it, or the signature is malformed.
        InputInvalid: the key is malformed, or of a kind under which any signature verifies.
    """
    key = bytes.fromhex(key_hex)
    algorithm: Algorithm = "Ed25519" if len(key) == _ED25519_BYTES else "P-256"
    device_key(algorithm, key)
    try:
        told, signed = f"hongka {purpose} 1\n{text}".encode(), urlsafe_b64decode(f"{signature}==")
        if algorithm == "Ed25519":
            Ed25519PublicKey.from_public_bytes(key).verify(signed, told)
        else:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
            half = len(signed) // 2
            r, s = int.from_bytes(signed[:half]), int.from_bytes(signed[half:])
            point.verify(encode_dss_signature(r, s), told, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        raise SlipForged(problem="signature") from None
