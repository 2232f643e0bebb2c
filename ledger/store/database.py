"""The interface of a database that can hold the log."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import URL, Connection, create_engine, event

from ledger.store.clock import SlewedClock
from ledger.store.failures import Unfit
from ledger.store.rows import Head, Stored
from ledger.store.schema_version import Part, prepare

COLUMNS = ", ".join(Stored._fields)

TERMS = "stream >= 'offer-' AND stream < 'offer.' AND topic <> 'offer.given'"
"""The facts of offers but for the many that count a redemption: they have an index of their own."""

GIVEN = "offer.given"

NO_HEAD = "the row of the head is missing"

Clock = Callable[[], datetime]

CONNECTIONS_KEPT = 8
CONNECTIONS_MORE = 24
"""The connections a process keeps open, and those it may open when all of these are in use."""


class Statements(NamedTuple):
    """The SQL of every query; each comment lists the parameters in order."""

    tail: str  # after, limit
    tail_of_topics: str  # after, topics, limit
    topics: str  # after
    snapshots: str  # streams
    facts_after_snapshot: str  # streams
    versions: str  # streams
    category: str  # after, bound, bound, limit
    stream: str  # stream, after, last, topic left out, limit
    stream_backwards: str  # stream, after, last, topic left out, limit
    terms: str  # offer, after, last, topic GIVEN, limit
    requests: str  # request ids


_FACTS = f"SELECT {COLUMNS} FROM facts"  # noqa: S608 - nothing but the names of our own columns
_SLICE = f"{_FACTS} WHERE stream = ? AND version > ? AND version <= ? AND topic <> ?"

# A list of texts travels as one JSON parameter: the statement stays the same for every length, so
# its plan stays cached.
AMONG = "IN (SELECT value FROM json_each(?))"
"""A comparison with a list of texts, in the SQL of SQLite."""

STATEMENTS = Statements(
    tail=f"{_FACTS} WHERE position > ? ORDER BY position LIMIT ?",
    tail_of_topics=f"{_FACTS} WHERE position > ? AND topic {AMONG} ORDER BY position LIMIT ?",
    topics="SELECT DISTINCT topic FROM facts WHERE position > ?",
    snapshots="SELECT stream, version, state, leaf FROM snapshot"  # noqa: S608
    f" LEFT JOIN facts USING (stream, version) WHERE stream {AMONG}",
    # CROSS JOIN keeps SQLite from scanning facts first.
    facts_after_snapshot=f"""
    SELECT {COLUMNS} FROM (SELECT value, coalesce(
        (SELECT version FROM snapshot WHERE stream = value), 0) AS after FROM json_each(?))
    CROSS JOIN facts WHERE stream = value AND version > after ORDER BY stream, version
    """,  # noqa: S608 - likewise
    versions="SELECT value, (SELECT max(version) FROM facts WHERE stream = value)"
    " FROM json_each(?)",
    # Jumps from one stream to the next through the index, however long each stream is.
    category="""
    WITH RECURSIVE named (stream) AS (
        SELECT min(stream) FROM facts WHERE stream > ? AND stream < ?
        UNION ALL
        SELECT (SELECT min(facts.stream) FROM facts
                WHERE facts.stream > named.stream AND facts.stream < ?)
        FROM named WHERE named.stream IS NOT NULL
    )
    SELECT stream FROM named WHERE stream IS NOT NULL LIMIT ?
    """,
    stream=f"{_SLICE} ORDER BY version LIMIT ?",
    stream_backwards=f"{_SLICE} ORDER BY version DESC LIMIT ?",
    terms=f"{_SLICE} AND {TERMS} ORDER BY version LIMIT ?",
    requests=f"{_FACTS} WHERE request_id {AMONG}",
)
"""The statements as SQLite takes them."""

_SCHEMA = (
    """
    CREATE TABLE facts (
        position {number} PRIMARY KEY CHECK (position > 0),
        stream {text} NOT NULL,
        version {number} NOT NULL,
        topic {text} NOT NULL,
        at {text} NOT NULL,
        payload {text} NOT NULL,
        metadata {text} NOT NULL,
        request_id {text},
        leaf {octets} NOT NULL CHECK (length(leaf) = 32)
    ) {strict}
    """,
    "CREATE UNIQUE INDEX facts_by_stream ON facts (stream, version)",
    "CREATE UNIQUE INDEX facts_by_request ON facts (request_id)",
    f"CREATE INDEX facts_of_terms ON facts (stream, version) WHERE {TERMS}",
    """
    CREATE TABLE snapshot (
        stream {text} PRIMARY KEY, version {number} NOT NULL, state {text} NOT NULL
    ) {strict_and_keyed}
    """,
    """
    CREATE TABLE head (
        one integer PRIMARY KEY CHECK (one = 1),
        position {number} NOT NULL,
        at {text} NOT NULL,
        leaf {octets} NOT NULL,
        frontier {octets} NOT NULL
    ) {strict}
    """,
    "INSERT INTO head VALUES (1, 0, '', {no_octets}, {no_octets})",
    "CREATE TABLE tile (number {number} PRIMARY KEY, leaves {octets} NOT NULL) {strict}",
    """
    CREATE TABLE signed_head (
        size {number} PRIMARY KEY, at {text} NOT NULL,
        checkpoint {text} NOT NULL, frontier {octets} NOT NULL
    ) {strict}
    """,
)


def tables_of_log(triggers: Sequence[str], types: Mapping[str, str]) -> Part:
    """Return the log's tables in the types of one kind of database; `triggers` guard the facts."""

    def create(connection: Connection) -> None:
        for statement in (*(one.format_map(types) for one in _SCHEMA), *triggers):
            connection.exec_driver_sql(statement)

    return Part("log", "facts", create, "log")


