"""A code the member's own browser signs, offline: `HK3:` and Base45 of what is laid out here.

Every part has one length, so the parts stand at fixed places. All of it is deterministic CBOR
(RFC 8949): two COSE_Sign1 without tags (RFC 9052), the certificate inside the code as `kcwt`
(RFC 9528). `n` is 0 for Ed25519 and 2 for P-256.

    certificate (148 + n bytes), signed by a key of the ring
      84                                    array of 4
      47 a2 01 27 04 42 kk kk               protected {1: -8, 4: kid}
      a0                                    unprotected {}
      58 46+n                               payload, 70 + n bytes
        a3                                  map of 3
        04 1a tt tt tt tt                   4: exp, Unix seconds; at most 7 days after it was signed
        08 a1 01 COSE_Key                   8: {1: the device's public key}
        3a 00 01 00 00 82 02 4c (12 bytes)  -65537: [2, card]
      58 40 (64 bytes)                      signature over the Sig_structure
                                            84 6a "Signature1" 47 … kid 40 58 46+n payload

    COSE_Key, Ed25519 (40 bytes)  a3 01 01 20 06 21 58 20 x
    COSE_Key, P-256   (42 bytes)  a4 01 02 20 01 21 58 20 x 22 f4, or f5 where y is odd

    code (239 + n bytes), signed by the device's key
      84                                    array of 4
      43 a1 01 27                           protected {1: -8}; P-256: 43 a1 01 26, {1: -7}
      a1 0d certificate                     unprotected {13: certificate}, as an array, not bytes
      51                                    payload, 17 bytes
        a2                                  map of 2
        06 1a tt tt tt tt                   6: iat, Unix seconds
        07 48 (8 bytes)                     7: jti, the code's own id
      58 40 (64 bytes)                      signature over the Sig_structure
                                            84 6a "Signature1" 43 a1 01 27/26
                                            58 94+n certificate (as external_aad)  51 payload

In Base45 with its prefix an Ed25519 code has 363 characters and a P-256 code 366: both are QR
version 11 at level M, which holds 366. A signature by P-256 is r and s, 32 bytes each; who signs
may write a second one for the same claims, so a code is known by its `jti`, never by its text.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Literal

import cbor2
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.bindings import crypto_core_ed25519_is_valid_point

from ledger.errors import InputInvalid
from pos_gateway.codes.cose import (
    CARD_BYTES,
    byte_string,
    is_signed,
    message,
    raw_bytes,
    signer,
    to_be_signed,
)
from pos_gateway.codes.keys import KeyRing
from pos_gateway.errors import InvalidCode

PREFIX = "HK3:"

CERTIFIED_FOR_MAX = timedelta(days=7)
"""The longest validity of a device's certificate."""

CLOCK_APART = timedelta(seconds=60)
"""The largest accepted difference between a device's clock and ours."""

Algorithm = Literal["Ed25519", "P-256"]
"""The signature algorithms of devices, by the names that WebCrypto uses."""

_KIND = 2
_KCWT = b"\xa1\x0d"  # a map of one: 13, and the certificate
_HALF = 32  # of a signature; and a coordinate
_SEALED = 2 + 2 * _HALF  # a signature with its head, which ends what it signs
_CLAIMS = 17
_THUMBPRINT_BYTES = 16
_BEGUN = b"\x84\x43\xa1\x01"
_ODD = b"\x03"


class Device(msgspec.Struct, frozen=True):
    """A verified code that a certified device signed.

    `device` is the thumbprint of its key. `jti` is the code's own id: it redeems once.
    """

    card_id: str
    device: str
    jti: str
    issued_at: datetime


