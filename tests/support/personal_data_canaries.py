"""Fifty people with unmistakable data, and a search for that data in written files."""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from ledger.vault import Person
from tests.support.rosters import identity_number

SURNAMES, LAST = "赵钱孙李周吴郑王冯陈", "一安平宁康"
PEOPLE = [
    Person(
        name=f"{SURNAMES[n % 10]}金丝雀{LAST[n // 10]}",
        phone=f"19907310{n:03}",
        identity_number=identity_number(n + 1, born="19310731"),
    )
    for n in range(50)
]

MARKS = ("金丝雀", "19907310", "11022819310731")
"""A part of every name, every phone and every identity number that nothing else contains."""

_ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")


def written_forms(text: str) -> Iterator[bytes]:
    """Return the encodings in which a text may stand in a file."""
    for encoding in _ENCODINGS:
        raw = text.encode(encoding)
        yield raw
        # As Latin-1, as in WSGI: the server logs URLs in this form.
        yield raw.decode("latin-1").encode()
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        for before in range(3):
            yield from _base64(raw, before)
    yield json.dumps(text)[1:-1].encode()
    yield quote(text).encode()
    yield repr(text.encode())[2:-1].encode()


def _base64(raw: bytes, before: int) -> Iterator[bytes]:
    """Return the base64 characters that do not depend on the neighbouring bytes."""
    first, last = (before * 8 + 5) // 6, (before + len(raw)) * 8 // 6
    whole = bytes(before) + raw + bytes(2)
    yield base64.b64encode(whole)[first:last]
    yield base64.urlsafe_b64encode(whole)[first:last]


def digests(person: Person) -> Iterator[bytes]:
    """Return the plain hashes of a number; numbers are few enough to try them all."""
    for number in (person.phone or "", person.identity_number or ""):
        for hashed in (hashlib.sha256, hashlib.sha1, hashlib.md5):
            digest = hashed(number.encode()).digest()
            # The log keeps only the first half of some hashes.
            yield digest[:16]
            yield digest[:16].hex().encode()


SOUGHT = {form for mark in MARKS for form in written_forms(mark)} | {
    digest for person in PEOPLE for digest in digests(person)
}


def leaks(written: bytes) -> list[bytes]:
    """Return the data of the fifty people found in a content."""
    return [one for one in SOUGHT if one in written]


def files_that_leak(root: Path) -> dict[str, list[bytes]]:
    """Return the files in a folder whose content or name holds personal data."""
    found = {str(path): leaks(path.read_bytes()) + leaks(bytes(path)) for path in _files(root)}
    return {path: told for path, told in found.items() if told}


def _files(root: Path) -> Iterable[Path]:
    return (path for path in root.rglob("*") if path.is_file())
