"""Base64url without padding (RFC 4648, section 5), for keys, signatures and secrets."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode


def base64url(raw: bytes) -> str:
    """Return bytes as base64url text, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def base64url_bytes(text: str) -> bytes:
    """Return the bytes of a base64url text without padding; foreign ASCII characters are skipped.

    Raises:
        ValueError: the length can't be right, or a character is not ASCII.
    """
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
