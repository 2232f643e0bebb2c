"""The copy of the ledger that a rehearsal is played against; the real one is only read."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ledger.errors import HongkaError
from ledger.event import decode, topics
from ledger.members import member
from ledger.members.member import Member
from ledger.store import Draft, Log, Stored
from ledger.store.scratch_database import database_beside
from ledger.write.streams import category_of
from pos_gateway.settings import Settings

NEEDED = frozenset({"card", "drop", "grant", "household", "member", "merchant"})
"""The categories of streams that a claim may read; what was bought with the card is not copied."""

PAGE = 5_000

Told = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and how much there is."""


class CopyNotEmpty(HongkaError):
    """The database named for the copy holds facts already."""


class Place(NamedTuple):
    """Where a rehearsal keeps what it makes: a directory of its own, and an empty log."""

    var: Path
    ledger_url: str

    @property
    def database(self) -> str:
        """The name of the database, or the path of the file; an address may hold a password."""
        return urlsplit(self.ledger_url).path.removeprefix("/")

    @property
    def on_sqlite(self) -> bool:
        """Whether the copy is a file, with one gateway to write it."""
        return self.ledger_url.startswith("sqlite")


@contextmanager
def place(var: Path, ledger_url: str, *, named: str | None, kept: bool) -> Iterator[Place]:
    """A directory under `var`, and a log of the kind of `ledger_url`; removed unless `kept`.

    `named` is the URL of an empty database to use instead; whoever named it empties it again.

    Raises:
        Unavailable: no database could be made on the server of the ledger.
        SettingInvalid: `named` is no URL of a database.

    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="rehearsal-", dir=var))
        if not kept:
            stack.callback(shutil.rmtree, folder)
        if named is not None:
            url = Settings.read({"LEDGER_URL": named}).ledger_url
        elif ledger_url.startswith("sqlite"):
            url = f"sqlite:///{folder}/ledger.db"
        else:
            name = f"hongka_rehearsal_{secrets.token_hex(4)}"
            url = stack.enter_context(database_beside(ledger_url, name, kept=kept))
        yield Place(folder, url)


def copy_facts(source: Log, target: Log, told: Told) -> dict[str, Member]:
    """Record again in `target` what a claim may read; the members, by id, that there are.

    The log is never changed, so what stood at its head when the copy began is one whole.

    Raises:
        CopyNotEmpty: there are facts in `target`.

    """
    if target.max_notification_id() is not None:
        raise CopyNotEmpty
    last = source.max_notification_id() or 0
    names = [name for name in topics() if name.partition(".")[0] in NEEDED]
    members: dict[str, Member] = {}
    for page in _pages(source, last, names):
        told("copying facts", page[-1].position, last)
        kept = [stored for stored in page if category_of(stored.stream) in NEEDED]
        with target.locked() as tx:
            tx.append([Draft(*stored[1:8]) for stored in kept])
        for stored in kept:
            if category_of(stored.stream) == member.CATEGORY:
                _fold(members, stored)
    told("copying facts", last, last)
    return members


def _pages(source: Log, last: int, names: list[str]) -> Iterator[list[Stored]]:
    after = 0
    while after < last:
        with source.reading() as view:
            page = [one for one in view.tail(after, PAGE, names) if one.position <= last]
        if not page:
            return
        after = page[-1].position
        yield page


def _fold(members: dict[str, Member], stored: Stored) -> None:
    member_id = stored.stream.removeprefix(f"{member.CATEGORY}-")
    known = members.get(member_id, member.INITIAL)
    event = decode(stored.topic, stored.payload)
    members[member_id] = member.evolve(known, event)  # type: ignore[arg-type]  # its own category
