"""The copy of the ledger that a rehearsal plays on, and its members; the real one is only read."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

from ledger.application import Ledger
from ledger.drops.terms import Audience
from ledger.errors import HongkaError
from ledger.members import member
from ledger.members.authorization import KEYS_MAX
from ledger.members.member import Member
from ledger.services.log_queries import copy_facts
from ledger.services.officers.enrolments import Enrolment
from ledger.store.scratch_database import database_beside
from pos_gateway.auth.api_key import SECRET_BYTES, make_member_key
from pos_gateway.codes.cose import CARD_BYTES
from pos_gateway.rehearsal.crowd import Player, Way
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


BY = "officer-rehearsal"
BRANCHES = 8
"""The number of branches over which made-up members are spread if no real ones exist."""

MEMBERS_A_COMMIT = 500


_Taker = tuple[Enrolment, str]
"""A member to enrol, with their API key in plain text."""


def players(
    ledger: Ledger,
    known: Mapping[str, Member],
    audience: Audience,
    ways: Sequence[Way],
    chance: Random,
    told: Told,
) -> list[Player]:
    """Return one player for each of `ways`, with a new API key recorded on the copy `ledger`.

    Members of `known` in the drop's audience, with a card and room for a key, come first (drawn
    where too many); the others are made up, in branches and groups with the same frequencies.
    """
    real = sorted(one.member_id for one in known.values() if _may(one, audience))
    if len(real) > len(ways):
        real = chance.sample(real, len(ways))
    mine = [known[one] for one in real]
    takers = [_with_key(one.member_id, one.branch, one.groups, chance) for one in mine]
    likeness = [(one.branch, one.groups) for one in mine] or list(_spread(audience))
    takers += [_made_up(*chance.choice(likeness), chance) for _ in range(len(ways) - len(real))]
    _enlist(ledger, takers, told)
    return [
        Player(number, one.member_id, one.branch, one.groups, key, way)
        for number, ((one, key), way) in enumerate(zip(takers, ways, strict=True))
    ]


def _may(one: Member, audience: Audience) -> bool:
    return bool(
        one.card_id
        and len(one.keys) < KEYS_MAX
        and (not audience.branches or one.branch in audience.branches)
        and (not audience.groups or not set(audience.groups).isdisjoint(one.groups))
    )


def _spread(audience: Audience) -> Iterable[tuple[str, tuple[str, ...]]]:
    branches = audience.branches or [f"branch-{one + 1}" for one in range(BRANCHES)]
    groups: list[tuple[str, ...]] = [(group,) for group in audience.groups]
    return product(branches, groups or [()])


def _made_up(branch: str, groups: tuple[str, ...], chance: Random) -> _Taker:
    member_id = f"rehearsal-{chance.getrandbits(96):024x}"
    enrolment, key = _with_key(member_id, branch, groups, chance)
    return enrolment._replace(card_id=chance.randbytes(CARD_BYTES).hex()), key


def _with_key(member_id: str, branch: str, groups: tuple[str, ...], chance: Random) -> _Taker:
    # Only the key does not follow from the seed, because the copy holds facts of real members.
    key_id = f"rehearsal-{chance.getrandbits(32):08x}"
    key, key_hash = make_member_key(member_id, key_id, secrets.token_bytes(SECRET_BYTES))
    return Enrolment(member_id, branch, groups, key_id, key_hash), key


def _enlist(ledger: Ledger, takers: Sequence[_Taker], told: Told) -> None:
    """Enrol all takers on the copy, MEMBERS_A_COMMIT in each commit."""
    enrolments = [enrolment for enrolment, _key in takers]
    for first in range(0, len(enrolments), MEMBERS_A_COMMIT):
        told("making members and keys", first, len(enrolments))
        page = enrolments[first : first + MEMBERS_A_COMMIT]
        ledger.officers.enrolments.enrol(page, by=BY)
    told("making members and keys", len(takers), len(takers))
