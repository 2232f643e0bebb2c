"""What a till signed while nobody could be asked: a slip, and the signature of the till's key.

A slip is the JSON text itself, so that nobody has to write it twice the same way. Signed is its
UTF-8 behind a line that says what for:

    hongka late 1       a late redemption
    hongka count 1      up to which number the till has counted
    hongka till key 1   the key itself, as merchant, till and hex on a line each

The key is Ed25519, 32 bytes, or P-256, the 65 bytes of an uncompressed point, in hex; a signature,
64 bytes in base64url, is what WebCrypto makes of either (by P-256 with SHA-256, r and s).
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
    """What every slip says: whose it is."""

    merchant_id: str
    till_id: str


Kind = TypeVar("Kind", bound=Slipped)


def read_slip(
    text: str, signature: str, kind: type[Kind], *, purpose: Purpose, key_hex: str
) -> Kind:
    """What a till said, where its key signed it.

    Raises:
        DeviceKeyMissing: the till has no key.
        SlipForged: its key did not sign this.
        RequestMalformed: it is no JSON, or an ambiguous one.
        InputInvalid: it is no slip of this kind.

    """
    if not key_hex:
        raise DeviceKeyMissing
    check_signature(text, signature, purpose=purpose, key_hex=key_hex)
    slip: Kind = read_body(text.encode(), kind).body
    return slip


def check_signature(text: str, signature: str, *, purpose: Purpose, key_hex: str) -> None:
    """Check that a key signed a text for this purpose.

    Raises:
        SlipForged: it did not, or the text is none.
        InputInvalid: it is no key under which a signature says anything.

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
