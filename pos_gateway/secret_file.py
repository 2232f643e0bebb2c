"""A secret of this gateway in a file, for signatures that only we can make."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

SECRET_BYTES = 32


def gateway_secret(folder: Path, name: str) -> bytes:
    """Return the 32 secret bytes in the file `name`.hmac of a folder; create a missing file.

    The folder must exist. Workers that start at the same time get the same bytes.
    """
    path = folder / f"{name}.hmac"
    if not path.exists():
        unfinished = folder / f"{name}-{secrets.token_hex(8)}.unfinished"
        opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as made:
            made.write(secrets.token_bytes(SECRET_BYTES))
            made.flush()
            os.fsync(made.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(unfinished)
        unfinished.unlink()
    return path.read_bytes()
