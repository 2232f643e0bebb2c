"""Bytes as text: base64url for keys, signatures and secrets; Base45 (RFC 9285) for QR codes."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode

_SYMBOLS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE = len(_SYMBOLS)
_FOREIGN = b"\xff"
_DIGITS = bytes(_SYMBOLS.find(byte) & 0xFF for byte in range(256))  # -1, not found, is _FOREIGN
_PAIRS = tuple(bytes((low, high)) for high in _SYMBOLS for low in _SYMBOLS)


def base64url(raw: bytes) -> str:
    """Return bytes as base64url text, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def base64url_bytes(text: str) -> bytes:
    """Return the bytes of a base64url text without padding; foreign ASCII characters are skipped.

    Raises:
        ValueError: the length can't be right, or a character is not ASCII.
    """
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base45(raw: bytes) -> str:
    """Return bytes as Base45 text: three characters for two bytes, two for a last single one."""
    encoded = bytearray()
    for (value,) in struct.iter_unpack(">H", raw[: len(raw) & ~1]):
        third, rest = divmod(value, _BASE * _BASE)
        encoded += _PAIRS[rest]
        encoded.append(_SYMBOLS[third])
    if len(raw) & 1:
        encoded += _PAIRS[raw[-1]]
    return encoded.decode()


def base45_bytes(text: str) -> bytes:
    """Return the bytes of a Base45 text.

    Raises:
        ValueError: a character is foreign, or the text is not what `base45` makes of any bytes.
    """
    digits = text.encode("ascii").translate(_DIGITS)
    whole, left = divmod(len(digits), 3)
    if _FOREIGN in digits or left == 1:
        raise ValueError("not Base45")
    values = [
        low + _BASE * (middle + _BASE * high)
        for low, middle, high in zip(digits[::3], digits[1::3], digits[2::3], strict=False)
    ]
    last = bytes((digits[-2] + _BASE * digits[-1],)) if left else b""
    try:
        return struct.pack(f">{whole}H", *values) + last
    except struct.error:
        raise ValueError("not Base45") from None
