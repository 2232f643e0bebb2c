"""The database of the read side: its tables, how far each has read, and rebuilt ones swapped in."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, NamedTuple, Protocol

import pysqlite3.dbapi2 as pysqlite3
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from ledger.event import Fact
from ledger.store.schema_version import Part, lock, prepare
from ledger.store.schemas import search_path
from projections.engine.changes import Change
from projections.engine.schema import progress

LOCK_WAIT_SECONDS = 10
"""The seconds a writer waits for another writer before it fails."""

PART = Part("views", progress.name, progress.create, "views")
"""The table `progress` alone has versions: a projection's table gets a new name and is rebuilt."""

READERS_KEPT, READERS_MORE = 3, 2
"""The connections kept for queries, and those opened for a while when all are busy."""

READER_CACHE_KIB, WRITER_CACHE_KIB = 4_096, 65_536
"""The memory that SQLite keeps pages of the database in, for each connection."""

PAGES_RELEASED = 2_000
"""The free pages that one commit gives back to the disk, so that no other writer waits long."""

VACUUM_PAGES_MAX = 65_536
"""The most pages of an older file to copy in memory, to make its free pages returnable."""

STAGED = "__"
"""The mark between a projection's name and a version, in the name of a table being rebuilt."""

Project = Callable[[Any, Fact], Iterator[Change]]
"""The fold of a projection: the changes that an event, recorded as a fact, makes."""


class Projection(Protocol):
    """A module with a versioned name, a table, and a fold of events into changes of the table.

    The first parameter of `project` names the event classes it takes: no other event reaches it.
    """

    @property
    def NAME(self) -> str: ...  # noqa: N802, D102 - a constant of a module

    @property
    def table(self) -> sa.Table: ...  # noqa: D102 - said above

    @property
    def project(self) -> Project: ...  # noqa: D102 - said above


ANOTHER_LOG = "another_log"
"""The problem of a projection that is built anew, since it had read another log."""


class Progress(NamedTuple):
    """The last position that a projection has read; 0 before the first event.

    If it stopped, `stopped_at` is the position it could not take and `problem` the error's class.
    While it is built anew, `problem` is ANOTHER_LOG. Else both are None. `leaf` is that of the fact
    at `position`, in hex; None if it is not known.
    """

    position: int = 0
    stopped_at: int | None = None
    problem: str | None = None
    leaf: str | None = None


