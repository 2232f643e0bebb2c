"""Signed heads of the log outside its database: in a file that only grows, or at an address."""

import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

TIMEOUT_SECONDS = 5

LATEST_BYTES = 4_096
"""The end of a file in which the latest heads are looked for."""


def publisher(place: str) -> Callable[[str], None]:
    """Return a function that keeps a signed note at a path or URL, or raises OSError.

    A file gets the note and an empty line, and is synced; an address gets the note by POST.
    """
    return partial(_post, place) if "://" in place else partial(_append, Path(place))


def published(path: Path) -> list[str]:
    """Return each note in a file once, and whatever else stands between empty lines, in order."""
    return _notes(path.read_text(encoding="utf-8") if path.exists() else "")


def latest(place: str) -> list[str] | None:
    """Return the last few notes in a file, none where it cannot be read; None for an address."""
    if "://" in place:
        return None
    with suppress(OSError), Path(place).open("rb") as file:
        file.seek(-min(file.seek(0, os.SEEK_END), LATEST_BYTES), os.SEEK_END)
        return _notes(file.read().decode(errors="replace"))
    return []


def _notes(text: str) -> list[str]:
    return [one for one in dict.fromkeys(re.split(r"(?<=\n)\n(?!—)", text)) if one]


def erased_listed(path: Path) -> list[str]:
    """Return the ids of erased members in the list beside the heads; none without it."""
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def list_erased(path: Path, member_ids: Iterable[str]) -> None:
    """Add the ids of erased members to the list beside the heads, which only grows; or OSError."""
    _append(path, "\n".join(member_ids))


def _append(path: Path, note: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One write at the end of the file: those of several processes do not mix.
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(opened, f"{note}\n".encode())
        os.fsync(opened)
    finally:
        os.close(opened)


def _post(url: str, note: str) -> None:
    import requests  # noqa: PLC0415 - it takes long to load

    answer = requests.post(url, data=note.encode(), timeout=TIMEOUT_SECONDS, allow_redirects=False)
    if not answer.ok or answer.is_redirect:
        raise OSError(f"the address of the heads answered {answer.status_code}")
