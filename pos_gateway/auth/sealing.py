"""Blind indexes and sealed values for sign-in data, under the keys of the vault."""

from __future__ import annotations

import hmac

from ledger.vault import VaultKeys, VaultUnreadable
from ledger.vault.keys import Randomness, Seal, joined

_BETWEEN = b":"


class Sealing:
    """Encryption and keyed hashes for sign-in values, by the keys of the vault."""

    def __init__(self, keys: VaultKeys, randomness: Randomness) -> None:
        """Use these keys, and take the nonces from `randomness`."""
        self._keys = keys
        self._randomness = randomness

    def blind(self, purpose: str, *parts: str) -> str:
        """Return a keyed hash in hex: equal for equal arguments, and useless without the key."""
        text = joined("hongka door 1", purpose, *parts)
        return hmac.digest(self._keys.blind_index_key, text, "sha256").hex()

    def seal(self, plain: bytes, *place: str) -> bytes:
        """Encrypt a value under the current key; `unseal` needs the same `place`."""
        seal = Seal(self._keys.key_encryption_keys[self._keys.current], self._randomness)
        sealed = seal.close(plain, "hongka door value 1", self._keys.current, *place)
        return self._keys.current.encode() + _BETWEEN + sealed

    def unseal(self, kept: bytes, *place: str) -> bytes:
        """Decrypt a value; VaultUnreadable if it was changed, is of another place or has no key."""
        named, _, sealed = kept.partition(_BETWEEN)
        kek_id = named.decode(errors="replace")
        key = self._keys.key_encryption_keys.get(kek_id)
        if key is None:
            raise VaultUnreadable(problem="key_unknown")
        return Seal(key, self._randomness).open(sealed, "hongka door value 1", kek_id, *place)
