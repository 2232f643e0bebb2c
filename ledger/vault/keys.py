"""The keys of the vault: a file that only its owner may read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import msgspec

from ledger.errors import HongkaError

KEY_BYTES = 32
FILE_BYTES_MAX = 65_536

Randomness = Callable[[int], bytes]
"""A function that returns so many unguessable bytes, as `os.urandom` does."""

_OUTSIDERS = stat.S_IRWXG | stat.S_IRWXO


class KeysRefused(HongkaError):
    """The key file can't be used; `problem` says why.

    It is missing, readable by others, damaged or exists already; or rows need keys it does not
    hold.
    """


class VaultKeys(msgspec.Struct, frozen=True):
    """The keys of one vault: keys that wrap data keys, by id, and the key of blind indexes.

    `current` wraps new data keys; older keys stay while any row needs them. The repr shows no key.
    """

    current: str
    key_encryption_keys: dict[str, bytes]
    blind_index_key: bytes

    def __repr__(self) -> str:
        return f"VaultKeys(current={self.current!r}, …)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("current", self.current)]

    @classmethod
    def make(cls, path: Path, *, randomness: Randomness = os.urandom) -> Self:
        """Make new keys in a new file that only its owner may read.

        Raises:
            KeysRefused: the file exists already.
        """
        kek_id = f"kek-{randomness(8).hex()}"
        keys = cls(kek_id, {kek_id: randomness(KEY_BYTES)}, randomness(KEY_BYTES))
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
        """Read the keys from a file.

        Raises:
            KeysRefused: the file is missing, readable by others, or damaged.
        """
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
