"""Signed codes: claims in an untagged COSE_Sign1 (RFC 9052), as Base45 after `HK1:`, by Ed25519."""

import ctypes
from datetime import datetime

import cbor2
from nacl import _sodium

from pos_gateway.codes.encoding import base45, base45_bytes
from pos_gateway.codes.keys import Key, KeyRing
from pos_gateway.errors import InvalidCode, Problem

_SIGNATURE_BYTES, _KEY_BYTES = 64, 32

_verify = ctypes.PyDLL(_sodium.__file__).crypto_sign_verify_detached
_verify.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulonglong, ctypes.c_char_p)


def is_signed(message: bytes, signature: bytes, public: bytes) -> bool:
    """Return whether the owner of the key `public` (32 bytes) made this signature (64 bytes)."""
    return (
        len(signature) == _SIGNATURE_BYTES
        and len(public) == _KEY_BYTES
        and _verify(signature, message, len(message), public) == 0
    )


PREFIX = "HK1:"
CARD_BYTES = 12
JTI_BYTES = 8

# The header of our codes up to the `kid`: array of four; map {1: -8, 4: two bytes} in seven bytes.
_HEADER_START = bytes.fromhex("84 47 a2 01 27 04 42")

_SIGNED = b"\x84" + cbor2.dumps("Signature1")
_SHORT, _MIDDLING = 24, 256  # lengths from which the head of a byte string grows


def sign(
    ring: KeyRing, *, stands_for: list[int | bytes], issued_at: datetime, expires: int, jti: bytes
) -> str:
    """Return a signed code text, with the prefix `HK1:`.

    `stands_for` is the kind of code and the ids it names, `expires` Unix time, `jti` the code's id.

    Raises:
        KeysUnusable: no key signs at `issued_at`.
    """
    key = ring.signing_key(issued_at)
    payload = cbor2.dumps({4: expires, 6: int(issued_at.timestamp()), 7: jti, -65537: stands_for})
    signature = key.private.sign(to_be_signed(key.header, payload))
    return PREFIX + base45(message(key.header, payload, signature))


def verify(text: str, ring: KeyRing) -> tuple[object, Key]:
    """Return the decoded claims of a code and the key that signed it; the times are not checked.

    Raises:
        InvalidCode: `problem` gives the reason.
    """
    # Foreign CBOR is never decoded: the parts are cut at fixed places, and joining them again
    # must give the same bytes. So each message has one spelling.
    raw = raw_bytes(text, PREFIX)
    header, payload, signature = raw[2:9], raw[12:-66], raw[-64:]
    keys = ring.by_header.get(header)
    if keys is None:
        raise InvalidCode(problem=_stranger(raw, ring))
    if message(header, payload, signature) != raw:
        raise InvalidCode(problem="malleated")
    key = signer(keys, payload, signature)
    return cbor2.loads(payload), key  # signed, and so written by us


def raw_bytes(text: str, prefix: str) -> bytes:
    """Return the bytes of a code in Base45 after its prefix; raise InvalidCode for another text."""
    try:
        return base45_bytes(text.removeprefix(prefix))
    except ValueError:
        raise InvalidCode(problem="malformed") from None


def signer(keys: tuple[Key, ...], payload: bytes, signature: bytes) -> Key:
    """Return the key of these that signed the payload; raise InvalidCode if none did."""
    for key in keys:
        if is_signed(to_be_signed(key.header, payload), signature, key.public_bytes):
            return key
    raise InvalidCode(problem="forged")


def message(header: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return an untagged COSE_Sign1 of these parts, as deterministic CBOR."""
    return b"\x84%b\xa0%b%b" % (byte_string(header), byte_string(payload), byte_string(signature))


def to_be_signed(header: bytes, payload: bytes, external: bytes = b"") -> bytes:
    """Return the bytes that a COSE_Sign1 signs, its Sig_structure; `external` is external_aad."""
    return _SIGNED + byte_string(header) + byte_string(external) + byte_string(payload)


def byte_string(content: bytes) -> bytes:
    """Return at most 65,535 bytes (more: OverflowError) as a CBOR byte string, for the hot path."""
    length = len(content)
    if length < _SHORT:
        return bytes((0x40 + length,)) + content
    if length < _MIDDLING:
        return bytes((0x58, length)) + content
    return b"\x59" + length.to_bytes(2) + content


def _stranger(raw: bytes, ring: KeyRing) -> Problem:
    """Return the problem of a code whose header is that of none of our keys."""
    if any(header in raw for header in ring.by_header):
        return "malleated"
    if raw.startswith(_HEADER_START):
        return "unknown_key"
    return "unsupported" if raw[:1] == _HEADER_START[:1] else "malformed"
