"""Signing keys of codes: published before they sign, and kept until their last code has expired."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import cbor2
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import HongkaError
from pos_gateway.codes.encoding import base64url

SIGNS_FOR = timedelta(days=90)
"""The time for which a key signs."""

PUBLISHED_AHEAD = timedelta(days=1)
"""The time between publication and first use of a key; tills and gateways read keys more often."""

LIFETIME_MAX_SECONDS = 300
"""The longest lifetime of a session code."""

TICKET_DAYS_MAX = 62
"""The longest lifetime of a ticket code; a key is kept for as long after it stops signing."""

SKEW_SECONDS = 30
"""The largest accepted difference between the clocks of code makers and readers."""

KEYS_MAX = 64
"""The most key files: more are a mistake, not a rotation."""

# Rotation runs daily, so that a missed one does no harm; it makes two keys in 90 days.
_RENEWED_AHEAD = 2 * PUBLISHED_AHEAD
_KEYS_AHEAD = 2

_KEY_FILE_MAX_BYTES = 4_096
_EDDSA: Literal[-8] = -8  # as COSE numbers it

Time = Annotated[datetime, msgspec.Meta(tz=True)]


class KeysUnusable(HongkaError):
    """The stored keys can't be used to sign or verify; `file` names the key file, None for none."""

    def __init__(
        self,
        *,
        problem: Literal["readable_by_others", "malformed", "too_many", "none_signs"],
        file: str | None = None,
    ) -> None:
        super().__init__(problem=problem, file=file)


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a key file; `secret` is the private half."""

    algorithm: Literal[-8]
    secret: bytes
    not_before: Time
    not_after: Time


@dataclass(frozen=True)
class Key:
    """An Ed25519 key. It signs codes issued from `not_before` to `not_after`, both inclusive."""

    private: Ed25519PrivateKey = field(repr=False)
    not_before: datetime
    not_after: datetime

    @cached_property
    def public(self) -> Ed25519PublicKey:
        """The public half."""
        return self.private.public_key()

    @cached_property
    def public_bytes(self) -> bytes:
        """The public half as 32 bytes."""
        return self.public.public_bytes_raw()

    @cached_property
    def thumbprint(self) -> bytes:
        """The SHA-256 of the public half."""
        return hashlib.sha256(self.public_bytes).digest()

    @property
    def kid(self) -> bytes:
        """Two bytes of the thumbprint: a hint which key to try; two keys may share it."""
        return self.thumbprint[:2]

    @cached_property
    def header(self) -> bytes:
        """The protected header of every code this key signs: its algorithm and `kid`."""
        return cbor2.dumps({1: _EDDSA, 4: self.kid})

    def signs(self, at: datetime) -> bool:
        """Return whether the key may sign a code issued at this time."""
        return self.not_before <= at <= self.not_after

    def retired(self, now: datetime) -> bool:
        """Return whether every code of the key has expired by `now`, allowing for wrong clocks."""
        return now > self.not_after + timedelta(days=TICKET_DAYS_MAX, seconds=SKEW_SECONDS)


@dataclass(frozen=True, eq=False)
class KeyRing:
    """The signing keys as read once from their directory; load it again to see a rotation.

    Two rings are never equal: what was verified with one must be verified again with the next.
    """

    keys: tuple[Key, ...]

    @staticmethod
    def load(directory: Path) -> KeyRing:
        """Return the keys stored in a directory; an empty ring where the directory does not exist.

        Raises:
            KeysUnusable: others than the owner can read a file, a file holds no key, or too many
                files.
        """
        if not directory.is_dir():
            return KeyRing(())
        with _opened(directory) as folder:
            fcntl.flock(folder, fcntl.LOCK_SH)
            return KeyRing(_keys_in(directory))

    @staticmethod
    def rotate(directory: Path, now: datetime) -> KeyRing:
        """Delete retired keys, make the next key if one is due, and return the ring.

        A key is due unless two keys end later than two days from now. It signs at once where no key
        does, else a day later. Delete a leaked key by hand first: its codes stop working, so ticket
        codes must be made again. It raises KeysUnusable as `load` does.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _opened(directory) as folder:
            fcntl.flock(folder, fcntl.LOCK_EX)
            keys = _keys_in(directory)
            for key in keys:
                if key.retired(now):
                    _path(directory, key).unlink()
            if sum(key.not_after > now + _RENEWED_AHEAD for key in keys) < _KEYS_AHEAD:
                _keep(directory, _next_key(keys, now))
            return KeyRing(_keys_in(directory))

    @cached_property
    def by_header(self) -> dict[bytes, tuple[Key, ...]]:
        """The keys to try for a protected header; usually one."""
        return {
            key.header: tuple(other for other in self.keys if other.header == key.header)
            for key in self.keys
        }

    def signing_key(self, at: datetime) -> Key:
        """Return the newest key that signs at this time; raise KeysUnusable if none does."""
        signing = [key for key in self.keys if key.signs(at)]
        if not signing:
            raise KeysUnusable(problem="none_signs")
        return max(signing, key=lambda key: key.not_before)

    def public(self) -> list[dict[str, str | int]]:
        """Return the public keys as JSON Web Keys, with the Unix times of first and last use."""
        return [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": base64url(key.kid),
                "x": base64url(key.public.public_bytes_raw()),
                "not_before": int(key.not_before.timestamp()),
                "not_after": int(key.not_after.timestamp()),
            }
            for key in self.keys
        ]


def _next_key(keys: tuple[Key, ...], now: datetime) -> Key:
    # Codes carry whole seconds: a key that begins within a second could not sign in that second.
    start = now.replace(microsecond=0)
    signing = [key.not_after for key in keys if key.signs(start)]
    if signing:
        start = min(start + PUBLISHED_AHEAD, max(signing))
    return Key(Ed25519PrivateKey.generate(), start, start + SIGNS_FOR)


def _keys_in(directory: Path) -> tuple[Key, ...]:
    paths = sorted(directory.glob("*.key"))
    if len(paths) > KEYS_MAX:
        raise KeysUnusable(problem="too_many")
    return tuple(sorted(map(_key_in, paths), key=lambda key: key.not_before))


def _key_in(path: Path) -> Key:
    with path.open("rb") as file:
        # The open file is checked, not the path, so that nobody can swap the file in between.
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise KeysUnusable(problem="readable_by_others", file=path.name)
        content = file.read(_KEY_FILE_MAX_BYTES)
    try:
        kept = msgspec.json.decode(content, type=_KeyFile)
        private = Ed25519PrivateKey.from_private_bytes(kept.secret)
    except (msgspec.DecodeError, ValueError):
        # The cause is omitted because it could quote the secret.
        raise KeysUnusable(problem="malformed", file=path.name) from None
    return Key(private, kept.not_before, kept.not_after)


def _keep(directory: Path, key: Key) -> None:
    """Write a key so that its file is whole or absent, and survives a power cut."""
    path = _path(directory, key)
    unfinished = path.with_suffix(".unfinished")
    content = msgspec.json.encode(
        _KeyFile(
            algorithm=_EDDSA,
            secret=key.private.private_bytes_raw(),
            not_before=key.not_before,
            not_after=key.not_after,
        )
    )
    opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    with _opened(directory) as folder:
        os.fsync(folder)


def _path(directory: Path, key: Key) -> Path:
    return directory / f"{key.thumbprint[:8].hex()}.key"


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    """Yield a descriptor of the directory; closing it ends a lock on the directory too."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        yield opened
    finally:
        os.close(opened)
