"""A seal: closes a value under a key, bound to the place where it is kept."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import HongkaError
from ledger.vault.keys import Randomness

NONCE_BYTES = 12


class VaultUnreadable(HongkaError):
    """A sealed value does not open: it was changed, moved, or sealed under another key."""


class Seal:
    """Seals with one key (AES-256-GCM). What comes out is nonce, ciphertext and tag."""

    def __init__(self, key: bytes, randomness: Randomness) -> None:
        self._cipher = AESGCM(key)
        self._randomness = randomness

    def close(self, plain: bytes, *place: str) -> bytes:
        """Seal a value for one place."""
        nonce = self._randomness(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, joined(*place))

    def open(self, sealed: bytes, *place: str) -> bytes:
        """The value sealed for this place.

        Raises:
            VaultUnreadable: it was changed, or sealed for another place or under another key.

        """
        nonce, closed = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, closed, joined(*place))
        except (InvalidTag, ValueError):
            raise VaultUnreadable(problem="seal_broken") from None


def joined(*parts: str) -> bytes:
    """Parts after their lengths, so that no two lists of parts come out the same."""
    return "".join([f"{len(part)}:{part}" for part in parts]).encode()