class DeviceKey(msgspec.Struct, frozen=True):
    """The public key of a device: 32 bytes of Ed25519, or 33 of P-256 (a compressed point)."""

    algorithm: Algorithm
    public: bytes

    @property
    def cose(self) -> dict[int, int | bytes | bool]:
        """Return the key as a COSE_Key map, ready to encode as CBOR."""
        if self.algorithm == "Ed25519":
            return {1: 1, -1: 6, -2: self.public}
        return {1: 2, -1: 1, -2: self.public[1:], -3: self.public[:1] == _ODD}

    @property
    def header(self) -> bytes:
        """The protected header of every code signed by the key."""
        return cbor2.dumps({1: -8 if self.algorithm == "Ed25519" else -7})

    @property
    def thumbprint(self) -> str:
        """The id of the device: the first 32 hex characters of the SHA-256 of its COSE_Key."""
        return hashlib.sha256(cbor2.dumps(self.cose)).digest()[:_THUMBPRINT_BYTES].hex()

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Return whether the key made this signature, of 64 bytes, over the message."""
        if self.algorithm == "Ed25519":
            return is_signed(message, signature, self.public)
        try:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.public)
            r, s = int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:])
            point.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def device_key(algorithm: Algorithm, exported: bytes) -> DeviceKey:
    """Return the key that a browser exported as `raw`, after checking it.

    Raises:
        InputInvalid: the key is not 32 bytes of Ed25519, or 65 of P-256 (33 if compressed), or not
            a point of the curve under which a signature proves anything.
    """
    if algorithm == "Ed25519":
        if len(exported) != _HALF or not crypto_core_ed25519_is_valid_point(exported):
            raise InputInvalid(field="public_key")
        return DeviceKey(algorithm, exported)
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), exported)
    except ValueError:
        raise InputInvalid(field="public_key") from None
    return DeviceKey(algorithm, point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def certify(
    ring: KeyRing, *, card: bytes, key: DeviceKey, now: datetime, expires_at: datetime
) -> bytes:
    """Return a certificate that lets a device sign codes of this card until `expires_at`.

    Raises:
        ValueError: `card` is not 12 bytes, or the certificate would be valid for more than 7 days.
        KeysUnusable: no key signs at that time.
    """
    if len(card) != CARD_BYTES:
        raise ValueError("a card is 12 bytes")
    began = now.replace(microsecond=0)
    if expires_at - began > CERTIFIED_FOR_MAX:
        raise ValueError("expires_at")
    signing = ring.signing_key(began)
    payload = _granted(int(expires_at.timestamp()), key, card)
    signature = signing.private.sign(to_be_signed(signing.header, payload))
    return message(signing.header, payload, signature)


def verify_device(text: str, ring: KeyRing) -> tuple[Device, datetime, datetime]:
    """Verify a code signed by a device; return it with the first and last instant of its validity.

    It is valid for a minute before and after its time of issue, and not beyond its certificate.

    Raises:
        InvalidCode: `problem` gives the reason.
    """
    # As in `cose.verify`: foreign CBOR is never decoded, but cut at fixed places.
    raw = raw_bytes(text, PREFIX)
    claims, signature = raw[-_SEALED - _CLAIMS : -_SEALED], raw[2 - _SEALED :]
    certificate = raw[7 : -_SEALED - _CLAIMS - 1]
    header, granted, seal = certificate[2:9], certificate[12:-_SEALED], certificate[2 - _SEALED :]
    expires, card = int.from_bytes(granted[3:7]), granted[-CARD_BYTES:]
    issued, jti = int.from_bytes(claims[3:7]), claims[9:]
    key = _key_cut(granted[10 : -CARD_BYTES - 8])
    inner = message(header, _granted(expires, key, card), seal)
    written = (
        *(b"\x84", byte_string(key.header), _KCWT, inner),
        *(byte_string(cbor2.dumps({6: issued, 7: jti})), byte_string(signature)),
    )
    if b"".join(written) != raw:
        raise InvalidCode(problem="malleated" if raw.startswith(_BEGUN) else "malformed")
    expires_at = datetime.fromtimestamp(expires, UTC)
    _check_certificate(ring, header, granted, seal, expires_at)
    if not key.signed(to_be_signed(key.header, claims, certificate), signature):
        raise InvalidCode(problem="forged")
    issued_at = datetime.fromtimestamp(issued, UTC)
    if expires_at - issued_at > CERTIFIED_FOR_MAX + CLOCK_APART:
        raise InvalidCode(problem="forged")
    if issued_at >= expires_at:
        raise InvalidCode(problem="expired")
    code = Device(card.hex(), key.thumbprint, jti.hex(), issued_at)
    return code, issued_at - CLOCK_APART, issued_at + CLOCK_APART


def _key_cut(cose: bytes) -> DeviceKey:
    """Return the key that a COSE_Key in these bytes holds; they are not checked."""
    if len(cose) <= 8 + _HALF:
        return DeviceKey("Ed25519", cose[8:])
    return DeviceKey("P-256", (b"\x03" if cose[-1:] == b"\xf5" else b"\x02") + cose[8:-2])


def _check_certificate(
    ring: KeyRing, header: bytes, granted: bytes, seal: bytes, expires_at: datetime
) -> None:
    """Check that one of our keys signed the certificate, while the key could sign.

    Raises:
        InvalidCode: `unknown_key` or `forged`.
    """
    keys = ring.by_header.get(header)
    if keys is None:
        raise InvalidCode(problem="unknown_key")
    # A key that leaks after its time must not certify devices today.
    in_time = [
        one for one in keys if one.not_before < expires_at <= one.not_after + CERTIFIED_FOR_MAX
    ]
    signer(tuple(in_time), granted, seal)


def _granted(expires: int, key: DeviceKey, card: bytes) -> bytes:
    return cbor2.dumps({4: expires, 8: {1: key.cose}, -65537: [_KIND, card]})
