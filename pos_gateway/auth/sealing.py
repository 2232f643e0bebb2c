"""Blind indexes and sealed values for sign-in data, under the keys of the vault."""

import hmac

from ledger.vault import VaultKeys
from ledger.vault.keys import joined

_BETWEEN = b":"


class Sealing:
    """Encryption and keyed hashes for sign-in values, by the keys of the vault."""

    def __init__(self, keys: VaultKeys) -> None:
        """Use these keys."""
        self._keys = keys

    def blind(self, purpose: str, *parts: str) -> str:
        """Return a keyed hash in hex: equal for equal arguments, and useless without the key."""
        text = joined("hongka door 1", purpose, *parts)
        return hmac.digest(self._keys.blind_index_key, text, "sha256").hex()

    def seal(self, plain: bytes, *place: str) -> bytes:
        """Encrypt a value under the current key; `unseal` needs the same `place`."""
        kek_id = self._keys.current
        sealed = self._keys.seal(kek_id).close(plain, "hongka door value 1", kek_id, *place)
        return kek_id.encode() + _BETWEEN + sealed

    def unseal(self, kept: bytes, *place: str) -> bytes:
        """Decrypt a value; VaultUnreadable if it was changed, is of another place or has no key."""
        named, _, sealed = kept.partition(_BETWEEN)
        kek_id = named.decode(errors="replace")
        return self._keys.seal(kek_id).open(sealed, "hongka door value 1", kek_id, *place)