class Database(ABC):
    """A database, its connections and dialect. Connections start no transaction by themselves.

    SQLAlchemy keeps the pool and makes the tables. A view speaks to the driver's own `connection`;
    its methods raise the errors of the module `driver`.
    """

    part: ClassVar[Part]
    statements: ClassVar[Statements]
    triggers_found: ClassVar[str]
    triggers: ClassVar[Sequence[str]]
    """The query for the triggers that guard the facts, and its rows, spaces aside, as created."""

    key: bytes = b""
    """The key of the seals of snapshots."""

    begin_to_create: ClassVar[str]
    """The statement that begins a transaction in which tables are created."""

    version: ClassVar[tuple[str, str]]
    """The name of the setting that tells the version, and the oldest version that is safe."""

    settings: ClassVar[Mapping[str, Sequence[str]]]
    """The values that keep an acknowledged commit safe, by setting."""

    clock: SlewedClock | None
    """The slewed clock that follows the readings; None where a caller passed a clock in."""

    def __init__(self, url: URL, lock_wait_seconds: float, **particulars: Any) -> None:
        """Prepare a pool of connections; `particulars` go to the engine of this kind."""
        self._lock_wait_seconds = lock_wait_seconds
        self.engine = create_engine(
            url,
            pool_size=CONNECTIONS_KEPT,
            max_overflow=CONNECTIONS_MORE,
            pool_timeout=lock_wait_seconds,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
            **particulars,
        )
        event.listen(self.engine, "connect", lambda connection, _record: self.set_up(connection))

    @property
    def driver(self) -> Any:
        """The module of the driver, which names the errors of its connections."""
        return self.engine.dialect.loaded_dbapi

    def connect(self) -> Any:
        """Open a connection for batches alone; it belongs to no pool."""
        pooled = self.engine.pool.recreate().connect()
        connection = pooled.driver_connection
        pooled.detach()
        return connection

    def create(self, part: Part) -> None:
        """Create the tables of a part where they are missing; else check their version."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql(self.begin_to_create)
            prepare(connection, part)
            connection.exec_driver_sql("COMMIT")

    def check(self) -> None:
        """Raise Unfit if the version or a setting of the database could lose facts."""
        with self.engine.connect() as connection:
            self.check_settings(self.found_settings(connection))

    @classmethod
    def check_settings(cls, found: Mapping[str, str]) -> None:
        """Raise Unfit for too old a version, or settings that could lose facts, among `found`."""
        name, least = cls.version
        if [*map(int, found[name].split("."))] < [*map(int, least.split("."))]:
            raise Unfit(setting=name, found=found[name], wanted=f"{least} or newer")
        for setting, wanted in cls.settings.items():
            if found[setting] not in wanted:
                raise Unfit(setting=setting, found=found[setting], wanted=" or ".join(wanted))

    @abstractmethod
    def set_up(self, connection: Any) -> None:
        """Set up a new connection of the driver."""

    @abstractmethod
    def found_settings(self, connection: Connection) -> Mapping[str, str]:
        """Return the version and the settings of `check_settings`, as the database reports them."""

    @abstractmethod
    def begin(self, connection: Any, *, locked: bool) -> tuple[Head, datetime]:
        """Begin a transaction and return the head that it sees, and a reading of the clock.

        It only reads; with `locked` it has waited for the log's lock and holds it.
        """

    def commit(self, connection: Any) -> None:
        """Commit the transaction; an error of a statement sent before it may come only now."""
        connection.execute("COMMIT")

    @abstractmethod
    def insert(self, connection: Any, rows: Sequence[Stored], head: Head) -> None:
        """Insert facts, and store `head` as the new head of the log."""

    @abstractmethod
    def keep_snapshots(self, connection: Any, rows: Sequence[tuple[str, int, str]]) -> None:
        """Store snapshots (stream, version, text), one a stream, unless a newer one is stored."""

    def disk_failed(self, error: BaseException | None) -> bool:  # noqa: ARG002 - a server sees to it
        """Return whether this error came from a failed local disk; always False for a server."""
        return False

    @staticmethod
    def written(statement: str) -> str:
        """Return a statement with `?` for its parameters as the driver takes it."""
        return statement

    @staticmethod
    @abstractmethod
    def several(texts: Sequence[str]) -> Any:
        """Return a list of texts in the form of one SQL parameter."""