class Views:
    """The database of these projections' tables, in SQLite (`sqlite:///path`) or PostgreSQL."""

    def __init__(self, url: str, projections: Sequence[Projection]) -> None:
        """Open the database and create the missing tables; SQLite in memory raises ValueError."""
        self.url = url
        self.projections = tuple(projections)
        self._readers = _engine(url, READER_CACHE_KIB, READERS_KEPT, READERS_MORE)
        self._writer = _engine(url, WRITER_CACHE_KIB, 1, READERS_MORE).execution_options(
            writing=True
        )
        with self.writing() as connection:
            prepare(connection, PART)
            lock(connection)
            known = set(connection.scalars(sa.select(progress.c.name)))
            for projection in self.projections:
                projection.table.create(connection, checkfirst=True)
                if projection.NAME not in known:
                    connection.execute(progress.insert().values(name=projection.NAME))

    def close(self) -> None:
        """Close the database."""
        self._readers.dispose()
        self._writer.dispose()

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """Return a context that is a transaction for queries; in SQLite all see the same moment.

        At most READERS_KEPT + READERS_MORE are open at once: one inside another may wait for ever.
        """
        return self._readers.begin()

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """Return a context that is a transaction: its changes are committed at the end, or none."""
        return self._writer.begin()

    def positions(self) -> dict[str, Progress]:
        """Return the progress of every table by name, staged and left-behind tables included."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(progress)).all()
        return {
            row.name: Progress(row.position, row.stopped_at, row.problem, row.leaf) for row in rows
        }

    def lag(self, head: int) -> int:
        """Return by how many events the slowest projection is behind position `head` of the log."""
        positions = self.positions()
        return max((0, *(head - positions[p.NAME].position for p in self.projections)))

    def stop(self, projection: Projection, after: int, position: int, problem: str) -> None:
        """Record that the projection cannot take the event at `position`, and the error's class.

        It moves there from `after`, to the event before; one that stands elsewhere stays as it is.
        """
        with self.writing() as connection:
            connection.execute(
                sa.update(progress)
                .where(progress.c.name == projection.NAME, progress.c.position == after)
                .values(position=position - 1, problem=problem, stopped_at=position, leaf=None)
            )

    def start_over(self, projection: Projection, after: int) -> None:
        """Empty the table of a projection that stands at `after` in another log than ours."""
        with self.writing() as connection:
            standing = (progress.c.name == projection.NAME) & (progress.c.position == after)
            fresh = sa.update(progress).where(standing)
            if connection.execute(
                fresh.values(position=0, leaf=None, problem=ANOTHER_LOG, stopped_at=None)
            ).rowcount:
                connection.execute(sa.delete(projection.table))

    def reached_end(self, names: Sequence[str]) -> None:
        """Record that projections that were built anew have read the whole log."""
        with self.writing() as connection:
            anew = progress.c.name.in_(names) & (progress.c.problem == ANOTHER_LOG)
            connection.execute(sa.update(progress).where(anew).values(problem=None))

    def resume(self) -> None:
        """Clear the error of every stopped projection, so that the next catch-up tries it again."""
        with self.writing() as connection:
            anew = sa.func.coalesce(progress.c.problem, "") == ANOTHER_LOG
            connection.execute(
                sa.update(progress).where(~anew).values(problem=None, stopped_at=None)
            )

    def left_behind(self) -> list[str]:
        """Return the names of tables that no projection uses any longer; they only take space."""
        ours = {projection.NAME for projection in self.projections}
        return [name for name in self.positions() if name.partition(STAGED)[0] not in ours]

    def drop(self, name: str) -> None:
        """Remove the table and progress of a name; one of a projection in use raises ValueError."""
        if name in {projection.NAME for projection in self.projections}:
            raise ValueError(f"{name} is in use")
        with self.writing() as connection:
            if sa.inspect(connection).has_table(name):
                sa.Table(name, sa.MetaData()).drop(connection)
            connection.execute(sa.delete(progress).where(progress.c.name == name))

    def release_space(self) -> None:
        """Give the free pages of a SQLite file back to the disk, some in each commit.

        A file of release 2026.11.2 or older is first copied within itself; one with more than
        VACUUM_PAGES_MAX pages in use keeps its free pages, for rows to come.
        """
        if self._writer.dialect.name != "sqlite":
            return
        with self.reading() as connection:
            if not _pragma(connection, "auto_vacuum"):
                used = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
                if used <= VACUUM_PAGES_MAX:
                    for statement in ("COMMIT", "VACUUM", "BEGIN"):
                        connection.exec_driver_sql(statement)
                return
        free, before = 0, -1
        while free != before:
            before = free
            with self.writing() as connection:
                cursor = connection.connection.cursor()
                cursor.execute(f"PRAGMA incremental_vacuum({PAGES_RELEASED})")
                cursor.fetchall()  # each row is a page released
                free = _pragma(connection, "freelist_count")


def move(connection: sa.Connection, *names: str, after: int, to: int, leaf: str = "") -> bool:
    """Move projections from position `after` to `to`; one that stands elsewhere stays.

    `leaf` is that of the fact at `to`, in hex. Return whether any moved. The rows stay locked until
    the commit: a second follower waits here, and then finds them moved.
    """
    standing = progress.c.name.in_(names) & (progress.c.position == after)
    if len(names) > 1:  # locked in one order: two followers never wait for each other
        connection.execute(
            sa.select(progress.c.name).where(standing).order_by(progress.c.name).with_for_update()
        )
    moved = connection.execute(sa.update(progress).where(standing).values(position=to, leaf=leaf))
    return moved.rowcount > 0


def _pragma(connection: sa.Connection, name: str) -> int:
    number: int = connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
    return number


def _engine(url: str, cache_kib: int, kept: int, more: int) -> sa.Engine:
    place = make_url(url)
    pool: dict[str, Any] = {"pool_size": kept, "max_overflow": more}
    if place.get_backend_name() == "sqlite":
        if place.database in {None, "", ":memory:"}:
            raise ValueError("views need a file: followers and readers have a connection each")
        engine = sa.create_engine(
            place, module=pysqlite3, connect_args={"timeout": LOCK_WAIT_SECONDS}, **pool
        )
        sa.event.listen(engine, "connect", partial(_open_sqlite, cache_kib))
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    # What a crash takes from the tail is read again: rows and position are one commit.
    options = f"-c synchronous_commit=off -c lock_timeout={LOCK_WAIT_SECONDS}s"
    options += f" -c search_path={search_path(PART.schema)}"
    return sa.create_engine(
        place.set(drivername="postgresql+psycopg"),
        connect_args={"options": options},
        pool_pre_ping=True,
        **pool,
    )


def _open_sqlite(cache_kib: int, connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # so that `_begin_sqlite` alone begins, for DDL as well
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # of a new file: see `release_space`
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")  # as above: what is lost is read again
    connection.execute(f"PRAGMA cache_size=-{cache_kib}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
