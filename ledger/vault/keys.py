"""The keys of the vault, in a file that only its owner may read, and encryption with them."""

import os
import stat
from pathlib import Path
from typing import Any, Self

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import HongkaError
from ledger.store.schema_version import Part
from ledger.store.side_tables import Side
from ledger.store.vault_rows import kek_ids

KEY_BYTES = 32
NONCE_BYTES = 12
FILE_BYTES_MAX = 65_536

_OUTSIDERS = stat.S_IRWXG | stat.S_IRWXO


class KeysRefused(HongkaError):
    """The key file is missing, exists, is readable by others, damaged, or lacks keys: `problem`."""


class VaultUnreadable(HongkaError):
    """A value is missing or can't be decrypted: it was changed, moved, or its key is another."""


class Seal:
    """Authenticated encryption (AES-256-GCM, a key of 32 bytes) into nonce, ciphertext, tag."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, plain: bytes, *place: str) -> bytes:
        """Encrypt a value; only `open` with the same place (table, row, field …) decrypts it."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, joined(*place))

    def open(self, sealed: bytes, *place: str) -> bytes:
        """Decrypt a value that was encrypted for the same place, or raise VaultUnreadable."""
        nonce, closed = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, closed, joined(*place))
        except (InvalidTag, ValueError):
            raise VaultUnreadable(problem="seal_broken") from None


class VaultKeys(msgspec.Struct, frozen=True):
    """The keys of one vault: keys that wrap data keys, by id, and the key of blind indexes.

    A key is 32 bytes. `current` is the id of the one that wraps new data keys; older ones stay
    while any row needs them. The repr shows no key.
    """

    current: str
    key_encryption_keys: dict[str, bytes]
    blind_index_key: bytes

    def __repr__(self) -> str:
        return f"VaultKeys(current={self.current!r}, …)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("current", self.current)]

    @classmethod
    def make(cls, path: Path) -> Self:
        """Make new keys in a new file that only its owner may read; KeysRefused if it exists."""
        kek_id = f"kek-{os.urandom(8).hex()}"
        keys = cls(kek_id, {kek_id: os.urandom(KEY_BYTES)}, os.urandom(KEY_BYTES))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeysRefused(problem="already_there") from None
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(keys))
            file.flush()
            os.fsync(descriptor)
        directory = os.open(path.parent, os.O_RDONLY)
        os.fsync(directory)  # A power cut that loses the file's name would lose every value.
        os.close(directory)
        return keys

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read keys from a file; KeysRefused if it is missing, damaged or readable by others."""
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & _OUTSIDERS:
                    raise KeysRefused(problem="readable_by_others")
                keys = msgspec.json.decode(file.read(FILE_BYTES_MAX), type=cls)
        except OSError:
            raise KeysRefused(problem="missing") from None
        except msgspec.MsgspecError:
            raise KeysRefused(problem="damaged") from None
        held = [keys.blind_index_key, *keys.key_encryption_keys.values()]
        if keys.current not in keys.key_encryption_keys or {len(key) for key in held} != {
            KEY_BYTES
        }:
            raise KeysRefused(problem="damaged")
        return keys

    def opened(self, url: str, part: Part) -> Side:
        """Return the tables of a part of the vault at a database URL, made where they are missing.

        Keys that do not hold all that the rows need raise KeysRefused.
        """
        side = Side(url, part)
        side.create()
        with side.reading() as connection:
            needed = kek_ids(connection, part)
        if needed - self.key_encryption_keys.keys():
            side.close()
            raise KeysRefused(problem="other_keys")
        return side

    def seal(self, kek_id: str) -> Seal:
        """Return the encryption with a key-encryption key; VaultUnreadable for an unknown id."""
        key = self.key_encryption_keys.get(kek_id)
        if key is None:
            raise VaultUnreadable(problem="key_unknown")
        return Seal(key)


def joined(*parts: str) -> bytes:
    """Return the parts, each after its length, so that different lists give different bytes."""
    return "".join([f"{len(part)}:{part}" for part in parts]).encode()
