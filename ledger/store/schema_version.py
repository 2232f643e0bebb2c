"""Schema versions: tables are created at the newest version, and any other one is rejected.

A table set has one version number, kept in the table `schema_version` of its own database.
Release 2026.11.2 and older kept none: their tables are version 1.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import NamedTuple

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, inspect, select

from ledger.store import schemas, upgrade_steps
from ledger.store.failures import UpgradeDue, WrongVersion

FIRST_VERSION = 1

_LOCK = 0x686F6E676B61
"""The word "hongka": processes that create or upgrade tables take turns."""

_STEP = re.compile(r"([a-z_]+)_(\d{4})_\w+")

_VERSION = Table(
    "schema_version",
    MetaData(),
    Column("part", Text, primary_key=True),
    Column("version", Integer, nullable=False),
)


class Part(NamedTuple):
    """Tables of one version in one `schema`; `create` makes all, `table` is in every version."""

    name: str
    table: str
    create: Callable[[Connection], None]
    schema: str


class Step(NamedTuple):
    """An upgrade step: a module that brings the tables of a part to `version`."""

    version: int
    module: str

    @property
    def title(self) -> str:
        """The first line of the step's module docstring, shown to the person who upgrades."""
        return (self._imported().__doc__ or self.module).partition("\n")[0]

    def apply(self, connection: Connection) -> Iterator[float]:
        """Run the step's SQL in the connection's transaction, which the caller commits.

        Yield the shares of the work as they are done, for long steps alone.
        """
        yield from self._imported().upgrade(connection) or ()

    def _imported(self) -> ModuleType:
        return importlib.import_module(f"{upgrade_steps.__name__}.{self.module}")


def steps(part: str) -> list[Step]:
    """Return all upgrade steps of a part, from version 2 on; ValueError for a file misnamed."""
    found = []
    for module in pkgutil.iter_modules(upgrade_steps.__path__):
        name = _STEP.fullmatch(module.name)
        if name is None:
            raise ValueError(f"rename the upgrade step {module.name} to PART_NNNN_WORDS.py")
        if name[1] == part:
            found.append(Step(int(name[2]), module.name))
    found.sort()
    for wanted, step in enumerate(found, FIRST_VERSION + 1):
        if step.version != wanted:
            raise ValueError(f"the upgrade step {step.module} must have the number {wanted:04}")
    return found


def newest(part: str) -> int:
    """Return the version of a part's tables that this program needs."""
    return FIRST_VERSION + len(steps(part))


def version(connection: Connection, part: Part) -> int:
    """Return the version of a part's tables here: 0 if none exist, 1 if no number is stored."""
    tables = inspect(connection)
    if not tables.has_table(part.table):
        return 0
    if not tables.has_table(_VERSION.name):
        return FIRST_VERSION
    chosen = select(_VERSION.c.version).where(_VERSION.c.part == part.name)
    return connection.scalar(chosen) or FIRST_VERSION


def check(connection: Connection, part: Part) -> int:
    """Return the version of a part's tables, 0 without any; else raise WrongVersion, UpgradeDue."""
    found, wanted = version(connection, part), newest(part.name)
    if not found and schemas.in_public(connection, part.table):
        raise UpgradeDue(part=part.name, why="are in the schema public")
    if found not in {0, wanted}:
        raise WrongVersion(part=part.name, found=found, wanted=wanted)
    return found


def prepare(connection: Connection, part: Part) -> None:
    """Create missing tables at the newest version, or raise UpgradeDue; else check the version."""
    lock(connection)
    if not check(connection, part):
        with schemas.owned(part.name):
            schemas.make(connection, part.schema)
            part.create(connection)
            record(connection, part)


def record(connection: Connection, part: Part) -> None:
    """Store the newest version as the version of a part's tables; change no other table."""
    _VERSION.create(connection, checkfirst=True)
    connection.execute(_VERSION.delete().where(_VERSION.c.part == part.name))
    connection.execute(_VERSION.insert().values(part=part.name, version=newest(part.name)))


def lock(connection: Connection) -> None:
    """Wait until no other process creates or upgrades tables; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
