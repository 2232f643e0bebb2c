"""The database of the read side: its tables, how far each has read, and rebuilt ones swapped in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

import pysqlite3.dbapi2 as pysqlite3
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    delete,
    event,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine import make_url

from ledger.event import Fact
from ledger.store.schema_version import Part, lock, prepare
from projections.engine.changes import Change
from projections.engine.schema import progress

LOCK_WAIT_SECONDS = 10
"""The seconds a writer waits for another writer before it fails."""

PART = Part("views", progress.name, progress.create)
"""The table `progress` alone has versions: a projection's table gets a new name and is rebuilt."""

_STAGED = "__new"


Project = Callable[[Any, Fact], Iterator[Change]]
"""The fold of a projection: the changes that an event, recorded as a fact, makes."""


class Projection(Protocol):
    """A module with a versioned name, a table, and a fold of events into changes of the table.

    The first parameter of `project` names the event classes it takes: no other event reaches it.
    """

    @property
    def NAME(self) -> str: ...  # noqa: N802, D102 - a constant of a module

    @property
    def table(self) -> Table: ...  # noqa: D102 - said above

    @property
    def project(self) -> Project: ...  # noqa: D102 - said above


class Staged(NamedTuple):
    """A projection that is rebuilt in a table of its own, beside the table in use."""

    NAME: str
    table: Table
    project: Project


class Progress(NamedTuple):
    """The last position that a projection has read; 0 before the first event.

    If it stopped, `stopped_at` is the position it could not take and `problem` the error's class;
    else both are None.
    """

    position: int = 0
    stopped_at: int | None = None
    problem: str | None = None


class Views:
    """The database of these projections' tables, in SQLite (`sqlite:///path`) or PostgreSQL."""

    def __init__(self, url: str, projections: Sequence[Projection]) -> None:
        """Open the database and create the missing tables; SQLite in memory raises ValueError."""
        self.projections = tuple(projections)
        self._engine = _engine(url)
        self._writer = self._engine.execution_options(writing=True)
        with self.writing() as connection:
            prepare(connection, PART)
            _create(connection, self.projections)

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a context that is a transaction for queries; in SQLite all see the same moment."""
        return self._engine.begin()

    def writing(self) -> AbstractContextManager[Connection]:
        """Return a context that is a transaction: its changes are committed at the end, or none."""
        return self._writer.begin()

    def positions(self) -> dict[str, Progress]:
        """Return the progress of every table by name, staged and left-behind tables included."""
        with self.reading() as connection:
            rows = connection.execute(select(progress)).all()
        return {row.name: Progress(row.position, row.stopped_at, row.problem) for row in rows}

    def lag(self, head: int) -> int:
        """Return by how many events the slowest projection is behind position `head` of the log.

        0 means none. Below zero, the log was restored from an older copy: rebuild.
        """
        positions = self.positions()
        return max((head - positions[p.NAME].position for p in self.projections), default=0)

    def stop(self, projection: Projection, position: int, problem: str) -> None:
        """Record that the projection cannot take the event at `position`, and the error's class.

        One that has read that event meanwhile stays as it is.
        """
        with self.writing() as connection:
            connection.execute(
                update(progress)
                .where(progress.c.name == projection.NAME, progress.c.position < position)
                .values(problem=problem, stopped_at=position)
            )

    def resume(self) -> None:
        """Clear the error of every stopped projection, so that the next catch-up tries it again."""
        with self.writing() as connection:
            connection.execute(update(progress).values(problem=None, stopped_at=None))

    def left_behind(self) -> list[str]:
        """Return the names of tables that no projection uses any longer; they only take space."""
        ours = {projection.NAME for projection in self.projections}
        return [name for name in self.positions() if name.removesuffix(_STAGED) not in ours]

    def drop(self, name: str) -> None:
        """Remove the table and progress of a name; one of a projection in use raises ValueError."""
        if name in {projection.NAME for projection in self.projections}:
            raise ValueError(f"{name} is in use")
        with self.writing() as connection:
            _drop(connection, name)

    def stage(self, projection: Projection) -> Staged:
        """Create an empty table beside the projection's own, in place of an earlier rebuild's."""
        name = f"{projection.NAME}{_STAGED}"
        table = projection.table.to_metadata(MetaData(), name=name)
        table.indexes.clear()
        staged = Staged(name, table, projection.project)
        with self.writing() as connection:
            _drop(connection, name)
            _create(connection, [staged])
        return staged

    def swap(self, projection: Projection, staged: Staged) -> None:
        """Replace the projection's table by the staged one and its position, in one commit.

        In PostgreSQL readers wait while the indexes are built. LookupError: nothing is staged.
        """
        with self.writing() as connection:
            reached = connection.scalar(
                delete(progress)
                .where(progress.c.name == staged.NAME)
                .returning(progress.c.position)
            )
            if reached is None:
                raise LookupError(staged.NAME)
            connection.execute(
                update(progress)
                .where(progress.c.name == projection.NAME)
                .values(position=reached, problem=None, stopped_at=None)
            )
            projection.table.drop(connection)
            _rename(connection, staged.table.name, projection.table.name)
            for index in projection.table.indexes:
                index.create(connection)


def move(connection: Connection, *names: str, after: int, to: int) -> bool:
    """Move projections from position `after` to `to`; one that stands elsewhere stays.

    Return whether any moved. The rows stay locked until the commit: a second follower waits here,
    and then finds them moved.
    """
    standing = progress.c.name.in_(names) & (progress.c.position == after)
    if len(names) > 1:  # locked in one order: two followers never wait for each other
        connection.execute(
            select(progress.c.name).where(standing).order_by(progress.c.name).with_for_update()
        )
    moved = connection.execute(update(progress).where(standing).values(position=to))
    return moved.rowcount > 0


def _create(connection: Connection, projections: Sequence[Projection | Staged]) -> None:
    lock(connection)
    known = set(connection.scalars(select(progress.c.name)))
    for projection in projections:
        projection.table.create(connection, checkfirst=True)
        if projection.NAME not in known:
            connection.execute(progress.insert().values(name=projection.NAME))


def _drop(connection: Connection, name: str) -> None:
    if inspect(connection).has_table(name):
        Table(name, MetaData()).drop(connection)
    connection.execute(delete(progress).where(progress.c.name == name))


def _rename(connection: Connection, name: str, to: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    connection.execute(text(f"ALTER TABLE {quote(name)} RENAME TO {quote(to)}"))


def _engine(url: str) -> Engine:
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        if place.database in {None, "", ":memory:"}:
            raise ValueError("views need a file: followers and readers have a connection each")
        engine = create_engine(place, module=pysqlite3, connect_args={"timeout": LOCK_WAIT_SECONDS})
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # What a crash takes from the tail is read again: rows and position are one commit.
    options = f"-c synchronous_commit=off -c lock_timeout={LOCK_WAIT_SECONDS}s"
    return create_engine(
        place.set(drivername="postgresql+psycopg"),
        connect_args={"options": options},
        pool_pre_ping=True,
    )


def _open_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # so that `_begin_sqlite` alone begins, for DDL as well
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")  # as above: what is lost is read again
    connection.execute("PRAGMA cache_size=-65536")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
