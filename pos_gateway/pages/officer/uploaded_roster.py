"""Uploaded rosters: encrypted on disk between preview and confirmation, for an hour at most."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import InputInvalid
from pos_gateway.auth.sealing import Sealing

SECONDS_MAX = 60 * 60
BYTES_MAX = 8 * 2**20
SUFFIXES = (".xlsx", ".csv")

_NAME_BYTES = 16


class KeptRosters:
    """The uploaded files in one folder, encrypted; each opens only for its uploader."""

    def __init__(self, folder: Path, sealing: Sealing) -> None:
        self._folder = folder
        self._sealing = sealing

    def keep(self, content: bytes, suffix: str, *, by: str) -> str:
        """Encrypt and store a file for the officer `by`, and return the name that opens it.

        Files older than an hour are deleted.

        Raises:
            InputInvalid: it is empty or longer than BYTES_MAX, or its suffix is not .xlsx or .csv.
        """
        if suffix not in SUFFIXES or not 0 < len(content) <= BYTES_MAX:
            raise InputInvalid(field="roster", most=BYTES_MAX)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._forget_old()
        name = secrets.token_hex(_NAME_BYTES)
        sealed = self._sealing.seal(content, "roster", by, name)
        self._write(self._folder / f"{name}{suffix}.sealed", sealed)
        return name

    @contextmanager
    def opened(self, name: str, *, by: str) -> Iterator[Path]:
        """Decrypt a file, yield its path, and delete the decrypted copy after the block.

        Raises:
            InputInvalid: there is no such file, or not any more.
            VaultUnreadable: another officer uploaded it, or it was changed.
        """
        found = list(self._folder.glob(f"{name}.*.sealed")) if name.isalnum() else []
        if not found:
            raise InputInvalid(field="roster")
        content = self._sealing.unseal(found[0].read_bytes(), "roster", by, name)
        plain = self._folder / f"{secrets.token_hex(_NAME_BYTES)}{Path(found[0].stem).suffix}"
        self._write(plain, content)
        try:
            yield plain
        finally:
            plain.unlink()

    def forget(self, name: str) -> None:
        """Delete a stored file; a missing one is ignored."""
        if name.isalnum():
            for path in self._folder.glob(f"{name}.*"):
                path.unlink(missing_ok=True)

    def _forget_old(self) -> None:
        for path in self._folder.iterdir():
            if time.time() - path.stat().st_mtime > SECONDS_MAX:
                path.unlink(missing_ok=True)

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
