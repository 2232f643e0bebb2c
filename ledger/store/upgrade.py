"""Upgrade a database: every step its tables lack, in one transaction, forward only.

Each function raises Unavailable where the database is out of reach, and WrongVersion where its
tables are newer than this program.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, make_url

from ledger.store import postgres, schemas, sqlite
from ledger.store.failures import UpgradeFailed, WrongVersion, translated
from ledger.store.schema_version import Part, Step, check, lock, newest, record, steps, version
from ledger.store.side_tables import LOCK_WAIT_SECONDS, database_that_forgets

Due = tuple[str, Sequence[Part], str | None]
"""A database's URL with the role that changes these parts, and another that gets rights on them."""


class Plan(NamedTuple):
    """The version found of one part (0: no tables yet, made without steps), and the steps due.

    If it `moves`, its tables are in the schema `public`.
    """

    part: Part
    found: int
    steps: list[Step]
    moves: bool = False

    @property
    def wanted(self) -> int:
        """The version of the part after the upgrade: the newest that this program knows."""
        return newest(self.part.name)


def log_part(url: str) -> Part:
    """Return the log's part for the kind of database (SQLite or PostgreSQL) at `url`."""
    return sqlite.PART if make_url(url).get_backend_name() == "sqlite" else postgres.PART


def divided(databases: Mapping[str, Sequence[Part]], owner_url: str) -> Iterator[Due]:
    """Yield the parts of each database that one role changes; keys are URLs with the gateway's.

    On PostgreSQL the user of `owner_url` (empty: none) changes all but views. The gateway's role
    owns those: the owner must never run a function or trigger that a gateway could define.
    """
    owner = make_url(owner_url or "postgresql://")
    for url, parts in databases.items():
        place = make_url(url)
        owns = owner_url and place.get_backend_name() == "postgresql"
        if owned := [one for one in parts if owns and one.schema != "views"]:
            if place.username is None:
                raise UpgradeFailed("name the gateway's role in each URL: postgresql://ROLE@…")
            place = place.set(username=owner.username, password=owner.password)
            yield place.render_as_string(hide_password=False), owned, make_url(url).username
        if rest := [one for one in parts if one not in owned]:
            yield url, rest, None


def plan(url: str, parts: Sequence[Part]) -> list[Plan]:
    """Return the due upgrade of each part and change nothing; newer tables raise WrongVersion."""
    if _missing(url):
        return [Plan(part, 0, []) for part in parts]
    with _begun(url, "BEGIN") as connection:
        return [_planned(connection, part) for part in parts]


def check_versions(url: str, parts: Sequence[Part]) -> None:
    """Raise WrongVersion unless existing tables have this program's version; change nothing."""
    if not _missing(url):
        with _begun(url, "BEGIN") as connection:
            for part in parts:
                schemas.enter(connection, part.schema)
                check(connection, part)


def upgrade(
    url: str,
    parts: Sequence[Part],
    on_share: Callable[[Step, float], None],
    gateway: str | None = None,
) -> list[Plan]:
    """Bring all parts to the newest version in one transaction, and return their plans.

    Missing tables are created. `on_share` is called with the shares of each step that are done, in
    all 1.0, before the commit. A role `gateway` gets its rights on all tables. A failed step raises
    UpgradeFailed, newer tables raise WrongVersion, a role that may not change the tables
    UpgradeDue; then nothing is changed.
    """
    with _begun(url, "BEGIN IMMEDIATE") as connection:
        lock(connection)
        plans = [_planned(connection, part) for part in parts]
        for one in plans:
            with schemas.owned(one.part.name):
                _change(connection, one, on_share)
                if gateway:
                    schemas.grant(connection, one.part.schema, gateway)
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise UpgradeFailed(f"rows of {broken[0][0]} refer to rows that are gone")
        connection.exec_driver_sql("COMMIT")
    return plans


def _missing(url: str) -> bool:
    """Return whether the URL names a SQLite file that does not exist; opening would create it."""
    place = make_url(url)
    return place.get_backend_name() == "sqlite" and not Path(place.database or "").exists()


def _planned(connection: Connection, part: Part) -> Plan:
    schemas.enter(connection, part.schema)
    found, wanted = version(connection, part), newest(part.name)
    moves = not found and schemas.in_public(connection, part.table)
    if moves:
        schemas.enter(connection, "public")
        found = version(connection, part)
    if found > wanted:
        raise WrongVersion(part=part.name, found=found, wanted=wanted)
    return Plan(part, found, steps(part.name)[found - 1 :] if found else [], moves)


def _change(connection: Connection, due: Plan, on_share: Callable[[Step, float], None]) -> None:
    """Create or move the tables of a part and take its steps; record the version."""
    part = due.part
    schemas.make(connection, part.schema)
    schemas.enter(connection, part.schema)
    if due.moves:
        schemas.move(connection, part.name, part.schema)
    if not due.found:
        part.create(connection)
    for step in due.steps:
        _apply(connection, step, on_share)
    record(connection, part)


def _apply(connection: Connection, step: Step, on_share: Callable[[Step, float], None]) -> None:
    left = 1.0
    try:
        for share in step.apply(connection):
            left -= share
            on_share(step, share)
        on_share(step, left)
    except Exception as error:
        raise UpgradeFailed(f"{step.module} failed, nothing was changed: {error}") from error


@contextmanager
def _begun(url: str, begin_on_sqlite: str) -> Iterator[Connection]:
    """Yield a connection in a transaction, which is rolled back unless it is committed inside."""
    engine = database_that_forgets(url, LOCK_WAIT_SECONDS, "public").engine
    try:
        with translated(), engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                # A table is changed by copying it, and dropping the old one must not cascade.
                connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
                connection.exec_driver_sql(begin_on_sqlite)
            else:
                connection.exec_driver_sql("BEGIN")
                # A step may read and write every row of a large table.
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield connection
    finally:
        engine.dispose()
