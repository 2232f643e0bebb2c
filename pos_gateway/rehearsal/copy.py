"""The copy of the ledger that a rehearsal plays on; the real ledger is only read."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ledger.application import Ledger
from ledger.errors import HongkaError
from ledger.members import member
from ledger.members.member import Member
from ledger.services.log_queries import copy_facts
from ledger.store.scratch_database import database_beside
from pos_gateway.settings import Settings

NEEDED = frozenset({"card", "drop", "grant", "household", "member", "merchant"})
"""The categories of streams that a claim may read; purchases are not copied."""

Told = Callable[[str, int, int], None]
"""Called with the current step, how much of it is done, and its total."""


class CopyNotEmpty(HongkaError):
    """The database named for the copy already holds facts."""


class Place(NamedTuple):
    """The working folder of a rehearsal, and the SQLAlchemy URL of the database for its copy."""

    var: Path
    ledger_url: str

    @property
    def database(self) -> str:
        """The database's name or file path, to print: the URL may hold a password."""
        return urlsplit(self.ledger_url).path.removeprefix("/")

    @property
    def on_sqlite(self) -> bool:
        """True if the copy is a SQLite file, to which only one gateway can write."""
        return self.ledger_url.startswith("sqlite")


@contextmanager
def place(var: Path, ledger_url: str, *, named: str | None, kept: bool) -> Iterator[Place]:
    """Yield a new folder under `var` and an empty database like that of `ledger_url`.

    Both are removed at the end unless `kept`. `named` is the URL of an empty database to use
    instead (None: make one); it is never removed or emptied.

    Raises:
        Unavailable: no database could be made on the ledger's server.
        SettingInvalid: `named` is not a database URL.
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


def copy_members(source: Ledger, target: Ledger, told: Told) -> dict[str, Member]:
    """Copy the facts that a claim may read into `target`; return the members by id.

    `told` is called with the progress.

    Raises:
        CopyNotEmpty: `target` holds facts.
    """
    if target.head():
        raise CopyNotEmpty
    last = source.head()
    members: dict[str, Member] = {}
    for page in copy_facts(source, target, NEEDED):
        told("copying facts", page[-1].position if page else 0, last)
        for fact in page:
            member_id = fact.stream.removeprefix(member.stream(""))
            if member_id != fact.stream:
                known = members.get(member_id, member.INITIAL)
                members[member_id] = member.evolve(known, fact.event)  # type: ignore[arg-type]  # its own category
    told("copying facts", last, last)
    return members
