"""Authenticated encryption of a value, bound to the place where it is stored."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import HongkaError
from ledger.vault.keys import Randomness

NONCE_BYTES = 12


class VaultUnreadable(HongkaError):
    """A value can't be decrypted: it was changed, moved, or encrypted with another key."""


class Seal:
    """Authenticated encryption (AES-256-GCM) with one key.

    An encrypted value consists of nonce, ciphertext and tag.
    """

    def __init__(self, key: bytes, randomness: Randomness) -> None:
        self._cipher = AESGCM(key)
        self._randomness = randomness

    def close(self, plain: bytes, *place: str) -> bytes:
        """Encrypt a value; only `open` with the same place (table, row, field …) decrypts it."""
        nonce = self._randomness(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, joined(*place))

    def open(self, sealed: bytes, *place: str) -> bytes:
        """Decrypt a value that was encrypted for the same place.

        Raises:
            VaultUnreadable: it was changed, or encrypted for another place or with another key.
        """
        nonce, closed = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, closed, joined(*place))
        except (InvalidTag, ValueError):
            raise VaultUnreadable(problem="seal_broken") from None


def joined(*parts: str) -> bytes:
    """Return the parts, each after its length, so that different lists give different bytes."""
    return "".join([f"{len(part)}:{part}" for part in parts]).encode()
